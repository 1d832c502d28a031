//! Tests of building proofs, from memory and from tiles, against the definitions.

use super::*;
use crate::testing::{leaves, log, naive_path, naive_root, naive_subproof, size};
use crate::{TileKind, TilePath, verify_consistency, verify_inclusion};

#[test]
fn small_proofs_are_those_of_the_definition() {
    let leaves = leaves(64);
    for new in 0..=leaves.len() {
        let tree = &leaves[..new];
        for index in 0..new {
            let proof = inclusion_proof(tree, LeafIndex(index as u64)).unwrap();
            assert_eq!(proof, naive_path(index, tree), "{index} of {new}");
        }
        for old in 1..=new {
            let proof = consistency_proof(tree, size(old as u64)).unwrap();
            assert_eq!(proof, naive_subproof(old, tree, true), "{old} to {new}");
        }
        assert!(consistency_proof(tree, size(0)).unwrap().is_empty());
    }
}

#[test]
fn tiles_give_the_same_proofs_as_leaves() {
    for new in [1u64, 2, 255, 256, 257, 512, 600, 65_537] {
        let (files, tree) = log(new);
        let leaves = leaves(new);
        let mut tiles = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
        for at in [
            0, 1, 2, 100, 255, 256, 257, 300, 511, 512, 599, 65_535, 65_536, 65_537,
        ] {
            let index = LeafIndex(at);
            if at < new {
                let proof = tiles.inclusion_proof(index).unwrap();
                assert_eq!(
                    proof,
                    inclusion_proof(&leaves, index).unwrap(),
                    "{at} of {new}"
                );
                assert_eq!(
                    tiles.leaf(index).unwrap(),
                    leaves[usize::try_from(at).unwrap()]
                );
            }
            if at <= new {
                let proof = tiles.consistency_proof(size(at)).unwrap();
                assert_eq!(
                    proof,
                    consistency_proof(&leaves, size(at)).unwrap(),
                    "{at} to {new}"
                );
                let old = naive_root(&leaves[..usize::try_from(at).unwrap()]);
                assert_eq!(tiles.root_at(size(at)).unwrap(), old);
                verify_consistency(size(at), &old, tree.size(), &tree.root(), &proof).unwrap();
            }
        }
    }
}

#[test]
fn a_long_run_over_many_tiles_stays_right() {
    let (files, tree) = log(70_000);
    let leaves = leaves(70_000);
    let mut tiles = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
    for (index, leaf) in (0..).zip(&leaves).step_by(97) {
        let proof = tiles.inclusion_proof(LeafIndex(index)).unwrap();
        verify_inclusion(leaf, LeafIndex(index), tree.size(), &proof, &tree.root()).unwrap();
    }
}

#[test]
fn what_the_tree_does_not_have_is_refused() {
    let (files, tree) = log(300);
    let mut tiles = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
    for index in [300, 301, 1 << 48, u64::MAX] {
        let index = LeafIndex(index);
        let out = |result| matches!(result, Err(MerkleError::IndexOutOfRange { .. }));
        assert!(out(tiles.inclusion_proof(index)));
        assert!(out(inclusion_proof(&leaves(300), index)));
        assert!(tiles.leaf(index).is_err());
    }
    let reversed = |result| matches!(result, Err(MerkleError::SizesReversed { .. }));
    assert!(reversed(tiles.consistency_proof(size(301))));
    assert!(reversed(consistency_proof(&leaves(300), size(301))));
    assert!(tiles.root_at(size(301)).is_err());
}

#[test]
fn an_altered_tile_is_never_believed() {
    let (files, tree) = log(66_000);
    for path in [
        "tile/0/003",
        "tile/0/257.p/208",
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
    ] {
        let path = TilePath::parse(path).unwrap();
        for byte in [0, 17, files[&path].len() - 1] {
            let mut altered = files.clone();
            altered.get_mut(&path).unwrap()[byte] ^= 1;
            let proof = AuthenticatedTiles::open(&altered, tree.size(), &tree.root())
                .and_then(|mut tiles| tiles.inclusion_proof(LeafIndex(800)));
            let refused = matches!(
                proof,
                Err(MerkleError::TileMismatch(_) | MerkleError::RootMismatch(_))
            );
            assert!(refused, "{path} {byte}");
        }
    }
}

#[test]
fn a_full_tile_may_stand_in_for_a_dropped_partial_one() {
    let (mut files, tree) = log(300);
    let wider = log(512).0;
    files.remove(&TilePath::parse("tile/0/001.p/44").unwrap());
    let missing = AuthenticatedTiles::open(&files, tree.size(), &tree.root());
    assert!(matches!(missing, Err(MerkleError::Missing(_))));
    let full = TilePath::parse("tile/0/001").unwrap();
    files.insert(full, wider[&full].clone());
    let mut tiles = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
    let proof = tiles.inclusion_proof(LeafIndex(299)).unwrap();
    assert_eq!(
        proof,
        inclusion_proof(&leaves(300), LeafIndex(299)).unwrap()
    );
}

#[test]
fn a_tile_of_another_length_is_refused() {
    let (files, tree) = log(300);
    let path = TilePath::new(TileKind::Hashes(0), 1, 44).unwrap();
    let bytes = &files[&path];
    for wrong in [
        &bytes[..bytes.len() - 1],
        &bytes[..32 * 43],
        &[&bytes[..], &[0]].concat(),
        &[],
    ] {
        let mut files = files.clone();
        files.insert(path, wrong.to_vec());
        let refused = AuthenticatedTiles::open(&files, tree.size(), &tree.root());
        assert!(
            matches!(refused, Err(MerkleError::MalformedTile { .. })),
            "{}",
            wrong.len()
        );
    }
}
