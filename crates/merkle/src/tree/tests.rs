//! Tests of the growing tree and its tiles.

use super::*;
use crate::testing::{ROOT_70_000, digest, leaves, log, naive_root, size};
use std::collections::BTreeMap;

#[test]
fn seventy_thousand_leaves_have_the_tiles_of_the_specification() {
    let (files, tree) = log(70_000);
    assert_eq!(tree.root(), digest(ROOT_70_000));
    let mut widths: BTreeMap<TileKind, Vec<u16>> = BTreeMap::new();
    for (path, bytes) in &files {
        widths.entry(path.kind()).or_default().push(path.width());
        if path.kind() != TileKind::Entries {
            assert_eq!(bytes.len(), usize::from(path.width()) * 32, "{path}");
        }
    }
    let full_and_partial = |full, partial| {
        let mut widths = vec![256; full];
        widths.push(partial);
        widths
    };
    assert_eq!(
        widths.remove(&TileKind::Hashes(0)).unwrap(),
        full_and_partial(273, 112)
    );
    assert_eq!(
        widths.remove(&TileKind::Hashes(1)).unwrap(),
        full_and_partial(1, 17)
    );
    assert_eq!(widths.remove(&TileKind::Hashes(2)).unwrap(), [1]);
    assert_eq!(
        widths.remove(&TileKind::Entries).unwrap(),
        full_and_partial(273, 112)
    );
    assert!(widths.is_empty());
}

#[test]
fn each_hash_in_a_tile_is_the_root_of_its_leaves() {
    let leaves = leaves(70_000);
    for (path, bytes) in log(70_000).0 {
        let TileKind::Hashes(level) = path.kind() else {
            continue;
        };
        let span = 256usize.pow(level.into());
        for (place, hash) in bytes.chunks(32).enumerate() {
            let start = (usize::try_from(path.index()).unwrap() * 256 + place) * span;
            assert_eq!(
                hash,
                naive_root(&leaves[start..start + span]).0,
                "{path} {place}"
            );
        }
    }
}

#[test]
fn a_tree_of_256_has_a_full_tile_and_one_hash_above() {
    let paths: Vec<_> = log(256).0.keys().map(ToString::to_string).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
}

#[test]
fn taking_tiles_gives_only_what_changed() {
    let mut tree = Tree::new();
    let mut take = |count: u64| {
        let from = tree.size().get();
        for leaf in &leaves(from + count)[usize::try_from(from).unwrap()..] {
            tree.append(*leaf).unwrap();
        }
        tree.take_tiles()
            .iter()
            .map(|tile| tile.path.to_string())
            .collect::<Vec<_>>()
    };
    assert!(take(0).is_empty());
    assert_eq!(take(1), ["tile/0/000.p/1"]);
    assert!(take(0).is_empty());
    assert_eq!(take(254), ["tile/0/000.p/255"]);
    assert_eq!(take(1), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(take(2), ["tile/0/001.p/2"]);
    assert_eq!(take(254), ["tile/0/001", "tile/1/000.p/2"]);
    assert_eq!(
        take(300),
        ["tile/0/002", "tile/0/003.p/44", "tile/1/000.p/3"]
    );
}

#[test]
fn tiles_do_not_depend_on_when_they_are_taken() {
    let leaves = leaves(1_500);
    let mut expected = log(1_500).0;
    expected.retain(|path, _| path.kind() != TileKind::Entries);
    for step in [1, 7, 255, 256, 257, 1_000] {
        let mut tree = Tree::new();
        let mut files = BTreeMap::new();
        for batch in leaves.chunks(step) {
            batch.iter().for_each(|leaf| drop(tree.append(*leaf)));
            for Tile { path, bytes } in tree.take_tiles() {
                assert!(files.insert(path, bytes).is_none(), "{path} written twice");
            }
        }
        files.retain(|path, _| path.is_full() || expected.contains_key(path));
        assert_eq!(files, expected, "{step}");
    }
}

#[test]
fn a_tree_opened_from_its_edge_grows_the_same() {
    for start in [
        0, 1, 2, 255, 256, 257, 511, 512, 1_023, 65_535, 65_536, 65_537,
    ] {
        let (files, tree) = log(start);
        let mut opened = Tree::open(&files, tree.size(), &tree.root()).unwrap();
        assert_eq!(opened.frontier(), tree.frontier(), "{start}");
        assert!(opened.take_tiles().is_empty());
        let mut grown = tree;
        for leaf in leaves(300) {
            assert_eq!(opened.append(leaf).unwrap(), grown.append(leaf).unwrap());
        }
        assert_eq!(opened.take_tiles(), grown.take_tiles(), "{start}");
        assert_eq!(opened.root(), grown.root(), "{start}");
    }
}

#[test]
fn an_edge_under_another_root_is_not_opened() {
    let (files, tree) = log(300);
    let other = log(301).1.root();
    let refused = Tree::open(&files, tree.size(), &other);
    assert!(matches!(refused, Err(MerkleError::RootMismatch(300))));
    let refused = Tree::open(&files, size(299), &tree.root());
    assert!(
        matches!(refused, Err(MerkleError::Missing(path)) if path.to_string() == "tile/0/001.p/43")
    );
    assert!(Tree::open(&files, size(0), &tree.root()).is_err());
}
