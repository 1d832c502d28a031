//! `seinpaal` against a live chain: what a partner does from its command line, and the lines the
//! demo tells visitors to try.

use super::run;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_tests::{Chain, binary, repository, seinpaal, story};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const INTAKE: &str = "intake";

/// Runs a verb as a partner of the chain, to its end.
pub(super) fn verb(chain: &Chain, name: &str, arguments: &[&str]) -> Output {
    Command::new(seinpaal().unwrap())
        .arg("--config")
        .arg(chain.sandbox.partner_config(name))
        .args(arguments)
        .env_remove("SEINPAAL_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Standard output and standard error.
fn both(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// What a run that ended with `code` told for people.
pub(super) fn told(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", both(output));
    both(output)
}

/// The documents, one a line, of a verb that ended with `code`.
pub(super) fn documents(chain: &Chain, name: &str, arguments: &[&str], code: i32) -> Vec<Value> {
    let output = verb(chain, name, &[&["--json"][..], arguments].concat());
    told(&output, code);
    let parser = serde_json::Deserializer::from_slice(&output.stdout);
    parser.into_iter().map(Result::unwrap).collect()
}

/// The one document of a verb that did what was asked.
pub(super) fn document(chain: &Chain, name: &str, arguments: &[&str]) -> Value {
    let [one] = <[Value; 1]>::try_from(documents(chain, name, arguments, 0)).unwrap();
    one
}

/// A file that only this user can read.
pub(super) fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn example() -> PathBuf {
    repository().join("config/examples/inc-home.toml")
}

#[test]
fn a_signal_goes_from_one_command_line_to_another_and_is_proven_and_found() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (hash, folder) = (chain.agreement.as_str(), tempfile::tempdir().unwrap());
        // What is sent is sealed to the keys that were made last.
        let made = document(
            &chain,
            "veilig-thuis",
            &["keys", "create", INTAKE, "--days", "30"],
        );
        assert_eq!(made["entries"].as_array().unwrap().len(), 2);

        let example = example();
        let send = [
            "signal",
            "send",
            example.to_str().unwrap(),
            "--agreement",
            hash,
        ];
        let sent = document(&chain, "politie", &[&send[..], &["--published"]].concat());
        let outcome = &sent["outcomes"][0];
        assert_eq!(outcome["permitted"], true);
        assert_eq!(outcome["withheld"], Value::Array(Vec::new()));
        let index = outcome["entry"]["index"].as_u64().unwrap();

        let receive = ["signal", "receive", INTAKE, "--once", "--acknowledge"];
        let shown = told(&verb(&chain, "veilig-thuis", &receive), 0);
        for value in ["INC_HOME", "physical,psychological", "alcohol"] {
            assert!(shown.contains(value), "{value}: {shown}");
        }
        assert!(!shown.contains(story::CHILD), "a number was shown");
        let again = [&receive[..], &["--wait", "1"]].concat();
        assert!(documents(&chain, "veilig-thuis", &again, 0).is_empty());

        let verified = document(&chain, "politie", &["audit", "verify", "--whole"]);
        assert_eq!(verified["valid"], true);
        assert_eq!(verified["recomputed"], true);
        assert_eq!(verified["receipts_included"], 1);
        let number = file(
            folder.path(),
            "child.number",
            &format!("{}\n", story::CHILD),
        );
        let scan = ["audit", "scan", "--number-file", &number];
        for (name, found) in [("politie", true), ("om", false)] {
            let hits = document(&chain, name, &scan)["hits"].clone();
            let hits = hits.as_array().unwrap();
            assert_eq!(
                hits.iter().any(|hit| hit["index"] == index),
                found,
                "{hits:?}"
            );
        }
        let explained = document(
            &chain,
            "politie",
            &["decision", "explain", &index.to_string()],
        );
        assert_eq!(explained["decision"]["permitted"], true);
        assert!(!explained["law"].as_array().unwrap().is_empty());
    });
}

