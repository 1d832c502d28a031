//! An engine without a disk: for tests and simulations. A restart of the process loses all of it.
//! Must not know: what keys and values mean.

use crate::engine::{Batch, Engine, EngineError, Pair};
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Included};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// An ordered map behind a lock. Its clones are the same engine, so a test can reopen it.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
    full: AtomicBool,
    fail: AtomicBool,
}

impl Memory {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says from now on whether its reserve is reached.
    pub fn set_full(&self, full: bool) {
        self.0.full.store(full, Ordering::SeqCst);
    }

    /// Makes every sync from now on fail, or not.
    pub fn set_failing(&self, fail: bool) {
        self.0.fail.store(fail, Ordering::SeqCst);
    }
}

impl Engine for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self
            .0
            .rows
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned())
    }

    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let rows = self.0.rows.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows
            .range::<[u8], (Bound<&[u8]>, Bound<&[u8]>)>((Included(from), Excluded(to)))
            .take(max)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        if from >= to {
            return Ok(None);
        }
        let rows = self.0.rows.read().unwrap_or_else(PoisonError::into_inner);
        let last = rows
            .range::<[u8], (Bound<&[u8]>, Bound<&[u8]>)>((Included(from), Excluded(to)))
            .next_back();
        Ok(last.map(|(key, value)| (key.clone(), value.clone())))
    }

    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        let mut rows = self.0.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), EngineError> {
        if self.0.fail.load(Ordering::SeqCst) {
            return Err(EngineError::Io("told to fail".into()));
        }
        Ok(())
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        Ok(!self.0.full.load(Ordering::SeqCst))
    }
}
