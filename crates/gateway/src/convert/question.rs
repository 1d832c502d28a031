//! Requests of `QuestionService`.

use super::envelope::envelope;
use super::request::idempotency;
use super::{Malformed, asserted, at_most, exactly};
use seinhuis_hub::{Answer, Ask};
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, Digest, Millis, limits};

/// Reads a question. How many desks it goes to is the hub's to judge.
pub(crate) fn ask(request: v1::AskRequest, fingerprint: Digest) -> Result<Ask, Malformed> {
    at_most(request.envelope.len(), limits::ENVELOPES, "envelope")?;
    let envelopes = request.envelope.into_iter().map(envelope);
    Ok(Ask {
        envelopes: envelopes.collect::<Result<_, _>>()?,
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        answer_by: Millis(request.answer_by_ms),
    })
}

/// Reads what answers one.
pub(crate) fn answer(
    mut request: v1::AnswerRequest,
    fingerprint: Digest,
) -> Result<Answer, Malformed> {
    let asserted = asserted(&mut request)?;
    let sent = request
        .envelope
        .ok_or_else(|| Malformed::new("envelope: it is missing"))?;
    Ok(Answer {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        question: DeliveryId(exactly(&request.delivery_id, "delivery_id")?),
        envelope: envelope(sent)?,
        cover: request.cover,
        asserted,
    })
}