#[test]
fn a_refusal_ends_with_exit_code_two_and_shows_law_and_remedy() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(example()).unwrap();
        let text = text.replace("wpg_article = \"8\"", "wpg_article = \"9\"");
        let signal = file(folder.path(), "article-nine.toml", &text);
        let send = [
            "signal",
            "send",
            &signal,
            "--agreement",
            chain.agreement.as_str(),
        ];
        let sent = documents(&chain, "politie", &send, 2);
        let outcome = &sent[0]["outcomes"][0];
        assert_eq!(outcome["permitted"], false);
        let reasons = outcome["reasons"].as_array().unwrap();
        let code = |code: &str| reasons.iter().any(|reason| reason["code"] == code);
        assert!(code("WPG_ARTICLE_NOT_SHARED"), "{reasons:?}");
        let index = outcome["entry"]["index"].to_string();

        let sent = verb(&chain, "politie", &[&send[..], &["--lang", "en"]].concat());
        let explain = ["decision", "explain", &index, "--lang", "en"];
        let explained = verb(&chain, "politie", &explain);
        for shown in [told(&sent, 2), told(&explained, 0)] {
            for reason in reasons {
                for part in ["law", "text_en", "remedy_en"] {
                    let words = reason[part].as_str().unwrap();
                    assert!(
                        !words.is_empty() && shown.contains(words),
                        "{part}: {shown}"
                    );
                }
            }
        }
        // A mistake of one's own is no refusal by law.
        let nobody = ["decision", "explain", "1000000"];
        assert!(told(&verb(&chain, "politie", &nobody), 3).contains("ENTRY_NOT_FOUND"));
    });
}

#[test]
fn an_officer_lists_grants_and_makes_a_bundle_that_is_checked_without_a_hub() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let sent = super::flow::send_published(&chain).await;
        let folder = tempfile::tempdir().unwrap();
        let who = [
            "--as",
            "fg-1",
            "--reason",
            "internal-control",
            "--reference",
            "toets/7",
        ];
        let list = [&who[..], &["audit", "list", "--act", "publish"]].concat();
        let listed = document(&chain, "politie", &list);
        assert_eq!(listed["entries"][0]["index"], sent);
        let index = listed["recorded"][0].to_string();
        let read = [&who[..], &["audit", "entry", &index]].concat();
        let staff = document(&chain, "politie", &read)["parts"]["recipient"]["staff"][0].clone();
        assert_eq!(
            (&staff["person"], &staff["reference"]),
            (&"fg-1".into(), &"toets/7".into())
        );
        let om = chain.oin("om").to_string();
        let grant = ["audit", "grant", &om, "--days", "30"];
        let alone = told(&verb(&chain, "politie", &[&who[..], &grant].concat()), 3);
        assert!(alone.contains("SECOND_PERSON_NEEDED"), "{alone}");
        let two = [&who[..], &["--with", "fg-2"], &grant].concat();
        let given = document(&chain, "politie", &two);
        let id = given["grant"]["grant_id"].as_str().unwrap().to_owned();
        let under = ["audit", "list", "--act", "publish", "--grant", &id];
        assert_eq!(document(&chain, "om", &under)["entries"][0]["index"], sent);
        let revoke = [&who[..], &["audit", "revoke", &id]].concat();
        document(&chain, "politie", &revoke);
        let refused = told(&verb(&chain, "om", &under), 3);
        assert!(refused.contains("GRANT_NOT_IN_FORCE"), "{refused}");

        let file = folder.path().join("dossier.bundle");
        let file = file.to_str().unwrap();
        document(
            &chain,
            "politie",
            &["audit", "bundle", "--act", "publish", "--out", file],
        );
        drop(chain.hub.take());
        drop(chain.pseudonymiser.take());
        let verify = ["audit", "verify-bundle", file, "--entries"];
        let shown = told(&verb(&chain, "om", &verify), 0);
        assert!(shown.contains("Dossier met 1 logregels"), "{shown}");
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file, bytes).unwrap();
        assert!(told(&verb(&chain, "om", &verify), 5).contains("untrusted"));
    });
}

