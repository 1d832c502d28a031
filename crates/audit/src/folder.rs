//! Writes files into the log's folder so that they are whole, durable and never replaced by others.
//! Must not know what is in them.

use crate::AuditError;
use crate::disk::read_file;
use crate::seam::{Seam, Step};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The passing name of a file that is being written by the publisher.
const NEW: &str = "new";

/// The log's folder, for one that writes in it.
pub(crate) struct Folder {
    root: Arc<Path>,
    /// The passing name of a file that is being written.
    new: &'static str,
    seam: Arc<dyn Seam>,
    /// Folders whose entries changed since the last sync. They are opened before the change: a
    /// handle that is opened after a failed write-back may not be told of the failure.
    open: BTreeMap<PathBuf, File>,
    /// Folders that were made or found by this process and whose own names will be synced.
    known: BTreeSet<PathBuf>,
    _lock: Option<Lock>,
}

/// The exclusive use of a folder, until it is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _folder: File,
}

impl Lock {
    /// Takes the folder, which is made if it is not there; [`AuditError::InUse`] if another has it.
    pub(crate) fn take(path: &Path) -> Result<Self, AuditError> {
        let unknown = |source| AuditError::Unknown {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(unknown)?;
        let folder = File::open(path).map_err(unknown)?;
        match folder.try_lock() {
            Ok(()) => Ok(Self { _folder: folder }),
            Err(TryLockError::WouldBlock) => Err(AuditError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(unknown(source)),
        }
    }
}

impl Folder {
    /// The folder at `root`, made if it is not there, for the publisher.
    pub(crate) fn open(
        root: &Path,
        seam: Arc<dyn Seam>,
        lock: Option<Lock>,
    ) -> Result<Self, AuditError> {
        Self::open_as(root, NEW, seam, lock)
    }

    /// The same for a writer of other files; `new` is its own passing name, which no other uses.
    pub(crate) fn open_as(
        root: &Path,
        new: &'static str,
        seam: Arc<dyn Seam>,
        lock: Option<Lock>,
    ) -> Result<Self, AuditError> {
        let unknown = |source| AuditError::Unknown {
            path: root.to_owned(),
            source,
        };
        fs::create_dir_all(root).map_err(unknown)?;
        let root = fs::canonicalize(root).map_err(unknown)?;
        let mut folder = Self {
            root: root.as_path().into(),
            new,
            seam,
            open: BTreeMap::new(),
            known: BTreeSet::new(),
            _lock: lock,
        };
        if let Some(parent) = root.parent() {
            folder.hold(parent)?;
        }
        folder.remove_new()?;
        folder.sync()?;
        Ok(folder)
    }

    pub(crate) fn root(&self) -> &Arc<Path> {
        &self.root
    }

    /// For another writer in the same folder.
    pub(crate) fn seam(&self) -> Arc<dyn Seam> {
        Arc::clone(&self.seam)
    }

    /// Tells the seam that `step` was done to `path`.
    pub(crate) fn at(&self, step: Step, path: &Path) -> Result<(), AuditError> {
        self.seam
            .at(step, path)
            .map_err(|source| unknown(path, source))
    }

    /// Stores `bytes` at `path` under the root. What is there already is left; if it has other
    /// bytes, that is [`AuditError::OtherBytes`]. Durable after [`Folder::sync`].
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), AuditError> {
        let to = self.root.join(path);
        self.enter(&to)?;
        if read_file(&to)?.is_some_and(|there| there == bytes) {
            return Ok(());
        }
        let new = self.write_new(bytes)?;
        match renameat_with(CWD, &new, CWD, &to, RenameFlags::NOREPLACE) {
            Ok(()) => self.at(Step::Named, &to),
            Err(Errno::EXIST) => Err(AuditError::OtherBytes(to)),
            Err(error) => Err(unknown(&to, error.into())),
        }
    }

    /// Replaces the file at `path` under the root. After a crash either the old bytes are there or
    /// the new ones.
    pub(crate) fn replace(&mut self, path: &str, bytes: &[u8]) -> Result<(), AuditError> {
        let to = self.root.join(path);
        let new = self.write_new(bytes)?;
        fs::rename(new, &to).map_err(|source| unknown(&to, source))?;
        self.at(Step::Replaced, &to)
    }

    /// Makes durable which names the touched folders hold.
    pub(crate) fn sync(&mut self) -> Result<(), AuditError> {
        for (path, folder) in std::mem::take(&mut self.open) {
            folder.sync_all().map_err(|source| unknown(&path, source))?;
            self.at(Step::FolderSynced, &path)?;
        }
        Ok(())
    }

    /// Makes the folders above `file` and holds them open for [`Folder::sync`].
    pub(crate) fn enter(&mut self, file: &Path) -> Result<(), AuditError> {
        let mut at = self.root.to_path_buf();
        let parts = file.strip_prefix(&self.root).ok().and_then(Path::parent);
        for part in parts.into_iter().flat_map(Path::components) {
            let inner = at.join(part);
            if !self.known.contains(&inner) {
                // One found here may have been made just before a crash: its name is synced too.
                self.hold(&at)?;
                match fs::create_dir(&inner) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(storage(&inner, error));
                    }
                    _ => self.known.insert(inner.clone()),
                };
            }
            at = inner;
        }
        self.hold(&at)
    }

    /// Removes the folder of partial tiles at `path` under the root, if it is there. A failure is
    /// no harm, only clutter.
    pub(crate) fn prune(&mut self, path: &str) -> Result<(), AuditError> {
        let path = self.root.join(path);
        self.known.remove(&path);
        match fs::remove_dir_all(&path) {
            Ok(()) => self.at(Step::Pruned, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "partial tiles are not removed");
                Ok(())
            }
        }
    }

    fn hold(&mut self, path: &Path) -> Result<(), AuditError> {
        if !self.open.contains_key(path) {
            let folder = File::open(path).map_err(|source| unknown(path, source))?;
            self.open.insert(path.to_owned(), folder);
        }
        Ok(())
    }

    /// Writes a file under the passing name, durably.
    fn write_new(&self, bytes: &[u8]) -> Result<PathBuf, AuditError> {
        let new = self.root.join(self.new);
        self.seam
            .at(Step::Write, &new)
            .map_err(|source| storage(&new, source))?;
        let mut file = File::create(&new).map_err(|source| storage(&new, source))?;
        if let Err(source) = file.write_all(bytes) {
            // Nothing has this name that matters, and room is what is short.
            drop(fs::remove_file(&new));
            return Err(storage(&new, source));
        }
        file.sync_all().map_err(|source| unknown(&new, source))?;
        self.at(Step::Written, &new)?;
        Ok(new)
    }

    fn remove_new(&self) -> Result<(), AuditError> {
        let new = self.root.join(self.new);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unknown(&new, error)),
            _ => Ok(()),
        }
    }
}

pub(crate) fn unknown(path: &Path, source: io::Error) -> AuditError {
    AuditError::Unknown {
        path: path.to_owned(),
        source,
    }
}

/// The error of a write before any sync: that the disk is full is then certain, and passes.
pub(crate) fn storage(path: &Path, source: io::Error) -> AuditError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            AuditError::Full(path.to_owned())
        }
        _ => unknown(path, source),
    }
}
