//! The compact form of a tree: the roots of its complete subtrees, enough to append and to give the
//! root. Must not know tiles.

use crate::{EMPTY_ROOT, MerkleError, TreeSize, node_hash};
use seinhuis_types::{Digest, LeafIndex, ParseError};

/// A tree as the roots of its complete subtrees, largest first: one for each set bit of the size,
/// so at most 48 hashes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: TreeSize,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves with these complete subtrees, largest first. There must be as many
    /// as `size` has bits set; whether they are the right ones shows in [`Frontier::root`].
    pub fn from_peaks(size: TreeSize, peaks: Vec<Digest>) -> Result<Self, MerkleError> {
        if u32::try_from(peaks.len()) != Ok(size.get().count_ones()) {
            return Err(
                ParseError::new("frontier", "one hash for each bit set in the size").into(),
            );
        }
        Ok(Self { size, peaks })
    }

    /// The number of leaves.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// The root (RFC 6962 §2.1); [`EMPTY_ROOT`] without leaves.
    pub fn root(&self) -> Digest {
        fold(&self.peaks)
    }

    /// Appends a leaf by its hash and tells its index. Fails only at 2^48 leaves.
    pub fn append(&mut self, leaf: Digest) -> Result<LeafIndex, MerkleError> {
        self.append_with(leaf, |_, _| ())
    }

    /// Appends, and shows every subtree that the leaf completes: its height and hash, leaf first.
    pub(crate) fn append_with(
        &mut self,
        leaf: Digest,
        mut completed: impl FnMut(u32, Digest),
    ) -> Result<LeafIndex, MerkleError> {
        let index = self.size.get();
        self.size = self.size.next()?;
        let mut hash = leaf;
        completed(0, hash);
        for height in 1..=index.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
                completed(height, hash);
            }
        }
        self.peaks.push(hash);
        Ok(LeafIndex(index))
    }
}

/// The root over complete subtrees, largest first.
pub(crate) fn fold(peaks: &[Digest]) -> Digest {
    let folded = peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right));
    folded.unwrap_or(EMPTY_ROOT)
}

/// The root (RFC 6962 §2.1) over leaves given by their hashes; [`EMPTY_ROOT`] without leaves.
pub fn root_of(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        // A slice in memory holds fewer than 2^48 hashes, so this cannot be refused.
        let _ = frontier.append(*leaf);
    }
    frontier.root()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{known_answers, leaves, naive_root};

    #[test]
    fn known_roots_come_out() {
        let (entries, roots) = known_answers();
        for (size, root) in roots {
            assert_eq!(root_of(&entries[..size]), root, "{size}");
        }
        assert_eq!(root_of(&[]), EMPTY_ROOT);
    }

    #[test]
    fn every_small_tree_has_the_root_of_the_definition() {
        let leaves = leaves(300);
        let mut frontier = Frontier::new();
        for (index, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), naive_root(&leaves[..index]));
            assert_eq!(frontier.append(*leaf).unwrap(), LeafIndex(index as u64));
        }
    }

    #[test]
    fn a_frontier_can_be_put_down_and_taken_up() {
        let mut frontier = Frontier::new();
        for leaf in leaves(77) {
            frontier.append(leaf).unwrap();
        }
        let again = Frontier::from_peaks(frontier.size(), frontier.peaks().to_vec()).unwrap();
        assert_eq!(again, frontier);
        assert!(Frontier::from_peaks(frontier.size(), Vec::new()).is_err());
    }

    #[test]
    fn a_full_tree_takes_no_more() {
        let mut frontier = Frontier::from_peaks(TreeSize::MAX, leaves(1)).unwrap();
        assert!(matches!(
            frontier.append(EMPTY_ROOT),
            Err(MerkleError::TooLarge(_))
        ));
        assert_eq!(frontier.size(), TreeSize::MAX);
    }
}
