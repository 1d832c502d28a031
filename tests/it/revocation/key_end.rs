//! The end of a key's term between decision and commit.

use super::*;
use seinhuis_types::{LeafIndex, ManualClock, Millis};
use std::sync::Arc;

/// A desk's newest keys end in an hour; older ones of it stand on.
async fn ends_between(name: &str, desk: &str) {
    let mut chain = Chain::start().await.unwrap();
    let clock = ManualClock::at(SystemClock.now());
    let settings = Settings {
        clock: Arc::new(clock.clone()),
        ..Settings::default()
    };
    let mut local = Local::replace(&mut chain, settings).await;
    clock.advance(local.gate.now().0 - clock.now().0);
    drop(local.publish());
    let partner = chain.partner(name);
    let epoch = partner.key_epoch().await.unwrap();
    let begun = Millis(clock.now().seconds() * Millis::SECOND);
    let end = begun.plus(Millis::HOUR);
    let term = KeyTerm {
        not_before: begun,
        not_after: end,
    };
    let desk = desk.parse().unwrap();
    partner.create_desk_keys(&desk, epoch, term).await.unwrap();
    let last = LeafIndex(local.gate.next_index().0 - 1);
    local.log.wait_published(last).await.unwrap();
    while local.log.lag_ms(end) > 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(end.minus(1).0 - clock.now().0);
    let mut client = signals(&chain, "politie").await;
    let first = publish(&mut client, prepared(&chain).await).await;
    assert!(first.unwrap().permitted, "its last millisecond");
    let mut commit = local.gate.hold("publish");
    let late = async {
        commit.reached().await;
        clock.advance(1);
        commit.go();
    };
    let message = prepared(&chain).await;
    let (second, ()) = tokio::join!(publish(&mut client, message), late);
    assert_eq!(second.unwrap_err(), "STALE_KEY_EPOCH", "{name}");
    let seen = local.gate.snapshot().unwrap();
    assert_eq!(seen.deliveries(None, 9).unwrap().len(), 1, "{name}");
}

#[test]
fn a_signal_decided_in_the_last_millisecond_of_a_key_is_not_sent_after_it() {
    run(async {
        for (name, desk) in [("veilig-thuis", "intake"), ("politie", "huiselijk-geweld")] {
            ends_between(name, desk).await;
        }
    });
}
