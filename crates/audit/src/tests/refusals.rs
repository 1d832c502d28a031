//! What start-up and the publisher refuse to build on.

use super::*;
use seinhuis_merkle::{TileKind, TreeSize, encode_bundle};
use seinhuis_types::{Coded, ErrorCode, LeafIndex};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

/// Publishes 300 entries, then has `spoil` at work between writing and reading again for 10 more,
/// and holds that nothing is ever signed again.
async fn stops_signing(spoil: impl Fn(&Path) + Send + Sync + 'static) -> String {
    let site = Site::new();
    let store = site.store();
    let spoiling = Arc::new(AtomicBool::new(false));
    let (switch, folder) = (Arc::clone(&spoiling), site.folder());
    let seam = move |step, _: &Path| {
        if step == Step::Reread && switch.swap(false, Ordering::SeqCst) {
            spoil(&folder);
        }
        Ok(())
    };
    let (log, publisher) = site.open_with(&store, seam).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(publisher.run(async { drop(stopped.await) }));
    commit(&store, 300).await;
    log.wake();
    log.wait_published(LeafIndex(299)).await.unwrap();
    let (before, kept) = (log.checkpoint().unwrap(), site.kept());

    spoiling.store(true, Ordering::SeqCst);
    commit(&store, 310).await;
    log.wake();
    let error = log.wait_published(LeafIndex(305)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
    let reason = log.stopped().expect("a reason");

    // The spoiled file is as it was again or not: it stays stopped.
    commit(&store, 320).await;
    log.wake();
    assert!(matches!(
        log.wait_published(LeafIndex(315)).await,
        Err(AuditError::Stopped(_))
    ));
    assert_eq!(log.checkpoint().unwrap(), before);
    assert_eq!(site.kept(), kept);
    assert_eq!(store.tree().unwrap().size, 300);
    // What is published can still be proven, unless it is what was spoiled.
    if verify_log(&Files(site.folder()), kept.last().unwrap()).is_ok() {
        log.wait_published(LeafIndex(299)).await.unwrap();
    }
    site.clock.advance(61_000);
    assert!(log.lag_ms(store.now()) >= 61_000);
    assert!(log.leaf(LeafIndex(319)).is_ok());
    drop(stop);
    running.await.unwrap().unwrap();
    reason.to_string()
}

#[tokio::test]
async fn a_flipped_byte_in_a_tile_stops_signing() {
    for (path, at) in [
        ("tile/0/001.p/54", 44 * 32),
        ("tile/0/001.p/54", 53 * 32 + 31),
        // Below the last signed size: the right edge that the new root is built on.
        ("tile/0/001.p/44", 5),
        ("tile/0/001.p/54", 0),
        ("tile/1/000.p/1", 0),
        // Entries that were signed before, and new ones.
        ("tile/entries/001.p/54", 2),
        ("tile/entries/001.p/54", 44 * 376 + 2),
        ("tile/entries/001.p/54", 54 * 376 - 1),
    ] {
        let reason = stops_signing(move |folder| flip(&folder.join(path), at)).await;
        assert!(
            reason.contains("do not lead to the root over 310 entries"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn an_entry_and_its_hash_changed_together_stop_signing() {
    let reason = stops_signing(|folder| {
        let mut entries: Vec<_> = (256..310).map(leaf).collect();
        entries[50] = leaf(9_999);
        let size = TreeSize::new(310).unwrap();
        let store = |kind, bytes: Vec<u8>| {
            let path = TilePath::in_tree(kind, 1, size).unwrap();
            std::fs::write(folder.join(path.to_string()), bytes).unwrap();
        };
        store(TileKind::Entries, encode_bundle(&entries).unwrap());
        let hashes = entries.iter().flat_map(|entry| leaf_hash(entry).0);
        store(TileKind::Hashes(0), hashes.collect());
    })
    .await;
    assert!(
        reason.contains("do not give the root that was computed"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_tile_that_is_there_with_other_bytes_is_not_overwritten() {
    let site = Site::new();
    let store = site.store();
    let (_, mut publisher) = site.open(&store).unwrap();
    std::fs::create_dir_all(site.file("tile/entries/000.p")).unwrap();
    std::fs::write(site.file("tile/entries/000.p/3"), b"other").unwrap();
    commit(&store, 3).await;
    let error = publisher.publish().await.unwrap_err();
    assert!(matches!(&error, AuditError::OtherBytes(path) if path.ends_with("000.p/3")));
    assert_eq!(error.verdict(), crate::error::Verdict::Stop);
    assert_eq!(
        std::fs::read(site.file("tile/entries/000.p/3")).unwrap(),
        b"other"
    );
    assert!(site.kept().is_empty());
}

#[tokio::test]
async fn a_checkpoint_ahead_of_the_store_refuses_the_start() {
    let mut site = Site::new();
    site.publish(&[5]).await;
    let backup = site.copy_of_store();
    site.publish(&[9]).await;
    site.engine = backup;
    let error = site.open(&site.store()).unwrap_err();
    assert!(matches!(
        error,
        AuditError::StoreBehind {
            published: 9,
            sequenced: 5
        }
    ));
    assert!(
        error
            .to_string()
            .contains("put back the newest copy of the store")
    );

    // Also if new entries have taken the places of the lost ones.
    let store = site.store();
    for index in 5..20 {
        let entry = Entry::new(leaf(index + 1_000), Vec::new());
        store.commit(ChangeSet::new("test", entry)).await.unwrap();
    }
    assert!(matches!(
        site.open(&store),
        Err(AuditError::Forked { size: 9 })
    ));
}

#[tokio::test]
async fn a_folder_behind_the_store_refuses_the_start() {
    let site = Site::new();
    site.publish(&[5]).await;
    let journal = std::fs::read(site.file("checkpoints/000000")).unwrap();
    site.publish(&[9]).await;
    std::fs::write(site.file("checkpoints/000000"), journal).unwrap();
    let behind = site.open(&site.store()).unwrap_err();
    assert!(matches!(
        behind,
        AuditError::FolderBehind {
            published: 5,
            integrated: 9
        }
    ));

    std::fs::remove_dir_all(site.folder()).unwrap();
    let behind = site.open(&site.store()).unwrap_err();
    assert!(matches!(
        behind,
        AuditError::FolderBehind {
            published: 0,
            integrated: 9
        }
    ));
}

#[tokio::test]
async fn a_copy_of_the_tiles_and_the_newest_checkpoint_gives_back_a_lost_folder() {
    let site = Site::new();
    site.publish(&[5, 300, 600]).await;
    let copy = tempfile::tempdir().unwrap();
    let from = copy.path().join("log");
    std::fs::rename(site.folder(), &from).unwrap();
    std::fs::create_dir_all(site.file("checkpoints")).unwrap();
    std::fs::rename(from.join("tile"), site.file("tile")).unwrap();
    for place in ["checkpoint", "checkpoints/000000"] {
        std::fs::copy(from.join("checkpoint"), site.file(place)).unwrap();
    }
    crate::fsck(&site.folder(), ORIGIN, &verifier(), Some(&*site.store())).unwrap();
    site.publish(&[700]).await;
    site.check(700);
}

#[tokio::test]
async fn a_damaged_checkpoint_that_looks_torn_is_not_cut_off() {
    let site = Site::new();
    site.publish(&[5, 9]).await;
    let path = site.file("checkpoints/000000");
    let last = std::fs::read(&path).unwrap().len() - 1;
    flip(&path, last);
    let behind = site.open(&site.store()).unwrap_err();
    assert!(matches!(
        behind,
        AuditError::FolderBehind {
            published: 5,
            integrated: 9
        }
    ));
    flip(&path, last);
    site.check(9);
}

#[tokio::test]
async fn a_store_of_another_log_refuses_the_start() {
    let (site, mut other) = (Site::new(), Site::new());
    site.publish(&[5, 9]).await;
    let store = other.store();
    for index in 0..9 {
        let entry = Entry::new(leaf(index + 100), Vec::new());
        store.commit(ChangeSet::new("test", entry)).await.unwrap();
    }
    let (_, mut publisher) = other.open(&store).unwrap();
    publisher.publish().await.unwrap();
    drop(publisher);
    other.dir = site.dir;
    assert!(matches!(
        other.open(&store),
        Err(AuditError::Forked { size: 9 })
    ));
}

#[tokio::test]
async fn damage_at_the_right_edge_refuses_the_start() {
    for path in ["tile/entries/000.p/9", "tile/0/000.p/9"] {
        let site = Site::new();
        site.publish(&[5, 9]).await;
        flip(&site.file(path), 40);
        let error = site.open(&site.store()).unwrap_err();
        assert!(
            matches!(error, AuditError::Damaged { size: 9, .. }),
            "{path}"
        );
        assert!(error.to_string().contains("seinhuis fsck"));
    }
}

#[tokio::test]
async fn a_checkpoint_of_another_key_or_a_wrong_setting_refuses_the_start() {
    let site = Site::new();
    site.publish(&[5]).await;
    let store = site.store();
    let key = |name: &str, seed| {
        NoteSigner::from_seed(KeyName::parse(name).unwrap(), &[seed; 32]).unwrap()
    };
    let with = |config| Log::open(config, Arc::clone(&store)).unwrap_err();
    let other = Config {
        signer: key(ORIGIN, 8),
        ..site.config()
    };
    assert!(matches!(with(other), AuditError::ForeignCheckpoint { .. }));
    let other = Config {
        signer: key("other.example/log", 7),
        ..site.config()
    };
    assert!(matches!(with(other), AuditError::Config(_)));
    for publish_interval_ms in [0, 1_001] {
        let other = Config {
            publish_interval_ms,
            ..site.config()
        };
        assert!(matches!(with(other), AuditError::Config(_)));
    }
}

#[tokio::test]
async fn a_second_publisher_finds_the_folder_in_use() {
    let site = Site::new();
    let store = site.store();
    let first = site.open(&store).unwrap();
    assert!(matches!(site.open(&store), Err(AuditError::InUse(_))));
    drop(first);
    assert!(site.open(&store).is_ok());
}

#[tokio::test]
async fn of_two_publishers_without_a_lock_the_second_is_fenced() {
    let site = Site::new();
    site.publish(&[5]).await;
    let store = site.store();
    let (_, mut first) = site.open_unlocked(&store);
    let (log, mut second) = site.open_unlocked(&store);
    commit(&store, 9).await;
    first.publish().await.unwrap();
    commit(&store, 12).await;
    assert!(matches!(second.publish().await, Err(AuditError::Fenced)));
    assert_eq!(log.published_size(), 5);
    site.check(9);
    assert_eq!(AuditError::Fenced.verdict(), crate::error::Verdict::End);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_is_overtaken_while_it_works_signs_nothing() {
    let (site, late) = (Site::new(), Site::new());
    let store = site.store();
    let (_, mut first) = site.open(&store).unwrap();
    first.publish().await.unwrap();
    commit(&store, 9).await;
    let first = Arc::new(std::sync::Mutex::new(first));
    let runtime = tokio::runtime::Handle::current();
    let overtakes = move |step, _: &Path| {
        if step == Step::Reread {
            runtime.block_on(first.lock().unwrap().publish()).unwrap();
        }
        Ok(())
    };
    // Another folder of the same store, as when a copy of the hub was started by mistake.
    let (_, mut second) = late.open_with(&store, overtakes).unwrap();
    assert!(matches!(second.publish().await, Err(AuditError::Fenced)));
    assert!(late.kept().is_empty());
    site.check(9);
}

#[tokio::test]
async fn of_two_publishers_on_copies_of_a_store_the_second_is_fenced() {
    let mut site = Site::new();
    site.publish(&[5]).await;
    let store = site.store();
    let (_, mut first) = site.open_unlocked(&store);
    site.engine = site.copy_of_store();
    let copy = site.store();
    let (_, mut second) = site.open_unlocked(&copy);
    commit(&store, 9).await;
    commit(&copy, 12).await;
    first.publish().await.unwrap();
    assert!(matches!(second.publish().await, Err(AuditError::Fenced)));
    site.check(9);
}
