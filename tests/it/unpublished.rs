//! How soon an act is published, and what becomes of acts when the log is not: for 60 seconds the
//! hub goes on, then it does nothing until it is.

use super::call::{self, What};
use super::local::{Local, Settings};
use super::messages::{prepared, publish, signals};
use super::run;
use super::streams::{delivery, receive, report};
use seinhuis_proto::v1;
use seinhuis_store::Store;
use seinhuis_tests::{Chain, reason, story};
use seinhuis_types::{Clock, Desk, LeafIndex, ManualClock, Millis, SystemClock};
use std::sync::Arc;
use tokio_stream::StreamExt;

#[test]
fn nothing_is_done_when_the_log_was_not_published_for_sixty_seconds() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        let mut police = signals(&chain, "politie").await;
        let mut vt = signals(&chain, "veilig-thuis").await;
        // The hub before wrote until it ended; its last moment is hub time now.
        clock.advance(local.gate.now().0 - clock.now().0);
        // The oldest entry that is not published: from here on it counts.
        report(&chain).await;
        clock.advance(59_999);
        report(&chain).await;
        let mut stream = vt
            .receive(receive(Vec::new(), 1))
            .await
            .unwrap()
            .into_inner();
        let item = stream.next().await.unwrap().unwrap();
        let id = delivery(&item).delivery_id.clone();

        clock.advance(1);
        let entries = local.gate.next_index();
        let refused = publish(&mut police, prepared(&chain).await).await;
        assert_eq!(refused.unwrap_err(), "UNAVAILABLE");
        let mut stream = vt
            .receive(receive(Vec::new(), 0))
            .await
            .unwrap()
            .into_inner();
        let refused = stream.next().await.unwrap().unwrap_err();
        assert_eq!(reason(&refused), "UNAVAILABLE");
        let What::Acknowledge(acknowledged) =
            call::acknowledge("veilig-thuis", id, v1::AckState::Delivered).what
        else {
            panic!("an acknowledgement")
        };
        let refused = vt.acknowledge(acknowledged.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "UNAVAILABLE");
        assert_eq!(local.gate.next_index(), entries, "something was done");

        // As soon as it is published all goes on.
        let publishing = local.publish();
        let last = LeafIndex(entries.0 - 1);
        local.log.wait_published(last).await.unwrap();
        report(&chain).await;
        vt.acknowledge(acknowledged).await.unwrap();
        assert!(!publishing.is_finished());
    });
}

#[test]
fn an_act_is_under_a_checkpoint_within_a_second() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let desk: Desk = "huiselijk-geweld".parse().unwrap();
        let [adult, ..] = story::household().unwrap();
        let signal = story::inc_home().subject(adult).finish().unwrap();
        let mut waited = Vec::new();
        // Each follows a publication at once, which is when the hub waits longest by itself.
        for _ in 0..6 {
            let outcomes = chain
                .partner("politie")
                .signal(&desk, &signal)
                .to(chain.to("veilig-thuis", "pol-vt-report"))
                .until_published()
                .send()
                .await
                .unwrap();
            let committed = outcomes[0].proof.committed();
            waited.push(SystemClock.now().0.saturating_sub(committed.0));
        }
        // The best of them: what the hub waits, and not what else the machine was doing.
        let best = waited.iter().skip(1).min().unwrap();
        assert!(*best < Millis::SECOND, "{waited:?}");
    });
}
