//! A party's step: what it signed, once identity has verified the signature.

use super::{StepError, UnixSeconds};
use seinhuis_types::{AgreementHash, Millis, Oin, PersonRef, strict_json};
use serde::{Deserialize, Deserializer, de::Error};

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
