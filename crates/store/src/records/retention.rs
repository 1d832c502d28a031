//! Holds on parts, and erasures under way. Must not know: why, and who: that stands sealed in the own
//! part of the entry.

/// A controller keeps its parts of some entries from being erased.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct HoldRecord {
    /// The first entry.
    #[prost(uint64, tag = "1")]
    pub from_index: u64,
    /// The last entry, itself held.
    #[prost(uint64, tag = "2")]
    pub to_index: u64,
    /// When it was placed, hub time, UTC milliseconds.
    #[prost(uint64, tag = "3")]
    pub placed_ms: u64,
}

/// An erasure of a controller's parts that is under way: what is below `next_index` is done.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ErasureRecord {
    /// The first entry.
    #[prost(uint64, tag = "1")]
    pub from_index: u64,
    /// The last entry.
    #[prost(uint64, tag = "2")]
    pub to_index: u64,
    /// Where it goes on.
    #[prost(uint64, tag = "3")]
    pub next_index: u64,
    /// The entry of the request, plus one.
    #[prost(uint64, tag = "4")]
    pub request_plus_one: u64,
    /// Parts erased so far.
    #[prost(uint64, tag = "5")]
    pub erased: u64,
}

super::plain_record!(HoldRecord, ErasureRecord);
