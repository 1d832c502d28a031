//! That fsck finds each kind of damage, and says what to do.

use super::*;
use crate::{Report, fsck};
use seinhuis_merkle::{TileKind, Tree, TreeSize, encode_bundle};

/// A log of 600 entries with checkpoints at 100, 530 and 600.
async fn site() -> Site {
    let site = Site::new();
    site.publish(&[100, 530, 600]).await;
    site
}

fn check(site: &Site, store: Option<&Embedded>) -> Result<Report, Vec<String>> {
    let report = fsck(&site.folder(), ORIGIN, &verifier(), store);
    report.map_err(|found| found.iter().map(ToString::to_string).collect())
}

/// That fsck finds exactly these things after `damage`, with the store and without.
async fn finds(damage: impl FnOnce(&Site), due: &[&str]) {
    let site = site().await;
    damage(&site);
    for store in [None, Some(site.store())] {
        let found = check(&site, store.as_deref()).unwrap_err();
        assert_eq!(found.len(), due.len(), "{due:?}: {found:?}");
        for (found, due) in found.iter().zip(due) {
            assert!(found.contains(due), "{due}: {found}");
            assert!(found.contains("; "), "{found}");
        }
    }
}

#[tokio::test]
async fn a_sound_log_is_found_sound() {
    let site = site().await;
    let store = site.store();
    commit(&store, 605).await;
    let report = check(&site, Some(&store)).unwrap();
    let due = Report {
        size: 600,
        root: root(600),
        checkpoints: 3,
        bundles: 3,
        tiles: 4,
        sequenced: Some(5),
        witnessed: None,
    };
    assert_eq!(report, due);
    assert_eq!(check(&site, None).unwrap().sequenced, None);

    let empty = Site::new();
    assert_eq!(check(&empty, Some(&empty.store())).unwrap().size, 0);
}

#[tokio::test]
async fn a_log_between_keeping_and_dropping_is_sound() {
    let site = site().await;
    let store = site.store();
    let killed = |step, _: &Path| match step {
        Step::Replaced => Err(io::Error::other("killed")),
        _ => Ok(()),
    };
    let (_, mut publisher) = site.open_with(&store, killed).unwrap();
    commit(&store, 700).await;
    publisher.publish().await.unwrap_err();
    let report = check(&site, Some(&store)).unwrap();
    assert_eq!((report.size, report.sequenced), (700, Some(100)));
}

#[tokio::test]
async fn damaged_tiles_are_named() {
    let entry = "entry 7 in `tile/entries/000` is not the one that was signed";
    finds(
        |site| flip(&site.file("tile/entries/000"), 7 * 376 + 2),
        &[entry],
    )
    .await;
    let hash = "hash 263 in `tile/0/001` is not that of the entry";
    finds(|site| flip(&site.file("tile/0/001"), 7 * 32), &[hash]).await;
    let both = "`tile/entries/002.p/88` and `tile/0/002.p/88` disagree about entry 515";
    finds(
        |site| flip(&site.file("tile/entries/002.p/88"), 3 * 376 + 2),
        &[both],
    )
    .await;
    finds(
        |site| flip(&site.file("tile/1/000.p/2"), 32),
        &["at the right edge"],
    )
    .await;
    let narrow = "`tile/0/002.p/18` is not the beginning of `tile/0/002.p/88`";
    finds(|site| flip(&site.file("tile/0/002.p/18"), 0), &[narrow]).await;
    let length = "`tile/entries/001` has another form than its name says";
    finds(|site| flip(&site.file("tile/entries/001"), 0), &[length]).await;
    let gone =
        |path: &'static str| move |site: &Site| std::fs::remove_file(site.file(path)).unwrap();
    finds(
        gone("tile/entries/001"),
        &["`tile/entries/001` is not there"],
    )
    .await;
    finds(gone("tile/0/002.p/88"), &["`tile/0/002.p/88` is not there"]).await;
}

