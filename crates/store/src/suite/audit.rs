//! Facts about entries: leaves in order, integration, parts and their end.

use super::{Bench, Outcome, START, make, open, open_at};
use crate::{LeafBytes, Month, Row, Snapshot, Store, StoreError, TreeState, Write};
use seinhuis_types::{Digest, LeafIndex, ManualClock, Millis, Revision};

fn state(size: u64, root: u8) -> TreeState {
    TreeState {
        size,
        root: Digest([root; 32]),
    }
}

fn number(leaf: &LeafBytes) -> Option<u32> {
    leaf.first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes))
}

/// Leaves come in the order of their indexes, from any index, as many as asked.
pub async fn leaves_are_sequenced_in_order(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    assert_eq!(store.sequenced(LeafIndex(0), 10)?, []);
    // 300 entries in one change: more than one run.
    let change = (1..300).fold(make::change(0), |change, n| change.entry(make::entry(n)));
    store.commit(change).await?;
    store.commit(make::change(300)).await?;
    for (from, max, expected) in [
        (0, 1_000, 301),
        (127, 2, 2),
        (128, 128, 128),
        (299, 9, 2),
        (301, 9, 0),
        (0, 0, 0),
    ] {
        let leaves = store.sequenced(LeafIndex(from), max)?;
        assert_eq!(leaves.len(), expected, "{max} from {from}");
        for ((index, leaf), expected) in leaves.iter().zip(from..) {
            assert_eq!(
                (index.0, number(leaf).map(u64::from)),
                (expected, Some(expected))
            );
        }
    }
    Ok(())
}

/// The integrated state moves only from what it is, and takes its leaves with it.
pub async fn integration_is_fenced(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let change = (1..10).fold(make::change(0), |change, n| change.entry(make::entry(n)));
    store.commit(change).await?;
    assert_eq!(store.tree()?, TreeState::EMPTY);
    assert_eq!(
        store.integrated(state(0, 9), state(4, 1)).await,
        Err(StoreError::Fenced)
    );
    assert!(matches!(
        store.integrated(TreeState::EMPTY, state(11, 1)).await,
        Err(StoreError::Malformed(_))
    ));
    assert_eq!(
        store.sequenced(LeafIndex(0), 99)?.len(),
        10,
        "nothing was dropped"
    );

    store.integrated(TreeState::EMPTY, state(4, 1)).await?;
    store.integrated(TreeState::EMPTY, state(4, 1)).await?;
    assert_eq!(store.tree()?, state(4, 1));
    for (from, to) in [
        (TreeState::EMPTY, state(5, 2)), // another writer was first
        (state(4, 2), state(5, 2)),      // same size, another root
        (state(4, 1), state(3, 3)),      // back
        (state(4, 1), state(4, 3)),      // a second root for one size
    ] {
        assert_eq!(
            store.integrated(from, to).await,
            Err(StoreError::Fenced),
            "{from:?} {to:?}"
        );
    }
    let left = store.sequenced(LeafIndex(4), 99)?;
    assert_eq!(
        left.iter().map(|(index, _)| index.0).collect::<Vec<_>>(),
        [4, 5, 6, 7, 8, 9]
    );
    assert!(
        left.iter()
            .all(|(index, leaf)| number(leaf).map(u64::from) == Some(index.0))
    );
    assert!(matches!(
        store.sequenced(LeafIndex(3), 9),
        Err(StoreError::Malformed(_))
    ));
    store.integrated(state(4, 1), state(10, 5)).await?;
    assert_eq!(store.sequenced(LeafIndex(10), 9)?, []);
    drop(store);
    let store = open(bench)?;
    assert_eq!(
        (store.tree()?, store.next_index()),
        (state(10, 5), LeafIndex(10))
    );
    assert_eq!(
        store.commit(make::change(10)).await?.indexes,
        [LeafIndex(10)]
    );
    Ok(())
}

/// Parts are read by index before and after the leaf went to the tiles.
pub async fn parts_outlive_their_leaf(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let change = (1..200).fold(make::change(0), |change, n| change.entry(make::entry(n)));
    store.commit(change).await?;
    store.integrated(TreeState::EMPTY, state(200, 1)).await?;
    let seen = store.snapshot()?;
    for n in 0..200u32 {
        let parts = seen.parts(LeafIndex(u64::from(n)))?;
        assert_eq!(parts.revision, Revision(1));
        assert_eq!(
            parts.value,
            Some([b"parts ", &n.to_be_bytes()[..]].concat())
        );
    }
    assert_eq!(seen.parts(LeafIndex(200))?.value, None);
    Ok(())
}

/// Replacing one entry's parts touches no other entry's, and moves its revision.
pub async fn parts_are_replaced_one_entry_at_a_time(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let change = make::change(0).entry(make::entry(1)).entry(make::entry(2));
    store.commit(change).await?;
    let guarded = make::change(3)
        .expect(Row::Parts(LeafIndex(1)), Revision(1))
        .write(Write::parts(LeafIndex(1), b"erased".to_vec()));
    store.commit(guarded.clone()).await?;
    assert!(matches!(
        store.commit(guarded).await,
        Err(StoreError::Conflict { .. })
    ));
    let seen = store.snapshot()?;
    let one = seen.parts(LeafIndex(1))?;
    assert_eq!(
        (one.revision, one.value),
        (Revision(4), Some(b"erased".to_vec()))
    );
    for n in [0, 2] {
        assert_eq!(seen.parts(LeafIndex(n))?.revision, Revision(1));
    }
    let absent = make::change(4).write(Write::parts(LeafIndex(99), vec![]));
    assert!(matches!(
        store.commit(absent).await,
        Err(StoreError::Malformed(_))
    ));
    Ok(())
}

/// Erasing a month hides its parts at once, a sweep removes them, and other months stay.
pub async fn erased_months_are_gone(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let old = Month::of(START);
    let change = (1..9).fold(make::change(0), |change, n| change.entry(make::entry(n)));
    store.commit(change).await?;
    let now = make::change(9).erase_month(old);
    assert!(
        matches!(store.commit(now).await, Err(StoreError::Malformed(_))),
        "not over yet"
    );
    clock.advance(31 * Millis::DAY);
    let erase = make::change(9).erase_month(old);
    assert_eq!(store.commit(erase).await?.indexes, [LeafIndex(9)]);

    let seen = store.snapshot()?;
    for n in 0..9 {
        assert_eq!(seen.parts(LeafIndex(n))?.value, None);
    }
    assert!(seen.parts(LeafIndex(9))?.value.is_some());
    let replace = make::change(10).write(Write::parts(LeafIndex(3), vec![1]));
    assert!(matches!(
        store.commit(replace).await,
        Err(StoreError::Malformed(_))
    ));
    assert_eq!(
        seen.months()?,
        [(Month::of(clock_now(&clock)), LeafIndex(9))]
    );
    assert_eq!(
        store.sequenced(LeafIndex(0), 99)?.len(),
        10,
        "leaves are not touched"
    );

    // A snapshot keeps the engine open.
    drop(seen);
    assert!(store.sweep(100).await? > 0);
    while store.sweep(100).await? > 0 {}
    let seen = store.snapshot()?;
    assert_eq!(seen.parts(LeafIndex(3))?.value, None);
    assert!(seen.parts(LeafIndex(9))?.value.is_some());
    drop((seen, store));
    assert!(
        open_at(bench, &clock)?
            .snapshot()?
            .parts(LeafIndex(9))?
            .value
            .is_some()
    );
    Ok(())
}

fn clock_now(clock: &ManualClock) -> Millis {
    seinhuis_types::Clock::now(clock)
}
