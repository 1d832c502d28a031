//! Facts about rows: holes, revisions, conflicts, sizes, terms.

use super::{Bench, Outcome, START, make, open, open_at, open_gated};
use crate::records::{
    DirectoryRecord, ErasureRecord, HoldRecord, KeyListRecord, KeyStatement, RulesetRecord,
    SignalRecord,
};
use crate::{Limits, MAX_VALUE, REPLY_TERM_MS, Row, Slot, Snapshot, Store, StoreError, Write};
use seinhuis_types::{HoldId, LeafIndex, ManualClock, Millis, Position, Revision, SignalId};

/// Index, position and hub time are in the values once they are committed.
pub async fn every_hole_is_filled(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let (oin, desk) = (make::oin(2)?, make::desk("intake")?);
    store
        .commit(make::change(0).release(oin, &desk, make::id(9)))
        .await?;
    let mut delivery = make::delivery(make::oin(1)?);
    delivery.published = Slot::of_entry(1);
    delivery.position = Slot::of_release(0);
    let change = make::change(1)
        .entry(make::entry(2))
        .release(oin, &desk, make::id(1))
        .write(Write::delivery(make::id(1), &delivery));
    let committed = store.commit(change).await?;
    assert_eq!(committed.indexes, [LeafIndex(1), LeafIndex(2)]);
    assert_eq!(
        (committed.positions.as_slice(), committed.at),
        (&[Position(2)][..], START)
    );

    let read = store.snapshot()?.delivery(make::id(1))?;
    assert_eq!(read.revision, committed.revision());
    let read = read.value.ok_or("the delivery is not there")?;
    assert_eq!(read.published.get(), Some(LeafIndex(2)));
    assert_eq!(read.position.get(), Some(Position(2)));
    assert_eq!(read.published_at.get(), Some(START));
    assert_eq!(read.first_release.get(), None);
    assert_eq!(read.body, delivery.body);

    let lost = make::delivery(make::oin(1)?);
    let lost = crate::records::Delivery {
        position: Slot::of_release(7),
        ..lost
    };
    let change = make::change(3).write(Write::delivery(make::id(2), &lost));
    assert!(matches!(
        store.commit(change).await,
        Err(StoreError::Malformed(_))
    ));
    assert_eq!(store.next_index(), LeafIndex(3));
    Ok(())
}

/// What was written to each kind of row is read from it.
pub async fn every_row_comes_back(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let (oin, desk) = (make::oin(1)?, make::desk("intake")?);
    let ruleset = RulesetRecord {
        root: vec![1; 32],
        since_ms: 5,
        ..RulesetRecord::default()
    };
    let directory = DirectoryRecord {
        config_hash: vec![2; 32],
        since_ms: 6,
    };
    let statement = KeyStatement {
        kid: "intake-e1".into(),
        ..KeyStatement::default()
    };
    let keys = KeyListRecord {
        statements: vec![statement],
    };
    let signal = SignalRecord {
        rectification_ids: Vec::new(),
        source_desks: Vec::new(),
        untold: Vec::new(),
        delivery_ids: vec![vec![3; 16]],
    };
    let change = make::change(0)
        .write(Write::ruleset(&ruleset))
        .write(Write::directory(&directory))
        .write(Write::keys(oin, &desk, &keys))
        .write(Write::signal(oin, SignalId([4; 16]), &signal))
        .write(Write::payload(make::id(1), &make::payload(100)))
        .write(make::reply(5)?)
        .write(Write::slip_nonce(oin, [6; 16]));
    store.commit(change).await?;

    let seen = store.snapshot()?;
    assert_eq!(seen.ruleset()?.value, Some(ruleset));
    assert_eq!(seen.directory()?.value, Some(directory));
    assert_eq!(seen.keys(oin, &desk)?.value, Some(keys));
    assert_eq!(seen.keys(oin, &make::desk("other")?)?.revision, Revision(0));
    assert_eq!(seen.signal(oin, SignalId([4; 16]))?.value, Some(signal));
    assert_eq!(seen.payload(make::id(1))?.value, Some(make::payload(100)));
    assert_eq!(seen.slip_nonce(oin, [6; 16])?.value, Some(START));
    assert_eq!(
        seen.slip_nonce(make::oin(2)?, [6; 16])?.revision,
        Revision(0)
    );
    let reply = seen
        .reply(&make::scope(5)?)?
        .value
        .ok_or("the reply is not there")?;
    assert_eq!(reply.first_index.get(), Some(LeafIndex(0)));
    assert_eq!(reply.committed_at.get(), Some(START));
    assert_eq!(reply.body.fingerprint, [5; 32]);

    store
        .commit(make::change(1).write(Write::erase_payload(make::id(1))))
        .await?;
    assert_eq!(
        store.snapshot()?.payload(make::id(1))?.revision,
        Revision(0)
    );
    Ok(())
}

