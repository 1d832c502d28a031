//! The same from the command line, as people type it: asked, covered, answered; and each slip of theirs told
//! by what it is, with an exit code of its own kind and nothing done.

use super::super::cli::{document, documents, file, told, verb};
use super::*;
use serde_json::Value;
use std::path::Path;

const POLICE: &str = "politie";
const CARE: &str = "veilig-thuis";
const ASKED: &str = "huiselijk-geweld";
/// Exit codes: refused by law or agreement, one's own mistake, not a command line.
const REFUSED: i32 = 2;
const MISTAKE: i32 = 3;
const USAGE: i32 = 64;

const FILE: &str = r#"
desk = "intake"
type = "ASK"
purpose = "P-SAFETY"
necessity = "report-task"
informed = "not-yet"
regime = "AVG"
region = "kennemerland"
event = "now"

[[to]]
oin = "00000099000000010000"
desk = "huiselijk-geweld"
agreement = "AGREEMENT"
clause = "vt-pol-ask"

[[subjects]]
number = "123456782"
role = "victim"
age_band = "18-plus"

[fields]
question = "ban"
question_ref = { hex = "000102030405060708090a0b0c0d0e0f" }
due = "2026-12-01"

[source]
person = "worker-9"
role = "vt-worker"
decided_by = "lead-2"
reason = "report-task"
"#;

/// A hub by the real clock, whose partners agreed on questions.
async fn chain() -> Chain {
    let mut chain = Chain::start().await.unwrap();
    let with = |text: String| asking::with_clauses(&text, CLAUSES);
    chain.agreement = chain.agree(with).await.unwrap();
    chain
}

/// The file of a question, in which one text stands in the place of another.
fn question_file(chain: &Chain, folder: &Path, name: &str, from: &str, to: &str) -> String {
    let text = FILE.replace("AGREEMENT", chain.agreement.as_str());
    assert_eq!(text.matches(from).count(), 1, "{from}");
    file(folder, name, &text.replace(from, to))
}

fn ask<'a>(path: &'a str, within: &'a str) -> [&'a str; 5] {
    ["question", "ask", path, "--within", within]
}

/// The end of what is typed to answer: who acts, and who vouches.
const BY: [&str; 10] = [
    "--by",
    "officer-17",
    "--role",
    "police-officer",
    "--decided-by",
    "chief-2",
    "--as",
    "officer-17",
    "--function",
    "police-officer",
];

