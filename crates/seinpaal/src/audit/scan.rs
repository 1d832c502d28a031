//! `audit scan`: a person's entries, found here, by tags only this partner can make. The hub is not
//! told who is looked for.

use super::who::Person;
use super::{checkpoint, entry};
use crate::exit::{Exit, Failure, tell};
use crate::out;
use crate::setup::{Online, Setup};
use clap::Args;
use seinhuis_client::{LogFolder, ScanHit, SeenCheckpoint, SubjectScan, TagKeys, scan_log};
use seinhuis_domain::entry::SubjectValue;
use seinhuis_types::{Desk, LeafIndex};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    person: Person,
    /// Look for this desk's own pseudonym of the citizen number, too. Converting costs budget and
    /// makes an entry.
    #[arg(
        long,
        value_name = "DESK",
        requires = "number_file",
        conflicts_with = "folder"
    )]
    convert: Option<Desk>,
    /// Search a copy of the log instead: a folder with `checkpoint` and `tile/`.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Read every entry that is found. Each reading is itself an entry.
    #[arg(long, conflicts_with = "folder")]
    entries: bool,
}

pub(crate) async fn run(args: Scan, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let mut who = args.person.read()?;
    if let Some(folder) = &args.folder {
        let copy = LogFolder::new(folder);
        let under = copy.checkpoint(&Setup::log_keys(&config)?)?;
        let tags = TagKeys::load(&config.tag_keys)?;
        let hits = scan_log(
            &setup.watched(&copy, &under),
            &under,
            &SubjectScan::new(&tags, &who.values),
        )?;
        return told(setup, &under, &hits);
    }
    let online = setup.connect().await?;
    if let (Some(desk), Some(number)) = (&args.convert, who.number.take()) {
        let own = online.partner.convert_own(desk, &[number]).await?;
        who.values.extend(
            own.into_iter()
                .map(|own| SubjectValue::own_pseudonym(&own.to_bytes())),
        );
    }
    let scan = Box::pin(online.partner.scan(&who.values)).await?;
    if args.entries {
        Box::pin(read(setup, &online, &scan.under, &scan.hits)).await
    } else {
        told(setup, &scan.under, &scan.hits)
    }
}

fn hit(hit: &ScanHit) -> Value {
    json!({ "index": hit.index.0, "ordinal": hit.hit.ordinal, "found_by": hit.hit.kind.as_str() })
}

fn told(setup: &Setup, under: &SeenCheckpoint, hits: &[ScanHit]) -> Result<(), Failure> {
    let document = json!({
        "checkpoint": checkpoint::document(under),
        "hits": hits.iter().map(hit).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        let row = |hit: &ScanHit| {
            let kind = hit.hit.kind.as_str().to_owned();
            vec![hit.index.to_string(), hit.hit.ordinal.to_string(), kind]
        };
        let rows: Vec<_> = hits.iter().map(row).collect();
        let table = out::table(&["entry", "person", "found by"], &rows);
        format!("{}\n\n{table}", checkpoint::words(under))
    })
}

/// Reads what was found. A match in an entry that is not one's own is a slip that was copied.
async fn read(
    setup: &Setup,
    online: &Online,
    under: &SeenCheckpoint,
    hits: &[ScanHit],
) -> Result<(), Failure> {
    let indexes: BTreeSet<LeafIndex> = hits.iter().map(|hit| hit.index).collect();
    let indexes: Vec<LeafIndex> = indexes.into_iter().collect();
    let entries = Box::pin(online.partner.open_entries(&indexes, None)).await?;
    let document = json!({
        "checkpoint": checkpoint::document(under),
        "hits": hits.iter().map(hit).collect::<Vec<_>>(),
        "entries": entries.iter().map(entry::document).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        let shown: Vec<String> = entries.iter().map(entry::words).collect();
        format!("{}\n\n{}", checkpoint::words(under), shown.join("\n\n"))
    })?;
    let copied: Vec<String> = entries
        .iter()
        .filter(|entry| !entry.is_own() && entry.erased.is_empty())
        .map(|entry| entry.index.to_string())
        .collect();
    if copied.is_empty() {
        return Ok(());
    }
    tell(&format!(
        "seinpaal: incident: entries {} carry this partner's tag and are not its own: a slip was \
         copied\n  to mend it: {}",
        copied.join(", "),
        crate::mend::INCIDENT
    ));
    Err(Failure::Told(Exit::Untrusted))
}
