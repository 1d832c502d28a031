//! A hub that does not answer.

use super::config::partner;
use super::{code, run, shown, told};
use std::net::TcpListener;

/// A port nobody listens at: it was free a moment ago.
fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn a_hub_that_is_not_there_is_4_for_every_verb_that_needs_one() {
    let config = partner(closed());
    let hash = format!("$1$1${}", "A".repeat(86));
    let verbs: &[&[&str]] = &[
        &["directory", "partners"],
        &["directory", "ruleset"],
        &["keys", "list", "00000099000000050000", "intake"],
        &["agreement", "show", &hash],
        &[
            "agreement",
            "leave",
            &hash,
            "--initiator",
            "p-1",
            "--approver",
            "p-2",
        ],
        &["audit", "checkpoint"],
        &["audit", "verify"],
        &["decision", "explain", "0"],
        &["signal", "receive", "intake", "--once"],
    ];
    for verb in verbs {
        let output = run(&[&["--config", config.path()], *verb].concat());
        assert_eq!(code(&output), 4, "{verb:?}: {}", told(&output));
        assert!(
            told(&output).contains("the hub cannot be reached"),
            "{}",
            told(&output)
        );
        assert!(shown(&output).is_empty());
    }
}

#[test]
fn a_hub_that_is_silent_is_4_after_a_sign_of_life_was_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = partner(silent.local_addr().unwrap().port());
    let output = run(&["--config", config.path(), "--json", "directory", "partners"]);
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(
        told(&output).contains("no sign of life within 8 s"),
        "{}",
        told(&output)
    );
    assert!(
        told(&output).contains("\"kind\":\"unreachable\""),
        "{}",
        told(&output)
    );
}

#[test]
fn one_person_cannot_take_a_step_alone_and_the_hub_is_not_asked() {
    let config = partner(closed());
    let hash = format!("$1$1${}", "A".repeat(86));
    let step = [
        "agreement",
        "accept",
        &hash,
        "--initiator",
        "p-1",
        "--approver",
        "P-1",
    ];
    let output = run(&[&["--config", config.path()], &step[..]].concat());
    assert_eq!(code(&output), 3, "{}", told(&output));
    assert!(
        told(&output).contains("two different persons"),
        "{}",
        told(&output)
    );
}
