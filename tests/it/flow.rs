//! The lawful way: from the sender's key to the recipient's eyes, with proof.

use super::run;
use seinhuis_client::{Acknowledgement, Identity, Item, Opened, Signal, To};
use seinhuis_domain::signal::Regime;
use seinhuis_tests::{Chain, story};
use seinhuis_types::{Clock, Desk, SystemClock};

/// The next delivery at a desk.
pub(super) async fn next(chain: &Chain, name: &str, desk: &str) -> Box<Opened> {
    let desk: Desk = desk.parse().unwrap();
    let mut inbox = chain.partner(name).receive(&desk, Vec::new());
    loop {
        match inbox.next().await.unwrap() {
            Item::Delivery(opened) => return opened,
            Item::Idle => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Sends a report of the police to Veilig Thuis; the index of its entry.
pub(super) async fn send_one(chain: &Chain) -> u64 {
    send_until(chain, false).await
}

/// As [`send_one`]; gives it when it is under a checkpoint.
pub(super) async fn send_published(chain: &Chain) -> u64 {
    send_until(chain, true).await
}

async fn send_until(chain: &Chain, published: bool) -> u64 {
    let desk: Desk = "huiselijk-geweld".parse().unwrap();
    let [adult, ..] = story::household().unwrap();
    let signal = story::inc_home().subject(adult).finish().unwrap();
    let to = chain.to("veilig-thuis", "pol-vt-report");
    let mut sending = chain.partner("politie").signal(&desk, &signal).to(to);
    if published {
        sending = sending.until_published();
    }
    let outcomes = sending.send().await.unwrap();
    let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
    outcome.proof.index().0
}

#[test]
fn a_report_arrives_whole_and_every_step_is_proven() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let desk: Desk = "huiselijk-geweld".parse().unwrap();
        let [adult, suspect, child] = story::household().unwrap();
        let signal = story::inc_home()
            .subject(adult)
            .subject(suspect)
            .subject(child)
            .finish()
            .unwrap();
        let to = chain.to("veilig-thuis", "pol-vt-report");
        let outcomes = police
            .signal(&desk, &signal)
            .to(to)
            .until_published()
            .send()
            .await
            .unwrap();
        let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
        assert!(outcome.withheld.is_empty());
        police.inclusion(&outcome.proof).await.unwrap();

        let opened = next(&chain, "veilig-thuis", "intake").await;
        let vt = chain.partner("veilig-thuis");
        assert_eq!(opened.text("nature"), Some("physical,psychological"));
        assert_eq!(opened.case, [*b"CASE-REFERENCE-1"]);
        assert_eq!(opened.subjects.len(), 3);
        vt.verify_identity(&opened).await.unwrap();
        let numbers: Vec<_> = opened
            .subjects
            .iter()
            .map(|subject| match &subject.identity {
                Some(Identity::Number(number)) => number.digits().to_vec(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            numbers,
            [story::ADULT, story::SUSPECT, story::CHILD].map(Vec::from)
        );
        assert!(
            opened.handling.secrecy_law.starts_with("Wpg 7"),
            "{:?}",
            opened.handling
        );

        vt.acknowledge(&opened, &Acknowledgement::Delivered)
            .await
            .unwrap();
        let human = Acknowledgement::opened("worker-9", "vt-worker").unwrap();
        let proof = vt.acknowledge(&opened, &human).await.unwrap();
        assert!(proof.index() > opened.proof.index());
        vt.verify_whole_log().await.unwrap();
    });
}

#[test]
fn an_identity_the_clause_does_not_give_is_withheld_by_name() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let vt = chain.partner("veilig-thuis");
        let desk: Desk = "intake".parse().unwrap();
        let [adult, ..] = story::household().unwrap();
        let signal = Signal::build("VT_TAKEN", "P-FEEDBACK")
            .happened(SystemClock.now().hour(), "kennemerland")
            .because("report-task", "not-yet")
            .under(Regime::Avg, None)
            .subject(adult)
            .field("registered", "2026-11-22")
            .by("worker-9", "vt-worker")
            .decided("worker-9", "report-task")
            .finish()
            .unwrap();
        let to = chain.to("politie", "vt-pol-feedback");
        let outcomes = vt.signal(&desk, &signal).to(to).send().await.unwrap();
        let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
        let withheld: Vec<_> = outcome.withheld.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(withheld, ["identity/0"]);
        let opened = next(&chain, "politie", "huiselijk-geweld").await;
        assert!(opened.subjects[0].identity.is_none());
        assert_eq!(opened.text("registered"), Some("2026-11-22"));
        assert_eq!(opened.withheld[0].path, "identity/0");
    });
}

#[test]
fn a_field_the_clause_does_not_give_is_withheld_by_name() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let without = |text: String| text.replacen("  \"substance\",\n", "", 1);
        let agreement = chain.agree(without).await.unwrap();
        let desk: Desk = "huiselijk-geweld".parse().unwrap();
        let [adult, ..] = story::household().unwrap();
        let signal = story::inc_home()
            .field("substance", "alcohol")
            .subject(adult)
            .finish()
            .unwrap();
        let to = To {
            agreement,
            ..chain.to("veilig-thuis", "pol-vt-report")
        };
        let sending = chain.partner("politie").signal(&desk, &signal).to(to);
        let outcomes = sending.send().await.unwrap();
        let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
        let withheld: Vec<_> = outcome.withheld.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(withheld, ["substance"]);
        let granted = &outcome.decision.granted;
        assert_eq!(granted, &["children_present", "form", "nature", "severity"]);
        let opened = next(&chain, "veilig-thuis", "intake").await;
        let came: Vec<_> = opened.fields.keys().map(|path| path.as_str()).collect();
        assert_eq!(came, ["children_present", "form", "nature", "severity"]);
        let withheld: Vec<_> = opened.withheld.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(withheld, ["substance"]);
    });
}
