//! The key statements of a desk, as their owner signed them.
//! Must not know: how a statement is verified. The hub vouches for none of them.

/// Every statement of one desk that has not lapsed, oldest first.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct KeyListRecord {
    /// The statements.
    #[prost(message, repeated, tag = "1")]
    pub statements: Vec<KeyStatement>,
}

/// One statement, with what the hub reads from it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct KeyStatement {
    /// The compact JWS as received (docs/formats/key-statement.md).
    #[prost(string, tag = "1")]
    pub jws: String,
    /// The certificates it was signed under, leaf first, DER.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub chain: Vec<Vec<u8>>,
    /// The key's id.
    #[prost(string, tag = "3")]
    pub kid: String,
    /// What the key is for.
    #[prost(enumeration = "KeyUse", tag = "4")]
    pub r#use: i32,
    /// The key epoch.
    #[prost(uint32, tag = "5")]
    pub epoch: u32,
    /// Valid from, UTC milliseconds.
    #[prost(uint64, tag = "6")]
    pub not_before_ms: u64,
    /// Valid until, UTC milliseconds.
    #[prost(uint64, tag = "7")]
    pub not_after_ms: u64,
    /// The public key: 1216 bytes X-Wing for `Seal`, 32 bytes ristretto255 for `Pseudonym`.
    #[prost(bytes = "vec", tag = "8")]
    pub key: Vec<u8>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum KeyUse {
    /// Never stored.
    Unspecified = 0,
    /// Record keys are sealed for it.
    Seal = 1,
    /// Pseudonyms are encrypted under it.
    Pseudonym = 2,
}

super::plain_record!(KeyListRecord);
