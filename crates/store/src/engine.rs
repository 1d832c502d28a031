//! What the single writer asks of a key-value engine. Owns [`Engine`] and [`EngineError`].
//! Must not know: what keys and values mean.

use crate::StoreError;
use std::collections::BTreeMap;

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Writes that are applied whole or not at all; `None` deletes.
pub type Batch = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The largest value an engine is asked to hold, in bytes. An engine that keeps large values by
/// other, weaker means must be set up so that this size is not yet large.
pub const MAX_VALUE: usize = 192 * 1024;

/// An ordered map of byte strings on which one thread writes and many read.
pub trait Engine: Send + Sync + 'static {
    /// The value under `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError>;

    /// At most `max` pairs with `from <= key < to`, in order of keys.
    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError>;

    /// The last pair with `from <= key < to`.
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError>;

    /// Applies a batch so that after a crash at any moment either all of it is there or nothing;
    /// later batches are never there without the earlier ones. Durable only after `sync`.
    fn apply(&self, batch: &Batch) -> Result<(), EngineError>;

    /// Returns when all that was applied survives loss of power. An error leaves that unknown and
    /// is never tried again.
    fn sync(&self) -> Result<(), EngineError>;

    /// Whether the reserve is still free, so that growing writes are welcome.
    fn has_room(&self) -> Result<bool, EngineError>;
}

/// Why an engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The engine's own files are damaged.
    #[error("the engine's files are damaged: {0}")]
    Corrupt(String),
    /// Another engine has the data open, in this process or another.
    #[error("the data are in use")]
    InUse,
    /// The operating system refused.
    #[error("the engine failed: {0}")]
    Io(String),
}

impl From<EngineError> for StoreError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Corrupt(_) => Self::Corrupt("the engine's files"),
            EngineError::InUse | EngineError::Io(_) => Self::Unavailable,
        }
    }
}
