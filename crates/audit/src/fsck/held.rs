//! What the store holds of the log. Must not know how tiles are stored.

use super::{Finding, INVESTIGATE};
use crate::AuditError;
use crate::disk::Disk;
use crate::worker::ROUND;
use seinhuis_merkle::{AuthenticatedTiles, TreeSize, leaf_hash};
use seinhuis_store::{Store, StoreError, TreeState};
use seinhuis_types::{Digest, LeafIndex};
use std::path::Path;
use std::sync::Arc;

const RESTORE_STORE: &str = "put back the newest copy of the store";

/// The integrated state, if it lies within the log of `published` entries.
pub(super) fn tree(
    store: &impl Store,
    published: u64,
    findings: &mut Vec<Finding>,
) -> Option<TreeState> {
    match store.tree() {
        Ok(tree) if tree.size > published => {
            let integrated = tree.size;
            let error = AuditError::FolderBehind {
                published,
                integrated,
            };
            findings.push(Finding::new(error.to_string(), INVESTIGATE));
            None
        }
        Ok(tree) => Some(tree),
        Err(error) => {
            findings.push(unreadable(&error));
            None
        }
    }
}

/// Counts the leaves that the store still has: without a gap from the integrated size on, not fewer
/// than are published, and the same as those.
pub(super) fn leaves(
    store: &impl Store,
    tree: TreeState,
    root: &Arc<Path>,
    published: u64,
    signed: &Digest,
    findings: &mut Vec<Finding>,
) -> Option<u64> {
    // A damaged right edge has been found by now; without it there is nothing to compare with.
    let mut tiles = TreeSize::new(published)
        .and_then(|size| AuthenticatedTiles::open(Disk::new(root, size), size, signed))
        .ok();
    let mut next = tree.size;
    loop {
        let leaves = match store.sequenced(LeafIndex(next), ROUND) {
            Ok(leaves) => leaves,
            Err(error) => {
                findings.push(unreadable(&error));
                return None;
            }
        };
        if leaves.is_empty() {
            break;
        }
        for (index, leaf) in leaves {
            if index.0 != next {
                let what = format!("the store has entry {index} where entry {next} is due");
                findings.push(Finding::new(what, RESTORE_STORE));
                return None;
            }
            let there = tiles.as_mut().and_then(|tiles| tiles.leaf(index).ok());
            if there.is_some_and(|hash| hash != leaf_hash(&leaf)) {
                let what = format!("entry {index} in the store is not the one in the log");
                findings.push(Finding::new(what, INVESTIGATE));
                // The first says where they part; all that follow do too.
                tiles = None;
            }
            next = next.saturating_add(1);
        }
    }
    let due = store.next_index().0;
    if next != due {
        let what = format!("the store counts {due} entries and has those up to {next}");
        findings.push(Finding::new(what, RESTORE_STORE));
    }
    if next < published {
        let error = AuditError::StoreBehind {
            published,
            sequenced: next,
        };
        findings.push(Finding::new(error.to_string(), INVESTIGATE));
    }
    Some(next.saturating_sub(tree.size))
}

fn unreadable(error: &StoreError) -> Finding {
    Finding::new(format!("the store cannot be read: {error}"), RESTORE_STORE)
}
