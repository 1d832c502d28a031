//! Walks over every bundle and tile, and recomputes the tree from the entries. Must not know who
//! signed what.

use super::{By, Expected, Finding, INVESTIGATE, PUT_BACK};
use crate::disk::Disk;
use seinhuis_merkle::{
    FetchError, TILE_WIDTH, Tile, TileKind, TilePath, TileReader, Tree, TreeSize, decode_bundle,
    leaf_hash, root_of,
};
use seinhuis_types::Digest;
use std::path::Path;
use std::sync::Arc;

/// How much was verified.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) bundles: u64,
    pub(super) tiles: u64,
}

struct Walk<'w> {
    disk: Disk,
    root: &'w Path,
    size: TreeSize,
    tree: Tree,
    expected: &'w [Expected],
    /// Tiles that are wrong or may be, so that nothing is held to them.
    doubtful: Vec<TilePath>,
    /// Whether a root was already found wrong: then all later ones are.
    astray: bool,
    walked: Walked,
    findings: &'w mut Vec<Finding>,
}

/// Verifies the log of `size` entries against the `expected` roots, the last of which is `signed`.
pub(super) fn walk(
    root: &Arc<Path>,
    size: u64,
    signed: &Digest,
    expected: &[Expected],
    findings: &mut Vec<Finding>,
) -> Walked {
    let Ok(size) = TreeSize::new(size) else {
        return Walked::default();
    };
    let before = findings.len();
    let mut walk = Walk {
        disk: Disk::fresh(root, size),
        root,
        size,
        tree: Tree::new(),
        expected,
        doubtful: Vec::new(),
        astray: false,
        walked: Walked::default(),
        findings,
    };
    walk.roots();
    for index in 0..size.get().div_ceil(u64::from(TILE_WIDTH)) {
        if !walk.bundle(index) {
            return walk.walked;
        }
    }
    walk.narrower();
    // The partial tiles of the upper levels, of which no full tile vouches.
    if walk.findings.len() == before
        && let Err(error) = Tree::open(&walk.disk, size, signed)
    {
        let what = format!("the partial tiles at the right edge: {error}");
        walk.find(what, PUT_BACK);
    }
    walk.walked
}

