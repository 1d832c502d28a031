//! A signal that was about another: the recipient reads whom it is about, tells the right person and no
//! longer the wrong one; each verb of correcting, typed against the hub.

mod not_known;
mod verbs;

use super::cli::{document, documents, told, verb};
use super::flow::next;
use super::rectify::{desk, send};
use super::run;
use seinhuis_client::{
    Acknowledgement, Identity, Inbox, Item, Opened, OpenedSubject, Partner, SentDelivery,
};
use seinhuis_domain::signal::{Rectification, RectificationKind};
use seinhuis_proto::v1;
use seinhuis_pseudonym::CitizenNumber;
use seinhuis_tests::{Chain, repository, story};
use serde_json::Value;
use std::fs;

/// Somebody who is in no other signal of these tests; passes the 11-test and belongs to nobody.
const RIGHT: &str = "999990020";
const RECEIVE: [&str; 7] = [
    "signal",
    "receive",
    "intake",
    "--once",
    "--wait",
    "10",
    "--acknowledge",
];

/// The next delivery of Veilig Thuis' stream, and how many tombstones came before it.
async fn delivery(inbox: &mut Inbox) -> (Box<Opened>, usize) {
    let mut tombstones = 0;
    loop {
        match inbox.next().await.unwrap() {
            Item::Delivery(opened) => return (opened, tombstones),
            Item::Tombstone(_) => tombstones += 1,
            Item::Idle => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A desk's own pseudonym of a number, as the desk finds it by itself.
async fn own(partner: &Partner, number: &str) -> [u8; 32] {
    let number = CitizenNumber::parse(number).unwrap();
    let found = partner.convert_own(&desk("intake"), &[number]).await;
    found.unwrap().remove(0).to_bytes()
}

fn pseudonym(subject: &OpenedSubject) -> [u8; 32] {
    subject.pseudonym.to_bytes()
}

fn number(subject: &OpenedSubject) -> String {
    match &subject.identity {
        Some(Identity::Number(number)) => String::from_utf8(number.digits().to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_received_a_signal_about_another_opens_whom_it_is_about() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (police, vt) = (chain.partner("politie"), chain.partner("veilig-thuis"));
        let (signal, sent) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        vt.acknowledge(&first, &Acknowledgement::Delivered)
            .await
            .unwrap();
        let wrong = own(vt, story::ADULT).await;
        assert_eq!(pseudonym(&first.subjects[0]), wrong);

        let fixed = Rectification {
            kind: RectificationKind::IdentityFixed,
            reason: "wrong-person".parse().unwrap(),
        };
        let fix = |_: &SentDelivery| {
            let [_, other, child] = story::household().unwrap();
            Ok(story::inc_home().subject(other).subject(child).finish()?)
        };
        let from = desk(super::rectify::POLICE_DESK);
        let done = police.rectify(&from, signal, &fixed, fix).await.unwrap();
        assert!(done.complete() && done.told.len() == 1);

        let (second, tombstones) = delivery(&mut vt.receive(&desk("intake"), Vec::new())).await;
        assert_eq!(tombstones, 0, "the first was acknowledged");
        // It names the old delivery, by the source's sealed word and in what the source signed.
        let about = second.rectifies.as_ref().unwrap();
        assert_eq!((about.delivery, &about.told), (first.id, &fixed));
        assert_eq!(sent.delivery, Some(first.id));
        assert_ne!(second.id, first.id);
        assert_eq!(second.header.rectification.as_ref(), Some(&fixed));
        // It is about another: the desk's own pseudonym of that other, and nobody else's.
        let right = own(vt, story::SUSPECT).await;
        assert_eq!(pseudonym(&second.subjects[0]), right);
        assert_ne!(right, wrong);
        assert!(second.subjects.iter().all(|one| pseudonym(one) != wrong));
        assert_eq!(second.subjects[0].head.role.as_str(), "suspect");
        assert_eq!(number(&second.subjects[0]), story::SUSPECT);
        // Who was in both is the same in both, also by the mark of the recipient's administration.
        assert_eq!(
            pseudonym(&second.subjects[1]),
            pseudonym(&first.subjects[1])
        );
        assert_eq!(number(&second.subjects[1]), story::CHILD);
        let (before, after) = (first.marks(), second.marks());
        assert_eq!(before[1], after[1]);
        assert!(!before.contains(&after[0]));
        // What was sealed and what was converted are of the same people.
        vt.verify_identity(&second).await.unwrap();
        assert_eq!(second.text("severity"), first.text("severity"));
        // The right people are to be told.
        assert_eq!(second.inform, first.inform);
        assert!(second.inform.is_some());

        let opened = Acknowledgement::opened("worker-9", "vt-worker").unwrap();
        for what in [&Acknowledgement::Delivered, &opened] {
            vt.acknowledge(&second, what).await.unwrap();
        }
        let list = police.sent(signal).await.unwrap();
        let told = &list[0].rectifications[0];
        assert_eq!(told.kind, Some(RectificationKind::IdentityFixed));
        assert_eq!(
            (told.id, told.state),
            (second.id, v1::DeliveryState::Opened)
        );
        assert!(told.acknowledged.is_some());
        // A withdrawal after it names nobody, and nobody is to be told of it.
        super::rectify::withdraw(police, signal).await.unwrap();
        let (notice, _) = delivery(&mut vt.receive(&desk("intake"), Vec::new())).await;
        assert_eq!(notice.rectifies.as_ref().unwrap().delivery, first.id);
        assert!(notice.inform.is_none() && notice.marks().is_empty());
    });
}

/// A signal file of the police, of which some texts are others.
fn signal_file(folder: &std::path::Path, name: &str, change: &[(&str, &str)]) -> String {
    let example = repository().join("config/examples/inc-home.toml");
    let mut text = fs::read_to_string(example).unwrap();
    for (from, to) in change {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    super::cli::file(folder, name, &text)
}

/// Sends the example; the signal's id.
fn send_file(chain: &Chain, file: &str) -> String {
    let send = [
        "signal",
        "send",
        file,
        "--agreement",
        chain.agreement.as_str(),
    ];
    let sent = document(chain, "politie", &send);
    assert_eq!(sent["outcomes"][0]["permitted"], true, "{sent}");
    let id = sent["outcomes"][0]["signal_id"].as_str().unwrap();
    id.to_owned()
}

/// The one item of this kind of what was received.
fn item<'v>(items: &'v [Value], kind: &str) -> &'v Value {
    let mut found = items.iter().filter(|item| item["item"] == kind);
    match (found.next(), found.next()) {
        (Some(one), None) => one,
        _ => panic!("not one `{kind}`: {items:?}"),
    }
}

fn tasks(chain: &Chain) -> Vec<Value> {
    let listed = document(chain, "veilig-thuis", &["inform", "list", "--all"]);
    let mut tasks = listed.as_array().unwrap().clone();
    tasks.sort_by_key(|task| task["ordinal"].as_u64());
    tasks
}

#[test]
fn the_right_person_is_to_be_told_and_the_wrong_one_is_not_any_more() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let first = signal_file(folder.path(), "first.toml", &[]);
        let right = signal_file(folder.path(), "right.toml", &[(story::SUSPECT, RIGHT)]);
        let signal = send_file(&chain, &first);
        let received = documents(&chain, "veilig-thuis", &RECEIVE, 0);
        let delivery = item(&received, "delivery")["delivery_id"].clone();
        let before = tasks(&chain);
        assert_eq!(before.len(), 3);

        let fix = |file: &str, why: &str| {
            let arguments = ["signal", "fix-identity", "huiselijk-geweld", &signal, file];
            document(
                &chain,
                "politie",
                &[&arguments[..], &["--why", why]].concat(),
            )
        };
        let fixed = fix(&right, "wrong-person");
        assert_eq!(fixed["outcomes"][0]["permitted"], true, "{fixed}");
        let received = documents(&chain, "veilig-thuis", &RECEIVE, 0);
        let second = item(&received, "delivery");
        assert_eq!(second["rectifies"]["delivery_id"], delivery);
        assert_eq!(second["rectifies"]["kind"], "identity-fixed");
        assert_eq!(item(&received, "to_inform")["people"], 1);
        let ended = item(&received, "inform_ended");
        assert_eq!(ended["about"], delivery);
        assert_eq!(ended["ended"][0]["task"], before[1]["task"]);
        assert_eq!(ended["ended"].as_array().unwrap().len(), 1);
        assert_eq!(ended["told_before"], Value::Array(Vec::new()));

        let after = tasks(&chain);
        assert_eq!(after.len(), 4);
        // Who remains keeps the term, to the millisecond.
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        let (wrong, new) = (&after[1], &after[3]);
        assert_eq!(wrong["stands"], "ended");
        assert_eq!(wrong["ended"]["reason"], "other-person");
        assert_eq!(wrong["ended"]["by"], second["delivery_id"]);
        let said = wrong["ended"]["nl"].as_str().unwrap();
        assert!(said.contains("niet over deze persoon"), "{said}");
        assert_eq!(
            (&new["stands"], &new["role"]),
            (&"open".into(), &"victim".into())
        );
        assert_eq!(new["by"], second["delivery_id"]);
        let moment = |text: &Value| -> jiff::Timestamp { text.as_str().unwrap().parse().unwrap() };
        let term = moment(&new["due"]).as_second() - moment(&new["recorded"]).as_second();
        assert_eq!(term, 28 * 86_400);
        assert!(moment(&new["recorded"]) >= moment(&before[0]["recorded"]));

        nothing_is_recorded_any_more(&chain, wrong["task"].as_str().unwrap());
    });
}

