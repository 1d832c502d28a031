//! Tests of the request for a cosignature.

use super::*;
use crate::testing::{digest, leaves, log, name, signer, size, vector};
use crate::{Checkpoint, NoteVerifier, consistency_proof, verify_consistency};
use proptest::prelude::*;

const ORIGIN: &str = "hub.example/log/2026h2";

fn request(old: u64, new: u64) -> AddCheckpoint {
    let tree = log(new).1;
    let checkpoint = Checkpoint::new(name(ORIGIN), tree.size(), tree.root()).unwrap();
    let proof = consistency_proof(&leaves(new), size(old)).unwrap();
    AddCheckpoint::new(
        size(old),
        proof,
        checkpoint.sign(&signer(ORIGIN, 1)).unwrap(),
    )
    .unwrap()
}

#[test]
fn the_vector_reads_and_proves_itself() {
    let vector = vector("add_checkpoint.json");
    let log = NoteVerifier::parse(vector["verifier_key"].as_str().unwrap()).unwrap();
    for case in vector["cases"].as_array().unwrap() {
        let body = case["body"].as_str().unwrap();
        let read = AddCheckpoint::parse(body.as_bytes()).unwrap();
        assert_eq!(read.to_string(), body);
        assert_eq!(read.old().get(), case["old"].as_u64().unwrap());
        let checkpoint = Checkpoint::open(read.checkpoint(), &log).unwrap();
        let old_root = digest(case["old_root"].as_str().unwrap());
        verify_consistency(
            read.old(),
            &old_root,
            checkpoint.size(),
            checkpoint.root(),
            read.proof(),
        )
        .unwrap();
    }
    for case in vector["malformed"].as_array().unwrap() {
        let body = case["body"].as_str().unwrap();
        assert!(
            AddCheckpoint::parse(body.as_bytes()).is_err(),
            "{}",
            case["why"]
        );
    }
}

#[test]
fn a_request_with_more_than_63_hashes_is_refused() {
    let note = request(0, 1).checkpoint().clone();
    let hashes = |count| vec![Digest([1; 32]); count];
    let most = AddCheckpoint::new(size(1), hashes(63), note.clone()).unwrap();
    AddCheckpoint::parse(most.to_string().as_bytes()).unwrap();
    assert!(AddCheckpoint::new(size(1), hashes(64), note).is_err());
    let line = format!("{}\n", encode(&[1; 32]));
    let more = most.to_string().replacen(&line, &line.repeat(2), 1);
    assert!(AddCheckpoint::parse(more.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn what_is_written_reads_back(old in 0u64..40, more in 0u64..40) {
        let made = request(old, old + more);
        prop_assert_eq!(AddCheckpoint::parse(made.to_string().as_bytes()).unwrap(), made);
    }

    #[test]
    fn any_bytes_are_read_to_the_same_bytes_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(read) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn a_flipped_bit_reads_to_other_bytes_or_not_at_all(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = request(5, 9).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(read) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
        }
    }
}
