//! An event in a desk's stream: something did not happen in time. Must not know: what follows from
//! it.

/// One event, as one desk reads it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct EventRecord {
    /// What happened.
    #[prost(enumeration = "EventKind", tag = "1")]
    pub kind: i32,
    /// The delivery, for its recipient; empty for the source, but of a break-glass.
    #[prost(bytes = "vec", tag = "2")]
    pub delivery_id: Vec<u8>,
    /// The source's own signal id, for the source; empty for the recipient.
    #[prost(bytes = "vec", tag = "3")]
    pub signal_id: Vec<u8>,
    /// The signal's type; empty for a recipient that it was never released to.
    #[prost(string, tag = "4")]
    pub signal_type: String,
    /// The moment that passed, UTC milliseconds.
    #[prost(uint64, tag = "5")]
    pub at_ms: u64,
    /// OIN of the recipient, for the source; empty for the recipient.
    #[prost(string, tag = "6")]
    pub recipient_oin: String,
    /// Desk of the recipient, for the source; empty for the recipient.
    #[prost(string, tag = "7")]
    pub recipient_desk: String,
}

/// Kinds of event. Values as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum EventKind {
    /// Never stored.
    Unspecified = 0,
    /// It was not acknowledged in time.
    DeadlineMissed = 1,
    /// What it carried died before its recipient told that it arrived.
    Undelivered = 2,
    /// A break-glass was used; to both officers.
    BreakGlassUsed = 60,
    /// Its review is late; to both officers.
    BreakGlassOverdue = 61,
    /// One side said what it finds; to both officers.
    BreakGlassReviewed = 62,
    /// It was not justified; to the desk that received it.
    BreakGlassDestroy = 63,
    /// It was not justified; to the desk that sent it.
    BreakGlassWithdraw = 64,
    /// A break-glass was corrected; to both officers.
    BreakGlassCorrected = 90,
    /// A break-glass was asked for and not released; to the desk that sent it.
    BreakGlassNotReleased = 91,
    /// The consent it rested on was taken back.
    ConsentWithdrawn = 50,
    /// The tick of a question came and nothing was lodged for it.
    QuestionNotCollected = 55,
}

super::plain_record!(EventRecord);
