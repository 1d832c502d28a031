//! Telling the people of a delivery: the term begins with receiving, at the partner alone.

use super::cli::{document, told, verb};
use super::run;
use seinhuis_tests::{Chain, repository};
use serde_json::Value;
use std::fs;

const RECEIVE: [&str; 6] = ["signal", "receive", "intake", "--once", "--wait", "10"];
const DAY: i64 = 86_400;

fn tasks(chain: &Chain, name: &str) -> Vec<Value> {
    let listed = document(chain, name, &["inform", "list", "--all"]);
    listed.as_array().unwrap().clone()
}

fn seconds(text: &Value) -> i64 {
    let stamp: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
    stamp.as_second()
}

/// The shipped example, sent by the police, with a shield of its source.
fn send(chain: &Chain, shield: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let example = fs::read_to_string(repository().join("config/examples/inc-home.toml")).unwrap();
    let path = folder.path().join("signal.toml");
    fs::write(&path, format!("source_shield = \"{shield}\"\n{example}")).unwrap();
    let arguments = ["signal", "send", path.to_str().unwrap()];
    let agreement = ["--agreement", chain.agreement.as_str()];
    let sent = document(chain, "politie", &[&arguments[..], &agreement].concat());
    assert_eq!(sent["outcomes"][0]["permitted"], true, "{sent}");
    sent["outcomes"][0]["signal_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn who_receives_tells_within_the_term_and_no_step_is_taken_early() {
    run(async {
        let chain = Chain::start().await.unwrap();
        assert_eq!(tasks(&chain, "veilig-thuis"), Vec::<Value>::new());
        send(&chain, "none");
        told(&verb(&chain, "veilig-thuis", &RECEIVE), 0);
        let begun = tasks(&chain, "veilig-thuis");
        assert!(!begun.is_empty());
        for task in &begun {
            assert_eq!(seconds(&task["due"]) - seconds(&task["recorded"]), 28 * DAY);
            assert_eq!(task["stands"], "open");
            assert_eq!(task["law"][0], "Wmo 5.3.1");
        }
        // Not acknowledged, it comes again: no new term.
        let acknowledge = [&RECEIVE[..], &["--acknowledge"]].concat();
        told(&verb(&chain, "veilig-thuis", &acknowledge), 0);
        assert_eq!(tasks(&chain, "veilig-thuis"), begun);
        // The hub and the sender know nothing of it, and the police have no such duty.
        assert_eq!(tasks(&chain, "politie"), Vec::<Value>::new());

        let task = begun[0]["task"].as_str().unwrap();
        let step = |more: &[&str]| {
            let arguments = [&["inform", "postpone", task], more].concat();
            verb(&chain, "veilig-thuis", &arguments)
        };
        let because = ["--because", "safety-child"];
        let by = ["--as", "m-1"];
        let days = |days| [&["--days", days][..], &because, &by].concat();
        let early = told(&step(&days("14")), 3);
        assert!(early.contains("too-early"), "{early}");
        let long = told(&step(&days("15")), 3);
        assert!(long.contains("step-length"), "{long}");
        let why = told(
            &step(&["--days", "7", "--because", "busy", "--as", "m-1"]),
            3,
        );
        assert!(
            why.contains("safety-child") && why.contains("investigation"),
            "{why}"
        );
        let nobody = ["--days", "7", "--because", "safety-child", "--as", ""];
        let who = told(&step(&nobody), 3);
        assert!(who.contains("--as"), "{who}");
        let number = [
            "--days",
            "7",
            "--because",
            "safety-child",
            "--as",
            "123456782",
        ];
        assert!(told(&step(&number), 3).contains("nine digits"));
        assert_eq!(tasks(&chain, "veilig-thuis"), begun, "nothing was recorded");

        let done = |how| ["inform", "done", task, "--how", how, "--as", "m-1"];
        let post = told(&verb(&chain, "veilig-thuis", &done("post")), 3);
        assert!(post.contains("in-person"), "{post}");
        let text = document(&chain, "veilig-thuis", &["inform", "text", task]);
        assert!(text["nl"].as_str().unwrap().contains("Politie"), "{text}");
        let closed = document(&chain, "veilig-thuis", &done("in-person"));
        assert_eq!(
            (&closed["stands"], &closed["late"]),
            (&"told".into(), &false.into())
        );
        let again = told(&verb(&chain, "veilig-thuis", &done("in-person")), 3);
        assert!(again.contains("told-already"), "{again}");
        let open = document(&chain, "veilig-thuis", &["inform", "list"]);
        assert_eq!(open.as_array().unwrap().len(), begun.len() - 1);
    });
}

#[test]
fn what_is_said_names_no_source_that_is_shielded() {
    run(async {
        let chain = Chain::start().await.unwrap();
        send(&chain, "origin");
        told(
            &verb(
                &chain,
                "veilig-thuis",
                &[&RECEIVE[..], &["--acknowledge"]].concat(),
            ),
            0,
        );
        let name = tasks(&chain, "veilig-thuis")[0]["task"].clone();
        let text = document(
            &chain,
            "veilig-thuis",
            &["inform", "text", name.as_str().unwrap()],
        );
        for language in ["nl", "en"] {
            let said = text[language].as_str().unwrap();
            assert!(said.contains("Wmo 5.3.1"), "{said}");
            assert!(
                !said.contains("Politie") && !said.contains("Police"),
                "{said}"
            );
        }
    });
}

#[test]
fn a_shielded_existence_is_told_to_nobody_until_the_source_agrees() {
    run(async {
        let chain = Chain::start().await.unwrap();
        // Who must tell gets nothing that is hidden so; a source finds later that it has to be.
        let signal = send(&chain, "none");
        let acknowledge = [&RECEIVE[..], &["--acknowledge"]].concat();
        told(&verb(&chain, "veilig-thuis", &acknowledge), 0);
        let shield = [
            "signal",
            "shield",
            "huiselijk-geweld",
            &signal,
            "--why",
            "safety",
            "--source",
            "existence",
            "--by",
            "p-1",
            "--role",
            "police-officer",
            "--decided-by",
            "p-2",
        ];
        told(&verb(&chain, "politie", &shield), 0);
        told(&verb(&chain, "veilig-thuis", &acknowledge), 0);
        let name = tasks(&chain, "veilig-thuis")[0]["task"].clone();
        let task = name.as_str().unwrap();
        let said = told(&verb(&chain, "veilig-thuis", &["inform", "text", task]), 3);
        assert!(said.contains("shielded"), "{said}");
        let done = ["inform", "done", task, "--how", "in-person", "--as", "m-1"];
        let refused = told(&verb(&chain, "veilig-thuis", &done), 3);
        assert!(refused.contains("--source-agreed"), "{refused}");
        let agreed = [&done[..], &["--source-agreed"]].concat();
        assert_eq!(document(&chain, "veilig-thuis", &agreed)["stands"], "told");
    });
}
