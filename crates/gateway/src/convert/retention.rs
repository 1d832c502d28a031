//! Requests of `RetentionService`.

use super::request::idempotency;
use super::{Malformed, exactly};
use seinhuis_hub::command::{EraseParts, LiftHold, PlaceHold};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, HoldId, LeafIndex};

pub(crate) fn place_hold(
    request: v1::PlaceHoldRequest,
    fingerprint: Digest,
) -> Result<PlaceHold, Malformed> {
    Ok(PlaceHold {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        from: LeafIndex(request.from_index),
        to: LeafIndex(request.to_index),
    })
}

pub(crate) fn lift_hold(
    request: v1::LiftHoldRequest,
    fingerprint: Digest,
) -> Result<LiftHold, Malformed> {
    Ok(LiftHold {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        hold: HoldId(exactly(&request.hold_id, "hold_id")?),
    })
}

pub(crate) fn erase_parts(
    request: v1::ErasePartsRequest,
    fingerprint: Digest,
) -> Result<EraseParts, Malformed> {
    Ok(EraseParts {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        from: LeafIndex(request.from_index),
        to: LeafIndex(request.to_index),
    })
}
