//! A copy is at one checkpoint or at the next, whatever is cut short and whatever the log gives.

use super::*;
use seinhuis_client::{LogConfig, LogKeys, verify_log};
use seinhuis_merkle::{Checkpoint, KeyName, NoteSigner, Receipt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::Ordering;

const ORIGIN: &str = "hub.example/log/2026h2";

fn signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]).unwrap()
}

fn keys() -> LogKeys {
    let receipts = Receipt::key_name(&KeyName::parse(ORIGIN).unwrap()).unwrap();
    let receipts = NoteSigner::from_seed(receipts, &[2; 32]).unwrap();
    LogKeys::new(&LogConfig {
        origin: ORIGIN.to_owned(),
        vkey: signer().verifier().to_string(),
        receipt_vkey: receipts.verifier().to_string(),
    })
    .unwrap()
}

type Tiles = BTreeMap<TilePath, Vec<u8>>;

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// A log of so many entries, with the tiles that it has at that size only.
fn log(size: u64) -> (Tiles, SeenCheckpoint) {
    let mut tree = Tree::new();
    for index in 0..size {
        tree.append(leaf_hash(&entry(index))).unwrap();
    }
    let tiles = tree.take_tiles().into_iter();
    let mut tiles: Tiles = tiles.map(|tile| (tile.path, tile.bytes)).collect();
    for path in (0..).map_while(|n| TilePath::in_tree(TileKind::Entries, n, tree.size())) {
        let start = path.index() * 256;
        let entries: Vec<_> = (start..start + u64::from(path.width()))
            .map(entry)
            .collect();
        tiles.insert(path, encode_bundle(&entries).unwrap());
    }
    let origin = KeyName::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    let note = checkpoint.sign(&signer()).unwrap().to_string();
    (tiles, SeenCheckpoint { checkpoint, note })
}

fn held(folder: &Folder) -> Option<SeenCheckpoint> {
    let there = folder.root().join("checkpoint").exists();
    there.then(|| LogFolder::new(folder.root()).checkpoint(&keys()).unwrap())
}

/// Every file of a copy but the lock.
fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap();
                found.insert(name.display().to_string());
            }
        }
    }
    found.remove("mirror.lock");
    found
}

fn silent() -> Arc<dyn Progress> {
    Arc::new(seinhuis_client::Silent)
}

fn step(folder: &Folder, tiles: &Tiles, to: &SeenCheckpoint) -> Result<Pulled, Trouble> {
    pull(tiles, folder, held(folder).as_ref(), to, &silent())
}

#[test]
fn a_copy_grows_to_exactly_the_files_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    for size in [0, 1, 3, 255, 256, 257, 512, 600, 700] {
        let (tiles, to) = log(size);
        step(&folder, &tiles, &to).unwrap();
        verify_log(&LogFolder::new(dir.path()), &to).unwrap();
        assert_eq!(held(&folder).unwrap(), to);
        let mut due: BTreeSet<String> = tiles.keys().map(ToString::to_string).collect();
        due.insert("checkpoint".to_owned());
        assert_eq!(files(dir.path()), due, "{size}");
    }
}

#[test]
fn cut_short_after_any_step_a_copy_is_at_one_checkpoint_or_the_next_and_goes_on() {
    let (small, large) = (log(300), log(520));
    let mut at_the_next = 0;
    for steps in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        step(&folder, &small.0, &small.1).unwrap();
        folder.steps.store(steps, Ordering::SeqCst);
        let done = step(&folder, &large.0, &large.1);
        folder.steps.store(u64::MAX, Ordering::SeqCst);
        let at = held(&folder).unwrap();
        assert!(at == small.1 || at == large.1, "after {steps} steps");
        at_the_next += u64::from(at == large.1);
        verify_log(&LogFolder::new(dir.path()), &at).unwrap();
        if done.is_ok() {
            assert!(steps > 40, "{steps}");
            break;
        }
        assert!(matches!(done, Err(Trouble::Disk(_))));
        step(&folder, &large.0, &large.1).unwrap();
        verify_log(&LogFolder::new(dir.path()), &large.1).unwrap();
        assert_eq!(held(&folder).unwrap(), large.1);
    }
    assert!(at_the_next > 1, "also after the checkpoint had its name");
}

