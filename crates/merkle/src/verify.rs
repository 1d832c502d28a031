//! Verifies proofs (RFC 9162 §2.1.3.2 and §2.1.4.2). Must not know who made them.

use crate::proof::check_order;
use crate::span::{consistency_spans, inclusion_spans};
use crate::{EMPTY_ROOT, MerkleError, TreeSize, node_hash};
use seinhuis_types::{Digest, LeafIndex};

/// Checks that the leaf with this hash is at `index` of the tree of `size` leaves under `root`.
///
/// The proof must have exactly the hashes that index and size demand: at most 48.
pub fn verify_inclusion(
    leaf: &Digest,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), MerkleError> {
    let index = size.check_index(index)?;
    // With the length right, the tests of §2.1.3.2 for too many or too few hashes cannot fail.
    check_length(inclusion_spans(index, size).len(), proof)?;
    let mut place = Place {
        node: index,
        last: size.get().saturating_sub(1),
    };
    let mut hash = *leaf;
    for sibling in proof {
        hash = if place.is_right() {
            node_hash(sibling, &hash)
        } else {
            node_hash(&hash, sibling)
        };
        place.up();
    }
    if hash == *root {
        Ok(())
    } else {
        Err(MerkleError::ProofMismatch)
    }
}

/// Checks that the tree of `new` leaves under `new_root` begins with the tree of `old` leaves under
/// `old_root`.
///
/// A tree of size 0 must have the empty root, on either side. Equal sizes must have equal roots,
/// else [`MerkleError::Fork`]. The proof must have exactly the hashes that the sizes demand: none
/// if `old` is 0 or equal to `new`, at most 49.
pub fn verify_consistency(
    old: TreeSize,
    old_root: &Digest,
    new: TreeSize,
    new_root: &Digest,
    proof: &[Digest],
) -> Result<(), MerkleError> {
    check_order(old, new)?;
    check_empty(old, old_root)?;
    check_empty(new, new_root)?;
    check_length(consistency_spans(old, new).len(), proof)?;
    if old == new && old_root != new_root {
        return Err(MerkleError::Fork(old.get()));
    }
    if old == TreeSize::EMPTY || old == new {
        return Ok(());
    }
    let (old_hash, new_hash) = fold(old, old_root, new, proof);
    if old_hash == *old_root && new_hash == *new_root {
        Ok(())
    } else {
        Err(MerkleError::ProofMismatch)
    }
}

/// The root at `old` leaves of the tree of `new` leaves under `new_root`, as a consistency proof from
/// some tree to that one shows it: whoever asks to extend another history than one holds has brought
/// the evidence along.
///
/// Nothing if the proof does not lead to `new_root`, or is one that leaves the old root out, which it
/// does when `old` is a power of two.
pub fn beginning_of(
    old: TreeSize,
    new: TreeSize,
    new_root: &Digest,
    proof: &[Digest],
) -> Option<Digest> {
    let whole = old.get().is_power_of_two() || old == TreeSize::EMPTY;
    if whole || old >= new || proof.len() != consistency_spans(old, new).len() {
        return None;
    }
    let (old_hash, new_hash) = fold(old, &EMPTY_ROOT, new, proof);
    (new_hash == *new_root).then_some(old_hash)
}

/// The roots that a consistency proof of the right length gives for the smaller and the larger tree.
fn fold(old: TreeSize, old_root: &Digest, new: TreeSize, proof: &[Digest]) -> (Digest, Digest) {
    // §2.1.4.2 step 2: an old tree that is one complete subtree is itself the first hash.
    let (first, rest) = match proof.split_first() {
        Some((first, rest)) if !old.get().is_power_of_two() => (first, rest),
        _ => (old_root, proof),
    };
    let mut place = Place {
        node: old.get().saturating_sub(1),
        last: new.get().saturating_sub(1),
    };
    while place.node & 1 == 1 {
        place.up();
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if place.is_right() {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place.up();
    }
    (old_hash, new_hash)
}

/// Checks that a tree without leaves has the root of one.
pub(crate) fn check_empty(size: TreeSize, root: &Digest) -> Result<(), MerkleError> {
    if size == TreeSize::EMPTY && *root != EMPTY_ROOT {
        return Err(MerkleError::NotEmptyRoot);
    }
    Ok(())
}

fn check_length(expected: usize, proof: &[Digest]) -> Result<(), MerkleError> {
    if proof.len() == expected {
        Ok(())
    } else {
        Err(MerkleError::ProofLength {
            expected,
            got: proof.len(),
        })
    }
}

/// A node on the way up and the last node of its row: `fn` and `sn` of RFC 9162.
struct Place {
    node: u64,
    last: u64,
}

impl Place {
    /// Whether the next sibling is on the left. Once a node is the last of its row it is the last
    /// of every row above, so the shifts that RFC 9162 makes to skip rows without a sibling change
    /// nothing here: they serve its count of the hashes, which is known beforehand.
    fn is_right(&self) -> bool {
        self.node & 1 == 1 || self.node == self.last
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

#[cfg(test)]
mod tests;
