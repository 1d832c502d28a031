//! That steps write what a thread would, and only when they are taken. Must not know: what a simulation does
//! with them.

use crate::suite::START;
use crate::{
    ChangeSet, Committed, Embedded, Entry, LEAF_BYTES, Limits, Memory, ReplyScope, Row, Store,
    StoreError,
};
use seinhuis_types::{LeafIndex, ManualClock, Millis, Oin, Revision};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

fn change() -> ChangeSet {
    ChangeSet::new("steps", Entry::new([1; LEAF_BYTES], vec![2]))
}

fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn index(done: Poll<Result<Committed, StoreError>>) -> Option<LeafIndex> {
    match done {
        Poll::Ready(Ok(committed)) => committed.indexes.first().copied(),
        _ => None,
    }
}

#[test]
fn a_step_writes_what_waits_in_order_and_no_more_than_it_may() {
    let (store, mut steps) =
        Embedded::stepped(Memory::new(), ManualClock::at(START), Limits::default()).unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(store.commit(change()))).collect();
    assert!(
        waiting
            .iter_mut()
            .all(|one| poll(&mut one.as_mut()).is_pending())
    );
    assert_eq!(store.next_index(), LeafIndex(0));
    assert_eq!(steps.step(2), Ok(2));
    assert_eq!(store.next_index(), LeafIndex(2));
    let indexes: Vec<_> = waiting
        .iter_mut()
        .map(|one| index(poll(&mut one.as_mut())))
        .collect();
    assert_eq!(indexes, [Some(LeafIndex(0)), Some(LeafIndex(1)), None]);
    assert_eq!(steps.step(2), Ok(1));
    assert_eq!(steps.step(2), Ok(0));
}

#[test]
fn a_restart_drops_what_waits_and_reads_anew_what_is_held() {
    let engine = Memory::new();
    let (store, mut steps) =
        Embedded::stepped(engine, ManualClock::at(START), Limits::default()).unwrap();
    let mut first = pin!(store.commit(change()));
    assert_eq!(steps.step(1), Ok(1));
    assert_eq!(index(poll(&mut first)), Some(LeafIndex(0)));
    let mut lost = pin!(store.commit(change()));
    steps.restart().unwrap();
    assert_eq!(
        poll(&mut lost),
        Poll::Ready(Err(StoreError::Unavailable)),
        "nobody is told that it was written"
    );
    assert_eq!(store.next_index(), LeafIndex(1));
    assert_eq!(store.last_commit(), START);
}

#[test]
fn a_planted_fault_takes_out_what_is_compared_and_nothing_else() {
    let (store, mut steps) =
        Embedded::stepped(Memory::new(), ManualClock::at(START), Limits::default()).unwrap();
    let oin = Oin::parse("00000099000000010000").unwrap();
    let reply = Row::Reply(ReplyScope {
        oin,
        method: "Publish",
        key: [1; 16].into(),
    });
    let stale = || {
        change()
            .expect(Row::Ruleset, Revision(7))
            .expect(reply.clone(), Revision(0))
            .before(Millis(1), Row::Directory)
    };
    let mut outcome = |change: ChangeSet| {
        let mut waiting = pin!(store.commit(change));
        steps.step(1).unwrap();
        poll(&mut waiting)
    };
    let conflict = |row| Poll::Ready(Err(StoreError::Conflict { row }));
    assert_eq!(outcome(stale()), conflict(Row::Ruleset));
    let unguarded = stale().unguarded(|row| !matches!(row, Row::Ruleset));
    assert_eq!(outcome(unguarded.clone()), conflict(Row::Directory));
    assert_eq!(index(outcome(unguarded.untimed())), Some(LeafIndex(0)));
}
