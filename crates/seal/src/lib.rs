//! What keeps the hub blind and honest: values sealed for one desk, and the manifest the sender
//! signs over everything in an envelope.
//!
//! Owns: sealing keys, the sealed record key and fields (docs/formats/sealed-record.md); leaves,
//! their order, the root and what is withheld (docs/formats/manifest.md).
//! Must not know: the wire messages, certificates and signatures (the message to sign is bytes),
//! what a value means (catalogue), pseudonyms, where keys are kept.

mod error;
pub mod fields;
pub mod manifest;
pub mod record;
#[cfg(test)]
mod testing;

pub use error::SealError;
