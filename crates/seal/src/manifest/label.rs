//! Labels of leaves: which there are, how each is written, what its bytes look like, and the one
//! order they stand in. Must not know hashes.

use crate::record::{SEALED_KEY_BYTES, SUITE, kid_len};
use crate::{SealError, fields};
use seinhuis_types::{FieldPath, KeyId, limits};
use std::fmt;

/// An encrypted identifier, in bytes (docs/formats/conversion.md).
pub const CIPHERTEXT_BYTES: usize = 64;

/// What a leaf is. Its order is the order of the leaves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// `route`: all that a transcryptor may see.
    Route,
    /// `header`: what hub and recipient see.
    Header,
    /// `source`: who acted at the source; never for the recipient.
    Source,
    /// `ct/<ordinal>`: a subject's original ciphertext, ordinal 0 to 11.
    Subject(u8),
    /// `key`: the sealed record key.
    Key,
    /// `f/<path>`: a sealed field.
    Field(FieldPath),
}

impl Label {
    /// Reads a label in its one written form; anything else is [`SealError::Label`].
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let label = match text {
            "route" => Self::Route,
            "header" => Self::Header,
            "source" => Self::Source,
            "key" => Self::Key,
            _ => match text.split_once('/') {
                Some(("ct", ordinal)) => {
                    Self::Subject(ordinal.parse().map_err(|_| SealError::Label)?)
                }
                Some(("f", path)) => {
                    Self::Field(FieldPath::parse(path).map_err(|_| SealError::Label)?)
                }
                _ => return Err(SealError::Label),
            },
        };
        // A number may be written in several ways, a label in one.
        if label.to_string() == text && label.exists() {
            Ok(label)
        } else {
            Err(SealError::Label)
        }
    }

    fn exists(&self) -> bool {
        match self {
            Self::Subject(ordinal) => usize::from(*ordinal) < limits::SUBJECTS,
            Self::Field(path) => fields::plaintext_len(path).is_ok(),
            Self::Route | Self::Header | Self::Source | Self::Key => true,
        }
    }

    /// Whether `bytes` have the form of this leaf. The clear leaves are protobuf, which whoever
    /// reads them checks.
    pub(super) fn check_shape(&self, bytes: &[u8]) -> Result<(), SealError> {
        let good = match self {
            Self::Route | Self::Header | Self::Source => true,
            Self::Subject(_) => {
                bytes.len() == 1 + CIPHERTEXT_BYTES && matches!(bytes.first(), Some(1..=3))
            }
            Self::Key => read_key_leaf(bytes).is_some(),
            Self::Field(path) => bytes.len() == fields::sealed_len(path)?,
        };
        if good {
            Ok(())
        } else {
            Err(SealError::Shape(self.to_string()))
        }
    }
}

impl std::str::FromStr for Label {
    type Err = SealError;
    fn from_str(text: &str) -> Result<Self, SealError> {
        Self::parse(text)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route => f.write_str("route"),
            Self::Header => f.write_str("header"),
            Self::Source => f.write_str("source"),
            Self::Subject(ordinal) => write!(f, "ct/{ordinal}"),
            Self::Key => f.write_str("key"),
            Self::Field(path) => write!(f, "f/{path}"),
        }
    }
}

/// The bytes of the `key` leaf: suite u8 ‖ length of kid u8 ‖ kid ‖ enc ‖ ct.
pub fn key_leaf(kid: &KeyId, sealed_key: &[u8]) -> Vec<u8> {
    [&[SUITE, kid_len(kid)], kid.as_str().as_bytes(), sealed_key].concat()
}

/// Reads what [`key_leaf`] writes: the key id and the sealed record key.
pub fn read_key_leaf(bytes: &[u8]) -> Option<(KeyId, &[u8])> {
    let ([suite, length], rest) = bytes.split_first_chunk()?;
    let (kid, sealed_key) = rest.split_at_checked(usize::from(*length))?;
    let kid = KeyId::parse(std::str::from_utf8(kid).ok()?).ok()?;
    (*suite == SUITE && sealed_key.len() == SEALED_KEY_BYTES).then_some((kid, sealed_key))
}

/// Exactly `route`, `header`, `source`, `ct/0`…, `key`, then fields sorted by path, each once.
pub(super) fn check_order<'l>(
    labels: impl IntoIterator<Item = &'l Label>,
) -> Result<(), SealError> {
    let mut labels = labels.into_iter().peekable();
    for wanted in [Label::Route, Label::Header, Label::Source] {
        if labels.next() != Some(&wanted) {
            return Err(SealError::Order(wanted.to_string()));
        }
    }
    let mut ordinal = 0;
    while labels.next_if_eq(&&Label::Subject(ordinal)).is_some() {
        if usize::from(ordinal) >= limits::SUBJECTS {
            return Err(SealError::TooMany(Label::Subject(ordinal).to_string()));
        }
        ordinal += 1;
    }
    if labels.next() != Some(&Label::Key) {
        return Err(SealError::Order(Label::Key.to_string()));
    }
    let mut last: Option<&FieldPath> = None;
    let mut count = 0;
    for label in labels {
        let Label::Field(path) = label else {
            return Err(SealError::Order(label.to_string()));
        };
        if !label.exists() || last.is_some_and(|last| last >= path) {
            return Err(SealError::Order(label.to_string()));
        }
        count += 1;
        if count > limits::FIELDS {
            return Err(SealError::TooMany(label.to_string()));
        }
        last = Some(path);
    }
    Ok(())
}
