//! Tests of receipts, against a note made by another implementation.

use super::*;
use crate::leaf_hash;
use crate::testing::{digest, entry, name, signer};

/// Made by a Python script with `hashlib` and `cryptography`: seed 32 times 9.
const VKEY: &str =
    "hub.example/log/2026h2/receipt+eb12b898+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY";
const NOTE: &str = "seinhuis/receipt/v1\nhub.example/log/2026h2\n69999\n\
    YzKWIcZr3vFEvdZt6H9WpssWW9RZtb51prcxzZMTzy0=\n\
    hq411Ypqo7V0LflO+dcWIhnwEGqRGuGVTB8GBKrsgF0=\n1767225600000\n\n\
    — hub.example/log/2026h2/receipt 6xK4mOxInoLHRK6taVD0gh3Frko1KDCkkuaCJEMdPOIpedmRXgHgLQ5j1w6+\
    XSFT3pK3xDFvckstpU/+H2CxCkibbwE=\n";

fn receipt() -> Receipt {
    Receipt {
        origin: name("hub.example/log/2026h2"),
        index: LeafIndex(69_999),
        leaf_hash: leaf_hash(&entry(69_999)),
        decision_digest: digest("86ae35d58a6aa3b5742df94ef9d7162219f0106a911ae1954c1f0604aaec805d"),
        commit_ms: Millis(1_767_225_600_000),
    }
}

#[test]
fn a_receipt_is_the_same_note_as_another_implementation_makes() {
    let key = signer("hub.example/log/2026h2/receipt", 9);
    assert_eq!(key.verifier().to_string(), VKEY);
    assert_eq!(receipt().sign(&key).unwrap().to_string(), NOTE);
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(
        Receipt::open(&note, &NoteVerifier::parse(VKEY).unwrap()).unwrap(),
        receipt()
    );
    assert_eq!(
        Receipt::key_name(&receipt().origin).unwrap(),
        *key.verifier().name()
    );
}

#[test]
fn one_flipped_bit_of_a_receipt_is_refused() {
    let key = NoteVerifier::parse(VKEY).unwrap();
    for bit in 0..NOTE.len() * 8 {
        let mut bytes = NOTE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let opened = Note::parse(&bytes).and_then(|note| Receipt::open(&note, &key));
        assert!(opened.is_err(), "{bit}");
    }
}

#[test]
fn only_the_receipt_key_of_that_log_signs_receipts() {
    for other in [
        "hub.example/log/2026h2",
        "hub.example/log/2027h1/receipt",
        "hub.example/log/2026h2/receipt/receipt",
    ] {
        let key = signer(other, 9);
        assert!(
            matches!(receipt().sign(&key), Err(MerkleError::WrongKey { .. })),
            "{other}"
        );
        let note = Note::sign(receipt().to_text(), &[&key]).unwrap();
        let opened = Receipt::open(&note, key.verifier());
        assert!(
            matches!(opened, Err(MerkleError::WrongKey { .. })),
            "{other}"
        );
    }
}

#[test]
fn the_text_has_one_spelling() {
    let good = receipt().to_text();
    assert_eq!(Receipt::parse_text(&good).unwrap(), receipt());
    for bad in [
        good.replace("/v1\n", "/v2\n"),
        good.replace("69999", "069999"),
        good.replace("69999", "+69999"),
        good.replace("69999", "281474976710656"),
        good.replace("1767225600000", "01767225600000"),
        good.replace("1767225600000", "-1"),
        good.replace("zy0=", "zy1="),
        good.replace("zy0=", "zy0"),
        good.replace("YzKW", ""),
        good.replace("hub.example", "hub example"),
        good.replace('\n', "\r\n"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}more\n"),
        format!("\n{good}"),
        String::new(),
    ] {
        assert!(Receipt::parse_text(&bad).is_err(), "{bad:?}");
    }
    let beyond = Receipt {
        index: LeafIndex(1 << 48),
        ..receipt()
    };
    assert!(
        beyond
            .sign(&signer("hub.example/log/2026h2/receipt", 9))
            .is_err()
    );
}
