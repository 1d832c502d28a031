//! Hashes of a log read from its tiles, none believed before it is proven against the root. Must
//! not know proofs.

use crate::frontier::root_of;
use crate::reader::read_hashes;
use crate::span::NodeSource;
use crate::{MerkleError, TileKind, TilePath, TileReader, Tree, TreeSize};
use seinhuis_types::{Digest, LeafIndex};
use std::collections::BTreeMap;

/// Full tiles kept in memory: 2 MiB of hashes.
const KEPT_TILES: usize = 256;

/// The tiles of a log under one root that the caller trusts, say from a verified checkpoint.
///
/// The partial tiles together must lead to that root; each full tile must hash to its place in the
/// tile above it. A store or a network that alters a bit yields an error, never a wrong hash.
#[derive(Debug)]
pub struct AuthenticatedTiles<R> {
    reader: R,
    tree: Tree,
    proven: BTreeMap<(u8, u64), Vec<Digest>>,
}

impl<R: TileReader> AuthenticatedTiles<R> {
    /// Reads the right edge of the tree of `size` leaves and checks it against `root`, which must
    /// come from a source that the caller trusts. Fails with [`MerkleError::RootMismatch`] if the
    /// two do not agree, and with [`MerkleError::Missing`] if a tile is not there.
    pub fn open(reader: R, size: TreeSize, root: &Digest) -> Result<Self, MerkleError> {
        let tree = Tree::open(&reader, size, root)?;
        Ok(Self {
            reader,
            tree,
            proven: BTreeMap::new(),
        })
    }

    /// The number of leaves.
    pub fn size(&self) -> TreeSize {
        self.tree.size()
    }

    /// The root that every hash is checked against.
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The hash of the leaf at `index`.
    pub fn leaf(&mut self, index: LeafIndex) -> Result<Digest, MerkleError> {
        let index = self.size().check_index(index)?;
        self.node(0, index)
    }

    /// The proven hashes of a tile that the tree has.
    fn tile(&mut self, level: u8, index: u64) -> Result<&[Digest], MerkleError> {
        let absent = MerkleError::IndexOutOfRange {
            index,
            size: self.size().get(),
        };
        let kind = TileKind::Hashes(level);
        let path = TilePath::in_tree(kind, index, self.size()).ok_or(absent)?;
        if !path.is_full() {
            return Ok(self.tree.edge(level));
        }
        if !self.proven.contains_key(&(level, index)) {
            let hashes = read_hashes(&self.reader, path)?;
            // A full tile is one hash of the level above. At most seven levels, so this ends.
            let above = self.tile(level.saturating_add(1), index >> 8)?;
            if above.get(slot(index)) != Some(&root_of(&hashes)) {
                return Err(MerkleError::TileMismatch(path));
            }
            if self.proven.len() >= KEPT_TILES {
                self.proven.clear();
            }
            self.proven.insert((level, index), hashes);
        }
        Ok(self.proven.get(&(level, index)).map_or(&[], Vec::as_slice))
    }
}

impl<R: TileReader> NodeSource for AuthenticatedTiles<R> {
    fn node(&mut self, height: u32, index: u64) -> Result<Digest, MerkleError> {
        let size = self.size().get();
        let absent = || MerkleError::IndexOutOfRange { index, size };
        let level = u8::try_from(height / 8).map_err(|_| absent())?;
        // Between two levels of tiles a node is the root over 2, 4 … 128 hashes of the lower one.
        let count = 2u64.saturating_pow(height % 8);
        let first = index.checked_mul(count).ok_or_else(absent)?;
        let count = usize::try_from(count).map_err(|_| absent())?;
        let tile = self.tile(level, first >> 8)?;
        let hashes = tile.get(slot(first)..).and_then(|rest| rest.get(..count));
        Ok(root_of(hashes.ok_or_else(absent)?))
    }
}

/// The place in its tile of the hash at `index` of its level.
fn slot(index: u64) -> usize {
    let [low, ..] = index.to_le_bytes();
    low.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{leaves, log};

    #[test]
    fn no_more_tiles_are_kept_than_the_limit() {
        let (files, tree) = log(70_000);
        let mut tiles = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
        for (index, leaf) in (0..).zip(leaves(70_000)).step_by(256) {
            assert_eq!(tiles.leaf(LeafIndex(index)).unwrap(), leaf);
            assert!(tiles.proven.len() <= KEPT_TILES);
        }
    }
}
