//! `audit scan`: a person's entries, found here, by tags only this partner can make. The hub is not
//! told who is looked for.

use super::{checkpoint, entry};
use crate::exit::{Exit, Failure, tell};
use crate::out;
use crate::secret::{self, Source};
use crate::setup::{Online, Setup};
use clap::Args;
use seinhuis_client::{LogFolder, ScanHit, SeenCheckpoint, SubjectScan, TagKeys, scan_log};
use seinhuis_domain::entry::SubjectValue;
use seinhuis_pseudonym::CitizenNumber;
use seinhuis_types::{Desk, LeafIndex, ParseError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[group(id = "who", required = true, multiple = true, args = ["number_file", "skn_file", "pseudonym_file"])]
pub(crate) struct Scan {
    /// The person's citizen number; `-` asks for it, or reads standard input. Never on the command
    /// line.
    #[arg(long, value_name = "FILE|-")]
    number_file: Option<Source>,
    /// The person's criminal-chain number (SKN), in the same way.
    #[arg(long, value_name = "FILE|-")]
    skn_file: Option<Source>,
    /// A desk's own pseudonym of the person, 64 hex digits, in the same way.
    #[arg(long, value_name = "FILE|-")]
    pseudonym_file: Option<Source>,
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

/// Who is looked for.
struct Who {
    number: Option<CitizenNumber>,
    values: Vec<SubjectValue>,
}

pub(crate) async fn run(args: Scan, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let mut who = who(&args)?;
    if let Some(folder) = &args.folder {
        let copy = LogFolder::new(folder);
        let under = copy.checkpoint(&Setup::log_keys(&config)?)?;
        let tags = TagKeys::load(&config.tag_keys)?;
        let hits = scan_log(&copy, &under, &SubjectScan::new(&tags, &who.values))?;
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

fn who(args: &Scan) -> Result<Who, Failure> {
    let sources = [&args.number_file, &args.skn_file, &args.pseudonym_file];
    if sources
        .iter()
        .filter(|source| **source == &Some(Source::Input))
        .count()
        > 1
    {
        return Err(Failure::Usage(
            "only one value can come from standard input".to_owned(),
        ));
    }
    let rule = ParseError::new("criminal-chain number", "1 to 12 digits");
    let mut who = Who {
        number: None,
        values: Vec::new(),
    };
    if let Some(source) = &args.number_file {
        let number = secret::one(source, "citizen number", CitizenNumber::parse)?;
        let digits = std::str::from_utf8(number.digits()).unwrap_or_default();
        let value = SubjectValue::number(digits)
            .map_err(|error| Failure::invalid(format!("{source}: {error}")))?;
        who.values.push(value);
        who.number = Some(number);
    }
    if let Some(source) = &args.skn_file {
        let parse = |text: &str| SubjectValue::skn(text).map_err(|_| rule.clone());
        who.values
            .push(secret::one(source, "criminal-chain number", parse)?);
    }
    if let Some(source) = &args.pseudonym_file {
        let own = secret::one(source, "own pseudonym", secret::pseudonym)?;
        who.values.push(SubjectValue::own_pseudonym(&own));
    }
    Ok(who)
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
