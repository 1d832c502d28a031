//! The last second of an agreement's term, and the first moment after it.

use super::*;
use seinhuis_store::Snapshot;

const OVER: &str = "AGREEMENT_NOT_VALID";

/// A chain whose agreement ends in an hour, by a clock of the test; the first moment after it.
async fn short() -> (Chain, AgreementHash, Local, ManualClock, Millis) {
    let mut chain = Chain::start().await.unwrap();
    let last = SystemClock.now().seconds() + 3_600;
    let agreed = chain.agree(|text| {
        text.replace(
            "not_after = 2031-08-31T23:59:59+02:00",
            &format!("not_after = {last}"),
        )
        .replace("review = 2027-09-01", "review = 2026-09-02")
    });
    let agreed = agreed.await.unwrap();
    let (local, clock) = with_clock(&mut chain).await;
    let end = Millis((last + 1) * Millis::SECOND);
    (chain, agreed, local, clock, end)
}

#[test]
fn a_signal_goes_to_the_last_millisecond_of_its_agreement_and_not_after() {
    run(async {
        let (chain, agreed, local, clock, end) = short().await;
        for (at, expected) in [
            (end.minus(Millis::SECOND + 1), Ok(())),
            (end.minus(Millis::SECOND), Ok(())),
            (end.minus(1), Ok(())),
            (end, Err(OVER.to_owned())),
            (end.plus(1), Err(OVER.to_owned())),
        ] {
            go_to(&local, &clock, at).await;
            let message = prepared_for(&chain, to(&chain, &agreed)).await;
            assert_eq!(decided(&chain, message).await, expected, "{at:?} {end:?}");
        }
    });
}

#[test]
fn a_signal_decided_in_the_last_millisecond_is_not_sent_after_its_agreement() {
    run(async {
        let (chain, agreed, local, clock, end) = short().await;
        go_to(&local, &clock, end.minus(1)).await;
        let message = prepared_for(&chain, to(&chain, &agreed)).await;
        let mut commit = local.gate.hold("publish");
        let late = async {
            commit.reached().await;
            clock.advance(1);
            commit.go();
        };
        let (sent, ()) = tokio::join!(decided(&chain, message), late);
        assert_eq!(sent, Err(OVER.to_owned()));
        let seen = local.gate.snapshot().unwrap();
        assert!(seen.deliveries(None, 9).unwrap().is_empty());
    });
}
