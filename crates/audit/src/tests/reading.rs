//! What readers get.

use super::*;
use seinhuis_merkle::{TileKind, TreeSize, decode_bundle, verify_consistency, verify_inclusion};
use seinhuis_types::{Coded, ErrorCode, LeafIndex};

#[tokio::test]
async fn an_entry_is_read_from_the_store_and_later_from_its_bundle() {
    let site = Site::new();
    let store = site.store();
    let (log, mut publisher) = site.open(&store).unwrap();
    commit(&store, 600).await;
    let read = |index| log.leaf(LeafIndex(index)).unwrap();
    assert_eq!(read(599), leaf(599));
    publisher.publish().await.unwrap();
    commit(&store, 610).await;
    for index in [0, 255, 256, 599, 600, 609] {
        assert_eq!(read(index), leaf(index), "{index}");
    }
    let none = log.leaf(LeafIndex(610)).unwrap_err();
    assert_eq!(none.code(), ErrorCode::EntryNotFound);
}

#[tokio::test]
async fn an_entry_that_was_altered_on_disk_is_not_given() {
    let site = Site::new();
    site.publish(&[300]).await;
    flip(&site.file("tile/entries/000"), 2 + 376 * 7);
    let store = site.store();
    let (log, _publisher) = site.open(&store).unwrap();
    assert_eq!(
        log.leaf(LeafIndex(7)).unwrap_err().code(),
        ErrorCode::Internal
    );
    assert_eq!(log.leaf(LeafIndex(8)).unwrap(), leaf(8));
}

#[tokio::test]
async fn tiles_are_served_as_they_were_at_every_published_size_and_not_beyond() {
    let site = Site::new();
    site.publish(&[100, 300]).await;
    let store = site.store();
    let (log, _publisher) = site.open(&store).unwrap();
    commit(&store, 400).await;
    for size in (1..=300).step_by(13).chain([100, 255, 256, 257, 300]) {
        let size = TreeSize::new(size).unwrap();
        for index in 0..2 {
            let Some(path) = TilePath::in_tree(TileKind::Hashes(0), index, size) else {
                continue;
            };
            let first = index * 256;
            let due: Vec<u8> = (first..first + u64::from(path.width()))
                .flat_map(|index| leaf_hash(&leaf(index)).0)
                .collect();
            assert_eq!(log.tile(&path).unwrap(), due);
            let path = TilePath::in_tree(TileKind::Entries, index, size).unwrap();
            let bytes = log.tile(&path).unwrap();
            let entries = decode_bundle(&bytes).unwrap();
            let due: Vec<_> = (first..first + u64::from(path.width())).map(leaf).collect();
            assert_eq!(entries, due);
        }
    }
    // Left by a round that did not get to its signature.
    std::fs::write(site.file("tile/0/001.p/45"), [0; 45 * 32]).unwrap();
    for beyond in [
        "tile/0/001.p/45",
        "tile/0/001",
        "tile/2/000.p/1",
        "tile/entries/002.p/1",
    ] {
        let error = log.tile(&TilePath::parse(beyond).unwrap()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::EntryNotFound, "{beyond}");
    }
}

#[tokio::test]
async fn proofs_are_given_for_earlier_sizes_too() {
    let site = Site::new();
    site.publish(&[100, 300]).await;
    let (log, _publisher) = site.open(&site.store()).unwrap();
    let size = |size| TreeSize::new(size).unwrap();
    for (old, new) in [
        (1, 2),
        (77, 200),
        (100, 300),
        (256, 299),
        (300, 300),
        (0, 5),
    ] {
        let (at, proof) = log.consistency(size(old), Some(size(new))).unwrap();
        assert_eq!(at, size(new));
        verify_consistency(size(old), &root(old), at, &root(new), &proof).unwrap();
    }
    for (index, new) in [(0, 1), (76, 200), (298, 299)] {
        let index = LeafIndex(index);
        let (at, proof) = log.inclusion(index, Some(size(new))).unwrap();
        verify_inclusion(&leaf_hash(&leaf(index.0)), index, at, &proof, &root(new)).unwrap();
    }
    let code = |error: AuditError| error.code();
    assert_eq!(
        code(log.inclusion(LeafIndex(300), None).unwrap_err()),
        ErrorCode::EntryNotFound
    );
    let beyond = log.inclusion(LeafIndex(5), Some(size(301)));
    assert_eq!(code(beyond.unwrap_err()), ErrorCode::EntryNotFound);
    let above = log.inclusion(LeafIndex(5), Some(size(5)));
    assert_eq!(code(above.unwrap_err()), ErrorCode::EntryNotFound);
    let reversed = log.consistency(size(9), Some(size(5)));
    assert_eq!(code(reversed.unwrap_err()), ErrorCode::MessageInvalid);
}
