//! One batch being made: what the changes so far would leave behind, over what the engine holds.
//! Owns [`Stage`]. Must not know: threads, queues, and what a change means.
//!
//! Each change works in a layer of its own, which joins the batch only when the change succeeds.
//! So a change that fails leaves its batch mates alone, and a change sees those before it.

use crate::engine::{Batch, Engine, MAX_VALUE};
use crate::key::{self, Place};
use crate::run;
use crate::template::Stored;
use crate::{Entry, Month, Row, StoreError};
use seinhuis_types::{LeafIndex, Millis};
use std::collections::BTreeMap;

/// Last positions given, by the prefix of the stream's keys.
pub(crate) type Tops = BTreeMap<Vec<u8>, u64>;

/// What one change, or all that joined, would write.
#[derive(Debug, Default)]
struct Layer {
    rows: Batch,
    entries: Vec<(u64, Entry)>,
    tops: Tops,
    bytes: usize,
}

/// A batch being made.
pub(crate) struct Stage<'a> {
    engine: &'a dyn Engine,
    known: &'a Tops,
    at: Millis,
    base: u64,
    read: Batch,
    batch: Layer,
    change: Layer,
}

/// A batch that is ready to be written.
pub(crate) struct Sealed {
    pub(crate) rows: Batch,
    /// What each of the keys held.
    pub(crate) before: Batch,
    pub(crate) next_index: u64,
    pub(crate) tops: Tops,
}

impl<'a> Stage<'a> {
    /// An empty batch at hub time `at`, whose first entry will have index `base`.
    pub(crate) fn new(engine: &'a dyn Engine, known: &'a Tops, at: Millis, base: u64) -> Self {
        Self {
            engine,
            known,
            at,
            base,
            read: Batch::new(),
            batch: Layer::default(),
            change: Layer::default(),
        }
    }

    /// Hub time of the batch.
    pub(crate) fn at(&self) -> Millis {
        self.at
    }

    /// About how many bytes have joined the batch.
    pub(crate) fn bytes(&self) -> usize {
        self.batch.bytes
    }

    /// The first index of this batch: entries below it were committed before.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// The index of the next entry.
    pub(crate) fn next_index(&self) -> u64 {
        let staged = self.batch.entries.len() + self.change.entries.len();
        self.base.saturating_add(staged as u64)
    }

    /// The change joins the batch.
    pub(crate) fn join(&mut self) {
        let change = std::mem::take(&mut self.change);
        self.batch.rows.extend(change.rows);
        self.batch.entries.extend(change.entries);
        self.batch.tops.extend(change.tops);
        self.batch.bytes += change.bytes;
    }

    /// The change is dropped.
    pub(crate) fn drop_change(&mut self) {
        self.change = Layer::default();
    }

