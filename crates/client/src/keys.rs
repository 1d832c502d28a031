//! Keys of desks: making and stating one's own, finding and verifying another's.
//!
//! Owns: which statement counts: under the partner's own pinned roots, of that owner, within its
//! term, the newest of its use or one by its name. The hub only passes the bytes on. Must not know: how keys are used.

use crate::desk_keys::DeskFolder;
use crate::proof::sha256;
use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use rand_core::CryptoRng;
use seinhuis_identity::key_statement::{KeyStatement, KeyUse, SUITE};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_proto::v1;
use seinhuis_seal::record::{SealKeyPair, SealPublicKey};
use seinhuis_types::{Desk, Digest, KeyId, Millis, Oin};
use std::sync::Arc;

/// How long a verified statement is used before it is asked for again, in milliseconds.
const CACHED_MS: u64 = 5 * 60 * Millis::SECOND;
/// How far a new statement begins before now, in milliseconds, for clocks that differ.
const BACKDATED_MS: u64 = 5 * 60 * Millis::SECOND;

/// Statements of one desk, and when they were fetched.
pub(crate) struct Cached {
    keys: Arc<DeskKeys>,
    at: Millis,
}

/// When a key is valid: from `not_before` up to `not_after`, whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTerm {
    /// The first moment.
    pub not_before: Millis,
    /// The first moment after it.
    pub not_after: Millis,
}

impl KeyTerm {
    /// From five minutes ago until `days` days from `now`.
    pub fn days(now: Millis, days: u16) -> Self {
        Self {
            not_before: now.minus(BACKDATED_MS),
            not_after: now.plus(u64::from(days).saturating_mul(Millis::DAY)),
        }
    }
}

/// A key as its owner stated it, verified.
#[derive(Debug, Clone)]
pub struct StatedKey {
    /// Its name.
    pub kid: KeyId,
    /// Its epoch.
    pub epoch: u16,
    /// Its term.
    pub term: KeyTerm,
    /// The public key: 1216 bytes to seal to, 32 bytes for pseudonyms.
    pub key: Vec<u8>,
    /// The statement, as its owner signed it.
    pub(crate) statement: v1::KeyStatement,
}

impl StatedKey {
    /// SHA-256 of the public key.
    pub(crate) fn digest(&self) -> Digest {
        sha256(&self.key)
    }
}

/// The newest keys of one desk.
#[derive(Debug, Clone)]
pub struct DeskKeys {
    /// To seal records to.
    pub seal: StatedKey,
    /// For pseudonyms.
    pub pseudonym: StatedKey,
}

impl DeskKeys {
    pub(crate) fn session_public(&self) -> Result<[u8; 32], Incident> {
        let key = self.pseudonym.key.as_slice();
        key.try_into()
            .map_err(|_| Incident::Reply("a session key is not 32 bytes"))
    }

    /// That the keys of another desk are of the epoch of these.
    pub(crate) fn expect_one_epoch(
        &self,
        desk: &Desk,
        other: &Self,
        other_desk: &Desk,
    ) -> Result<(), ClientError> {
        if self.one_epoch(other) {
            return Ok(());
        }
        Err(ClientError::Invalid(format!(
            "desk `{other_desk}` has keys of epoch {}, desk `{desk}` of epoch {}; make keys of one epoch",
            other.pseudonym.epoch, self.pseudonym.epoch
        )))
    }

    /// Whether the keys of another desk are of the epoch of these: only then can one be sent to.
    pub(crate) fn one_epoch(&self, other: &Self) -> bool {
        let epoch = self.pseudonym.epoch;
        other.pseudonym.epoch == epoch && other.seal.epoch == epoch
    }

    pub(crate) fn seal_public(&self) -> Result<SealPublicKey, ClientError> {
        Ok(SealPublicKey::from_bytes(&self.seal.key)?)
    }
}

