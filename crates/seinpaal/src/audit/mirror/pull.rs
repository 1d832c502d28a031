//! One step of a copy, from the checkpoint it is at to a later one.
//!
//! Owns: that nothing gets its name in the copy before it is proven under the later checkpoint, and
//! that the checkpoint comes last, when all below it was read again from the disk. Must not know:
//! the network; whether the later checkpoint extends the earlier one was asked before.

use super::folder::Folder;
use seinhuis_client::{LogFolder, Progress, SeenCheckpoint, Watched, Work};
use seinhuis_merkle::{
    AuthenticatedTiles, FetchError, MerkleError, TILE_WIDTH, TileKind, TilePath, TileReader, Tree,
    TreeSize, decode_bundle, encode_bundle, leaf_hash, recompute,
};
use seinhuis_types::LeafIndex;
use std::io;
use std::sync::Arc;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pulled {
    /// Bundles that came from the log.
    pub(super) fetched: u64,
    /// Bundles that were there already, and proven: an earlier run was cut short.
    pub(super) kept: u64,
}

/// Why a step was not made. The copy stays at the checkpoint it was at.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No answer.
    Unreachable(String),
    /// What the log gives does not lead to what it signed.
    Hub(MerkleError),
    /// What is in the copy does not lead to the checkpoint it is at.
    Copy(MerkleError),
    /// The disk.
    Disk(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// What the log gave, or why not.
fn of_hub(error: MerkleError) -> Trouble {
    match error {
        MerkleError::Fetch { source, .. } => Trouble::Unreachable(source.to_string()),
        error => Trouble::Hub(error),
    }
}

/// Brings the copy to `to`. Has one bundle and a few megabytes of hashes in memory, whatever the size.
pub(super) fn pull(
    hub: &impl TileReader,
    folder: &Folder,
    from: Option<&SeenCheckpoint>,
    to: &SeenCheckpoint,
    progress: &Arc<dyn Progress>,
) -> Result<Pulled, Trouble> {
    let copy = LogFolder::new(folder.root());
    let (size, root) = (to.checkpoint.size(), to.checkpoint.root());
    let start = || match from {
        Some(at) => Tree::open(&copy, at.checkpoint.size(), at.checkpoint.root()),
        None => Ok(Tree::new()),
    };
    let mut tree = start().map_err(Trouble::Copy)?;
    let mut pulled = Pulled::default();
    if tree.size() == size {
        // The same tree, so the same text; its signatures may be more.
        folder.put("checkpoint", to.note.as_bytes())?;
        return Ok(pulled);
    }
    let old = tree.size();
    let mut proven = AuthenticatedTiles::open(hub, size, root).map_err(of_hub)?;
    let began = proven.root_at(old).map_err(of_hub)?;
    if began != tree.root() {
        return Err(Trouble::Hub(MerkleError::RootMismatch(old.get())));
    }
    let first = old.get() >> 8;
    for path in (first..).map_while(|index| TilePath::in_tree(TileKind::Entries, index, size)) {
        let (bytes, hashes) = bundle(hub, folder, path, &mut proven, &mut pulled)?;
        folder.put(&path.to_string(), &bytes)?;
        let start = path.index().saturating_mul(TILE_WIDTH.into());
        for (index, hash) in (start..).zip(hashes) {
            if index >= old.get() {
                tree.append(hash).map_err(Trouble::Copy)?;
            }
        }
        for tile in tree.take_full() {
            folder.put(&tile.path.to_string(), &tile.bytes)?;
        }
        progress.at(Work::LogEntries, tree.size().get(), Some(size.get()));
    }
    for (_, tile) in tree.partial() {
        folder.put(&tile.path.to_string(), &tile.bytes)?;
    }
    let written = Watched::new(&copy, size.get(), Arc::clone(progress));
    let again = recompute(start().map_err(Trouble::Copy)?, &written, size, |_, _| ());
    let again = again.map_err(Trouble::Copy)?;
    if again.root() != *root {
        return Err(Trouble::Copy(MerkleError::RootMismatch(size.get())));
    }
    folder.put("checkpoint", to.note.as_bytes())?;
    outgrown(folder, old, size)?;
    Ok(pulled)
}

/// A bundle whose every entry is proven, from the copy if it is there and else from the log; as wide
/// as the path says.
fn bundle(
    hub: &impl TileReader,
    folder: &Folder,
    path: TilePath,
    proven: &mut AuthenticatedTiles<impl TileReader>,
    pulled: &mut Pulled,
) -> Result<(Vec<u8>, Vec<seinhuis_types::Digest>), Trouble> {
    let start = path.index().saturating_mul(TILE_WIDTH.into());
    let due = (start..).take(path.width().into());
    let due: Result<Vec<_>, _> = due.map(|index| proven.leaf(LeafIndex(index))).collect();
    let due = due.map_err(of_hub)?;
    let holds = |bytes: &[u8]| {
        let entries = decode_bundle(bytes).ok()?;
        let entries = entries.get(..due.len())?;
        entries
            .iter()
            .map(|entry| leaf_hash(entry))
            .eq(due.iter().copied())
            .then(|| encode_bundle(entries).ok())?
    };
    let there = folder.read(&path.to_string())?;
    if let Some(bytes) = there.and_then(|bytes| holds(&bytes)) {
        pulled.kept = pulled.kept.saturating_add(1);
        return Ok((bytes, due));
    }
    let fetched = match hub.fetch(path) {
        // A log may drop a partial bundle once the full one is there.
        Err(FetchError::NotFound) if !path.is_full() => hub.fetch(path.to_full()),
        fetched => fetched,
    };
    let bytes = match fetched {
        Ok(bytes) => bytes,
        Err(FetchError::NotFound) => return Err(Trouble::Hub(MerkleError::Missing(path))),
        Err(FetchError::Failed(source)) => return Err(Trouble::Unreachable(source.to_string())),
    };
    let bytes = holds(&bytes).ok_or(Trouble::Hub(MerkleError::TileMismatch(path)))?;
    pulled.fetched = pulled.fetched.saturating_add(1);
    Ok((bytes, due))
}

/// Drops the partial tiles and bundles of the smaller tree that the larger one has wider.
fn outgrown(folder: &Folder, old: TreeSize, new: TreeSize) -> io::Result<()> {
    let levels = (0..=63).map(TileKind::Hashes).chain([TileKind::Entries]);
    for kind in levels {
        let level = match kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let last = old
            .get()
            .checked_shr(u32::from(level).saturating_add(1).saturating_mul(8));
        let Some(path) = last.and_then(|index| TilePath::in_tree(kind, index, old)) else {
            continue;
        };
        if !path.is_full() && TilePath::in_tree(kind, path.index(), new) != Some(path) {
            folder.drop_file(&path.to_string())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
