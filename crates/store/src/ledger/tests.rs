//! What the pseudonymiser remembers, and for how long.

use super::*;
use crate::Memory;
use seinhuis_types::ManualClock;

const START: Millis = Millis(1_790_000_000_000);

fn request(nonce: u8, bytes: u8, count: u64) -> Conversion {
    Conversion {
        source: Oin::parse("00000099000000010000").unwrap(),
        nonce: [nonce; 16],
        request: Digest([bytes; 32]),
        clause: ClauseId::parse("pol-vt-report").unwrap(),
        count,
        cap: 10,
    }
}

fn open(engine: &Memory, clock: &ManualClock) -> ConversionLedger {
    ConversionLedger::open(
        engine.clone(),
        clock.clone(),
        Limits::default(),
        Box::new(|_| ()),
    )
    .unwrap()
}

#[tokio::test]
async fn the_same_bytes_are_answered_again_and_others_are_replays() {
    let (engine, clock) = (Memory::new(), ManualClock::at(START));
    let ledger = open(&engine, &clock);
    assert_eq!(
        ledger.check_and_record(request(1, 1, 4)).await,
        Ok(Recorded::Fresh)
    );
    assert_eq!(
        ledger.check_and_record(request(1, 1, 4)).await,
        Ok(Recorded::Repeated)
    );
    assert_eq!(
        ledger.check_and_record(request(1, 2, 4)).await,
        Err(LedgerError::Replayed)
    );
    drop(ledger);
    let ledger = open(&engine, &clock);
    assert_eq!(
        ledger.check_and_record(request(1, 2, 4)).await,
        Err(LedgerError::Replayed)
    );
    assert_eq!(
        ledger.check_and_record(request(1, 1, 4)).await,
        Ok(Recorded::Repeated)
    );
    let clause = ClauseId::parse("pol-vt-report").unwrap();
    assert_eq!(
        ledger.spent(request(1, 1, 1).source, &clause),
        Ok(4),
        "counted once"
    );
}

#[tokio::test]
async fn a_request_over_budget_is_not_remembered() {
    let (engine, clock) = (Memory::new(), ManualClock::at(START));
    let ledger = open(&engine, &clock);
    assert_eq!(
        ledger.check_and_record(request(1, 1, 8)).await,
        Ok(Recorded::Fresh)
    );
    assert_eq!(
        ledger.check_and_record(request(2, 2, 3)).await,
        Err(LedgerError::OverBudget)
    );
    assert_eq!(
        ledger.check_and_record(request(3, 3, 2)).await,
        Ok(Recorded::Fresh)
    );
    clock.advance(Millis::DAY);
    assert_eq!(
        ledger.check_and_record(request(2, 9, 3)).await,
        Ok(Recorded::Fresh)
    );
}

#[tokio::test]
async fn requests_are_forgotten_after_two_days() {
    let (engine, clock) = (Memory::new(), ManualClock::at(START));
    let ledger = open(&engine, &clock);
    ledger.check_and_record(request(1, 1, 1)).await.unwrap();
    clock.advance(CONVERSION_TERM_MS);
    ledger.check_and_record(request(2, 1, 1)).await.unwrap();
    ledger.sweep(100).await.unwrap();
    assert_eq!(
        ledger.check_and_record(request(1, 2, 1)).await,
        Err(LedgerError::Replayed)
    );
    clock.advance(1);
    assert_eq!(ledger.sweep(100).await, Ok(1));
    assert_eq!(
        ledger.check_and_record(request(1, 2, 1)).await,
        Ok(Recorded::Fresh)
    );
    assert_eq!(
        ledger.check_and_record(request(2, 2, 1)).await,
        Err(LedgerError::Replayed)
    );
}

#[tokio::test]
async fn of_two_at_once_one_is_fresh() {
    let (engine, clock) = (Memory::new(), ManualClock::at(START));
    let ledger = open(&engine, &clock);
    let (one, other) = tokio::join!(
        ledger.check_and_record(request(1, 1, 1)),
        ledger.check_and_record(request(1, 2, 1)),
    );
    assert_eq!(
        (one, other),
        (Ok(Recorded::Fresh), Err(LedgerError::Replayed))
    );
}

#[tokio::test]
async fn a_budget_is_of_a_day_by_utc_to_the_millisecond() {
    let midnight = Millis((START.0 / Millis::DAY + 1) * Millis::DAY);
    let (engine, clock) = (Memory::new(), ManualClock::at(midnight.minus(1)));
    let ledger = open(&engine, &clock);
    let ask = |nonce, count| ledger.check_and_record(request(nonce, nonce, count));
    assert_eq!(ask(1, 10).await, Ok(Recorded::Fresh));
    assert_eq!(ask(2, 1).await, Err(LedgerError::OverBudget));
    clock.advance(1);
    assert_eq!(ask(3, 10).await, Ok(Recorded::Fresh));
    assert_eq!(ask(4, 1).await, Err(LedgerError::OverBudget));
}
