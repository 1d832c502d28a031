//! A decision as the log keeps it: what it was made of, and what it said.
//!
//! Owns: the input of a decision and its one form in bytes, the reading of a recorded decision, and
//! that the two belong together. Must not know: how a decision is made (that is policy), where it is
//! kept.

mod input;
mod recorded;
#[cfg(test)]
mod tests;

pub use input::{Asked, CitedConsent, DecisionInput, InputSubject, Standing};
pub use recorded::{NotAsRecorded, Recorded, Told, Why};

use ring::digest::{SHA256, digest};
use seinhuis_types::Digest;

/// SHA-256 of the bytes of an input, as a decision names it.
pub fn input_digest(input: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, input).as_ref());
    Digest(out)
}
