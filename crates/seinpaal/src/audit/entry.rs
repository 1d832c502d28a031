//! `audit entry`: one entry as far as it is one's own to read.

use crate::exit::Failure;
use crate::parts;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::Entry as Found;
use seinhuis_domain::entry::Part;
use seinhuis_types::LeafIndex;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Entry {
    /// The entry.
    index: u64,
}

pub(crate) async fn run(args: Entry, setup: &Setup) -> Result<(), Failure> {
    let online = setup.dial().await?;
    let found = online.partner.entry(LeafIndex(args.index)).await?;
    setup.out.show(&document(&found), || words(&found))
}

fn told(found: &Found) -> parts::Told {
    parts::Told {
        shared: found.shared(),
        provider: found.provider(),
        recipient: found.recipient(),
        outcome: found.outcome(),
    }
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::Shared => "shared",
        Part::Provider => "provider",
        Part::Recipient => "recipient",
        Part::Outcome => "outcome",
    }
}

/// For machines.
pub(super) fn document(found: &Found) -> Value {
    json!({
        "index": found.index.0,
        "proven": found.proven,
        "own": found.is_own(),
        "erased": found.erased.iter().map(|part| part_word(*part)).collect::<Vec<_>>(),
        "leaf": parts::leaf(&found.leaf),
        "parts": told(found).document(),
    })
}

/// For people.
pub(super) fn words(found: &Found) -> String {
    let proven = if found.proven {
        "proven under the checkpoint"
    } else {
        "not published yet"
    };
    let own = if found.is_own() {
        "yes".to_owned()
    } else if !found.erased.is_empty() {
        let erased: Vec<_> = found.erased.iter().map(|part| part_word(*part)).collect();
        format!("yes, and erased: {}", erased.join(", "))
    } else {
        "no: no part of it may be read here".to_owned()
    };
    let head = out::facts(&[
        ("entry", found.index.to_string()),
        ("hour", show::hour(found.leaf.hour())),
        ("inclusion", proven.to_owned()),
        ("own", own),
    ]);
    format!("{head}\n{}", told(found).words())
}
