//! The agreement hash: SHA3-512 over the RFC 8785 form, the same as an FSC contract's content hash,
//! so that partners' tooling can make it.

use super::ContentError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_types::{AgreementHash, strict_json};
use sha3::{Digest, Sha3_512};

/// Names the hash profile: version 1 of the form, hash type 1 (content).
const PROFILE: &str = "$1$1$";

/// The RFC 8785 form of I-JSON `content`.
///
/// # Errors
/// [`ContentError::Json`] when the bytes are not I-JSON.
pub fn canonical(content: &[u8]) -> Result<Vec<u8>, ContentError> {
    canonical_value(&strict_json::parse(content)?)
}

pub(super) fn canonical_value(value: &serde_json::Value) -> Result<Vec<u8>, ContentError> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| ContentError::NotCanonical)
}

/// The hash of I-JSON `content`: `$1$1$` and the SHA3-512 of its RFC 8785 form in base64url without
/// padding. White space and the order of names do not change it; the order of lists does.
///
/// # Errors
/// [`ContentError::Json`] when the bytes are not I-JSON.
pub fn hash(content: &[u8]) -> Result<AgreementHash, ContentError> {
    let digest = Sha3_512::digest(canonical(content)?);
    let text = format!("{PROFILE}{}", URL_SAFE_NO_PAD.encode(digest));
    Ok(AgreementHash::parse(&text)?)
}
