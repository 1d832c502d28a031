//! The log without a hub: a copy in a folder, and receipts.

use super::config::{Config, offline};
use super::copy::{Copy, false_receipt, log, receipt_path};
use super::{code, run, run_with, shown, told};
use seinhuis_domain::entry::SubjectValue;
use serde_json::Value;

const PERSON: &str = "123456782";

fn made() -> (Config, Copy, String) {
    let config = offline();
    let copy = log(&config, &SubjectValue::number(PERSON).unwrap());
    let folder = copy.folder.display().to_string();
    (config, copy, folder)
}

fn verify(config: &Config, folder: &str) -> std::process::Output {
    run(&[
        "--config",
        config.path(),
        "--json",
        "audit",
        "verify",
        "--folder",
        folder,
    ])
}

#[test]
fn a_copy_verifies_with_the_receipts_kept() {
    let (config, _copy, folder) = made();
    let output = verify(&config, &folder);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    assert_eq!(document["checkpoint"]["size"], 300);
    assert_eq!(
        (&document["receipts_included"], &document["valid"]),
        (&1.into(), &true.into())
    );
    let output = run(&[
        "--config",
        config.path(),
        "audit",
        "verify",
        "--folder",
        &folder,
    ]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(shown(&output).contains("the same"), "{}", shown(&output));
}

#[test]
fn one_altered_byte_anywhere_is_an_incident_with_evidence_kept() {
    let (config, copy, folder) = made();
    for path in &copy.tiles {
        let good = std::fs::read(path).unwrap();
        let mut bad = good.clone();
        *bad.last_mut().unwrap() ^= 1;
        std::fs::write(path, bad).unwrap();
        let output = verify(&config, &folder);
        assert_eq!(code(&output), 5, "{}: {}", path.display(), told(&output));
        std::fs::write(path, good).unwrap();
    }
    let kept = std::fs::read_dir(config.folder.path().join("state/incidents"))
        .unwrap()
        .count();
    assert_eq!(kept, copy.tiles.len());
}

#[test]
fn a_checkpoint_of_another_key_is_an_incident() {
    let (config, copy, folder) = made();
    let path = copy.folder.join("checkpoint");
    let note = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, note.replacen("300", "301", 1)).unwrap();
    assert_eq!(code(&verify(&config, &folder)), 5);
}

#[test]
fn a_receipt_the_log_does_not_bear_out_is_an_incident() {
    let (config, _copy, folder) = made();
    false_receipt(&config, 12);
    let output = verify(&config, &folder);
    assert_eq!(code(&output), 22, "{}", told(&output));
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    assert_eq!(document["valid"], false);
    assert_eq!(document["crimes"][0]["weight"], "proof");
    let evidence = document["crimes"][0]["evidence"].as_str().unwrap();
    let judged = ["--config", config.path(), "audit", "evidence", evidence];
    assert_eq!(code(&run(&judged)), 0);
    assert!(
        document["broken"][0].as_str().unwrap().contains("entry 12"),
        "{document}"
    );
    false_receipt(&config, 12_345);
    std::fs::remove_file(receipt_path(&config, 12)).unwrap();
    let output = verify(&config, &folder);
    assert_eq!(
        code(&output),
        0,
        "a later entry is not broken: {}",
        told(&output)
    );
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    assert_eq!(document["receipts_not_published"], 1);
}

#[test]
fn a_receipt_is_checked_under_the_pinned_key_alone() {
    let (config, _copy, _) = made();
    let path = receipt_path(&config, 290);
    let shown_path = path.display().to_string();
    let check = || run(&["--config", config.path(), "audit", "receipt", &shown_path]);
    let output = check();
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(shown(&output).contains("290") && shown(&output).contains("acknowledge"));
    let good = std::fs::read_to_string(config.path()).unwrap();
    let other = good.replace("receipt_vkey", "old_receipt_vkey");
    std::fs::write(config.path(), other).unwrap();
    assert_eq!(
        code(&check()),
        3,
        "a configuration without the key is no configuration"
    );
    std::fs::write(config.path(), good).unwrap();
    let mut receipt: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    receipt["decision"] = "AAAA".into();
    std::fs::write(&path, receipt.to_string()).unwrap();
    let output = check();
    assert_eq!(code(&output), 5, "{}", told(&output));
    assert!(
        told(&output).contains("another decision"),
        "{}",
        told(&output)
    );
}

#[test]
fn a_person_is_found_by_a_number_that_is_nowhere_shown() {
    let (config, _copy, folder) = made();
    let scan = |input: &str| {
        let base = [
            "--config",
            config.path(),
            "--json",
            "audit",
            "scan",
            "--folder",
            &folder,
        ];
        run_with(&[&base[..], &["--number-file", "-"]].concat(), input)
    };
    let output = scan(PERSON);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    let found: Vec<&Value> = document["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| &hit["index"])
        .collect();
    assert_eq!(found, [7, 290]);
    assert!(!shown(&output).contains(PERSON) && !told(&output).contains(PERSON));
    let document: Value = serde_json::from_str(&shown(&scan("111222333"))).unwrap();
    assert_eq!(document["hits"].as_array().unwrap().len(), 0);
    let output = scan("123456789");
    assert_eq!(code(&output), 3);
    assert!(!told(&output).contains("12345678"), "{}", told(&output));
}

#[test]
fn inclusion_is_asked_only_of_what_one_has_a_receipt_of() {
    let (config, ..) = made();
    let output = run(&["--config", config.path(), "audit", "inclusion", "1"]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("audit entry"), "{}", told(&output));
}
