//! Facts about starting: what is kept, and what is told instead of served.

use super::{Bench, Outcome, START, make, open, open_at};
use crate::{
    Batch, ConversionLedger, Engine, Limits, SCHEMA_VERSION, Snapshot, Store, StoreError, Write,
    key,
};
use seinhuis_types::{LeafIndex, ManualClock, Position, Revision};

/// Everything that was answered is there after a restart, and numbers go on.
pub async fn reopening_keeps_everything(bench: &impl Bench) -> Outcome {
    let (oin, desk) = (make::oin(2)?, make::desk("intake")?);
    let store = open(bench)?;
    for n in 0..50 {
        let change = make::change(n)
            .release(oin, &desk, make::id(n))
            .count(oin, &make::clause()?, 1, 1, 100)
            .write(Write::delivery(make::id(n), &make::delivery(make::oin(1)?)));
        store.commit(change).await?;
    }
    drop(store);
    let store = open(bench)?;
    assert_eq!(
        (store.next_index(), store.last_commit()),
        (LeafIndex(50), START)
    );
    let seen = store.snapshot()?;
    for n in 0..50 {
        let revision = Revision(u64::from(n) + 1);
        assert_eq!(seen.delivery(make::id(n))?.revision, revision);
        assert_eq!(seen.parts(LeafIndex(u64::from(n)))?.revision, revision);
    }
    assert_eq!(seen.budget(oin, &make::clause()?, 1)?.value, 50);
    assert_eq!(store.sequenced(LeafIndex(0), 99)?.len(), 50);
    let page = seen.deliveries(Some(make::id(9)), 10)?;
    assert_eq!(page.first().map(|(id, _)| *id), Some(make::id(10)));
    let next = store
        .commit(make::change(50).release(oin, &desk, make::id(50)))
        .await?;
    assert_eq!(
        (next.indexes, next.positions),
        (vec![LeafIndex(50)], vec![Position(51)])
    );
    Ok(())
}

/// Hub time is at least that of the last commit, whatever the clock says after a restart.
pub async fn hub_time_never_goes_back(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    store.commit(make::change(0)).await?;
    drop(store);
    let clock = ManualClock::at(START.minus(1_000));
    let store = open_at(bench, &clock)?;
    assert_eq!(store.now(), START);
    assert_eq!(store.commit(make::change(1)).await?.at, START);
    clock.advance(1_500);
    assert_eq!(store.commit(make::change(2)).await?.at, START.plus(500));
    assert_eq!(store.last_commit(), START.plus(500));
    Ok(())
}

/// Puts one row under the store's feet.
fn plant(bench: &impl Bench, key: &[u8], value: Option<Vec<u8>>) -> Outcome {
    let engine = bench.engine()?;
    engine.apply(&Batch::from([(key.to_vec(), value)]))?;
    engine.sync()?;
    Ok(())
}

/// Data of a newer version are refused by name, not read.
pub async fn a_newer_schema_is_told(bench: &impl Bench) -> Outcome {
    drop(open(bench)?);
    let found = SCHEMA_VERSION + 1;
    plant(
        bench,
        key::SCHEMA,
        Some([&found.to_be_bytes()[..], &[1]].concat()),
    )?;
    let refused = open_at(bench, &ManualClock::at(START)).err();
    assert_eq!(
        refused,
        Some(StoreError::SchemaTooNew {
            found,
            supported: SCHEMA_VERSION
        })
    );
    Ok(())
}

/// A ledger's data are not opened as a store's, nor the other way round.
pub async fn a_ledger_is_not_a_store(bench: &impl Bench) -> Outcome {
    drop(open(bench)?);
    let clock = ManualClock::at(START);
    let as_ledger =
        ConversionLedger::open(bench.engine()?, clock, Limits::default(), Box::new(|_| ()));
    assert!(matches!(as_ledger.err(), Some(StoreError::Corrupt(_))));
    Ok(())
}

/// A missing run of leaves is found at start.
pub async fn a_gap_in_the_log_is_told(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    for n in 0..3 {
        store.commit(make::change(n)).await?;
    }
    drop(store);
    plant(bench, &key::run(key::LEAVES, 1), None)?;
    let refused = open_at(bench, &ManualClock::at(START)).err();
    assert!(matches!(refused, Some(StoreError::Corrupt(_))));
    Ok(())
}

/// A log that ends elsewhere than the last commit noted is found at start.
pub async fn tips_that_differ_are_told(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    for n in 0..3 {
        store.commit(make::change(n)).await?;
    }
    drop(store);
    plant(bench, &key::run(key::LEAVES, 2), None)?;
    let refused = open_at(bench, &ManualClock::at(START)).err();
    assert!(matches!(refused, Some(StoreError::Corrupt(_))));
    Ok(())
}
