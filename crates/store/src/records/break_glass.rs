//! A break-glass under review. Must not know: who anybody is (persons are keyed marks), and what a review
//! may say.

/// One break-glass, or a correction of one, by the delivery that it was.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BreakGlassRecord {
    /// Who sent it, OIN.
    #[prost(string, tag = "1")]
    pub source_oin: String,
    /// The desk it was sent from.
    #[prost(string, tag = "2")]
    pub source_desk: String,
    /// Who it was sent to, OIN.
    #[prost(string, tag = "3")]
    pub recipient_oin: String,
    /// The desk it was sent to.
    #[prost(string, tag = "4")]
    pub recipient_desk: String,
    /// The desk at which the source's officer is told.
    #[prost(string, tag = "5")]
    pub source_officer: String,
    /// The desk at which the recipient's officer is told.
    #[prost(string, tag = "6")]
    pub recipient_officer: String,
    /// Hash of the agreement it went under.
    #[prost(string, tag = "7")]
    pub agreement_hash: String,
    /// The clause.
    #[prost(string, tag = "8")]
    pub clause: String,
    /// The purpose.
    #[prost(string, tag = "9")]
    pub purpose: String,
    /// The signal's type.
    #[prost(string, tag = "10")]
    pub signal_type: String,
    /// The source's own signal id, 16 bytes.
    #[prost(bytes = "vec", tag = "11")]
    pub signal_id: Vec<u8>,
    /// Why no ordinary way was open, as its header said.
    #[prost(string, tag = "12")]
    pub reason: String,
    /// The function that was called.
    #[prost(string, tag = "13")]
    pub called_function: String,
    /// When, UTC milliseconds.
    #[prost(uint64, tag = "14")]
    pub called_ms: u64,
    /// End of its time box, UTC milliseconds.
    #[prost(uint64, tag = "15")]
    pub until_ms: u64,
    /// When it was sent, hub time, UTC milliseconds.
    #[prost(uint64, tag = "16")]
    pub sent_ms: u64,
    /// The first moment at which its review is late, UTC milliseconds.
    #[prost(uint64, tag = "17")]
    pub review_by_ms: u64,
    /// When it must be told next that it is late; 0 once it is closed.
    #[prost(uint64, tag = "18")]
    pub next_told_ms: u64,
    /// How often that was told.
    #[prost(uint32, tag = "19")]
    pub told: u32,
    /// Keyed marks, 16 bytes each, of who acted and decided at the source; none once it is closed.
    #[prost(bytes = "vec", repeated, tag = "20")]
    pub acted: Vec<Vec<u8>>,
    /// What the source found, as on the wire; 0 while it is open.
    #[prost(int32, tag = "21")]
    pub finding: i32,
    /// When, hub time, UTC milliseconds.
    #[prost(uint64, tag = "22")]
    pub reviewed_ms: u64,
    /// What the recipient makes of it, as on the wire; 0 while it has not said.
    #[prost(int32, tag = "23")]
    pub view: i32,
    /// When, hub time, UTC milliseconds.
    #[prost(uint64, tag = "24")]
    pub viewed_ms: u64,
    /// Check value of the key that `acted` is made under, 8 bytes; none once it is closed, and in what
    /// format 1 wrote.
    #[prost(bytes = "vec", tag = "90")]
    pub mark_key: Vec<u8>,
    /// The break-glass that this delivery corrects, 16 bytes; none of a break-glass itself.
    #[prost(bytes = "vec", tag = "91")]
    pub rectifies: Vec<u8>,
}

// Format 2: marks compare only under the key that `mark_key` checks.
super::plain_record!(BreakGlassRecord = 2);
