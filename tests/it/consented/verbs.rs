//! Consent typed, against the hub: `signal send --consent`, `consent status`, `withdraw` and `acknowledge`: what
//! each shows in both languages, how it ends, and what is told of a slip.

use super::{chain, taking_back, written};
use crate::cli::{document, documents, file, told, verb};
use crate::run;
use seinhuis_client::To;
use seinhuis_tests::{Chain, story};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const VT: &str = "veilig-thuis";
const BOARD: &str = "rvdk";
/// Exit codes: refused by law or agreement, one's own mistake, not a command line.
const REFUSED: i32 = 2;
const MISTAKE: i32 = 3;
const USAGE: i32 = 64;
const WHO: [&str; 6] = [
    "--by",
    "worker-9",
    "--role",
    "vt-worker",
    "--decided-by",
    "lead-2",
];
const SEES: [&str; 4] = ["--by", "board-3", "--role", "board-investigator"];
const RECEIVE: [&str; 4] = ["signal", "receive", "intake", "--once"];
const OPEN: [&str; 5] = [
    "--open",
    "--person",
    "board-3",
    "--role",
    "board-investigator",
];

/// The plan of this module's parent, as a file.
fn plan(to: &To) -> String {
    let To {
        oin,
        desk,
        agreement,
        clause,
    } = to;
    let adult = story::ADULT;
    format!(
        r#"
desk = "intake"
type = "PLAN_AGREED"
purpose = "P-PLAN"
necessity = "safety-task"
informed = "yes"
regime = "AVG"
region = "kennemerland"
event = "now"

[[to]]
oin = "{oin}"
desk = "{desk}"
agreement = "{agreement}"
clause = "{clause}"

[[subjects]]
number = "{adult}"
role = "victim"
age_band = "18-plus"

[fields]
plan_ref = {{ hex = "07070707070707070707070707070707" }}
plan_version = 1
plan_owner = "00000099000000050000"
review_day = 2026-12-01

[source]
person = "worker-9"
role = "vt-worker"
decided_by = "lead-2"
reason = "safety-task"
activity = "https://register.example/plan"
"#
    )
}

/// A chain, and what somebody of Veilig Thuis has on the machine.
struct Desk {
    chain: Chain,
    folder: TempDir,
    plan: String,
    /// The record as consent was given.
    record: String,
    /// The same record with the act that took it back.
    back: String,
}

