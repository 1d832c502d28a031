//! Data of the version before there was an index.

use super::*;
use crate::engine::{EngineError, Pair};
use crate::records::DeliveryRecord;
use crate::{ChangeSet, Embedded, Entry, LEAF_BYTES, Limits, Memory, Snapshot, Store, Write};
use seinhuis_types::{ManualClock, Millis};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the rows that are read, and those that are written.
#[derive(Clone, Default)]
struct Counted {
    rows: Memory,
    read: Arc<AtomicUsize>,
    applied: Arc<AtomicUsize>,
}

impl Counted {
    fn count(&self, rows: usize) {
        self.read.fetch_add(rows, Ordering::SeqCst);
    }
}

impl Engine for Counted {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.count(1);
        self.rows.get(key)
    }
    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        let found = self.rows.scan(from, to, max)?;
        self.count(found.len());
        Ok(found)
    }
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        self.count(1);
        self.rows.last(from, to)
    }
    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        self.applied.fetch_add(batch.len(), Ordering::SeqCst);
        self.rows.apply(batch)
    }
    fn sync(&self) -> Result<(), EngineError> {
        self.rows.sync()
    }
    fn has_room(&self) -> Result<bool, EngineError> {
        self.rows.has_room()
    }
}

fn open(engine: &Counted) -> Embedded {
    let clock = ManualClock::at(Millis(1_790_000_000_000));
    let fatal = Box::new(|why: &str| panic!("{why}"));
    Embedded::open(engine.clone(), clock, Limits::default(), fatal).unwrap()
}

fn id(n: u16) -> DeliveryId {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    DeliveryId(id)
}

/// One of a hundred is held.
async fn filled(engine: &Counted, deliveries: u16) {
    let store = open(engine);
    for n in 0..deliveries {
        let state = if n % 100 == 7 {
            DeliveryState::Held
        } else {
            DeliveryState::Released
        };
        let delivery = Delivery {
            body: DeliveryRecord {
                state: state.into(),
                ..DeliveryRecord::default()
            },
            ..Delivery::default()
        };
        let change = ChangeSet::new("held", Entry::new([1; LEAF_BYTES], Vec::new()));
        let change = change.write(Write::delivery(id(n), &delivery));
        store.commit(change).await.unwrap();
    }
}

/// As the version before wrote the same data.
fn set_back(engine: &Counted) {
    let (from, to) = key::table(key::HELD);
    let index = engine.rows.scan(&from, &to, usize::MAX).unwrap();
    let mut rows: Batch = index.into_iter().map(|(key, _)| (key, None)).collect();
    rows.insert(key::SCHEMA.to_vec(), Some(vec![0, 0, 0, 1, 1]));
    engine.rows.apply(&rows).unwrap();
}

fn listed(store: &Embedded) -> Vec<DeliveryId> {
    store.snapshot().unwrap().held(None, 100).unwrap()
}

#[tokio::test]
async fn data_of_the_version_before_get_their_index_once() {
    let engine = Counted::default();
    filled(&engine, 600).await;
    let expected: Vec<_> = (0..6).map(|n| id(n * 100 + 7)).collect();
    assert_eq!(listed(&open(&engine)), expected);
    set_back(&engine);
    assert_eq!(listed(&open(&engine)), expected);
    let schema = engine.get(key::SCHEMA).unwrap();
    assert_eq!(schema, Some(vec![0, 0, 0, 2, 1]));
    engine.applied.store(0, Ordering::SeqCst);
    assert_eq!(listed(&open(&engine)), expected);
    assert_eq!(engine.applied.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_index_that_was_cut_off_while_it_was_made_is_made_again() {
    let engine = Counted::default();
    filled(&engine, 600).await;
    let expected = listed(&open(&engine));
    set_back(&engine);
    build(&engine).unwrap();
    // All but the first page, and the version, did not come.
    let lost = expected.iter().skip(2).map(|id| (key::held(*id), None));
    engine.rows.apply(&lost.collect()).unwrap();
    assert_eq!(listed(&open(&engine)), expected);
}

#[tokio::test]
async fn finding_what_is_held_reads_no_other_delivery() {
    let mut read = Vec::new();
    for deliveries in [108, 199] {
        let engine = Counted::default();
        filled(&engine, deliveries).await;
        engine.read.store(0, Ordering::SeqCst);
        let store = open(&engine);
        assert_eq!(listed(&store).len(), 2);
        assert_eq!(
            store.snapshot().unwrap().held(Some(id(7)), 9).unwrap(),
            [id(107)]
        );
        read.push(engine.read.load(Ordering::SeqCst));
        drop(store);
    }
    // The runs of leaves that are not published yet are one a commit.
    assert_eq!(read[1] - read[0], 199 - 108);
}
