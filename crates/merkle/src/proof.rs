//! Builds proofs, from leaf hashes in memory or from tiles. Must not know how they travel.

use crate::frontier::root_of;
use crate::span::{NodeSource, Span, consistency_spans, inclusion_spans};
use crate::{AuthenticatedTiles, MerkleError, TileReader, TreeSize};
use seinhuis_types::{Digest, LeafIndex};

/// The inclusion proof (RFC 6962 §2.1.1) of the leaf at `index` in the tree over these leaf hashes:
/// the leaf's sibling first, the root's child last.
pub fn inclusion_proof(leaves: &[Digest], index: LeafIndex) -> Result<Vec<Digest>, MerkleError> {
    let size = size_of(leaves)?;
    let index = size.check_index(index)?;
    let mut source = Leaves(leaves);
    inclusion_spans(index, size)
        .into_iter()
        .map(|span| span.hash(&mut source))
        .collect()
}

/// The consistency proof (RFC 6962 §2.1.2) between the tree over the first `old` of these leaf
/// hashes and the tree over all. Empty if `old` is 0 or all.
pub fn consistency_proof(leaves: &[Digest], old: TreeSize) -> Result<Vec<Digest>, MerkleError> {
    let new = size_of(leaves)?;
    check_order(old, new)?;
    let mut source = Leaves(leaves);
    consistency_spans(old, new)
        .into_iter()
        .map(|span| span.hash(&mut source))
        .collect()
}

impl<R: TileReader> AuthenticatedTiles<R> {
    /// The inclusion proof (RFC 6962 §2.1.1) of the leaf at `index` in this tree: the leaf's sibling
    /// first, the root's child last. Reads at most two tiles for each level.
    pub fn inclusion_proof(&mut self, index: LeafIndex) -> Result<Vec<Digest>, MerkleError> {
        let size = self.size();
        let index = size.check_index(index)?;
        inclusion_spans(index, size)
            .into_iter()
            .map(|span| span.hash(self))
            .collect()
    }

    /// The consistency proof (RFC 6962 §2.1.2) between the tree of `old` leaves and this one. Empty
    /// if `old` is 0 or the size of this tree.
    pub fn consistency_proof(&mut self, old: TreeSize) -> Result<Vec<Digest>, MerkleError> {
        let new = self.size();
        check_order(old, new)?;
        consistency_spans(old, new)
            .into_iter()
            .map(|span| span.hash(self))
            .collect()
    }

    /// The root of the tree over the first `size` leaves, as it was when the log had no more.
    pub fn root_at(&mut self, size: TreeSize) -> Result<Digest, MerkleError> {
        check_order(size, self.size())?;
        Span::whole(size).hash(self)
    }
}

struct Leaves<'a>(&'a [Digest]);

impl NodeSource for Leaves<'_> {
    fn node(&mut self, height: u32, index: u64) -> Result<Digest, MerkleError> {
        let size = size_of(self.0)?.get();
        let absent = || MerkleError::IndexOutOfRange { index, size };
        let count = 2u64.saturating_pow(height);
        let first = usize::try_from(index.saturating_mul(count)).map_err(|_| absent())?;
        let count = usize::try_from(count).map_err(|_| absent())?;
        let leaves = self.0.get(first..).and_then(|rest| rest.get(..count));
        Ok(root_of(leaves.ok_or_else(absent)?))
    }
}

fn size_of(leaves: &[Digest]) -> Result<TreeSize, MerkleError> {
    TreeSize::new(u64::try_from(leaves.len()).unwrap_or(u64::MAX))
}

pub(crate) fn check_order(old: TreeSize, new: TreeSize) -> Result<(), MerkleError> {
    if old > new {
        return Err(MerkleError::SizesReversed {
            old: old.get(),
            new: new.get(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