impl Desk {
    async fn start() -> Self {
        let (chain, to) = chain().await;
        let folder = tempfile::tempdir().unwrap();
        let given = written("");
        let back = format!("{given}{}", taking_back());
        Self {
            plan: file(folder.path(), "plan.toml", &plan(&to)),
            record: file(folder.path(), "record.toml", &given),
            back: file(folder.path(), "back.toml", &back),
            chain,
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What a verb told that ended with `code`; it must name every word.
    fn says(&self, name: &str, typed: &[&str], lang: &str, code: i32, words: &[&str]) {
        let typed = [typed, &["--lang", lang]].concat();
        let shown = told(&verb(&self.chain, name, &typed), code);
        for word in words {
            assert!(
                shown.contains(word),
                "{typed:?} does not say `{word}`: {shown}"
            );
        }
        assert!(!shown.contains(story::ADULT), "a number was shown");
    }

    /// In Dutch, then in English.
    fn says_both(&self, name: &str, typed: &[&str], code: i32, words: [&str; 2]) {
        for (lang, word) in ["nl", "en"].into_iter().zip(words) {
            self.says(name, typed, lang, code, &[word]);
        }
    }

    /// How the one handle of the record stands, in words and as a document.
    fn status(&self, standing: &str, waiting: usize) -> Value {
        let typed = ["consent", "status", &self.record];
        let words = [
            format!("intrekking nog niet bevestigd: {waiting}"),
            format!("withdrawal not acknowledged yet: {waiting}"),
        ];
        for (lang, words) in ["nl", "en"].into_iter().zip(&words) {
            self.says(VT, &typed, lang, 0, &[standing, words]);
        }
        let status = document(&self.chain, VT, &typed);
        assert_eq!(status["not_acknowledged"], waiting);
        let [one] = status["registered"].as_array().unwrap().as_slice() else {
            panic!("{status}");
        };
        assert_eq!(one["standing"], standing);
        one.clone()
    }

    fn sent(&self) -> String {
        let send = ["signal", "send", &self.plan, "--consent", &self.record];
        let sent = document(&self.chain, VT, &send);
        assert_eq!(sent["outcomes"][0]["permitted"], true, "{sent}");
        let id = sent["outcomes"][0]["delivery_id"].as_str().unwrap();
        id.to_owned()
    }

    /// Has the Board receive and open what there is; the ids of the deliveries.
    fn received(&self) -> Vec<String> {
        let items = documents(&self.chain, BOARD, &[&RECEIVE[..], &OPEN].concat(), 0);
        let deliveries = items.iter().filter(|item| item["item"] == "delivery");
        let ids = deliveries.map(|item| item["delivery_id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

fn withdraw(record: &str) -> Vec<&str> {
    [&["consent", "withdraw", record][..], &WHO].concat()
}

fn acknowledge(delivery: &str) -> Vec<&str> {
    [&["consent", "acknowledge", delivery][..], &SEES].concat()
}

#[test]
fn consent_is_sent_on_taken_back_and_acknowledged_from_the_command_line() {
    run(async {
        let at = Desk::start().await;
        let bare = ["signal", "send", &at.plan];
        at.says_both(VT, &bare, REFUSED, ["toestemming", "consent"]);
        at.says(VT, &bare, "en", REFUSED, &["CONSENT_NEEDED"]);

        let delivery = at.sent();
        assert_eq!(at.status("stands", 0)["received"], false);
        assert_eq!(at.received(), [delivery.as_str()]);
        let one = at.status("stands", 0);
        assert_eq!(
            (&one["received"], &one["delivery_id"]),
            (&true.into(), &delivery.clone().into())
        );

        // Taken back: who had received it is told, and is waited for.
        let board = format!("{}/intake", at.chain.oin(BOARD));
        let words = ["withdrawn  1", &board];
        at.says(VT, &withdraw(&at.back), "nl", 0, &words);
        let one = at.status("withdrawn", 1);
        assert_eq!(one["waited_for"], true);
        let nl = "de toestemming is ingetrokken";
        let words = [nl, &delivery, "seinpaal consent acknowledge"];
        at.says(BOARD, &RECEIVE, "nl", 0, &words);
        at.says(BOARD, &RECEIVE, "en", 0, &["the consent was taken back"]);

        at.says(BOARD, &acknowledge(&delivery), "nl", 0, &[&delivery]);
        let one = at.status("withdrawn", 0);
        assert_eq!(one["waited_for"], false);
        assert!(one["acknowledged_at"].is_string(), "{one}");
    });
}

#[test]
fn a_slip_before_consent_is_sent_on_is_named_and_nothing_is_registered() {
    run(async {
        let at = Desk::start().await;
        let gone = at.path().join("gone.toml");
        let gone = gone.to_str().unwrap();
        let slip = |record: &[&str], words: &[&str]| {
            let records = record.iter().flat_map(|record| ["--consent", *record]);
            let send = ["signal", "send", &at.plan].into_iter().chain(records);
            let send: Vec<&str> = send.collect();
            at.says(VT, &send, "en", MISTAKE, words);
        };
        slip(&[gone], &["gone.toml"]);
        slip(&[&at.plan], &["CONSENT_FORM"]);
        slip(&[&at.back], &["does not stand"]);
        let other = written("").replace("0030000\"]", "0020000\"]");
        let other = file(at.path(), "other.toml", &other);
        slip(&[&other], &["names another recipient"]);
        // The same record twice, and one too many.
        let twice = "carries nothing about another";
        slip(&[&at.record, &at.record], &[twice]);
        let another = written("").replace("dossier/17", "dossier/18");
        let another = file(at.path(), "another.toml", &another);
        slip(&[&at.record, &another], &["one for each person"]);
        // What asks for more than was typed, or for another.
        for typed in [&["consent", "status", gone][..], &withdraw(gone)[..]] {
            at.says(VT, typed, "nl", MISTAKE, &["gone.toml"]);
        }
        let short = ["consent", "withdraw", &at.record, "--by", "worker-9"];
        at.says(VT, &short, "nl", USAGE, &["--role", "--decided-by"]);
        let digits = "32 lower-case hex digits";
        at.says(BOARD, &acknowledge("0303"), "nl", USAGE, &[digits]);
        let status = document(&at.chain, VT, &["consent", "status", &at.record]);
        assert_eq!(status["registered"], Value::Array(Vec::new()), "{status}");
        assert_eq!(status["stands"], true);
    });
}

#[test]
fn consent_that_its_registrant_ended_stays_so_whatever_its_file_says() {
    run(async {
        let at = Desk::start().await;
        at.sent();
        // Another record: this system has nothing of it, and says so.
        let wrong = file(at.path(), "wrong.toml", &written(""));
        let nothing = [
            "dit systeem heeft er niets op geregistreerd",
            "this system registered nothing on it",
        ];
        at.says_both(VT, &withdraw(&wrong), 0, nothing);
        let done = document(&at.chain, VT, &withdraw(&wrong));
        assert_eq!(done["registered_here"], 0);
        at.status("stands", 0);

        // No act takes it back, and the record says `given` as before.
        let done = document(&at.chain, VT, &withdraw(&at.record));
        assert_eq!(done["registered_here"], 1);
        assert_eq!(done["withdrawn"].as_array().unwrap().len(), 1);
        let left = [
            "er was niets meer in te trekken",
            "nothing was left to take back",
        ];
        at.says_both(VT, &withdraw(&at.back), 0, left);
        let send = ["signal", "send", &at.plan, "--consent", &at.record];
        let new = ["was taken back on this system", "new record"];
        at.says(VT, &send, "en", MISTAKE, &new);
        let check = ["consent", "check", &at.record];
        let no = [
            "nee: op dit systeem ingetrokken",
            "no: taken back on this system",
        ];
        at.says_both(VT, &check, 0, no);
        let judged = document(&at.chain, VT, &check);
        assert_eq!(
            (&judged["good"], &judged["state"]),
            (&true.into(), &"given".into())
        );
        let status = document(&at.chain, VT, &["consent", "status", &at.record]);
        for told in [judged, status] {
            assert_eq!(told["stands"], false, "{told}");
            assert_eq!(told["withdrawn_here"], true, "{told}");
        }
        // Nobody had received it, so nobody is waited for.
        at.status("withdrawn", 0);
    });
}

#[test]
fn a_slip_in_acknowledging_is_named_and_its_recipient_is_waited_for_still() {
    run(async {
        let at = Desk::start().await;
        let delivery = at.sent();
        let slip = |typed: &[&str], words: &[&str]| at.says(BOARD, typed, "nl", MISTAKE, words);
        // Not received yet, and nobody's.
        let unknown = "0".repeat(32);
        for id in [&delivery, &unknown] {
            slip(&acknowledge(id), &["DELIVERY_NOT_FOUND"]);
        }
        assert_eq!(at.received(), [delivery.as_str()]);
        // Not taken back yet.
        let early = ["MESSAGE_INVALID", "no consent was taken back"];
        slip(&acknowledge(&delivery), &early);
        at.says(VT, &withdraw(&at.back), "en", 0, &["withdrawn  1"]);
        // By a function of no list.
        let role = ["--by", "board-3", "--role", "baker"];
        let baker = [&["consent", "acknowledge", &delivery][..], &role].concat();
        slip(&baker, &["baker"]);
        at.status("withdrawn", 1);
        at.says(BOARD, &acknowledge(&delivery), "en", 0, &[&delivery]);
        let again = ["MESSAGE_INVALID", "acknowledged before"];
        slip(&acknowledge(&delivery), &again);
        at.status("withdrawn", 0);
    });
}
