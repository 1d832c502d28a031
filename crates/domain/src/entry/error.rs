//! What can be wrong with the bytes of an entry.

use seinhuis_types::{Coded, ErrorCode, Hour, limits};

/// Bytes that are not those of an entry, or a value that has no place in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A leaf is not 374 bytes long.
    #[error("a leaf is {} bytes, not `{found}`", super::Leaf::LEN)]
    LeafLength {
        /// Bytes found.
        found: usize,
    },
    /// A leaf begins with a format byte this version does not read.
    #[error("leaf format `{found}` is not known")]
    LeafFormat {
        /// The format byte found.
        found: u8,
    },
    /// The hour does not fit in 24 bits.
    #[error("hour `{}` does not fit in a leaf", hour.0)]
    HourTooLarge {
        /// The hour given.
        hour: Hour,
    },
    /// A slip's nonce is not 16 bytes, or its tags are not twelve times 16 bytes.
    #[error(
        "a slip is a nonce of 16 bytes and {} tags of 16 bytes",
        limits::SUBJECTS
    )]
    SlipLength,
    /// A slip's chain has another length than every chain has.
    #[error("a slip's chain is {} bytes, not `{found}`", super::Chain::LEN)]
    ChainLength {
        /// Bytes found.
        found: usize,
    },
    /// A slip's chain begins with a format byte this version does not read.
    #[error("chain format `{found}` is not known")]
    ChainFormat {
        /// The format byte found.
        found: u8,
    },
    /// A link could not be sealed.
    #[error("a link of a chain could not be sealed")]
    ChainSeal,
    /// More subjects than a slip has places.
    #[error("a slip has {} places, not `{found}`", limits::SUBJECTS)]
    TooManySubjects {
        /// Subjects given.
        found: usize,
    },
    /// A secret (opening or tag key) is not 32 bytes.
    #[error("a secret of an entry is 32 bytes")]
    SecretLength,
    /// A subject value is not in its canonical form. Never repeats the value.
    #[error("a {kind} is {rule}")]
    SubjectValue {
        /// The kind of value.
        kind: &'static str,
        /// The rule it must meet.
        rule: &'static str,
    },
}

impl Coded for EntryError {
    fn code(&self) -> ErrorCode {
        ErrorCode::MessageInvalid
    }
}