impl Partner {
    /// Makes the keys of one of the partner's own desks for an epoch (see [`Partner::key_epoch`]):
    /// a new sealing key, kept in the desk's folder; the session key for pseudonyms, from both
    /// transcryptors' shares; and a signed statement of each, published. Gives the proofs of the
    /// two public entries.
    ///
    /// # Errors
    /// As every call; when it fails half-way, make it again: the newest statements count.
    pub async fn create_desk_keys(
        &self,
        desk: &Desk,
        epoch: u16,
        term: KeyTerm,
    ) -> Result<[VerifiedProof; 2], ClientError> {
        let session = self.session(desk, epoch).await?;
        let pair = SealKeyPair::generate(&mut rand::rng())?;
        let statement = |key_use: KeyUse, key: Vec<u8>| {
            Ok::<_, ClientError>(KeyStatement {
                oin: self.inner.oin,
                desk: desk.clone(),
                key_use,
                kid: new_kid(key_use, epoch, &mut rand::rng())?,
                suite: SUITE,
                key,
                epoch,
                not_before: term.not_before,
                not_after: term.not_after,
            })
        };
        let seal = statement(KeyUse::Seal, pair.public().to_bytes())?;
        let pseudonym = statement(KeyUse::Pseudonym, session.public().to_vec())?;
        let folder = DeskFolder::of(&self.inner.desks, desk);
        folder.keep_seal(&seal.kid, &pair)?;
        folder.keep(&seal)?;
        folder.keep(&pseudonym)?;
        let proofs = [
            self.publish_statement(&seal).await?,
            self.publish_statement(&pseudonym).await?,
        ];
        self.forget_keys();
        Ok(proofs)
    }

    async fn publish_statement(
        &self,
        statement: &KeyStatement,
    ) -> Result<VerifiedProof, ClientError> {
        let signer = &self.inner.signer;
        let request = v1::PublishKeyStatementRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            statement: Some(v1::KeyStatement {
                jws: statement.sign(signer).map_err(ClientError::invalid)?,
                signing_chain: signer.chain().to_vec(),
            }),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.directory();
            let request = request.clone();
            async move { client.publish_key_statement(request).await }
        });
        let proof = reply
            .await?
            .proof
            .ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(v1::Act::Key)?;
        Ok(proof)
    }

    /// The newest keys of a desk, the partner's own included, verified under the pinned roots and
    /// cached for five minutes.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when no statement of a use holds; [`ClientError::Rejected`] for a
    /// desk the hub does not know.
    pub async fn recipient_keys(
        &self,
        oin: Oin,
        desk: &Desk,
    ) -> Result<Arc<DeskKeys>, ClientError> {
        let place = (oin, desk.clone());
        let now = self.inner.clock.now();
        if let Some(known) = self.inner.statements.lock().get(&place)
            && now < known.at.plus(CACHED_MS)
            && now
                < known
                    .keys
                    .seal
                    .term
                    .not_after
                    .min(known.keys.pseudonym.term.not_after)
        {
            return Ok(Arc::clone(&known.keys));
        }
        self.fresh_keys(oin, desk).await
    }

    /// As [`Partner::recipient_keys`], asked for again.
    pub(crate) async fn fresh_keys(
        &self,
        oin: Oin,
        desk: &Desk,
    ) -> Result<Arc<DeskKeys>, ClientError> {
        let now = self.inner.clock.now();
        let statements = self.statements(oin, desk).await?;
        let keys = Arc::new(newest(&statements, &self.inner.trust, oin, desk, now)?);
        let cached = Cached {
            keys: Arc::clone(&keys),
            at: now,
        };
        let place = (oin, desk.clone());
        self.inner.statements.lock().insert(place, cached);
        Ok(keys)
    }

    /// The keys of a desk that are so named, newest or not; none when one of them holds no more.
    pub(crate) async fn named_keys(
        &self,
        oin: Oin,
        desk: &Desk,
        named: &NamedKeys<'_>,
    ) -> Result<Option<DeskKeys>, ClientError> {
        let (trust, now) = (&self.inner.trust, self.inner.clock.now());
        let statements = self.statements(oin, desk).await?;
        let held = held(&statements, trust, oin, desk, now).0;
        Ok(named.among(held))
    }

    async fn statements(
        &self,
        oin: Oin,
        desk: &Desk,
    ) -> Result<Vec<v1::KeyStatement>, ClientError> {
        let request = v1::GetKeyStatementsRequest {
            oin: oin.to_string(),
            desk: desk.to_string(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.directory();
            let request = request.clone();
            async move { client.get_key_statements(request).await }
        });
        Ok(reply.await?.statements)
    }

    /// Forgets every key that was fetched, so that the next use asks again.
    pub fn forget_keys(&self) {
        self.inner.statements.lock().clear();
    }
}

