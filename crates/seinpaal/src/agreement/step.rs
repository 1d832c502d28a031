//! `agreement accept`, `reject`, `suspend`, `resume`, `leave`: one signed step, by two persons.

use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::Persons;
use seinhuis_domain::agreement::StepKind;
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
}

pub(crate) async fn run(kind: StepKind, args: Step, setup: &Setup) -> Result<(), Failure> {
    let persons = Persons::new(&args.initiator, &args.approver)?;
    let online = setup.connect().await?;
    let (partner, hash) = (&online.partner, &args.hash);
    let taken = match kind {
        StepKind::Accept => partner.accept(hash, &persons).await,
        StepKind::Reject => partner.reject(hash, &persons).await,
        StepKind::Suspend => partner.suspend(hash, &persons).await,
        StepKind::Resume => partner.resume(hash, &persons).await,
        StepKind::Leave => partner.leave(hash, &persons).await,
    }?;
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
