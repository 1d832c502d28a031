//! From committed to published.

use super::*;
use crate::fsck;
use proptest::prelude::*;
use seinhuis_merkle::{TlogProof, TreeSize, verify_consistency, verify_inclusion};
use seinhuis_types::{Coded, ErrorCode, LeafIndex};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_committed_is_published_in_whatever_batches(
        batches in prop::collection::vec(0u64..=150, 0..=8)
            .prop_filter("at most 600", |batches| batches.iter().sum::<u64>() <= 600),
    ) {
        block_on(async {
            let site = Site::new();
            let store = site.store();
            let (log, mut publisher) = site.open(&store).unwrap();
            let mut size = 0;
            let mut before = TreeSize::EMPTY;
            for batch in batches {
                size += batch;
                commit(&store, size).await;
                publisher.publish().await.unwrap();
                site.check(size);
                assert_eq!((log.published_size(), store.tree().unwrap().size), (size, size));

                let now = TreeSize::new(size).unwrap();
                let (newer, proof) = log.consistency(before, None).unwrap();
                assert_eq!(newer, now);
                verify_consistency(before, &root(before.get()), now, &root(size), &proof).unwrap();
                before = now;
                for index in (0..size).step_by(37) {
                    let (at, proof) = log.inclusion(LeafIndex(index), None).unwrap();
                    let hash = leaf_hash(&leaf(index));
                    verify_inclusion(&hash, LeafIndex(index), at, &proof, &root(size)).unwrap();
                }
            }
            drop((log, publisher));
            site.publish(&[size]).await;
            let report = fsck(&site.folder(), ORIGIN, &verifier(), Some(&*store)).unwrap();
            assert_eq!((report.size, report.root), (size, root(size)));
        });
    }
}

#[tokio::test]
async fn a_new_log_says_that_it_is_empty() {
    let site = Site::new();
    let store = site.store();
    let (log, mut publisher) = site.open(&store).unwrap();
    let none = log.checkpoint().unwrap_err();
    assert_eq!(none.code(), ErrorCode::EntryNotFound);
    publisher.publish().await.unwrap();
    publisher.publish().await.unwrap();
    let note = Note::parse(log.checkpoint().unwrap().as_bytes()).unwrap();
    assert_eq!(
        Checkpoint::open(&note, &verifier()).unwrap().size(),
        TreeSize::EMPTY
    );
    assert_eq!(site.kept().len(), 1);
}

#[tokio::test]
async fn more_than_a_round_is_published_in_one_go() {
    let site = Site::new();
    let store = site.store();
    let (_, mut publisher) = site.open(&store).unwrap();
    commit(&store, 4_500).await;
    publisher.publish().await.unwrap();
    let sizes: Vec<u64> = site.kept().iter().map(|kept| kept.size().get()).collect();
    assert_eq!(sizes, [4_096, 4_500]);
    site.check(4_500);
}

#[tokio::test]
async fn partial_tiles_go_when_the_full_one_is_there() {
    let site = Site::new();
    site.publish(&[100, 200]).await;
    assert!(site.file("tile/0/000.p/100").exists());
    assert!(site.file("tile/entries/000.p/200").exists());
    site.publish(&[300]).await;
    assert!(!site.file("tile/0/000.p").exists());
    assert!(!site.file("tile/entries/000.p").exists());
    assert!(site.file("tile/entries/001.p/44").exists());
    site.check(300);
}

#[tokio::test]
async fn a_waiting_caller_gets_a_proof_that_verifies() {
    let site = Site::new();
    let store = site.store();
    let (log, publisher) = site.open(&store).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(publisher.run(async { drop(stopped.await) }));
    for size in [1, 3, 300] {
        commit(&store, size).await;
        log.wake();
        let index = LeafIndex(size - 1);
        let waits = Arc::clone(&log);
        let waiting = tokio::spawn(async move { waits.wait_published(index).await });
        let proof = waiting.await.unwrap().unwrap();
        let proof = TlogProof::parse(proof.as_bytes()).unwrap();
        assert_eq!(proof.index(), index);
        let checkpoint = proof
            .verify(&leaf_hash(&leaf(index.0)), &verifier())
            .unwrap();
        assert_eq!(checkpoint.size().get(), size);
    }
    let none = log.wait_published(LeafIndex(300)).await.unwrap_err();
    assert_eq!(none.code(), ErrorCode::EntryNotFound);

    commit(&store, 310).await;
    drop(stop);
    running.await.unwrap().unwrap();
    site.check(310);
}

