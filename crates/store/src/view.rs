//! Reads of what is durable, while the writer works. Owns [`View`] and the state both share.
//! Must not know: what rows mean, nor how a batch is made.
//!
//! An engine shows a batch to readers as soon as it is applied, which is before it survives loss of
//! power. A reply made from such a row could promise what is then lost (rule 2 of docs/rules.md). So
//! the writer first lays down what every key of the batch held before, and readers prefer that
//! until the batch is synced.

use crate::StoreError;
use crate::engine::{Batch, Engine, Pair};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// What the writer tells the readers.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// For each key of the batch that is being made durable: what it held before.
    before: RwLock<Arc<Batch>>,
    next_index: AtomicU64,
    last_commit: AtomicU64,
    stopped: AtomicBool,
}

impl Shared {
    pub(crate) fn next_index(&self) -> u64 {
        self.next_index.load(Ordering::Acquire)
    }
    pub(crate) fn last_commit(&self) -> u64 {
        self.last_commit.load(Ordering::Acquire)
    }
    pub(crate) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }
    pub(crate) fn set_tip(&self, next_index: u64, last_commit: u64) {
        self.next_index.store(next_index, Ordering::Release);
        self.last_commit.store(last_commit, Ordering::Release);
    }
    /// Before a batch is applied.
    pub(crate) fn hide(&self, before: Batch) {
        *self.before.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(before);
    }
    /// After it was synced.
    pub(crate) fn show(&self) {
        self.hide(Batch::new());
    }
    fn before(&self) -> Arc<Batch> {
        Arc::clone(&self.before.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A reader of durable rows.
#[derive(Clone)]
pub(crate) struct View {
    engine: Arc<dyn Engine>,
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("View")
    }
}

impl View {
    pub(crate) fn new(engine: Arc<dyn Engine>, shared: Arc<Shared>) -> Self {
        Self { engine, shared }
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        // The engine first, then what is being written: a batch applied in between is then seen
        // in `before`, and one that is no longer there has become durable.
        let now = self.engine.get(key)?;
        Ok(match self.shared.before().get(key) {
            Some(before) => before.clone(),
            None => now,
        })
    }

    pub(crate) fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, StoreError> {
        if from >= to || max == 0 {
            return Ok(Vec::new());
        }
        let mut from = from.to_vec();
        let mut found = Vec::new();
        loop {
            let want = max.saturating_sub(found.len());
            let page = self.engine.scan(&from, to, want)?;
            // A full page says nothing about the keys after its last one.
            let covered = match page.last() {
                Some((last, _)) if page.len() >= want => crate::key::next(last),
                _ => to.to_vec(),
            };
            found.extend(self.as_before(page, &from, &covered));
            if covered.as_slice() >= to || found.len() >= max {
                found.truncate(max);
                return Ok(found);
            }
            from = covered;
        }
    }

    /// The pairs of `from..to` as they were before the batch that is being written.
    fn as_before(&self, page: Vec<Pair>, from: &[u8], to: &[u8]) -> Vec<Pair> {
        let before = self.shared.before();
        let mut changed = before
            .range::<[u8], _>((Included(from), Excluded(to)))
            .peekable();
        if changed.peek().is_none() {
            return page;
        }
        let mut pairs: BTreeMap<_, _> = page.into_iter().collect();
        for (key, value) in changed {
            match value {
                Some(value) => pairs.insert(key.clone(), value.clone()),
                None => pairs.remove(key),
            };
        }
        pairs.into_iter().collect()
    }

    /// The last pair with `from <= key < to`.
    pub(crate) fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        let mut to = to.to_vec();
        loop {
            let now = self.engine.last(from, &to)?;
            let before = self.shared.before();
            let Some((key, value)) = now else {
                // What the batch deletes may still be there for readers.
                return Ok(last_before(&before, from, &to));
            };
            match before.get(&key) {
                None => {
                    let above = last_before(&before, &key, &to);
                    return Ok(Some(above.unwrap_or((key, value))));
                }
                Some(_) => {
                    if let Some(pair) = last_before(&before, &key, &to) {
                        return Ok(Some(pair));
                    }
                    to = key;
                }
            }
        }
    }
}

fn last_before(before: &Batch, from: &[u8], to: &[u8]) -> Option<Pair> {
    if from >= to {
        return None;
    }
    before
        .range::<[u8], _>((Included(from), Excluded(to)))
        .rev()
        .find_map(|(key, value)| Some((key.clone(), value.clone()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    fn view() -> (Memory, View) {
        let engine = Memory::new();
        let rows = (0u8..10).map(|n| (vec![n], Some(vec![n]))).collect();
        engine.apply(&rows).unwrap();
        let view = View::new(Arc::new(engine.clone()), Arc::default());
        (engine, view)
    }

    #[test]
    fn a_batch_that_is_not_durable_is_not_seen() {
        let (engine, view) = view();
        let before: Vec<_> = view.scan(&[0], &[20], 100).unwrap();
        view.shared.hide(
            [
                (vec![3], Some(vec![3])),
                (vec![9], Some(vec![9])),
                (vec![11], None),
            ]
            .into(),
        );
        let batch = [
            (vec![3], Some(vec![33])),
            (vec![9], None),
            (vec![11], Some(vec![11])),
        ];
        engine.apply(&batch.into()).unwrap();

        assert_eq!(view.get(&[3]).unwrap(), Some(vec![3]));
        assert_eq!(view.get(&[11]).unwrap(), None);
        assert_eq!(view.scan(&[0], &[20], 100).unwrap(), before);
        for max in 1..12 {
            assert_eq!(view.scan(&[0], &[20], max).unwrap(), before[..max.min(10)]);
        }
        assert_eq!(view.last(&[0], &[20]).unwrap(), Some((vec![9], vec![9])));
        assert_eq!(view.last(&[0], &[4]).unwrap(), Some((vec![3], vec![3])));
        assert_eq!(view.last(&[10], &[20]).unwrap(), None);

        view.shared.show();
        assert_eq!(view.get(&[3]).unwrap(), Some(vec![33]));
        assert_eq!(view.last(&[0], &[20]).unwrap(), Some((vec![11], vec![11])));
    }
}
