//! What is in force. Owns the records of ruleset and directory.
//! Must not know: catalogue, policy and directory themselves; only their hashes.

/// Catalogue and policy in force, and the ones before.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RulesetRecord {
    /// SHA-256 of the catalogue, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub catalogue_hash: Vec<u8>,
    /// SHA-256 of the policy set, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub policy_hash: Vec<u8>,
    /// The root over both that the leaves carry, 32 bytes (docs/formats/ruleset.md).
    #[prost(bytes = "vec", tag = "3")]
    pub root: Vec<u8>,
    /// The catalogue before; empty at first.
    #[prost(bytes = "vec", tag = "4")]
    pub previous_catalogue_hash: Vec<u8>,
    /// The policy set before; empty at first.
    #[prost(bytes = "vec", tag = "5")]
    pub previous_policy_hash: Vec<u8>,
    /// The root before; empty at first.
    #[prost(bytes = "vec", tag = "6")]
    pub previous_root: Vec<u8>,
    /// In force since, hub time, UTC milliseconds.
    #[prost(uint64, tag = "7")]
    pub since_ms: u64,
}

/// The directory in force.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct DirectoryRecord {
    /// SHA-256 of the configured directory, 32 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub config_hash: Vec<u8>,
    /// In force since, hub time, UTC milliseconds.
    #[prost(uint64, tag = "2")]
    pub since_ms: u64,
}

super::plain_record!(RulesetRecord, DirectoryRecord);
