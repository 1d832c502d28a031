//! What shows that this log was set back or is another one, and that it is kept. Must not know who
//! asked.

use super::Witness;
use crate::AuditError;
use crate::folder::{storage, unknown};
use crate::journal::Signed;
use seinhuis_types::hex;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A witness saw more of this log than there is, or something else. It ends signing.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    pub(crate) witness: Witness,
    pub(crate) shown: Shown,
    /// The newest checkpoint there is here, if there is one.
    pub(crate) own: Option<Signed>,
}

/// What the witness shows for it.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    /// A checkpoint over more entries than are published here, signed by this log's key.
    Larger(Signed),
    /// A checkpoint with another root than this log has at that size, signed by this log's key.
    Other(Signed),
    /// Its word for a size above the published one, without a checkpoint.
    Said(u64),
}

impl Alarm {
    /// Keeps the evidence in `folder` and gives the error that ends the log. What cannot be kept
    /// ends it all the same.
    pub(crate) fn raise(&self, folder: &Path) -> AuditError {
        let kept = self.keep(folder);
        if let Err(error) = &kept {
            tracing::error!(%error, "the evidence could not be kept; it is at the witness");
        }
        let evidence = kept.unwrap_or_else(|_| folder.to_owned());
        let witness = self.witness.name.clone();
        let published = self
            .own
            .as_ref()
            .map_or(0, |own| own.checkpoint.size().get());
        match &self.shown {
            Shown::Larger(theirs) => AuditError::SetBack {
                witness,
                seen: theirs.checkpoint.size().get(),
                published,
                evidence,
            },
            Shown::Said(seen) => AuditError::SetBack {
                witness,
                seen: *seen,
                published,
                evidence,
            },
            Shown::Other(theirs) => AuditError::OtherHistory {
                witness,
                size: theirs.checkpoint.size().get(),
                evidence,
            },
        }
    }

    /// Two files of which the names begin alike: what the witness shows, and the newest checkpoint
    /// there is here. What is there already is left.
    fn keep(&self, folder: &Path) -> Result<PathBuf, AuditError> {
        fs::create_dir_all(folder).map_err(|source| unknown(folder, source))?;
        let key = hex(&self.witness.key.key_id());
        let (kind, theirs, name) = match &self.shown {
            Shown::Larger(signed) | Shown::Other(signed) => {
                let [a, b, c, d, ..] = signed.checkpoint.root().0;
                let (size, root) = (signed.checkpoint.size().get(), hex(&[a, b, c, d]));
                let kind = match self.shown {
                    Shown::Other(_) => "fork",
                    _ => "rollback",
                };
                (
                    format!("{kind}-{size}-{root}-{key}"),
                    signed.note.to_string(),
                    "witness.note",
                )
            }
            Shown::Said(size) => (
                format!("rollback-{size}-{key}"),
                format!("{size}\n"),
                "witness.size",
            ),
        };
        let place = folder.join(format!("{kind}-{name}"));
        write(&place, theirs.as_bytes())?;
        if let Some(own) = &self.own {
            let place = folder.join(format!("{kind}-own.note"));
            write(&place, own.note.to_string().as_bytes())?;
        }
        let opened = File::open(folder).and_then(|folder| folder.sync_all());
        opened.map_err(|source| unknown(folder, source))?;
        Ok(place)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuditError> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|source| storage(path, source)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(storage(path, source)),
    }
}
