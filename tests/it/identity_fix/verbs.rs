//! `signal correct`, `fix-identity`, `withdraw` and `corrections`, typed: what each shows in both languages,
//! how it ends, and what is told of a slip.

use super::{RECEIVE, RIGHT, item, send_file, signal_file};
use crate::cli::{document, documents, told, verb};
use crate::run;
use seinhuis_tests::{Chain, story};
use serde_json::Value;
use std::path::Path;

const WHO: [&str; 6] = [
    "--by",
    "p-1",
    "--role",
    "police-officer",
    "--decided-by",
    "p-2",
];
/// Received, and opened by a person, as the urgency of the signal asks.
const OPEN: [&str; 11] = [
    "signal",
    "receive",
    "intake",
    "--once",
    "--wait",
    "10",
    "--open",
    "--person",
    "worker-9",
    "--role",
    "vt-worker",
];
const DESK: &str = "huiselijk-geweld";

fn typed<'a>(what: &'a str, signal: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["signal", what, DESK, signal][..], more].concat()
}

fn in_language(chain: &Chain, name: &str, arguments: &[&str], lang: &str, code: i32) -> String {
    let arguments = [arguments, &["--lang", lang]].concat();
    told(&verb(chain, name, &arguments), code)
}

/// The words of `signal corrections` in both languages: how many are open, and how the last stands.
fn corrections(chain: &Chain, signal: &str, open: usize, standing: (&str, &str)) -> Value {
    let arguments = ["signal", "corrections", signal];
    let nl = in_language(chain, "politie", &arguments, "nl", 0);
    let en = in_language(chain, "politie", &arguments, "en", 0);
    assert!(nl.contains(&format!("nog niet bevestigd: {open}")), "{nl}");
    assert!(
        en.contains(&format!("not acknowledged yet: {open}")),
        "{en}"
    );
    assert!(nl.contains(standing.0), "{nl}");
    assert!(en.contains(standing.1), "{en}");
    let listed = document(chain, "politie", &arguments);
    assert_eq!(listed["not_acknowledged"], open);
    listed
}

fn kinds(listed: &Value) -> Vec<(String, bool)> {
    let told = listed["deliveries"][0]["rectifications"]
        .as_array()
        .unwrap();
    told.iter()
        .map(|one| {
            let kind = one["kind"].as_str().unwrap().to_owned();
            (kind, one["acknowledged"].as_bool().unwrap())
        })
        .collect()
}

fn files(folder: &Path) -> [String; 3] {
    let milder = [("severity = \"S2\"", "severity = \"S3\"")];
    [
        signal_file(folder, "first.toml", &[]),
        signal_file(folder, "milder.toml", &milder),
        signal_file(folder, "right.toml", &[(story::SUSPECT, RIGHT)]),
    ]
}

#[test]
fn each_verb_of_correcting_reaches_who_received_and_shows_it_in_both_languages() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [first, milder, right] = files(folder.path());
        let signal = send_file(&chain, &first);
        let received = documents(&chain, "veilig-thuis", &OPEN, 0);
        let delivery = item(&received, "delivery")["delivery_id"].clone();
        let none = corrections(&chain, &signal, 0, (DESK_OF_VT, DESK_OF_VT));
        assert_eq!(kinds(&none), []);

        // Correct: for people in Dutch, and what came of it for machines.
        let correct = typed("correct", &signal, &[&milder, "--why", "inaccurate"]);
        let shown = in_language(&chain, "politie", &correct, "nl", 0);
        assert!(shown.contains("corrected (inaccurate)"), "{shown}");
        assert!(!shown.contains(story::CHILD), "a number was shown");
        let waits = ("nog niet bevestigd", "not acknowledged yet");
        let listed = corrections(&chain, &signal, 1, waits);
        assert_eq!(kinds(&listed), [("corrected".to_owned(), false)]);
        let shown = in_language(&chain, "veilig-thuis", &OPEN, "nl", 0);
        assert!(
            shown.contains("was onjuist; dit komt ervoor in de plaats"),
            "{shown}"
        );
        assert!(
            shown.contains(delivery.as_str().unwrap()) && shown.contains("S3"),
            "{shown}"
        );
        let listed = corrections(&chain, &signal, 0, ("bevestigd", "acknowledged"));
        assert_eq!(kinds(&listed), [("corrected".to_owned(), true)]);

        // Fix the identity.
        let fix = typed("fix-identity", &signal, &[&right, "--why", "wrong-person"]);
        let fixed = document(&chain, "politie", &fix);
        assert_eq!(
            (&fixed["kind"], &fixed["reason"]),
            (&"identity-fixed".into(), &"wrong-person".into())
        );
        assert_eq!(fixed["outcomes"][0]["permitted"], true);
        assert_eq!(fixed["unreached"], Value::Array(Vec::new()));
        let shown = in_language(&chain, "veilig-thuis", &OPEN, "en", 0);
        assert!(
            shown.contains("was about another person; this is the right one"),
            "{shown}"
        );
        assert!(
            shown.contains("the source said that the signal was not about this person"),
            "{shown}"
        );

        // Withdraw: the notice names nobody.
        let withdraw = [
            &typed("withdraw", &signal, &["--why", "unlawful"])[..],
            &WHO,
        ]
        .concat();
        let shown = in_language(&chain, "politie", &withdraw, "en", 0);
        assert!(shown.contains("withdrawn (unlawful)"), "{shown}");
        corrections(&chain, &signal, 1, waits);
        let received = documents(&chain, "veilig-thuis", &OPEN, 0);
        let notice = item(&received, "delivery");
        assert_eq!(notice["rectifies"]["delivery_id"], delivery);
        assert_eq!(notice["subjects"], Value::Array(Vec::new()));
        let listed = corrections(&chain, &signal, 0, ("bevestigd", "acknowledged"));
        let all = ["corrected", "identity-fixed", "withdrawn"];
        assert_eq!(kinds(&listed), all.map(|kind| (kind.to_owned(), true)));
    });
}

