//! Tests of cosignatures: the vector, who is believed, what is refused.

use super::*;
use crate::testing::{name, signer, vector};
use crate::{NoteVerifier, TreeSize};
use seinhuis_types::Digest;

const ORIGIN: &str = "hub.example/log/2026h2";

fn cosigner(seed: u8) -> Cosigner {
    Cosigner::from_seed(name("police.example/w1"), &[seed; 32]).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(name(ORIGIN), TreeSize::new(size).unwrap(), Digest([7; 32])).unwrap()
}

fn cosigned(by: &Cosigner, seconds: &[u64]) -> Note {
    let checkpoint = checkpoint(9);
    let mut note = checkpoint.sign(&signer(ORIGIN, 1)).unwrap();
    for seconds in seconds {
        note = note
            .with(by.cosign(&checkpoint, *seconds).unwrap())
            .unwrap();
    }
    note
}

#[test]
fn the_vector_is_made_again_and_its_refusals_are_ones() {
    let vector = vector("cosignature.json");
    let seed = crate::testing::digest(vector["private_key"].as_str().unwrap()).0;
    let key_name = name(vector["key_name"].as_str().unwrap());
    let cosigner = Cosigner::from_seed(key_name, &seed).unwrap();
    let vkey = vector["verifier_key"].as_str().unwrap();
    assert_eq!(cosigner.verifier().to_string(), vkey);
    let verifier = CosignatureVerifier::parse(vkey).unwrap();
    for case in vector["cases"].as_array().unwrap() {
        let checkpoint = Checkpoint::parse_text(case["text"].as_str().unwrap()).unwrap();
        let seconds = case["seconds"].as_u64().unwrap();
        let line = cosigner.cosign(&checkpoint, seconds).unwrap();
        assert_eq!(line.to_string(), case["line"].as_str().unwrap());
        let note = Note::parse(case["note"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(verifier.verify(&note).unwrap(), seconds);
    }
    for case in vector["refused"].as_array().unwrap() {
        let note = Note::parse(case["note"].as_str().unwrap().as_bytes()).unwrap();
        assert!(verifier.verify(&note).is_err(), "{}", case["why"]);
    }
}

#[test]
fn one_flipped_bit_of_a_cosigned_note_is_refused() {
    let by = cosigner(3);
    let log = signer(ORIGIN, 1);
    let text = cosigned(&by, &[1_790_000_000]).to_string();
    let check = |bytes: &[u8]| {
        let note = Note::parse(bytes)?;
        Checkpoint::open(&note, log.verifier())?;
        by.verifier().verify(&note)
    };
    assert_eq!(check(text.as_bytes()).unwrap(), 1_790_000_000);
    for bit in 0..text.len() * 8 {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(check(&bytes).is_err(), "{bit}");
    }
}

#[test]
fn a_cosignature_is_of_its_own_key_and_type() {
    let by = cosigner(3);
    let note = cosigned(&by, &[5]);
    assert!(matches!(
        cosigner(4).verifier().verify(&note),
        Err(MerkleError::Unsigned)
    ));
    let vkey = by.verifier().to_string();
    assert!(NoteVerifier::parse(&vkey).is_err());
    let as_log = signer("police.example/w1", 3);
    assert!(CosignatureVerifier::parse(&as_log.verifier().to_string()).is_err());
    assert_ne!(as_log.verifier().key_id(), by.verifier().key_id());
    // A plain signature under the id of the cosignature is not one.
    let mut line = as_log_line(&as_log);
    line.key_id = by.verifier().key_id();
    let note = cosigned(&by, &[]).with(line).unwrap();
    assert!(matches!(
        by.verifier().verify(&note),
        Err(MerkleError::BadSignature(_))
    ));
}

fn as_log_line(signer: &crate::NoteSigner) -> NoteSignature {
    let note = Note::sign(checkpoint(9).to_text(), &[signer]).unwrap();
    note.signatures()[0].clone()
}

#[test]
fn the_latest_counts_and_one_false_one_rejects_the_note() {
    let by = cosigner(3);
    let note = cosigned(&by, &[5, 9, 7]);
    assert_eq!(by.verifier().verify(&note).unwrap(), 9);
    let other = by.cosign(&checkpoint(10), 11).unwrap();
    let note = note.with(other).unwrap();
    assert!(matches!(
        by.verifier().verify(&note),
        Err(MerkleError::BadSignature(_))
    ));
}

#[test]
fn a_cosignature_without_a_time_is_neither_made_nor_taken() {
    let by = cosigner(3);
    assert!(by.cosign(&checkpoint(9), 0).is_err());
    let text = message(0, &checkpoint(9).to_text());
    let line = NoteSignature {
        name: by.verifier().name().clone(),
        key_id: by.verifier().key_id(),
        signature: [&[0; 8], by.pair.sign(text.as_bytes()).as_ref()].concat(),
    };
    let note = cosigned(&by, &[]).with(line).unwrap();
    assert!(by.verifier().verify(&note).is_err());
}
