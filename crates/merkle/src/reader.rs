//! Where tiles and bundles come from. What is read here is not yet believed. Must not know files or
//! network: callers bring a [`TileReader`].

use crate::{MerkleError, TilePath, bundle};
use seinhuis_types::{Digest, ParseError};
use std::collections::BTreeMap;

/// Fetches tiles and bundles of one log by path. It need not be trusted.
pub trait TileReader {
    /// The bytes at `path`, exactly as stored, decompressed.
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError>;
}

/// Why a tile or bundle was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is nothing at that path.
    #[error("not found")]
    NotFound,
    /// It could not be read.
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl<R: TileReader + ?Sized> TileReader for &R {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        (**self).fetch(path)
    }
}

/// Tiles in memory: what a client fetched beforehand, or a test made.
impl TileReader for BTreeMap<TilePath, Vec<u8>> {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        self.get(&path).cloned().ok_or(FetchError::NotFound)
    }
}

/// The hashes of a tile, as many as its path says.
pub(crate) fn read_hashes(
    reader: &(impl TileReader + ?Sized),
    path: TilePath,
) -> Result<Vec<Digest>, MerkleError> {
    let (found, bytes) = fetch_or_full(reader, path)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != usize::from(found.width()) || !rest.is_empty() {
        let source = ParseError::new("tile", "as many 32-byte hashes as its width");
        return Err(MerkleError::MalformedTile {
            path: found,
            source,
        });
    }
    Ok(hashes
        .iter()
        .take(path.width().into())
        .copied()
        .map(Digest)
        .collect())
}

/// A bundle that has at least as many entries as the path says, with its own path: callers take the
/// first of them.
pub(crate) struct Bundle {
    path: TilePath,
    bytes: Vec<u8>,
}

impl Bundle {
    pub(crate) fn read(
        reader: &(impl TileReader + ?Sized),
        path: TilePath,
    ) -> Result<Self, MerkleError> {
        let (path, bytes) = fetch_or_full(reader, path)?;
        Ok(Self { path, bytes })
    }

    /// Every entry of the bundle as stored.
    pub(crate) fn entries(&self) -> Result<Vec<&[u8]>, MerkleError> {
        let path = self.path;
        let entries = bundle::split(&self.bytes)
            .map_err(|source| MerkleError::MalformedTile { path, source })?;
        if entries.len() != usize::from(path.width()) {
            let source = ParseError::new("bundle", "as many entries as its width");
            return Err(MerkleError::MalformedTile { path, source });
        }
        Ok(entries)
    }
}

/// What is at `path`, or else the full tile, which may have taken a partial one's place.
fn fetch_or_full(
    reader: &(impl TileReader + ?Sized),
    path: TilePath,
) -> Result<(TilePath, Vec<u8>), MerkleError> {
    let failed = |path, source| MerkleError::Fetch { path, source };
    match reader.fetch(path) {
        Ok(bytes) => return Ok((path, bytes)),
        Err(FetchError::Failed(source)) => return Err(failed(path, source)),
        Err(FetchError::NotFound) if path.is_full() => return Err(MerkleError::Missing(path)),
        Err(FetchError::NotFound) => {}
    }
    let full = path.to_full();
    match reader.fetch(full) {
        Ok(bytes) => Ok((full, bytes)),
        Err(FetchError::Failed(source)) => Err(failed(full, source)),
        Err(FetchError::NotFound) => Err(MerkleError::Missing(path)),
    }
}
