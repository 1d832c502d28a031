//! Tests of verification: every small proof, every single bit of it, and hostile numbers.

use super::*;
use crate::testing::{leaves, naive_path, naive_root, naive_subproof, size};
use crate::{consistency_proof, inclusion_proof, root_of};
use proptest::prelude::*;

/// Calls `check` with every version of `bytes` that has one bit flipped.
fn each_flip(hashes: &[Digest], mut check: impl FnMut(&[Digest])) {
    let mut flipped = hashes.to_vec();
    for at in 0..hashes.len() {
        for bit in 0..256 {
            flipped[at].0[bit / 8] ^= 1 << (bit % 8);
            check(&flipped);
            flipped[at] = hashes[at];
        }
    }
}

#[test]
fn every_small_inclusion_proof_verifies_and_no_other_place_does() {
    let leaves = leaves(64);
    for new in 1..=64u64 {
        let tree = &leaves[..usize::try_from(new).unwrap()];
        let root = naive_root(tree);
        for (index, leaf) in tree.iter().enumerate() {
            let proof = naive_path(index, tree);
            for claimed in 0..new {
                let verdict = verify_inclusion(leaf, LeafIndex(claimed), size(new), &proof, &root);
                assert_eq!(
                    verdict.is_ok(),
                    claimed == index as u64,
                    "{index} as {claimed} of {new}"
                );
            }
        }
    }
}

#[test]
fn every_small_consistency_proof_verifies_and_no_other_size_does() {
    let leaves = leaves(64);
    let roots: Vec<_> = (0..=64).map(|n| naive_root(&leaves[..n])).collect();
    for new in 1..=64usize {
        for old in 1..=new {
            let proof = naive_subproof(old, &leaves[..new], true);
            for claimed in 1..=new {
                let verdict = verify_consistency(
                    size(claimed as u64),
                    &roots[old],
                    size(new as u64),
                    &roots[new],
                    &proof,
                );
                assert_eq!(
                    verdict.is_ok(),
                    claimed == old,
                    "{old} as {claimed} to {new}"
                );
            }
        }
    }
}

#[test]
fn one_flipped_bit_is_refused() {
    let leaves = leaves(16);
    for new in 1..=16usize {
        let tree = &leaves[..new];
        let (root, count) = (naive_root(tree), size(new as u64));
        for (index, leaf) in tree.iter().enumerate() {
            let place = LeafIndex(index as u64);
            let proof = naive_path(index, tree);
            let with = |leaf: &Digest, proof: &[Digest], root: &Digest| {
                verify_inclusion(leaf, place, count, proof, root)
            };
            each_flip(&proof, |proof| assert!(with(leaf, proof, &root).is_err()));
            each_flip(&[*leaf], |leaf| {
                assert!(with(&leaf[0], &proof, &root).is_err())
            });
            each_flip(&[root], |root| {
                assert!(with(leaf, &proof, &root[0]).is_err())
            });
        }
        for old in 1..=new {
            let old_root = naive_root(&leaves[..old]);
            let proof = naive_subproof(old, tree, true);
            let with = |old_root: &Digest, new_root: &Digest, proof: &[Digest]| {
                verify_consistency(size(old as u64), old_root, count, new_root, proof)
            };
            each_flip(&proof, |proof| {
                assert!(with(&old_root, &root, proof).is_err())
            });
            each_flip(&[old_root], |old| {
                assert!(with(&old[0], &root, &proof).is_err())
            });
            each_flip(&[root], |new| {
                assert!(with(&old_root, &new[0], &proof).is_err())
            });
        }
    }
}

#[test]
fn a_proof_of_another_length_is_refused() {
    let leaves = leaves(11);
    let root = root_of(&leaves);
    let wrong = |verdict: Result<(), MerkleError>| {
        assert!(
            matches!(verdict, Err(MerkleError::ProofLength { .. })),
            "{verdict:?}"
        );
    };
    for index in 0..11 {
        let index = LeafIndex(index);
        let proof = inclusion_proof(&leaves, index).unwrap();
        let leaf = &leaves[usize::try_from(index.0).unwrap()];
        let longer = [&proof[..], &[root]].concat();
        wrong(verify_inclusion(leaf, index, size(11), &longer, &root));
        wrong(verify_inclusion(leaf, index, size(11), &proof[1..], &root));
    }
    for old in 0..=11 {
        let proof = consistency_proof(&leaves, size(old)).unwrap();
        let old_root = root_of(&leaves[..usize::try_from(old).unwrap()]);
        let longer = [&proof[..], &[root]].concat();
        wrong(verify_consistency(
            size(old),
            &old_root,
            size(11),
            &root,
            &longer,
        ));
        if let Some((_, shorter)) = proof.split_first() {
            wrong(verify_consistency(
                size(old),
                &old_root,
                size(11),
                &root,
                shorter,
            ));
        }
    }
}

