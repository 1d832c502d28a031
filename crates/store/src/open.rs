//! Start-up: is this ours, can we read it, and does it hang together. Owns the schema row.
//! Must not know: what rows hold, beyond the tip, the tree and the runs.

use crate::engine::{Batch, Engine};
use crate::stage::{read_tip, tip};
use crate::{StoreError, TreeState, held, key, run};
use seinhuis_types::Digest;

/// The newest format of a store that this version reads, and the one it writes. 2: there is an index of
/// held deliveries (`held`).
pub const SCHEMA_VERSION: u32 = 2;
/// The same of a ledger.
const LEDGER_VERSION: u32 = 1;
/// How many runs are read at once while checking.
const PAGE: usize = 64;

/// Which data an engine holds, so that one is never opened as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The hub's store.
    Store = 1,
    /// The pseudonymiser's ledger.
    Ledger = 2,
}

impl Kind {
    fn version(self) -> u32 {
        match self {
            Self::Store => SCHEMA_VERSION,
            Self::Ledger => LEDGER_VERSION,
        }
    }

    fn schema(self) -> Vec<u8> {
        [&self.version().to_be_bytes()[..], &[self as u8]].concat()
    }
}

/// Where the data stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tip {
    pub(crate) last_commit: u64,
    pub(crate) next_index: u64,
}

/// Opens or founds the data. The numbers are recomputed from the data and compared with what the
/// last commit noted; any difference is [`StoreError::Corrupt`].
pub(crate) fn open(engine: &dyn Engine, kind: Kind) -> Result<Tip, StoreError> {
    match engine.get(key::SCHEMA)? {
        None => {
            if !engine.scan(&[], &[u8::MAX], 1)?.is_empty() {
                return Err(StoreError::Corrupt("there are rows but no schema"));
            }
            found(engine, kind)
        }
        Some(schema) => {
            let tip = check(engine, kind)?;
            if schema != kind.schema() {
                renew(engine, kind)?;
            }
            Ok(tip)
        }
    }
}

/// Brings checked data of an earlier version to this one. What was begun and cut off is done again: the
/// version is the last that is written.
fn renew(engine: &dyn Engine, kind: Kind) -> Result<(), StoreError> {
    if kind == Kind::Store {
        held::build(engine)?;
    }
    let rows = Batch::from([(key::SCHEMA.to_vec(), Some(kind.schema()))]);
    engine.apply(&rows)?;
    Ok(engine.sync()?)
}

/// Where founded data stand, checked.
pub(crate) fn check(engine: &dyn Engine, kind: Kind) -> Result<Tip, StoreError> {
    let schema = engine
        .get(key::SCHEMA)?
        .ok_or(StoreError::Corrupt("there is no schema"))?;
    check_schema(&schema, kind)?;
    let tip = engine
        .get(key::TIP)?
        .ok_or(StoreError::Corrupt("there is no tip"))?;
    let (last_commit, next_index) = read_tip(&tip).ok_or(StoreError::Corrupt("the tip"))?;
    check_log(engine, next_index)?;
    Ok(Tip {
        last_commit,
        next_index,
    })
}

fn found(engine: &dyn Engine, kind: Kind) -> Result<Tip, StoreError> {
    let mut rows = Batch::new();
    rows.insert(key::SCHEMA.to_vec(), Some(kind.schema()));
    rows.insert(key::TIP.to_vec(), Some(tip(0, 0)));
    rows.insert(key::TREE.to_vec(), Some(tree_value(TreeState::EMPTY)));
    engine.apply(&rows)?;
    engine.sync()?;
    Ok(Tip {
        last_commit: 0,
        next_index: 0,
    })
}

pub(crate) fn check_schema(schema: &[u8], kind: Kind) -> Result<(), StoreError> {
    let (version, found_kind) = schema
        .split_first_chunk::<4>()
        .ok_or(StoreError::Corrupt("the schema"))?;
    let found = u32::from_be_bytes(*version);
    if found == 0 || found_kind != [kind as u8] {
        return Err(StoreError::Corrupt("the schema is of another kind of data"));
    }
    if found > kind.version() {
        return Err(StoreError::SchemaTooNew {
            found,
            supported: kind.version(),
        });
    }
    Ok(())
}

/// Every leaf from the integrated size to the tip is there once, and parts end where leaves do.
fn check_log(engine: &dyn Engine, next_index: u64) -> Result<(), StoreError> {
    let tree = engine
        .get(key::TREE)?
        .ok_or(StoreError::Corrupt("there is no tree"))?;
    let mut at = read_tree(&tree)?.size;
    let (mut from, to) = key::table(key::LEAVES);
    loop {
        let runs = engine.scan(&from, &to, PAGE)?;
        for (key, value) in &runs {
            if key::tail(key) != Some(at) {
                return Err(StoreError::Corrupt("sequenced leaves are not contiguous"));
            }
            at = at.saturating_add(run::read_leaves(value)?.len() as u64);
        }
        match runs.last() {
            Some((key, _)) if runs.len() == PAGE => from = key::next(key),
            _ => break,
        }
    }
    if at != next_index {
        return Err(StoreError::Corrupt("the log does not end at the tip"));
    }
    let (from, to) = key::table(key::PARTS);
    if let Some((key, value)) = engine.last(&from, &to)? {
        let first = key::tail(&key).ok_or(StoreError::Corrupt("a key of a run"))?;
        let end = first.saturating_add(run::read_parts(&value)?.len() as u64);
        if end > next_index {
            return Err(StoreError::Corrupt(
                "there are parts of entries past the tip",
            ));
        }
    }
    Ok(())
}

/// The stored form of [`key::TREE`].
pub(crate) fn tree_value(tree: TreeState) -> Vec<u8> {
    [&tree.size.to_be_bytes()[..], &tree.root.0].concat()
}

/// Reads [`key::TREE`].
pub(crate) fn read_tree(value: &[u8]) -> Result<TreeState, StoreError> {
    let damaged = || StoreError::Corrupt("the tree");
    let (size, root) = value.split_first_chunk::<8>().ok_or_else(damaged)?;
    Ok(TreeState {
        size: u64::from_be_bytes(*size),
        root: Digest::from_slice(root).map_err(|_| damaged())?,
    })
}

#[cfg(test)]
mod tests;
