//! Consent at the hub: nothing goes without it where a clause rests on it, and nothing after it was taken
//! back.

mod bad;
mod each_person;
mod edges;
mod race;
mod shown;
mod taken_back;
mod verbs;

use super::local::{Local, Settings};
use super::run;
use seinhuis_client::{
    ClientError, ConsentGround, EventKind, EventOf, Inbox, Item, OutcomeReport, SentDelivery,
    Signal, Subject, To, WithdrawnConsent,
};
use seinhuis_domain::consent::ConsentRecord;
use seinhuis_domain::signal::{Rectification, RectificationKind, Regime, Source};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store};
use seinhuis_tests::{Chain, story};
use seinhuis_types::{Clock, DeliveryId, Desk, Millis, SystemClock, hex};

/// A clause that rests on consent: the voluntary plan.
const CLAUSE: &str = r#"
[attestations.consent]
function = "Jurist"
date = 2026-09-02
opinion_hash = "37ea47770ebd70873fbed3f6cda85c6861b8a3de5d9209749260b2d3f3ab7e77"
law_version = 2026-09-01

[[clauses]]
id = "vt-rvdk-plan"
from = "00000099000000050000"
to = "00000099000000030000"
mode = "push"
purposes = ["P-PLAN"]
subject_roles = ["victim", "parent", "child"]
max_subjects = 4
id_kinds = ["number"]
identity_sealed = false
desks = ["intake"]
regions = ["kennemerland"]
regimes = ["AVG"]
consent = "needed"
inform = { by = "from", within_days = 28 }
retention = "R2"
onward = "none"
obligations = ["hide-source"]
visibility = "authority"
recipient_may_not_know = false

[[clauses.types]]
code = "PLAN_AGREED"
fields = ["plan_ref", "plan_version", "plan_owner", "review_day"]

[clauses.basis]
provide = [{ code = "CONSENT", from = "consent", to = "consent" }]
receive = [{ code = "PLAN-TASK", from = "veilig-thuis-wmo", to = "rvdk-wmo" }]
"#;

pub(super) fn desk() -> Desk {
    "intake".parse().unwrap()
}

/// A chain with that clause, and where it lets a signal go.
pub(super) async fn chain() -> (Chain, To) {
    let chain = Chain::start().await.unwrap();
    let agreement = chain.agree(|text| text + CLAUSE).await.unwrap();
    let to = To {
        agreement,
        ..chain.to("rvdk", "vt-rvdk-plan")
    };
    (chain, to)
}

fn moment(at: Millis) -> String {
    let at = i64::try_from(at.0).unwrap();
    jiff::Timestamp::from_millisecond(at).unwrap().to_string()
}

/// A record of consent of an adult, asked an hour ago; of another id each time.
pub(super) fn record() -> ConsentRecord {
    ConsentRecord::parse(&written("")).unwrap()
}

fn written(more: &str) -> String {
    let now = SystemClock.now();
    let (from, until) = (now.minus(Millis::HOUR), now.plus(300 * Millis::DAY));
    let (from, until) = (moment(from), moment(until));
    let id = hex(&rand::random::<[u8; 16]>());
    let notice = "1".repeat(64);
    let evidence = "2".repeat(64);
    format!(
        r#"
id = "{id}"
subject = "dossier/17"
view = "agrees"
law = "AVG"
controller = "00000099000000050000"
purposes = ["P-PLAN"]
types = ["PLAN_AGREED"]
recipients = ["00000099000000030000"]
special = false
from = "{from}"
until = "{until}"
registrant = "worker-9"
no_representative_is_a_suspect = true

[notice]
reference = "uitleg/plan"
version = 3
language = "nl"
sha256 = "{notice}"

[[act]]
state = "given"
at = "{from}"
age = "18-plus"
capable = true
evidence = {{ level = "signed", sha256 = "{evidence}" }}
by = [{{ role = "subject" }}]
{more}"#
    )
}