#[test]
fn a_tree_of_size_nought_needs_the_empty_root() {
    let (nought, some, other) = (size(0), size(5), Digest([7; 32]));
    assert!(verify_consistency(nought, &EMPTY_ROOT, some, &other, &[]).is_ok());
    assert!(verify_consistency(nought, &EMPTY_ROOT, nought, &EMPTY_ROOT, &[]).is_ok());
    for verdict in [
        verify_consistency(nought, &other, some, &other, &[]),
        verify_consistency(nought, &other, nought, &EMPTY_ROOT, &[]),
        verify_consistency(nought, &EMPTY_ROOT, nought, &other, &[]),
        verify_consistency(nought, &other, nought, &other, &[]),
    ] {
        assert!(matches!(verdict, Err(MerkleError::NotEmptyRoot)));
    }
}

#[test]
fn one_size_with_two_roots_is_a_fork() {
    let (one, two) = (Digest([1; 32]), Digest([2; 32]));
    assert!(verify_consistency(size(5), &one, size(5), &one, &[]).is_ok());
    let fork = verify_consistency(size(5), &one, size(5), &two, &[]);
    assert!(matches!(fork, Err(MerkleError::Fork(5))));
    let reversed = verify_consistency(size(6), &one, size(5), &two, &[]);
    assert!(matches!(
        reversed,
        Err(MerkleError::SizesReversed { old: 6, new: 5 })
    ));
}

/// The subtree roots beside the last leaf of a tree of 2^48, whose leaves are all alike.
#[test]
fn the_largest_tree_can_be_verified() {
    let leaf = Digest([3; 32]);
    let mut proof = vec![leaf];
    for height in 0..47 {
        proof.push(node_hash(&proof[height], &proof[height]));
    }
    let root = node_hash(&proof[47], &proof[47]);
    for index in [0, 1, 12_345_678_901, (1 << 48) - 1] {
        verify_inclusion(&leaf, LeafIndex(index), TreeSize::MAX, &proof, &root).unwrap();
    }
    for index in [1 << 48, 1 << 63, u64::MAX] {
        let verdict = verify_inclusion(&leaf, LeafIndex(index), TreeSize::MAX, &proof, &root);
        assert!(matches!(verdict, Err(MerkleError::IndexOutOfRange { .. })));
    }
    let half = size(1 << 47);
    verify_consistency(half, &proof[47], TreeSize::MAX, &root, &proof[47..]).unwrap();
}

proptest! {
    #[test]
    fn random_numbers_and_hashes_never_verify_and_always_return(
        old in 0..=1u64 << 48,
        new in 0..=1u64 << 48,
        index: u64,
        count in 0usize..64,
        seed: [u8; 32],
    ) {
        let proof: Vec<_> = (0..64u8).map(|n| crate::leaf_hash(&[&seed[..], &[n]].concat())).collect();
        let (leaf, root, proof) = (proof[0], proof[1], &proof[..count]);
        prop_assert!(verify_inclusion(&leaf, LeafIndex(index), size(new), proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, LeafIndex(index >> 16), size(new), proof, &root).is_err());
        prop_assume!(old > 0);
        prop_assert!(verify_consistency(size(old), &leaf, size(new), &root, proof).is_err());
    }

    #[test]
    fn proofs_of_larger_trees_verify_and_with_a_flipped_bit_do_not(
        new in 2u64..3_000,
        pick: u64,
        bit in 0usize..256,
        which: usize,
    ) {
        let leaves = leaves(new);
        let root = root_of(&leaves);
        let flip = |proof: &[Digest]| {
            let mut flipped = proof.to_vec();
            flipped[which % proof.len()].0[bit / 8] ^= 1 << (bit % 8);
            flipped
        };
        let index = pick % new;
        let leaf = leaves[usize::try_from(index).unwrap()];
        let proof = inclusion_proof(&leaves, LeafIndex(index)).unwrap();
        let verify = |proof: &[Digest]| verify_inclusion(&leaf, LeafIndex(index), size(new), proof, &root);
        prop_assert!(verify(&proof).is_ok());
        prop_assert!(verify(&flip(&proof)).is_err());

        let old = pick % (new - 1) + 1;
        let old_root = root_of(&leaves[..usize::try_from(old).unwrap()]);
        let proof = consistency_proof(&leaves, size(old)).unwrap();
        let verify = |proof: &[Digest]| verify_consistency(size(old), &old_root, size(new), &root, proof);
        prop_assert!(verify(&proof).is_ok());
        prop_assert!(verify(&flip(&proof)).is_err());
    }
}
