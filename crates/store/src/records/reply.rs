//! What makes a call happen once: replies, signal ids, slip nonces.
//! Must not know: what a reply says.

use super::{Record, body, open, versioned};
use crate::template::{Slot, Template};
use crate::{StoreError, Versioned};
use prost::Message;
use seinhuis_types::{LeafIndex, Millis};

/// The reply to a call, with the numbers its commit gave. The receipt is not stored: it is made
/// again from these (Ed25519 is deterministic).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// Hub time of the commit.
    pub committed_at: Slot<Millis>,
    /// The index of the change's first entry; the others follow it.
    pub first_index: Slot<LeafIndex>,
    /// Everything known before the commit.
    pub body: ReplyRecord,
}

/// The body of a [`Reply`].
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ReplyRecord {
    /// SHA-256 of the request bytes, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub fingerprint: Vec<u8>,
    /// What the method needs to make its reply again, in the method's own form.
    #[prost(bytes = "vec", tag = "2")]
    pub facts: Vec<u8>,
    /// How many entries the change had.
    #[prost(uint32, tag = "3")]
    pub entries: u32,
}

impl Record for Reply {
    fn template(&self) -> Template {
        let holes = [self.committed_at.hole(), self.first_index.hole()];
        Template::new(Self::FORMAT, &holes, &self.body.encode_to_vec())
    }

    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError> {
        let short = StoreError::Corrupt("a reply is too short");
        let mut stored = open(value, Self::FORMAT)?;
        let reply = Self {
            committed_at: stored.slot().ok_or_else(|| short.clone())?,
            first_index: stored.slot().ok_or(short)?,
            body: body(stored)?,
        };
        Ok(versioned(stored, reply))
    }
}

/// What a source's signal became.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SignalRecord {
    /// Its deliveries, 16 bytes each, in the order of the envelopes.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub delivery_ids: Vec<Vec<u8>>,
    /// The deliveries that rectify these, 16 bytes each, oldest first.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub rectification_ids: Vec<Vec<u8>>,
    /// The source's desks it was sent from, sorted; none in what was written before they were kept.
    #[prost(string, repeated, tag = "3")]
    pub source_desks: Vec<String>,
    /// What could not be told to whom received it, oldest first, until it is.
    #[prost(message, repeated, tag = "4")]
    pub untold: Vec<UntoldRecord>,
}

/// A rectification that a desk which received the signal was not told.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct UntoldRecord {
    /// The delivery that the desk received, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub delivery_id: Vec<u8>,
    /// What it tells. Values as on the wire.
    #[prost(int32, tag = "2")]
    pub rectification: i32,
}

impl SignalRecord {
    /// A signal that became these deliveries, and was not rectified.
    pub fn of(delivery_ids: Vec<Vec<u8>>, source_desks: Vec<String>) -> Self {
        Self {
            delivery_ids,
            rectification_ids: Vec::new(),
            source_desks,
            untold: Vec::new(),
        }
    }
}

/// A slip's nonce that was used, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipNonce {
    /// Hub time of the commit.
    pub committed_at: Slot<Millis>,
}

impl Default for SlipNonce {
    fn default() -> Self {
        Self {
            committed_at: Slot::at_commit(),
        }
    }
}

impl Record for SlipNonce {
    fn template(&self) -> Template {
        Template::new(Self::FORMAT, &[self.committed_at.hole()], &[])
    }

    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError> {
        let mut stored = open(value, Self::FORMAT)?;
        let committed_at = stored
            .slot()
            .ok_or(StoreError::Corrupt("a slip nonce is too short"))?;
        Ok(versioned(stored, Self { committed_at }))
    }
}

super::plain_record!(SignalRecord);
