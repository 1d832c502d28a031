//! Start-up: whether folder and store are of one log, and what a crash left to be finished. Refuses
//! what no crash explains. Must not know what happens afterwards.

use crate::config::MAX_INTERVAL_MS;
use crate::disk::{Disk, read_file};
use crate::folder::{Folder, Lock};
use crate::journal::{Journal, Signed};
use crate::seam::Seam;
use crate::witness;
use crate::worker::{NEWEST, ROUND, Worker, state};
use crate::{AuditError, Config};
use seinhuis_merkle::{KeyName, MerkleError, Tree, TreeSize, leaf_hash};
use seinhuis_store::{Store, TreeState};
use seinhuis_types::LeafIndex;
use std::path::Path;
use std::sync::Arc;

/// What start-up found.
pub(crate) struct Reconciled {
    pub(crate) worker: Worker,
    pub(crate) newest: Option<Signed>,
    /// The newest that a quorum cosigned.
    pub(crate) witnessed: Option<Signed>,
    /// What is signed and kept but not yet dropped from the store, as (from, to).
    pub(crate) pending: Option<(TreeState, TreeState)>,
}

/// Opens the folder, compares it with the store, and makes it ready to publish on.
pub(crate) fn reconcile(
    config: Config,
    store: &impl Store,
    seam: Arc<dyn Seam>,
    lock: Option<Lock>,
) -> Result<Reconciled, AuditError> {
    let Config {
        folder,
        origin,
        signer,
        publish_interval_ms,
        policy: _,
    } = config;
    let origin = KeyName::parse(&origin)?;
    if *signer.verifier().name() != origin {
        return Err(AuditError::Config(
            "the name of the log's key is not the origin",
        ));
    }
    if !(1..=MAX_INTERVAL_MS).contains(&publish_interval_ms) {
        return Err(AuditError::Config(
            "the interval is 1 to 1,000 milliseconds",
        ));
    }
    let folder = Folder::open(&folder, seam, lock)?;
    let journal = Journal::open(folder.root(), signer.verifier())?;
    let newest = journal.newest().cloned();
    let published = newest
        .as_ref()
        .map_or(TreeState::EMPTY, |signed| TreeState {
            size: signed.checkpoint.size().get(),
            root: *signed.checkpoint.root(),
        });

    let integrated = store.tree()?;
    if published.size < integrated.size {
        let (published, integrated) = (published.size, integrated.size);
        return Err(AuditError::FolderBehind {
            published,
            integrated,
        });
    }
    let (tree, tail) =
        right_edge(folder.root(), published).map_err(|source| AuditError::Damaged {
            size: published.size,
            source,
        })?;
    let pending = compare(folder.root(), store, published, integrated)?;
    let witnessed = witness::read(folder.root(), signer.verifier(), published)?;
    journal.settle()?;

    // The journal holds the truth; this file is only where others look.
    let newest_file = read_file(&folder.root().join(NEWEST))?;
    let due = newest.as_ref().map(|signed| signed.note.to_string());
    let stale = newest_file.as_deref() != due.as_deref().map(str::as_bytes);
    let mut worker = Worker {
        folder,
        journal,
        origin,
        signer,
        tree,
        tail,
        stale,
    };
    worker.refresh()?;
    // What the last round before a crash may have left.
    let round = u64::try_from(ROUND).unwrap_or(u64::MAX);
    worker.prune(published.size.saturating_sub(round), published.size)?;
    Ok(Reconciled {
        worker,
        newest,
        witnessed,
        pending,
    })
}

/// The tree from its stored right edge, and the entries of the last bundle if it is not full; all
/// of it proven to be under the signed root.
fn right_edge(root: &Arc<Path>, published: TreeState) -> Result<(Tree, Vec<Vec<u8>>), MerkleError> {
    let size = TreeSize::new(published.size)?;
    let disk = Disk::fresh(root, size);
    let tree = Tree::open(&disk, size, &published.root)?;
    let Some(last) = size.get().checked_sub(1) else {
        return Ok((tree, Vec::new()));
    };
    let mut tail = disk.bundle_at(LeafIndex(last), &published.root)?;
    if tail.len() == seinhuis_merkle::BUNDLE_ENTRIES {
        tail.clear();
    }
    Ok((tree, tail))
}

/// Holds the store to the signed checkpoint. A crash may have come after the checkpoint was kept
/// and before the store dropped the leaves under it: then the store must have exactly those leaves.
fn compare(
    root: &Arc<Path>,
    store: &impl Store,
    published: TreeState,
    integrated: TreeState,
) -> Result<Option<(TreeState, TreeState)>, AuditError> {
    let forked = |size| AuditError::Forked { size };
    let disk = Disk::fresh(root, TreeSize::new(published.size)?);
    let opened = Tree::open(&disk, TreeSize::new(integrated.size)?, &integrated.root);
    let mut tree = opened.map_err(|source| match source {
        // The folder has just been held to its own checkpoint, so it is the store that differs.
        MerkleError::RootMismatch(size) => forked(size),
        source => AuditError::Damaged {
            size: integrated.size,
            source,
        },
    })?;
    while tree.size().get() < published.size {
        let missing = published.size.saturating_sub(tree.size().get());
        let most = usize::try_from(missing).unwrap_or(ROUND).min(ROUND);
        let leaves = store.sequenced(LeafIndex(tree.size().get()), most)?;
        if leaves.is_empty() {
            let sequenced = tree.size().get();
            return Err(AuditError::StoreBehind {
                published: published.size,
                sequenced,
            });
        }
        for (_, leaf) in leaves {
            tree.append(leaf_hash(&leaf))?;
        }
    }
    if state(&tree) != published {
        return Err(forked(published.size));
    }
    Ok((integrated != published).then_some((integrated, published)))
}
