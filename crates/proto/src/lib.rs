//! The contract with partners: messages and services generated from `proto/`, and nothing else.

/// Package `seinhuis.v1`.
#[expect(
    clippy::large_enum_variant,
    reason = "generated: the shape is the contract's"
)]
pub mod v1 {
    tonic::include_proto!("seinhuis.v1");

    /// The descriptors of the whole package, for reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
}
