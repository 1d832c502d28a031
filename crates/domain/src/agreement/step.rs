//! A party's step: what it signed, once identity has verified the signature.

use super::text::has_nine_digits;
use super::{StepError, UnixSeconds};
use seinhuis_types::{AgreementHash, Millis, Oin, ParseError, strict_json};
use serde::{Deserialize, Deserializer, de::Error};
use std::fmt;

/// What a party does with an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Signs the content.
    Accept,
    /// Ends the proposal.
    Reject,
    /// Stops everything under the agreement, at once.
    Suspend,
    /// Lifts its own suspension.
    Resume,
    /// Ends the clauses it is in.
    Leave,
}

impl StepKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Accept,
        Self::Reject,
        Self::Suspend,
        Self::Resume,
        Self::Leave,
    ];

    /// The word in the signed payload.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Leave => "leave",
        }
    }
}

/// A party's own pseudonym of one of its people: 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`, without
/// a run of nine digits. Only the party can tell who it is; the hub compares two of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonRef(Box<str>);

impl PersonRef {
    /// Reads the pseudonym.
    ///
    /// # Errors
    /// Names the rule, never the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) && !has_nine_digits(text) {
            Ok(Self(text.into()))
        } else {
            let rule = "1 to 64 of A-Z, a-z, 0-9, ., _ and -, without nine digits in a row";
            Err(ParseError::new("person", rule))
        }
    }

    /// The pseudonym.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both stand for the same person; a change of case does not make another person.
    pub fn same_person(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Debug for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRef(..)")
    }
}

/// The payload of a signed step, docs/formats/agreement.md.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepClaims {
    /// The content it is about.
    #[serde(rename = "agreement_content_hash", deserialize_with = "agreement_hash")]
    pub hash: AgreementHash,
    /// What is done.
    #[serde(rename = "type")]
    pub kind: StepKind,
    /// When it was signed.
    pub signed_at: UnixSeconds,
    /// Who started it.
    #[serde(deserialize_with = "person")]
    pub initiator: PersonRef,
    /// Who approved it: another person.
    #[serde(deserialize_with = "person")]
    pub approver: PersonRef,
}

impl StepClaims {
    /// Reads the payload of the compact JWS, already verified.
    ///
    /// # Errors
    /// [`StepError::Form`].
    pub fn parse(payload: &[u8]) -> Result<Self, StepError> {
        let value = strict_json::parse(payload).map_err(|e| StepError::Form(e.to_string()))?;
        Self::deserialize(value).map_err(|e| StepError::Form(e.to_string()))
    }
}

/// A step whose signature was verified, with what the signing certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedStep {
    /// The party: the OIN in the signing certificate, never one from the payload.
    pub oin: Oin,
    /// The last millisecond of the signing certificate.
    pub certificate_not_after: Millis,
    /// What was signed.
    pub claims: StepClaims,
}

fn person<'de, D: Deserializer<'de>>(from: D) -> Result<PersonRef, D::Error> {
    PersonRef::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn agreement_hash<'de, D: Deserializer<'de>>(from: D) -> Result<AgreementHash, D::Error> {
    AgreementHash::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}