/// A row's revision is the index of the entry that last wrote it, plus one, also after a delete.
pub async fn revisions_name_the_entry(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    assert_eq!(store.snapshot()?.ruleset()?.revision, Revision(0));
    let mut last = Revision(0);
    for n in 0..4 {
        let write = Write::ruleset(&RulesetRecord::default());
        let change = make::change(n).expect(Row::Ruleset, last).write(write);
        let committed = store.commit(change).await?;
        assert_eq!(committed.revision(), Revision(u64::from(n) + 1));
        last = store.snapshot()?.ruleset()?.revision;
        assert_eq!(last, committed.revision());
    }
    let payload = Row::Payload(make::id(1));
    let put = |n| make::change(n).write(Write::payload(make::id(1), &make::payload(1)));
    let first = store.commit(put(4)).await?.revision();
    store
        .commit(make::change(5).write(Write::erase_payload(make::id(1))))
        .await?;
    store.commit(put(6)).await?;
    let stale = store
        .commit(make::change(7).expect(payload.clone(), first))
        .await;
    assert_eq!(stale, Err(StoreError::Conflict { row: payload }));
    let parts = Row::Parts(LeafIndex(2));
    store
        .commit(make::change(8).expect(parts, Revision(3)))
        .await?;
    Ok(())
}

/// Any write of an agreement moves the revision of the set.
pub async fn agreements_move_their_set(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let put = |n, letter, text: &str| -> Result<_, Box<dyn std::error::Error>> {
        Ok(make::change(n).write(Write::agreement(
            &make::hash(letter)?,
            &make::agreement(text),
        )))
    };
    store.commit(put(0, 'B', "second")?).await?;
    let set = store.snapshot()?.agreement_set()?;
    assert_eq!(set, Revision(1));
    store.commit(put(1, 'A', "first")?).await?;
    let guarded = put(2, 'C', "third")?.expect(Row::AgreementSet, set);
    let conflict = StoreError::Conflict {
        row: Row::AgreementSet,
    };
    assert_eq!(store.commit(guarded).await, Err(conflict));
    let seen = store.snapshot()?;
    assert_eq!(seen.agreement_set()?, Revision(2));
    let page = seen.agreements(None, 10)?;
    let order: Vec<_> = page
        .iter()
        .map(|(hash, row)| (hash.clone(), row.revision))
        .collect();
    assert_eq!(
        order,
        [
            (make::hash('A')?, Revision(2)),
            (make::hash('B')?, Revision(1))
        ]
    );
    assert_eq!(seen.agreements(Some(&make::hash('A')?), 10)?.len(), 1);
    let one = seen
        .agreement(&make::hash('A')?)?
        .value
        .ok_or("the agreement is not there")?;
    assert_eq!(one.content, b"first");
    Ok(())
}

/// Holds and erasures come back, and any write or lifting of a hold moves the revision of the set of
/// its organisation alone.
pub async fn holds_move_their_set(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let (own, other) = (make::oin(1)?, make::oin(2)?);
    let hold = HoldRecord {
        from_index: 1,
        to_index: 4,
        placed_ms: 3,
    };
    let place = |n: u8, oin| make::change(n.into()).write(Write::hold(oin, HoldId([n; 16]), &hold));
    store.commit(make::change(0)).await?;
    store.commit(place(1, own)).await?;
    store.commit(place(2, other)).await?;
    assert_eq!(store.snapshot()?.hold_set(own)?, Revision(2));
    assert_eq!(store.snapshot()?.all_holds()?.len(), 2);
    let lift = make::change(3).write(Write::lift_hold(own, HoldId([1; 16])));
    store.commit(lift).await?;
    let seen = store.snapshot()?;
    assert_eq!(
        seen.hold_set(own)?,
        Revision(4),
        "a lifted hold moves it too"
    );
    assert_eq!(seen.hold_set(other)?, Revision(3));
    assert!(seen.holds(own)?.is_empty());
    let [(id, held)] = &seen.holds(other)?[..] else {
        return Err("one hold".into());
    };
    assert_eq!((id.0, &held.value), ([2; 16], &hold));
    let stale = make::change(4).expect(Row::HoldSet(own), Revision(2));
    let conflict = StoreError::Conflict {
        row: Row::HoldSet(own),
    };
    assert_eq!(store.commit(stale).await, Err(conflict));
    let job = ErasureRecord {
        to_index: 9,
        next_index: 5,
        ..ErasureRecord::default()
    };
    let begin = make::change(5).write(Write::erasure(own, &job));
    store.commit(begin).await?;
    // A snapshot keeps its engine open.
    drop(seen);
    drop(store);
    let store = open(bench)?;
    let seen = store.snapshot()?;
    assert_eq!(seen.erasure(own)?.value, Some(job.clone()));
    let all = seen.erasures()?;
    assert_eq!(all.len(), 1);
    assert!(all.iter().all(|(oin, row)| *oin == own && row.value == job));
    store
        .commit(
            make::change(6)
                .write(Write::erasure_done(own))
                .write(Write::destroyed(7)),
        )
        .await?;
    assert!(store.snapshot()?.erasures()?.is_empty());
    assert_eq!(store.snapshot()?.destroyed()?, [7]);
    Ok(())
}

