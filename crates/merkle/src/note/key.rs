//! Keys that sign notes: Ed25519, signature type 0x01. Must not know which keys are trusted, nor
//! where private ones are kept.

use super::NoteSignature;
use crate::MerkleError;
use crate::hash::sha256;
use crate::text::{decode, encode};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use seinhuis_types::{Digest, ParseError, hex};
use std::fmt;

const ED25519_TYPE: u8 = 0x01;
const MAX_NAME_BYTES: usize = 255;

/// The name of a key or of a log, such as `hub.example/log/2026h2`: 1 to 255 bytes without spaces
/// of any kind, control characters or `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, MerkleError> {
        let bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if text.is_empty() || text.len() > MAX_NAME_BYTES || text.contains(bad) {
            let rule = "1 to 255 bytes without spaces, control characters or `+`";
            return Err(ParseError::new("key name", rule).into());
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the name: a witness shows a log's checkpoint under it.
    pub fn hash(&self) -> Digest {
        sha256(&[self.0.as_bytes()])
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for KeyName {
    type Err = MerkleError;
    fn from_str(text: &str) -> Result<Self, MerkleError> {
        Self::parse(text)
    }
}

/// A name and an Ed25519 public key for signatures of one type, which is part of its id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TypedKey<const TYPE: u8> {
    name: KeyName,
    key_id: [u8; 4],
    public_key: [u8; 32],
}

impl<const TYPE: u8> TypedKey<TYPE> {
    pub(crate) fn new(name: KeyName, public_key: [u8; 32]) -> Self {
        // Key id: SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first four bytes.
        let hash = sha256(&[name.as_str().as_bytes(), b"\n", &[TYPE], &public_key]);
        let [a, b, c, d, ..] = hash.0;
        Self {
            name,
            key_id: [a, b, c, d],
            public_key,
        }
    }

    /// Reads the text form, and no key of another type.
    pub(crate) fn parse(text: &str, kind: &'static str) -> Result<Self, MerkleError> {
        let malformed = |rule| MerkleError::from(ParseError::new("verifier key", rule));
        let form = || malformed("<name>+<8 hex digits>+<base64>");
        let (name, rest) = text.split_once('+').ok_or_else(form)?;
        let (key_id, key) = rest.split_once('+').ok_or_else(form)?;
        let key = decode("verifier key", key)?;
        let public_key = match key.split_first() {
            Some((found, public_key)) if *found == TYPE => public_key.try_into().ok(),
            _ => None,
        };
        let public_key = public_key.ok_or_else(|| malformed(kind))?;
        let verifier = Self::new(KeyName::parse(name)?, public_key);
        if hex(&verifier.key_id) != key_id {
            return Err(malformed("the key id of the name and key"));
        }
        Ok(verifier)
    }

    /// The key of a private one, with its pair.
    pub(crate) fn from_seed(
        name: KeyName,
        seed: &[u8; 32],
    ) -> Result<(Self, Ed25519KeyPair), MerkleError> {
        let unusable = || MerkleError::UnusableKey(name.to_string());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unusable())?;
        let public_key = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| unusable())?;
        Ok((Self::new(name, public_key), pair))
    }

    pub(crate) fn name(&self) -> &KeyName {
        &self.name
    }

    pub(crate) fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    pub(crate) fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Whether the signature says that this key made it.
    pub(crate) fn made(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.key_id == self.key_id
    }

    /// Whether these bytes are this key's signature of the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.public_key);
        key.verify(message, signature).is_ok()
    }
}

impl<const TYPE: u8> fmt::Display for TypedKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[TYPE], self.public_key.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.key_id), encode(&key))
    }
}

/// A public key that notes are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteVerifier(TypedKey<ED25519_TYPE>);

impl NoteVerifier {
    /// The Ed25519 public key (32 bytes, RFC 8032) under this name.
    pub fn new(name: KeyName, public_key: [u8; 32]) -> Self {
        Self(TypedKey::new(name, public_key))
    }

    /// Reads the text form, `<name>+<key id, 8 hex digits>+<base64 of 0x01 ‖ public key>`. The id
    /// must be that of the key.
    pub fn parse(text: &str) -> Result<Self, MerkleError> {
        TypedKey::parse(text, "an Ed25519 key (type 0x01)").map(Self)
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

    /// Whether the signature says that this key made it.
    pub(super) fn made(&self, signature: &NoteSignature) -> bool {
        self.0.made(signature)
    }

    /// Whether the signature is this key's under the text.
    pub(super) fn verifies(&self, text: &str, signature: &NoteSignature) -> bool {
        self.0.verifies(text.as_bytes(), &signature.signature)
    }
}

/// The text form, as [`NoteVerifier::parse`] reads it.
impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A private key that signs notes. Ed25519 is deterministic: the same text gets the same signature.
pub struct NoteSigner {
    verifier: NoteVerifier,
    pair: Ed25519KeyPair,
}

impl NoteSigner {
    /// The Ed25519 key of this 32-byte seed (RFC 8032 §5.1.5), under this name. The seed is secret:
    /// it comes from a random number generator and is the caller's to keep and to wipe.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Result<Self, MerkleError> {
        let (key, pair) = TypedKey::from_seed(name, seed)?;
        Ok(Self {
            verifier: NoteVerifier(key),
            pair,
        })
    }

    /// The public half.
    pub fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// The signature line's content for this text.
    pub(super) fn sign(&self, text: &str) -> NoteSignature {
        NoteSignature {
            name: self.verifier.name().clone(),
            key_id: self.verifier.key_id(),
            signature: self.pair.sign(text.as_bytes()).as_ref().to_vec(),
        }
    }
}

/// Shows the public half only.
impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NoteSigner").field(&self.verifier).finish()
    }
}
