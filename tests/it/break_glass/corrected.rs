//! A correction of a break-glass says its content once more, so it takes what that took: a person, both
//! officers, a review. What was not justified is not corrected at all.

use super::*;
use seinhuis_client::{Rectified, SentDelivery};
use seinhuis_domain::break_glass::Finding;
use seinhuis_domain::signal::{Rectification, RectificationKind, SourceShield};
use seinhuis_store::records::DeliveryState;
use seinhuis_types::SignalId;

/// Sends one; the signal and its delivery.
pub(super) async fn sent(stage: &Stage) -> (SignalId, DeliveryId) {
    sent_until(stage, stage.glass().until).await
}

async fn sent_until(stage: &Stage, until: Millis) -> (SignalId, DeliveryId) {
    let glass = BreakGlass {
        until,
        ..stage.glass()
    };
    let signal = signal(stage.clock.now()).with_break_glass(glass);
    let sent = stage.try_send(&["worker-1"], stage.to(), signal).await;
    let sent = sent.unwrap().permitted().unwrap();
    (sent.signal, sent.delivery.unwrap())
}

/// Says it anew, worker-3 acting and lead-4 deciding, for these persons.
async fn correct(
    stage: &Stage,
    persons: &[&str],
    signal: SignalId,
    kind: RectificationKind,
) -> Result<Rectified, ClientError> {
    let partner = stage.partner("reclassering", persons).await;
    let what = Rectification {
        kind,
        reason: "inaccurate".parse().unwrap(),
    };
    let say = |_: &SentDelivery| Ok(signal_by(stage.clock.now(), "worker-3", "lead-4"));
    partner.rectify(&desk(FROM), signal, &what, say).await
}

pub(super) async fn corrected(stage: &Stage, signal: SignalId) -> DeliveryId {
    let done = correct(stage, &["worker-3"], signal, RectificationKind::Corrected).await;
    let done = done.unwrap();
    assert!(done.complete());
    let [told] = done.told.as_slice() else {
        panic!("{done:?}")
    };
    told.delivery.unwrap()
}

/// A notice that says nothing anew; for nobody.
async fn notice(stage: &Stage, signal: SignalId, kind: RectificationKind) -> Rectified {
    let partner = stage.partner("reclassering", &["worker-3"]).await;
    let what = Rectification {
        kind,
        reason: "unlawful".parse().unwrap(),
    };
    let hide = match kind {
        RectificationKind::Shielded => SourceShield::Origin,
        _ => SourceShield::None,
    };
    let say = |sent: &SentDelivery| {
        let notice = sent.notice(stage.clock.now()).shielded(hide, false);
        let notice = notice.by("worker-3", "probation-officer");
        Ok(notice.decided("lead-4", "safety-task").finish()?)
    };
    let done = partner.rectify(&desk(FROM), signal, &what, say).await;
    done.unwrap()
}

async fn find(
    stage: &Stage,
    persons: &[&str],
    id: DeliveryId,
    finding: Finding,
) -> Result<(), ClientError> {
    let partner = stage.partner("reclassering", persons).await;
    partner.review_break_glass(id, finding).await.map(|_| ())
}

fn state(stage: &Stage, id: DeliveryId) -> (DeliveryState, bool) {
    let seen = stage.local.gate.snapshot().unwrap();
    let delivery = seen.delivery(id).unwrap().value.unwrap();
    let payload = seen.payload(id).unwrap().value;
    (delivery.body.state(), payload.is_some())
}

#[test]
fn a_correction_of_a_break_glass_takes_a_person_tells_both_officers_and_is_reviewed() {
    run(async {
        let stage = Stage::start().await;
        let (signal, id) = sent(&stage).await;
        assert_eq!(stage.receive().await.id, id);
        for kind in [
            RectificationKind::Corrected,
            RectificationKind::IdentityFixed,
        ] {
            let nobody = correct(&stage, &[], signal, kind).await;
            assert_eq!(code(nobody), ErrorCode::PersonAssertionInvalid, "{kind:?}");
            let another = correct(&stage, &["worker-9"], signal, kind).await;
            assert_eq!(code(another), ErrorCode::BreakGlassInvalid, "{kind:?}");
        }
        assert_eq!(
            stage.list("reclassering").await.len(),
            1,
            "nothing was done"
        );

        let correction = corrected(&stage, signal).await;
        for (name, own) in [("reclassering", true), ("politie", false)] {
            let events = stage.events(name, "fg");
            let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
            let expected = [EventKind::BreakGlassUsed, EventKind::BreakGlassCorrected];
            assert_eq!(kinds, expected, "{name}");
            let list = stage.list(name).await;
            let of = list
                .iter()
                .find(|view| view.delivery == correction)
                .unwrap();
            assert_eq!((list.len(), of.finding), (2, None), "{name}");
            assert_eq!(of.message.rectifies, id.0, "{name}");
            assert_eq!(events[1].at, of.review_by, "{name}");
            // Who sent it stands with its source, in the entry that sends it.
            let officer = stage.partner(name, &["fg-1"]).await;
            let entry = officer.entry(events[1].index).await.unwrap();
            assert_eq!(entry.shared().is_some(), own, "{name}");
            if let (Some(shared), Some(provider)) = (entry.shared(), entry.provider()) {
                assert_eq!(shared.act(), v1::Act::Rectify);
                assert_eq!(shared.review_by_ms, of.review_by.0);
                assert_eq!(provider.staff[0].person, "worker-3");
            }
        }
        // Who acted or decided in one of the two reviews neither.
        for of in [id, correction] {
            for acted in ["worker-1", "lead-2", "worker-3", "lead-4"] {
                let told = find(&stage, &["fg-1", acted], of, Finding::Justified).await;
                assert_eq!(code(told), ErrorCode::ReviewerNotIndependent, "{acted}");
            }
        }
        let two = ["fg-1", "fg-2"];
        find(&stage, &two, id, Finding::Justified).await.unwrap();
        // And it arrives, as the law has it.
        let opened = stage.receive().await;
        assert_eq!(opened.id, correction);
        assert_eq!(opened.rectifies.as_ref().unwrap().delivery, id);
        // Found wrong by itself, it is to be destroyed, and what it corrected is not.
        let wrong = Finding::NotJustified;
        find(&stage, &two, correction, wrong).await.unwrap();
        assert_eq!(state(&stage, correction), (DeliveryState::Ended, false));
        // What was found right is corrected still, for a person and under review.
        let again = corrected(&stage, signal).await;
        let list = stage.list("politie").await;
        assert!(list.iter().any(|view| view.delivery == again));
        // Closing dropped the marks of who sent the first: of this one only its own are known.
        let own = ["fg-1", "worker-3"];
        let told = find(&stage, &own, again, Finding::Justified).await;
        assert_eq!(code(told), ErrorCode::ReviewerNotIndependent);
        let first = ["fg-1", "worker-1"];
        find(&stage, &first, again, Finding::Justified)
            .await
            .unwrap();
    });
}

