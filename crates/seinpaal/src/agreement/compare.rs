//! `agreement compare`: who gains what, before anybody signs.
//!
//! Each agreement is proven by its hash, or is a file at hand; both are judged here, by the partner's own
//! catalogue. The hub is only asked for what was proposed.

use super::difference::Difference;
use super::source::{self, Source};
use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use clap::Args;
use seinhuis_domain::agreement::{Content, Placeholders};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_types::{AgreementHash, Digest};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The agreement as it was: its hash (between single quotes), a file (`.toml`, `.json`), or `none`.
    #[arg(value_parser = side)]
    before: Side,
    /// The agreement as it would be: a hash or a file.
    #[arg(value_parser = side)]
    after: Side,
    /// The catalogue to judge by; without it the one among the configured catalogues that the later
    /// agreement names, or the only one; of a draft that says `current` the last that is configured.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
}

/// Stands for `current` until it is known what the two are judged by.
const OPEN: Digest = Digest([0; 32]);

/// Where an agreement comes from.
#[derive(Debug, Clone)]
pub(crate) enum Side {
    None,
    Hash(AgreementHash),
    File(PathBuf),
}

fn side(text: &str) -> Result<Side, String> {
    if text == "none" {
        return Ok(Side::None);
    }
    match agreement_hash(text) {
        Ok(hash) => return Ok(Side::Hash(hash)),
        Err(error) if text.starts_with('$') => return Err(error),
        Err(_) => {}
    }
    Ok(Side::File(PathBuf::from(text)))
}

pub(crate) async fn run(args: Compare, setup: &Setup) -> Result<(), Failure> {
    let mut before = Box::pin(content(&args.before, setup)).await?;
    let after = Box::pin(content(&args.after, setup)).await?;
    let mut after = after.ok_or_else(|| {
        Failure::mended(
            "there is no later agreement to compare with",
            "name its hash or its file; only the earlier one can be `none`",
        )
    })?;
    let catalogue = catalogue(&args, &after, setup)?;
    // A draft rests on what it is judged by. Its policy set is known when it is proposed: nothing is said
    // of it, as if it were that of the other.
    let policies = [
        before.as_ref().map(|c| c.policy_hash),
        Some(after.policy_hash),
    ];
    let policy = policies.into_iter().flatten().find(|hash| *hash != OPEN);
    for content in before.iter_mut().chain([&mut after]) {
        if content.catalogue_hash == OPEN {
            content.catalogue_hash = catalogue.hash();
        }
        if content.policy_hash == OPEN {
            content.policy_hash = policy.unwrap_or(OPEN);
        }
    }
    let difference = Difference::of(before.as_ref(), &after, &catalogue)
        .map_err(|error| Failure::invalid(error.to_string()))?;
    let lang = setup.out.lang();
    setup
        .out
        .show(&difference.document(), || difference.words(lang))
}

/// The content of one side; nothing for `none`.
async fn content(side: &Side, setup: &Setup) -> Result<Option<Content>, Failure> {
    match side {
        Side::None => Ok(None),
        Side::Hash(hash) => {
            let online = setup.connect().await?;
            let content = online.partner.agreement(hash).await?.content;
            Ok(Some((*content).clone()))
        }
        Side::File(path) => {
            let source = Source::read(path)?;
            let known = Placeholders {
                catalogue_hash: Some(OPEN),
                policy_hash: Some(OPEN),
            };
            let bytes = source.content(&known).map_err(|e| source.fault(&e))?;
            let content = Content::parse(&bytes).map_err(|e| source.fault(&e))?;
            Ok(Some(content))
        }
    }
}

fn catalogue(args: &Compare, after: &Content, setup: &Setup) -> Result<Catalogue, Failure> {
    if let Some(folder) = &args.catalogue {
        return source::catalogue(folder);
    }
    let config = setup.config_if_any()?;
    let folders = config.map(|config| config.catalogues).unwrap_or_default();
    let mut all = folders
        .iter()
        .map(|folder| source::catalogue(folder))
        .collect::<Result<Vec<_>, _>>()?;
    let named = |catalogue: &Catalogue| catalogue.hash() == after.catalogue_hash;
    let at = match all.iter().position(named) {
        // The configured ones stand in the order in which they came into force.
        None if after.catalogue_hash == OPEN || all.len() == 1 => all.len().checked_sub(1),
        found => found,
    };
    at.map(|at| all.swap_remove(at)).ok_or_else(|| {
        Failure::mended(
            "there is no catalogue to judge by",
            "name one with `--catalogue`, or a configuration with `--config` that has the catalogue of \
             the later agreement",
        )
    })
}
