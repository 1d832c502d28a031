//! Files made by a second implementation: what they show, and what shows nothing.

use super::*;
use crate::testing::vector;
use crate::{CosignatureVerifier, MerkleError, PolicyWitness};
use serde_json::Value;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

#[test]
fn evidence_of_the_second_implementation_is_judged_as_it_says() {
    let vectors = vector("evidence.json");
    let key = |name| NoteVerifier::parse(text(&vectors, name)).unwrap();
    let (log, receipts) = (key("verifier_key"), key("receipt_verifier_key"));
    let witnesses = [PolicyWitness {
        name: "w1".to_owned(),
        key: CosignatureVerifier::parse(text(&vectors, "witness_verifier_key")).unwrap(),
        url: None,
    }];
    let jury = Jury {
        log: &log,
        receipts: &receipts,
        witnesses: &witnesses,
    };
    let rows = |name| vectors[name].as_array().unwrap();
    for case in rows("cases") {
        let file = text(case, "file");
        let exhibit = Exhibit::parse(file.as_bytes()).unwrap();
        assert_eq!(exhibit.to_string(), file);
        let finding = jury.verify(&exhibit).unwrap();
        assert_eq!(finding.crime().as_str(), text(case, "crime"));
        assert_eq!(finding.weight().as_str(), text(case, "weight"), "{file}");
    }
    for case in rows("refused") {
        let exhibit = Exhibit::parse(text(case, "file").as_bytes()).unwrap();
        assert!(jury.verify(&exhibit).is_err(), "{}", text(case, "why"));
    }
    for case in rows("malformed") {
        let read = Exhibit::parse(text(case, "file").as_bytes());
        let malformed = matches!(read, Err(MerkleError::Malformed(_)));
        assert!(malformed, "{}", text(case, "why"));
    }
}
