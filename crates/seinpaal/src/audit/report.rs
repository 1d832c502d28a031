//! `audit report` and `audit verify-report`: what the log has about one person, such that a gap shows.
//!
//! Owns: the files beside each other, and the exit code of a gap. Must not know: what makes a gap.

use super::bundle::signing_trust;
use super::who::Person;
use crate::exit::{Exit, Failure, tell};
use crate::setup::Setup;
use crate::{files, out, show};
use clap::{Args, ValueEnum};
use seinhuis_client::{
    AccessReport, ChainCounts, ChainReport, LogFolder, never_answered_in_log, open_report,
    report_for,
};
use seinhuis_domain::entry::SubjectValue;
use seinhuis_domain::entry::{Absence, Contradiction, Leaf, Run};
use seinhuis_proto::v1;
use seinhuis_types::{Desk, LeafIndex, hex};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Who a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum For {
    /// The person: what may be shown to it, and nothing that tells of the rest.
    Subject,
    /// An officer or the supervisory authority: everything.
    Authority,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    person: Person,
    /// Look for this desk's own pseudonym of the citizen number, too. Converting costs budget and
    /// makes an entry.
    #[arg(long, value_name = "DESK", requires = "number_file")]
    convert: Option<Desk>,
    /// Who it is for.
    #[arg(long = "for", value_name = "WHO")]
    audience: For,
    /// The file to make; it must not exist. The same as JSON is written beside it, with `.json` added.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// State folder of another system of this organisation, or a copy: its count closes the end of its
    /// chain. May be given several times.
    #[arg(long, value_name = "DIR")]
    chains: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyReport {
    /// The report.
    file: PathBuf,
    /// A copy of the log, at least as far as the report: that what is called never answered has no entry.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) async fn make(args: Report, setup: &Setup) -> Result<(), Failure> {
    let beside = json_beside(&args.out);
    for path in [&args.out, &beside] {
        if path.exists() {
            let message = format!("`{}` exists", path.display());
            return Err(Failure::mended(message, "name a file that does not"));
        }
    }
    let mut who = args.person.read()?;
    let mut counts = Vec::new();
    for folder in &args.chains {
        let found = ChainCounts::load(folder)?.ok_or_else(|| {
            let message = format!("`{}` has no file `chain`", folder.display());
            Failure::mended(
                message,
                "name the state folder of a system that sends or receives",
            )
        })?;
        counts.push(found);
    }
    let online = setup.connect().await?;
    if let (Some(desk), Some(number)) = (&args.convert, who.number.take()) {
        let own = online.partner.convert_own(desk, &[number]).await?;
        let own = own.into_iter();
        who.values
            .extend(own.map(|own| SubjectValue::own_pseudonym(&own.to_bytes())));
    }
    let audience = match args.audience {
        For::Subject => v1::Audience::Subject,
        For::Authority => v1::Audience::Authority,
    };
    let made = report_for(&online.partner, &who.values, audience, &counts);
    let (bytes, report) = Box::pin(made).await?;
    files::write(&args.out, &bytes)?;
    let document = document(&report, &BTreeMap::new());
    files::write(&beside, format!("{document:#}\n").as_bytes())?;
    told(setup, &report, &BTreeMap::new())
}

pub(crate) fn verify(args: &VerifyReport, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let trust = signing_trust(&config)?;
    let keys = Setup::log_keys(&config)?;
    let bytes = std::fs::read(&args.file).map_err(|error| Failure::file(&args.file, &error))?;
    let report = match open_report(&bytes, &trust, &keys) {
        Ok(report) => report,
        Err(error) => {
            let mend = crate::mend::INCIDENT;
            tell(&format!(
                "seinpaal: untrusted: {error}\n  to mend it: {mend}"
            ));
            return Err(Failure::Told(Exit::Untrusted));
        }
    };
    let mut logged = BTreeMap::new();
    if let Some(folder) = &args.folder {
        let copy = LogFolder::new(folder);
        let under = copy.checkpoint(&keys)?;
        logged = never_answered_in_log(&report, &setup.watched(&copy, &under), &under)?;
    }
    told(setup, &report, &logged)
}

fn json_beside(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

/// Shows the report; a gap ends with a code of its own, and names the numbers it lies between.
fn told(
    setup: &Setup,
    report: &AccessReport,
    logged: &BTreeMap<LeafIndex, [u8; 16]>,
) -> Result<(), Failure> {
    setup.out.show(&document(report, logged), || {
        let content = &report.content;
        let words = setup.out.lang().of(&content.text_nl, &content.text_en);
        let head = out::facts(&[
            ("maker", report.maker.to_string()),
            ("made", show::moment(report.made)),
            (
                "checked",
                "signature, log, links, parts, words: all hold".to_owned(),
            ),
        ]);
        format!("{head}\n\n{}", words.trim_end())
    })?;
    let mut gaps: Vec<String> = report.chains.iter().flat_map(gaps).collect();
    gaps.extend(logged.keys().map(|index| {
        format!("entry {index} is in the log, and the report says that its slip was never answered")
    }));
    let unproven = report.said_erased.iter().filter(|(_, by)| by.is_none());
    gaps.extend(unproven.map(|(index, _)| {
        format!("entry {index} is said to be erased, and no erasing by the organisation covers it")
    }));
    if report.overdrawn {
        gaps.push("more numbers are said to be erased than there are erased entries".to_owned());
    }
    if !report.copied.is_empty() {
        let all: Vec<String> = report.copied.iter().map(ToString::to_string).collect();
        tell(&format!(
            "seinpaal: incident: a slip was copied into entries {}",
            all.join(", ")
        ));
        if gaps.is_empty() {
            return Err(Failure::Told(Exit::Untrusted));
        }
    }
    if gaps.is_empty() {
        return Ok(());
    }
    tell(&format!(
        "seinpaal: the report has a gap\n  {}\n  to mend it: {}",
        gaps.join("\n  "),
        crate::mend::INCIDENT
    ));
    Err(Failure::Told(Exit::Gap))
}

fn gaps(chain: &ChainReport) -> Vec<String> {
    let holder: String = hex(&chain.chain.holder).chars().take(8).collect();
    let missing = chain
        .verdict
        .absent
        .iter()
        .filter(|run| run.what == Absence::Missing);
    let missing = missing.map(|run| {
        let (before, after) = (run.first.saturating_sub(1), run.last.saturating_add(1));
        format!(
            "chain of {holder}: something is missing between number {before} and number {after}"
        )
    });
    let contradictions = chain.verdict.contradictions.iter().map(|one| match one {
        Contradiction::Twice { number, index } => {
            format!("chain of {holder}: number {number} stands twice, also in entry {index}")
        }
        Contradiction::Replaced { number, index } => format!(
            "chain of {holder}: what follows number {number} names another entry than {index}"
        ),
    });
    missing.chain(contradictions).collect()
}

fn document(report: &AccessReport, logged: &BTreeMap<LeafIndex, [u8; 16]>) -> Value {
    let content = &report.content;
    let audience = match content.audience() {
        v1::Audience::Subject => "subject",
        _ => "authority",
    };
    let indexes = |all: &[LeafIndex]| all.iter().map(|index| index.0).collect::<Vec<_>>();
    let mut document = json!({
        "maker": report.maker.to_string(),
        "made_at": show::moment(report.made),
        "for": audience,
        "origin": report.under.checkpoint.origin().to_string(),
        "tree_size": report.under.checkpoint.size().get(),
        "whole": report.is_whole() && logged.is_empty(),
        "entries": content.entries.iter().map(|one| entry(one, report)).collect::<Vec<_>>(),
        "chains": report.chains.iter().map(chain).collect::<Vec<_>>(),
        "without_link": indexes(&report.unlinked),
        "text_nl": content.text_nl,
        "text_en": content.text_en,
    });
    // To the person there is no word of what is the organisation's own.
    if let (Value::Object(members), "authority") = (&mut document, audience) {
        members.insert("copied".to_owned(), indexes(&report.copied).into());
        members.insert("overdrawn".to_owned(), report.overdrawn.into());
    }
    document
}

fn entry(entry: &v1::ReportedEntry, report: &AccessReport) -> Value {
    let erased_by = report.said_erased.get(&LeafIndex(entry.index)).copied();
    let facts = entry.facts.clone().unwrap_or_default();
    let hour = Leaf::parse(&entry.leaf).map(|leaf| show::hour(leaf.hour()));
    let maybe = |text: String| Some(text).filter(|text| !text.is_empty());
    json!({
        "index": entry.index,
        "hour": hour.unwrap_or_default(),
        "act": show::act(facts.act()),
        "permitted": facts.permitted,
        "source_oin": maybe(facts.source_oin),
        "recipient_oin": maybe(facts.recipient_oin),
        "recipient_desk": maybe(facts.recipient_desk),
        "agreement_hash": maybe(facts.agreement_hash),
        "clause": maybe(facts.clause_id),
        "purpose": maybe(facts.purpose),
        "basis": facts.basis,
        "signal_type": maybe(facts.signal_type),
        "access_form": maybe(facts.access_form),
        "withheld": facts.withheld,
        "erased": entry.erased,
        "erased_by": erased_by.flatten().map(|index| index.0),
        "linked": !entry.chain.is_empty(),
    })
}

fn chain(one: &ChainReport) -> Value {
    let runs = one.verdict.absent.iter();
    let run = |run: &Run| {
        let what = match run.what {
            Absence::Void => "never-answered",
            Absence::Erased => "erased",
            Absence::Unplaced => "erased-unplaced",
            Absence::Missing => "missing",
        };
        json!({ "first": run.first, "last": run.last, "what": what })
    };
    json!({
        "epoch": one.chain.epoch,
        "visibility": one.chain.visibility,
        "holder": hex(&one.chain.holder),
        "last": one.verdict.last,
        "shown": one.verdict.shown,
        "whole": one.verdict.is_whole(),
        "absent": runs.map(run).collect::<Vec<_>>(),
        "contradictions": one.verdict.contradictions.len(),
        "count_at_hand": one.chain.taken > 0,
    })
}
