//! One round of publishing: store the new entries, read them again, sign, keep. Blocking. Must not
//! know when it is called, nor who waits for it.

use crate::AuditError;
use crate::disk::Disk;
use crate::folder::Folder;
use crate::gate::Gate;
use crate::journal::{Journal, Signed};
use crate::seam::Step;
use seinhuis_merkle::{
    BUNDLE_ENTRIES, Checkpoint, KeyName, MerkleError, NoteSigner, TILE_WIDTH, TileKind, TilePath,
    Tree, TreeSize, encode_bundle, leaf_hash, recompute,
};
use seinhuis_store::{LeafBytes, Store, StoreError, TreeState};
use seinhuis_types::LeafIndex;

/// Most entries in one round: 1.5 MB of leaves.
pub(crate) const ROUND: usize = 4_096;
/// The newest checkpoint, where C2SP tlog-tiles has it.
pub(crate) const NEWEST: &str = "checkpoint";

/// The one writer and signer of a log.
pub(crate) struct Worker {
    pub(crate) folder: Folder,
    pub(crate) journal: Journal,
    pub(crate) origin: KeyName,
    pub(crate) signer: NoteSigner,
    /// The published tree.
    pub(crate) tree: Tree,
    /// The entries of the last bundle, if it is not full.
    pub(crate) tail: Vec<Vec<u8>>,
    /// Whether the file `checkpoint` is older than the newest kept one.
    pub(crate) stale: bool,
}

/// A checkpoint that is signed and kept.
#[derive(Debug)]
pub(crate) struct Advance {
    pub(crate) from: TreeState,
    pub(crate) to: TreeState,
    pub(crate) signed: Signed,
    /// Whether there may be more to publish at once.
    pub(crate) more: bool,
}

impl Worker {
    /// The published size and root.
    pub(crate) fn state(&self) -> TreeState {
        state(&self.tree)
    }

    /// Publishes at most [`ROUND`] new entries; the store still has them afterwards. `None` if there
    /// is nothing to publish, or nothing may be signed. After an error nothing has changed that the next call would not do
    /// again the same.
    pub(crate) fn advance(
        &mut self,
        store: &impl Store,
        gate: &Gate,
    ) -> Result<Option<Advance>, AuditError> {
        self.refresh()?;
        let from = self.state();
        in_place(store, from)?;
        let leaves = store.sequenced(LeafIndex(from.size), ROUND)?;
        if leaves.is_empty() && self.journal.newest().is_some() {
            return Ok(None);
        }
        let (tree, tail) = self.write(&leaves)?;
        let to = state(&tree);
        self.reread(from, to)?;
        in_place(store, from)?;
        // It may have been shut since this round began.
        if !gate.is_open() {
            return Ok(None);
        }
        self.folder
            .at(Step::Sign, &self.folder.root().join(NEWEST))?;
        let checkpoint = Checkpoint::new(self.origin.clone(), tree.size(), to.root)?;
        let signed = Signed {
            note: checkpoint.sign(&self.signer)?,
            checkpoint,
        };
        self.journal.append(&mut self.folder, signed.clone())?;
        // From here on it is signed and kept, whatever else fails.
        self.tree = tree;
        self.tail = tail;
        self.stale = true;
        self.refresh()?;
        Ok(Some(Advance {
            from,
            to,
            signed,
            more: leaves.len() == ROUND,
        }))
    }

    /// Writes the file `checkpoint` if it is stale. That the disk is full does not undo what is
    /// kept: then the next call writes it.
    pub(crate) fn refresh(&mut self) -> Result<(), AuditError> {
        let Some(signed) = self.journal.newest().filter(|_| self.stale) else {
            return Ok(());
        };
        let note = signed.note.to_string();
        match self.folder.replace(NEWEST, note.as_bytes()) {
            Ok(()) => self.stale = false,
            Err(error @ AuditError::Full(_)) => tracing::warn!(%error, "written again later"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Stores the bundles and tiles of the tree with these leaves, durably.
    fn write(
        &mut self,
        leaves: &[(LeafIndex, LeafBytes)],
    ) -> Result<(Tree, Vec<Vec<u8>>), AuditError> {
        let mut tree = self.tree.clone();
        let mut tail = self.tail.clone();
        for (index, leaf) in leaves {
            if tree.append(leaf_hash(leaf))? != *index {
                return Err(StoreError::Corrupt("sequenced leaves are not contiguous").into());
            }
            tail.push(leaf.to_vec());
            if tail.len() == BUNDLE_ENTRIES {
                self.put_bundle(tree.size(), &tail)?;
                tail.clear();
            }
        }
        if !tail.is_empty() {
            self.put_bundle(tree.size(), &tail)?;
        }
        for tile in tree.take_tiles() {
            self.folder.put(&tile.path.to_string(), &tile.bytes)?;
        }
        self.folder.sync()?;
        Ok((tree, tail))
    }

    /// Stores the last bundle of the tree of `size` leaves.
    fn put_bundle(&mut self, size: TreeSize, entries: &[Vec<u8>]) -> Result<(), AuditError> {
        let last = size.get().saturating_sub(1);
        let path = TilePath::in_tree(TileKind::Entries, last >> 8, size).ok_or(
            MerkleError::IndexOutOfRange {
                index: last,
                size: size.get(),
            },
        )?;
        self.folder.put(&path.to_string(), &encode_bundle(entries)?)
    }

    /// Reads what was stored and computes the root from its bytes alone: the right edge as it was,
    /// proven against the last signed root, and every entry since. Memory, disk and the way between
    /// them are not trusted; one flipped bit under a signature cannot be undone.
    fn reread(&self, from: TreeState, to: TreeState) -> Result<(), AuditError> {
        let root = self.folder.root();
        self.folder.at(Step::Reread, root)?;
        let size = TreeSize::new(to.size)?;
        let disk = Disk::fresh(root, size);
        let again = TreeSize::new(from.size)
            .and_then(|before| Tree::open(&disk, before, &from.root))
            .and_then(|tree| recompute(tree, &disk, size, |_, _| ()))
            .map_err(|source| AuditError::Damaged {
                size: to.size,
                source,
            })?;
        if state(&again) != to {
            return Err(AuditError::Reread { size: to.size });
        }
        Ok(())
    }

    /// Removes the partial tiles whose full tiles came between these two published sizes. Readers
    /// take the full ones instead (C2SP tlog-tiles).
    pub(crate) fn prune(&mut self, from: u64, to: u64) -> Result<(), AuditError> {
        for level in 0..=u8::MAX {
            let bits = u32::from(level).saturating_add(1).saturating_mul(8);
            let full = |size: u64| size.checked_shr(bits).unwrap_or(0);
            // A tile fills only when one of the level below does.
            if full(from) == full(to) {
                break;
            }
            let bundles = (level == 0).then_some(TileKind::Entries);
            for kind in [Some(TileKind::Hashes(level)), bundles]
                .into_iter()
                .flatten()
            {
                for index in full(from)..full(to) {
                    let path = TilePath::new(kind, index, TILE_WIDTH)?;
                    self.folder.prune(&format!("{path}.p"))?;
                }
            }
        }
        Ok(())
    }
}

/// That no other process has moved the log on: each asks before it begins and before it signs, and
/// the store's swap decides.
fn in_place(store: &impl Store, from: TreeState) -> Result<(), AuditError> {
    if store.tree()? == from {
        Ok(())
    } else {
        Err(AuditError::Fenced)
    }
}

/// Size and root of a tree.
pub(crate) fn state(tree: &Tree) -> TreeState {
    TreeState {
        size: tree.size().get(),
        root: tree.root(),
    }
}
