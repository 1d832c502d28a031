//! Covering a question as it arrives, whoever it is about and before anyone looks.
//!
//! Owns: that a question is kept before its cover is lodged, with the keys of that cover. Must not know: what is
//! answered.

use super::store;
use crate::exit::{Failure, tell};
use crate::setup::{Online, Setup};
use seinhuis_client::{ClientError, Incident, Opened, ReceivedQuestion, VerifiedProof};
use seinhuis_types::{DeliveryId, ErrorCode};

/// What became of a delivery that may be a question.
pub(crate) enum Taken {
    /// It is none.
    NoQuestion,
    /// It is one: it is covered, or lapses, or was shown only.
    Question,
    /// It is one that does not hold.
    Incident(Incident),
}

/// Keeps a question and, if what comes is to be acknowledged, covers it. One that can never be covered lapses: what
/// stands behind it in the stream does not wait for it. After any other error it comes again.
pub(crate) async fn take(
    opened: &Opened,
    online: &Online,
    setup: &Setup,
    acknowledge: bool,
) -> Result<Taken, Failure> {
    let read = match Box::pin(online.partner.question(opened)).await {
        Ok(Some(question)) => question,
        Ok(None) => return Ok(Taken::NoQuestion),
        Err(ClientError::Untrusted(incident)) => return Ok(Taken::Incident(incident)),
        Err(error) => return lapsed(opened.id, error),
    };
    if !acknowledge {
        return Ok(Taken::Question);
    }
    let state = &online.config.state;
    store::sweep(state, Setup::now())?;
    // One that came before may be covered by a call whose reply was lost: it is the keys of then that count. What
    // of that cannot be read is of no use, and is written anew.
    let kept = store::find(state, read.id).ok().flatten();
    let mut question = kept.unwrap_or(read);
    match Box::pin(kept_and_covered(online, &mut question)).await {
        Ok(proof) => {
            let keys = online.partner.log_keys();
            online.receipts().keep(keys, &proof, None)?;
            store::kept(&question, setup)?;
            Ok(Taken::Question)
        }
        Err(Fault::Own(failure)) => Err(failure),
        Err(Fault::Client(error)) => lapsed(question.id, error),
    }
}

enum Fault {
    Own(Failure),
    Client(ClientError),
}

/// When keys turn out to be stale, nothing was lodged: newer ones are taken, once.
async fn kept_and_covered(
    online: &Online,
    question: &mut ReceivedQuestion,
) -> Result<VerifiedProof, Fault> {
    let (state, partner) = (&online.config.state, &online.partner);
    store::keep(state, question).map_err(Fault::Own)?;
    match Box::pin(partner.cover(question)).await {
        Err(error) if error.code() == Some(ErrorCode::StaleKeyEpoch) => {
            let renewed = Box::pin(partner.renew(question)).await;
            renewed.map_err(Fault::Client)?;
            store::keep(state, question).map_err(Fault::Own)?;
            Box::pin(partner.cover(question)).await
        }
        covered => covered,
    }
    .map_err(Fault::Client)
}

fn lapsed(id: DeliveryId, error: ClientError) -> Result<Taken, Failure> {
    if !lapses(&error) {
        return Err(error.into());
    }
    tell(&format!(
        "seinpaal: question {id}: it could not be covered and lapses: {error}"
    ));
    Ok(Taken::Question)
}

/// Whether a question can never be covered: refused, without a clause for its answer, or past.
fn lapses(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(_) | ClientError::Invalid(_))
        || matches!(
            error.code(),
            Some(
                ErrorCode::QuestionClosed
                    | ErrorCode::QuestionAnswered
                    | ErrorCode::QuestionNotFound
                    | ErrorCode::MessageInvalid
            )
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_lapses_by_what_will_not_change_and_comes_again_after_all_else() {
        let rejected = |code| ClientError::Rejected {
            code,
            message: String::new(),
            retry_after: None,
        };
        let never = ClientError::Invalid("no clause".to_owned());
        let closed = rejected(ErrorCode::QuestionClosed);
        for error in [never, closed, rejected(ErrorCode::MessageInvalid)] {
            let taken = lapsed(DeliveryId([1; 16]), error);
            assert!(matches!(taken, Ok(Taken::Question)));
        }
        let gone = ClientError::Unreachable {
            peer: "hub",
            detail: String::new(),
        };
        let stale = rejected(ErrorCode::StaleKeyEpoch);
        for error in [gone, stale, rejected(ErrorCode::Unavailable)] {
            assert!(lapsed(DeliveryId([1; 16]), error).is_err());
        }
    }
}
