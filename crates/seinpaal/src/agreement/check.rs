//! `agreement check`: every fault of an agreement at once, offline.

use super::source::{self, Source};
use crate::exit::{Exit, Failure, tell};
use crate::out;
use crate::setup::Setup;
use clap::Args;
use seinhuis_domain::agreement::{
    Content, ContentError, Fault, Options, Placeholders, check, hash,
};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_types::{Digest, hex};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The agreement: the authored form (`.toml`) or its content (`.json`).
    file: PathBuf,
    /// The catalogue to judge by; without it the one among the configured catalogues that the
    /// agreement names, or the only one.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
    /// Allow test OINs as parties, also without a configuration that does.
    #[arg(long)]
    test_oins: bool,
}

/// What stands where nothing is known yet.
const UNKNOWN: Digest = Digest([0; 32]);

pub(crate) fn run(args: &Check, setup: &Setup) -> Result<(), Failure> {
    let source = Source::read(&args.file)?;
    let config = setup.config_if_any()?;
    let folders = match (&args.catalogue, &config) {
        (Some(folder), _) => vec![folder.clone()],
        (None, Some(config)) => config.catalogues.clone(),
        (None, None) => {
            return Err(Failure::mended(
                "there is no catalogue to judge by",
                "name one with `--catalogue`, or a configuration with `--config`",
            ));
        }
    };
    let catalogues: Vec<Catalogue> = folders
        .iter()
        .map(|folder| source::catalogue(folder))
        .collect::<Result<_, _>>()?;
    let only = match catalogues.as_slice() {
        [only] => Some(only.hash()),
        _ => None,
    };
    let (bytes, final_hash) = content(&source, only)?;
    let content = Content::parse(&bytes).map_err(|error| source.fault(&error))?;
    let pinned = catalogues
        .iter()
        .find(|catalogue| catalogue.hash() == content.catalogue_hash);
    let catalogue = pinned.ok_or_else(|| {
        Failure::mended(
            format!(
                "no catalogue here has the hash {}",
                hex(&content.catalogue_hash.0)
            ),
            "name the catalogue it was made on with `--catalogue`",
        )
    })?;
    let allow_test_oins = args.test_oins || config.is_some_and(|config| config.test_oins);
    let faults = check(
        &content,
        catalogue,
        &Options {
            allow_test_oins,
            policy_hash: None,
        },
    );
    // The hash of a content whose policy set is not named yet would be of another content.
    let hash = if final_hash {
        Some(
            hash(&bytes)
                .map_err(|error| source.fault(&error))?
                .to_string(),
        )
    } else {
        None
    };
    told(setup, &source, &content, &faults, hash.as_deref())
}

/// The content, and whether it is final: `policy_hash = "current"` has a value only at the hub.
fn content(source: &Source, catalogue_hash: Option<Digest>) -> Result<(Vec<u8>, bool), Failure> {
    let known = Placeholders {
        catalogue_hash,
        policy_hash: None,
    };
    match source.content(&known) {
        Ok(bytes) => Ok((bytes, true)),
        Err(ContentError::Placeholder { name, .. }) if name == "policy_hash" => {
            let filled = Placeholders {
                catalogue_hash,
                policy_hash: Some(UNKNOWN),
            };
            let bytes = source
                .content(&filled)
                .map_err(|error| source.fault(&error))?;
            Ok((bytes, false))
        }
        Err(ContentError::Placeholder { name, .. }) if name == "catalogue_hash" => {
            Err(Failure::mended(
                "`catalogue_hash` is `current` and there are several catalogues",
                "name one with `--catalogue`",
            ))
        }
        Err(error) => Err(source.fault(&error)),
    }
}

fn told(
    setup: &Setup,
    source: &Source,
    content: &Content,
    faults: &[Fault],
    hash: Option<&str>,
) -> Result<(), Failure> {
    let fault = |fault: &Fault| json!({ "path": fault.path, "rule": fault.rule, "fix": fault.fix });
    let document = json!({
        "valid": faults.is_empty(),
        "agreement_hash": hash,
        "title_nl": content.title.nl.as_str(),
        "title_en": content.title.en.as_str(),
        "version": content.version,
        "parties": content.parties.len(),
        "clauses": content.clauses.len(),
        "faults": faults.iter().map(fault).collect::<Vec<Value>>(),
    });
    if faults.is_empty() {
        return setup.out.show(&document, || {
            let title = setup
                .out
                .lang()
                .of(content.title.nl.as_str(), content.title.en.as_str());
            let later = "known when it is proposed: its policy set is `current`";
            out::facts(&[
                ("agreement", title.to_owned()),
                ("version", content.version.to_string()),
                ("parties", content.parties.len().to_string()),
                ("clauses", content.clauses.len().to_string()),
                ("hash", hash.unwrap_or(later).to_owned()),
                ("faults", "none".to_owned()),
            ])
        });
    }
    if setup.out.is_json() {
        setup.out.show(&document, String::new)?;
    } else {
        let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        let (count, name) = (faults.len(), source.name());
        tell(&format!(
            "seinpaal: not valid: {name} has {count} faults{}",
            lines.concat()
        ));
    }
    Err(Failure::Told(Exit::Invalid))
}
