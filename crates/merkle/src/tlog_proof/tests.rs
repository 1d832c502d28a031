//! Tests of tlog-proofs: a whole one, its parts exchanged, its form.

use super::*;
use crate::testing::{ROOT_70_000, digest, entry, leaves, log, name, signer, size};
use crate::{AuthenticatedTiles, inclusion_proof, leaf_hash};
use proptest::prelude::*;

const ORIGIN: &str = "hub.example/log/2026h2";

/// Made by a Python script with `hashlib` and `cryptography`: seed 32 times 1.
const VKEY: &str = "hub.example/log/2026h2+5d5cecc8+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const CHECKPOINT: &str = "hub.example/log/2026h2\n70000\n\
    o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao=\n\n\
    — hub.example/log/2026h2 XVzsyOOROpfZlfywpVwe47MYzX89psRG+fpPfOWZbTRdip6j5lhXK9y0Z5CNPTVgMOsQEM0e\
    Dv0pRsd8ijUtOz0/Cw8=\n";

fn proof(index: u64, count: u64) -> TlogProof {
    let leaves = leaves(count);
    let root = crate::root_of(&leaves);
    let checkpoint = Checkpoint::new(name(ORIGIN), size(count), root).unwrap();
    let hashes = inclusion_proof(&leaves, LeafIndex(index)).unwrap();
    TlogProof::new(
        LeafIndex(index),
        hashes,
        checkpoint.sign(&signer(ORIGIN, 1)).unwrap(),
    )
    .unwrap()
}

#[test]
fn a_proof_under_a_foreign_checkpoint_verifies_from_its_text() {
    let files = log(70_000).0;
    let mut tiles = AuthenticatedTiles::open(&files, size(70_000), &digest(ROOT_70_000)).unwrap();
    let index = LeafIndex(12_345);
    let hashes = tiles.inclusion_proof(index).unwrap();
    let checkpoint = Note::parse(CHECKPOINT.as_bytes()).unwrap();
    let text = TlogProof::new(index, hashes, checkpoint)
        .unwrap()
        .to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 12345\n"));
    assert!(text.ends_with(CHECKPOINT));
    assert_eq!(text.split_once("\n\n").unwrap().0.lines().count(), 2 + 17);

    let proof = TlogProof::parse(text.as_bytes()).unwrap();
    let key = NoteVerifier::parse(VKEY).unwrap();
    let checkpoint = proof.verify(&leaf_hash(&entry(12_345)), &key).unwrap();
    assert_eq!(checkpoint.size(), size(70_000));
    let other = proof.verify(&leaf_hash(&entry(12_346)), &key);
    assert!(matches!(other, Err(MerkleError::ProofMismatch)));
}

#[test]
fn one_flipped_bit_of_a_proof_is_refused() {
    let text = proof(2, 7).to_string();
    let (leaf, key) = (leaf_hash(&entry(2)), signer(ORIGIN, 1));
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified =
            TlogProof::parse(&bytes).and_then(|proof| proof.verify(&leaf, key.verifier()));
        assert!(verified.is_err(), "{bit}");
    }
}

#[test]
fn extra_data_travels_and_proves_nothing() {
    let plain = proof(2, 7);
    let with = plain.clone().with_extra(b"more".to_vec()).unwrap();
    let text = with.to_string();
    assert!(text.contains("@v1\nextra bW9yZQ==\nindex 2\n"));
    assert_eq!(TlogProof::parse(text.as_bytes()).unwrap(), with);
    assert_eq!(with.extra(), b"more");
    let largest = plain.clone().with_extra(vec![0; MAX_EXTRA_BYTES]).unwrap();
    assert_eq!(
        TlogProof::parse(largest.to_string().as_bytes()).unwrap(),
        largest
    );
    assert!(plain.with_extra(vec![0; MAX_EXTRA_BYTES + 1]).is_err());
}

#[test]
fn a_checkpoint_of_another_key_or_log_is_refused() {
    let (proof, leaf) = (proof(2, 7), leaf_hash(&entry(2)));
    proof.verify(&leaf, signer(ORIGIN, 1).verifier()).unwrap();
    assert!(proof.verify(&leaf, signer(ORIGIN, 2).verifier()).is_err());
    assert!(
        proof
            .verify(&leaf, signer("other.example/log", 1).verifier())
            .is_err()
    );
}

#[test]
fn other_forms_are_refused() {
    let good = proof(2, 7).to_string();
    let first = good.lines().nth(2).unwrap().to_owned();
    for bad in [
        good.replace("proof@v1", "proof@v2"),
        good.replace("index 2\n", ""),
        good.replace("index 2\n", "index 02\n"),
        good.replace("index 2\n", "index -1\n"),
        good.replace("index 2\n", "index  2\n"),
        good.replace("index 2\n", "extra \nindex 2\n"),
        good.replace("index 2\n", "extra bW9yZQ\nindex 2\n"),
        good.replace("index 2\n", "extra bW9yZQ==\nextra bW9yZQ==\nindex 2\n"),
        good.replace("index 2\n", "index 2\nextra bW9yZQ==\n"),
        good.replace(&first, &encode(&[7; 31])),
        good.replace(&format!("{first}\n"), &format!("{first}\n").repeat(60)),
        good.replacen("\n\n", "\n\n\n", 1),
        good.replacen("\n\n", "\n", 1),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("\n{good}"),
        String::new(),
    ] {
        let read = TlogProof::parse(bad.as_bytes());
        let key = signer(ORIGIN, 1);
        assert!(
            read.and_then(|read| read.verify(&leaf_hash(&entry(2)), key.verifier()))
                .is_err(),
            "{bad}"
        );
    }
    let note = proof(2, 7).checkpoint().clone();
    assert!(TlogProof::new(LeafIndex(0), vec![Digest([0; 32]); 49], note).is_err());
}

#[test]
fn a_text_over_the_limit_is_refused_for_its_length() {
    let refused = TlogProof::parse(&vec![b'a'; MAX_PROOF_BYTES + 1]);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "tlog-proof: at most 196 KiB"
    );
}

proptest! {
    #[test]
    fn every_proof_reads_back(index in 0u64..40, more in 1u64..40, extra in prop::collection::vec(any::<u8>(), 0..9)) {
        let proof = proof(index, index + more).with_extra(extra).unwrap();
        prop_assert_eq!(TlogProof::parse(proof.to_string().as_bytes()).unwrap(), proof.clone());
        prop_assert!(proof.verify(&leaf_hash(&entry(index)), signer(ORIGIN, 1).verifier()).is_ok());
    }
}
