//! An envelope's proof of origin: its manifest and its signature.
//!
//! Owns: verifying the source's signature, and what of an envelope the
//! pseudonymiser gets. Must not know: policy, payloads, commits.

use crate::command::{Convert, Envelope, HiddenLeaf, StatementBytes};
use crate::route_keys::RouteKeys;
use crate::{Hub, HubError};
use seinhuis_domain::signal::{IdKind, Route};
use seinhuis_seal::manifest::{Label, Manifest, Reader, key_leaf};
use seinhuis_store::Store;
use seinhuis_store::records::KeyStatement;
use seinhuis_types::{Desk, Digest, ErrorCode, Millis, Oin};
use std::borrow::Cow;

/// The manifest of an envelope as the hub gets it: every leaf.
pub(crate) fn manifest(envelope: &Envelope) -> Result<Manifest<'_>, HubError> {
    let clear = |label, bytes: &'_ [u8]| (label, Cow::Owned(bytes.to_vec()));
    let mut leaves = vec![
        (Label::Route, Cow::Borrowed(envelope.route.bytes.as_slice())),
        (
            Label::Header,
            Cow::Borrowed(envelope.header.bytes.as_slice()),
        ),
        (
            Label::Source,
            Cow::Borrowed(envelope.source.bytes.as_slice()),
        ),
    ];
    for (ordinal, (kind, ciphertext)) in (0u8..).zip(&envelope.subjects) {
        leaves.push(clear(
            Label::Subject(ordinal),
            &subject_leaf(*kind, ciphertext),
        ));
    }
    leaves.push(clear(
        Label::Key,
        &key_leaf(&envelope.seal_kid, &envelope.sealed_key),
    ));
    for field in &envelope.fields {
        leaves.push((
            Label::Field(field.path.clone()),
            Cow::Borrowed(field.bytes.as_slice()),
        ));
    }
    Manifest::assemble(Reader::Hub, leaves, [], &envelope.salts)
        .map_err(|e| HubError::told(ErrorCode::ManifestInvalid, e.to_string()))
}

/// `ct/n`: kind byte and ciphertext.
pub(crate) fn subject_leaf(kind: IdKind, ciphertext: &[u8; 64]) -> Vec<u8> {
    [&[kind.byte()], ciphertext.as_slice()].concat()
}

/// The request that carries an envelope's subjects to the pseudonymiser: route and ciphertexts in
/// clear, hashes of all else.
pub(crate) fn conversion(
    envelope: &Envelope,
    mut manifest: Manifest<'_>,
    keys: &RouteKeys,
) -> Convert {
    manifest.withhold_for_pseudonymiser();
    let statement = |key: &KeyStatement| StatementBytes {
        jws: key.jws.clone(),
        chain: key.chain.clone(),
    };
    Convert {
        route: envelope.route.clone(),
        subjects: envelope.subjects.clone(),
        salts: manifest.clear_salts(),
        others: manifest
            .withheld()
            .map(|leaf| HiddenLeaf {
                index: leaf.index,
                hash: leaf.hash,
                label: leaf.label.to_string(),
            })
            .collect(),
        leaf_count: manifest.labels().len(),
        signature: envelope.signature.clone(),
        chain: envelope.chain.clone(),
        source_key: statement(&keys.source),
        recipient_key: statement(&keys.recipient),
    }
}

impl<S: Store> Hub<S> {
    /// Verifies that the source signed exactly this envelope.
    ///
    /// # Errors
    /// `MANIFEST_INVALID`, `CERTIFICATE_REFUSED`.
    pub(crate) fn verify_manifest<'e>(
        &self,
        envelope: &'e Envelope,
        now: Millis,
    ) -> Result<Manifest<'e>, HubError> {
        let manifest = manifest(envelope)?;
        let route = &envelope.route.value;
        verify_signature(
            &self.parts.trust,
            &envelope.chain,
            route,
            &manifest.signing_message(),
            &envelope.signature,
            now,
        )?;
        Ok(manifest)
    }
}

/// Verifies a signature over a manifest under pinned roots: that the certificate is the one the
/// route names, and its OIN the route's source.
///
/// # Errors
/// `MANIFEST_INVALID`, `CERTIFICATE_REFUSED`.
pub(crate) fn verify_signature(
    trust: &seinhuis_identity::signing::SigningTrust,
    chain: &[Vec<u8>],
    route: &Route,
    message: &[u8],
    signature: &[u8],
    now: Millis,
) -> Result<(), HubError> {
    let certificate = trust
        .verify_chain(chain, now)
        .map_err(|e| HubError::told(ErrorCode::CertificateRefused, e.to_string()))?;
    let invalid = |message: &str| HubError::told(ErrorCode::ManifestInvalid, message);
    if certificate.oin() != route.source {
        return Err(invalid(
            "the signing certificate is of another organisation than the source",
        ));
    }
    if certificate.x5t() != route.signing_x5t {
        return Err(invalid("the route names another signing certificate"));
    }
    certificate.verify_raw(message, signature).map_err(|_| {
        invalid("the signature does not hold: something was altered after it was signed")
    })
}

/// That a statement's owner is who it should be; used where statements come with a request.
pub(crate) fn owned_by(oin: Oin, desk: &Desk, found: (Oin, &Desk)) -> Result<(), HubError> {
    if (oin, desk) == found {
        return Ok(());
    }
    Err(HubError::told(
        ErrorCode::KeyStatementInvalid,
        "a key statement is of another organisation or desk than the route",
    ))
}

/// A digest of fixed bytes, for replays.
pub(crate) fn request_digest(request: &Convert) -> Digest {
    let mut bytes = request.route.bytes.clone();
    for (kind, ciphertext) in &request.subjects {
        bytes.push(kind.byte());
        bytes.extend(ciphertext);
    }
    for leaf in &request.others {
        bytes.extend(leaf.hash.0);
    }
    bytes.extend(&request.salts);
    bytes.extend(&request.signature);
    for key in [&request.source_key, &request.recipient_key] {
        bytes.extend(key.jws.as_bytes());
    }
    crate::reply::sha256(&bytes)
}
