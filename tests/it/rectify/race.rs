//! A release and a withdrawal at the same moment: whatever commits first, nobody is left with what is
//! wrong without being told.

use super::{delivery, inbox, notice, send, told, withdraw};
use crate::due::acknowledge_as;
use crate::flow::next;
use crate::local::{Local, Settings};
use crate::messages::signals;
use crate::run;
use seinhuis_client::Item;
use seinhuis_domain::signal::RectificationKind;
use seinhuis_proto::v1;
use seinhuis_store::Store;
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, ManualClock, SystemClock};
use std::sync::Arc;

/// A release that was decided before a withdrawal committed is decided again, and does not happen.
#[test]
fn a_withdrawal_wins_the_race_from_a_release_decided_before_it() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let (signal, sent) = send(&chain).await;
        let mut release = local.gate.hold("release");
        let mut stream = inbox(&chain);
        let withdrawn = async {
            release.reached().await;
            let done = withdraw(chain.partner("politie"), signal).await.unwrap();
            assert_eq!((done.told.len(), done.ended.len()), (0, 1));
            release.go();
        };
        let (item, ()) = tokio::join!(stream.next(), withdrawn);
        match item.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
    });
}

/// A withdrawal that was decided while nobody had received is decided again when somebody has: its
/// source is told that the set is not whole, asks again, and tells that desk too.
#[test]
fn who_received_while_it_was_withdrawn_is_told_too() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let (signal, sent) = send(&chain).await;
        let mut commit = local.gate.hold("rectify");
        let received = async {
            commit.reached().await;
            let first = next(&chain, "veilig-thuis", "intake").await;
            assert_eq!(Some(first.id), sent.delivery);
            commit.go();
        };
        let (done, ()) = tokio::join!(withdraw(chain.partner("politie"), signal), received);
        let done = done.unwrap();
        assert_eq!((done.told.len(), done.ended.len()), (1, 0));
        let (notice, _) = delivery(&mut inbox(&chain)).await;
        assert_eq!(notice.rectifies.as_ref().map(|r| r.delivery), sent.delivery);
    });
}

/// Long after the payload died its stub knows who received; and who does not acknowledge is told of.
#[test]
fn a_payload_that_ended_still_gets_its_rectification_and_its_deadline() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let (signal, sent) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let mut vt = signals(&chain, "veilig-thuis").await;
        for state in [v1::AckState::Delivered, v1::AckState::Opened] {
            acknowledge_as(&mut vt, first.id, state).await.unwrap();
        }
        let hour = seinhuis_types::Millis::HOUR;
        // The rows of keys and certificates are judged by this clock too, so it moves a day and no more.
        let step = |ms: u64| {
            let (log, gate) = (&local.log, &local.gate);
            let clock = clock.clone();
            async move {
                let last = gate.next_index().0 - 1;
                log.wait_published(seinhuis_types::LeafIndex(last))
                    .await
                    .unwrap();
                let at = seinhuis_types::Millis(clock.now().0 + ms);
                while log.lag_ms(at) > 0 {
                    tokio::task::yield_now().await;
                }
                clock.advance(ms);
            }
        };
        step(25 * hour).await;
        assert_eq!(local.hub.pass_due(10).await.unwrap().ended, 1);

        let police = chain.partner("politie");
        let kind = told(RectificationKind::Withdrawn, "unlawful");
        // The partners' own clocks stand a day behind, which keys and routes bear.
        let desk = super::desk(super::POLICE_DESK);
        let done = police.rectify(&desk, signal, &kind, notice).await.unwrap();
        assert_eq!(done.told.len(), 1);
        let list = police.sent(signal).await.unwrap();
        let by = list[0].rectifications[0].acknowledge_by.unwrap();
        // A millisecond before it, at it, and after it.
        step(by.0 - 1 - clock.now().0).await;
        for (missed, told) in [(false, 0), (true, 1), (true, 0)] {
            let list = police.sent(signal).await.unwrap();
            assert_eq!(list[0].rectifications[0].missed, missed);
            assert_eq!(local.hub.pass_due(10).await.unwrap().missed, told);
            step(1).await;
        }
        // Both desks read it.
        let mut source = police.receive(&desk, Vec::new());
        let Item::Event(event) = source.next().await.unwrap() else {
            panic!("an event")
        };
        assert_eq!(event.kind, seinhuis_client::EventKind::DeadlineMissed);
        let (notice, _) = delivery(&mut inbox(&chain)).await;
        assert_eq!(notice.rectifies.as_ref().map(|r| r.delivery), sent.delivery);
    });
}
