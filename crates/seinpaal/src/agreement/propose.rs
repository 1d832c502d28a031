//! `agreement propose`: a content before its parties.

use super::source::Source;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_domain::agreement::Placeholders;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// The agreement: the authored form (`.toml`), in which `current` stands for the ruleset in
    /// force, or its content (`.json`), which is proposed byte for byte.
    file: PathBuf,
}

pub(crate) async fn run(args: Propose, setup: &Setup) -> Result<(), Failure> {
    let source = Source::read(&args.file)?;
    let online = setup.connect().await?;
    let ruleset = online.partner.ruleset().await?;
    let placeholders = Placeholders {
        catalogue_hash: Some(ruleset.catalogue),
        policy_hash: Some(ruleset.policy),
    };
    let content = source
        .content(&placeholders)
        .map_err(|error| source.fault(&error))?;
    let (hash, proof) = online.partner.propose(&content).await?;
    online
        .receipts()
        .keep(online.partner.log_keys(), &proof, None)?;
    let document = json!({ "agreement_hash": hash.as_str(), "entry": show::entry(&proof) });
    setup.out.show(&document, || {
        out::facts(&[
            ("agreement", hash.to_string()),
            ("entry", show::entry_words(&proof)),
        ])
    })
}
