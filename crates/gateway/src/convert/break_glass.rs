//! The review of a break-glass.
//!
//! Owns: its form on the wire. Must not know: who may review.

use super::{Malformed, exactly, request::idempotency};
use seinhuis_domain::break_glass::Finding;
use seinhuis_hub::ReviewBreakGlass;
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, Digest};

pub(crate) fn review_break_glass(
    request: v1::ReviewBreakGlassRequest,
    fingerprint: Digest,
) -> Result<ReviewBreakGlass, Malformed> {
    let finding = match request.finding() {
        v1::Finding::Justified => Finding::Justified,
        v1::Finding::NotJustified => Finding::NotJustified,
        v1::Finding::OtherClause => Finding::OtherClause,
        v1::Finding::Unspecified => return Err(Malformed::new("finding: one must be named")),
    };
    Ok(ReviewBreakGlass {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        delivery: DeliveryId(exactly(&request.delivery_id, "delivery_id")?),
        finding,
    })
}
