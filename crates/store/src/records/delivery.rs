//! One delivery of one signal to one desk: who, on what ground, and how far it came.
//! Must not know: what it carries, nor which step may follow which.

use super::{Record, body, open, versioned};
use crate::template::{Slot, Template};
use crate::{StoreError, Versioned};
use prost::Message;
use seinhuis_types::{
    AgreementHash, ConsentHandle, DeliveryId, Desk, LeafIndex, Millis, Oin, Position,
};

/// A delivery with the numbers that commits gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Its place in the desk's stream; empty while it is held.
    pub position: Slot<Position>,
    /// The entry of the decision to publish.
    pub published: Slot<LeafIndex>,
    /// When that was, hub time.
    pub published_at: Slot<Millis>,
    /// The entry of the first release.
    pub first_release: Slot<LeafIndex>,
    /// When the last release was, hub time.
    pub released_at: Slot<Millis>,
    /// When the last acknowledgement was, hub time.
    pub acknowledged_at: Slot<Millis>,
    /// Everything known before the commit.
    pub body: DeliveryRecord,
}

/// The body of a [`Delivery`].
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct DeliveryRecord {
    /// OIN of the source.
    #[prost(string, tag = "1")]
    pub source_oin: String,
    /// OIN of the recipient.
    #[prost(string, tag = "2")]
    pub recipient_oin: String,
    /// Desk of the recipient.
    #[prost(string, tag = "3")]
    pub desk: String,
    /// How far it came.
    #[prost(enumeration = "DeliveryState", tag = "4")]
    pub state: i32,
    /// The agreement it leaves under.
    #[prost(string, tag = "5")]
    pub agreement_hash: String,
    /// The clause it leaves under.
    #[prost(string, tag = "6")]
    pub clause: String,
    /// The purpose.
    #[prost(string, tag = "7")]
    pub purpose: String,
    /// The signal's type.
    #[prost(string, tag = "8")]
    pub signal_type: String,
    /// How many times it was released.
    #[prost(uint32, tag = "9")]
    pub release_count: u32,
    /// Names of the fields that leave, sorted.
    #[prost(string, repeated, tag = "10")]
    pub granted: Vec<String>,
    /// Names of the fields that were offered and do not leave, sorted.
    #[prost(string, repeated, tag = "11")]
    pub withheld: Vec<String>,
    /// When it must have been acknowledged, UTC milliseconds; 0 when there is no term.
    #[prost(uint64, tag = "12")]
    pub ack_by_ms: u64,
    /// The source's signal id, 16 bytes; the recipient never sees it.
    #[prost(bytes = "vec", tag = "13")]
    pub signal_id: Vec<u8>,
    /// When the payload dies at the latest, UTC milliseconds; 0 when not known yet.
    #[prost(uint64, tag = "14")]
    pub payload_until_ms: u64,
    /// Retention class of the catalogue.
    #[prost(string, tag = "15")]
    pub retention: String,
    /// Urgency class, `U1` to `U4`.
    #[prost(string, tag = "16")]
    pub urgency: String,
    /// Desk of the source: where events go.
    #[prost(string, tag = "17")]
    pub source_desk: String,
    /// Whether the last acknowledgement it asks for is that a person opened it. Not under a clause
    /// whose recipient may not know the person, nor where the type asks for delivery alone.
    #[prost(bool, tag = "18")]
    pub asks_opened: bool,
    /// The moment of its due row, UTC milliseconds; 0 when it has none.
    #[prost(uint64, tag = "19")]
    pub due_ms: u64,
    /// Whether the missed deadline was told.
    #[prost(bool, tag = "20")]
    pub deadline_told: bool,
    /// Of a rectification: the delivery it is about, 16 bytes; empty for a signal.
    #[prost(bytes = "vec", tag = "21")]
    pub rectifies: Vec<u8>,
    /// What a rectification tells; 0 for a signal. Values as on the wire.
    #[prost(int32, tag = "22")]
    pub rectification: i32,
    /// Why, a code of the catalogue.
    #[prost(string, tag = "23")]
    pub rectification_reason: String,
    /// Region of its header. With the three below: what a rectification under the same clause says.
    #[prost(string, tag = "24")]
    pub region: String,
    /// Necessity code of its header.
    #[prost(string, tag = "25")]
    pub necessity: String,
    /// Regime of its header. Values as on the wire.
    #[prost(int32, tag = "26")]
    pub regime: i32,
    /// Article of the Wpg of its header, 0 for none. Values as on the wire.
    #[prost(int32, tag = "27")]
    pub wpg_article: i32,
    /// Of what is over: how it ended.
    #[prost(enumeration = "EndedAs", tag = "28")]
    pub ended: i32,
    /// The consent it rests on, 16 bytes; empty where it rests on none.
    #[prost(bytes = "vec", tag = "50")]
    pub consent_id: Vec<u8>,
    /// Of a question: its tick, UTC milliseconds; 0 for anything else.
    #[prost(uint64, tag = "55")]
    pub answer_by_ms: u64,
    /// Of an answer: the question's delivery, 16 bytes; empty for anything else.
    #[prost(bytes = "vec", tag = "56")]
    pub answers: Vec<u8>,
}

