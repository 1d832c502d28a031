//! Offline proofs that an entry is in a log (C2SP tlog-proof): index, inclusion proof and checkpoint
//! in one text. Must not know what the entry means.

use crate::text::{decimal, decode, decode_digest, encode};
use crate::{Checkpoint, MAX_NOTE_BYTES, MerkleError, Note, NoteVerifier, verify_inclusion};
use seinhuis_types::{Digest, LeafIndex, ParseError};
use std::fmt;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Longest extra data, in bytes.
pub const MAX_EXTRA_BYTES: usize = 48 * 1024;
/// A tree of 2^48 leaves is 48 hashes high.
const MAX_HASHES: usize = 48;
/// Extra data as base64, the hashes and the index, rounded up, and the checkpoint.
const MAX_PROOF_BYTES: usize = MAX_EXTRA_BYTES / 3 * 4 + 4 * 1024 + MAX_NOTE_BYTES;

/// A proof that the leaf at an index is in a log, to be kept as a `.tlog-proof` file. That it can be
/// read says nothing; see [`TlogProof::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    extra: Vec<u8>,
    index: LeafIndex,
    hashes: Vec<Digest>,
    checkpoint: Note,
}

impl TlogProof {
    /// The proof from its parts: `hashes` is the inclusion proof for `index` in the tree of the
    /// checkpoint, the leaf's sibling first, at most 48.
    pub fn new(
        index: LeafIndex,
        hashes: Vec<Digest>,
        checkpoint: Note,
    ) -> Result<Self, MerkleError> {
        if hashes.len() > MAX_HASHES {
            return Err(malformed("at most 48 hashes"));
        }
        Ok(Self {
            extra: Vec::new(),
            index,
            hashes,
            checkpoint,
        })
    }

    /// The same with extra data, at most 48 KiB; empty means none. Nothing authenticates it: an
    /// application may use it only for what it can check by itself.
    pub fn with_extra(self, extra: Vec<u8>) -> Result<Self, MerkleError> {
        if extra.len() > MAX_EXTRA_BYTES {
            return Err(malformed("at most 48 KiB of extra data"));
        }
        Ok(Self { extra, ..self })
    }

    /// Reads a proof, strictly. Writing it gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, MerkleError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(malformed("at most 196 KiB"));
        }
        let text = str::from_utf8(bytes).map_err(|_| malformed("UTF-8"))?;
        // No line before the checkpoint is empty, so the first blank line divides.
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| malformed("a blank line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("a first line of `c2sp.org/tlog-proof@v1`"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            None => Vec::new(),
            Some("") => return Err(malformed("no extra line without extra data")),
            Some(extra) => {
                let extra = decode("tlog-proof extra data", extra)?;
                lines.next();
                extra
            }
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or_else(|| malformed("an index line before the hashes"))?;
        let index = LeafIndex(decimal("tlog-proof index", index)?);
        let hashes = lines
            .take(MAX_HASHES.saturating_add(1))
            .map(|line| decode_digest("tlog-proof hash", line))
            .collect::<Result<_, _>>()?;
        Self::new(index, hashes, Note::parse(checkpoint.as_bytes())?)?.with_extra(extra)
    }

    /// The index of the entry. Unproven until [`TlogProof::verify`].
    pub fn index(&self) -> LeafIndex {
        self.index
    }

    /// The extra data, empty if there is none. Never proven.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The inclusion proof, the leaf's sibling first. Unproven until [`TlogProof::verify`].
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The signed checkpoint, with whatever cosignatures it came with. Unproven until
    /// [`TlogProof::verify`].
    pub fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Checks that the leaf with this hash is in the log that `log` signs for, at
    /// [`TlogProof::index`], and gives the checkpoint that says so. The key comes from pinned
    /// configuration; cosignatures are the caller's to judge, by [`Note::verify`].
    pub fn verify(&self, leaf: &Digest, log: &NoteVerifier) -> Result<Checkpoint, MerkleError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        verify_inclusion(
            leaf,
            self.index,
            checkpoint.size(),
            &self.hashes,
            checkpoint.root(),
        )?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes
            .iter()
            .try_for_each(|hash| writeln!(f, "{}", encode(&hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn malformed(rule: &'static str) -> MerkleError {
    ParseError::new("tlog-proof", rule).into()
}

#[cfg(test)]
mod tests;