/// Keys of one desk by the names that their owner gave them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedKeys<'a> {
    /// To seal to, with the SHA-256 of the key: an owner can give the name of a key that lapsed to another, and
    /// would see by which one opens when it was sealed. Of one's own desk any will do, since nothing is sealed to it.
    pub(crate) seal: Option<(&'a KeyId, Digest)>,
    /// For pseudonyms.
    pub(crate) pseudonym: &'a KeyId,
    /// Their epoch.
    pub(crate) epoch: u16,
}

impl NamedKeys<'_> {
    fn among(&self, held: Vec<(KeyUse, StatedKey)>) -> Option<DeskKeys> {
        let of_epoch = held.into_iter().filter(|(_, key)| key.epoch == self.epoch);
        let (seals, pseudonyms): (Vec<_>, Vec<_>) =
            of_epoch.partition(|(key_use, _)| *key_use == KeyUse::Seal);
        let meant = |(_, key): &(KeyUse, StatedKey)| {
            self.seal
                .is_none_or(|(kid, digest)| key.kid == *kid && key.digest() == digest)
        };
        let seal = seals.into_iter().find(meant)?.1;
        let named = |(_, key): &(KeyUse, StatedKey)| key.kid == *self.pseudonym;
        let pseudonym = pseudonyms.into_iter().find(named)?.1;
        Some(DeskKeys { seal, pseudonym })
    }
}

/// The statements of a desk that hold now, and why the last of the others does not.
fn held(
    statements: &[v1::KeyStatement],
    trust: &SigningTrust,
    oin: Oin,
    desk: &Desk,
    now: Millis,
) -> (Vec<(KeyUse, StatedKey)>, String) {
    let mut refused = "there is none of each use".to_owned();
    let mut found: Vec<(KeyUse, StatedKey)> = Vec::new();
    for sent in statements {
        match KeyStatement::verify(&sent.jws, &sent.signing_chain, trust, oin, now) {
            Ok(statement) if statement.desk == *desk => {
                let term = KeyTerm {
                    not_before: statement.not_before,
                    not_after: statement.not_after,
                };
                let stated = StatedKey {
                    kid: statement.kid,
                    epoch: statement.epoch,
                    term,
                    key: statement.key,
                    statement: sent.clone(),
                };
                found.push((statement.key_use, stated));
            }
            Ok(_) => "one is of another desk".clone_into(&mut refused),
            Err(error) => refused = error.to_string(),
        }
    }
    (found, refused)
}

/// Of the statements that hold, the one of each use with the highest epoch, and of these the one that began
/// last; of two that began together, the one published last, as the hub takes them.
fn newest(
    statements: &[v1::KeyStatement],
    trust: &SigningTrust,
    oin: Oin,
    desk: &Desk,
    now: Millis,
) -> Result<DeskKeys, Incident> {
    let (found, refused) = held(statements, trust, oin, desk, now);
    let newest_of = |key_use: KeyUse| {
        let of_use = found.iter().filter(|(found, _)| *found == key_use);
        of_use
            .max_by_key(|(_, key)| (key.epoch, key.term.not_before))
            .map(|(_, key)| key.clone())
    };
    match (newest_of(KeyUse::Seal), newest_of(KeyUse::Pseudonym)) {
        (Some(seal), Some(pseudonym)) => Ok(DeskKeys { seal, pseudonym }),
        _ => Err(Incident::KeyStatement {
            owner: format!("{oin}/{desk}"),
            detail: refused,
        }),
    }
}

/// A name no earlier key of the desk has: the hub takes each name once.
fn new_kid(key_use: KeyUse, epoch: u16, rng: &mut impl CryptoRng) -> Result<KeyId, ClientError> {
    let mut random = [0; 12];
    rng.fill_bytes(&mut random);
    // Letters only: digits in a row could read as somebody's number.
    let letters: String = random
        .iter()
        .map(|byte| char::from(b'a'.saturating_add(byte % 16)))
        .collect();
    Ok(KeyId::parse(&format!(
        "{}-e{epoch}-{letters}",
        key_use.as_str()
    ))?)
}

#[cfg(test)]
mod tests;
