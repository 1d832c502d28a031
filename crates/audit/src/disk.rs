//! Reads tiles and bundles from the log's folder. What it gives is not yet believed. Must not know
//! how they are written.

use crate::AuditError;
use rustix::fs::{Advice, fadvise};
use seinhuis_merkle::{
    AuthenticatedTiles, FetchError, MerkleError, TileKind, TilePath, TileReader, TreeSize,
    decode_bundle, encode_bundle, leaf_hash,
};
use seinhuis_types::{Digest, LeafIndex};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// The tiles of a folder, read for a tree of `size` leaves.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    root: Arc<Path>,
    size: TreeSize,
    fresh: bool,
}

impl Disk {
    /// Reads what a tree of `size` leaves has.
    pub(crate) fn new(root: &Arc<Path>, size: TreeSize) -> Self {
        Self {
            root: Arc::clone(root),
            size,
            fresh: false,
        }
    }

    /// The same, from the device and not from memory as far as the system can be told so.
    pub(crate) fn fresh(root: &Arc<Path>, size: TreeSize) -> Self {
        Self {
            fresh: true,
            ..Self::new(root, size)
        }
    }

    fn read(&self, path: TilePath) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.root.join(path.to_string()))?;
        if self.fresh {
            // Advice only: it works where there is a device below, and that is where it matters.
            let _ = fadvise(&file, 0, None, Advice::DontNeed);
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Every entry of the bundle that holds `index`, in the order of the log, each proven to be
    /// under `root`.
    pub(crate) fn bundle_at(
        &self,
        index: LeafIndex,
        root: &Digest,
    ) -> Result<Vec<Vec<u8>>, MerkleError> {
        let (path, bytes) = self.bundle(index)?;
        let first = path
            .index()
            .saturating_mul(u64::from(seinhuis_merkle::TILE_WIDTH));
        let mut tiles = AuthenticatedTiles::open(self, self.size, root)?;
        let entries = decode_bundle(&bytes)?;
        if entries.len() != usize::from(path.width()) {
            return Err(MerkleError::TileMismatch(path));
        }
        for (index, entry) in (first..).map(LeafIndex).zip(&entries) {
            if tiles.leaf(index)? != leaf_hash(entry) {
                return Err(MerkleError::TileMismatch(path));
            }
        }
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// The entry at `index`, proven to be under `root`.
    pub(crate) fn entry(&self, index: LeafIndex, root: &Digest) -> Result<Vec<u8>, MerkleError> {
        let (path, bytes) = self.bundle(index)?;
        let hash = AuthenticatedTiles::open(self, self.size, root)?.leaf(index)?;
        let [place, ..] = index.0.to_le_bytes();
        decode_bundle(&bytes)?
            .get(usize::from(place))
            .filter(|entry| leaf_hash(entry) == hash)
            .map(|entry| entry.to_vec())
            .ok_or(MerkleError::TileMismatch(path))
    }

    /// The tile `path`, as narrow as `narrow` is.
    pub(crate) fn cut(&self, path: TilePath, narrow: TilePath) -> Result<Vec<u8>, FetchError> {
        cut(&self.fetch(path)?, narrow, path)
    }

    fn bundle(&self, index: LeafIndex) -> Result<(TilePath, Vec<u8>), MerkleError> {
        let absent = MerkleError::IndexOutOfRange {
            index: index.0,
            size: self.size.get(),
        };
        let path = TilePath::in_tree(TileKind::Entries, index.0 >> 8, self.size).ok_or(absent)?;
        match self.fetch(path) {
            Ok(bytes) => Ok((path, bytes)),
            Err(FetchError::NotFound) => Err(MerkleError::Missing(path)),
            Err(FetchError::Failed(source)) => Err(MerkleError::Fetch { path, source }),
        }
    }
}

/// A partial tile that is not there is cut from the one that the tree has, or from the full one:
/// partial tiles are stored for published sizes only, and dropped when the full tile is there.
impl TileReader for Disk {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        let wider = TilePath::in_tree(path.kind(), path.index(), self.size)
            .filter(|there| there.width() > path.width());
        let full = (!path.is_full()).then(|| path.to_full());
        for found in [Some(path), wider, full].into_iter().flatten() {
            match self.read(found) {
                Ok(bytes) => return cut(&bytes, path, found),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(FetchError::Failed(error.into())),
            }
        }
        Err(FetchError::NotFound)
    }
}

/// The first places of `bytes`, which is the tile `found`, as many as `path` has.
fn cut(bytes: &[u8], path: TilePath, found: TilePath) -> Result<Vec<u8>, FetchError> {
    if path == found {
        return Ok(bytes.to_vec());
    }
    let width = usize::from(path.width());
    let failed = |error: MerkleError| FetchError::Failed(error.into());
    let short = || failed(MerkleError::TileMismatch(found));
    match path.kind() {
        TileKind::Hashes(_) => bytes
            .get(..width.saturating_mul(32))
            .map(<[u8]>::to_vec)
            .ok_or_else(short),
        TileKind::Entries => {
            let entries = decode_bundle(bytes).map_err(failed)?;
            encode_bundle(entries.get(..width).ok_or_else(short)?).map_err(failed)
        }
    }
}

/// The bytes of a file; `None` if there is no such file.
pub(crate) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, AuditError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AuditError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}
