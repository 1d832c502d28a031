//! Facts about officers' access: assertions are used once, what one person opens alone is counted,
//! parts are read in a row, grants come back.

use super::{Bench, Outcome, START, make, open_at};
use crate::records::{GrantRecord, WarningRecord};
use crate::{ASSERTION_TERM_MS, Entry, LEAF_BYTES, Month, Row, Snapshot, Store, StoreError, Write};
use seinhuis_types::{LeafIndex, ManualClock, Millis, Revision};

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

/// Parts are read in a row from any index, over runs and batches, without those of an erased month.
pub async fn parts_are_read_in_a_row(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    // Runs hold 16 KiB: two of these entries fit, three do not.
    let large = |n: u8| Entry::new([n; LEAF_BYTES], vec![n; 6_000]);
    let change = (2..=5).fold(make::change(1), |change, n| change.entry(large(n)));
    store.commit(change).await?;
    clock.advance(40 * Millis::DAY);
    store.commit(make::change(7).entry(large(8))).await?;
    let seen = store.snapshot()?;
    let all = |from: u64, runs| -> Result<Vec<u64>, StoreError> {
        let (mut found, mut at) = (Vec::new(), Some(LeafIndex(from)));
        while let Some(from) = at {
            let page = seen.parts_from(from, runs)?;
            for (index, bytes) in &page.parts {
                assert_eq!(Some(bytes.clone()), seen.parts(*index)?.value);
            }
            found.extend(page.parts.iter().map(|(index, _)| index.0));
            at = page.next;
        }
        Ok(found)
    };
    for runs in [1, 2, 100] {
        assert_eq!(all(0, runs)?, [0, 1, 2, 3, 4, 5, 6], "{runs}");
        assert_eq!(all(3, runs)?, [3, 4, 5, 6], "{runs}");
        assert_eq!(all(7, runs)?, Vec::<u64>::new(), "{runs}");
    }
    store
        .commit(make::change(9).erase_month(Month::of(START)))
        .await?;
    for runs in [1, 2, 100] {
        assert_eq!(all(0, runs)?, [5, 6, 7], "{runs}");
    }
    Ok(())
}

/// A grant comes back, alone and among the others.
pub async fn grants_come_back(bench: &impl Bench) -> Outcome {
    let store = open_at(bench, &ManualClock::at(START))?;
    let grant = |until_ms| GrantRecord {
        controller_oin: "c".into(),
        until_ms,
        ..GrantRecord::default()
    };
    for n in 1..=3 {
        let change = make::change(n.into()).write(Write::grant([n; 16], &grant(n.into())));
        store.commit(change).await?;
    }
    let seen = store.snapshot()?;
    let one = seen.grant([2; 16])?;
    assert_eq!((one.revision, one.value), (Revision(2), Some(grant(2))));
    assert_eq!(seen.grant([9; 16])?.revision, Revision(0));
    assert_eq!(seen.grants(None, 2)?.len(), 2);
    assert_eq!(seen.grants(Some([2; 16]), 9)?, [([3; 16], grant(3))]);
    Ok(())
}

/// A warning comes back to its own organisation, and is given once.
pub async fn warnings_come_back(bench: &impl Bench) -> Outcome {
    let store = open_at(bench, &ManualClock::at(START))?;
    let warning = |days| WarningRecord {
        days,
        ..WarningRecord::default()
    };
    let (own, other) = (make::oin(1)?, make::oin(2)?);
    for (n, oin) in [(1, own), (2, own), (3, other)] {
        let write = Write::warning(oin, [n; 16], &warning(n.into()));
        let once = Row::Warning(oin, [n; 16]);
        let change = make::change(n.into()).expect(once, Revision(0));
        store.commit(change.write(write)).await?;
    }
    let seen = store.snapshot()?;
    let one = seen.warning(own, [2; 16])?;
    assert_eq!((one.revision, one.value), (Revision(2), Some(warning(2))));
    assert_eq!(seen.warning(other, [2; 16])?.revision, Revision(0));
    let ids: Vec<_> = seen.warnings(own)?.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [[1; 16], [2; 16]]);
    let again = make::change(4).expect(Row::Warning(own, [1; 16]), Revision(0));
    let again = store.commit(again.write(Write::warning(own, [1; 16], &warning(9))));
    assert!(matches!(again.await, Err(StoreError::Conflict { .. })));
    Ok(())
}
