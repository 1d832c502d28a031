//! Facts about persons: assertions are used once, and what one person opens alone is counted.

use super::{Bench, Outcome, START, make, open_at};
use crate::{ASSERTION_TERM_MS, Row, Snapshot, Store, StoreError, Write};
use seinhuis_types::{ManualClock, Millis, Revision};

/// Of two changes with one assertion the second is a conflict; after its term the row goes.
pub async fn an_assertion_is_used_once_and_kept_for_its_term(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let (oin, other, jti) = (make::oin(1)?, make::oin(2)?, [4; 16]);
    let using = |n, oin| {
        make::change(n)
            .expect(Row::PersonAssertion(oin, jti), Revision(0))
            .write(Write::person_assertion(oin, jti))
    };
    store.commit(using(0, oin)).await?;
    let row = Row::PersonAssertion(oin, jti);
    let again = store.commit(using(1, oin)).await;
    assert_eq!(again, Err(StoreError::Conflict { row }));
    // Another organisation's numbers are its own.
    store.commit(using(2, other)).await?;
    assert_ne!(store.snapshot()?.person_assertion(oin, jti)?, Revision(0));
    clock.advance(ASSERTION_TERM_MS);
    assert_eq!(store.sweep(100).await?, 0, "not a millisecond early");
    clock.advance(1);
    assert_eq!(store.sweep(100).await?, 2);
    assert_eq!(store.snapshot()?.person_assertion(oin, jti)?, Revision(0));
    Ok(())
}

/// What one person opens alone stops at its cap, a day and person at a time.
pub async fn what_one_opens_alone_stops_at_its_cap(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let day = u32::try_from(START.0 / Millis::DAY)?;
    let opened = |n, mark, day, by| make::change(n).count_alone([mark; 16], day, by, 50);
    assert_eq!(store.commit(opened(0, 1, day, 50)).await?.counters, [50]);
    let over = store.commit(opened(1, 1, day, 1)).await;
    let row = Row::Alone([1; 16], day);
    assert_eq!(over, Err(StoreError::OverCap { row }));
    assert_eq!(store.commit(opened(1, 2, day, 1)).await?.counters, [1]);
    assert_eq!(store.commit(opened(2, 1, day + 1, 7)).await?.counters, [7]);
    clock.advance(3 * Millis::DAY);
    assert_eq!(store.sweep(100).await?, 2, "those of the first day");
    Ok(())
}
