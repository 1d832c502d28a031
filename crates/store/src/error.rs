//! What can go wrong with stored state. Owns [`StoreError`], the only error of the `Store` trait.
//! Must not know: which act the caller was doing, nor any value that was stored.

use crate::Row;
use seinhuis_types::{Coded, ErrorCode};

/// Why nothing was read or written. Every variant means that the change is *not* in the store,
/// except [`StoreError::Unavailable`] after a fatal write, where that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row no longer has the revision the change expects. Decide again on a new snapshot.
    #[error("the row {row:?} has changed since it was read")]
    Conflict {
        /// The first row, in the order of the expectations, that differed.
        row: Row,
    },
    /// A counter would pass its cap; only this change failed.
    #[error("the counter {row:?} has reached its cap")]
    OverCap {
        /// The counter's row.
        row: Row,
    },
    /// The log is not at the size and root that the call started from: another process integrated.
    #[error("the log is not at the size and root this step starts from")]
    Fenced,
    /// The commit queue is full; try again after a moment.
    #[error("too many changes are waiting to be written")]
    Busy,
    /// The disk's reserve is reached. Clears by itself when there is room again.
    #[error("the disk's reserve is reached")]
    Full,
    /// Stored bytes are not what they should be. The text names the place, never a value.
    #[error("stored data are damaged: {0}")]
    Corrupt(&'static str),
    /// The change breaks a rule of form (a hole that points nowhere, a value that is too large).
    #[error("the change cannot be written: {0}")]
    Malformed(&'static str),
    /// The store has stopped, or its last write had an unknown outcome. Restart reconciles.
    #[error("the store is not available")]
    Unavailable,
    /// The data were written by a newer version.
    #[error("the data have format {found}, this version reads up to {supported}")]
    SchemaTooNew {
        /// The format found on disk.
        found: u32,
        /// The newest format this version reads.
        supported: u32,
    },
}

impl Coded for StoreError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Conflict { .. } => ErrorCode::Aborted,
            Self::OverCap { .. } => ErrorCode::OverBudget,
            Self::Busy => ErrorCode::Overloaded,
            Self::Full => ErrorCode::StorageFull,
            Self::Unavailable | Self::SchemaTooNew { .. } => ErrorCode::Unavailable,
            Self::Fenced | Self::Corrupt(_) | Self::Malformed(_) => ErrorCode::Internal,
        }
    }
}
