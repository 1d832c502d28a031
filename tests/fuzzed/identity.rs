//! What names and binds organisations: certificates, and the agreements they sign.

use seinhuis_domain::agreement::{Content, StepClaims, canonical, hash};
use seinhuis_identity::jws::Jws;
use seinhuis_identity::{PeerIdentity, TestOins, TrustAnchors};
use seinhuis_types::{AgreementHash, Oin, strict_json};
use std::str;

/// A certificate to the organisation it states, and PEM files of roots and lists.
pub(super) fn certificate(bytes: &[u8]) {
    if let Ok(identity) = PeerIdentity::stated_by(bytes) {
        let oin = identity.oin;
        assert_eq!(Oin::parse(oin.as_str()), Ok(oin));
        let stated = oin.as_str().as_bytes();
        assert!(
            bytes.windows(stated.len()).any(|window| window == stated),
            "the organisation stands in the certificate"
        );
    }
    let _ = TrustAnchors::from_pem(bytes, bytes, TestOins::Allowed);
}

/// An agreement's content, a step's claims, and the signature's envelope.
pub(super) fn agreement(bytes: &[u8]) {
    if let Ok(canon) = canonical(bytes) {
        assert!(
            canonical(&canon).is_ok_and(|again| again == canon),
            "the canonical form is its own"
        );
        assert_eq!(hash(bytes).ok(), hash(&canon).ok());
        assert!(strict_json::parse(bytes).is_ok());
    }
    if Content::parse(bytes).is_ok() {
        assert!(hash(bytes).is_ok(), "what can be read can be hashed");
    }
    let _ = StepClaims::parse(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        if let Ok(jws) = Jws::parse(text) {
            assert!(text.split('.').count() == 3 && jws.x5t().0.len() == 32);
        }
        if let Ok(hash) = AgreementHash::parse(text) {
            assert_eq!(hash.as_str(), text);
        }
    }
}
