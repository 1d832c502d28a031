//! An envelope's proof of origin: its manifest, its signature, and the keys its route names.
//!
//! Owns: verifying the source's signature, finding the keys in force, and what of an envelope the
//! pseudonymiser gets. Must not know: policy, payloads, commits.

use crate::command::{Convert, Envelope, HiddenLeaf, StatementBytes};
use crate::{Hub, HubError};
use seinhuis_domain::signal::{IdKind, Route};
use seinhuis_seal::manifest::{Label, Manifest, Reader, key_leaf};
use seinhuis_store::records::{KeyListRecord, KeyStatement, KeyUse};
use seinhuis_store::{Row, Snapshot, Store, Versioned};
use seinhuis_types::{Desk, Digest, ErrorCode, KeyId, Millis, Oin, Revision};
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

/// The keys a route names, as their owners state them.
pub(crate) struct RouteKeys {
    /// The session key the result of a conversion must stand under.
    pub(crate) recipient_pseudonym: [u8; 32],
    /// The rows both were read from, as they were.
    pub(crate) stands_on: [(Row, Revision); 2],
    source: KeyStatement,
    recipient: KeyStatement,
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

    /// The keys in force at both ends of a route.
    ///
    /// # Errors
    /// `STALE_KEY_EPOCH` when the route names a key that is not the newest of its kind.
    pub(crate) fn route_keys(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        now: Millis,
    ) -> Result<RouteKeys, HubError> {
        let to = snapshot.keys(route.recipient, &route.desk)?;
        let from = snapshot.keys(route.source, &route.source_desk)?;
        self.in_force(
            &to,
            KeyUse::Seal,
            &route.seal_kid,
            route.epoch,
            now,
            &route.desk,
        )?;
        let recipient = self.in_force(
            &to,
            KeyUse::Pseudonym,
            &route.recipient_pseudonym_kid,
            route.epoch,
            now,
            &route.desk,
        )?;
        let source = self.in_force(
            &from,
            KeyUse::Pseudonym,
            &route.source_pseudonym_kid,
            route.epoch,
            now,
            &route.source_desk,
        )?;
        Ok(RouteKeys {
            recipient_pseudonym: recipient
                .key
                .as_slice()
                .try_into()
                .map_err(|_| HubError::Internal("a stored session key has another length"))?,
            source: source.clone(),
            recipient: recipient.clone(),
            stands_on: [
                (Row::Keys(route.recipient, route.desk.clone()), to.revision),
                (
                    Row::Keys(route.source, route.source_desk.clone()),
                    from.revision,
                ),
            ],
        })
    }

    /// The newest key of one use at a desk, if the route names it.
    fn in_force<'k>(
        &self,
        keys: &'k Versioned<Option<KeyListRecord>>,
        usage: KeyUse,
        kid: &KeyId,
        epoch: u16,
        now: Millis,
        desk: &Desk,
    ) -> Result<&'k KeyStatement, HubError> {
        let statements = keys
            .value
            .as_ref()
            .map(|list| list.statements.as_slice())
            .unwrap_or_default();
        self.newest_key(statements, usage, now)
            .filter(|key| key.kid == kid.as_str() && key.epoch == u32::from(epoch))
            .ok_or_else(|| {
                HubError::told(
                    ErrorCode::StaleKeyEpoch,
                    format!(
                        "key `{kid}` is not the key in force at desk `{desk}`; \
                         fetch its key statements again"
                    ),
                )
            })
    }

    /// The key of one use in force at a desk. It is the choice every sender makes
    /// (docs/formats/key-statement.md), so a statement whose certificate is good no more does not count
    /// here either: no sender would take it.
    pub(crate) fn newest_key<'k>(
        &self,
        statements: &'k [KeyStatement],
        usage: KeyUse,
        now: Millis,
    ) -> Option<&'k KeyStatement> {
        let trust = &self.parts.trust;
        newest(statements, usage, now, |key| {
            trust.verify_chain(&key.chain, now).is_ok()
        })
    }

    /// The first moment at which a key that is in force at `now` is so no more: its term is over, or that of the
    /// certificate it was stated under.
    pub(crate) fn key_end(&self, key: &KeyStatement, now: Millis) -> Millis {
        match self.parts.trust.verify_chain(&key.chain, now) {
            // Of a certificate the last millisecond still counts.
            Ok(stated_under) => Millis(key.not_after_ms).min(stated_under.not_after().plus(1)),
            // It was revoked since it was found: what is decided now is decided again.
            Err(_) => now,
        }
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

/// Of the statements of one use that are in their term now and that are `good`, the one with the highest
/// epoch, and of these the one that began last.
fn newest(
    statements: &[KeyStatement],
    usage: KeyUse,
    now: Millis,
    good: impl Fn(&KeyStatement) -> bool,
) -> Option<&KeyStatement> {
    let mut found: Vec<_> = statements
        .iter()
        .filter(|key| key.r#use() == usage)
        .filter(|key| key.not_before_ms <= now.0 && now.0 < key.not_after_ms)
        .collect();
    // Of two that began together the one stated last stays last.
    found.sort_by_key(|key| (key.epoch, key.not_before_ms));
    found.into_iter().rev().find(|key| good(key))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(kid: &str, epoch: u32, from: u64, to: u64) -> KeyStatement {
        KeyStatement {
            kid: kid.to_owned(),
            r#use: KeyUse::Seal.into(),
            epoch,
            not_before_ms: from,
            not_after_ms: to,
            ..KeyStatement::default()
        }
    }

    fn in_force_at(statements: &[KeyStatement], now: u64) -> Option<&str> {
        let found = newest(statements, KeyUse::Seal, Millis(now), |_| true);
        found.map(|key| key.kid.as_str())
    }

    #[test]
    fn the_highest_epoch_is_in_force_and_of_one_epoch_the_latest_start() {
        let statements = [
            stated("new-epoch", 2, 10, 100),
            stated("first", 1, 0, 100),
            stated("replaced", 1, 20, 100),
        ];
        assert_eq!(in_force_at(&statements, 5), Some("first"));
        assert_eq!(in_force_at(&statements, 50), Some("new-epoch"));
        assert_eq!(in_force_at(&statements[1..], 50), Some("replaced"));
        let pseudonym = newest(&statements, KeyUse::Pseudonym, Millis(50), |_| true);
        assert_eq!(pseudonym, None);
    }

    #[test]
    fn of_two_that_began_together_the_last_stated_is_in_force() {
        let statements = [stated("first", 1, 10, 100), stated("last", 1, 10, 100)];
        assert_eq!(in_force_at(&statements, 10), Some("last"));
    }

    #[test]
    fn a_key_whose_statement_is_good_no_more_gives_way_to_the_one_before() {
        let statements = [stated("older", 1, 10, 100), stated("newer", 1, 20, 100)];
        let but = |bad: &'static [&str]| {
            let good = move |key: &KeyStatement| !bad.contains(&key.kid.as_str());
            let found = newest(&statements, KeyUse::Seal, Millis(50), good);
            found.map(|key| key.kid.as_str())
        };
        assert_eq!(but(&[]), Some("newer"));
        assert_eq!(but(&["newer"]), Some("older"));
        assert_eq!(but(&["older", "newer"]), None);
    }

    #[test]
    fn a_key_is_in_force_from_its_first_moment_up_to_its_last() {
        let statements = [stated("only", 1, 10, 100)];
        assert_eq!(in_force_at(&statements, 9), None);
        assert_eq!(in_force_at(&statements, 10), Some("only"));
        assert_eq!(in_force_at(&statements, 99), Some("only"));
        assert_eq!(in_force_at(&statements, 100), None);
    }
}
