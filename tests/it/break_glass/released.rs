//! What was decided to be sent leaves by the moment of that decision; and where it does not leave, its
//! source hears it.

use super::*;
use seinhuis_client::Persons;

/// The commit comes ten seconds after the decision: by then the call lies over an hour back.
#[test]
fn a_call_in_the_last_moment_of_its_hour_still_counts_when_it_is_released() {
    run(async {
        let stage = Stage::start().await;
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
        assert_eq!(stage.receive().await.id, id);
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
