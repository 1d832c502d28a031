//! The files of a copy: each written whole and synced before it has its name, one process at a time.
//!
//! Owns: the order of writing, renaming and syncing, and the lock. Must not know: what is written.

use crate::exit::Failure;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file that is locked, and the one that is being written: names that no log has.
const LOCK: &str = "mirror.lock";
const NEW: &str = "mirror.new";

/// A folder that this process alone writes in.
pub(super) struct Folder {
    root: PathBuf,
    /// Held as long as this lives.
    _lock: File,
    /// Asked before each step that changes the disk; a test ends it anywhere.
    #[cfg(test)]
    pub(super) steps: std::sync::atomic::AtomicU64,
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folder({})", self.root.display())
    }
}

impl Folder {
    /// Makes the folder if it is not there, and takes it for this process. What it shows is public:
    /// it says nothing about anyone.
    pub(super) fn open(root: &Path) -> Result<Self, Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(root)
            .map_err(|error| Failure::file(root, &error))?;
        let place = root.join(LOCK);
        let lock = File::create(&place).map_err(|error| Failure::file(&place, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::invalid(format!(
                    "`{}` is in use by another mirror",
                    root.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Failure::file(&place, &error)),
        }
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
            #[cfg(test)]
            steps: std::sync::atomic::AtomicU64::new(u64::MAX),
        })
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The bytes at a path under the folder, if there is a file.
    pub(super) fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.root.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts bytes at a path under the folder: they are on the disk, then they have the name, then
    /// the name is on the disk. What is there already is left alone.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        if self.read(path)?.is_some_and(|there| there == bytes) {
            // It may have got its name just before a crash.
            return self.sync(self.root.join(path).parent().unwrap_or(&self.root));
        }
        let parent = self.folder_of(Path::new(path))?;
        let new = self.root.join(NEW);
        self.step()?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(&new)?;
        self.step()?;
        file.write_all(bytes)?;
        self.step()?;
        file.sync_all()?;
        self.step()?;
        fs::rename(&new, self.root.join(path))?;
        self.sync(&parent)
    }

    /// Removes what is at a path under the folder, and its folder when that is empty then. Nobody
    /// needs it any more, so it need not be gone after a crash.
    pub(super) fn drop_file(&self, path: &str) -> io::Result<()> {
        let path = self.root.join(path);
        self.step()?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Some(parent) = path.parent()
            && parent.extension().is_some_and(|extension| extension == "p")
        {
            // Fails while there are others in it.
            let _ = fs::remove_dir(parent);
        }
        Ok(())
    }

    /// The folder a path is in, made with its names on the disk.
    fn folder_of(&self, path: &Path) -> io::Result<PathBuf> {
        let mut at = self.root.clone();
        for name in path.parent().into_iter().flat_map(Path::components) {
            let next = at.join(name);
            if !next.is_dir() {
                self.step()?;
                fs::create_dir(&next)?;
            }
            // Also where it was there: it may have come about just before a crash.
            self.sync(&at)?;
            at = next;
        }
        Ok(at)
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        File::open(folder)?.sync_all()
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "a test ends it here"
    )]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        let left = self.steps.load(std::sync::atomic::Ordering::SeqCst);
        let fewer = left.saturating_sub(1);
        self.steps.store(fewer, std::sync::atomic::Ordering::SeqCst);
        if left == 0 {
            return Err(io::Error::other("the test ended it here"));
        }
        Ok(())
    }
}
