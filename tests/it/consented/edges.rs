//! The hours of a registered consent, to the millisecond, by a clock of the test.

use super::bad::{consents, registration};
use super::{chain, desk, plan, reasons};
use crate::local::{Local, Settings};
use crate::run;
use seinhuis_domain::signal::ConsentCited;
use seinhuis_store::Store;
use seinhuis_tests::reason;
use seinhuis_types::{Clock, ConsentHandle, LeafIndex, ManualClock, Millis, Revision, SystemClock};
use std::sync::Arc;

/// Moves the clock when all is published: a log that is behind stops the hub, which is another matter.
async fn go_to(local: &Local, clock: &ManualClock, at: Millis) {
    let last = LeafIndex(local.gate.next_index().0 - 1);
    local.log.wait_published(last).await.unwrap();
    while local.log.lag_ms(at) > 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(at.0 - clock.now().0);
}

#[test]
fn a_registered_consent_carries_from_its_first_millisecond_to_its_last() {
    run(async {
        let (mut chain, to) = chain().await;
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let mut client = consents(&chain, "veilig-thuis").await;
        let from = Millis((clock.now().0 / Millis::HOUR + 1) * Millis::HOUR);
        let until = from.plus(Millis::HOUR);
        let mut cited = Vec::new();
        for _ in 0..6 {
            let mut message = registration(&to, clock.now());
            (message.from_hour, message.until_hour) = (from.hour().0, until.hour().0);
            let handle = ConsentHandle::from_slice(&message.consent_id).unwrap();
            let reply = client.register_consent(message).await.unwrap().into_inner();
            let revision = Revision(reply.revision);
            cited.push(ConsentCited { handle, revision });
        }
        let (vt, signal, desk) = (chain.partner("veilig-thuis"), plan(), desk());
        let moments: [(Millis, &[&str]); 6] = [
            (from.minus(1), &["CONSENT_NEEDED"]),
            (from, &[]),
            (from.plus(1), &[]),
            (until.minus(1), &[]),
            (until, &["CONSENT_EXPIRED"]),
            (until.plus(1), &["CONSENT_EXPIRED"]),
        ];
        for ((at, expected), cited) in moments.into_iter().zip(cited) {
            go_to(&local, &clock, at).await;
            let sending = vt.signal(&desk, &signal).to(to.clone()).citing(cited);
            let sent = sending.send().await.unwrap().remove(0);
            assert_eq!(reasons(&sent), expected, "{}", at.0 as i64 - from.0 as i64);
        }
    });
}

#[test]
fn a_consent_is_registered_for_thirty_one_days_and_no_hour_longer() {
    run(async {
        let (mut chain, to) = chain().await;
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let mut client = consents(&chain, "veilig-thuis").await;
        for (hours, expected) in [
            (31 * 24 - 1, None),
            (31 * 24, None),
            (31 * 24 + 1, Some("CONSENT_TERM")),
        ] {
            let mut message = registration(&to, clock.now());
            message.until_hour = message.from_hour + hours;
            let told = client.register_consent(message).await;
            let told = told.map(drop).map_err(|status| reason(&status)).err();
            assert_eq!(told.as_deref(), expected, "{hours}");
        }
    });
}
