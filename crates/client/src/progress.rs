//! How far long work is: told to whoever asked, as it goes.
//!
//! Owns: what is counted, and counting the entries of a log as they are read. Must not know: how often it
//! is shown, in which words, and where.

use crate::Partner;
use seinhuis_merkle::{FetchError, TILE_WIDTH, TileKind, TilePath, TileReader};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Entries of the log that were read, by whoever walks all of it.
    LogEntries,
    /// Entries of one's own that were found or opened.
    OwnEntries,
    /// Proofs that an entry is in the log.
    Proofs,
    /// Receipts that were held against the log.
    Receipts,
    /// Decisions of one's own that were read, to be made again.
    Decisions,
}

/// Who is told. Called after each bundle of the log, each entry or each proof, so it must cost little; it
/// decides itself what of it is shown. No call says that the work is done.
pub trait Progress: Send + Sync {
    /// So many are done, of so many where that is known. Counts of one kind grow; a smaller one is of the
    /// next walk.
    fn at(&self, work: Work, done: u64, of: Option<u64>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _: Work, _: u64, _: Option<u64>) {}
}

/// A log whose reading is told: [`Work::LogEntries`], once for each bundle of entries, of which a log has
/// one for 256 entries.
pub struct Watched<R> {
    reader: R,
    of: u64,
    read: AtomicU64,
    progress: Arc<dyn Progress>,
}

impl<R> Watched<R> {
    /// The log that `reader` reads, of `of` entries.
    pub fn new(reader: R, of: u64, progress: Arc<dyn Progress>) -> Self {
        Self {
            reader,
            of,
            read: AtomicU64::new(0),
            progress,
        }
    }

    /// A bundle that was read. One that is read again is not told again.
    fn read(&self, path: TilePath) {
        if path.kind() != TileKind::Entries {
            return;
        }
        let first = path.index().saturating_mul(TILE_WIDTH.into());
        let until = first.saturating_add(path.width().into()).min(self.of);
        if self.read.fetch_max(until, Ordering::Relaxed) < until {
            self.progress.at(Work::LogEntries, until, Some(self.of));
        }
    }
}

impl<R> fmt::Debug for Watched<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watched({} entries)", self.of)
    }
}

impl<R: TileReader> TileReader for Watched<R> {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        let bytes = self.reader.fetch(path)?;
        self.read(path);
        Ok(bytes)
    }

    fn fetch_into(&self, path: TilePath, bytes: &mut Vec<u8>) -> Result<(), FetchError> {
        self.reader.fetch_into(path, bytes)?;
        self.read(path);
        Ok(())
    }
}

impl Partner {
    /// The same partner, whose long work is told to `progress`: walks over the whole log, opening entries,
    /// and proofs of many.
    #[must_use]
    pub fn telling(&self, progress: Arc<dyn Progress>) -> Self {
        Self {
            progress,
            ..self.clone()
        }
    }

    /// Tells how far it is.
    pub(crate) fn tell(&self, work: Work, done: usize, of: Option<usize>) {
        let count = |count| u64::try_from(count).unwrap_or(u64::MAX);
        self.progress.at(work, count(done), of.map(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeenCheckpoint, verify_log};
    use seinhuis_merkle::{Checkpoint, KeyName, NoteSigner, Tree, encode_bundle, leaf_hash};
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    type Calls = Vec<(Work, u64, Option<u64>)>;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Calls>>);

    impl Progress for Heard {
        fn at(&self, work: Work, done: u64, of: Option<u64>) {
            self.0.lock().unwrap().push((work, done, of));
        }
    }

    fn log(size: u64) -> (BTreeMap<TilePath, Vec<u8>>, SeenCheckpoint) {
        let mut tree = Tree::new();
        for _ in 0..size {
            tree.append(leaf_hash(b"entry")).unwrap();
        }
        let tiles = tree.take_tiles().into_iter();
        let mut tiles: BTreeMap<_, _> = tiles.map(|tile| (tile.path, tile.bytes)).collect();
        for path in (0..).map_while(|n| TilePath::in_tree(TileKind::Entries, n, tree.size())) {
            let entries = vec![b"entry"; path.width().into()];
            tiles.insert(path, encode_bundle(&entries).unwrap());
        }
        let name = || KeyName::parse("hub.example/log/2026h2").unwrap();
        let checkpoint = Checkpoint::new(name(), tree.size(), tree.root()).unwrap();
        let signer = NoteSigner::from_seed(name(), &[1; 32]).unwrap();
        let note = checkpoint.sign(&signer).unwrap().to_string();
        (tiles, SeenCheckpoint { checkpoint, note })
    }

    #[test]
    fn each_bundle_of_a_walk_is_told_once_with_how_many_there_are() {
        let (tiles, seen) = log(600);
        let heard = Heard::default();
        let watched = Watched::new(&tiles, 600, Arc::new(heard.clone()));
        verify_log(&watched, &seen).unwrap();
        let at = |done| (Work::LogEntries, done, Some(600));
        assert_eq!(*heard.0.lock().unwrap(), [at(256), at(512), at(600)]);
        // Hashes are no entries, however far they reach.
        let fresh = Watched::new(&tiles, 600, Arc::new(heard.clone()));
        let hashes = TilePath::in_tree(TileKind::Hashes(0), 1, seen.checkpoint.size()).unwrap();
        fresh.fetch(hashes).unwrap();
        // What was read is not told again, and what is not there is not told.
        let first = TilePath::in_tree(TileKind::Entries, 0, seen.checkpoint.size()).unwrap();
        watched.fetch(first).unwrap();
        let empty = Watched::new(BTreeMap::new(), 600, Arc::new(heard.clone()));
        assert!(empty.fetch(first).is_err());
        assert_eq!(heard.0.lock().unwrap().len(), 3);
    }
}