/// States of a delivery, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum DeliveryState {
    /// Never stored.
    Unspecified = 0,
    /// Not releasable yet; has no position.
    Held = 1,
    /// May be released; has a position.
    Releasable = 2,
    /// Sent at least once.
    Released = 3,
    /// The recipient's system has it.
    Delivered = 4,
    /// A person opened it.
    Opened = 5,
    /// Over: a stub, or a tombstone when it was never acknowledged.
    Ended = 6,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum EndedAs {
    /// It is not over, or it ended before this was kept.
    Unspecified = 0,
    /// Everything it asks of its recipient had been told.
    Acknowledged = 1,
    /// Its payload died before that.
    Lapsed = 2,
    /// Its source took it back, or said something in its place, before that.
    Stopped = 3,
}

impl DeliveryRecord {
    /// What stays when the payload has died: who, on what ground, which signal, and how it ended. The
    /// rest served its release (docs/operations/retention.md).
    pub fn strip(&mut self) {
        self.granted.clear();
        self.withheld.clear();
        self.urgency.clear();
        self.source_desk.clear();
        self.ack_by_ms = 0;
        self.payload_until_ms = 0;
        self.due_ms = 0;
        self.deadline_told = false;
        self.asks_opened = false;
    }

    /// Of a rectification: the delivery it is about.
    pub fn rectified(&self) -> Result<Option<DeliveryId>, StoreError> {
        if self.rectifies.is_empty() {
            return Ok(None);
        }
        DeliveryId::from_slice(&self.rectifies)
            .map(Some)
            .map_err(|_| StoreError::Corrupt("what a delivery rectifies"))
    }

    /// The consent it rests on.
    pub fn consent(&self) -> Result<Option<ConsentHandle>, StoreError> {
        if self.consent_id.is_empty() {
            return Ok(None);
        }
        ConsentHandle::from_slice(&self.consent_id)
            .map(Some)
            .map_err(|_| StoreError::Corrupt("the consent of a delivery"))
    }

    /// The source.
    pub fn source(&self) -> Result<Oin, StoreError> {
        Oin::parse(&self.source_oin).map_err(|_| StoreError::Corrupt("a delivery's source"))
    }

    /// The recipient.
    pub fn recipient(&self) -> Result<(Oin, Desk), StoreError> {
        let damaged = |_| StoreError::Corrupt("a delivery's recipient");
        Ok((
            Oin::parse(&self.recipient_oin).map_err(damaged)?,
            Desk::parse(&self.desk).map_err(damaged)?,
        ))
    }

    /// The agreement.
    pub fn agreement(&self) -> Result<AgreementHash, StoreError> {
        AgreementHash::parse(&self.agreement_hash)
            .map_err(|_| StoreError::Corrupt("a delivery's agreement"))
    }
}

impl Record for Delivery {
    fn template(&self) -> Template {
        Template::new(
            Self::FORMAT,
            &[
                self.position.hole(),
                self.published.hole(),
                self.published_at.hole(),
                self.first_release.hole(),
                self.released_at.hole(),
                self.acknowledged_at.hole(),
            ],
            &self.body.encode_to_vec(),
        )
    }

    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError> {
        let short = StoreError::Corrupt("a delivery is too short");
        let mut stored = open(value, Self::FORMAT)?;
        let delivery = Self {
            position: stored.slot().ok_or_else(|| short.clone())?,
            published: stored.slot().ok_or_else(|| short.clone())?,
            published_at: stored.slot().ok_or_else(|| short.clone())?,
            first_release: stored.slot().ok_or_else(|| short.clone())?,
            released_at: stored.slot().ok_or_else(|| short.clone())?,
            acknowledged_at: stored.slot().ok_or(short)?,
            body: body(stored)?,
        };
        Ok(versioned(stored, delivery))
    }
}
