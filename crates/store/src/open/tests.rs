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
    assert_eq!(engine.get(key::SCHEMA).unwrap(), Some(vec![0, 0, 0, 1, 1]));
}