fn answer<'a>(question: &'a str, said: &[&'a str]) -> Vec<&'a str> {
    [&["question", "answer", question], said, &BY].concat()
}

/// What a verb told that ended with `code`; it must name every word.
fn tells(chain: &Chain, name: &str, typed: &[&str], code: i32, words: &[&str]) {
    let shown = told(&verb(chain, name, typed), code);
    for word in words {
        assert!(
            shown.contains(word),
            "{typed:?} does not say `{word}`: {shown}"
        );
    }
}

fn kept(chain: &Chain, name: &str) -> usize {
    let list = document(chain, name, &["question", "list"]);
    list["questions"].as_array().unwrap().len()
}

#[test]
fn a_question_is_asked_covered_and_answered_from_the_command_line() {
    run(async {
        let chain = chain().await;
        // The example is a question that is taken as it stands.
        let example = seinhuis_tests::repository().join("config/examples/ask.toml");
        let named = ["--agreement", chain.agreement.as_str()];
        let typed = [&ask(example.to_str().unwrap(), "15")[..], &named].concat();
        let asked = document(&chain, CARE, &typed);
        assert_eq!(asked["outcome"]["permitted"], true);
        let id = asked["question_id"].as_str().unwrap();

        // Seen and not acknowledged it is neither kept nor covered, and cannot be answered.
        let receive = ["signal", "receive", ASKED, "--once"];
        let seen = documents(&chain, POLICE, &receive, 0);
        assert!(
            !seen.iter().any(|item| item["item"] == "covered"),
            "{seen:?}"
        );
        assert_eq!(kept(&chain, POLICE), 0);
        let early = answer(id, &["known-active"]);
        let list = "seinpaal question list";
        tells(&chain, POLICE, &early, MISTAKE, &["is kept", list]);

        let receive = [&receive[..], &["--acknowledge"]].concat();
        let items = documents(&chain, POLICE, &receive, 0);
        let covered: Vec<&Value> = items
            .iter()
            .filter(|item| item["item"] == "covered")
            .collect();
        assert_eq!(covered.len(), 1, "{items:?}");
        assert_eq!(covered[0]["question_id"], id);
        assert_eq!(covered[0]["tick"], asked["tick"]);
        let read = document(&chain, POLICE, &["question", "read", id]);
        assert_eq!(
            (&read["question"], &read["open"]),
            (&"ban".into(), &true.into())
        );
        assert_eq!(read["due"], "2026-12-01");
        let list = document(&chain, POLICE, &["question", "list"]);
        assert_eq!(list["questions"][0]["due"], "2026-12-01");
        let shown = told(&verb(&chain, POLICE, &["question", "read", id]), 0);
        let day = shown.lines().find(|line| line.starts_with("due "));
        assert!(
            day.is_some_and(|day| day.ends_with("2026-12-01")),
            "{shown}"
        );
        assert_eq!((kept(&chain, POLICE), kept(&chain, CARE)), (1, 0));

        let lodged = document(&chain, POLICE, &answer(id, &["known-active"]));
        assert_eq!(
            (&lodged["lodged"], &lodged["leaves"]),
            (&true.into(), &asked["tick"])
        );
        assert!(!lodged.to_string().contains("known"), "{lodged}");
        let again = answer(id, &["unknown"]);
        tells(&chain, POLICE, &again, MISTAKE, &["QUESTION_ANSWERED"]);
    });
}

#[test]
fn a_slip_in_asking_is_told_by_what_it_is_and_nothing_is_asked() {
    run(async {
        let chain = chain().await;
        let folder = tempfile::tempdir().unwrap();
        let second = format!(
            "[[to]]\noin = \"00000099000000030000\"\ndesk = \"intake\"\nagreement = \"{}\"\n\
             clause = \"vt-rvdk-request\"\n\n[[subjects]]",
            chain.agreement
        );
        let cases: [(&str, &str, i32, &[&str]); 12] = [
            (
                "type = \"ASK\"",
                "typo = \"ASK\"",
                MISTAKE,
                &["line 3", "not known"],
            ),
            (
                "{ hex = \"00",
                "{ hex = \"0",
                MISTAKE,
                &["line 24", "question_ref"],
            ),
            ("\"ban\"", "\"bam\"", MISTAKE, &["`question`: a code"]),
            (
                "2026-12-01",
                "2026-13-01",
                MISTAKE,
                &["`due`: a day that exists"],
            ),
            ("\"ASK\"", "\"VT_TAKEN\"", MISTAKE, &["`due`", "VT_TAKEN"]),
            ("123456782", "123456789", MISTAKE, &["line 18", "11-test"]),
            (
                "[[subjects]]",
                &second,
                MISTAKE,
                &["one desk", "2 are named"],
            ),
            (
                "\"huiselijk-geweld\"",
                "\"huiselijk\"",
                MISTAKE,
                &["DESK_UNKNOWN", "`huiselijk`"],
            ),
            (
                "vt-pol-ask",
                "vt-pol-aks",
                REFUSED,
                &["AGREEMENT_NOT_VALID"],
            ),
            (
                "vt-pol-ask",
                "vt-pol-feedback",
                REFUSED,
                &["MODE_NOT_COVERED"],
            ),
            (
                "\"victim\"",
                "\"suspect\"",
                REFUSED,
                &["SUBJECT_ROLE_NOT_COVERED"],
            ),
            ("due = \"2026-12-01\"\n", "", REFUSED, &["BELOW_MINIMUM"]),
        ];
        for (place, (from, to, code, words)) in cases.into_iter().enumerate() {
            let name = format!("case-{place}");
            let path = question_file(&chain, folder.path(), &name, from, to);
            tells(&chain, CARE, &ask(&path, "15"), code, words);
        }
        nothing_came(&chain);
    });
}

/// That no question is at the police's desk to be covered.
fn nothing_came(chain: &Chain) {
    let receive = ["signal", "receive", ASKED, "--once", "--acknowledge"];
    let items = documents(chain, POLICE, &receive, 0);
    assert!(
        !items.iter().any(|item| item["item"] == "covered"),
        "{items:?}"
    );
    assert_eq!(kept(chain, POLICE), 0);
}

#[test]
fn a_command_line_that_asks_wrongly_is_told_what_of_it_is_wrong_and_nothing_is_asked() {
    run(async {
        let chain = chain().await;
        let folder = tempfile::tempdir().unwrap();
        let path = question_file(&chain, folder.path(), "good", "\"ban\"", "\"ban\"");
        for within in ["14", "10081", "soon"] {
            tells(&chain, CARE, &ask(&path, within), USAGE, &["--within"]);
        }
        tells(
            &chain,
            CARE,
            &["question", "ask", &path],
            USAGE,
            &["--within"],
        );
        tells(&chain, CARE, &["question", "aks", &path], USAGE, &["aks"]);
        let none = folder.path().join("none.toml");
        let none = none.to_str().unwrap();
        tells(&chain, CARE, &ask(none, "15"), MISTAKE, &["none.toml"]);
        // The police have no clause to ask under.
        tells(
            &chain,
            POLICE,
            &ask(&path, "15"),
            MISTAKE,
            &["DESK_UNKNOWN", "`intake`"],
        );
        nothing_came(&chain);
    });
}

#[test]
fn a_slip_in_answering_is_told_by_what_it_is_and_the_question_may_still_be_answered() {
    run(async {
        let chain = chain().await;
        let folder = tempfile::tempdir().unwrap();
        let path = question_file(&chain, folder.path(), "question", "\"ban\"", "\"ban\"");
        let asked = document(&chain, CARE, &ask(&path, "15"));
        let id = asked["question_id"].as_str().unwrap();
        let receive = ["signal", "receive", ASKED, "--once", "--acknowledge"];
        documents(&chain, POLICE, &receive, 0);

        let other = "00000000000000000000000000000000";
        let short = "0000000000000000000000000000000";
        for typed in ["read", "answer"] {
            let of = |id| match typed {
                "read" => vec!["question", "read", id],
                _ => answer(id, &["unknown"]),
            };
            tells(&chain, POLICE, &of(other), MISTAKE, &[other, "is kept"]);
            tells(&chain, POLICE, &of(short), USAGE, &["32 hex digits"]);
            // Who asked has nothing to answer.
            tells(&chain, CARE, &of(id), MISTAKE, &[id, "is kept"]);
        }
        let cases: [(&[&str], i32, &[&str]); 6] = [
            (&["known-activ"], USAGE, &["known-active"]),
            (&[], USAGE, &["SAID"]),
            (&["refused"], USAGE, &["--ground"]),
            (&["unknown", "--ground", "safety"], USAGE, &["--ground"]),
            (
                &["refused", "--ground", "no-such-ground"],
                MISTAKE,
                &["refusal_ground"],
            ),
            // In the list, and no reason.
            (
                &["refused", "--ground", "none"],
                MISTAKE,
                &["`none`", "refusal-ground"],
            ),
        ];
        for (said, code, words) in cases {
            tells(&chain, POLICE, &answer(id, said), code, words);
        }
        let wrong = answer(id, &["unknown"]).into_iter().map(|word| match word {
            "police-officer" => "policeman",
            word => word,
        });
        let wrong: Vec<&str> = wrong.collect();
        tells(
            &chain,
            POLICE,
            &wrong,
            MISTAKE,
            &["acting-role", "`policeman`"],
        );
        let (who, rest) = BY.split_at(4);
        let without = [&["question", "answer", id, "unknown"], who, &rest[2..]].concat();
        tells(&chain, POLICE, &without, USAGE, &["--decided-by"]);

        let refused = answer(id, &["refused", "--ground", "safety"]);
        assert_eq!(document(&chain, POLICE, &refused)["lodged"], true);
    });
}

/// Its cover did not get through, and newer keys came since.
#[test]
fn a_question_that_comes_again_is_covered_with_the_keys_of_now_and_answered() {
    run(async {
        let chain = chain().await;
        let folder = tempfile::tempdir().unwrap();
        let path = question_file(&chain, folder.path(), "question", "\"ban\"", "\"ban\"");
        let receive = ["signal", "receive", ASKED, "--once", "--acknowledge"];
        let asked = || {
            let asked = document(&chain, CARE, &ask(&path, "15"));
            asked["question_id"].as_str().unwrap().to_owned()
        };
        let first = asked();
        documents(&chain, POLICE, &receive, 0);
        let config = PartnerConfig::load(&chain.sandbox.partner_config(POLICE)).unwrap();
        let kept = |id: &str| config.state.join("questions").join(format!("{id}.json"));
        let text = std::fs::read_to_string(kept(&first)).unwrap();
        document(&chain, CARE, &["keys", "create", "intake"]);
        let second = asked();
        std::fs::write(kept(&second), text.replace(&first, &second)).unwrap();
        let items = documents(&chain, POLICE, &receive, 0);
        assert!(
            items.iter().any(|item| item["item"] == "covered"),
            "{items:?}"
        );
        let newer = std::fs::read_to_string(kept(&second)).unwrap();
        assert_ne!(newer, text.replace(&first, &second));
        for id in [&first, &second] {
            let lodged = document(&chain, POLICE, &answer(id, &["known-active"]));
            assert_eq!(lodged["lodged"], true);
        }
    });
}
