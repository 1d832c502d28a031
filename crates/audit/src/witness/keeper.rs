//! The file `checkpoint.witnessed`: the newest checkpoint with the cosignatures that made the quorum.
//!
//! Owns: that it is durable before it is shown, that it never goes back, and what of it is believed
//! at start-up. Must not know how cosignatures came.

use crate::AuditError;
use crate::disk::{Disk, read_file};
use crate::folder::Folder;
use crate::journal::Signed;
use crate::seam::Seam;
use seinhuis_merkle::{AuthenticatedTiles, EMPTY_ROOT, NoteVerifier, TreeSize};
use seinhuis_store::TreeState;
use seinhuis_types::Digest;
use std::path::Path;
use std::sync::Arc;

/// Its name.
pub(crate) const NAME: &str = "checkpoint.witnessed";
/// The passing name while it is written; the publisher has one of its own.
const NEW: &str = "new.witnessed";

/// The one writer of the file.
pub(crate) struct Keeper {
    folder: Folder,
    kept: TreeSize,
}

impl Keeper {
    /// In the log's folder, which is locked by the publisher of the same process. `kept` is the size
    /// in the file that is there.
    pub(crate) fn open(
        root: &Path,
        seam: Arc<dyn Seam>,
        kept: TreeSize,
    ) -> Result<Self, AuditError> {
        let folder = Folder::open_as(root, NEW, seam, None)?;
        Ok(Self { folder, kept })
    }

    /// Keeps a note, durably. One over fewer entries than are kept is passed over.
    pub(crate) fn keep(&mut self, signed: &Signed) -> Result<(), AuditError> {
        let size = signed.checkpoint.size();
        if size < self.kept {
            return Ok(());
        }
        let note = signed.note.to_string();
        let path = self.folder.root().join(NAME);
        self.folder.enter(&path)?;
        self.folder.replace(NAME, note.as_bytes())?;
        self.folder.sync()?;
        self.kept = size;
        Ok(())
    }
}

/// The note that is kept, if there is one, held to the published tree.
///
/// # Errors
/// [`AuditError::ForeignCheckpoint`], [`AuditError::WitnessedAhead`], [`AuditError::Forked`]: no
/// crash leaves any of these.
pub(crate) fn read(
    root: &Arc<Path>,
    log: &NoteVerifier,
    published: TreeState,
) -> Result<Option<Signed>, AuditError> {
    let path = root.join(NAME);
    let Some(bytes) = read_file(&path)? else {
        return Ok(None);
    };
    let signed = Signed::open(&bytes, log)
        .map_err(|source| AuditError::ForeignCheckpoint { path, source })?;
    let size = signed.checkpoint.size();
    if size.get() > published.size {
        return Err(AuditError::WitnessedAhead {
            witnessed: size.get(),
            published: published.size,
        });
    }
    if root_at(root, published, size)? != *signed.checkpoint.root() {
        return Err(AuditError::Forked { size: size.get() });
    }
    Ok(Some(signed))
}

/// The root that the published tree had at `size`, which is not above it; from the files, proven.
pub(super) fn root_at(
    root: &Arc<Path>,
    published: TreeState,
    size: TreeSize,
) -> Result<Digest, AuditError> {
    if size == TreeSize::EMPTY {
        return Ok(EMPTY_ROOT);
    }
    let newest = TreeSize::new(published.size)?;
    let disk = Disk::new(root, newest);
    AuthenticatedTiles::open(disk, newest, &published.root)
        .and_then(|mut tiles| tiles.root_at(size))
        .map_err(|source| AuditError::Damaged {
            size: size.get(),
            source,
        })
}
