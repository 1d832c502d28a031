//! Requests about one's own signals: `RectifyRequest`, `GetSignalRequest`.

use super::envelope::{LEAF_BYTES, envelopes};
use super::request::idempotency;
use super::{Malformed, at_most, exactly, signed};
use seinhuis_domain::signal::{decode_rectification, decode_source};
use seinhuis_hub::Rectify;
use seinhuis_proto::v1;
use seinhuis_types::{Digest, SignalId, limits};

/// Reads a signal id.
pub(crate) fn signal_id(bytes: &[u8]) -> Result<SignalId, Malformed> {
    exactly(bytes, "signal_id").map(SignalId)
}

/// Reads a rectification.
pub(crate) fn rectify(
    request: v1::RectifyRequest,
    fingerprint: Digest,
) -> Result<Rectify, Malformed> {
    at_most(request.envelopes.len(), limits::ENVELOPES, "envelopes")?;
    at_most(request.source_leaf.len(), LEAF_BYTES, "source_leaf bytes")?;
    let kind = decode_rectification(request.kind())
        .ok_or_else(|| Malformed::new("kind: a known one must be named"))?;
    Ok(Rectify {
        signal: signal_id(&request.signal_id)?,
        kind,
        reason: request.reason.parse()?,
        source: signed(request.source_leaf, decode_source)?,
        envelopes: envelopes(request.envelopes)?,
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
    })
}
