//! `agreement compare`: who gains what, before anybody signs.
//!
//! Each agreement is proven by its hash, or is a file at hand; both are judged here, by the partner's own
//! catalogue. The hub is only asked for what was proposed.

use super::source::{self, Source};
use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use clap::Args;
use seinhuis_domain::agreement::compare::{Axis, Change, ForParty, How, Sentence, compare, lets};
use seinhuis_domain::agreement::{Content, Placeholders};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_types::{AgreementHash, Digest};
use serde_json::{Map, Value, json};
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
    /// agreement names, or the only one.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
}

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
    let before = Box::pin(content(&args.before, setup)).await?;
    let after = Box::pin(content(&args.after, setup)).await?;
    let after = after.ok_or_else(|| {
        Failure::mended(
            "there is no later agreement to compare with",
            "name its hash or its file; only the earlier one can be `none`",
        )
    })?;
    let catalogue = catalogue(&args, &after, setup)?;
    let parts = before.as_ref().map(|content| lets(content, &catalogue));
    let difference = compare(&parts.unwrap_or_default(), &lets(&after, &catalogue))
        .map_err(|error| Failure::invalid(error.to_string()))?;
    let parties = difference.by_party(before.as_ref(), &after, &catalogue);
    let others = |content: &Content| content.catalogue_hash != catalogue.hash();
    let notes: Vec<&str> = [
        before.as_ref().is_some_and(others).then_some("earlier"),
        others(&after).then_some("later"),
    ]
    .into_iter()
    .flatten()
    .collect();
    setup.out.show(&document(&parties, &notes), || {
        words(&parties, &notes, setup)
    })
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
            // Which rules it will rest on does not matter here: it is judged by those at hand.
            let open = Some(Digest([0; 32]));
            let known = Placeholders {
                catalogue_hash: open,
                policy_hash: open,
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
    let at = all
        .iter()
        .position(|catalogue| catalogue.hash() == after.catalogue_hash)
        .or((all.len() == 1).then_some(0));
    at.map(|at| all.swap_remove(at)).ok_or_else(|| {
        Failure::mended(
            "there is no catalogue to judge by",
            "name one with `--catalogue`, or a configuration with `--config`",
        )
    })
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Gains => "gains",
        Change::Loses => "loses",
        Change::Changes => "changes",
    }
}

fn document(parties: &[ForParty], notes: &[&str]) -> Value {
    let sentence = |one: &Sentence| {
        let other = if one.receives {
            one.part.way.from
        } else {
            one.part.way.to
        };
        let mut fields = Map::new();
        for (key, value) in [
            ("change", word(one.change)),
            ("side", if one.receives { "receives" } else { "sends" }),
            ("counterpart", other.as_str()),
            ("clause", one.part.clause.as_str()),
            ("mode", one.part.way.how.mode().as_str()),
            ("text_nl", &one.nl),
            ("text_en", &one.en),
        ] {
            fields.insert(key.to_owned(), Value::from(value));
        }
        let answers = one.part.way.how == How::Answer;
        fields.insert("answers".to_owned(), Value::from(answers));
        for axis in Axis::ALL {
            let values: Vec<&str> = one.part.extent.values(axis).collect();
            fields.insert(axis.as_str().to_owned(), Value::from(values));
        }
        Value::Object(fields)
    };
    let party = |party: &ForParty| {
        json!({
            "oin": party.oin.as_str(),
            "name": party.name,
            "differences": party.sentences.iter().map(sentence).collect::<Vec<_>>(),
        })
    };
    json!({
        "parties": parties.iter().map(party).collect::<Vec<_>>(),
        "on_another_catalogue": notes,
    })
}

fn words(parties: &[ForParty], notes: &[&str], setup: &Setup) -> String {
    let lang = setup.out.lang();
    let mut lines = Vec::new();
    for party in parties {
        lines.push(format!("{} ({})", party.name, party.oin));
        if party.sentences.is_empty() {
            lines.push(
                lang.of("  er verandert niets", "  nothing changes")
                    .to_owned(),
            );
        }
        for one in &party.sentences {
            lines.push(format!("  {}", lang.of(&one.nl, &one.en)));
        }
        lines.push(String::new());
    }
    for note in notes {
        let nl = if *note == "later" { "nieuwe" } else { "oude" };
        let nl = format!(
            "Het {nl} convenant rust op een andere catalogus dan waarnaar hier is geoordeeld."
        );
        let en = format!(
            "The {note} agreement rests on another catalogue than the one it is judged by here."
        );
        lines.push(lang.of(&nl, &en).to_owned());
    }
    lines.join("\n").trim_end().to_owned()
}
