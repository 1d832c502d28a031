//! Signed notes (C2SP signed-note v1.0.0): a text and signatures under it. Must not know what the
//! text says.

mod key;

pub(crate) use key::TypedKey;
pub use key::{KeyName, NoteSigner, NoteVerifier};

use crate::MerkleError;
use crate::text::{decode, encode};
use seinhuis_types::ParseError;
use std::fmt;

/// Longest note, in bytes. Holds a short text with 16 signatures of 5 kB, the size of the largest
/// post-quantum ones.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;
/// Most signatures in one note; a reader must take at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// A text with signatures. That a note can be read says nothing: the text counts once
/// [`Note::verify`] has found a known key's signature under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line. Name and key id together say which key and algorithm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: KeyName,
    /// The first four bytes of a hash over name, algorithm and public key: a hint, not a proof.
    pub key_id: [u8; 4],
    /// The signature itself, at least one byte, in the form that its algorithm prescribes.
    pub signature: Vec<u8>,
}

impl Note {
    /// The text signed by each of `signers`. The text ends in a newline and has no other control
    /// characters.
    pub fn sign(text: String, signers: &[&NoteSigner]) -> Result<Self, MerkleError> {
        check_text(&text)?;
        let signatures = signers.iter().map(|signer| signer.sign(&text)).collect();
        Self { text, signatures }.bounded()
    }

    /// Adds a signature that was made elsewhere, such as a witness's.
    pub fn with(mut self, signature: NoteSignature) -> Result<Self, MerkleError> {
        if signature.signature.is_empty() {
            return Err(malformed("signatures of at least one byte"));
        }
        self.signatures.push(signature);
        self.bounded()
    }

    /// Reads a note, strictly: UTF-8 of at most 128 KiB without control characters, at least one
    /// and at most 64 signatures, canonical base64. Writing the note gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, MerkleError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(malformed("at most 128 KiB"));
        }
        let note = str::from_utf8(bytes).map_err(|_| malformed("UTF-8"))?;
        // The text may hold blank lines; the signatures may not, so the last one divides.
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or_else(|| malformed("a blank line between text and signatures"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or_else(|| malformed("a newline after the last signature"))?;
        let signatures = lines
            .split('\n')
            .map(NoteSignature::parse)
            .collect::<Result<Vec<_>, _>>()?;
        check_count(&signatures)?;
        Ok(Self { text, signatures })
    }

    /// Holds a note that was made, not read, to what a reader takes.
    fn bounded(self) -> Result<Self, MerkleError> {
        check_count(&self.signatures)?;
        if self.to_string().len() > MAX_NOTE_BYTES {
            return Err(malformed("at most 128 KiB"));
        }
        Ok(self)
    }

    /// The text, with its last newline. Unproven until [`Note::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in the order in which they stand, those of unknown keys and algorithms
    /// included.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The same text with the first signature of this key only; unchanged if it bears none.
    #[must_use]
    pub fn alone(&self, key: &NoteVerifier) -> Self {
        match self.signatures.iter().find(|line| key.made(line)) {
            Some(line) => Self {
                text: self.text.clone(),
                signatures: vec![line.clone()],
            },
            None => self.clone(),
        }
    }

    /// Checks the signatures of the `known` keys and tells which of these signed, in the order of
    /// `known`; never none.
    ///
    /// Signatures by other keys are passed over, as the specification demands, even if they share
    /// a name or an id with a known one. A signature by a known key that does not verify rejects
    /// the whole note ([`MerkleError::BadSignature`]); so does the absence of any
    /// ([`MerkleError::Unsigned`]).
    pub fn verify<'k>(
        &self,
        known: &[&'k NoteVerifier],
    ) -> Result<Vec<&'k NoteVerifier>, MerkleError> {
        let mut signed = Vec::new();
        for verifier in known {
            let mut own = self
                .signatures
                .iter()
                .filter(|line| verifier.made(line))
                .peekable();
            if own.peek().is_none() {
                continue;
            }
            if !own.all(|line| verifier.verifies(&self.text, line)) {
                return Err(MerkleError::BadSignature(verifier.name().to_string()));
            }
            signed.push(*verifier);
        }
        if signed.is_empty() {
            Err(MerkleError::Unsigned)
        } else {
            Ok(signed)
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| signature.fmt(f))
    }
}

impl NoteSignature {
    /// Reads one signature line, without its newline.
    pub fn parse(line: &str) -> Result<Self, MerkleError> {
        let form = || malformed("signature lines of `— <key name> <base64>`");
        let (name, blob) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(form)?;
        let blob = decode("note", blob)?;
        match blob.split_first_chunk() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(Self {
                name: KeyName::parse(name)?,
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err(form()),
        }
    }
}

/// The signature line, with its newline.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.key_id, self.signature.as_slice()].concat();
        writeln!(f, "— {} {}", self.name, encode(&blob))
    }
}

fn check_text(text: &str) -> Result<(), MerkleError> {
    if !text.ends_with('\n') {
        return Err(malformed("a text that ends in a newline"));
    }
    if text.bytes().any(|b| b < 0x20 && b != b'\n') {
        return Err(malformed("no control characters but newlines"));
    }
    Ok(())
}

fn check_count(signatures: &[NoteSignature]) -> Result<(), MerkleError> {
    if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
        return Err(malformed("1 to 64 signatures"));
    }
    Ok(())
}

fn malformed(rule: &'static str) -> MerkleError {
    ParseError::new("note", rule).into()
}

#[cfg(test)]
mod tests;