#[test]
fn what_was_not_justified_is_not_corrected_any_more_but_shielded_and_withdrawn() {
    run(async {
        let stage = Stage::start().await;
        let (signal, id) = sent(&stage).await;
        assert_eq!(stage.receive().await.id, id);
        let wrong = Finding::NotJustified;
        find(&stage, &["fg-1", "fg-2"], id, wrong).await.unwrap();
        for kind in [
            RectificationKind::Corrected,
            RectificationKind::IdentityFixed,
        ] {
            let told = correct(&stage, &["worker-3"], signal, kind).await;
            assert_eq!(code(told), ErrorCode::BreakGlassNotJustified, "{kind:?}");
        }
        assert_eq!(stage.list("reclassering").await.len(), 1);
        for kind in [RectificationKind::Shielded, RectificationKind::Withdrawn] {
            let done = notice(&stage, signal, kind).await;
            assert!(done.complete() && done.told.len() == 1, "{kind:?}");
        }
    });
}

/// Its time box is over and its payload gone, so the finding changes nothing of the delivery: the review
/// itself is what the correction stands on.
#[test]
fn a_finding_that_comes_before_a_correction_commits_stops_it() {
    run(async {
        let stage = Stage::start().await;
        // The pseudonymiser has a clock of its own, so the box is short.
        let until = stage.clock.now().plus(Millis::SECOND);
        let (signal, id) = sent_until(&stage, until).await;
        assert_eq!(stage.receive().await.id, id);
        stage.go_to(until).await;
        while state(&stage, id).0 != DeliveryState::Ended {
            stage.local.hub.pass_due(10).await.unwrap();
        }
        let mut commit = stage.local.gate.hold("rectify");
        let found = async {
            commit.reached().await;
            let wrong = Finding::NotJustified;
            find(&stage, &["fg-1", "fg-2"], id, wrong).await.unwrap();
            commit.go();
        };
        let kind = RectificationKind::Corrected;
        let (told, ()) = tokio::join!(correct(&stage, &["worker-3"], signal, kind), found);
        assert_eq!(code(told), ErrorCode::BreakGlassNotJustified);
        let partner = stage.partner("reclassering", &[]).await;
        assert!(
            partner.sent(signal).await.unwrap()[0]
                .rectifications
                .is_empty()
        );
    });
}

#[test]
fn what_corrects_it_is_taken_back_with_it() {
    run(async {
        let stage = Stage::start().await;
        let (signal, id) = sent(&stage).await;
        assert_eq!(stage.receive().await.id, id);
        let received = corrected(&stage, signal).await;
        assert_eq!(stage.receive().await.id, received);
        let waiting = corrected(&stage, signal).await;
        assert_eq!(state(&stage, waiting), (DeliveryState::Releasable, true));
        // One that commits between what the finding was decided on and its own commit goes with it.
        let mut commit = stage.local.gate.hold("review_break_glass");
        let last = async {
            commit.reached().await;
            let last = corrected(&stage, signal).await;
            commit.go();
            last
        };
        let wrong = Finding::NotJustified;
        let (found, last) = tokio::join!(find(&stage, &["fg-1", "fg-2"], id, wrong), last);
        found.unwrap();
        for id in [id, received, waiting, last] {
            assert_eq!(state(&stage, id), (DeliveryState::Ended, false));
        }
        // What was received is to be destroyed, each by its name.
        let seen = stage.local.gate.snapshot().unwrap();
        let places = seen.stream(stage.chain.oin("politie"), &desk(TO), Position(0), 99);
        let destroyed: Vec<_> = (places.unwrap().into_iter())
            .filter_map(|(_, place)| match place {
                Place::Event(event) if event.value.kind() == EventKind::BreakGlassDestroy => {
                    Some(event.value.delivery_id)
                }
                _ => None,
            })
            .collect();
        assert_eq!(destroyed, [id.0.to_vec(), received.0.to_vec()]);
        let mut inbox = stage.inbox("politie", TO).await;
        loop {
            match inbox.next().await.unwrap() {
                Item::Delivery(opened) => panic!("{} left all the same", opened.id),
                Item::Tombstone(gone) if gone == last => break,
                _ => {}
            }
        }
    });
}
