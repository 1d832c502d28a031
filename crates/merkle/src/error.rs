//! What can be wrong with a tree, a proof, a note or a log. Must not know how it is shown.

use crate::TilePath;
use seinhuis_types::{Coded, ErrorCode, ParseError};

/// Why something about a log was not accepted or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MerkleError {
    /// A text or a byte string breaks a rule of its format, which is named.
    #[error(transparent)]
    Malformed(#[from] ParseError),
    /// A tree size above 2^48: no honest log gets there, so no arithmetic is done on it.
    #[error("tree size {0} is above 2^48")]
    TooLarge(u64),
    /// The index is not that of an entry in a tree of this size.
    #[error("index {index} is not below tree size {size}")]
    IndexOutOfRange {
        /// The index asked for, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// A tree cannot be consistent with a smaller one that is said to be later.
    #[error("old tree size {old} is above new tree size {new}")]
    SizesReversed {
        /// The number of leaves of the tree said to be older.
        old: u64,
        /// The number of leaves of the tree said to be newer.
        new: u64,
    },
    /// The proof has another number of hashes than index and sizes demand.
    #[error("the proof has {got} hashes where {expected} are due")]
    ProofLength {
        /// The number of hashes that the sizes demand.
        expected: usize,
        /// The number of hashes given.
        got: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    ProofMismatch,
    /// A tree without leaves is shown with another root than SHA-256 of nothing.
    #[error("a tree of size 0 does not have the empty root")]
    NotEmptyRoot,
    /// The same size is shown with two roots: a fork.
    #[error("tree size {0} is shown with two different roots")]
    Fork(u64),
    /// A signature by a known key does not verify, so nothing in the note counts.
    #[error("the signature by known key `{0}` does not verify")]
    BadSignature(String),
    /// No known key signed the note.
    #[error("the note is not signed by a known key")]
    Unsigned,
    /// Too few of the policy's witnesses cosigned the checkpoint.
    #[error("the cosignatures do not make the quorum `{0}`")]
    NoQuorum(String),
    /// The key belongs to another log than the one the text speaks of.
    #[error("key `{key}` does not speak for `{origin}`")]
    WrongKey {
        /// The name of the key.
        key: String,
        /// The origin that the text names.
        origin: String,
    },
    /// All that an exhibit brings holds, and shows nothing wrong; or it brings what does not belong.
    #[error("the evidence shows no crime: {0}")]
    NoCrime(&'static str),
    /// The private key cannot be used.
    #[error("key `{0}` is not a usable Ed25519 key")]
    UnusableKey(String),
    /// A tile or bundle that the tree size promises is not there.
    #[error("`{0}` is not there")]
    Missing(TilePath),
    /// A tile or bundle could not be read.
    #[error("`{path}` cannot be read")]
    Fetch {
        /// What was asked for.
        path: TilePath,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tile or bundle has another length or number of entries than its path says.
    #[error("`{path}`: {source}")]
    MalformedTile {
        /// What was read.
        path: TilePath,
        /// The rule that its bytes break.
        source: ParseError,
    },
    /// The bytes of a tile or bundle are not those that the rest of the log commits to.
    #[error("`{0}` does not match the tree")]
    TileMismatch(TilePath),
    /// The root computed is not the root shown.
    #[error("the root of tree size {0} is not the root that is shown for it")]
    RootMismatch(u64),
}

impl Coded for MerkleError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_)
            | Self::TooLarge(_)
            | Self::SizesReversed { .. }
            | Self::ProofLength { .. }
            | Self::ProofMismatch
            | Self::NotEmptyRoot
            | Self::BadSignature(_)
            | Self::Unsigned
            | Self::NoQuorum(_)
            | Self::NoCrime(_)
            | Self::WrongKey { .. } => ErrorCode::MessageInvalid,
            Self::IndexOutOfRange { .. } | Self::Missing(_) => ErrorCode::EntryNotFound,
            Self::Fetch { .. } => ErrorCode::Unavailable,
            Self::Fork(_)
            | Self::UnusableKey(_)
            | Self::MalformedTile { .. }
            | Self::TileMismatch(_)
            | Self::RootMismatch(_) => ErrorCode::Internal,
        }
    }
}
