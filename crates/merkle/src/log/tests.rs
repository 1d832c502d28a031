//! Tests of recomputing a log: sound ones pass at every kind of size, an altered byte anywhere does
//! not.

use super::*;
use crate::testing::{MemoryLog, ROOT_70_000, digest, entry, leaves, log, name, size};
use crate::{EMPTY_ROOT, FetchError, root_of};
use seinhuis_types::Digest;

fn checkpoint(leaves: u64, root: Digest) -> Checkpoint {
    Checkpoint::new(name("hub.example/log"), size(leaves), root).unwrap()
}

#[test]
fn sound_logs_verify_at_every_kind_of_size() {
    for count in [
        0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537,
    ] {
        let (files, tree) = log(count);
        let verified = verify_log(&files, &checkpoint(count, tree.root())).unwrap();
        assert_eq!(verified.frontier(), tree.frontier(), "{count}");
    }
    let root = digest(ROOT_70_000);
    verify_log(&log(70_000).0, &checkpoint(70_000, root)).unwrap();
    verify_log(&MemoryLog::new(), &checkpoint(0, EMPTY_ROOT)).unwrap();
}

#[test]
fn a_byte_altered_in_any_file_is_found() {
    let (files, tree) = log(66_000);
    let checkpoint = checkpoint(66_000, tree.root());
    // Each kind of file, at both ends: full and partial, of entries and of each level.
    let chosen = files
        .keys()
        .filter(|path| path.index() < 2 || !path.is_full());
    for path in chosen {
        for at in [0, 1, 2, 40, files[path].len() - 1] {
            let mut altered = files.clone();
            let Some(byte) = altered.get_mut(path).unwrap().get_mut(at) else {
                continue;
            };
            *byte ^= 0x10;
            assert!(verify_log(&altered, &checkpoint).is_err(), "{path} {at}");
        }
        let mut without = files.clone();
        without.remove(path);
        let missing = verify_log(&without, &checkpoint);
        assert!(
            matches!(missing, Err(MerkleError::Missing(p)) if p == *path),
            "{path}"
        );
    }
}

#[test]
fn tiles_that_agree_with_altered_entries_do_not_save_them() {
    let (mut files, tree) = log(300);
    let mut entries: Vec<_> = (256..300).map(entry).collect();
    entries[3] = b"entry 2590".to_vec();
    let bundle = TilePath::parse("tile/entries/001.p/44").unwrap();
    files.insert(bundle, crate::encode_bundle(&entries).unwrap());
    let tile = TilePath::parse("tile/0/001.p/44").unwrap();
    files.insert(
        tile,
        entries
            .iter()
            .flat_map(|entry| leaf_hash(entry).0)
            .collect(),
    );
    let found = verify_log(&files, &checkpoint(300, tree.root()));
    assert!(matches!(found, Err(MerkleError::RootMismatch(300))));
}

#[test]
fn a_checkpoint_of_another_size_or_root_is_refused() {
    let (files, tree) = log(300);
    let other = verify_log(&files, &checkpoint(300, Digest([7; 32])));
    assert!(matches!(other, Err(MerkleError::RootMismatch(300))));
    let shorter = verify_log(&files, &checkpoint(256, tree.root()));
    assert!(matches!(shorter, Err(MerkleError::RootMismatch(256))));
    assert!(verify_log(&files, &checkpoint(301, tree.root())).is_err());
}

#[test]
fn a_log_grows_from_where_it_was_recomputed() {
    let (mut tree, mut seen) = (Tree::new(), Vec::new());
    for count in [1, 100, 256, 300, 300, 1_000, 1_024] {
        let (files, whole) = log(count);
        tree = recompute(tree, &files, size(count), |index, entry| {
            seen.push((index, entry.to_vec()));
        })
        .unwrap();
        assert_eq!(tree.root(), whole.root(), "{count}");
        assert!(tree.take_tiles().is_empty());
    }
    let expected: Vec<_> = (0..1_024)
        .map(|index| (LeafIndex(index), entry(index)))
        .collect();
    assert_eq!(seen, expected);
    let back = recompute(tree, &log(1_000).0, size(1_000), |_, _| ());
    assert!(matches!(back, Err(MerkleError::SizesReversed { .. })));
}

#[test]
fn earlier_entries_of_the_first_bundle_are_held_to_their_hashes() {
    let tree = log(10).1;
    let (mut files, _) = log(20);
    let mut entries: Vec<_> = (0..20).map(entry).collect();
    entries[4] = b"entry X".to_vec();
    let bundle = TilePath::parse("tile/entries/000.p/20").unwrap();
    files.insert(bundle, crate::encode_bundle(&entries).unwrap());
    let found = recompute(tree, &files, size(20), |_, _| ());
    assert!(matches!(found, Err(MerkleError::TileMismatch(path)) if path == bundle));
}

#[test]
fn a_bundle_with_another_number_of_entries_is_refused() {
    let (files, tree) = log(20);
    let bundle = TilePath::parse("tile/entries/000.p/20").unwrap();
    for count in [19, 21] {
        let mut files = files.clone();
        let entries: Vec<_> = (0..count).map(entry).collect();
        files.insert(bundle, crate::encode_bundle(&entries).unwrap());
        let refused = verify_log(&files, &checkpoint(20, tree.root()));
        assert!(
            matches!(refused, Err(MerkleError::MalformedTile { .. })),
            "{count}"
        );
    }
}

#[test]
fn a_log_that_has_grown_verifies_at_an_older_checkpoint() {
    // The partial files of 300 are gone; the full ones of 512 stand in.
    let (files, tree) = log(512);
    let old = root_of(&leaves(300));
    let found = verify_log(&files, &checkpoint(300, old));
    // Level 1 is still partial at 512, so its tile of one hash is not there in any form.
    assert!(
        matches!(found, Err(MerkleError::Missing(path)) if path.to_string() == "tile/1/000.p/1")
    );
    let mut files = files;
    let path = TilePath::parse("tile/1/000.p/1").unwrap();
    files.insert(path, root_of(&leaves(256)).0.to_vec());
    assert_eq!(
        verify_log(&files, &checkpoint(300, old)).unwrap().size(),
        size(300)
    );
    assert_eq!(tree.size(), size(512));
}

#[test]
fn a_reader_that_fails_is_not_taken_for_an_absent_tile() {
    struct Broken;
    impl TileReader for Broken {
        fn fetch(&self, _: TilePath) -> Result<Vec<u8>, FetchError> {
            Err(FetchError::Failed("disk".into()))
        }
    }
    let found = verify_log(&Broken, &checkpoint(3, Digest([7; 32])));
    assert!(matches!(found, Err(MerkleError::Fetch { .. })));
}
