//! `seinpaal consent`: a record judged, exported and told, by the program a partner runs.

use seinhuis_tests::{repository, seinpaal};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const RECORD: &str = r#"
id = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
subject = "dossier/17"
view = "agrees-in-part"
law = "Jeugdwet"
controller = "00000099000000050000"
purposes = ["P-SAFETY"]
types = ["INC_HOME"]
recipients = ["00000099000000030000"]
special = false
from = "2026-09-14T10:00:00+02:00"
until = "2028-09-13T10:00:00+02:00"
registrant = "worker-9"
no_representative_is_a_suspect = true

[notice]
reference = "uitleg/plan"
version = 3
language = "nl"
sha256 = "1111111111111111111111111111111111111111111111111111111111111111"

[[act]]
state = "given"
at = "2026-09-14T10:00:00+02:00"
age = "12-15"
age_until = "2028-09-13T10:00:00+02:00"
capable = true
evidence = { level = "signed", sha256 = "2222222222222222222222222222222222222222222222222222222222222222" }
by = [{ role = "subject" }]
"#;

const PARTIES: &str = r#"
[[party]]
oin = "00000099000000050000"
name = "Veilig Thuis Kennemerland"
address = "Postbus 1, 2000 AA Haarlem"
contact = "privacy@vt-kennemerland.example"

[[party]]
oin = "00000099000000030000"
name = "Raad voor de Kinderbescherming"
address = "Postbus 2, 3500 AB Utrecht"
contact = "privacy@rvdk.example"
"#;

fn consent(arguments: &[&str], record: &str) -> Output {
    let mut child = Command::new(seinpaal().unwrap())
        .current_dir(repository())
        .args(arguments)
        .env_remove("SEINPAAL_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(record.as_bytes()).unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_record_of_consent_is_judged_exported_and_told() {
    let good = consent(&["--json", "consent", "check", "-"], RECORD);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let judged: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(judged["good"], true);
    assert_eq!(judged["state"], "given");

    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("parties.toml");
    let list = list.to_str().unwrap();
    std::fs::write(list, PARTIES).unwrap();
    let exports = ["consent", "export", "-", "--parties", list];
    let export = consent(&exports, RECORD);
    let document: serde_json::Value = serde_json::from_slice(&export.stdout).unwrap();
    assert_eq!(document["events"][0]["event_state"], "given");
    let names = &document["parties"];
    assert_eq!(names[1]["party_address"], "Postbus 2, 3500 AB Utrecht");
    // Of whom nothing is known, nothing is made up.
    let other = RECORD.replace("00000099000000030000", "00000099000000020000");
    let unknown = consent(&exports, &other);
    assert_eq!(unknown.status.code(), Some(3), "{unknown:?}");
    assert!(unknown.stdout.is_empty());
    let told = String::from_utf8(unknown.stderr).unwrap();
    assert!(told.contains("CONSENT_PARTY"), "{told}");
    assert!(told.contains("00000099000000020000"), "{told}");
    let receipts = [&["consent", "receipt"][..], &exports[2..]].concat();
    let with_words = [&receipts[..], &["--catalogue", "config/catalogue"]].concat();
    let receipt = consent(&with_words, RECORD);
    let receipt = String::from_utf8(receipt.stdout).unwrap();
    for said in [
        "U hebt toestemming gegeven",
        "Wie deelt: Veilig Thuis Kennemerland",
        "Met wie: Raad voor de Kinderbescherming",
        "Wat: De politie trad op bij geweld in huis",
        "bij Veilig Thuis Kennemerland: privacy@vt-kennemerland.example",
    ] {
        assert!(receipt.contains(said), "{said}: {receipt}");
    }
    assert!(!receipt.contains("00000099"), "{receipt}");
    // Without names, or without words, there is none.
    let nobody = &["consent", "receipt", "-"][..];
    for (arguments, record, code, word) in [
        (nobody, RECORD, 64, "--parties"),
        (&receipts[..], RECORD, 3, "--catalogue"),
        (&with_words[..], other.as_str(), 3, "00000099000000020000"),
    ] {
        let output = consent(arguments, record);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(word), "{told}");
    }

    // A parent who is a suspect in the matter: judged, refused by its code, and not exported.
    let parent = r#"by = [{ role = "parent", suspect = true, authority_sha256 = "3333333333333333333333333333333333333333333333333333333333333333" }]"#;
    let child = RECORD
        .replace(r#"by = [{ role = "subject" }]"#, parent)
        .replace(r#"age = "12-15""#, r#"age = "0-11""#);
    let refused = consent(&["--json", "consent", "check", "-"], &child);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let judged: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(judged["fault"], "CONSENT_CONFLICT");
    assert_eq!(judged["stands"], false);
    for arguments in [&exports[..], &with_words] {
        let output = consent(arguments, &child);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(output.stdout.is_empty());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("CONSENT_CONFLICT"), "{told}");
    }
}
