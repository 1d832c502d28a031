//! The request for a cosignature (C2SP tlog-witness, `add-checkpoint`): the size the witness is
//! thought to be at, a proof from there, and the checkpoint. Must not know HTTP, nor what a witness
//! has seen.

use crate::text::{decimal, decode_digest, encode};
use crate::{MAX_NOTE_BYTES, MerkleError, Note, TreeSize};
use seinhuis_types::{Digest, ParseError};
use std::fmt;

/// Most hashes that a request may have.
const MAX_HASHES: usize = 63;
/// Longest request, in bytes: the size line, the hashes, the note.
pub const MAX_REQUEST_BYTES: usize = 32 + MAX_HASHES * 45 + MAX_NOTE_BYTES;

/// A request for a cosignature. That it can be read says nothing about the checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    old: TreeSize,
    proof: Vec<Digest>,
    checkpoint: Note,
}

impl AddCheckpoint {
    /// The request from its parts: `proof` is the consistency proof from `old` to the checkpoint, at
    /// most 63 hashes; none from 0.
    pub fn new(old: TreeSize, proof: Vec<Digest>, checkpoint: Note) -> Result<Self, MerkleError> {
        if proof.len() > MAX_HASHES {
            return Err(malformed("at most 63 hashes"));
        }
        Ok(Self {
            old,
            proof,
            checkpoint,
        })
    }

    /// Reads a request, strictly. Writing it gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, MerkleError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(malformed("at most 131 KiB"));
        }
        let text = str::from_utf8(bytes).map_err(|_| malformed("UTF-8"))?;
        // No line before the checkpoint is empty, so the first blank line divides.
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| malformed("a blank line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .ok_or_else(|| malformed("a first line of `old <size>`"))?;
        let old = TreeSize::new(decimal("old size", old)?)?;
        let proof = lines
            .take(MAX_HASHES.saturating_add(1))
            .map(|line| decode_digest("consistency proof", line))
            .collect::<Result<_, _>>()?;
        Self::new(old, proof, Note::parse(checkpoint.as_bytes())?)
    }

    /// The size that the proof begins at.
    pub fn old(&self) -> TreeSize {
        self.old
    }

    /// The consistency proof. Unproven until `verify_consistency`.
    pub fn proof(&self) -> &[Digest] {
        &self.proof
    }

    /// The signed checkpoint. Unproven until `Checkpoint::open`.
    pub fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old.get())?;
        self.proof
            .iter()
            .try_for_each(|hash| writeln!(f, "{}", encode(&hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn malformed(rule: &'static str) -> MerkleError {
    ParseError::new("add-checkpoint", rule).into()
}

#[cfg(test)]
mod tests;
