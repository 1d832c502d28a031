//! The dishonest hub: each crime is named, and what is kept of it convinces somebody who was not
//! there. An honest one is never accused.

use super::config::log_signer;
use super::copy::{leaf, receipt, receipt_path};
use super::hub::{Hub, Log, foreign_signer, swapped_signer};
use super::{code, run, told};
use seinhuis_types::Digest;
use std::process::Output;

/// What must come of a crime: its code, its name, how far the evidence goes.
fn convicted(hub: &Hub, output: &Output, number: i32, crime: &str, weight: &str) {
    assert_eq!(code(output), number, "{}", told(output));
    assert!(told(output).contains(crime), "{}", told(output));
    let (file, document) = hub.evidence();
    assert_eq!(document["crime"], crime);
    assert_eq!(document["weight"], weight);
    for text in ["text_nl", "text_en"] {
        assert!(document[text].as_str().unwrap().contains("hub.example"));
    }
    doctored(hub, &file, weight);
}

/// Another log's key, another crime's name or an altered byte, and it shows nothing.
fn doctored(hub: &Hub, file: &std::path::Path, weight: &str) {
    let good = std::fs::read_to_string(file).unwrap();
    let copy = hub.state("doctored").display().to_string();
    let judged = |text: &str| {
        std::fs::write(&copy, text).unwrap();
        code(&hub.run(&["audit", "evidence", &copy]))
    };
    assert_eq!(judged(&good), 0);
    assert_eq!(judged(&good.replace("evidence/v1", "evidence/v2")), 3);
    assert_eq!(judged(&format!("{good}\n")), 3);
    if weight == "proof" {
        for (from, to) in [("\t9\n", "\t8\n"), ("crime fork", "crime rollback")] {
            let bad = good.replacen(from, to, 1);
            assert!(bad == good || [3, 5].contains(&judged(&bad)), "{bad}");
        }
        let log = foreign_signer().verifier().to_string();
        let receipts = "other.example/log/receipt";
        let receipts = seinhuis_merkle::KeyName::parse(receipts).unwrap();
        let receipts = seinhuis_merkle::NoteSigner::from_seed(receipts, &[2; 32]).unwrap();
        let receipts = receipts.verifier().to_string();
        let file = file.display().to_string();
        let verb = ["audit", "evidence", &file, "--log", &log];
        let output = run(&[&verb[..], &["--receipts", &receipts]].concat());
        assert_eq!(code(&output), 5, "{}", told(&output));
    }
}

