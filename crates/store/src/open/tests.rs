//! Damage that a suite on any engine cannot plant.

use super::*;
use crate::Memory;

#[test]
fn rows_without_a_schema_are_told() {
    let engine = Memory::new();
    engine
        .apply(&Batch::from([(vec![0x16, 1], Some(vec![1]))]))
        .unwrap();
    assert!(matches!(
        open(&engine, Kind::Store),
        Err(StoreError::Corrupt(_))
    ));
}

#[test]
fn parts_past_the_tip_are_told() {
    let engine = Memory::new();
    open(&engine, Kind::Store).unwrap();
    let part = run::Sealed {
        revision: 1,
        bytes: vec![1],
    };
    let rows = Batch::from([(key::run(key::PARTS, 0), Some(run::parts_run(&[part])))]);
    engine.apply(&rows).unwrap();
    assert!(matches!(
        open(&engine, Kind::Store),
        Err(StoreError::Corrupt(_))
    ));
}

#[test]
fn founding_twice_founds_once() {
    let engine = Memory::new();
    let first = open(&engine, Kind::Store).unwrap();
    assert_eq!(open(&engine, Kind::Store).unwrap(), first);
    assert_eq!(engine.get(key::SCHEMA).unwrap(), Some(vec![0, 0, 0, 2, 1]));
}

#[test]
fn as_many_leaves_as_the_tip_says_but_with_a_gap_are_told() {
    let engine = Memory::new();
    open(&engine, Kind::Store).unwrap();
    let run = run::leaf_run([&[1; crate::LEAF_BYTES]].into_iter());
    let rows = Batch::from([
        (key::run(key::LEAVES, 0), Some(run.clone())),
        (key::run(key::LEAVES, 5), Some(run)),
        (key::TIP.to_vec(), Some(tip(1, 2))),
    ]);
    engine.apply(&rows).unwrap();
    let gap = StoreError::Corrupt("sequenced leaves are not contiguous");
    assert_eq!(open(&engine, Kind::Store), Err(gap));
}
