//! `signal send`: one signal to the desks its file names.
//!
//! Owns: that bytes once prepared are kept until their outcomes are known. Must not know: the form
//! of the file.

use crate::cli::agreement_hash;
use crate::exit::{Exit, Failure, tell};
use crate::outbox::Pending;
use crate::secret::{self, Source};
use crate::setup::{Online, Setup};
use crate::signal_file::{self, SignalFile};
use crate::{consent, out, show};
use clap::Args;
use seinhuis_client::{ClientError, ConsentGround, OutcomeReport, Prepared};
use seinhuis_types::{AgreementHash, ErrorCode};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The file; `-` is standard input.
    #[arg(value_name = "FILE|-", required_unless_present = "again")]
    file: Option<Source>,
    /// Take this agreement for every recipient, in the place of the file's.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash)]
    agreement: Option<AgreementHash>,
    /// The record of consent of somebody it is about (docs/formats/consent.md), once for each person: for
    /// recipients under a clause that rests on consent.
    #[arg(long, value_name = "FILE")]
    consent: Vec<Source>,
    /// Wait until the entries are under a checkpoint; receipts then carry a tlog-proof.
    #[arg(long)]
    published: bool,
    /// Only read the file; send nothing and connect to nothing.
    #[arg(long)]
    check: bool,
    /// Send once more the bytes of a signal whose answer did not come: nothing is done twice.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "agreement", "consent", "published", "check"])]
    again: Option<PathBuf>,
}

/// How it is sent: on no consent and without waiting, where nothing else is said.
#[derive(Clone, Copy, Default)]
pub(super) struct How<'a> {
    ground: Option<&'a ConsentGround>,
    published: bool,
}

pub(crate) async fn run(args: Send, setup: &Setup) -> Result<(), Failure> {
    let (online, reports) = match &args.again {
        Some(path) => {
            let (pending, prepared) = Pending::open(path)?;
            let online = setup.connect().await?;
            let reports = Box::pin(publish(&online, pending, &prepared)).await?;
            (online, reports)
        }
        None => {
            let source = args.file.as_ref();
            let source = source.ok_or_else(|| Failure::Usage("name a file".to_owned()))?;
            let file = file(source, args.agreement.as_ref())?;
            let records = args.consent.iter().map(consent::hub::read);
            let records = records.collect::<Result<Vec<_>, _>>()?;
            let ground = match records.is_empty() {
                true => None,
                false => Some(ConsentGround::of(records)?),
            };
            let how = How {
                ground: ground.as_ref(),
                published: args.published,
            };
            if args.check {
                let document = json!({ "readable": true, "recipients": file.to.len() });
                let words = || format!("readable; {} recipients; nothing was sent", file.to.len());
                return setup.out.show(&document, words);
            }
            return Box::pin(run_file(&file, how, setup)).await;
        }
    };
    finish(&online, &reports, setup)
}

/// Sends what a file described, and shows what came of it.
pub(super) async fn run_file(
    file: &SignalFile,
    how: How<'_>,
    setup: &Setup,
) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let reports = Box::pin(send(&online, file, how)).await?;
    finish(&online, &reports, setup)
}

fn finish(online: &Online, reports: &[OutcomeReport], setup: &Setup) -> Result<(), Failure> {
    // The outcomes stand whatever happens to the receipts: they are shown first.
    told(reports, setup)?;
    let receipts = online.receipts();
    for report in reports {
        receipts.keep(
            online.partner.log_keys(),
            &report.proof,
            Some(&report.decision),
        )?;
    }
    if reports.iter().all(|report| report.permitted) {
        Ok(())
    } else {
        Err(Failure::Told(Exit::Refused))
    }
}

/// Reads the file of a signal.
pub(super) fn file(
    source: &Source,
    agreement: Option<&AgreementHash>,
) -> Result<SignalFile, Failure> {
    let text = secret::text(source, "signal")?;
    signal_file::read(&text, Setup::now(), agreement).map_err(|error| {
        let form = "the form is in docs/partners/signal-file.md";
        Failure::mended(format!("{source}, {error}"), form)
    })
}

