//! Key statements: an organisation says which key one of its desks uses, and for how long.
//!
//! Owns: the payload and its rules. A statement counts only under the reader's own pinned roots and
//! for the organisation that signed it; whoever passed it on vouches for nothing.
//! Must not know: how a key is used.

use crate::IdentityError;
use crate::jws::{self, Jws};
use crate::signing::{Signer, SigningCertificate, SigningTrust};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_types::{Desk, KeyId, Millis, Oin, strict_json};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The one suite of each use in v1.
pub const SUITE: u8 = 1;

/// What a stated key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Sealing record keys to the desk: an X-Wing public key, 1,216 bytes.
    Seal,
    /// Receiving pseudonyms: a ristretto255 point, 32 bytes.
    Pseudonym,
}

impl KeyUse {
    /// The name in a statement: `seal` or `pseudonym`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Pseudonym => "pseudonym",
        }
    }

    /// Reads the name in a statement.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Seal, Self::Pseudonym]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    /// The length of a key for this use, in bytes.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::Seal => 1_216,
            Self::Pseudonym => 32,
        }
    }
}

/// What a statement says. Fields may be set freely; [`KeyStatement::sign`] and
/// [`KeyStatement::verify`] hold them to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatement {
    /// The owner; must be the organisation of the signing certificate.
    pub oin: Oin,
    /// The desk that uses the key.
    pub desk: Desk,
    /// What the key is for.
    pub key_use: KeyUse,
    /// The key's name, unique within the desk and use.
    pub kid: KeyId,
    /// The suite; [`SUITE`] in v1.
    pub suite: u8,
    /// The public key; its length follows from the use.
    pub key: Vec<u8>,
    /// The key epoch of the owner.
    pub epoch: u16,
    /// First moment of its term; whole seconds, fractions are dropped when signed.
    pub not_before: Millis,
    /// First moment after its term; whole seconds.
    pub not_after: Millis,
}

impl KeyStatement {
    /// Signs the statement: a compact JWS over its RFC 8785 form.
    pub fn sign(&self, signer: &Signer) -> Result<String, IdentityError> {
        self.check(signer.oin())?;
        jws::sign(signer, None, &self.canonical()?)
    }

    /// Takes a statement of `owner` at the moment `at`: the chain (DER, leaf first) is good under
    /// `trust` at that moment, it is `owner`'s and signed the bytes, they are the canonical form, and
    /// the term holds.
    pub fn verify(
        compact: &str,
        chain: &[Vec<u8>],
        trust: &SigningTrust,
        owner: Oin,
        at: Millis,
    ) -> Result<Self, IdentityError> {
        let certificate = trust.verify_chain(chain, at)?;
        if certificate.oin() != owner {
            return Err(IdentityError::KeyStatement(
                "it is signed by another organisation",
            ));
        }
        Self::read(compact, &certificate, at)
    }

    /// Takes a statement by the owner of `certificate`, which was found good for the moment `at`.
    pub fn read(
        compact: &str,
        certificate: &SigningCertificate,
        at: Millis,
    ) -> Result<Self, IdentityError> {
        let signed = Jws::parse(compact)?;
        let payload = signed.verify(certificate)?;
        let statement = Self::from_payload(payload)?;
        statement.check(certificate.oin())?;
        if statement.canonical()? != payload {
            return Err(IdentityError::KeyStatement("it is not in canonical form"));
        }
        if at < statement.not_before || at >= statement.not_after {
            return Err(IdentityError::KeyStatement("it is outside its term"));
        }
        Ok(statement)
    }

    /// The rules that do not depend on the moment.
    fn check(&self, signed_by: Oin) -> Result<(), IdentityError> {
        let broken = if self.oin != signed_by {
            "its owner is not the organisation that signed it"
        } else if self.suite != SUITE {
            "its suite is unknown"
        } else if self.key.len() != self.key_use.key_bytes() {
            "its key is not as long as its use asks"
        } else if self.not_before.seconds() >= self.not_after.seconds() {
            "its term ends before it begins"
        } else {
            return Ok(());
        };
        Err(IdentityError::KeyStatement(broken))
    }

    /// RFC 8785: names are sorted, there are no spaces, and neither the texts (ASCII without
    /// escapes) nor the numbers (whole) leave a choice.
    fn canonical(&self) -> Result<Vec<u8>, IdentityError> {
        let members: BTreeMap<&str, Value> = BTreeMap::from([
            ("desk", self.desk.as_str().into()),
            ("epoch", self.epoch.into()),
            ("key", URL_SAFE_NO_PAD.encode(&self.key).into()),
            ("kid", self.kid.as_str().into()),
            ("not_after", self.not_after.seconds().into()),
            ("not_before", self.not_before.seconds().into()),
            ("oin", self.oin.as_str().into()),
            ("suite", self.suite.into()),
            ("use", self.key_use.as_str().into()),
        ]);
        serde_json::to_vec(&members)
            .map_err(|_| IdentityError::KeyStatement("it cannot be written as JSON"))
    }

    fn from_payload(payload: &[u8]) -> Result<Self, IdentityError> {
        let value =
            strict_json::parse(payload).map_err(|error| IdentityError::KeyStatement(error.rule))?;
        let Value::Object(members) = value else {
            return Err(IdentityError::KeyStatement("it is not an object"));
        };
        let mut members = Members(members);
        let statement = Self {
            oin: members.text("oin", |text| Oin::parse(text).ok())?,
            desk: members.text("desk", |text| Desk::parse(text).ok())?,
            key_use: members.text("use", KeyUse::parse)?,
            kid: members.text("kid", |text| KeyId::parse(text).ok())?,
            suite: members.number("suite")?,
            key: members.text("key", |text| jws::decode(text).ok())?,
            epoch: members.number("epoch")?,
            not_before: members.moment("not_before")?,
            not_after: members.moment("not_after")?,
        };
        if !members.0.is_empty() {
            return Err(IdentityError::KeyStatement(
                "it has a name that is not allowed",
            ));
        }
        Ok(statement)
    }
}

/// The members of a payload, taken out one by one.
struct Members(Map<String, Value>);

impl Members {
    fn text<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, IdentityError> {
        let value = self.0.remove(name);
        value
            .as_ref()
            .and_then(Value::as_str)
            .and_then(read)
            .ok_or(IdentityError::KeyStatement(
                "a text is missing or not of its form",
            ))
    }

    fn number<T: TryFrom<u64>>(&mut self, name: &str) -> Result<T, IdentityError> {
        let value = self.0.remove(name);
        value
            .as_ref()
            .and_then(Value::as_u64)
            .and_then(|number| T::try_from(number).ok())
            .ok_or(IdentityError::KeyStatement(
                "a number is missing or out of range",
            ))
    }

    fn moment(&mut self, name: &str) -> Result<Millis, IdentityError> {
        let seconds: u64 = self.number(name)?;
        let millis = seconds.checked_mul(Millis::SECOND);
        millis.map(Millis).ok_or(IdentityError::KeyStatement(
            "a number is missing or out of range",
        ))
    }
}
