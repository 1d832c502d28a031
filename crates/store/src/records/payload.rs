//! What a delivery carries: clear leaves as sent, ciphertexts, and values sealed for the recipient.
//! Must not know: how any of it is read or opened. Nothing here is readable by the hub but the
//! route and the header.

/// What a delivery carries, and what its recipient needs to check it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct PayloadRecord {
    /// The route leaf, exactly as sent.
    #[prost(bytes = "vec", tag = "1")]
    pub route_leaf: Vec<u8>,
    /// The header leaf, exactly as sent.
    #[prost(bytes = "vec", tag = "2")]
    pub header_leaf: Vec<u8>,
    /// The manifest leaf hash of the source leaf, 32 bytes; the leaf itself stays in the source's
    /// own part.
    #[prost(bytes = "vec", tag = "3")]
    pub source_leaf_hash: Vec<u8>,
    /// By ordinal.
    #[prost(message, repeated, tag = "4")]
    pub subjects: Vec<Subject>,
    /// The sealed record: key and the fields that leave, as the hub encoded them for the wire.
    #[prost(bytes = "vec", tag = "5")]
    pub record: Vec<u8>,
    /// 16 bytes per leaf, in leaf order; zeros in the place of a hidden leaf's salt.
    #[prost(bytes = "vec", tag = "6")]
    pub salts: Vec<u8>,
    /// The source's signature over the manifest root, raw r || s.
    #[prost(bytes = "vec", tag = "7")]
    pub manifest_signature: Vec<u8>,
    /// The certificates it was signed under, leaf first, DER.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub signing_chain: Vec<Vec<u8>>,
    /// The source's slip for the entry of the first release.
    #[prost(message, optional, tag = "9")]
    pub release_slip: Option<StoredSlip>,
    /// Leaves that are withheld: their hashes take their place.
    #[prost(message, repeated, tag = "10")]
    pub hidden: Vec<HiddenLeaf>,
    /// The number of leaves of the manifest.
    #[prost(uint32, tag = "11")]
    pub leaf_count: u32,
}

/// One subject reference, before and after conversion.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Subject {
    /// The kind byte of the `ct` leaf (1 number, 2 SKN, 3 the source's own pseudonym).
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    /// As the source sent it, 64 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub original: Vec<u8>,
    /// In the recipient's domain and under its key, 64 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub converted: Vec<u8>,
}

/// A slip that waits for its entry.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct StoredSlip {
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub nonce: Vec<u8>,
    /// Twelve tags of 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub tags: Vec<u8>,
    /// Sealed by the source's SDK, at most 128 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub chain: Vec<u8>,
}

/// A manifest leaf that is not shown.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct HiddenLeaf {
    /// Its place in the manifest, from 0.
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// Its RFC 6962 leaf hash, 32 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub hash: Vec<u8>,
    /// Its label, for example `f/nature`.
    #[prost(string, tag = "3")]
    pub label: String,
}

super::plain_record!(PayloadRecord);
