//! A warning that was given. Must not know: when it was due.

/// One warning to one organisation; given once.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct WarningRecord {
    /// Of what, as on the wire.
    #[prost(int32, tag = "1")]
    pub kind: i32,
    /// Hash of the agreement, where it is about one.
    #[prost(string, tag = "2")]
    pub agreement_hash: String,
    /// Its clause, where it is about one.
    #[prost(string, tag = "3")]
    pub clause: String,
    /// The legal basis of the clause, where it is about one.
    #[prost(string, tag = "4")]
    pub basis: String,
    /// SHA-256 of the certificate, where it is about one.
    #[prost(bytes = "vec", tag = "5")]
    pub certificate: Vec<u8>,
    /// Name of the system with that certificate, as registered.
    #[prost(string, tag = "6")]
    pub system: String,
    /// The end it warns of, UTC milliseconds.
    #[prost(uint64, tag = "7")]
    pub ends_ms: u64,
    /// How many days before it the warning is called by: 90, 30, 7; 0 when it has come.
    #[prost(uint32, tag = "8")]
    pub days: u32,
    /// When it was given, hub time, UTC milliseconds.
    #[prost(uint64, tag = "9")]
    pub told_ms: u64,
    /// The delivery, where it is about a break-glass.
    #[prost(bytes = "vec", tag = "60")]
    pub delivery_id: Vec<u8>,
}

super::plain_record!(WarningRecord);