/// Nothing can be told or put off on a task that ended, and why is said.
fn nothing_is_recorded_any_more(chain: &Chain, task: &str) {
    let done = ["inform", "done", task, "--how", "in-person", "--as", "m-1"];
    let put_off = ["--days", "3", "--because", "investigation", "--as", "m-1"];
    let put_off = [&["inform", "postpone", task], &put_off[..]].concat();
    for arguments in [&done[..], &put_off, &["inform", "text", task]] {
        let refused = told(&verb(chain, "veilig-thuis", arguments), 3);
        assert!(refused.contains("not about this person"), "{refused}");
    }
    let listed = verb(chain, "veilig-thuis", &["inform", "list", "--lang", "nl"]);
    assert!(
        !told(&listed, 0).contains(task),
        "only who is still to be told"
    );
    let all = ["inform", "list", "--all"];
    for (lang, words) in [
        ("nl", "niet over deze persoon"),
        ("en", "not about this person"),
    ] {
        let listed = verb(
            chain,
            "veilig-thuis",
            &[&all[..], &["--lang", lang]].concat(),
        );
        let listed = told(&listed, 0);
        assert!(listed.contains(words), "{listed}");
    }
}

#[test]
fn a_withdrawal_ends_what_is_open_to_be_told_and_names_who_was_told() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let signal = send_file(&chain, &signal_file(folder.path(), "first.toml", &[]));
        documents(&chain, "veilig-thuis", &RECEIVE, 0);
        let before = tasks(&chain);
        let told_one = before[0]["task"].as_str().unwrap();
        let done = [
            "inform",
            "done",
            told_one,
            "--how",
            "in-person",
            "--as",
            "m-1",
        ];
        assert_eq!(document(&chain, "veilig-thuis", &done)["stands"], "told");
        let who = [
            "--by",
            "p-1",
            "--role",
            "police-officer",
            "--decided-by",
            "p-2",
        ];
        let withdraw = [
            "signal",
            "withdraw",
            "huiselijk-geweld",
            &signal,
            "--why",
            "unlawful",
        ];
        document(&chain, "politie", &[&withdraw[..], &who].concat());
        let dutch = [&RECEIVE[..], &["--lang", "nl"]].concat();
        let shown = told(&verb(&chain, "veilig-thuis", &dutch), 0);
        assert!(
            shown.contains("de afzender heeft het signaal ingetrokken"),
            "{shown}"
        );
        assert!(
            shown.contains(&format!("{told_one}: was al verteld")),
            "{shown}"
        );
        let stands: Vec<_> = tasks(&chain)
            .iter()
            .map(|task| task["stands"].clone())
            .collect();
        assert_eq!(stands, ["told", "ended", "ended"]);
        let open = document(&chain, "veilig-thuis", &["inform", "list"]);
        assert_eq!(open, Value::Array(Vec::new()));
        // The hub's side and the police keep nothing of it: no such duty, no such folder.
        let none = document(&chain, "politie", &["inform", "list", "--all"]);
        assert_eq!(none, Value::Array(Vec::new()));
    });
}
