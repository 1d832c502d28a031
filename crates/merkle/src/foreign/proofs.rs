//! Every proof of every tree of at most 300 leaves, in our verifier and in two of others.

use super::{count, hash, hashes};
use crate::testing::{entry, leaves};
use crate::{
    EMPTY_ROOT, MerkleError, TreeSize, consistency_proof, inclusion_proof, root_of,
    verify_consistency, verify_inclusion,
};
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use seinhuis_types::{Digest, LeafIndex};
use sha2::Sha256;
use tlog_tiles::tlog::{check_record, check_tree};

const LARGEST: usize = 300;

/// The root of each size.
struct Roots(Vec<Digest>);

impl Roots {
    fn at(&self, leaves: usize) -> &Digest {
        &self.0[leaves]
    }
}

/// All leaves, and the root of each size.
fn trees() -> (Vec<Digest>, Roots) {
    let leaves = leaves(LARGEST as u64);
    let roots = (0..=LARGEST).map(|n| root_of(&leaves[..n])).collect();
    (leaves, Roots(roots))
}

/// The tree as `ct-merkle` knows it.
fn theirs(root: &Digest, leaves: usize) -> RootHash<Sha256> {
    RootHash::new(root.0.into(), leaves as u64)
}

fn bytes(proof: &[Digest]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

/// The digest with one bit flipped; which one follows from the numbers, so that all come around.
fn flipped(digest: &Digest, numbers: [usize; 3]) -> Digest {
    let [a, b, c] = numbers;
    let bit = (a * 31 + b * 17 + c * 101) % 256;
    let mut other = *digest;
    other.0[bit / 8] ^= 1 << (bit % 8);
    other
}

/// The proof with one bit of its hash at `at` flipped.
fn proof_flipped(proof: &[Digest], at: usize, numbers: [usize; 2]) -> Vec<Digest> {
    let mut proof = proof.to_vec();
    proof[at] = flipped(&proof[at], [numbers[0], numbers[1], at]);
    proof
}

/// Proofs with a hash too many at either end, and with one too few.
fn other_lengths(proof: &[Digest]) -> Vec<Vec<Digest>> {
    let more = Digest([7; 32]);
    let mut all = vec![
        [proof, &[more]].concat(),
        [&[more], proof].concat(),
        [proof, &[more; 64]].concat(),
    ];
    if let [first, rest @ ..] = proof {
        all.push(rest.to_vec());
        all.push(proof[..proof.len() - 1].to_vec());
        all.push([&[*first], proof].concat());
    }
    all
}

fn wrong_length(verdict: &Result<(), MerkleError>) -> bool {
    matches!(verdict, Err(MerkleError::ProofLength { .. }))
}

#[test]
fn every_inclusion_proof_up_to_300_is_accepted_by_all_and_altered_by_none() {
    let (leaves, roots) = trees();
    for new in 1..=LARGEST {
        let (tree, root, n) = (&leaves[..new], roots.at(new), count(new));
        for (index, leaf) in tree.iter().enumerate() {
            let at = LeafIndex(index as u64);
            let proof = inclusion_proof(tree, at).unwrap();
            verify_inclusion(leaf, at, n, &proof, root).unwrap();
            check_record(&hashes(&proof), new as u64, hash(root), at.0, hash(leaf)).unwrap();
            let other = InclusionProof::try_from_bytes(bytes(&proof)).unwrap();
            theirs(root, new)
                .verify_inclusion(&entry(at.0), at.0, &other)
                .unwrap();

            let with = |leaf: &Digest, proof: &[Digest], root: &Digest| {
                verify_inclusion(leaf, at, n, proof, root)
            };
            let numbers = [new, index];
            let mismatch = |verdict| matches!(verdict, Err(MerkleError::ProofMismatch));
            assert!(mismatch(with(
                &flipped(leaf, [new, index, 1]),
                &proof,
                root
            )));
            assert!(mismatch(with(
                leaf,
                &proof,
                &flipped(root, [new, index, 2])
            )));
            for which in 0..proof.len() {
                let altered = proof_flipped(&proof, which, numbers);
                assert!(mismatch(with(leaf, &altered, root)), "{index} of {new}");
            }
        }
    }
}

#[test]
fn every_consistency_proof_up_to_300_is_accepted_by_all_and_altered_by_none() {
    let (leaves, roots) = trees();
    for new in 0..=LARGEST {
        let (tree, new_root, n) = (&leaves[..new], roots.at(new), count(new));
        for old in 0..=new {
            let (old_root, m) = (roots.at(old), count(old));
            let proof = consistency_proof(tree, m).unwrap();
            verify_consistency(m, old_root, n, new_root, &proof).unwrap();
            // The others know no proof from a tree without leaves.
            if old > 0 {
                let (t, th) = (new as u64, hash(new_root));
                check_tree(&hashes(&proof), t, th, old as u64, hash(old_root)).unwrap();
                let other = ConsistencyProof::try_from_bytes(bytes(&proof)).unwrap();
                theirs(new_root, new)
                    .verify_consistency(&theirs(old_root, old), &other)
                    .unwrap();
            }

            let with = |old_root: &Digest, new_root: &Digest, proof: &[Digest]| {
                verify_consistency(m, old_root, n, new_root, proof)
            };
            assert!(with(&flipped(old_root, [new, old, 1]), new_root, &proof).is_err());
            // From nothing to any tree there is nothing to prove, so nothing holds the new root.
            if old > 0 || new == 0 {
                assert!(with(old_root, &flipped(new_root, [new, old, 2]), &proof).is_err());
            }
            for which in 0..proof.len() {
                let altered = proof_flipped(&proof, which, [new, old]);
                assert!(
                    with(old_root, new_root, &altered).is_err(),
                    "{old} to {new}"
                );
            }
        }
    }
}

#[test]
fn a_proof_of_another_length_up_to_300_is_refused() {
    let (leaves, roots) = trees();
    // Around each power of two, where the number of hashes changes most.
    for new in [1, 2, 3, 7, 8, 9, 63, 64, 65, 255, 256, 257, LARGEST] {
        let (tree, root, n) = (&leaves[..new], roots.at(new), count(new));
        for place in 0..=new {
            for proof in other_lengths(&consistency_proof(tree, count(place)).unwrap()) {
                let verdict = verify_consistency(count(place), roots.at(place), n, root, &proof);
                assert!(wrong_length(&verdict), "{place} to {new}: {verdict:?}");
            }
            let Some(leaf) = tree.get(place) else { break };
            let at = LeafIndex(place as u64);
            for proof in other_lengths(&inclusion_proof(tree, at).unwrap()) {
                let verdict = verify_inclusion(leaf, at, n, &proof, root);
                assert!(wrong_length(&verdict), "{place} of {new}: {verdict:?}");
            }
        }
    }
}

/// A proof does not always bind the size that it is claimed for: the signed checkpoint does. So the
/// verdict on a false size or place must be the reference's, and for another place always no.
#[test]
fn a_false_index_or_size_gets_the_verdict_of_the_reference() {
    let (leaves, roots) = trees();
    let mut refused = 0;
    for new in [1, 2, 3, 4, 5, 8, 11, 64, 100, 255, 256, 257] {
        let (tree, root) = (&leaves[..new], roots.at(new));
        for (place, leaf) in tree.iter().enumerate() {
            let at = place as u64;
            let proof = inclusion_proof(tree, LeafIndex(at)).unwrap();
            for claimed in [at.wrapping_sub(1), at + 1, at ^ 2, at + new as u64] {
                let verdict = verify_inclusion(leaf, LeafIndex(claimed), count(new), &proof, root);
                assert!(verdict.is_err(), "{at} as {claimed} of {new}");
            }
            for claimed in [new - 1, new + 1, new * 2] {
                let ours = verify_inclusion(leaf, LeafIndex(at), count(claimed), &proof, root);
                let (p, t) = (hashes(&proof), claimed as u64);
                let reference = check_record(&p, t, hash(root), at, hash(leaf));
                assert_eq!(
                    ours.is_ok(),
                    reference.is_ok(),
                    "{at} of {new} as {claimed}"
                );
                refused += usize::from(ours.is_err());
            }
        }
        for old in 1..new {
            let proof = consistency_proof(tree, count(old)).unwrap();
            for (m, n) in [
                (old - 1, new),
                (old + 1, new),
                (old, new - 1),
                (old, new + 1),
            ] {
                let ours = verify_consistency(count(m), roots.at(old), count(n), root, &proof);
                let (p, t) = (hashes(&proof), n as u64);
                let reference = check_tree(&p, t, hash(root), m as u64, hash(roots.at(old)));
                assert_eq!(
                    ours.is_ok(),
                    reference.is_ok(),
                    "{old} to {new} as {m}, {n}"
                );
                refused += usize::from(ours.is_err());
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

/// Numbers on which published verifiers hang, panic or say yes.
#[test]
fn numbers_that_defeat_other_verifiers_are_refused() {
    let (leaf, root) = (Digest([1; 32]), Digest([2; 32]));
    let long = [Digest([3; 32]); 56];
    // `ct-merkle` never returns for this size and index, and panics for an index of 2^63.
    let hostile = 13_224_969_014_871_307_776;
    for size in [(1 << 48) + 1, 1 << 63, (1 << 63) + 1, hostile, u64::MAX] {
        assert!(matches!(TreeSize::new(size), Err(MerkleError::TooLarge(_))));
    }
    for index in [1 << 48, (1 << 63) - 1, 1 << 63, u64::MAX] {
        let verdict = verify_inclusion(&leaf, LeafIndex(index), TreeSize::MAX, &long, &root);
        assert!(matches!(verdict, Err(MerkleError::IndexOutOfRange { .. })));
    }
    let in_range = verify_inclusion(&leaf, LeafIndex(1), TreeSize::MAX, &long, &root);
    assert!(wrong_length(&in_range));
    // `sigstore-merkle` says yes to any two roots when the old size is 0.
    let nought = verify_consistency(TreeSize::EMPTY, &leaf, count(5), &root, &[]);
    assert!(matches!(nought, Err(MerkleError::NotEmptyRoot)));
    let padded = verify_consistency(TreeSize::EMPTY, &EMPTY_ROOT, count(5), &root, &[leaf]);
    assert!(wrong_length(&padded));
}