#[tokio::test]
async fn the_lag_is_the_age_of_the_oldest_unpublished_entry() {
    let site = Site::new();
    let store = site.store();
    let (log, mut publisher) = site.open(&store).unwrap();
    assert_eq!(log.lag_ms(store.now()), 0);
    commit(&store, 1).await;
    log.wake();
    site.clock.advance(3_000);
    commit(&store, 2).await;
    log.wake();
    site.clock.advance(2_000);
    assert_eq!(log.lag_ms(store.now()), 5_000);
    publisher.publish().await.unwrap();
    assert_eq!(log.lag_ms(store.now()), 0);

    site.clock.advance(Millis::HOUR);
    commit(&store, 3).await;
    assert_eq!(log.lag_ms(store.now()), 0);
    site.clock.advance(70_000);
    assert_eq!(log.lag_ms(store.now()), 70_000);
    drop((log, publisher));

    // A restart does not make it look young.
    let (log, _publisher) = site.open(&store).unwrap();
    assert_eq!(log.lag_ms(store.now()), 70_000);
}

#[tokio::test]
async fn a_full_disk_is_tried_again() {
    let site = Site::new();
    let store = site.store();
    let full = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&full);
    let (tried, mut tries) = mpsc::unbounded_channel();
    let seam = move |step, _: &Path| {
        if step == Step::Write && switch.load(Ordering::SeqCst) {
            tried.send(()).unwrap();
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    };
    let (log, publisher) = site.open_with(&store, seam).unwrap();
    commit(&store, 10).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(publisher.run(async { drop(stopped.await) }));
    let mut watch = log.status.subscribe();
    for _ in 0..3 {
        log.wake();
        tokio::select! {
            tried = tries.recv() => tried.unwrap(),
            _ = watch.wait_for(|status| status.stopped.is_some()) => panic!("stopped"),
        }
    }
    assert!(site.kept().is_empty());
    full.store(false, Ordering::SeqCst);
    log.wake();
    log.wait_published(LeafIndex(9)).await.unwrap();
    drop(stop);
    running.await.unwrap().unwrap();
    site.check(10);
}

#[tokio::test]
async fn a_disk_that_fills_after_signing_does_not_undo_it() {
    let site = Site::new();
    let store = site.store();
    let full = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&full);
    let seam = move |step, _: &Path| {
        if step == Step::Kept {
            switch.store(true, Ordering::SeqCst);
        }
        if step == Step::Write && switch.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    };
    let (log, mut publisher) = site.open_with(&store, seam).unwrap();
    commit(&store, 10).await;
    publisher.publish().await.unwrap();
    assert_eq!((log.published_size(), store.tree().unwrap().size), (10, 10));
    assert!(!site.file("checkpoint").exists());
    full.store(false, Ordering::SeqCst);
    publisher.publish().await.unwrap();
    site.check(10);
}

#[tokio::test]
async fn a_write_of_unknown_outcome_ends_the_publisher() {
    let site = Site::new();
    let store = site.store();
    commit(&store, 10).await;
    let fails_at = |due: Step| {
        move |step, _: &Path| {
            if step == due {
                Err(io::Error::other("input/output error"))
            } else {
                Ok(())
            }
        }
    };
    let opened = site.open_with(&store, fails_at(Step::FolderSynced));
    assert!(matches!(opened, Err(AuditError::Unknown { .. })));

    let (log, publisher) = site.open_with(&store, fails_at(Step::Appended)).unwrap();
    let mut watch = log.status.subscribe();
    let shutdown = async move { drop(watch.wait_for(|status| status.stopped.is_some()).await) };
    let ended = publisher.run(shutdown).await;
    assert!(matches!(ended, Err(AuditError::Unknown { .. })));
    assert_eq!(
        log.checkpoint().unwrap_err().code(),
        ErrorCode::EntryNotFound
    );
}
