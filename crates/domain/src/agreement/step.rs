//! A party's step: what it signed, once identity has verified the signature.

use super::{StepError, StepReason, UnixSeconds};
use seinhuis_types::{AgreementHash, CodeValue, Millis, Oin, PersonRef, strict_json};
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
    /// In which function the initiator acts, if the payload says so.
    #[serde(default, deserialize_with = "function")]
    pub initiator_function: Option<CodeValue>,
    /// In which function the approver acts, if the payload says so.
    #[serde(default, deserialize_with = "function")]
    pub approver_function: Option<CodeValue>,
    /// Why; never with an acceptance.
    #[serde(default, deserialize_with = "reason")]
    pub reason: Option<StepReason>,
}

/// The function of who administers agreements for a partner.
const ADMINISTRATOR: &str = "administrator";
/// The function of a partner's privacy officer.
const FG: &str = "fg";

impl StepClaims {
    /// Reads the payload of the compact JWS, already verified.
    ///
    /// # Errors
    /// [`StepError::Form`].
    pub fn parse(payload: &[u8]) -> Result<Self, StepError> {
        let value = strict_json::parse(payload).map_err(|e| StepError::Form(e.to_string()))?;
        let claims = Self::deserialize(value).map_err(|e| StepError::Form(e.to_string()))?;
        match claims.reason {
            Some(reason) if reason.kind() != claims.kind => Err(StepError::OtherReason {
                kind: claims.kind,
                reason,
            }),
            _ => Ok(claims),
        }
    }

    /// That a step which is taken now says why, where the other parties must be told: who stops
    /// everything, and who lets it go on. Steps that were taken before are not asked.
    ///
    /// # Errors
    /// [`StepError::ReasonMissing`].
    pub fn complete(&self) -> Result<(), StepError> {
        let needed = matches!(self.kind, StepKind::Suspend | StepKind::Resume);
        if needed && self.reason.is_none() {
            return Err(StepError::ReasonMissing(self.kind));
        }
        Ok(())
    }

    /// Whether one person acts as administrator in one of the two steps of a party and as privacy
    /// officer in the other (rule 13 of docs/rules.md).
    pub(super) fn mixes_functions(&self, other: &Self) -> bool {
        let named = |claims: &Self| {
            [
                (claims.initiator.clone(), claims.initiator_function.clone()),
                (claims.approver.clone(), claims.approver_function.clone()),
            ]
        };
        named(self).iter().any(|(person, function)| {
            named(other).iter().any(|(same, another)| {
                let pair = [function, another].map(|f| f.as_ref().map(CodeValue::as_str));
                person.same_person(same)
                    && matches!(
                        pair,
                        [Some(ADMINISTRATOR), Some(FG)] | [Some(FG), Some(ADMINISTRATOR)]
                    )
            })
        })
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

fn function<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CodeValue>, D::Error> {
    let code = CodeValue::parse(&String::deserialize(from)?).map_err(D::Error::custom)?;
    Ok(Some(code))
}

fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<Option<StepReason>, D::Error> {
    let code = String::deserialize(from)?;
    let reason = StepReason::parse(&code);
    let unknown = || D::Error::custom("reason: a code of docs/formats/agreement.md, Reasons");
    reason.map(Some).ok_or_else(unknown)
}

fn agreement_hash<'de, D: Deserializer<'de>>(from: D) -> Result<AgreementHash, D::Error> {
    AgreementHash::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}
