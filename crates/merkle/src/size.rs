//! The size of a tree, bounded when it is read. Must not know hashes.

use crate::MerkleError;
use seinhuis_types::LeafIndex;

/// The number of leaves of a tree, 0 to 2^48.
///
/// Published verifiers hang or panic on sizes near 2^63, and it is the log that states its own
/// size. A value of this type has been bounded already, so sums and products with a tile width
/// stay far below 2^64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct TreeSize(u64);

impl TreeSize {
    /// The tree without leaves.
    pub const EMPTY: Self = Self(0);
    /// The largest tree, 2^48 leaves.
    pub const MAX: Self = Self(1 << 48);

    /// Takes a size of at most 2^48; a larger one is [`MerkleError::TooLarge`].
    pub const fn new(size: u64) -> Result<Self, MerkleError> {
        if size > Self::MAX.0 {
            return Err(MerkleError::TooLarge(size));
        }
        Ok(Self(size))
    }

    /// The number of leaves.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The index as a number, if a leaf of this tree has it; else
    /// [`MerkleError::IndexOutOfRange`].
    pub const fn check_index(self, index: LeafIndex) -> Result<u64, MerkleError> {
        if index.0 >= self.0 {
            return Err(MerkleError::IndexOutOfRange {
                index: index.0,
                size: self.0,
            });
        }
        Ok(index.0)
    }

    /// The tree with one leaf more.
    pub(crate) const fn next(self) -> Result<Self, MerkleError> {
        Self::new(self.0.saturating_add(1))
    }

    /// How many hashes the tiles of `level` hold together: ⌊size / 256^level⌋.
    pub(crate) fn hashes_at(self, level: u8) -> u64 {
        self.0
            .checked_shr(u32::from(level).saturating_mul(8))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_above_two_to_the_48_are_refused() {
        assert_eq!(TreeSize::new(1 << 48).unwrap(), TreeSize::MAX);
        for size in [(1 << 48) + 1, 1 << 63, 13_224_969_014_871_307_776, u64::MAX] {
            assert!(matches!(TreeSize::new(size), Err(MerkleError::TooLarge(s)) if s == size));
        }
        assert!(TreeSize::MAX.next().is_err());
    }

    #[test]
    fn an_index_is_below_the_size() {
        let size = TreeSize::new(7).unwrap();
        assert_eq!(size.check_index(LeafIndex(6)).unwrap(), 6);
        assert!(size.check_index(LeafIndex(7)).is_err());
        assert!(TreeSize::EMPTY.check_index(LeafIndex(0)).is_err());
    }
}
