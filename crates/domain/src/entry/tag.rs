//! Subject tags: how a partner's SDK marks an entry with a person only that partner can recognise.
//!
//! The hub never holds a tag key: to it, and to every other partner, a tag is noise.

use super::EntryError;
use crate::signal::IdKind;
use ring::hmac;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of a tag, in bytes.
pub(super) const TAG_LEN: usize = 16;

/// A partner's tag key of one epoch. Overwritten when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TagKey([u8; 32]);

impl TagKey {
    /// A fresh key.
    pub fn random(rng: &mut impl rand_core::CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes exactly 32 bytes.
    ///
    /// # Errors
    /// [`EntryError::SecretLength`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, EntryError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| EntryError::SecretLength)
    }

    /// The 32 bytes, to be written to the partner's own key file and nowhere else.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key for one subject: HMAC-SHA256 of the kind byte and the canonical value. `ring` keeps
    /// it in a form that is not overwritten, so it lives no longer than the slip or scan it is for.
    pub(super) fn subject(&self, value: &SubjectValue) -> hmac::Key {
        let tag_key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&tag_key);
        context.update(&[value.kind().byte()]);
        context.update(value.canonical());
        hmac::Key::new(hmac::HMAC_SHA256, context.sign().as_ref())
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(..)")
    }
}

/// What a partner knows a person by, in canonical form. Exists at the partner only. Overwritten
/// when dropped; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectValue {
    kind: IdKind,
    value: Zeroizing<Vec<u8>>,
}

impl SubjectValue {
    /// A citizen service number: nine ASCII digits. Whether it passes the 11-test is judged where
    /// it is typed in; here only the form counts.
    ///
    /// # Errors
    /// [`EntryError::SubjectValue`].
    pub fn number(text: &str) -> Result<Self, EntryError> {
        if text.len() != 9 || !digits(text) {
            return Err(EntryError::SubjectValue {
                kind: "citizen number",
                rule: "nine digits",
            });
        }
        Ok(Self::new(IdKind::Number, text.as_bytes()))
    }

    /// A criminal-chain number (SKN): 1 to 12 ASCII digits, as the chain writes it.
    ///
    /// # Errors
    /// [`EntryError::SubjectValue`].
    pub fn skn(text: &str) -> Result<Self, EntryError> {
        if !(1..=12).contains(&text.len()) || !digits(text) {
            let kind = "criminal-chain number";
            return Err(EntryError::SubjectValue {
                kind,
                rule: "1 to 12 digits",
            });
        }
        Ok(Self::new(IdKind::Skn, text.as_bytes()))
    }

    /// The partner's own pseudonym: the encoded point, 32 bytes.
    pub fn own_pseudonym(point: &[u8; 32]) -> Self {
        Self::new(IdKind::Own, point)
    }

    fn new(kind: IdKind, value: &[u8]) -> Self {
        Self {
            kind,
            value: Zeroizing::new(value.to_vec()),
        }
    }

    /// What kind of value it is.
    pub const fn kind(&self) -> IdKind {
        self.kind
    }

    fn canonical(&self) -> &[u8] {
        &self.value
    }
}

impl fmt::Debug for SubjectValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectValue({}, ..)", self.kind.as_str())
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The tag of `value` at `ordinal` (0 to 11) of the slip with `nonce`: the first 16 bytes of
/// HMAC-SHA256(k, nonce, ordinal), k = HMAC-SHA256(tag key, kind byte, canonical value).
pub fn tag(key: &TagKey, value: &SubjectValue, nonce: &[u8; 16], ordinal: u8) -> [u8; TAG_LEN] {
    tag_under(&key.subject(value), nonce, ordinal)
}

pub(super) fn tag_under(subject: &hmac::Key, nonce: &[u8; 16], ordinal: u8) -> [u8; TAG_LEN] {
    // One call over one buffer: a scan does this twelve times a leaf.
    let mut message = [ordinal; 17];
    for (to, from) in message.iter_mut().zip(nonce) {
        *to = *from;
    }
    let full = hmac::sign(subject, &message);
    let mut out = [0; TAG_LEN];
    for (to, from) in out.iter_mut().zip(full.as_ref()) {
        *to = *from;
    }
    out
}