/// Of changes in one batch only the one that lost fails, and nothing of it is written.
pub async fn a_conflict_fails_alone(bench: &impl Bench) -> Outcome {
    let (store, gate) = open_gated(bench, Limits::default())?;
    gate.close();
    let first = store.commit(make::change(0));
    gate.held()?;
    // These three wait together, and are one batch.
    let row = Row::Delivery(make::id(1));
    let delivery = make::delivery(make::oin(1)?);
    let win = make::change(1)
        .expect(row.clone(), Revision(0))
        .write(Write::delivery(make::id(1), &delivery));
    let lose = make::change(2)
        .expect(row.clone(), Revision(0))
        .write(Write::payload(make::id(1), &make::payload(1)));
    let (win, lose) = (store.commit(win), store.commit(lose));
    let mate = store.commit(make::change(3).write(Write::payload(make::id(3), &make::payload(3))));
    gate.open();
    first.await?;
    assert_eq!(win.await?.indexes, [LeafIndex(1)]);
    assert_eq!(lose.await, Err(StoreError::Conflict { row }));
    assert_eq!(mate.await?.indexes, [LeafIndex(2)]);
    assert_eq!(
        gate.syncs(),
        3,
        "the founding, the first, and the batch of three"
    );
    let seen = store.snapshot()?;
    assert_eq!(seen.delivery(make::id(1))?.revision, Revision(2));
    assert_eq!(seen.payload(make::id(1))?.revision, Revision(0));
    assert_eq!(seen.payload(make::id(3))?.revision, Revision(3));
    let leaves = store.sequenced(LeafIndex(0), 10)?;
    assert_eq!(leaves.len(), 3);
    Ok(())
}

/// A change that stands until an end is a conflict from that moment on, and leaves nothing.
pub async fn what_stood_until_an_end_does_not_stand_after_it(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let row = Row::Delivery(make::id(1));
    let until = |n: u32, end| {
        make::change(n)
            .write(Write::payload(make::id(n), &make::payload(1)))
            .before(START.plus(9_000), Row::Ruleset)
            .before(end, row.clone())
            .before(START.plus(8_000), Row::Directory)
    };
    let end = START.plus(1_000);
    clock.advance(999);
    store.commit(until(1, end)).await?;
    clock.advance(1);
    let late = store.commit(until(2, end)).await;
    assert_eq!(late, Err(StoreError::Conflict { row: row.clone() }));
    let seen = store.snapshot()?;
    assert_ne!(seen.payload(make::id(1))?.revision, Revision(0));
    assert_eq!(seen.payload(make::id(2))?.revision, Revision(0));
    assert_eq!(store.sequenced(LeafIndex(0), 10)?.len(), 1);
    Ok(())
}

/// A value above the limit of engines fails its change.
pub async fn values_that_are_too_large_are_refused(bench: &impl Bench) -> Outcome {
    let store = open(bench)?;
    let change = make::change(0).write(Write::payload(make::id(1), &make::payload(MAX_VALUE)));
    assert!(matches!(
        store.commit(change).await,
        Err(StoreError::Malformed(_))
    ));
    assert_eq!(store.next_index(), LeafIndex(0));
    Ok(())
}

/// Many values of nearly the limit are kept, changed and read back.
pub async fn the_largest_values_come_back(bench: &impl Bench) -> Outcome {
    let size = MAX_VALUE - 100;
    let store = open(bench)?;
    for round in 0..2 {
        for n in 0..40 {
            let write = Write::payload(make::id(n), &make::payload(size - round));
            store.commit(make::change(n).write(write)).await?;
        }
    }
    drop(store);
    let seen = open(bench)?.snapshot()?;
    for n in 0..40 {
        assert_eq!(
            seen.payload(make::id(n))?.value,
            Some(make::payload(size - 1))
        );
    }
    Ok(())
}

/// Replies and slip nonces stay 7 days, then a sweep removes them and nothing else.
pub async fn replies_lapse_after_their_term(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let oin = make::oin(1)?;
    let old = make::change(0)
        .write(make::reply(1)?)
        .write(Write::slip_nonce(oin, [1; 16]));
    store
        .commit(old.write(Write::payload(make::id(1), &make::payload(1))))
        .await?;
    clock.advance(REPLY_TERM_MS);
    store.commit(make::change(1).write(make::reply(2)?)).await?;
    assert_eq!(store.sweep(100).await?, 0, "not a millisecond early");
    clock.advance(1);
    let mut removed = 0;
    // One row at a time: the sweep goes on where it stopped.
    for _ in 0..6 {
        removed += store.sweep(1).await?;
    }
    assert_eq!(removed, 2);
    let seen = store.snapshot()?;
    assert_eq!(seen.reply(&make::scope(1)?)?.revision, Revision(0));
    assert_eq!(seen.slip_nonce(oin, [1; 16])?.revision, Revision(0));
    assert_eq!(seen.reply(&make::scope(2)?)?.revision, Revision(2));
    assert_eq!(seen.payload(make::id(1))?.revision, Revision(1));
    assert_eq!(store.last_commit(), Millis(START.0 + REPLY_TERM_MS + 1));
    Ok(())
}
