//! `catalogue explain`: what a code of one's own copy of the catalogue means, offline.

use crate::agreement::catalogue_in;
use crate::cli;
use crate::exit::Failure;
use crate::setup::Setup;
use clap::{Args, Subcommand};
use seinhuis_domain::catalogue::tell::{Lang, explain};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// A type, basis, purpose, role, code list or rule by its code: who, what, on which law.
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code, such as `INC_HOME`, `POL-VT` or `P-SAFETY`.
    code: String,
    /// The catalogue; without it the newest of the configured ones: the last that is named.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
}

pub(crate) fn run(verb: &Verb, setup: &Setup) -> Result<(), Failure> {
    let Verb::Explain(args) = verb;
    let configured = || -> Result<Option<PathBuf>, Failure> {
        let config = setup.config_if_any()?;
        Ok(config.and_then(|config| config.catalogues.last().cloned()))
    };
    let folder = match &args.catalogue {
        Some(folder) => Some(folder.clone()),
        None => configured()?,
    };
    let folder = folder.ok_or_else(|| {
        Failure::mended(
            "there is no catalogue to explain from",
            "name one with `--catalogue`, or a configuration with `--config`",
        )
    })?;
    let lang = match setup.out.lang() {
        cli::Lang::Nl => Lang::Nl,
        cli::Lang::En => Lang::En,
    };
    let catalogue = catalogue_in(&folder)?;
    let page = explain(&catalogue, &args.code, lang)
        .map_err(|unknown| Failure::invalid(unknown.to_string()))?;
    setup.out.show(&page.json(), || page.text())
}