/// That the subject takes it back, in so many words.
fn taking_back() -> String {
    let at = moment(SystemClock.now());
    let evidence = "4".repeat(64);
    format!(
        r#"
[[act]]
state = "withdrawn"
at = "{at}"
age = "18-plus"
capable = true
evidence = {{ level = "oral", sha256 = "{evidence}" }}
by = [{{ role = "subject" }}]
"#
    )
}

/// The same record with that act.
fn taken_back(record: &ConsentRecord) -> ConsentRecord {
    let with = ConsentRecord::parse(&written(&taking_back())).unwrap();
    ConsentRecord {
        id: record.id,
        ..with
    }
}

pub(super) fn ground(record: &ConsentRecord) -> ConsentGround {
    ConsentGround::of(vec![record.clone()]).unwrap()
}

/// An adult.
fn adult() -> Subject {
    Subject::number(story::ADULT, "victim", "18-plus").unwrap()
}

/// A child of this age.
fn child(age_band: &str) -> Subject {
    Subject::number(story::CHILD, "child", age_band).unwrap()
}

/// A plan about one adult.
pub(super) fn plan() -> Signal {
    plan_about([adult()])
}

/// A plan about these people.
fn plan_about(people: impl IntoIterator<Item = Subject>) -> Signal {
    let begun = Signal::build("PLAN_AGREED", "P-PLAN")
        .happened(SystemClock.now().hour(), "kennemerland")
        .because("safety-task", "yes")
        .under(Regime::Avg, None)
        .by("worker-9", "vt-worker")
        .decided("lead-2", "safety-task")
        .activity("https://register.example/plan")
        .field("plan_ref", [7; 16])
        .field("plan_version", "1")
        .field("plan_owner", "00000099000000050000")
        .field("review_day", "2026-12-01");
    let people = people.into_iter();
    people
        .fold(begun, |signal, one| signal.subject(one))
        .finish()
        .unwrap()
}

pub(super) fn source() -> Source {
    Source {
        acting_person: b"worker-9".to_vec(),
        acting_role: Some("vt-worker".parse().unwrap()),
        decided_by: b"worker-9".to_vec(),
        reason: Some("safety-task".parse().unwrap()),
        second_approval: None,
        processing_activity: String::new(),
        prior_call: None,
    }
}

pub(super) async fn send(
    chain: &Chain,
    to: &To,
    record: &ConsentRecord,
) -> Result<OutcomeReport, ClientError> {
    let (signal, ground, desk) = (plan(), ground(record), desk());
    let vt = chain.partner("veilig-thuis");
    let sending = vt.signal(&desk, &signal).to(to.clone()).on_consent(&ground);
    Ok(sending.send().await?.remove(0))
}

pub(super) async fn withdraw(chain: &Chain, record: &ConsentRecord) -> Vec<WithdrawnConsent> {
    let vt = chain.partner("veilig-thuis");
    let back = taken_back(record);
    vt.withdraw_consent(&back, &source()).await.unwrap()
}

pub(super) fn inbox(chain: &Chain) -> Inbox {
    chain.partner("rvdk").receive(&desk(), Vec::new())
}

fn reasons(report: &OutcomeReport) -> Vec<&str> {
    report
        .reasons
        .iter()
        .map(|told| told.code.as_str())
        .collect()
}