/// How the desk of Veilig Thuis stands in the list.
const DESK_OF_VT: &str = "/intake";

#[test]
fn what_had_not_left_is_shown_as_ended_in_both_languages() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [first, milder, _] = files(folder.path());
        for (lang, words) in [
            ("nl", "niet ontvangen; gaat niet meer uit"),
            ("en", "not received; leaves no more"),
        ] {
            let signal = send_file(&chain, &first);
            let withdraw = typed("withdraw", &signal, &["--why", "unlawful"]);
            let shown = in_language(&chain, "politie", &[&withdraw[..], &WHO].concat(), lang, 0);
            assert!(shown.contains(words), "{shown}");
            // Nothing of it is left to correct, by whatever verb.
            let correct = typed("correct", &signal, &[&milder, "--why", "inaccurate"]);
            let again = in_language(&chain, "politie", &correct, lang, 3);
            assert!(again.contains("NOTHING_TO_RECTIFY"), "{again}");
        }
    });
}

#[test]
fn a_slip_in_typing_a_correction_is_named_and_nothing_is_told() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [first, milder, _] = files(folder.path());
        let signal = send_file(&chain, &first);
        documents(&chain, "veilig-thuis", &RECEIVE, 0);
        let slip = |arguments: &[&str], code: i32, names: &str| {
            let said = told(&verb(&chain, "politie", arguments), code);
            assert!(said.contains(names), "{names}: {said}");
        };
        let why = ["--why", "inaccurate"];
        let file = [milder.as_str(), why[0], why[1]];
        // A verb, an id, an option that is left out: before anything is asked.
        slip(&typed("corect", &signal, &file), 64, "correct");
        let short = signal.split_at(30).0;
        for (verb, more) in [
            ("correct", &file[..]),
            ("withdraw", &[&why[..], &WHO].concat()),
        ] {
            slip(&typed(verb, short, more), 64, "32 hex digits");
        }
        slip(&["signal", "corrections", short], 64, "32 hex digits");
        slip(&typed("withdraw", &signal, &why), 64, "--by");
        slip(&typed("fix-identity", &signal, &[&milder]), 64, "--why");
        // A reason of no list, a file with a key of no form, a file that is not there.
        let wrong = [milder.as_str(), "--why", "innacurate"];
        slip(&typed("correct", &signal, &wrong), 3, "innacurate");
        let key = [("severity = ", "severty = ")];
        let bad = signal_file(folder.path(), "bad.toml", &key);
        slip(
            &typed("correct", &signal, &[&bad, why[0], why[1]]),
            3,
            "severty",
        );
        let gone = folder.path().join("gone.toml");
        let gone = gone.to_str().unwrap();
        slip(
            &typed("correct", &signal, &[gone, why[0], why[1]]),
            3,
            "gone.toml",
        );
        // Another's signal, or nobody's.
        let other = "0".repeat(32);
        slip(&typed("correct", &other, &file), 3, "SIGNAL_NOT_FOUND");
        slip(&["signal", "corrections", &other], 3, "SIGNAL_NOT_FOUND");
        let listed = document(&chain, "politie", &["signal", "corrections", &signal]);
        assert_eq!(kinds(&listed), [], "nothing was told");
        assert!(documents(&chain, "veilig-thuis", &RECEIVE, 0).is_empty());
    });
}

#[test]
fn a_restriction_is_typed_and_shown_with_its_end_in_both_languages() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [first, ..] = files(folder.path());
        let signal = send_file(&chain, &first);
        documents(&chain, "veilig-thuis", &OPEN, 0);
        let why = ["--why", "objection"];
        let restrict = [&typed("restrict", &signal, &why)[..], &WHO].concat();
        // Without an end it stands until it is told again.
        for (lang, word, until, end) in [
            (
                "nl",
                "is beperkt: bewaar het",
                Some("2100-01-01T13"),
                "tot 2100-01-01T13:00:00Z",
            ),
            (
                "en",
                "is restricted: keep it",
                None,
                "provide it (objection)",
            ),
        ] {
            let until = until.map_or_else(Vec::new, |until| vec!["--until", until]);
            let told = [&restrict[..], &until].concat();
            let shown = in_language(&chain, "politie", &told, lang, 0);
            assert!(shown.contains("restricted (objection)"), "{shown}");
            let shown = in_language(&chain, "veilig-thuis", &OPEN, lang, 0);
            assert!(shown.contains(word) && shown.contains(end), "{shown}");
            // One that is past, or no moment, is none.
            let past = [&restrict[..], &["--until", "2020-01-01"]].concat();
            let said = in_language(&chain, "politie", &past, lang, 3);
            assert!(said.contains("valid_until_hour"), "{said}");
            let none = [&restrict[..], &["--until", "tomorrow"]].concat();
            let said = in_language(&chain, "politie", &none, lang, 64);
            assert!(said.contains("2026-11-01T13"), "{said}");
        }
    });
}