impl Walk<'_> {
    fn find(&mut self, what: impl Into<String>, remedy: &'static str) {
        self.findings.push(Finding::new(what, remedy));
    }

    /// Verifies a bundle and what it completes; false if the walk cannot go on.
    fn bundle(&mut self, index: u64) -> bool {
        let entries = self.read(TileKind::Entries, index, |bytes| {
            let entries = decode_bundle(bytes).ok()?;
            Some(entries.iter().map(|entry| leaf_hash(entry)).collect())
        });
        let hashes = self.hashes(0, index);
        self.walked.bundles = self.walked.bundles.saturating_add(1);
        self.walked.tiles = self.walked.tiles.saturating_add(1);
        let leaves = match (entries, hashes) {
            (Some(entries), Some(hashes)) if entries == hashes => entries,
            (Some(entries), Some(hashes)) => self.judge(index, entries, hashes),
            (Some(known), None) | (None, Some(known)) => known,
            (None, None) => return false,
        };
        for leaf in leaves {
            if self.tree.append(leaf).is_err() {
                return false;
            }
            self.roots();
        }
        for tile in self.tree.take_tiles() {
            if tile.path.is_full() && tile.path.kind() != TileKind::Hashes(0) {
                self.upper(&tile);
            }
        }
        true
    }

    /// Says which of a bundle and its tile is wrong, if the tile above tells, and gives the other.
    fn judge(&mut self, index: u64, entries: Vec<Digest>, hashes: Vec<Digest>) -> Vec<Digest> {
        let paths = [TileKind::Entries, TileKind::Hashes(0)]
            .map(|kind| TilePath::in_tree(kind, index, self.size));
        let [Some(bundle), Some(tile)] = paths else {
            return entries;
        };
        let first = index.saturating_mul(u64::from(TILE_WIDTH));
        let same = entries
            .iter()
            .zip(&hashes)
            .take_while(|(entry, hash)| entry == hash)
            .count();
        let at = first.saturating_add(u64::try_from(same).unwrap_or(u64::MAX));
        let above = bundle.is_full().then(|| self.above(index)).flatten();
        if above == Some(root_of(&hashes)) {
            self.find(
                format!("entry {at} in `{bundle}` is not the one that was signed"),
                PUT_BACK,
            );
            return hashes;
        }
        if above == Some(root_of(&entries)) {
            self.find(
                format!("hash {at} in `{tile}` is not that of the entry"),
                PUT_BACK,
            );
            return entries;
        }
        let what = format!("`{bundle}` and `{tile}` disagree about entry {at}");
        self.doubtful.extend([bundle, tile]);
        self.find(
            what,
            "put both files back from a backup or from a partner's mirror",
        );
        hashes
    }

    /// The hash of the full tile `index` of level 0, as the level above has it.
    fn above(&self, index: u64) -> Option<Digest> {
        let path = TilePath::in_tree(TileKind::Hashes(1), index >> 8, self.size)?;
        let bytes = self.disk.fetch(path).ok()?;
        let [place, ..] = index.to_le_bytes();
        bytes
            .as_chunks()
            .0
            .get(usize::from(place))
            .copied()
            .map(Digest)
    }

    /// Holds a stored tile above level 0 to the one that follows from the entries.
    fn upper(&mut self, tile: &Tile) {
        self.walked.tiles = self.walked.tiles.saturating_add(1);
        let TileKind::Hashes(level) = tile.path.kind() else {
            return;
        };
        let stored = self.hashes(level, tile.path.index());
        if stored.is_some_and(|stored| {
            !stored
                .iter()
                .map(|hash| &hash.0)
                .eq(tile.bytes.as_chunks().0)
        }) {
            let what = format!("`{}` does not follow from the entries", tile.path);
            self.find(what, PUT_BACK);
        }
    }

    /// Holds the tree, as it is now, to the roots that are expected at its size.
    fn roots(&mut self) {
        while let Some((next, rest)) = self.expected.split_first() {
            if next.size != self.tree.size().get() {
                return;
            }
            self.expected = rest;
            if self.astray || self.tree.root() == next.root {
                continue;
            }
            self.astray = true;
            let who = match next.by {
                By::Checkpoint => "the kept checkpoint",
                By::Store => "the store's tree",
            };
            let what = format!(
                "{who} over {} entries has another root than the log",
                next.size
            );
            self.find(what, INVESTIGATE);
        }
    }

    fn hashes(&mut self, level: u8, index: u64) -> Option<Vec<Digest>> {
        self.read(TileKind::Hashes(level), index, |bytes| {
            let (hashes, rest) = bytes.as_chunks();
            rest.is_empty()
                .then(|| hashes.iter().copied().map(Digest).collect())
        })
    }

    /// Reads a tile that the tree has; that it cannot be read is a finding.
    fn read(
        &mut self,
        kind: TileKind,
        index: u64,
        parse: impl Fn(&[u8]) -> Option<Vec<Digest>>,
    ) -> Option<Vec<Digest>> {
        let path = TilePath::in_tree(kind, index, self.size)?;
        let rule = match self.disk.fetch(path) {
            Ok(bytes) => match parse(&bytes) {
                Some(hashes) if hashes.len() == usize::from(path.width()) => return Some(hashes),
                _ => "has another form than its name says".to_owned(),
            },
            Err(FetchError::NotFound) => "is not there".to_owned(),
            Err(FetchError::Failed(error)) => format!("cannot be read: {error}"),
        };
        self.find(format!("`{path}` {rule}"), PUT_BACK);
        None
    }

    /// Holds the narrower tiles beside the last ones, which are kept for earlier checkpoints until
    /// the tile is full, to those.
    fn narrower(&mut self) {
        let levels = (0..8).map(TileKind::Hashes);
        for kind in levels.chain([TileKind::Entries]) {
            let level = if let TileKind::Hashes(level) = kind {
                level
            } else {
                0
            };
            let bits = u32::from(level).saturating_add(1).saturating_mul(8);
            let last = self.size.get().checked_shr(bits).unwrap_or(0);
            let Some(path) = TilePath::in_tree(kind, last, self.size) else {
                continue;
            };
            // Those of level 0 were counted with their bundles.
            if level > 0 {
                self.walked.tiles = self.walked.tiles.saturating_add(1);
            }
            if self.doubtful.contains(&path) {
                continue;
            }
            for width in 1..path.width() {
                let Ok(narrow) = TilePath::new(kind, last, width) else {
                    continue;
                };
                let Ok(stored) = std::fs::read(self.root.join(narrow.to_string())) else {
                    continue;
                };
                // At its own size the same tile is cut from the wider one.
                let cut = self.disk.cut(path, narrow);
                if cut.is_ok_and(|cut| cut != stored) {
                    let what = format!("`{narrow}` is not the beginning of `{path}`");
                    self.find(what, PUT_BACK);
                }
            }
        }
    }
}
