//! A recorded decision, and whether the input beside it is the one it names.

use super::{Asked, DecisionInput, input_digest};
use crate::entry::ruleset_root;
use prost::Message;
use seinhuis_proto::v1;
use std::collections::BTreeSet;

/// A condition that was not met, as it was told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// The reason's code.
    pub code: String,
    /// The articles it rests on.
    pub law: String,
    /// What is the matter, in Dutch.
    pub text_nl: String,
    /// What is the matter, in English.
    pub text_en: String,
    /// What to do about it, in Dutch.
    pub remedy_nl: String,
    /// What to do about it, in English.
    pub remedy_en: String,
}

/// What a decision says, as far as another set of rules could have it say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Yes or no.
    pub permitted: bool,
    /// Of a refusal, the conditions not met, in the order in which they are told.
    pub reasons: Vec<Why>,
    /// Of a permit, the coded fields that leave.
    pub granted: BTreeSet<String>,
    /// What was offered and does not leave.
    pub withheld: BTreeSet<String>,
    /// Of a permit, the bases to provide, to receive, and for special data.
    pub bases: [BTreeSet<String>; 3],
}

impl Told {
    /// Whether both say the same. Texts and remedies are left out, as in the hash of a policy set: better
    /// wording is not another decision.
    pub fn same(&self, other: &Self) -> bool {
        let codes = |told: &Self| -> Vec<String> {
            told.reasons.iter().map(|why| why.code.clone()).collect()
        };
        self.permitted == other.permitted
            && codes(self) == codes(other)
            && self.granted == other.granted
            && self.withheld == other.withheld
            && self.bases == other.bases
    }
}

/// A decision of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// What it says.
    pub told: Told,
    decision: v1::Decision,
}

/// Why a decision cannot be replayed as it was recorded: an incident, never a flip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsRecorded {
    /// The bytes of the decision are none.
    #[error("the recorded decision does not decode")]
    Decision,
    /// One of the two is there without the other.
    #[error("the decision names an input and there is none, or the reverse")]
    Alone,
    /// The digest in the decision is of other bytes.
    #[error("the recorded input is not the one whose digest the decision has")]
    Digest,
    /// The input is none.
    #[error("the recorded input does not read")]
    Input,
    /// Both hold by themselves, and are about something else.
    #[error("the decision is about another act, route or ruleset than its input")]
    Other,
    /// The rules it names give another answer.
    #[error("the rules that the decision was made by, applied to its input, say something else")]
    OtherAnswer,
}

impl Recorded {
    /// Reads a decision.
    ///
    /// # Errors
    /// [`NotAsRecorded::Decision`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAsRecorded> {
        let decision = v1::Decision::decode(bytes).map_err(|_| NotAsRecorded::Decision)?;
        let set = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<_>>();
        let why = |reason: &v1::Reason| Why {
            code: reason.code.clone(),
            law: reason.law.clone(),
            text_nl: reason.text_nl.clone(),
            text_en: reason.text_en.clone(),
            remedy_nl: reason.remedy_nl.clone(),
            remedy_en: reason.remedy_en.clone(),
        };
        let told = Told {
            permitted: decision.permitted,
            reasons: decision.reasons.iter().map(why).collect(),
            granted: set(&decision.granted),
            withheld: decision.withheld.iter().map(|w| w.path.clone()).collect(),
            bases: [
                set(&decision.basis_provide),
                set(&decision.basis_receive),
                set(&decision.basis_special),
            ],
        };
        Ok(Self { told, decision })
    }

    /// The input it was made of, from the bytes that were kept beside it. `None` for a decision of before
    /// inputs were kept.
    ///
    /// # Errors
    /// [`NotAsRecorded`] when these bytes are not what the decision was made of.
    pub fn input(&self, kept: &[u8]) -> Result<Option<DecisionInput>, NotAsRecorded> {
        let named = self.decision.input_digest.as_slice();
        match (named.is_empty(), kept.is_empty()) {
            (true, true) => return Ok(None),
            (false, false) => {}
            _ => return Err(NotAsRecorded::Alone),
        }
        if named != input_digest(kept).0 {
            return Err(NotAsRecorded::Digest);
        }
        let input = DecisionInput::parse(kept).map_err(|_| NotAsRecorded::Input)?;
        if self.is_about(&input) {
            Ok(Some(input))
        } else {
            Err(NotAsRecorded::Other)
        }
    }

    fn is_about(&self, input: &DecisionInput) -> bool {
        let found = &self.decision;
        let asked = match found.act() {
            v1::Act::Publish => Asked::Publish,
            v1::Act::Release => Asked::Release,
            v1::Act::Rectify => Asked::Rectify,
            v1::Act::Ask => Asked::Ask,
            v1::Act::Answer => Asked::Answer,
            _ => return false,
        };
        asked == input.asked
            && found.source_oin == input.source.as_str()
            && found.recipient_oin == input.recipient.as_str()
            && found.recipient_desk == input.desk.as_str()
            && found.agreement_hash == input.agreement.as_str()
            && found.clause_id == input.clause.as_str()
            && found.purpose == input.purpose.as_str()
            && found.signal_type == input.signal_type.as_str()
            && found.ruleset_root == ruleset_root(&input.catalogue_hash, &input.policy_hash).0
    }
}
