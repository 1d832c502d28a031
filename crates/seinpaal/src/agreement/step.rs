//! `agreement accept`, `reject`, `suspend`, `resume`, `leave`: one signed step, by two persons.

use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{Persons, Signatory};
use seinhuis_domain::agreement::{StepKind, StepReason};
use seinhuis_types::AgreementHash;
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Step {
    /// The agreement's hash, between single quotes.
    #[arg(value_parser = agreement_hash)]
    hash: AgreementHash,
    /// Who starts this, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    initiator: String,
    /// Who approves this, by the partner's own pseudonym: another person.
    #[arg(long, value_name = "PERSON")]
    approver: String,
    /// In which function the initiator acts, such as `administrator`.
    #[arg(long, value_name = "FUNCTION")]
    initiator_function: Option<String>,
    /// In which function the approver acts.
    #[arg(long, value_name = "FUNCTION")]
    approver_function: Option<String>,
    /// Why, for the other parties to read; `suspend` and `resume` need one.
    #[arg(long, value_name = "CODE", value_parser = reason)]
    because: Option<StepReason>,
}

/// Reads a reason, or names those there are.
pub(super) fn reason(code: &str) -> Result<StepReason, String> {
    StepReason::parse(code).ok_or_else(|| {
        let all = [
            StepKind::Suspend,
            StepKind::Resume,
            StepKind::Reject,
            StepKind::Leave,
        ];
        let told = all.map(|kind| {
            let codes: Vec<&str> = StepReason::of(kind).map(StepReason::as_str).collect();
            format!("to {}: {}", kind.as_str(), codes.join(", "))
        });
        format!("no reason has this code; {}", told.join("; "))
    })
}

pub(crate) async fn run(kind: StepKind, args: Step, setup: &Setup) -> Result<(), Failure> {
    let persons = Persons::of(
        Signatory::new(&args.initiator, args.initiator_function.as_deref())?,
        Signatory::new(&args.approver, args.approver_function.as_deref())?,
    )?;
    let online = setup.connect().await?;
    let (partner, hash) = (&online.partner, &args.hash);
    let taken = partner.take(kind, hash, &persons, args.because).await?;
    online
        .receipts()
        .keep(partner.log_keys(), &taken.proof, None)?;
    let document = json!({
        "agreement_hash": hash.as_str(),
        "step": kind.as_str(),
        "state": taken.state.as_str(),
        "entry": show::entry(&taken.proof),
    });
    setup.out.show(&document, || {
        out::facts(&[
            ("agreement", hash.to_string()),
            ("step", kind.as_str().to_owned()),
            ("state", taken.state.as_str().to_owned()),
            ("entry", show::entry_words(&taken.proof)),
        ])
    })
}
