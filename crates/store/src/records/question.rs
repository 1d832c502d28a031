//! A question and what is lodged for it. Must not know: what either says, nor when it may be lodged.

use super::{PayloadRecord, Record, body, open, versioned};
use crate::template::{Slot, Template};
use crate::{StoreError, Versioned};
use prost::Message;
use seinhuis_types::Millis;

/// A question, from its asking until a week after its tick.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// When its tick was dealt with, hub time; empty until then. What is lodged goes with it.
    pub closed_at: Slot<Millis>,
    /// Everything known before the commit.
    pub body: QuestionRecord,
}

/// The body of a [`Question`].
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct QuestionRecord {
    /// OIN of the asker.
    #[prost(string, tag = "1")]
    pub asker_oin: String,
    /// The desk that asked; the answer goes there.
    #[prost(string, tag = "2")]
    pub asker_desk: String,
    /// OIN of the desk that is asked.
    #[prost(string, tag = "3")]
    pub asked_oin: String,
    /// The desk that is asked.
    #[prost(string, tag = "4")]
    pub asked_desk: String,
    /// Its agreement; the answer goes under the same.
    #[prost(string, tag = "5")]
    pub agreement_hash: String,
    /// The clause it was asked under.
    #[prost(string, tag = "6")]
    pub clause: String,
    /// Its purpose; the answer has the same.
    #[prost(string, tag = "7")]
    pub purpose: String,
    /// Its region; the answer has the same.
    #[prost(string, tag = "8")]
    pub region: String,
    /// Its necessity code; the answer has the same.
    #[prost(string, tag = "9")]
    pub necessity: String,
    /// Whether its subject was told, a code; the answer has the same.
    #[prost(string, tag = "10")]
    pub informed: String,
    /// The hour of its route, hours since the epoch; every hour of the answer is this one.
    #[prost(uint32, tag = "11")]
    pub hour: u32,
    /// Its tick, UTC milliseconds.
    #[prost(uint64, tag = "12")]
    pub answer_by_ms: u64,
    /// Whether an answer was lodged in the place of the cover.
    #[prost(bool, tag = "13")]
    pub answered: bool,
    /// What is lodged: the cover, or the answer.
    #[prost(message, optional, tag = "14")]
    pub lodged: Option<LodgedRecord>,
}

/// What leaves at the tick, if the law then still allows.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct LodgedRecord {
    /// The delivery it will be (`DeliveryRecord`), without an id.
    #[prost(message, required, tag = "1")]
    pub delivery: super::DeliveryRecord,
    /// What it will carry.
    #[prost(message, required, tag = "2")]
    pub payload: PayloadRecord,
}

impl Record for Question {
    fn template(&self) -> Template {
        Template::new(
            Self::FORMAT,
            &[self.closed_at.hole()],
            &self.body.encode_to_vec(),
        )
    }

    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError> {
        let short = StoreError::Corrupt("a question is too short");
        let mut stored = open(value, Self::FORMAT)?;
        let question = Self {
            closed_at: stored.slot().ok_or(short)?,
            body: body(stored)?,
        };
        Ok(versioned(stored, question))
    }
}