#[test]
fn what_was_copied_before_a_cut_is_not_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let (mut tiles, to) = log(1_000);
    let last = TilePath::in_tree(TileKind::Entries, 3, to.checkpoint.size()).unwrap();
    let bytes = tiles.remove(&last).unwrap();
    let missing = step(&folder, &tiles, &to);
    assert!(matches!(missing, Err(Trouble::Hub(MerkleError::Missing(path))) if path == last));
    assert!(held(&folder).is_none());
    tiles.insert(last, bytes);
    let pulled = step(&folder, &tiles, &to).unwrap();
    assert_eq!((pulled.kept, pulled.fetched), (3, 1));
}

#[test]
fn whatever_byte_the_log_alters_nothing_of_it_gets_a_name() {
    let (small, large) = (log(3), log(600));
    for (path, bytes) in &large.0 {
        // Of a bundle, one is of a length and one of an entry.
        for at in [bytes.len() / 2, bytes.len() - 1] {
            let dir = tempfile::tempdir().unwrap();
            let folder = Folder::open(dir.path()).unwrap();
            step(&folder, &small.0, &small.1).unwrap();
            let mut tiles = large.0.clone();
            tiles.get_mut(path).unwrap()[at] ^= 1;
            let refused = step(&folder, &tiles, &large.1);
            assert!(matches!(refused, Err(Trouble::Hub(_))), "{path}");
            assert_eq!(held(&folder).unwrap(), small.1);
            verify_log(&LogFolder::new(dir.path()), &small.1).unwrap();
            for (name, bytes) in &large.0 {
                let there = folder.read(&name.to_string()).unwrap();
                assert!(there.is_none_or(|there| there == *bytes), "{name}");
            }
        }
    }
}

#[test]
fn another_history_is_not_copied() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let (tiles, at) = log(300);
    step(&folder, &tiles, &at).unwrap();
    let mut tree = Tree::new();
    let mut entries = Vec::new();
    for index in 0..400 {
        entries.push(entry(index + 1));
        tree.append(leaf_hash(&entry(index + 1))).unwrap();
    }
    let forked = tree.take_tiles().into_iter();
    let mut forked: Tiles = forked.map(|tile| (tile.path, tile.bytes)).collect();
    for (index, entries) in (0..).zip(entries.chunks(256)) {
        let path = TilePath::in_tree(TileKind::Entries, index, tree.size()).unwrap();
        forked.insert(path, encode_bundle(entries).unwrap());
    }
    let origin = KeyName::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    let note = checkpoint.sign(&signer()).unwrap().to_string();
    let refused = step(&folder, &forked, &SeenCheckpoint { checkpoint, note });
    assert!(matches!(refused, Err(Trouble::Hub(_))));
    assert_eq!(held(&folder).unwrap(), at);
    verify_log(&LogFolder::new(dir.path()), &at).unwrap();
}

#[test]
fn one_process_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Folder::open(dir.path()).unwrap();
    let second = Folder::open(dir.path()).unwrap_err();
    assert!(format!("{second:?}").contains("in use"), "{second:?}");
}

type Calls = Vec<(Work, u64, Option<u64>)>;

#[derive(Clone, Default)]
struct Heard(Arc<std::sync::Mutex<Calls>>);

impl Progress for Heard {
    fn at(&self, work: Work, done: u64, of: Option<u64>) {
        self.0.lock().unwrap().push((work, done, of));
    }
}

#[test]
fn copying_is_told_bundle_by_bundle_and_so_is_reading_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let (tiles, to) = log(600);
    let heard = Heard::default();
    let progress: Arc<dyn Progress> = Arc::new(heard.clone());
    pull(&tiles, &folder, None, &to, &progress).unwrap();
    let once = [256, 512, 600].map(|done| (Work::LogEntries, done, Some(600)));
    assert_eq!(*heard.0.lock().unwrap(), [once, once].concat());
}
