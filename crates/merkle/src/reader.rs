//! Where tiles and bundles come from. What is read here is not yet believed. Must not know files or
//! network: callers bring a [`TileReader`].

use crate::{MerkleError, TilePath, bundle};
use seinhuis_types::{Digest, ParseError};
use std::collections::BTreeMap;

/// Fetches tiles and bundles of one log by path. It need not be trusted.
pub trait TileReader {
    /// The bytes at `path`, exactly as stored, decompressed.
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError>;

    /// As [`TileReader::fetch`], in place of what is in `bytes`, whose room is used again: for who reads a
    /// whole log.
    fn fetch_into(&self, path: TilePath, bytes: &mut Vec<u8>) -> Result<(), FetchError> {
        *bytes = self.fetch(path)?;
        Ok(())
    }
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

    fn fetch_into(&self, path: TilePath, bytes: &mut Vec<u8>) -> Result<(), FetchError> {
        (**self).fetch_into(path, bytes)
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
    let mut bytes = Vec::new();
    let hashes = read_tile(reader, path, &mut bytes)?;
    Ok(hashes.iter().copied().map(Digest).collect())
}

/// The hashes of a tile, as many as its path says, in a buffer that is used again.
pub(crate) fn read_tile<'b>(
    reader: &(impl TileReader + ?Sized),
    path: TilePath,
    bytes: &'b mut Vec<u8>,
) -> Result<&'b [[u8; 32]], MerkleError> {
    let found = fetch_or_full(reader, path, bytes)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    match hashes.get(..path.width().into()) {
        Some(due) if hashes.len() == usize::from(found.width()) && rest.is_empty() => Ok(due),
        _ => {
            let source = ParseError::new("tile", "as many 32-byte hashes as its width");
            Err(MerkleError::MalformedTile {
                path: found,
                source,
            })
        }
    }
}

/// Every entry of a bundle as stored, in a buffer that is used again: at least as many as the path says, of
/// which callers take the first.
pub(crate) fn read_entries<'b>(
    reader: &(impl TileReader + ?Sized),
    path: TilePath,
    bytes: &'b mut Vec<u8>,
) -> Result<Vec<&'b [u8]>, MerkleError> {
    let path = fetch_or_full(reader, path, bytes)?;
    let entries =
        bundle::split(bytes).map_err(|source| MerkleError::MalformedTile { path, source })?;
    if entries.len() != usize::from(path.width()) {
        let source = ParseError::new("bundle", "as many entries as its width");
        return Err(MerkleError::MalformedTile { path, source });
    }
    Ok(entries)
}

/// What is at `path`, or else the full tile, which may have taken a partial one's place; which of them.
fn fetch_or_full(
    reader: &(impl TileReader + ?Sized),
    path: TilePath,
    bytes: &mut Vec<u8>,
) -> Result<TilePath, MerkleError> {
    let failed = |path, source| MerkleError::Fetch { path, source };
    match reader.fetch_into(path, bytes) {
        Ok(()) => return Ok(path),
        Err(FetchError::Failed(source)) => return Err(failed(path, source)),
        Err(FetchError::NotFound) if path.is_full() => return Err(MerkleError::Missing(path)),
        Err(FetchError::NotFound) => {}
    }
    let full = path.to_full();
    match reader.fetch_into(full, bytes) {
        Ok(()) => Ok(full),
        Err(FetchError::Failed(source)) => Err(failed(full, source)),
        Err(FetchError::NotFound) => Err(MerkleError::Missing(path)),
    }
}
