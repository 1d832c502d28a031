//! Facts about streams and counters.

use super::{Bench, Outcome, make, open, open_gated};
use crate::{Limits, Row, Snapshot, Store, StoreError};
use seinhuis_types::{LeafIndex, Position, Revision};

/// Each desk's positions are 1, 2, 3 … in the order of commits, whatever other desks get.
pub async fn positions_are_dense_per_desk(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    let oin = make::oin(2)?;
    let desks = [make::desk("intake")?, make::desk("in")?];
    gate.close();
    let waiting: Vec<_> = (0..20)
        .map(|n| {
            let [most, rest] = &desks;
            let desk = if n % 3 == 0 { rest } else { most };
            store.commit(make::change(n).release(oin, desk, make::id(n)))
        })
        .collect();
    gate.open();
    for commit in waiting {
        commit.await?;
    }
    let seen = store.snapshot()?;
    for (desk, expected) in desks.iter().zip([13, 7]) {
        let places = seen.stream(oin, desk, Position(0), 100)?;
        let positions: Vec<_> = places.iter().map(|(position, _)| position.0).collect();
        assert_eq!(positions, (1..=expected).collect::<Vec<_>>());
        assert_eq!(seen.last_position(oin, desk)?, Position(expected));
        assert!(places.iter().map(|(_, id)| *id).is_sorted());
        let some = seen.stream(oin, desk, Position(5), 2)?;
        assert_eq!(Some(some.as_slice()), places.get(5..7));
    }
    assert_eq!(
        seen.last_position(make::oin(3)?, &make::desk("intake")?)?,
        Position(0)
    );
    Ok(())
}

/// A position that was taken out of a stream is not given again, also not after a restart.
pub async fn withdrawn_positions_are_not_reused(bench: &impl Bench) -> Outcome {
    let (oin, desk) = (make::oin(2)?, make::desk("intake")?);
    let store = open(bench)?;
    store
        .commit(make::change(0).release(oin, &desk, make::id(0)))
        .await?;
    store
        .commit(make::change(1).release(oin, &desk, make::id(1)))
        .await?;
    store
        .commit(make::change(2).withdraw(oin, &desk, Position(2)))
        .await?;
    assert_eq!(
        store.snapshot()?.stream(oin, &desk, Position(0), 9)?.len(),
        1
    );
    drop(store);
    let store = open(bench)?;
    assert_eq!(store.snapshot()?.last_position(oin, &desk)?, Position(2));
    let committed = store
        .commit(make::change(3).release(oin, &desk, make::id(3)))
        .await?;
    assert_eq!(committed.positions, [Position(3)]);
    Ok(())
}

/// A counter moves to its cap and not past it; the change that would is not written at all.
pub async fn counters_stop_at_their_cap(bench: &impl Bench) -> Outcome {
    let (oin, clause) = (make::oin(1)?, make::clause()?);
    let desk = make::desk("intake")?;
    let store = open(bench)?;
    let count = |n, by| make::change(n).count(oin, &clause, 20_000, by, 5);
    assert_eq!(store.commit(count(0, 3)).await?.counters, [3]);
    // The first of these fails with a release and a count already made, the second still fits.
    let halfway = count(1, 1)
        .release(oin, &desk, make::id(1))
        .count(oin, &clause, 20_000, 3, 5);
    let (over, fits) = (store.commit(halfway), store.commit(count(2, 2)));
    let row = Row::Budget(oin, clause.clone(), 20_000);
    assert_eq!(over.await, Err(StoreError::OverCap { row }));
    assert_eq!(fits.await?.counters, [5]);
    let seen = store.snapshot()?.budget(oin, &clause, 20_000)?;
    assert_eq!((seen.value, seen.revision), (5, Revision(2)));
    assert_eq!(store.snapshot()?.budget(oin, &clause, 20_001)?.value, 0);
    assert_eq!(store.snapshot()?.last_position(oin, &desk)?, Position(0));
    assert_eq!(store.next_index(), LeafIndex(2));
    Ok(())
}
