//! An agreement as stored: its content, never changed, and the steps its parties signed.
//! Must not know: what the content says, nor which step is allowed when.

/// One agreement.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AgreementRecord {
    /// The content in RFC 8785 form: the bytes the hash is over.
    #[prost(bytes = "vec", tag = "1")]
    pub content: Vec<u8>,
    /// Where it stands.
    #[prost(enumeration = "AgreementState", tag = "2")]
    pub state: i32,
    /// Every signed step, oldest first.
    #[prost(message, repeated, tag = "3")]
    pub steps: Vec<AgreementStep>,
    /// OINs of the parties that left.
    #[prost(string, repeated, tag = "4")]
    pub left: Vec<String>,
    /// OIN of the party that suspended it; empty when none did.
    #[prost(string, tag = "5")]
    pub suspended_by: String,
    /// OIN of the party that proposed it.
    #[prost(string, tag = "6")]
    pub proposed_by: String,
    /// When it was proposed, hub time, UTC milliseconds.
    #[prost(uint64, tag = "7")]
    pub proposed_ms: u64,
    /// Hash of the version that replaced it; empty when none did.
    #[prost(string, tag = "8")]
    pub replaced_by: String,
    /// From when, hub time, UTC milliseconds; may lie ahead.
    #[prost(uint64, tag = "9")]
    pub replaced_from_ms: u64,
}

/// States of an agreement. Values as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum AgreementState {
    /// Never stored.
    Unspecified = 0,
    /// Not every party has accepted.
    Proposed = 1,
    /// In force.
    Valid = 2,
    /// A party refused it.
    Rejected = 3,
    /// Stopped by one party, which alone can resume it.
    Suspended = 4,
    /// Over.
    Ended = 5,
}

/// One party's signed step.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AgreementStep {
    /// The party.
    #[prost(string, tag = "1")]
    pub oin: String,
    /// Which step.
    #[prost(enumeration = "StepKind", tag = "2")]
    pub kind: i32,
    /// The compact JWS as received.
    #[prost(string, tag = "3")]
    pub jws: String,
    /// The certificates it was signed under, leaf first, DER.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub chain: Vec<Vec<u8>>,
    /// Hub time, UTC milliseconds.
    #[prost(uint64, tag = "5")]
    pub at_ms: u64,
    /// When the signing certificate ends, UTC milliseconds.
    #[prost(uint64, tag = "6")]
    pub not_after_ms: u64,
}

/// Kinds of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum StepKind {
    /// Never stored.
    Unspecified = 0,
    /// `accept`
    Accept = 1,
    /// `reject`
    Reject = 2,
    /// `suspend`
    Suspend = 3,
    /// `resume`
    Resume = 4,
    /// `leave`
    Leave = 5,
}

super::plain_record!(AgreementRecord);
