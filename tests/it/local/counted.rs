//! An engine that counts the rows that are read. Must not know: by whom.

use seinhuis_store::{Batch, Engine, EngineError, Pair};
use seinhuis_store_sled::SledEngine;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// sled, with the rows counted that are read.
pub(super) struct Counted {
    engine: SledEngine,
    read: Arc<AtomicUsize>,
}

impl Counted {
    pub(super) fn new(engine: SledEngine, read: Arc<AtomicUsize>) -> Self {
        Self { engine, read }
    }

    fn count(&self, rows: usize) {
        self.read.fetch_add(rows, Ordering::SeqCst);
    }
}

impl Engine for Counted {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.count(1);
        self.engine.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        let found = self.engine.scan(from, to, max)?;
        self.count(found.len());
        Ok(found)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        self.count(1);
        self.engine.last(from, to)
    }

    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        self.engine.apply(batch)
    }

    fn sync(&self) -> Result<(), EngineError> {
        self.engine.sync()
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        self.engine.has_room()
    }
}