/// A full tile of the second level takes 65,536 entries; made here without a store.
#[test]
fn a_damaged_full_tile_of_an_upper_level_is_named() {
    let site = Site::new();
    let mut tree = Tree::new();
    let write = |path: TilePath, bytes: &[u8]| {
        let path = site.file(&path.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let entries = [[5]; 256];
    for bundle in 0..256 {
        for entry in &entries {
            tree.append(leaf_hash(entry)).unwrap();
        }
        let path = TilePath::new(TileKind::Entries, bundle, 256).unwrap();
        write(path, &encode_bundle(&entries).unwrap());
    }
    for tile in tree.take_tiles() {
        write(tile.path, &tile.bytes);
    }
    let origin = KeyName::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    let note = checkpoint.sign(&signer()).unwrap().to_string();
    std::fs::create_dir(site.file("checkpoints")).unwrap();
    std::fs::write(site.file("checkpoints/000000"), &note).unwrap();
    std::fs::write(site.file("checkpoint"), &note).unwrap();
    assert_eq!(check(&site, None).unwrap().tiles, 256 + 2);

    flip(&site.file("tile/1/000"), 3 * 32);
    let [found] = &check(&site, None).unwrap_err()[..] else {
        panic!("one finding")
    };
    assert!(
        found.contains("`tile/1/000` does not follow from the entries"),
        "{found}"
    );
}

#[tokio::test]
async fn damage_in_one_place_does_not_hide_damage_in_another() {
    let due = [
        "entry 7 in `tile/entries/000`",
        "hash 263 in `tile/0/001`",
        "`tile/0/002.p/88` is not there",
    ];
    finds(
        |site| {
            flip(&site.file("tile/entries/000"), 7 * 376 + 2);
            flip(&site.file("tile/0/001"), 7 * 32);
            std::fs::remove_file(site.file("tile/0/002.p/88")).unwrap();
        },
        &due,
    )
    .await;
}

#[tokio::test]
async fn damaged_checkpoints_are_named() {
    let signature = "a checkpoint in `";
    finds(
        |site| flip(&site.file("checkpoints/000000"), 30),
        &[signature],
    )
    .await;
    let newest = "`checkpoint` is not the newest of the kept checkpoints";
    finds(|site| flip(&site.file("checkpoint"), 30), &[newest]).await;
    finds(
        |site| {
            let path = site.file("checkpoints/000000");
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, [&bytes[..], &bytes[..]].concat()).unwrap();
        },
        &["after a larger one"; 3],
    )
    .await;
}

#[tokio::test]
async fn a_missing_file_of_checkpoints_is_named() {
    let site = site().await;
    std::fs::copy(
        site.file("checkpoints/000000"),
        site.file("checkpoints/000002"),
    )
    .unwrap();
    let found = check(&site, None).unwrap_err();
    assert!(
        found[0].contains("000001`: this file of signed checkpoints is missing"),
        "{found:?}"
    );
}

/// A signed checkpoint over other entries: the crime that the log is there to show.
#[tokio::test]
async fn a_fork_is_named() {
    let checkpoint = |size, root| {
        let size = TreeSize::new(size).unwrap();
        let checkpoint = Checkpoint::new(KeyName::parse(ORIGIN).unwrap(), size, root).unwrap();
        checkpoint.sign(&signer()).unwrap().to_string()
    };
    let kept = [
        checkpoint(100, root(100)),
        checkpoint(550, root(3)),
        checkpoint(600, root(600)),
    ];
    let fork = "the kept checkpoint over 550 entries has another root than the log";
    finds(
        |site| std::fs::write(site.file("checkpoints/000000"), kept.concat()).unwrap(),
        &[fork],
    )
    .await;
}

#[tokio::test]
async fn a_store_that_does_not_continue_the_log_is_named() {
    let mut site = Site::new();
    site.publish(&[100, 530]).await;
    let backup = site.copy_of_store();
    let journal = std::fs::read(site.file("checkpoints/000000")).unwrap();
    site.publish(&[600]).await;

    let store = site.store();
    let newest = std::fs::read(site.file("checkpoint")).unwrap();
    let kept = std::fs::read(site.file("checkpoints/000000")).unwrap();
    std::fs::write(site.file("checkpoints/000000"), &journal).unwrap();
    let found = check(&site, Some(&store)).unwrap_err();
    assert!(
        found[0].contains("`checkpoint` is not the newest"),
        "{found:?}"
    );
    assert!(found[1].contains("the newest checkpoint in the log's folder is over 530"));
    std::fs::write(site.file("checkpoints/000000"), kept).unwrap();
    std::fs::write(site.file("checkpoint"), newest).unwrap();
    check(&site, Some(&store)).unwrap();

    site.engine = backup;
    let store = site.store();
    let [found] = &check(&site, Some(&store)).unwrap_err()[..] else {
        panic!("one finding")
    };
    assert!(
        found.contains("is signed, but the store has only 530"),
        "{found}"
    );

    let mut change = ChangeSet::new("test", Entry::new(leaf(9_999), Vec::new()));
    for index in 531..605 {
        change = change.entry(Entry::new(leaf(index), Vec::new()));
    }
    store.commit(change).await.unwrap();
    let [found] = &check(&site, Some(&store)).unwrap_err()[..] else {
        panic!("one finding")
    };
    assert!(
        found.contains("entry 530 in the store is not the one in the log"),
        "{found}"
    );

    let mut other = Site::new();
    let store = other.store();
    store
        .commit(ChangeSet::new("test", Entry::new(leaf(9_999), Vec::new())))
        .await
        .unwrap();
    let (_, mut publisher) = other.open(&store).unwrap();
    commit(&store, 100).await;
    publisher.publish().await.unwrap();
    drop(publisher);
    commit(&store, 600).await;
    other.dir = site.dir;
    let [found] = &check(&other, Some(&store)).unwrap_err()[..] else {
        panic!("one finding")
    };
    assert!(
        found.contains("the store's tree over 100 entries has another root"),
        "{found}"
    );
}
