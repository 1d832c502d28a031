//! `agreement check`, offline.

use super::config::offline;
use super::{code, file, repository, run, shown, told};

fn example(name: &str) -> String {
    let path = repository().join("config/agreements").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn catalogue() -> String {
    repository()
        .join("config/catalogue")
        .canonicalize()
        .unwrap()
        .display()
        .to_string()
}

#[test]
fn the_examples_are_valid_by_the_catalogue() {
    for name in ["two-party.toml", "five-party.toml"] {
        let path = repository()
            .join("config/agreements")
            .join(name)
            .canonicalize()
            .unwrap();
        let path = path.display().to_string();
        let (catalogue, config) = (catalogue(), offline());
        let ways: [&[&str]; 2] = [
            &["--catalogue", &catalogue, "--test-oins"],
            &["--config", config.path()],
        ];
        for way in ways {
            let output = run(&[&["agreement", "check", &path], way].concat());
            assert_eq!(code(&output), 0, "{name}: {}", told(&output));
            assert!(shown(&output).contains("none"), "{}", shown(&output));
        }
    }
}

#[test]
fn the_hash_is_told_only_of_a_content_that_is_final() {
    let text = example("two-party.toml");
    let check = |text: &str| {
        let (_dir, path) = file("a.toml", text);
        let output = run(&[
            "agreement",
            "check",
            &path,
            "--catalogue",
            &catalogue(),
            "--test-oins",
            "--json",
        ]);
        assert_eq!(code(&output), 0, "{}", told(&output));
        let document: serde_json::Value = serde_json::from_str(&shown(&output)).unwrap();
        document["agreement_hash"].as_str().map(str::to_owned)
    };
    assert_eq!(check(&text), None);
    let policy = format!("policy_hash = \"{}\"", "ab".repeat(32));
    let hash = check(&text.replace("policy_hash = \"current\"", &policy)).unwrap();
    assert!(hash.starts_with("$1$1$"), "{hash}");
}

#[test]
fn every_fault_is_told_with_its_place_rule_and_fix() {
    let text = example("two-party.toml").replace("max_subjects = 6", "max_subjects = 13");
    let (_dir, path) = file("a.toml", &text);
    let base = [
        "agreement",
        "check",
        &path,
        "--catalogue",
        &catalogue(),
        "--test-oins",
    ];
    let output = run(&base);
    assert_eq!(code(&output), 3);
    let told = told(&output);
    assert!(
        told.contains("clauses[0].max_subjects") && told.contains("clauses[1]"),
        "{told}"
    );
    let output = run(&[&base[..], &["--json"]].concat());
    assert_eq!(code(&output), 3);
    let document: serde_json::Value = serde_json::from_str(&shown(&output)).unwrap();
    assert_eq!(document["valid"], false);
    assert_eq!(
        document["faults"].as_array().unwrap().len(),
        4,
        "{document}"
    );
}

#[test]
fn oins_for_tests_are_refused_unless_allowed() {
    let (_dir, path) = file("a.toml", &example("two-party.toml"));
    let output = run(&["agreement", "check", &path, "--catalogue", &catalogue()]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("test"), "{}", told(&output));
}

#[test]
fn what_cannot_be_read_is_told_by_file_and_line() {
    let check = |name: &str, text: &str| {
        let (_dir, path) = file(name, text);
        let output = run(&["agreement", "check", &path, "--catalogue", &catalogue()]);
        assert_eq!(code(&output), 3);
        let told = told(&output);
        assert!(told.contains(name), "{told}");
        told
    };
    assert!(check("a.toml", "x = 1\ny =").contains("line 2"));
    assert!(check("a.json", "{").contains("json"));
    assert!(check("a.txt", "").contains(".toml"));
    let output = run(&[
        "agreement",
        "check",
        "/nowhere.toml",
        "--catalogue",
        &catalogue(),
    ]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("/nowhere.toml"), "{}", told(&output));
    let (_dir, path) = file("a.toml", "");
    let output = run(&["agreement", "check", &path]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("--catalogue"), "{}", told(&output));
}
