//! The published log as a whole, on real files and the store's memory engine.

mod crashes;
mod damage;
mod gap;
mod publishing;
mod reading;
mod refusals;
mod witnesses;

use crate::log::Log;
use crate::seam::{Seam, Seamless, Step};
use crate::{AuditError, Config, Publisher};
use seinhuis_merkle::{
    Checkpoint, FetchError, KeyName, Note, NoteSigner, NoteVerifier, TilePath, TileReader,
    leaf_hash, root_of, verify_log,
};
use seinhuis_store::{
    ChangeSet, Embedded, Engine, Entry, LEAF_BYTES, LeafBytes, Limits, Memory, Store,
};
use seinhuis_types::{Digest, ManualClock, Millis};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "hub.example/log/2026h2";

pub(crate) fn signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[7; 32]).unwrap()
}

pub(crate) fn verifier() -> NoteVerifier {
    signer().verifier().clone()
}

/// The leaf at `index`; every one is another.
fn leaf(index: u64) -> LeafBytes {
    let mut leaf = [1; LEAF_BYTES];
    leaf[10..18].copy_from_slice(&index.to_be_bytes());
    leaf
}

fn root(size: u64) -> Digest {
    root_of(
        &(0..size)
            .map(|index| leaf_hash(&leaf(index)))
            .collect::<Vec<_>>(),
    )
}

type Opened = (Arc<Log<Embedded>>, Publisher<Embedded>);

/// A hub's data: a folder and an engine that outlive its process.
struct Site {
    dir: TempDir,
    engine: Memory,
    clock: ManualClock,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            dir,
            engine: Memory::new(),
            clock: ManualClock::at(Millis(1_000_000)),
        }
    }

    /// The same folder with a copy of the store as it is now.
    fn copy_of_store(&self) -> Memory {
        let copy = Memory::new();
        let rows = self.engine.scan(&[], &[u8::MAX; 64], usize::MAX).unwrap();
        copy.apply(
            &rows
                .into_iter()
                .map(|(key, value)| (key, Some(value)))
                .collect(),
        )
        .unwrap();
        copy
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    fn store(&self) -> Arc<Embedded> {
        let fatal = Box::new(|why: &str| panic!("{why}"));
        let store = Embedded::open(
            self.engine.clone(),
            self.clock.clone(),
            Limits::default(),
            fatal,
        );
        Arc::new(store.unwrap())
    }

    fn config(&self) -> Config {
        Config {
            folder: self.folder(),
            origin: ORIGIN.to_owned(),
            signer: signer(),
            publish_interval_ms: 1_000,
            policy: None,
        }
    }

    fn open(&self, store: &Arc<Embedded>) -> Result<Opened, AuditError> {
        Log::open(self.config(), Arc::clone(store))
    }

    /// Opened without the lock on the folder.
    fn open_with(&self, store: &Arc<Embedded>, seam: impl Seam) -> Result<Opened, AuditError> {
        Log::open_with(self.config(), Arc::clone(store), Arc::new(seam), None)
    }

    fn open_unlocked(&self, store: &Arc<Embedded>) -> Opened {
        self.open_with(store, Seamless).unwrap()
    }

    /// Commits and publishes until the log has each of these sizes.
    async fn publish(&self, sizes: &[u64]) {
        let store = self.store();
        let (_, mut publisher) = self.open(&store).unwrap();
        for size in sizes {
            commit(&store, *size).await;
            publisher.publish().await.unwrap();
        }
    }

    /// Every kept checkpoint, verified.
    fn kept(&self) -> Vec<Checkpoint> {
        let bytes = std::fs::read(self.file("checkpoints/000000")).unwrap_or_default();
        let path = Path::new("checkpoints/000000");
        let (notes, torn) = crate::journal::split(path, &bytes).unwrap();
        assert!(torn.is_empty());
        notes
            .iter()
            .map(|note| Checkpoint::open(&Note::parse(note).unwrap(), &verifier()).unwrap())
            .collect()
    }

    /// That the newest checkpoint is over the first `size` leaves, and that every file says so.
    fn check(&self, size: u64) {
        let kept = self.kept();
        for checkpoint in &kept {
            assert_eq!(*checkpoint.root(), root(checkpoint.size().get()));
        }
        let newest = std::fs::read(self.file("checkpoint")).unwrap();
        let newest = Checkpoint::open(&Note::parse(&newest).unwrap(), &verifier()).unwrap();
        assert_eq!(Some(&newest), kept.last());
        assert_eq!(newest.size().get(), size);
        verify_log(&Files(self.folder()), &newest).unwrap();
    }
}

/// Commits what is missing to `size` entries, in one change for each thousand.
async fn commit(store: &Embedded, size: u64) {
    while store.next_index().0 < size {
        let from = store.next_index().0;
        let mut change = ChangeSet::new("test", Entry::new(leaf(from), Vec::new()));
        for index in from + 1..size.min(from + 1_000) {
            change = change.entry(Entry::new(leaf(index), Vec::new()));
        }
        store.commit(change).await.unwrap();
    }
}

/// Reads the folder as a mirror would: the file of that name or nothing.
struct Files(PathBuf);

impl TileReader for Files {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        std::fs::read(self.0.join(path.to_string())).map_err(|_| FetchError::NotFound)
    }
}

impl<F> Seam for F
where
    F: Fn(Step, &Path) -> io::Result<()> + Send + Sync + 'static,
{
    fn at(&self, step: Step, path: &Path) -> io::Result<()> {
        self(step, path)
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}