/// A hub of nine entries that this partner has verified once.
fn known() -> (Hub, Vec<u8>) {
    let hub = Hub::of(&Log::honest(9));
    let output = hub.run(&["audit", "verify"]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let pinned = std::fs::read(hub.state("checkpoint")).unwrap();
    (hub, pinned)
}

/// Verifies; the pinned checkpoints stay where they were.
fn verified(hub: &Hub, pinned: &[u8]) -> Output {
    let output = hub.run(&["audit", "verify"]);
    for file in ["checkpoint", "verified-checkpoint"] {
        assert_eq!(std::fs::read(hub.state(file)).unwrap(), pinned, "{file}");
    }
    output
}

#[test]
fn a_fork_is_proven_whatever_size_it_is_shown_at() {
    for (size, from) in [(9, 4), (9, 0), (12, 8), (300, 3)] {
        let (hub, pinned) = known();
        hub.show(&Log::other(size, from));
        convicted(&hub, &verified(&hub, &pinned), 20, "fork", "proof");
    }
}

#[test]
fn a_fork_is_proven_although_the_hub_gives_false_proofs() {
    let (hub, pinned) = known();
    hub.show(&Log::other(40, 2));
    hub.lie(|says| says.false_proofs = true);
    convicted(&hub, &verified(&hub, &pinned), 20, "fork", "proof");
}

#[test]
fn a_smaller_fork_is_proven_while_the_hub_still_shows_the_larger_tree() {
    let (hub, pinned) = known();
    hub.lie(|says| says.checkpoint = Log::other(5, 2).signed(&log_signer()));
    convicted(&hub, &verified(&hub, &pinned), 20, "fork", "proof");
}

#[test]
fn a_log_that_was_put_back_is_a_rollback() {
    for size in [0, 5, 8] {
        let (hub, pinned) = known();
        hub.show(&Log::honest(size));
        convicted(&hub, &verified(&hub, &pinned), 21, "rollback", "testimony");
    }
}

#[test]
fn another_leaf_in_the_place_of_a_receipt_is_an_omission() {
    for false_proofs in [false, true] {
        let hub = Hub::of(&Log::other(20, 4));
        hub.lie(|says| says.false_proofs = false_proofs);
        let (promised, openings) = leaf(7, &[]);
        receipt(&hub.config, 7, &promised, &openings);
        let output = hub.run(&["audit", "verify"]);
        assert!(!hub.state("verified-checkpoint").exists());
        convicted(&hub, &output, 22, "omission", "proof");
    }
}

#[test]
fn a_receipt_beyond_the_newest_checkpoint_after_a_minute_is_a_dropped_tail() {
    let (hub, pinned) = known();
    let (promised, openings) = leaf(11, &[]);
    receipt(&hub.config, 11, &promised, &openings);
    let output = verified(&hub, &pinned);
    convicted(&hub, &output, 23, "dropped-tail", "testimony");
    hub.show(&Log::honest(12));
    let output = hub.run(&["audit", "verify"]);
    assert_eq!(code(&output), 0, "{}", told(&output));
}

#[test]
fn an_old_checkpoint_given_as_the_newest_is_a_replay() {
    for size in [0, 5, 8] {
        let (hub, pinned) = known();
        hub.lie(|says| says.checkpoint = Log::honest(size).signed(&log_signer()));
        let output = verified(&hub, &pinned);
        convicted(&hub, &output, 24, "replayed-checkpoint", "testimony");
    }
}

#[test]
fn another_logs_checkpoint_is_a_replay() {
    let (hub, pinned) = known();
    hub.lie(|says| says.checkpoint = Log::honest(20).signed(&foreign_signer()));
    let output = verified(&hub, &pinned);
    assert_eq!(code(&output), 24, "{}", told(&output));
    assert!(told(&output).contains("replayed-checkpoint"));
    let (_, document) = hub.evidence();
    assert_eq!(document["weight"], "testimony");
    assert!(
        document["text_en"]
            .as_str()
            .unwrap()
            .contains("other.example")
    );
}

#[test]
fn a_checkpoint_in_the_logs_name_under_another_key_is_a_swapped_key() {
    let (hub, pinned) = known();
    hub.lie(|says| says.checkpoint = Log::honest(20).signed(&swapped_signer()));
    convicted(
        &hub,
        &verified(&hub, &pinned),
        25,
        "swapped-key",
        "testimony",
    );
}

#[test]
fn a_checkpoint_of_which_nothing_is_shown_is_unproven() {
    let (hub, pinned) = known();
    hub.show(&Log::honest(20));
    hub.lie(|says| says.mute = true);
    convicted(&hub, &verified(&hub, &pinned), 26, "unproven", "testimony");
    hub.lie(|says| says.mute = false);
    assert_eq!(code(&hub.run(&["audit", "verify"])), 0);

    let (promised, openings) = leaf(7, &[]);
    receipt(&hub.config, 7, &promised, &openings);
    std::fs::remove_dir_all(hub.state("evidence")).unwrap();
    hub.lie(|says| says.mute = true);
    let output = hub.run(&["audit", "verify"]);
    convicted(&hub, &output, 26, "unproven", "testimony");
}

#[test]
fn a_false_proof_of_a_true_log_is_an_incident_and_no_crime() {
    let (hub, pinned) = known();
    hub.show(&Log::honest(20));
    hub.lie(|says| says.false_proofs = true);
    let output = verified(&hub, &pinned);
    assert_eq!(code(&output), 5, "{}", told(&output));
    assert!(hub.is_without_evidence());
}

#[test]
fn a_hub_that_does_not_answer_is_no_criminal() {
    let (hub, pinned) = known();
    hub.show(&Log::other(20, 3));
    hub.lie(|says| says.stalls_after = Some(0));
    let output = verified(&hub, &pinned);
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(hub.is_without_evidence());
}

#[test]
fn evidence_stays_when_the_crime_is_seen_again() {
    let (hub, pinned) = known();
    hub.show(&Log::other(9, 4));
    convicted(&hub, &verified(&hub, &pinned), 20, "fork", "proof");
    let (file, _) = hub.evidence();
    let kept = std::fs::read(&file).unwrap();
    assert_eq!(code(&verified(&hub, &pinned)), 20);
    assert_eq!(std::fs::read(&file).unwrap(), kept);
    let (again, _) = hub.evidence();
    assert_eq!(again, file);
}

#[test]
fn an_honest_hub_is_never_accused_whatever_is_asked_in_whatever_order() {
    let log = Log::honest(700);
    let hub = Hub::of(&log.first(1));
    for index in [0, 6, 300] {
        let (promised, openings) = leaf(index, &[]);
        receipt(&hub.config, index, &promised, &openings);
    }
    let mirror = hub.mirror();
    let mut size = 301;
    // A fixed walk: grow or not, then one of four ways to look.
    for step in [3_usize, 0, 1, 2, 7, 4, 5, 6, 9, 11, 2, 8, 13, 15, 1, 10] {
        size = (size + step * 9 % 64).min(700);
        hub.show(&log.first(size));
        let output = match step % 4 {
            0 => hub.run(&["audit", "checkpoint"]),
            1 => hub.run(&["audit", "verify"]),
            2 => hub.run(&["audit", "mirror", &mirror]),
            _ => hub.run(&["audit", "verify", "--whole"]),
        };
        assert_eq!(code(&output), 0, "{step}: {}", told(&output));
    }
    assert!(hub.is_without_evidence());
    let output = hub.run(&["audit", "verify", "--folder", &mirror]);
    assert_eq!(code(&output), 0, "{}", told(&output));
}

#[test]
fn what_two_honest_checkpoints_say_is_no_evidence() {
    let (hub, _) = known();
    let note = |size| {
        let text = Log::honest(size).signed(&log_signer());
        text.lines()
            .map(|line| format!("\t{line}\n"))
            .collect::<String>()
    };
    let hash = Digest([7; 32]);
    for head in [
        "crime fork\n".to_owned(),
        format!("crime fork\nroot {}\nhash {0}\n", base64(&hash)),
    ] {
        let text = format!(
            "seinhuis/evidence/v1\n{head}\nearlier\n{}later\n{}",
            note(5),
            note(9)
        );
        let path = hub.state("made-up").display().to_string();
        std::fs::write(&path, text).unwrap();
        let output = hub.run(&["audit", "evidence", &path]);
        assert_eq!(code(&output), 5, "{}", told(&output));
        assert!(told(&output).contains("shows nothing"), "{}", told(&output));
    }
}

fn base64(hash: &Digest) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(hash.0)
}

