//! What was decided to be sent leaves by the moment of that decision; and where it does not leave, its
//! source hears it.

use super::*;
use seinhuis_client::Persons;
use seinhuis_domain::agreement::StepReason;
use seinhuis_store::records::DeliveryState;
use std::time::Duration;

/// Sends one after a call in the last moment of its hour. The commit comes ten seconds after the decision: by
/// then the call lies over an hour back.
async fn sent_late(stage: &Stage) -> DeliveryId {
    let glass = BreakGlass {
        call: Some(Call {
            function: "control-room".parse().unwrap(),
            at: stage.clock.now().minus(Millis::HOUR),
        }),
        ..stage.glass()
    };
    let decided = stage.clock.now();
    let signal = signal(decided).with_break_glass(glass);
    let mut commit = stage.local.gate.hold("publish");
    let late = async {
        commit.reached().await;
        stage.clock.advance(10 * Millis::SECOND);
        commit.go();
    };
    let sent = stage.try_send(&["worker-1"], stage.to(), signal);
    let (sent, ()) = tokio::join!(sent, late);
    let id = sent.unwrap().permitted().unwrap().delivery.unwrap();
    let seen = stage.local.gate.snapshot().unwrap();
    let delivery = seen.delivery(id).unwrap().value.unwrap();
    assert!(delivery.published_at.get().unwrap() > decided);
    id
}

#[test]
fn a_call_in_the_last_moment_of_its_hour_still_counts_when_it_is_released() {
    run(async {
        let stage = Stage::start().await;
        let id = sent_late(&stage).await;
        match stage.inbox("politie", TO).await.next().await.unwrap() {
            Item::Delivery(opened) => assert_eq!(opened.id, id),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_call_in_the_last_moment_of_its_hour_still_counts_after_a_suspension() {
    run(async {
        let stage = Stage::start().await;
        let id = sent_late(&stage).await;
        let police = stage.partner("politie", &[]).await;
        let persons = Persons::new("administrator-1", "privacy-officer-1").unwrap();
        let suspended = police.suspend(&stage.agreement, &persons, StepReason::Technical);
        suspended.await.unwrap();
        let mut inbox = stage.inbox("politie", TO).await;
        let silent = tokio::time::timeout(Duration::from_millis(500), inbox.next());
        assert!(silent.await.is_err(), "nothing leaves while suspended");
        let seen = stage.local.gate.snapshot().unwrap();
        let held = seen.delivery(id).unwrap().value.unwrap();
        assert_eq!(held.body.state(), DeliveryState::Held);
        // Steps of one party have signing times of whole seconds that go forward.
        stage.clock.advance(2 * Millis::SECOND);
        let resumed = police.resume(&stage.agreement, &persons, StepReason::Resolved);
        resumed.await.unwrap();
        match inbox.next().await.unwrap() {
            Item::Delivery(opened) => assert_eq!(opened.id, id),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn its_source_is_told_that_it_was_asked_for_and_not_released() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        let partner = stage.partner("reclassering", &[]).await;
        let persons = Persons::new("administrator-1", "privacy-officer-1").unwrap();
        partner.leave(&stage.agreement, &persons).await.unwrap();
        let mut inbox = stage.inbox("politie", TO).await;
        loop {
            match inbox.next().await.unwrap() {
                Item::Delivery(_) => panic!("it left after the end of its agreement"),
                Item::Tombstone(gone) if gone == id => break,
                _ => {}
            }
        }
        let told = stage.events("reclassering", FROM);
        let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::BreakGlassNotReleased]);
        let Item::Event(event) = stage
            .inbox("reclassering", FROM)
            .await
            .next()
            .await
            .unwrap()
        else {
            panic!("no event");
        };
        assert_eq!(event.kind.as_str(), "break_glass_not_released");
        assert!(matches!(event.of, EventOf::Sent { .. }), "{event:?}");
    });
}
