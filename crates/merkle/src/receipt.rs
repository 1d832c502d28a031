//! Receipts: the promise, under its own key, that an entry stands in the log at an index. Must not
//! know what the decision was.

use crate::text::{decimal, decode_digest, encode};
use crate::{KeyName, MerkleError, Note, NoteSigner, NoteVerifier, TreeSize};
use seinhuis_types::{Digest, LeafIndex, Millis, ParseError};

const HEADER: &str = "seinhuis/receipt/v1";
const KEY_SUFFIX: &str = "/receipt";

/// What a reply's receipt says: this leaf is in that log at that index, for this decision. The key
/// is named `<origin>/receipt` and is not the log's, so a receipt is never a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The name of the log.
    pub origin: KeyName,
    /// The index of the entry, below 2^48.
    pub index: LeafIndex,
    /// The hash of the leaf: SHA-256(0x00 ‖ leaf).
    pub leaf_hash: Digest,
    /// SHA-256 of the `Decision` bytes as sent.
    pub decision_digest: Digest,
    /// When the entry was committed, hub time.
    pub commit_ms: Millis,
}

impl Receipt {
    /// The name of the key that signs receipts of the log `origin`.
    pub fn key_name(origin: &KeyName) -> Result<KeyName, MerkleError> {
        KeyName::parse(&format!("{origin}{KEY_SUFFIX}"))
    }

    /// The text of the note, six lines: `seinhuis/receipt/v1`, origin, index, base64 leaf hash,
    /// base64 decision digest, commit time in milliseconds.
    pub fn to_text(&self) -> String {
        format!(
            "{HEADER}\n{}\n{}\n{}\n{}\n{}\n",
            self.origin,
            self.index.0,
            encode(&self.leaf_hash.0),
            encode(&self.decision_digest.0),
            self.commit_ms.0,
        )
    }

    /// Reads the text of a note; every value has one spelling. It proves nothing; see
    /// [`Receipt::open`].
    pub fn parse_text(text: &str) -> Result<Self, MerkleError> {
        let form = ParseError::new("receipt", "six lines under `seinhuis/receipt/v1`");
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .unwrap_or("")
            .split('\n')
            .take(7)
            .collect();
        let [HEADER, origin, index, leaf_hash, decision_digest, commit_ms] = lines.as_slice()
        else {
            return Err(form.into());
        };
        let index = LeafIndex(decimal("receipt index", index)?);
        TreeSize::MAX.check_index(index)?;
        Ok(Self {
            origin: KeyName::parse(origin)?,
            index,
            leaf_hash: decode_digest("receipt leaf hash", leaf_hash)?,
            decision_digest: decode_digest("receipt decision digest", decision_digest)?,
            commit_ms: Millis(decimal("receipt commit time", commit_ms)?),
        })
    }

    /// The receipt signed by the receipt key of its log. Making it again gives the same bytes.
    pub fn sign(&self, key: &NoteSigner) -> Result<Note, MerkleError> {
        TreeSize::MAX.check_index(self.index)?;
        self.check_key(key.verifier())?;
        Note::sign(self.to_text(), &[key])
    }

    /// The receipt in a note signed by `key`, the receipt key of the log it speaks of. The key comes
    /// from pinned configuration, never from the log.
    pub fn open(note: &Note, key: &NoteVerifier) -> Result<Self, MerkleError> {
        note.verify(&[key])?;
        let receipt = Self::parse_text(note.text())?;
        receipt.check_key(key)?;
        Ok(receipt)
    }

    fn check_key(&self, key: &NoteVerifier) -> Result<(), MerkleError> {
        if key.name().as_str().strip_suffix(KEY_SUFFIX) == Some(self.origin.as_str()) {
            return Ok(());
        }
        let (key, origin) = (key.name().to_string(), self.origin.to_string());
        Err(MerkleError::WrongKey { key, origin })
    }
}

#[cfg(test)]
mod tests;
