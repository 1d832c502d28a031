//! [`SledEngine`]: one sled tree as an [`Engine`].
//! Must not know: what is stored.

use rustix::fs::{fdatasync, fsync, statvfs};
use seinhuis_store::{Batch, Engine, EngineError, MAX_VALUE, Pair};
use std::fs::File;
use std::path::{Path, PathBuf};

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

/// sled as an engine. One process at a time: sled locks its file.
#[derive(Debug)]
pub struct SledEngine {
    db: sled::Db,
    /// sled's log, opened once more for `fdatasync`.
    log: File,
    folder: PathBuf,
    reserve: u64,
}

impl SledEngine {
    /// Opens the data in `folder`, which is made when it is not there.
    pub fn open(folder: &Path, options: SledOptions) -> Result<Self, EngineError> {
        let db = sled::Config::new()
            .path(folder)
            .cache_capacity(options.cache_bytes)
            .segment_size(SEGMENT)
            .flush_every_ms(None)
            .open()
            .map_err(failed)?;
        let io = |error: std::io::Error| EngineError::Io(error.to_string());
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
        })
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
        self.db.flush().map_err(failed)?;
        fdatasync(&self.log).map_err(os)
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        let disk = statvfs(&self.folder).map_err(os)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize) >= self.reserve)
    }
}