/// A signed step of two persons.
fn step<'a>(kind: &'a str, hash: &'a str) -> [&'a str; 7] {
    let (initiator, approver) = ("--initiator", "--approver");
    ["agreement", kind, hash, initiator, "a-1", approver, "b-2"]
}

#[test]
fn an_agreement_is_proposed_signed_and_rejected_from_the_command_line() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let first = repository().join("config/agreements/two-party.toml");
        let text = fs::read_to_string(&first).unwrap();
        let text = text.replace("version = 1\n", "version = 2\n");
        let second = file(folder.path(), "second.toml", &text);
        let propose = |file: &str| {
            let proposed = document(&chain, "politie", &["agreement", "propose", file]);
            proposed["agreement_hash"].as_str().unwrap().to_owned()
        };
        let [first, second] = [first.to_str().unwrap(), second.as_str()].map(propose);
        for (name, kind, hash, state) in [
            ("politie", "accept", &first, "proposed"),
            ("veilig-thuis", "accept", &first, "valid"),
            ("veilig-thuis", "reject", &second, "rejected"),
        ] {
            let taken = document(&chain, name, &step(kind, hash));
            assert_eq!(taken["state"], state, "{kind}");
        }
        let late = told(&verb(&chain, "politie", &step("accept", &second)), 3);
        assert!(late.contains("AGREEMENT_STATE_CONFLICT"), "{late}");
        let listed = document(&chain, "politie", &["agreement", "list"]);
        for (hash, state) in [
            (chain.agreement.as_str(), "valid"),
            (first.as_str(), "valid"),
            (second.as_str(), "rejected"),
        ] {
            let found = listed["agreements"].as_array().unwrap().iter();
            let mut found = found.filter(|one| one["agreement_hash"] == hash);
            assert_eq!(found.next().unwrap()["state"], state);
        }
    });
}

/// A demo that is asked to end whatever becomes of the test: its services end with it.
struct Demo(Child);

impl Demo {
    /// Asks it to end, as Ctrl-C does, and waits until it has.
    fn end(&mut self) -> Option<i32> {
        if let Ok(None) = self.0.try_wait() {
            kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        }
        self.0.wait().unwrap().code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn every_line_the_demo_tells_to_try_works_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary().unwrap());
    command
        .arg("demo")
        .arg("--folder")
        .arg(folder.path().join("chain"))
        .args(["--rules", "config"])
        .current_dir(repository())
        .stdout(Stdio::piped());
    let mut demo = Demo(command.spawn().unwrap());
    let out = BufReader::new(demo.0.stdout.take().unwrap());
    let lines = out.lines().map(Result::unwrap);
    let mut ready = false;
    let to_try: Vec<String> = lines
        .take_while(|line| {
            ready = line.starts_with("The services stay up");
            !ready
        })
        .filter(|line| line.starts_with("  cargo run "))
        .collect();
    assert!(ready, "the demo ended by itself");
    // As typed in the repository, but for the building.
    let built = seinpaal().unwrap();
    let try_it = |line: &str| {
        let (_, arguments) = line.split_once(" -p seinpaal -- ").unwrap();
        let shell = format!("'{}' {arguments}", built.display());
        let mut command = Command::new("sh");
        let command = command.args(["-c", &shell]).current_dir(repository());
        told(&command.stdin(Stdio::null()).output().unwrap(), 0)
    };
    let shown: Vec<String> = to_try.iter().map(|line| try_it(line)).collect();
    for (verb, words) in [
        ("decision explain", "was refused"),
        ("break-glass list", "justified"),
        ("agreement list", "valid"),
        ("signal send", "permitted"),
        ("signal receive", "alcohol"),
        ("audit verify", "computed again"),
        ("audit scan", "number"),
    ] {
        let place = to_try.iter().position(|line| line.contains(verb));
        let shown = &shown[place.expect(verb)];
        assert!(shown.contains(words), "{verb}: {shown}");
    }
    assert_eq!(demo.end(), Some(0));
}