#[test]
fn two_receipts_of_one_place_are_an_omission_whatever_the_log_shows() {
    let (hub, pinned) = known();
    let (promised, openings) = leaf(7, &[]);
    receipt(&hub.config, 7, &promised, &openings);
    let first = receipt_path(&hub.config, 7);
    std::fs::rename(&first, first.with_file_name("000000000000007-other.json")).unwrap();
    let (promised, openings) = leaf(1_000_007, &[]);
    receipt(&hub.config, 7, &promised, &openings);
    let output = hub.run(&["audit", "verify"]);
    assert_eq!(code(&output), 22, "{}", told(&output));
    assert_eq!(
        std::fs::read(hub.state("verified-checkpoint")).unwrap(),
        pinned
    );
    // The false one is not in the log either: two pieces of evidence, each a proof by itself.
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let crimes = document["crimes"].as_array().unwrap();
    assert_eq!(crimes.len(), 2);
    for crime in crimes {
        assert_eq!(
            (&crime["crime"], &crime["weight"]),
            (&"omission".into(), &"proof".into())
        );
        let file = crime["evidence"].as_str().unwrap();
        let output = hub.run(&["audit", "evidence", file]);
        assert_eq!(code(&output), 0, "{}", told(&output));
    }
}

#[test]
fn a_crime_is_told_on_every_connection_and_holds_up_no_signal() {
    let (hub, pinned) = known();
    hub.show(&Log::other(9, 4));
    let output = hub.run(&["directory", "partners"]);
    assert_ne!(code(&output), 20);
    assert!(
        told(&output).contains("crime of the log: fork (proof)"),
        "{}",
        told(&output)
    );
    assert_eq!(std::fs::read(hub.state("checkpoint")).unwrap(), pinned);
    assert_eq!(hub.evidence().1["crime"], "fork");
}