async fn send(
    online: &Online,
    file: &SignalFile,
    how: How<'_>,
) -> Result<Vec<OutcomeReport>, Failure> {
    let first = Box::pin(attempt(online, file, how)).await;
    match first {
        // Nothing was decided: with keys fetched anew it is another attempt, not a second sending.
        Err(Failure::Client(ClientError::Rejected {
            code: ErrorCode::StaleKeyEpoch,
            ..
        })) => {
            online.partner.forget_keys();
            Box::pin(attempt(online, file, how)).await
        }
        result => result,
    }
}

async fn attempt(
    online: &Online,
    file: &SignalFile,
    how: How<'_>,
) -> Result<Vec<OutcomeReport>, Failure> {
    let sending = online.partner.signal(&file.desk, &file.signal);
    let sending = file
        .to
        .iter()
        .cloned()
        .fold(sending, |sending, to| sending.to(to));
    let sending = match how.ground {
        Some(ground) => sending.on_consent(ground),
        None => sending,
    };
    let sending = match how.published {
        true => sending.until_published(),
        false => sending,
    };
    let prepared = Box::pin(sending.prepare()).await?;
    let pending = Pending::keep(&online.config.state, &prepared)?;
    Box::pin(publish(online, pending, &prepared)).await
}

async fn publish(
    online: &Online,
    pending: Pending,
    prepared: &Prepared,
) -> Result<Vec<OutcomeReport>, Failure> {
    match Box::pin(online.partner.publish(prepared)).await {
        Ok(reports) => {
            pending.done()?;
            Ok(reports)
        }
        Err(error) => {
            let failure = Failure::from(error);
            if let Some(path) = pending.failed(&failure)? {
                let path = path.display();
                tell(&format!(
                    "seinpaal: the signal is kept; `seinpaal signal send --again {path}` sends the \
                     same bytes and does nothing twice"
                ));
            }
            Err(failure)
        }
    }
}

fn told(reports: &[OutcomeReport], setup: &Setup) -> Result<(), Failure> {
    let document = json!({ "outcomes": reports.iter().map(document).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        reports
            .iter()
            .map(|report| words(report, setup))
            .collect::<Vec<_>>()
            .join("\n\n")
    })
}

pub(crate) fn document(report: &OutcomeReport) -> Value {
    json!({
        "recipient_oin": report.route.recipient.as_str(),
        "recipient_desk": report.route.desk.as_str(),
        "agreement_hash": report.route.agreement.as_str(),
        "clause": report.route.clause.as_str(),
        "signal_id": report.signal.to_string(),
        "permitted": report.permitted,
        "delivery_id": report.delivery.map(|id| id.to_string()),
        "granted": report.decision.granted,
        "withheld": report.withheld.iter().map(show::withheld).collect::<Vec<_>>(),
        "reasons": report.reasons.iter().map(show::reason).collect::<Vec<_>>(),
        "entry": show::entry(&report.proof),
    })
}

pub(crate) fn words(report: &OutcomeReport, setup: &Setup) -> String {
    let withheld: Vec<&str> = report
        .withheld
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    let facts = out::facts(&[
        (
            "to",
            format!("{}/{}", report.route.recipient, report.route.desk),
        ),
        ("clause", report.route.clause.to_string()),
        (
            "outcome",
            if report.permitted {
                "permitted"
            } else {
                "refused"
            }
            .to_owned(),
        ),
        (
            "delivery",
            report.delivery.map(|id| id.to_string()).unwrap_or_default(),
        ),
        ("signal", report.signal.to_string()),
        ("withheld", withheld.join(", ")),
        ("entry", show::entry_words(&report.proof)),
    ]);
    if report.reasons.is_empty() {
        facts
    } else {
        format!(
            "{facts}\n{}",
            show::reasons(&report.reasons, setup.out.lang())
        )
    }
}
