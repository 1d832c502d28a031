//! The growing tree: append leaf hashes, take the tiles that this makes. Must not know how tiles
//! are kept.

use crate::frontier::root_of;
use crate::path::TILE_WIDTH;
use crate::reader::read_hashes;
use crate::{Frontier, MerkleError, TileKind, TilePath, TileReader, TreeSize};
use seinhuis_types::{Digest, LeafIndex};

/// A tile of hashes and its bytes, ready to be stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tile {
    /// Where it belongs.
    pub path: TilePath,
    /// Its hashes, 32 bytes each, as many as the path's width.
    pub bytes: Vec<u8>,
}

/// A tree with its right edge: for each level of tiles the hashes of the one tile that is not yet
/// full. Everything left of the edge is in full tiles, which never change.
///
/// In memory it has at most 255 hashes for each of 7 levels, and the tiles not yet taken.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    frontier: Frontier,
    edge: Vec<Vec<Digest>>,
    full: Vec<Tile>,
    taken: TreeSize,
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up the tree of `size` leaves from its stored right edge, and believes it only if it
    /// leads to `root`; else [`MerkleError::RootMismatch`].
    pub fn open(
        reader: &(impl TileReader + ?Sized),
        size: TreeSize,
        root: &Digest,
    ) -> Result<Self, MerkleError> {
        let mut edge = Vec::new();
        for level in 0..=u8::MAX {
            let hashes = size.hashes_at(level);
            if hashes == 0 {
                break;
            }
            let path = TilePath::in_tree(TileKind::Hashes(level), hashes >> 8, size);
            edge.push(path.map_or(Ok(Vec::new()), |path| read_hashes(reader, path))?);
        }
        let mut peaks = Vec::new();
        for mut hashes in edge.iter().rev().map(Vec::as_slice) {
            while let Some(height) = hashes.len().checked_ilog2() {
                let (subtree, rest) = hashes.split_at(2usize.saturating_pow(height));
                peaks.push(root_of(subtree));
                hashes = rest;
            }
        }
        let frontier = Frontier::from_peaks(size, peaks)?;
        if frontier.root() != *root {
            return Err(MerkleError::RootMismatch(size.get()));
        }
        Ok(Self {
            frontier,
            edge,
            full: Vec::new(),
            taken: size,
        })
    }

    /// Appends a leaf by its hash and tells its index. Fails only at 2^48 leaves.
    pub fn append(&mut self, leaf: Digest) -> Result<LeafIndex, MerkleError> {
        let Self {
            frontier,
            edge,
            full,
            ..
        } = self;
        let before = frontier.size();
        frontier.append_with(leaf, |height, hash| {
            // A subtree of 256^level leaves is one hash in a tile of that level.
            let Ok(level) = u8::try_from(height / 8) else {
                return;
            };
            if height % 8 != 0 {
                return;
            }
            if edge.len() <= level.into() {
                edge.push(Vec::new());
            }
            let Some(hashes) = edge.get_mut(usize::from(level)) else {
                return;
            };
            hashes.push(hash);
            if hashes.len() == usize::from(TILE_WIDTH) {
                let index = before.hashes_at(level) >> 8;
                full.extend(tile(level, index, hashes));
                hashes.clear();
            }
        })
    }

    /// The number of leaves.
    pub fn size(&self) -> TreeSize {
        self.frontier.size()
    }

    /// The root (RFC 6962 §2.1).
    pub fn root(&self) -> Digest {
        self.frontier.root()
    }

    /// The compact form.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The tiles of hashes that are new since the last call: those that filled up, in the order in
    /// which they did, then each level's partial tile if it grew. They depend on the leaves alone,
    /// so to store them twice is to store the same bytes.
    pub fn take_tiles(&mut self) -> Vec<Tile> {
        let (before, now) = (self.taken, self.size());
        let mut tiles = self.take_full();
        tiles.extend(
            self.partial()
                .filter(|(level, _)| before.hashes_at(*level) != now.hashes_at(*level))
                .map(|(_, tile)| tile),
        );
        self.taken = now;
        tiles
    }

    /// The tiles that filled up since the last call, for who stores a long log as it goes.
    pub fn take_full(&mut self) -> Vec<Tile> {
        std::mem::take(&mut self.full)
    }

    /// The partial tile of each level that has one, with its level.
    pub fn partial(&self) -> impl Iterator<Item = (u8, Tile)> {
        (0..=u8::MAX).zip(&self.edge).filter_map(|(level, hashes)| {
            let index = self.size().hashes_at(level) >> 8;
            tile(level, index, hashes).map(|tile| (level, tile))
        })
    }

    /// Forgets which tiles were not yet taken, because all are known to be stored.
    pub(crate) fn mark_taken(&mut self) {
        self.full.clear();
        self.taken = self.size();
    }

    /// The hashes of the partial tile of `level`; none if its tiles are all full.
    pub(crate) fn edge(&self, level: u8) -> &[Digest] {
        self.edge.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }
}

fn tile(level: u8, index: u64, hashes: &[Digest]) -> Option<Tile> {
    let width = u16::try_from(hashes.len()).ok()?;
    let path = TilePath::new(TileKind::Hashes(level), index, width).ok()?;
    let mut bytes = Vec::with_capacity(hashes.len().saturating_mul(32));
    for hash in hashes {
        bytes.extend_from_slice(&hash.0);
    }
    Some(Tile { path, bytes })
}

#[cfg(test)]
mod tests;
