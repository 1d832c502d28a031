//! `catalogue explain`, offline.

use super::{code, repository, run, shown, told};

fn explain(of: &str, more: &[&str]) -> std::process::Output {
    let folder = repository().join("config/catalogue");
    let folder = folder.display().to_string();
    let all = ["catalogue", "explain", of, "--catalogue", &folder];
    run(&[&all[..], more].concat())
}

#[test]
fn a_code_is_explained_in_both_languages_and_for_machines() {
    let output = explain("REC-POL", &[]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(shown(&output).contains("zonder die verklaring van elke kant"));
    let output = explain("REC-POL", &["--lang", "en"]);
    assert!(shown(&output).contains("without that attestation of each side"));
    let output = explain("wmo-access", &["--json"]);
    let document: serde_json::Value = serde_json::from_str(&shown(&output)).unwrap();
    assert_eq!(document["kind"], "age-rule");
}

#[test]
fn a_code_that_is_nowhere_is_told_with_the_nearest() {
    let output = explain("REC-POLL", &[]);
    assert_eq!(code(&output), 3);
    assert!(
        told(&output).contains("did you mean `REC-POL`"),
        "{}",
        told(&output)
    );
}
