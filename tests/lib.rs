//! The end-to-end fixture: five partners with own certificates, a hub and a pseudonymiser as
//! processes of their own, keys stated and the five-party agreement signed.
//!
//! Owns: what every end-to-end test and the benchmark start from. Must not know: what they check.

pub mod asking;
mod chain;
pub mod fuzzed;
mod raw;
pub mod story;

pub use chain::{Chain, SetupError, binary, content, repository, seinpaal};
pub use raw::{Raw, anchors, manifest, reason, resign, sha256, signer};
