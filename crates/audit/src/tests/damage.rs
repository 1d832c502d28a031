//! That fsck finds each kind of damage, and says what to do.

use super::*;
use crate::{Report, fsck};
use seinhuis_merkle::TreeSize;

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
        tiles: 3,
        sequenced: Some(5),
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
    finds(|site| flip(&site.file("tile/entries/000"), 7 * 376 + 2), &[entry]).await;
    let hash = "hash 263 in `tile/0/001` is not that of the entry";
    finds(|site| flip(&site.file("tile/0/001"), 7 * 32), &[hash]).await;
    let both = "`tile/entries/002.p/88` and `tile/0/002.p/88` disagree about entry 515";
    finds(|site| flip(&site.file("tile/entries/002.p/88"), 3 * 376 + 2), &[both]).await;
    finds(|site| flip(&site.file("tile/1/000.p/2"), 32), &["at the right edge"]).await;
    let narrow = "`tile/0/002.p/18` is not the beginning of `tile/0/002.p/88`";
    finds(|site| flip(&site.file("tile/0/002.p/18"), 0), &[narrow]).await;
    let length = "`tile/entries/001` has another form than its name says";
    finds(|site| flip(&site.file("tile/entries/001"), 0), &[length]).await;
    let gone = |path: &'static str| move |site: &Site| std::fs::remove_file(site.file(path)).unwrap();
    finds(gone("tile/entries/001"), &["`tile/entries/001` is not there"]).await;
    finds(gone("tile/0/002.p/88"), &["`tile/0/002.p/88` is not there"]).await;
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
    finds(|site| flip(&site.file("checkpoints/000000"), 30), &[signature]).await;
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
    finds(
        |site| {
            let from = site.file("checkpoints/000000");
            std::fs::copy(from, site.file("checkpoints/000002")).unwrap();
        },
        &["000001`: this file of signed checkpoints is missing", newest, "the store counts 600"][..]
            .get(..2)
            .unwrap(),
    )
    .await_or_store()
    .await;
}

/// A signed checkpoint over other entries: the crime that the log is there to show.
#[tokio::test]
async fn a_fork_is_named() {
    let site = site().await;
    let path = site.file("checkpoints/000000");
    let mut bytes = std::fs::read(&path).unwrap();
    let size = TreeSize::new(601).unwrap();
    let origin = KeyName::parse(ORIGIN).unwrap();
    let forged = Checkpoint::new(origin, size, root(3)).unwrap().sign(&signer()).unwrap();
    bytes.extend_from_slice(forged.to_string().as_bytes());
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(site.file("checkpoint"), forged.to_string()).unwrap();
    assert!(!check(&site, None).unwrap_err().is_empty());
}