#[test]
fn who_received_something_on_consent_reads_that_it_was_taken_back_and_acknowledges_it() {
    run(async {
        let (chain, to) = chain().await;
        let (vt, rvdk) = (chain.partner("veilig-thuis"), chain.partner("rvdk"));
        let record = record();
        let sent = send(&chain, &to, &record)
            .await
            .unwrap()
            .permitted()
            .unwrap();
        let mut stream = inbox(&chain);
        let Item::Delivery(opened) = stream.next().await.unwrap() else {
            panic!("a delivery")
        };
        assert_eq!(Some(opened.id), sent.delivery);
        // The recipient can show on which entry it rested.
        let cited = opened.header.consent.unwrap();
        let list = vt.consent_status(&record).await.unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].handle, cited.handle);
        assert_eq!(list[0].standing, Some(v1::ConsentStanding::Stands));
        assert!(list[0].received && list[0].delivery == Some(opened.id));

        let done = withdraw(&chain, &record).await;
        assert_eq!(done.len(), 1);
        assert_eq!(done[0].told, Some((chain.oin("rvdk"), desk())));
        let part = done[0].proof.provider().unwrap().consent.unwrap();
        assert_eq!(part.acts[0].by, ["subject"]);
        let event = loop {
            match stream.next().await.unwrap() {
                Item::Event(event) => break event,
                Item::Tombstone(_) | Item::Idle => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(event.kind, EventKind::ConsentWithdrawn);
        assert!(matches!(event.of, EventOf::Received(id) if id == opened.id));
        assert_eq!(event.index, done[0].proof.index());

        // Its registrant reads who has not acknowledged, and then that it did.
        let list = vt.consent_status(&record).await.unwrap();
        assert!(list[0].is_waited_for());
        let role = "board-investigator".parse().unwrap();
        let seen = rvdk.acknowledge_withdrawal(opened.id, b"board-3", &role);
        seen.await.unwrap();
        let list = vt.consent_status(&record).await.unwrap();
        assert!(!list[0].is_waited_for() && list[0].acknowledged.is_some());
        let again = rvdk
            .acknowledge_withdrawal(opened.id, b"board-3", &role)
            .await;
        assert_eq!(code(&again.unwrap_err()), "MESSAGE_INVALID");
        // Taking it back once more finds nothing left to take back.
        assert!(withdraw(&chain, &record).await.is_empty());
        // And nothing is sent on it any more.
        let refused = send(&chain, &to, &taken_back(&record)).await.unwrap_err();
        assert!(refused.to_string().contains("does not stand"), "{refused}");
    });
}

fn code(error: &ClientError) -> &'static str {
    error.code().unwrap_or_else(|| panic!("{error}")).as_str()
}

#[test]
fn what_waited_on_consent_is_destroyed_when_it_is_taken_back() {
    run(async {
        let (mut chain, to) = chain().await;
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let record = record();
        let sent = send(&chain, &to, &record)
            .await
            .unwrap()
            .permitted()
            .unwrap();
        let id: DeliveryId = sent.delivery.unwrap();
        let payload = |local: &Local| {
            let snapshot = local.gate.snapshot().unwrap();
            snapshot.payload(id).unwrap().value
        };
        assert!(payload(&local).is_some());
        let done = withdraw(&chain, &record).await;
        assert_eq!(done.len(), 1);
        assert_eq!(done[0].told, None, "nobody received anything");
        assert!(payload(&local).is_none());
        match inbox(&chain).next().await.unwrap() {
            Item::Tombstone(found) => assert_eq!(found, id),
            other => panic!("{other:?}"),
        }
        let list = chain.partner("veilig-thuis").consent_status(&record).await;
        let list = list.unwrap();
        assert_eq!(list[0].standing, Some(v1::ConsentStanding::Withdrawn));
        assert!(!list[0].is_waited_for());
    });
}

#[test]
fn nothing_goes_without_consent_where_a_clause_rests_on_it() {
    run(async {
        let (chain, to) = chain().await;
        let vt = chain.partner("veilig-thuis");
        let (signal, desk) = (plan(), desk());
        let sent = vt
            .signal(&desk, &signal)
            .to(to.clone())
            .send()
            .await
            .unwrap();
        assert!(!sent[0].permitted);
        assert_eq!(reasons(&sent[0]), ["CONSENT_NEEDED"]);
        let told = &sent[0].reasons[0];
        assert!(told.text_nl.contains("toestemming") && told.text_en.contains("consent"));
        // The no has its entry.
        assert_eq!(
            sent[0].proof.provider().unwrap().signal_id,
            sent[0].signal.0
        );

        // Consent of one person carries nothing about two, whatever a client lets by.
        let ground = ground(&record());
        let one = vt.register_consent(&desk, &to, &signal, &ground).await;
        let one = one.unwrap().unwrap();
        let two = plan_about([adult(), child("0-11")]);
        let sending = vt.signal(&desk, &two).to(to).citing(one);
        let sent = sending.send().await.unwrap();
        assert_eq!(reasons(&sent[0]), ["CONSENT_NEEDED"]);
    });
}

