//! Facts about the writer: batches, durability, failure, room.

use super::{Bench, Outcome, make, open, open_gated};
use crate::{Limits, Snapshot, Store, StoreError, TreeState, Write};
use seinhuis_types::{Digest, LeafIndex, Revision};
use std::sync::Arc;
use std::time::Duration;

/// 64 tasks at once: every index is given once, without gaps, and the leaf under it is theirs.
pub async fn indexes_are_contiguous_under_load(bench: &impl Bench) -> Outcome {
    let store = Arc::new(open(bench)?);
    let tasks: Vec<_> = (0..64u32)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for n in 0..8 {
                    let number = task * 100 + n * 2;
                    let change = make::change(number).entry(make::entry(number + 1));
                    for (index, number) in store.commit(change).await?.indexes.iter().zip(number..)
                    {
                        mine.push((index.0, number));
                    }
                }
                Ok::<_, StoreError>(mine)
            })
        })
        .collect();
    let mut given = Vec::new();
    for task in tasks {
        given.extend(task.await??);
    }
    given.sort_unstable();
    assert!(given.iter().map(|(index, _)| *index).eq(0..1_024));
    let leaves = store.sequenced(LeafIndex(0), 2_000)?;
    assert_eq!(leaves.len(), given.len());
    for ((index, leaf), (given, number)) in leaves.iter().zip(given) {
        assert_eq!(
            (index.0, leaf.first_chunk::<4>()),
            (given, Some(&number.to_be_bytes()))
        );
    }
    Ok(())
}

/// However many wait, they share one sync.
pub async fn one_sync_serves_a_batch(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    gate.close();
    let first = store.commit(make::change(0));
    gate.held()?;
    let rest: Vec<_> = (1..100).map(|n| store.commit(make::change(n))).collect();
    gate.open();
    first.await?;
    for commit in rest {
        commit.await?;
    }
    assert_eq!(gate.syncs(), 3, "the founding, the first, and all others");
    Ok(())
}

/// Until a batch is synced nobody reads anything of it.
pub async fn what_is_not_durable_is_not_seen(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    let (oin, desk) = (make::oin(1)?, make::desk("intake")?);
    let row = |size| Write::payload(make::id(1), &make::payload(size));
    store
        .commit(
            make::change(0)
                .write(row(1))
                .release(oin, &desk, make::id(1)),
        )
        .await?;
    gate.close();
    let change = make::change(1)
        .write(row(2))
        .write(Write::delivery(make::id(2), &make::delivery(oin)))
        .release(oin, &desk, make::id(2));
    let commit = store.commit(change);
    gate.held()?;
    let seen = store.snapshot()?;
    let rows = |seen: &crate::EmbeddedSnapshot| -> Result<_, StoreError> {
        Ok((
            seen.payload(make::id(1))?.revision,
            seen.delivery(make::id(2))?.revision,
            seen.deliveries(None, 9)?.len(),
            seen.stream(oin, &desk, seinhuis_types::Position(0), 9)?
                .len(),
            seen.last_position(oin, &desk)?.0,
            seen.parts(LeafIndex(1))?.revision,
        ))
    };
    assert_eq!(
        rows(&seen)?,
        (Revision(1), Revision(0), 0, 1, 1, Revision(0))
    );
    assert_eq!(store.next_index(), LeafIndex(1));
    assert_eq!(store.sequenced(LeafIndex(0), 9)?.len(), 1);
    gate.open();
    commit.await?;
    assert_eq!(
        rows(&seen)?,
        (Revision(2), Revision(2), 1, 2, 2, Revision(2))
    );
    assert_eq!(store.sequenced(LeafIndex(0), 9)?.len(), 2);
    Ok(())
}

/// After a sync that failed the store stops, says so once, and shows nothing of that batch.
pub async fn a_failed_sync_is_fatal(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    store.commit(make::change(0)).await?;
    let seen = store.snapshot()?;
    gate.fail();
    gate.close();
    let row = Write::payload(make::id(1), &make::payload(1));
    let failing = store.commit(make::change(1).write(row));
    gate.held()?;
    let waiting = store.commit(make::change(2));
    gate.open();
    assert_eq!(failing.await, Err(StoreError::Unavailable));
    assert_eq!(waiting.await, Err(StoreError::Unavailable));
    assert_eq!(
        store.commit(make::change(3)).await,
        Err(StoreError::Unavailable)
    );
    assert!(matches!(store.snapshot(), Err(StoreError::Unavailable)));
    assert_eq!(seen.payload(make::id(1))?.revision, Revision(0));
    assert_eq!(store.next_index(), LeafIndex(1));
    // Closing waits for the writer, which tells before it ends.
    drop(store);
    assert!(gate.told().is_some_and(|why| why.starts_with("sync: ")));
    Ok(())
}

/// A sync that does not end is told, and nothing more is taken.
pub async fn a_sync_that_does_not_end_is_fatal(bench: &impl Bench) -> Outcome {
    let limits = Limits {
        write: Duration::from_millis(200),
        ..Limits::default()
    };
    let (store, gate) = open_gated(bench, limits)?;
    store.commit(make::change(0)).await?;
    gate.close();
    let stuck = store.commit(make::change(1));
    gate.held()?;
    gate.told_in_time()?;
    assert_eq!(gate.told().as_deref(), Some("a write or sync did not end"));
    assert_eq!(
        store.commit(make::change(2)).await,
        Err(StoreError::Unavailable)
    );
    assert!(matches!(store.snapshot(), Err(StoreError::Unavailable)));
    // What was under way when it was given up is never answered as done.
    gate.open();
    assert!(stuck.await.is_err());
    Ok(())
}

/// What does not fit in the queue is told at once, and what fits is done.
pub async fn a_full_queue_is_busy(bench: &impl Bench) -> Outcome {
    let limits = Limits {
        queue: 2,
        ..Limits::default()
    };
    let (store, gate) = open_gated(bench, limits)?;
    gate.close();
    let first = store.commit(make::change(0));
    gate.held()?;
    let (second, third) = (store.commit(make::change(1)), store.commit(make::change(2)));
    assert_eq!(store.commit(make::change(3)).await, Err(StoreError::Busy));
    gate.open();
    first.await?;
    second.await?;
    assert_eq!(third.await?.indexes, [LeafIndex(2)]);
    store.commit(make::change(4)).await?;
    Ok(())
}

/// At the disk's reserve nothing grows, what makes room goes on, and room clears it.
pub async fn a_full_disk_refuses_growth_only(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    store.commit(make::change(0)).await?;
    gate.set_full(true);
    assert_eq!(store.commit(make::change(1)).await, Err(StoreError::Full));
    let to = TreeState {
        size: 1,
        root: Digest([1; 32]),
    };
    store.integrated(TreeState::EMPTY, to).await?;
    gate.set_full(false);
    assert_eq!(store.commit(make::change(1)).await?.indexes, [LeafIndex(1)]);
    Ok(())
}
