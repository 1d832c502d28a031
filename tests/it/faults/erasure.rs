//! An erasure whose hub is killed in the middle of it: what was begun is finished at the next start.

use super::injector::{Fault, Injector};
use crate::crash::data;
use crate::persons::officer;
use crate::retention::{Stored, age, officers};
use crate::run;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_store::{Embedded, Limits, Snapshot, Store};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_tests::Chain;
use seinhuis_types::{LeafIndex, SystemClock};

/// How often a hub is started before its store has to be free: each is a process of its own.
const ATTEMPTS: usize = 100;

pub(crate) fn open(chain: &Chain) -> Embedded {
    let options = SledOptions {
        cache_bytes: 8 * 1024 * 1024,
        reserve_bytes: 0,
    };
    let engine = SledEngine::open(&data(chain).join("store"), options).unwrap();
    let fatal = Box::new(|why: &str| panic!("{why}"));
    Embedded::open(engine, SystemClock, Limits::default(), fatal).unwrap()
}

pub(crate) fn stop(chain: &mut Chain) {
    let mut hub = chain.hub.take().unwrap();
    let id = i32::try_from(hub.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    assert!(hub.wait().unwrap().success(), "the hub did not end well");
}

/// Starts the hub on a store that this process had open. The lock goes with the last copy of its file, and a
/// process that another test begins has one until it runs its own program, so the first attempts may be too early.
pub(crate) fn start(chain: &mut Chain) {
    for _ in 0..ATTEMPTS {
        match chain.sandbox.start_hub() {
            Ok(hub) => {
                chain.hub = Some(hub);
                return;
            }
            Err(error) => {
                let told = format!("{error:?}");
                assert!(told.contains("the data are in use"), "{told}");
            }
        }
    }
    panic!("the store was never let go of");
}

/// The police's copies in each entry of the range.
fn left(store: &Embedded, from: u64, to: u64) -> Vec<usize> {
    let seen = store.snapshot().unwrap();
    let copies = |index| {
        let value = seen.parts(LeafIndex(index)).unwrap().value.unwrap();
        Stored::read(&value).left(2)
    };
    (from..=to).map(copies).collect()
}

#[test]
fn an_erasure_that_was_killed_is_finished_at_the_next_start() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        // Entries of one's own in more than two steps of an erasure.
        let alone = officers(&chain, "politie", 1);
        let (first, proof) = alone.place_hold(LeafIndex(0)..=LeafIndex(0)).await.unwrap();
        let from = proof.index().0;
        let mut to = alone.lift_hold(first).await.unwrap().index().0;
        while to < from + 80 {
            let (hold, _) = alone.place_hold(LeafIndex(0)..=LeafIndex(0)).await.unwrap();
            to = alone.lift_hold(hold).await.unwrap().index().0;
        }
        let leaf = alone.entry(LeafIndex(from)).await.unwrap().leaf.to_bytes();
        stop(&mut chain);
        let store = open(&chain);
        age(&store, &leaf, from, to).await;
        assert!(left(&store, from, to).iter().all(|copies| *copies > 0));
        drop(store);

        // The request and three steps are four commits of about seven calls: killed instead of the 18th,
        // some steps are done and some are not.
        start(&mut chain);
        let police = chain.partner("politie");
        let police = police
            .acting_for(&[officer("fg-1"), officer("fg-2")])
            .unwrap();
        police.holds().await.unwrap();
        let hub = chain.hub.as_ref().unwrap().id();
        let injector = Injector::build();
        let folder = data(&chain).join("store");
        let watch = injector.watch(hub, &folder, KILL_AT, Fault::KillBefore);
        let range = LeafIndex(from)..=LeafIndex(to);
        let broken = police.erase_parts(range).await;
        let steps = watch.end();
        assert!(broken.is_err(), "{broken:?} {steps:?}");
        assert!(steps.iter().any(|step| step.faulted), "{steps:?}");
        let mut killed = chain.hub.take().unwrap();
        killed.wait().unwrap();
        let store = open(&chain);
        let after = left(&store, from, to);
        let erased = after.iter().filter(|copies| **copies == 0).count();
        assert!(
            erased > 0 && erased < after.len(),
            "killed in between: {erased} of {} {steps:?}",
            after.len()
        );
        assert_eq!(store.snapshot().unwrap().erasures().unwrap().len(), 1);
        drop(store);

        // It serves only when what was begun is done.
        start(&mut chain);
        stop(&mut chain);
        let store = open(&chain);
        assert!(left(&store, from, to).iter().all(|copies| *copies == 0));
        assert!(store.snapshot().unwrap().erasures().unwrap().is_empty());
        drop(store);
        let found = crate::crash::fsck(&chain);
        assert!(found.is_empty(), "{found:#?}");
        // And once more does nothing.
        start(&mut chain);
    });
}

/// Which write or sync of the store is the one it is killed instead of.
const KILL_AT: usize = 18;
