//! Tests of policies: what reads, what does not, and what makes a quorum.

use super::*;
use crate::testing::{name, signer};
use crate::{Cosigner, TreeSize};
use proptest::prelude::*;
use seinhuis_types::Digest;

const ORIGIN: &str = "hub.example/log/2026h2";

fn cosigner(seed: u8) -> Cosigner {
    Cosigner::from_seed(name(&format!("w{seed}.example")), &[seed; 32]).unwrap()
}

fn key(seed: u8) -> String {
    cosigner(seed).verifier().to_string()
}

fn log() -> String {
    signer(ORIGIN, 1).verifier().to_string()
}

/// Two of three partners, and the privacy officer.
fn text() -> String {
    format!(
        "# who must have seen it\n\nlog {} https://hub.example\n\
         witness police {}\twitness.police.example\n witness om {}\nwitness probation {}\n\
         group partners 2 police om probation\nwitness officer {}\n\
         group both all partners officer\nquorum both\n",
        log(),
        key(11),
        key(12),
        key(13),
        key(14)
    )
}

fn note(by: &[u8]) -> Note {
    let size = TreeSize::new(9).unwrap();
    let checkpoint = Checkpoint::new(name(ORIGIN), size, Digest([7; 32])).unwrap();
    let note = checkpoint.sign(&signer(ORIGIN, 1)).unwrap();
    by.iter().fold(note, |note, seed| {
        let line = cosigner(*seed).cosign(&checkpoint, 5).unwrap();
        note.with(line).unwrap()
    })
}

#[test]
fn a_policy_reads_with_its_addresses() {
    let policy = Policy::parse(&text()).unwrap();
    let logs: Vec<_> = policy.logs().map(|(_, url)| url).collect();
    assert_eq!(logs, [Some("https://hub.example")]);
    let witnesses = policy.witnesses();
    assert_eq!(witnesses.len(), 4);
    assert_eq!(witnesses[0].url.as_deref(), Some("witness.police.example"));
    assert_eq!(witnesses[3].name, "officer");
}

#[test]
fn only_the_quorum_is_enough() {
    let policy = Policy::parse(&text()).unwrap();
    for good in [&[11, 12, 14][..], &[13, 11, 14], &[11, 12, 13, 14]] {
        assert_eq!(policy.check(&note(good)).unwrap().size().get(), 9);
    }
    for few in [
        &[][..],
        &[14],
        &[11, 14],
        &[11, 12, 13],
        &[11, 11, 14],
        &[12, 15, 14],
    ] {
        let refused = policy.check(&note(few));
        assert!(
            matches!(refused, Err(MerkleError::NoQuorum(q)) if q == "both"),
            "{few:?}"
        );
    }
    let none = Policy::parse(&format!("log {}\nquorum none\n", log())).unwrap();
    none.check(&note(&[])).unwrap();
    let one = format!("log {}\nwitness a {}\nquorum a\n", log(), key(11));
    let one = Policy::parse(&one).unwrap();
    assert!(one.check(&note(&[11])).is_ok() && one.check(&note(&[12])).is_err());
}

#[test]
fn a_quorum_does_not_stand_in_for_the_log() {
    let other = format!(
        "log {}\nquorum none\n",
        signer("other.example/log", 2).verifier()
    );
    let policy = Policy::parse(&other).unwrap();
    assert!(matches!(
        policy.check(&note(&[])),
        Err(MerkleError::Unsigned)
    ));
    // Another known log's signature under a checkpoint that is not its own.
    let foreign = signer("other.example/log", 2);
    let text = note(&[]).text().to_owned();
    let foreign = Note::sign(text, &[&foreign]).unwrap();
    assert!(matches!(policy.check(&foreign), Err(MerkleError::Unsigned)));
    assert!(
        Policy::parse("quorum none\n")
            .unwrap()
            .check(&note(&[]))
            .is_err()
    );
}

#[test]
fn one_false_cosignature_rejects_the_note() {
    let policy = Policy::parse(&text()).unwrap();
    let good = note(&[11, 12, 14]);
    let mut line = good.signatures()[1].clone();
    line.signature[20] ^= 1;
    let refused = policy.check(&good.with(line).unwrap());
    assert!(matches!(refused, Err(MerkleError::BadSignature(_))));
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let (log, a, b) = (log(), key(11), key(12));
    let w = format!("witness a {a}\nwitness b {b}\n");
    for bad in [
        String::new(),
        format!("log {log}\n"),
        "quorum none".to_owned(),
        "quorum none\r\n".to_owned(),
        "quorum\n".to_owned(),
        "quorum none none\n".to_owned(),
        "Quorum none\n".to_owned(),
        "quorum none\nquorum none\n".to_owned(),
        "quorum a\n".to_owned(),
        format!("quorum a\nwitness a {a}\n"),
        format!("log {a}\nquorum none\n"),
        format!("log {log} x y\nquorum none\n"),
        format!("log {log}\nlog {log}\nquorum none\n"),
        format!("witness a {log}\nquorum none\n"),
        format!("witness none {a}\nquorum none\n"),
        format!("witness a {a}\nwitness b {a}\nquorum none\n"),
        format!("witness a {a}\nwitness a {b}\nquorum none\n"),
        format!("{w}group g 0 a b\nquorum g\n"),
        format!("{w}group g 3 a b\nquorum g\n"),
        format!("{w}group g 01 a b\nquorum g\n"),
        format!("{w}group g +1 a b\nquorum g\n"),
        format!("{w}group g most a b\nquorum g\n"),
        format!("{w}group g any\nquorum g\n"),
        format!("{w}group g all\nquorum g\n"),
        format!("{w}group g any none\nquorum g\n"),
        format!("{w}group g any a a\nquorum g\n"),
        format!("{w}group g any g\nquorum g\n"),
        format!("{w}group g any c\nquorum g\n"),
        format!("{w}group a any b\nquorum a\n"),
        format!("{w}group g any a\ngroup h any a b\nquorum h\n"),
        format!("{w}group h any g\ngroup g any a\nquorum h\n"),
    ] {
        assert!(Policy::parse(&bad).is_err(), "{bad}");
    }
    let long = format!("#{}\nquorum none\n", "x".repeat(MAX_POLICY_BYTES));
    assert!(Policy::parse(&long).is_err());
}

proptest! {
    #[test]
    fn a_threshold_counts_distinct_members(need in 1usize..=5, there in proptest::collection::btree_set(0u8..5, 0..=5)) {
        let mut text = format!("log {}\n", log());
        for seed in 0..5u8 {
            text.push_str(&format!("witness n{seed} {}\n", key(seed + 20)));
        }
        text.push_str(&format!("group g {need} n0 n1 n2 n3 n4\nquorum g\n"));
        let policy = Policy::parse(&text).unwrap();
        let by: Vec<u8> = there.iter().map(|seed| seed + 20).collect();
        prop_assert_eq!(policy.check(&note(&by)).is_ok(), by.len() >= need);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(log|witness|group|quorum|none|any|all|a|b|1| |\t|\n|#){0,60}") {
        let _ = Policy::parse(&text);
    }
}
