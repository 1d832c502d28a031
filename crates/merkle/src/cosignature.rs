//! Cosignatures (C2SP tlog-cosignature v1, Ed25519, signature type 0x04): a witness says when it
//! saw a checkpoint, and that it never saw one of that log that does not fit. Must not know the
//! clock, nor which witnesses are trusted.

use crate::note::TypedKey;
use crate::{Checkpoint, KeyName, MerkleError, Note, NoteSignature};
use aws_lc_rs::signature::Ed25519KeyPair;
use seinhuis_types::ParseError;
use std::fmt;

const COSIGNATURE_TYPE: u8 = 0x04;

/// A witness's public key. One key serves this one purpose: the message does not name the witness.
#[derive(Clone, PartialEq, Eq)]
pub struct CosignatureVerifier(TypedKey<COSIGNATURE_TYPE>);

impl CosignatureVerifier {
    /// The Ed25519 public key (32 bytes, RFC 8032) under this name.
    pub fn new(name: KeyName, public_key: [u8; 32]) -> Self {
        Self(TypedKey::new(name, public_key))
    }

    /// Reads the text form, `<name>+<key id, 8 hex digits>+<base64 of 0x04 ‖ public key>`. The id
    /// must be that of the key, and a key of another type is none.
    pub fn parse(text: &str) -> Result<Self, MerkleError> {
        TypedKey::parse(text, "an Ed25519 cosignature key (type 0x04)").map(Self)
    }

    /// The name of the key.
    pub fn name(&self) -> &KeyName {
        self.0.name()
    }

    /// The id of the key.
    pub fn key_id(&self) -> [u8; 4] {
        self.0.key_id()
    }

    /// The Ed25519 public key (RFC 8032).
    pub fn public_key(&self) -> &[u8; 32] {
        self.0.public_key()
    }

    /// When this witness cosigned the note, in seconds since 1970; the latest if it did so more than
    /// once. Whether the note is a checkpoint of a known log is not asked here.
    ///
    /// Without a cosignature of this key: [`MerkleError::Unsigned`]. One that does not verify, has
    /// another length or bears no time rejects the whole note ([`MerkleError::BadSignature`]).
    pub fn verify(&self, note: &Note) -> Result<u64, MerkleError> {
        let own = note.signatures().iter().filter(|line| self.0.made(line));
        let mut latest = None;
        for line in own {
            let seconds = self
                .seconds(note.text(), line)
                .ok_or_else(|| MerkleError::BadSignature(self.name().to_string()))?;
            latest = latest.max(Some(seconds));
        }
        latest.ok_or(MerkleError::Unsigned)
    }

    fn seconds(&self, text: &str, line: &NoteSignature) -> Option<u64> {
        let (time, signature) = line.signature.split_first_chunk::<8>()?;
        let seconds = u64::from_be_bytes(*time);
        let valid = seconds > 0
            && self
                .0
                .verifies(message(seconds, text).as_bytes(), signature);
        valid.then_some(seconds)
    }
}

/// The text form, as [`CosignatureVerifier::parse`] reads it.
impl fmt::Display for CosignatureVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CosignatureVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A witness's private key.
pub struct Cosigner {
    verifier: CosignatureVerifier,
    pair: Ed25519KeyPair,
}

impl Cosigner {
    /// The Ed25519 key of this 32-byte seed (RFC 8032 §5.1.5), under this name. The seed is secret,
    /// and used for nothing else.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Result<Self, MerkleError> {
        let (key, pair) = TypedKey::from_seed(name, seed)?;
        Ok(Self {
            verifier: CosignatureVerifier(key),
            pair,
        })
    }

    /// The public half.
    pub fn verifier(&self) -> &CosignatureVerifier {
        &self.verifier
    }

    /// The signature line under this checkpoint at `seconds` since 1970, which is not 0. Callers
    /// cosign only what extends all they cosigned before, once that is kept for good.
    pub fn cosign(
        &self,
        checkpoint: &Checkpoint,
        seconds: u64,
    ) -> Result<NoteSignature, MerkleError> {
        if seconds == 0 {
            return Err(ParseError::new("cosignature", "a time that is not 0").into());
        }
        let message = message(seconds, &checkpoint.to_text());
        let signature = self.pair.sign(message.as_bytes());
        Ok(NoteSignature {
            name: self.verifier.name().clone(),
            key_id: self.verifier.key_id(),
            signature: [&seconds.to_be_bytes(), signature.as_ref()].concat(),
        })
    }
}

/// Shows the public half only.
impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cosigner").field(&self.verifier).finish()
    }
}

/// What is signed: a heading, the time, the whole text of the checkpoint.
fn message(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

#[cfg(test)]
mod tests;