    /// What a key would hold after the changes so far.
    pub(crate) fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(value) = self
            .change
            .rows
            .get(key)
            .or_else(|| self.batch.rows.get(key))
        {
            return Ok(value.clone());
        }
        self.held(key)
    }

    /// What the engine holds, remembered.
    fn held(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(value) = self.read.get(key) {
            return Ok(value.clone());
        }
        let value = self.engine.get(key)?;
        self.read.insert(key.to_vec(), value.clone());
        Ok(value)
    }

    pub(crate) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        if value.len() > MAX_VALUE {
            return Err(StoreError::Malformed(
                "a value is larger than an engine may hold",
            ));
        }
        self.change.bytes += key.len() + value.len();
        self.change.rows.insert(key, Some(value));
        Ok(())
    }

    pub(crate) fn delete(&mut self, key: Vec<u8>) {
        self.change.bytes += key.len();
        self.change.rows.insert(key, None);
    }

    /// Adds an entry to the log, with the revision of its parts.
    pub(crate) fn append(&mut self, revision: u64, entry: Entry) {
        self.change.bytes += entry.parts.len() + entry.leaf.len();
        self.change.entries.push((revision, entry));
    }

    /// The revision of a row; 0 when it is absent.
    pub(crate) fn revision(&mut self, row: &Row) -> Result<u64, StoreError> {
        match key::place(row) {
            Place::Key(key) => match self.get(&key)? {
                None => Ok(0),
                Some(value) => Stored::read(&value)
                    .map(|stored| stored.revision)
                    .ok_or(StoreError::Corrupt("a value is too short")),
            },
            Place::Parts(index) => {
                let run = self.parts_run(index)?;
                Ok(run.map_or(0, |run| run.revision))
            }
        }
    }

    /// The last position given in a stream.
    pub(crate) fn top(&mut self, stream: &[u8]) -> Result<u64, StoreError> {
        let layers = [&self.change.tops, &self.batch.tops, self.known];
        if let Some(top) = layers.iter().find_map(|tops| tops.get(stream)) {
            return Ok(*top);
        }
        let last = self.engine.last(stream, &key::end(stream))?;
        let held = last.map_or(Ok(0), |(key, _)| {
            key::tail(&key).ok_or(StoreError::Corrupt("a key of a stream"))
        })?;
        let noted = match self.held(&key::stream_top(stream))? {
            None => 0,
            Some(value) => key::tail(&value).ok_or(StoreError::Corrupt("a stream's top"))?,
        };
        Ok(held.max(noted))
    }

    pub(crate) fn set_top(&mut self, stream: Vec<u8>, top: u64) {
        self.change.tops.insert(stream, top);
    }

    /// At most `max` keys of `from..to` that the engine holds, without what is staged.
    pub(crate) fn held_keys(
        &self,
        from: &[u8],
        to: &[u8],
        max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(self
            .engine
            .scan(from, to, max)?
            .into_iter()
            .map(|(key, _)| key)
            .collect())
    }

    /// The parts of an entry committed before this batch. `None` when they were erased.
    pub(crate) fn parts_run(&mut self, index: u64) -> Result<Option<PartsIn>, StoreError> {
        if index >= self.base {
            return Ok(None);
        }
        let (from, to) = key::runs_up_to(key::PARTS, LeafIndex(index));
        let Some((key, _)) = self.engine.last(&from, &to)? else {
            return Ok(None);
        };
        let first = key::tail(&key).ok_or(StoreError::Corrupt("a key of a run"))?;
        let Some(value) = self.get(&key)? else {
            return Ok(None);
        };
        let parts = run::read_parts(&value)?;
        let at = usize::try_from(index - first).unwrap_or(usize::MAX);
        let Some(revision) = parts.get(at).map(|part| part.revision) else {
            return Ok(None);
        };
        if self.month_is_erased(index)? {
            return Ok(None);
        }
        Ok(Some(PartsIn {
            key,
            parts,
            at,
            revision,
        }))
    }

    fn month_is_erased(&mut self, index: u64) -> Result<bool, StoreError> {
        let (from, to) = key::table(key::MONTH);
        let mut of = None;
        for key in self.held_keys(&from, &to, usize::MAX)? {
            let Some(value) = self.get(&key)? else {
                continue;
            };
            if key::tail(&value).is_some_and(|first| first <= index) {
                of = key::tail32(&key);
            }
        }
        match of {
            None => Ok(false),
            Some(month) => Ok(self.get(&key::month(key::ERASED, month))?.is_some()),
        }
    }

    /// Makes the batch ready; `None` when nothing would be written.
    pub(crate) fn seal(mut self) -> Result<Option<Sealed>, StoreError> {
        let entries = std::mem::take(&mut self.batch.entries);
        let mut rows = std::mem::take(&mut self.batch.rows);
        if rows.is_empty() && entries.is_empty() {
            return Ok(None);
        }
        let next_index = self.base.saturating_add(entries.len() as u64);
        if !entries.is_empty() {
            let month = key::month(key::MONTH, Month::of(self.at).0);
            if self.held(&month)?.is_none() {
                rows.insert(month, Some(self.base.to_be_bytes().to_vec()));
            }
            for (first, value) in run::leaves(self.base, &entries) {
                rows.insert(key::run(key::LEAVES, first), Some(value));
            }
            for (first, value) in run::parts(self.base, entries) {
                rows.insert(key::run(key::PARTS, first), Some(value));
            }
        }
        rows.insert(key::TIP.to_vec(), Some(tip(self.at.0, next_index)));
        let mut before = Batch::new();
        for key in rows.keys() {
            let held = match self.read.remove(key) {
                Some(held) => held,
                None => self.engine.get(key)?,
            };
            before.insert(key.clone(), held);
        }
        Ok(Some(Sealed {
            rows,
            before,
            next_index,
            tops: self.batch.tops,
        }))
    }
}

/// Where the parts of one entry are.
#[derive(Debug)]
pub(crate) struct PartsIn {
    pub(crate) key: Vec<u8>,
    pub(crate) parts: Vec<run::Sealed>,
    pub(crate) at: usize,
    pub(crate) revision: u64,
}

/// The stored form of [`key::TIP`].
pub(crate) fn tip(last_commit: u64, next_index: u64) -> Vec<u8> {
    [last_commit.to_be_bytes(), next_index.to_be_bytes()].concat()
}

/// Reads [`key::TIP`]: (last commit, next index).
pub(crate) fn read_tip(value: &[u8]) -> Option<(u64, u64)> {
    let (last_commit, rest) = value.split_first_chunk::<8>()?;
    let next_index: [u8; 8] = rest.try_into().ok()?;
    Some((
        u64::from_be_bytes(*last_commit),
        u64::from_be_bytes(next_index),
    ))
}
