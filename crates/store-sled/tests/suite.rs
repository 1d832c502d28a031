//! The conformance suite on sled, and what only sled has.

use seinhuis_store::suite::{Bench, START};
use seinhuis_store::{
    ChangeSet, Embedded, Engine, EngineError, Entry, LEAF_BYTES, Limits, Store, StoreError,
};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_types::ManualClock;
use tempfile::TempDir;

struct Sled(TempDir);

impl Sled {
    fn new() -> std::io::Result<Self> {
        tempfile::tempdir().map(Self)
    }
}

impl Bench for Sled {
    type Engine = SledEngine;

    fn engine(&self) -> Result<SledEngine, EngineError> {
        SledEngine::open(
            &self.0.path().join("data"),
            SledOptions {
                reserve_bytes: 0,
                ..SledOptions::default()
            },
        )
    }
}

impl Drop for Sled {
    /// After every fact: nothing was written where sled does not sync.
    fn drop(&mut self) {
        let blobs = std::fs::read_dir(self.0.path().join("data/blobs"))
            .map(Iterator::count)
            .ok();
        assert!(
            std::thread::panicking() || blobs == Some(0),
            "pages in files: {blobs:?}"
        );
    }
}

seinhuis_store::store_suite!(Sled::new()?);

#[tokio::test]
async fn the_reserve_refuses_growth() {
    let bench = Sled::new().unwrap();
    let options = SledOptions {
        reserve_bytes: u64::MAX,
        ..SledOptions::default()
    };
    let engine = SledEngine::open(&bench.0.path().join("data"), options).unwrap();
    assert!(!engine.has_room().unwrap());
    let clock = ManualClock::at(START);
    let store = Embedded::open(engine, clock, Limits::default(), Box::new(|_| ())).unwrap();
    let change = ChangeSet::new("full", Entry::new([0; LEAF_BYTES], vec![]));
    assert_eq!(store.commit(change).await, Err(StoreError::Full));
}

#[test]
fn a_second_process_is_kept_out() {
    let bench = Sled::new().unwrap();
    let _first = bench.engine().unwrap();
    assert!(matches!(bench.engine(), Err(EngineError::InUse)));
}
