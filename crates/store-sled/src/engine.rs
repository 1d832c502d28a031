//! [`SledEngine`]: one sled tree as an [`Engine`].
//! Must not know: what is stored.

use rustix::fs::{FlockOperation, fdatasync, flock, fsync, statvfs};
use seinhuis_store::{Batch, Engine, EngineError, MAX_VALUE, Pair};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use tracing::trace_span;

/// Steps that can be timed (`seinhuis-telemetry`).
const STAGE: &str = "seinhuis::stage";

/// Bytes of one segment of sled's log: the most it allows.
const SEGMENT: usize = 16 * 1024 * 1024;
/// Values on a leaf page before it is split, with one to spare for keys and headers.
const VALUES_ON_A_PAGE: usize = 18;
// A page must stay in the log: larger ones go to files that sled does not sync.
const _: () = assert!(VALUES_ON_A_PAGE * MAX_VALUE < SEGMENT / 4);

/// How the engine uses the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SledOptions {
    /// Memory for pages, in bytes. sled passes it by some and has its page table beside it.
    pub cache_bytes: u64,
    /// Free bytes of the file system below which growing writes are refused.
    pub reserve_bytes: u64,
}

impl Default for SledOptions {
    /// 64 MiB of pages; a reserve of 256 MiB.
    fn default() -> Self {
        Self {
            cache_bytes: 64 * 1024 * 1024,
            reserve_bytes: 256 * 1024 * 1024,
        }
    }
}

/// sled as an engine. One at a time for a folder, in this process and all others.
#[derive(Debug)]
pub struct SledEngine {
    db: sled::Db,
    /// sled's log, opened once more for `fdatasync`.
    log: File,
    folder: PathBuf,
    reserve: u64,
    /// Last, so that it is given up after sled is closed.
    _lock: File,
}

impl SledEngine {
    /// Opens the data in `folder`, which is made when it is not there. Fails at once when another
    /// engine has it open.
    pub fn open(folder: &Path, options: SledOptions) -> Result<Self, EngineError> {
        let io = |error: std::io::Error| EngineError::Io(error.to_string());
        std::fs::create_dir_all(folder).map_err(io)?;
        let lock = lock(folder)?;
        wait_for_sled(folder)?;
        let db = sled::Config::new()
            .path(folder)
            .cache_capacity(options.cache_bytes)
            .segment_size(SEGMENT)
            .flush_every_ms(None)
            .open()
            .map_err(failed)?;
        let log = File::open(folder.join("db")).map_err(io)?;
        // A file that was just made survives only when its folder is synced too.
        for made in [
            Some(folder),
            folder
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty()),
        ]
        .into_iter()
        .flatten()
        {
            fsync(File::open(made).map_err(io)?).map_err(os)?;
        }
        let folder = folder.to_owned();
        Ok(Self {
            db,
            log,
            folder,
            reserve: options.reserve_bytes,
            _lock: lock,
        })
    }
}

/// Takes the folder for this engine, or fails at once.
fn lock(folder: &Path) -> Result<File, EngineError> {
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(|error| EngineError::Io(error.to_string()))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(EngineError::InUse),
        Err(error) => Err(os(error)),
    }
}

/// Waits until sled has let go of its file. Closing sled returns before its own threads have, and
/// it does not wait when it opens. With our lock held only those threads can still have the file.
fn wait_for_sled(folder: &Path) -> Result<(), EngineError> {
    match File::open(folder.join("db")) {
        Ok(log) => flock(&log, FlockOperation::LockExclusive).map_err(os),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(EngineError::Io(error.to_string())),
    }
}

fn failed(error: sled::Error) -> EngineError {
    match error {
        sled::Error::Corruption { .. } => EngineError::Corrupt(error.to_string()),
        other => EngineError::Io(other.to_string()),
    }
}

fn os(error: rustix::io::Errno) -> EngineError {
    EngineError::Io(error.to_string())
}

fn pair((key, value): (sled::IVec, sled::IVec)) -> Pair {
    (key.to_vec(), value.to_vec())
}

impl Engine for SledEngine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self
            .db
            .get(key)
            .map_err(failed)?
            .map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.db
            .range(from..to)
            .take(max)
            .map(|row| row.map(pair).map_err(failed))
            .collect()
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        if from >= to {
            return Ok(None);
        }
        let last = self
            .db
            .range(from..to)
            .next_back()
            .transpose()
            .map_err(failed)?;
        Ok(last.map(pair))
    }

    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        let mut writes = sled::Batch::default();
        for (key, value) in batch {
            match value {
                Some(value) => writes.insert(key.as_slice(), value.as_slice()),
                None => writes.remove(key.as_slice()),
            }
        }
        self.db.apply_batch(writes).map_err(failed)
    }

    fn sync(&self) -> Result<(), EngineError> {
        let flushing = trace_span!(target: STAGE, "batch flush").entered();
        self.db.flush().map_err(failed)?;
        drop(flushing);
        let _syncing = trace_span!(target: STAGE, "batch fdatasync").entered();
        fdatasync(&self.log).map_err(os)
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        let disk = statvfs(&self.folder).map_err(os)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize) >= self.reserve)
    }
}
