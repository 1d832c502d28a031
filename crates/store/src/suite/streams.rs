//! Facts about streams and counters.

use super::{Bench, Outcome, START, make, open, open_at, open_gated};
use crate::records::{BreakGlassRecord, DeliveryState, EventKind, EventRecord};
use crate::{EVENT_TERM_MS, Limits, Place, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{DeliveryId, LeafIndex, ManualClock, Millis, Position, Revision};

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
        let ids = places.iter().filter_map(|(_, place)| match place {
            Place::Delivery(id) => Some(*id),
            Place::Event(_) => None,
        });
        assert!(ids.clone().is_sorted());
        assert_eq!(ids.count(), places.len());
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

/// An event takes a place in the stream like a delivery, tells the entry that accounts for it, and is
/// gone after its term without its position being given again.
pub async fn events_have_their_place_and_lapse(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let (oin, desk) = (make::oin(2)?, make::desk("intake")?);
    let event = EventRecord {
        kind: EventKind::DeadlineMissed.into(),
        delivery_id: vec![7; 16],
        signal_type: "INC_HOME".into(),
        at_ms: 5,
        ..EventRecord::default()
    };
    let store = open_at(bench, &clock)?;
    store.commit(make::change(0)).await?;
    let change = make::change(1)
        .release(oin, &desk, make::id(1))
        .event(oin, &desk, event.clone());
    assert_eq!(
        store.commit(change).await?.positions,
        [Position(1), Position(2)]
    );
    drop(store);
    let store = open_at(bench, &clock)?;
    let told = Place::Event(Versioned {
        revision: Revision(2),
        value: event.clone(),
    });
    let places = store.snapshot()?.stream(oin, &desk, Position(0), 9)?;
    assert_eq!(
        places,
        [
            (Position(1), Place::Delivery(make::id(1))),
            (Position(2), told)
        ]
    );
    clock.advance(EVENT_TERM_MS);
    store.sweep(100).await?;
    let left = |store: &crate::Embedded| store.snapshot()?.stream(oin, &desk, Position(0), 9);
    assert_eq!(left(&store)?.len(), 2, "its last millisecond");
    clock.advance(1);
    assert!(store.sweep(100).await? > 0);
    assert_eq!(left(&store)?.len(), 1);
    let next = store
        .commit(make::change(2).event(oin, &desk, event))
        .await?;
    assert_eq!(next.positions, [Position(3)]);
    Ok(())
}

/// What is due comes in the order of its moments, in pages, and not before.
pub async fn what_is_due_comes_in_order(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let mut change = make::change(0);
    for n in [3u32, 1, 2, 5] {
        change = change.write(Write::due(Millis(u64::from(n) * 10), make::id(n)));
    }
    store.commit(change).await?;
    let seen = store.snapshot()?;
    let ids = |rows: Vec<(Millis, DeliveryId)>| rows.into_iter().map(|(_, id)| id).collect();
    let all: Vec<_> = ids(seen.due(Millis(30), None, 9)?);
    assert_eq!(all, [make::id(1), make::id(2), make::id(3)]);
    let first = seen.due(Millis(30), None, 1)?;
    assert_eq!(first, [(Millis(10), make::id(1))]);
    let rest: Vec<_> = ids(seen.due(Millis(29), first.last().copied(), 9)?);
    assert_eq!(rest, [make::id(2)]);
    let moved = make::change(1)
        .write(Write::not_due(Millis(10), make::id(1)))
        .write(Write::due(Millis(40), make::id(1)));
    store.commit(moved).await?;
    let now: Vec<_> = ids(store.snapshot()?.due(Millis(40), None, 9)?);
    assert_eq!(now, [make::id(2), make::id(3), make::id(1)]);
    Ok(())
}

/// A break-glass under review comes back by its delivery, and what must be told late in the order of its
/// moments.
pub async fn break_glasses_come_back_and_are_due_in_order(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let glass = |n: u32| BreakGlassRecord {
        told: n,
        ..BreakGlassRecord::default()
    };
    for n in [3u32, 1, 2] {
        let (id, at) = (make::id(n), Millis(u64::from(n) * 10));
        let change = make::change(n)
            .expect(Row::BreakGlass(id), Revision(0))
            .write(Write::break_glass(id, &glass(n)))
            .write(Write::review_due(at, id));
        store.commit(change).await?;
    }
    let seen = store.snapshot()?;
    let one = seen.break_glass(make::id(1))?;
    assert_eq!((one.revision, one.value), (Revision(2), Some(glass(1))));
    assert_eq!(seen.break_glass(make::id(9))?.revision, Revision(0));
    let ids = |rows: Vec<(DeliveryId, _)>| rows.into_iter().map(|(id, _)| id).collect();
    let all: Vec<_> = ids(seen.break_glasses(None, 2)?);
    assert_eq!(all, [make::id(1), make::id(2)]);
    let rest: Vec<_> = ids(seen.break_glasses(Some(make::id(2)), 9)?);
    assert_eq!(rest, [make::id(3)]);
    let first = seen.reviews_due(Millis(20), None, 1)?;
    assert_eq!(first, [(Millis(10), make::id(1))]);
    let next = seen.reviews_due(Millis(20), first.last().copied(), 9)?;
    assert_eq!(next, [(Millis(20), make::id(2))]);
    assert!(
        seen.due(Millis(99), None, 9)?.is_empty(),
        "of another table"
    );
    let moved = make::change(4)
        .write(Write::review_not_due(Millis(10), make::id(1)))
        .write(Write::review_due(Millis(40), make::id(1)));
    store.commit(moved).await?;
    drop((seen, store));
    let left = open(bench)?.snapshot()?.reviews_due(Millis(40), None, 9)?;
    let left: Vec<_> = left.into_iter().map(|(_, id)| id).collect();
    assert_eq!(left, [2, 3, 1].map(make::id));
    Ok(())
}

/// The deliveries that are held are known without the others, as soon as their commit is durable.
pub async fn held_deliveries_are_listed(bench: &impl Bench) -> Outcome {
    let write = |n: u32, state: DeliveryState| {
        let mut delivery = make::delivery(make::oin(1)?);
        delivery.body.state = state.into();
        Ok::<_, Box<dyn std::error::Error>>(Write::delivery(make::id(n), &delivery))
    };
    let store = open(bench)?;
    for n in 0..4 {
        let state = if n == 2 {
            DeliveryState::Releasable
        } else {
            DeliveryState::Held
        };
        store
            .commit(make::change(n).write(write(n, state)?))
            .await?;
    }
    let held = |store: &crate::Embedded| store.snapshot()?.held(None, 9);
    assert_eq!(held(&store)?, [0, 1, 3].map(make::id));
    assert_eq!(store.snapshot()?.held(Some(make::id(0)), 1)?, [make::id(1)]);
    let freed = make::change(4).write(write(1, DeliveryState::Ended)?);
    store.commit(freed).await?;
    let again = make::change(5)
        .write(write(2, DeliveryState::Held)?)
        .write(write(0, DeliveryState::Held)?)
        .write(write(0, DeliveryState::Releasable)?);
    store.commit(again).await?;
    assert_eq!(held(&store)?, [2, 3].map(make::id));
    drop(store);
    assert_eq!(held(&open(bench)?)?, [2, 3].map(make::id));
    Ok(())
}
