//! A recipient that may not know the person: what it drops unread may still take the place of what it kept.

use super::{RECEIVE, RIGHT, item, own, signal_file, tasks};
use crate::cli::{document, documents, file, told, verb};
use crate::run;
use seinhuis_tests::{Chain, story};
use seinhuis_types::{AgreementHash, hex};
use serde_json::Value;

fn send(chain: &Chain, file: &str, agreement: &AgreementHash) -> String {
    let agreement = agreement.to_string();
    let send = ["signal", "send", file, "--agreement", agreement.as_str()];
    let sent = document(chain, "politie", &send);
    assert_eq!(sent["outcomes"][0]["permitted"], true, "{sent}");
    let id = sent["outcomes"][0]["signal_id"].as_str().unwrap();
    id.to_owned()
}

fn items<'v>(received: &'v [Value], kind: &str) -> Vec<&'v Value> {
    let of_kind = received.iter().filter(|item| item["item"] == kind);
    of_kind.collect()
}

#[test]
fn who_knows_nobody_named_now_learns_that_its_client_is_not_meant() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let text = "recipient_may_not_know = false";
        let agreed = chain.agree(|all| all.replace(text, "recipient_may_not_know = true"));
        let agreed = agreed.await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let first = signal_file(folder, "first.toml", &[]);
        let right = signal_file(folder, "right.toml", &[(story::SUSPECT, RIGHT)]);
        let client = own(chain.partner("veilig-thuis"), story::SUSPECT).await;
        let clients = file(folder, "clients", &format!("{}\n", hex(&client)));
        // Without `--acknowledge`: what is about a client is acknowledged as what is about a stranger.
        let [receive @ .., "--acknowledge"] = &RECEIVE else {
            panic!("{RECEIVE:?}")
        };
        let receive = [&receive[..], &["--clients", &clients]].concat();
        let receive = || documents(&chain, "veilig-thuis", &receive, 0);

        // Whom the desk does not know it drops, and nothing comes of it.
        send(&chain, &right, &agreed);
        let received = receive();
        assert_eq!(item(&received, "not_ours")["rectifies"], Value::Null);
        assert_eq!(received.len(), 1, "{received:?}");
        assert_eq!(tasks(&chain), Vec::<Value>::new());

        // One that names its client it keeps.
        let signal = send(&chain, &first, &agreed);
        let received = receive();
        let kept = item(&received, "delivery")["delivery_id"].clone();
        assert_eq!(items(&received, "not_ours").len(), 0, "it comes once");
        let before = tasks(&chain);
        assert_eq!(before.len(), 3);

        // The source had taken the client for somebody else.
        let fix = ["signal", "fix-identity", super::super::rectify::POLICE_DESK];
        let fix = [&fix[..], &[&signal, &right, "--why", "wrong-person"]].concat();
        let fixed = document(&chain, "politie", &fix);
        assert_eq!(fixed["outcomes"][0]["permitted"], true, "{fixed}");
        // For people, in their language; not acknowledged before that was shown.
        let dutch = ["--clients", &clients, "--lang", "nl"];
        let shown = told(
            &verb(&chain, "veilig-thuis", &[&RECEIVE[..], &dutch].concat()),
            0,
        );
        assert!(
            shown.contains("komt in de plaats van een eerdere"),
            "{shown}"
        );
        assert!(shown.contains(kept.as_str().unwrap()), "{shown}");
        let wrong = before[1]["task"].as_str().unwrap();
        assert!(
            shown.contains(&format!("{wrong}: hoeft niet meer verteld")),
            "{shown}"
        );
        for number in [RIGHT, story::SUSPECT, story::CHILD] {
            assert!(!shown.contains(number), "{shown}");
        }
        let after = tasks(&chain);
        assert_eq!(after[1]["ended"]["reason"], "other-person");
        // Who is named in both keeps the term, known or not; nobody new is to be told.
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        assert_eq!(after.len(), 3);

        // The source sees that the correction arrived, and no more than that; it does not come again.
        let listed = document(&chain, "politie", &["signal", "corrections", &signal]);
        assert_eq!(listed["not_acknowledged"], 0, "{listed}");
        let told = &listed["deliveries"][0]["rectifications"][0];
        assert_eq!(told["kind"], "identity-fixed");
        assert_eq!(told["acknowledged"], true);
        assert_eq!(receive(), Vec::<Value>::new());
    });
}
