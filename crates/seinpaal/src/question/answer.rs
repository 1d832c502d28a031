//! `question answer`: what a person decided on a question.

use super::{question_id, store};
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::{Args, ValueEnum};
use seinhuis_client::{Decider, Said};
use seinhuis_types::{CodeValue, DeliveryId};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// The question, 32 hex digits.
    #[arg(value_parser = question_id)]
    question: DeliveryId,
    /// What is said. `shielded` leaves as `unknown` does, and nobody can tell them apart.
    #[arg(value_enum)]
    said: Word,
    /// Of a refusal: why, a code of the list `refusal-ground`, such as `safety`; not `none`.
    #[arg(long, value_name = "CODE", required_if_eq("said", "refused"))]
    ground: Option<CodeValue>,
    /// Who acts, by the partner's own pseudonym. From police data the person is also named by `--as`.
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// That person's function, a code of the list `acting-role`.
    #[arg(long, value_name = "ROLE")]
    role: CodeValue,
    /// Who decided it, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    decided_by: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    /// Known, and running now.
    KnownActive,
    /// Known, and closed.
    KnownClosed,
    /// A signal says more.
    SeeSignal,
    /// Not answered, for a reason.
    Refused,
    /// Not known.
    Unknown,
    /// Known, and it must stay hidden that it is.
    Shielded,
}

pub(crate) async fn run(args: Answer, setup: &Setup) -> Result<(), Failure> {
    let said = match (args.said, args.ground) {
        (Word::Refused, Some(ground)) => Said::Refused(ground),
        (Word::Refused, None) => {
            return Err(Failure::Usage("`refused` takes `--ground`".to_owned()));
        }
        (_, Some(_)) => return Err(Failure::Usage("`--ground` goes with `refused`".to_owned())),
        (Word::KnownActive, None) => Said::KnownActive,
        (Word::KnownClosed, None) => Said::KnownClosed,
        (Word::SeeSignal, None) => Said::SeeSignal,
        (Word::Unknown, None) => Said::Unknown,
        (Word::Shielded, None) => Said::Shielded,
    };
    let question = store::one(&setup.config()?.state, args.question)?;
    let by = Decider {
        by: args.by.into_bytes(),
        role: args.role,
        decided_by: args.decided_by.into_bytes(),
    };
    let online = setup.connect().await?;
    let proof = Box::pin(online.partner.answer(&question, &said, &by)).await?;
    let id = question.id.to_string();
    // What was said stands nowhere but sealed: neither on the screen's history nor in a file.
    let document = json!({
        "question_id": id,
        "lodged": true,
        "leaves": show::moment(question.tick),
        "entry": show::entry(&proof),
    });
    setup.out.show(&document, || {
        out::facts(&[
            ("question", id.clone()),
            ("lodged", "yes".to_owned()),
            ("leaves", show::moment(question.tick)),
            ("entry", show::entry_words(&proof)),
        ])
    })?;
    let keys = online.partner.log_keys();
    online.receipts().keep(keys, &proof, None).map(|_| ())
}