#[test]
fn after_a_withdrawal_of_consent_a_rectification_says_nothing_new() {
    run(async {
        let (chain, to) = chain().await;
        let vt = chain.partner("veilig-thuis");
        let record = record();
        let sent = send(&chain, &to, &record)
            .await
            .unwrap()
            .permitted()
            .unwrap();
        let Item::Delivery(_) = inbox(&chain).next().await.unwrap() else {
            panic!("a delivery")
        };
        let told = |kind, reason: &str| Rectification {
            kind,
            reason: reason.parse().unwrap(),
        };
        let correct = told(RectificationKind::Corrected, "inaccurate");
        let another = told(RectificationKind::IdentityFixed, "inaccurate");
        let correction = async |what: &Rectification| {
            let done = vt.rectify(&desk(), sent.signal, what, |_| Ok(plan())).await;
            let mut done = done.unwrap();
            let report = done.told.remove(0);
            // What is told is true whether or not anybody took consent back.
            for why in &report.reasons {
                let (nl, en) = (why.text_nl.as_str(), why.text_en.as_str());
                assert!(
                    nl.contains("geen toestemming") && !nl.contains("niet meer"),
                    "{nl}"
                );
                assert!(en.contains("no consent that carries"), "{en}");
                assert!(
                    why.remedy_nl
                        .contains("opnieuw op toestemming van wie het aangaat")
                );
            }
            (report.permitted, report.reasons.len())
        };
        let untold = async || vt.sent(sent.signal).await.unwrap().remove(0).untold;
        // While it stands a correction goes on it; about another person nothing does.
        assert_eq!(correction(&correct).await, (true, 0));
        assert_eq!(correction(&another).await, (false, 1));
        assert_eq!(untold().await, [another.kind]);
        assert_eq!(withdraw(&chain, &record).await.len(), 1);
        // The correction that waited is destroyed with it, and no other follows.
        let mut stream = inbox(&chain);
        for _ in 0..2 {
            let item = stream.next().await.unwrap();
            assert!(
                matches!(item, Item::Tombstone(_) | Item::Event(_)),
                "{item:?}"
            );
        }
        assert_eq!(correction(&correct).await, (false, 1));
        let notice = told(RectificationKind::Withdrawn, "unlawful");
        let say = |sent: &SentDelivery| {
            let notice = sent.notice(SystemClock.now());
            let notice = notice.by("worker-9", "vt-worker");
            Ok(notice.decided("lead-2", "safety-task").finish()?)
        };
        let done = vt
            .rectify(&desk(), sent.signal, &notice, say)
            .await
            .unwrap();
        assert!(done.told[0].permitted);
        assert!(
            untold().await.is_empty(),
            "the withdrawal came in its place"
        );
    });
}

/// Two signals about one person on one consent: nothing that the hub keeps of the two registrations is
/// the same, but what many have in common.
#[test]
fn the_hub_cannot_tell_that_two_envelopes_rest_on_one_consent() {
    run(async {
        let (mut chain, to) = chain().await;
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let record = record();
        for _ in 0..2 {
            send(&chain, &to, &record)
                .await
                .unwrap()
                .permitted()
                .unwrap();
        }
        let vt = chain.partner("veilig-thuis");
        let list = vt.consent_status(&record).await.unwrap();
        assert_eq!(list.len(), 2);
        let snapshot = local.gate.snapshot().unwrap();
        let mut rows = list.iter().map(|one| {
            let row = snapshot.consent(vt.oin(), one.handle).unwrap().value;
            row.unwrap()
        });
        let (first, second) = (rows.next().unwrap(), rows.next().unwrap());
        assert_ne!(list[0].handle, list[1].handle);
        assert_ne!(first.acts[0].evidence, second.acts[0].evidence);
        // Its hours are those of sending, not those of the consent.
        for row in [&first, &second] {
            assert_eq!(row.until_hour - row.from_hour, 8 * 24);
        }
        let known = "2".repeat(64);
        assert!(
            [first, second]
                .iter()
                .all(|row| hex(&row.acts[0].evidence) != known)
        );
    });
}
