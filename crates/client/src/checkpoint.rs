//! The last checkpoint this partner saw, and that every later one extends it.
//!
//! Owns: the file it is remembered in. Two notes that do not fit are evidence, and are given as
//! such. Must not know: where a note came from.

use crate::{ClientError, Incident, LogKeys};
use seinhuis_merkle::{Checkpoint, MerkleError, verify_consistency};
use seinhuis_types::Digest;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of the file, and of the one that is locked while it changes.
const FILE: &str = "checkpoint";
const LOCK: &str = "checkpoint.lock";

/// A checkpoint that the pinned key signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The signed note, to be kept.
    pub note: String,
}

impl SeenCheckpoint {
    /// Reads a note.
    ///
    /// # Errors
    /// [`Incident::Proof`].
    pub fn open(keys: &LogKeys, note: &str) -> Result<Self, Incident> {
        let (_, checkpoint) = keys.checkpoint(note)?;
        Ok(Self {
            checkpoint,
            note: note.to_owned(),
        })
    }

    /// That `later` extends this one, by a consistency proof.
    ///
    /// # Errors
    /// [`Incident::Log`] with both notes: a rollback, a fork, or a history that was changed.
    pub fn extended_by(&self, later: &Self, proof: &[Digest]) -> Result<(), Incident> {
        let (old, new) = (&self.checkpoint, &later.checkpoint);
        verify_consistency(old.size(), old.root(), new.size(), new.root(), proof)
            .map_err(|error| self.contradicted_by(later, &error))
    }

    /// Whether a proof has to be asked for before [`SeenCheckpoint::extended_by`] can say anything.
    pub(crate) fn needs_proof(&self, later: &Self) -> bool {
        let (old, new) = (self.checkpoint.size(), later.checkpoint.size());
        old.get() > 0 && old < new
    }

    fn contradicted_by(&self, later: &Self, error: &MerkleError) -> Incident {
        Incident::log(&self.note, &later.note, error)
    }
}

/// The file in which the last checkpoint is remembered.
#[derive(Debug)]
pub(crate) struct Memory {
    folder: PathBuf,
}

impl Memory {
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The last checkpoint seen. A file that does not hold one is an error, not a beginning: who
    /// could empty it could show another past.
    pub(crate) fn last(&self, keys: &LogKeys) -> Result<Option<SeenCheckpoint>, ClientError> {
        let path = self.folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(note) => SeenCheckpoint::open(keys, &note)
                .map(Some)
                .map_err(|incident| {
                    ClientError::Invalid(format!("`{}`: {incident}", path.display()))
                }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Remembers `seen`, unless another process has remembered a larger one meanwhile.
    pub(crate) fn keep(&self, keys: &LogKeys, seen: &SeenCheckpoint) -> Result<(), ClientError> {
        let failed = |error: std::io::Error| self.failed(&error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let lock = File::create(self.folder.join(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        if self
            .last(keys)?
            .is_some_and(|last| last.checkpoint.size() > seen.checkpoint.size())
        {
            return Ok(());
        }
        let new = self.folder.join("checkpoint.new");
        File::create(&new)
            .and_then(|mut file| {
                file.write_all(seen.note.as_bytes())
                    .and_then(|()| file.sync_all())
            })
            .and_then(|()| fs::rename(&new, self.folder.join(FILE)))
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(failed)
    }

    fn failed(&self, error: &std::io::Error) -> ClientError {
        ClientError::Invalid(format!(
            "cannot use state folder `{}`: {error}",
            self.folder.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, log_keys};
    use seinhuis_types::ErrorCode;

    #[test]
    fn a_log_that_grows_is_followed_and_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::of(&dir.path().join("state"));
        let keys = log_keys();
        let mut log = Log::with(3);
        assert!(memory.last(&keys).unwrap().is_none());
        let first = log.seen();
        memory.keep(&keys, &first).unwrap();
        log.grow(400);
        let second = log.seen();
        assert!(first.needs_proof(&second));
        first.extended_by(&second, &log.consistency(3)).unwrap();
        memory.keep(&keys, &second).unwrap();
        memory.keep(&keys, &first).unwrap();
        assert_eq!(
            memory.last(&keys).unwrap().unwrap(),
            second,
            "it never steps back"
        );
    }

    #[test]
    fn a_rollback_and_a_fork_are_evidence_with_both_notes() {
        let (small, large) = (Log::with(3).seen(), Log::with(9).seen());
        let fork = Log::of([7, 8, 9].into_iter()).seen();
        for (earlier, later) in [(&large, &small), (&small, &fork)] {
            assert!(!earlier.needs_proof(later));
            let Incident::Log(evidence) = earlier.extended_by(later, &[]).unwrap_err() else {
                panic!("another incident");
            };
            assert_eq!(
                (&evidence.earlier, &evidence.later),
                (&earlier.note, &later.note)
            );
        }
        small.extended_by(&small, &[]).unwrap();
        assert!(small.extended_by(&large, &[Digest([0; 32])]).is_err());
    }

    #[test]
    fn a_memory_that_was_tampered_with_is_no_fresh_start() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "").unwrap();
        let error = Memory::of(dir.path()).last(&log_keys()).unwrap_err();
        assert!(matches!(error, ClientError::Invalid(_)));
        assert_eq!(error.code(), None::<ErrorCode>);
    }
}
