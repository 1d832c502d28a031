//! The same from the command line: sent by one person, listed by both sides, reviewed by two others.

use super::super::cli::{document, file, told, verb};
use super::corrected::{corrected, sent};
use super::*;
use serde_json::Value;

const FILE: &str = r#"
desk = "toezicht"
type = "ACUTE_UNSAFE"
purpose = "P-VITAL"
necessity = "safety-task"
informed = "not-yet"
regime = "AVG"
region = "kennemerland"
event = "now"

[[to]]
oin = "00000099000000010000"
desk = "huiselijk-geweld"
agreement = "AGREEMENT"
clause = "rec-pol-vital"

[[subjects]]
number = "123456782"
role = "victim"
age_band = "18-plus"

[fields]
form = "partner"
severity = "S4"

[source]
person = "worker-1"
role = "probation-officer"
decided_by = "lead-2"
reason = "safety-task"
"#;

#[test]
fn it_is_sent_listed_and_reviewed_from_the_command_line() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let folder = tempfile::tempdir().unwrap();
        let text = FILE.replace("AGREEMENT", stage.agreement.as_str());
        let path = file(folder.path(), "danger.toml", &text);
        let send = [
            "break-glass",
            "send",
            &path,
            "--why",
            "no-time",
            "--hours",
            "2",
        ];
        let send = [
            &send[..],
            &["--called", "control-room", "--called-ago", "5"],
        ]
        .concat();
        // For the officer of the configuration it does not go: another person acts in it.
        let other = told(&verb(chain, "reclassering", &send), 3);
        assert!(other.contains("BREAK_GLASS_INVALID"), "{other}");
        let acting = [&send[..], &["--as", "worker-1"]].concat();
        let sent = document(chain, "reclassering", &acting);
        assert_eq!(sent["outcomes"][0]["permitted"], true);
        let id = sent["outcomes"][0]["delivery_id"].as_str().unwrap();

        for (name, side) in [("reclassering", "source"), ("politie", "recipient")] {
            let list = document(chain, name, &["break-glass", "list", "--open"]);
            let [one] = list["break_glasses"].as_array().unwrap().as_slice() else {
                panic!("{list}");
            };
            assert_eq!(one["delivery_id"], id);
            assert_eq!(one["side"], side);
            assert_eq!(one["reason"], "no-time");
            assert_eq!(one["finding"], Value::Null);
        }
        let review = ["break-glass", "review", id, "not-justified"];
        let alone = told(&verb(chain, "reclassering", &review), 3);
        assert!(alone.contains("SECOND_PERSON_NEEDED"), "{alone}");
        let acted = [&review[..], &["--as", "fg-1", "--with", "worker-1"]].concat();
        let acted = told(&verb(chain, "reclassering", &acted), 3);
        assert!(acted.contains("REVIEWER_NOT_INDEPENDENT"), "{acted}");
        let two = [
            &review[..],
            &["--as", "fg-1", "--with", "fg-2", "--lang", "en"],
        ]
        .concat();
        let closed = told(&verb(chain, "reclassering", &two), 0);
        assert!(closed.contains("not justified"), "{closed}");
        assert!(closed.contains("seinpaal signal withdraw"), "{closed}");
        let viewed = document(
            chain,
            "politie",
            &["break-glass", "review", id, "justified"],
        );
        assert_eq!(viewed["finding"], "not-justified");
        assert_eq!(viewed["view"], "justified");
        let open = document(chain, "politie", &["break-glass", "list", "--open"]);
        assert_eq!(open["break_glasses"], Value::Array(Vec::new()));
    });
}

#[test]
fn a_correction_is_listed_with_what_it_corrects() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let (signal, id) = sent(&stage).await;
        assert_eq!(stage.receive().await.id, id);
        let correction = corrected(&stage, signal).await;
        let (id, correction) = (id.to_string(), correction.to_string());
        for name in ["reclassering", "politie"] {
            let list = document(chain, name, &["break-glass", "list"]);
            let all = list["break_glasses"].as_array().unwrap();
            let rectifies = |of: &str| {
                let found = all.iter().find(|one| one["delivery_id"] == of);
                found.unwrap()["rectifies"].clone()
            };
            assert_eq!(rectifies(&correction), id.as_str(), "{name}");
            assert_eq!(rectifies(&id), Value::Null, "{name}");
            let list = ["break-glass", "list", "--lang", "en"];
            let table = told(&verb(chain, name, &list), 0);
            let row = |of: &str| table.lines().find(|line| line.starts_with(of)).unwrap();
            assert!(table.contains("CORRECTS"), "{table}");
            assert!(row(&correction).ends_with(&id), "{table}");
            assert!(row(&id).ends_with("open"), "{table}");
        }
    });
}
