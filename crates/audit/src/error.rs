//! What can be wrong with the published log. Must not know the wire, nor what an entry says.

use seinhuis_merkle::MerkleError;
use seinhuis_store::StoreError;
use seinhuis_types::{Coded, ErrorCode, LeafIndex};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why something was not published, not read, or why the log does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The configuration cannot be used.
    #[error("the log's configuration: {0}")]
    Config(&'static str),
    /// Another process has the folder.
    #[error("the log's folder `{0}` is in use by another process; stop that process first")]
    InUse(PathBuf),
    /// The store has fewer entries than a signed checkpoint: a restored backup, or another store.
    #[error(
        "a checkpoint over {published} entries is signed, but the store has only {sequenced}: the \
         store was set back or is another one; put back the newest copy of the store, and keep the \
         log's folder as it is, because what is signed cannot be unsigned"
    )]
    StoreBehind {
        /// The size of the newest signed checkpoint.
        published: u64,
        /// How many entries the store has or had.
        sequenced: u64,
    },
    /// The folder has no checkpoint over what the store has dropped as published.
    #[error(
        "the store counts {integrated} entries as published, but the newest checkpoint in the \
         log's folder is over {published}: the folder was set back or is another one; put back the \
         newest copy of the folder, from a backup or from a partner's mirror"
    )]
    FolderBehind {
        /// The size of the newest checkpoint in the folder, 0 if there is none.
        published: u64,
        /// The size that the store counts as published.
        integrated: u64,
    },
    /// Store and signed checkpoint disagree about the same entries.
    #[error(
        "the signed checkpoint over {size} entries has another root than the store: store and \
         folder are not of the same log, or one was altered; nothing is signed until an \
         investigation with `seinhuis fsck` has shown which, and the right copy is put back"
    )]
    Forked {
        /// The size at which they disagree.
        size: u64,
    },
    /// The folder has a cosigned checkpoint above all it kept itself.
    #[error(
        "a checkpoint over {witnessed} entries is cosigned, but the newest one kept here is over \
         {published}: the log's folder was set back; nothing is signed; put back its newest copy, \
         see docs/operations/recovery.md"
    )]
    WitnessedAhead {
        /// The size of the cosigned checkpoint.
        witnessed: u64,
        /// The size of the newest kept checkpoint.
        published: u64,
    },
    /// A witness saw more of this log than there is: a restored backup, or a copy that went on.
    #[error(
        "witness `{witness}` saw {seen} entries of this log, but only {published} are published \
         here: the data were set back, by an old backup or a copy; nothing is signed, because that \
         would contradict what was signed before; keep this data folder and the evidence \
         `{}`, and put back a newer copy of the data, or else begin a new shard: \
         docs/operations/recovery.md, after a rollback", evidence.display()
    )]
    SetBack {
        /// Its name in the policy.
        witness: String,
        /// The size it saw.
        seen: u64,
        /// The size of the newest checkpoint here.
        published: u64,
        /// The file, or the folder if it could not be written.
        evidence: PathBuf,
    },
    /// A witness saw another tree of this log than there is.
    #[error(
        "witness `{witness}` saw another log of the same name and key: at {size} entries its root \
         differs from the one here; nothing is signed, because two histories must never both be \
         signed; keep this data folder and the evidence `{}`, find out which of the two partners \
         hold receipts of, and put that one back, or else begin a new shard: \
         docs/operations/recovery.md, after a rollback", evidence.display()
    )]
    OtherHistory {
        /// Its name in the policy.
        witness: String,
        /// The size at which they differ.
        size: u64,
        /// The file, or the folder if it could not be written.
        evidence: PathBuf,
    },
    /// The newest checkpoint is not one of this log's.
    #[error(
        "the newest checkpoint in `{path}` is not this log's ({source}); check the configured \
         folder, origin and key"
    )]
    ForeignCheckpoint {
        /// The file with the checkpoint.
        path: PathBuf,
        /// What is wrong with it.
        source: MerkleError,
    },
    /// The file of signed checkpoints is damaged.
    #[error("`{path}`: {rule}; put back this file from a backup, then run `seinhuis fsck`")]
    Journal {
        /// The file.
        path: PathBuf,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// What is stored does not lead to the root it should.
    #[error(
        "the stored tiles do not lead to the root over {size} entries ({source}); run \
         `seinhuis fsck` and put back the files it names, from a backup or from a partner's mirror"
    )]
    Damaged {
        /// The size of the tree.
        size: u64,
        /// What does not hold.
        source: MerkleError,
    },
    /// What was just stored, read again, is not what was to be signed.
    #[error(
        "the files for {size} entries, read again after writing, do not give the root that was \
         computed; nothing is signed until this disk or memory is replaced and `seinhuis fsck` \
         finds nothing"
    )]
    Reread {
        /// The size of the tree that was not signed.
        size: u64,
    },
    /// A path has other bytes than the entries say.
    #[error(
        "`{0}` is there already with other bytes than the entries give; nothing is overwritten; \
         run `seinhuis fsck`, and move the file away only if no checkpoint covers it"
    )]
    OtherBytes(PathBuf),
    /// Another process moved the log on.
    #[error("another process has moved the log on; this one no longer publishes")]
    Fenced,
    /// The disk is full. Nothing was lost; it is tried again.
    #[error("the disk is full: `{0}` could not be written")]
    Full(PathBuf),
    /// A file could not be read.
    #[error("`{path}` cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A write or sync whose outcome is not known. The process must end (exit 74), never try again:
    /// a second sync may succeed without the data being on disk.
    #[error("writing `{path}` failed in an unknown state: {source}")]
    Unknown {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The code that writes panicked.
    #[error("the publisher panicked")]
    Panicked,
    /// Signing has stopped for good, with the reason.
    #[error("the log is no longer published: {0}")]
    Stopped(Arc<str>),
    /// There is no checkpoint yet.
    #[error("there is no checkpoint yet")]
    NoCheckpoint,
    /// There is no such entry, tile or size, or it is not published.
    #[error("there is no {0} in the published log")]
    NotFound(&'static str),
    /// The entry is committed but was not published in time.
    #[error("entry {0} is committed but not published yet; ask again later")]
    NotPublished(LeafIndex),
    /// A proof or a size that makes no sense, or tiles that do not hold.
    #[error(transparent)]
    Merkle(#[from] MerkleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the publisher does after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Tries again at the next tick: nothing was signed, nothing lost.
    Again,
    /// Signs nothing any more, and lets the old checkpoint be served.
    Stop,
    /// Ends, and the process with it.
    End,
}

impl AuditError {
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::Full(_) | Self::Store(StoreError::Busy | StoreError::Full) => Verdict::Again,
            Self::Unknown { .. }
            | Self::Panicked
            | Self::Fenced
            | Self::Store(StoreError::Unavailable | StoreError::Fenced) => Verdict::End,
            // Whatever is not understood is not signed.
            _ => Verdict::Stop,
        }
    }
}

impl Coded for AuditError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoCheckpoint | Self::NotFound(_) => ErrorCode::EntryNotFound,
            Self::NotPublished(_) | Self::Stopped(_) | Self::InUse(_) => ErrorCode::Unavailable,
            Self::Full(_) => ErrorCode::StorageFull,
            Self::Merkle(error) => error.code(),
            Self::Store(error) => error.code(),
            _ => ErrorCode::Internal,
        }
    }
}
