//! Recomputes a log from its entries and holds its tiles and its checkpoint to that. Must not know
//! whose log it is.

use crate::reader::{read_entries, read_tile};
use crate::{
    Checkpoint, MerkleError, Tile, TileKind, TilePath, TileReader, Tree, TreeSize, leaf_hash,
};
use seinhuis_types::LeafIndex;

/// Recomputes the whole log from its entry bundles: every tile must have the bytes that follow from
/// the entries, and the root must be the checkpoint's. Gives the tree, ready to grow.
///
/// Holds one bundle and at most 255 hashes a level in memory, whatever the size.
pub fn verify_log(
    reader: &(impl TileReader + ?Sized),
    checkpoint: &Checkpoint,
) -> Result<Tree, MerkleError> {
    let tree = recompute(Tree::new(), reader, checkpoint.size(), |_, _| ())?;
    if tree.root() != *checkpoint.root() {
        return Err(MerkleError::RootMismatch(checkpoint.size().get()));
    }
    Ok(tree)
}

/// Grows `tree` to `size` leaves from the stored entry bundles, comparing every tile that this
/// completes, and at the end the partial ones, with the stored bytes. Earlier entries in the first
/// bundle are held to the hashes that `tree` has of them.
///
/// Each new entry is shown to `visit`; none is proven before the caller has compared the root of
/// the tree that comes back with one it trusts, or is about to sign.
pub fn recompute(
    mut tree: Tree,
    reader: &(impl TileReader + ?Sized),
    size: TreeSize,
    mut visit: impl FnMut(LeafIndex, &[u8]),
) -> Result<Tree, MerkleError> {
    crate::proof::check_order(tree.size(), size)?;
    let first = tree.size().get() >> 8;
    let (mut bytes, mut stored) = (Vec::new(), Vec::new());
    for path in (first..).map_while(|index| TilePath::in_tree(TileKind::Entries, index, size)) {
        let entries = read_entries(reader, path, &mut bytes)?;
        let (known, new) = entries
            .split_at_checked(tree.edge(0).len())
            .ok_or(MerkleError::TileMismatch(path))?;
        if !known
            .iter()
            .zip(tree.edge(0))
            .all(|(entry, hash)| leaf_hash(entry) == *hash)
        {
            return Err(MerkleError::TileMismatch(path));
        }
        let due = usize::from(path.width()).saturating_sub(known.len());
        for entry in new.iter().take(due) {
            let index = tree.append(leaf_hash(entry))?;
            visit(index, entry);
        }
        for tile in tree.take_full() {
            compare(reader, &tile, &mut stored)?;
        }
    }
    for (_, tile) in tree.partial() {
        compare(reader, &tile, &mut stored)?;
    }
    tree.mark_taken();
    Ok(tree)
}

/// Holds the stored tile to the bytes that follow from the entries.
fn compare(
    reader: &(impl TileReader + ?Sized),
    tile: &Tile,
    stored: &mut Vec<u8>,
) -> Result<(), MerkleError> {
    let stored = read_tile(reader, tile.path, stored)?;
    if stored.as_flattened() != tile.bytes {
        return Err(MerkleError::TileMismatch(tile.path));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
