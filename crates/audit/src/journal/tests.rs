//! The kept checkpoints on disk.

use super::*;
use crate::seam::Seamless;
use crate::tests::{ORIGIN, signer, verifier};
use seinhuis_merkle::{KeyName, TreeSize};
use seinhuis_types::Digest;
use std::sync::Arc;
use tempfile::TempDir;

fn signed(size: u64) -> Signed {
    let size = TreeSize::new(size).unwrap();
    let origin = KeyName::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, size, Digest([9; 32])).unwrap();
    Signed {
        note: checkpoint.sign(&signer()).unwrap(),
        checkpoint,
    }
}

fn folder(dir: &TempDir) -> Folder {
    Folder::open(dir.path(), Arc::new(Seamless), None).unwrap()
}

/// A journal with checkpoints at these sizes, and the path of its first file.
fn journal(sizes: &[u64]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = folder(&dir);
    let mut journal = Journal::open(dir.path(), &verifier()).unwrap();
    for size in sizes {
        journal.append(&mut folder, signed(*size)).unwrap();
    }
    let path = dir.path().join("checkpoints/000000");
    (dir, path)
}

fn newest(dir: &TempDir) -> Result<Option<u64>, AuditError> {
    let journal = Journal::open(dir.path(), &verifier())?;
    journal.settle()?;
    Ok(journal
        .newest()
        .map(|newest| newest.checkpoint.size().get()))
}

#[test]
fn the_newest_checkpoint_is_found_again() {
    let (dir, path) = journal(&[]);
    assert_eq!(newest(&dir).unwrap(), None);
    assert!(!path.exists());
    let (dir, path) = journal(&[1, 5, 7]);
    assert_eq!(newest(&dir).unwrap(), Some(7));
    let notes: String = [1, 5, 7].map(|size| signed(size).note.to_string()).concat();
    assert_eq!(fs::read_to_string(path).unwrap(), notes);
}

#[test]
fn what_a_crash_left_of_an_append_is_cut_off() {
    let (_, path) = journal(&[1]);
    let first = signed(1).note.to_string().into_bytes();
    let second = signed(5).note.to_string().into_bytes();
    for cut in 0..second.len() {
        let (dir, path) = journal(&[1]);
        for zeros in [0, second.len() - cut] {
            let torn = [&first, &second[..cut], &vec![0; zeros][..]].concat();
            fs::write(&path, torn).unwrap();
            assert_eq!(newest(&dir).unwrap(), Some(1), "{cut}");
            assert_eq!(fs::read(&path).unwrap(), first, "{cut}");
        }
    }
    assert!(!path.exists());
}

#[test]
fn a_flipped_bit_is_damage_and_opening_cuts_nothing_off() {
    let (dir, path) = journal(&[1, 5, 7]);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        match Journal::open(dir.path(), &verifier()) {
            // In an earlier note only fsck looks. A last note without one of its newlines looks
            // torn, and then the store, which is at 7, refuses the start.
            Ok(journal) => {
                let size = journal.newest().unwrap().checkpoint.size().get();
                assert!(size == 7 || size == 5 && whole[at] == b'\n', "{at}");
            }
            Err(AuditError::Journal { .. } | AuditError::ForeignCheckpoint { .. }) => {}
            Err(error) => panic!("{at}: {error}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{at}");
    }
}

#[test]
fn no_size_is_signed_twice_or_after_a_larger_one() {
    let (dir, path) = journal(&[5]);
    let mut journal = Journal::open(dir.path(), &verifier()).unwrap();
    for size in [5, 4] {
        let refused = journal.append(&mut folder(&dir), signed(size));
        assert!(matches!(refused, Err(AuditError::Forked { .. })));
    }
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        signed(5).note.to_string()
    );
}

#[test]
fn a_file_that_another_wrote_fences() {
    let fenced = |dir: &TempDir, journal: &mut Journal| {
        let refused = journal.append(&mut folder(dir), signed(9));
        assert!(matches!(refused, Err(AuditError::Fenced)));
    };
    let open = |dir: &TempDir| Journal::open(dir.path(), &verifier()).unwrap();

    let (dir, _) = journal(&[]);
    let mut late = open(&dir);
    open(&dir).append(&mut folder(&dir), signed(5)).unwrap();
    fenced(&dir, &mut late);

    let mut late = open(&dir);
    open(&dir).append(&mut folder(&dir), signed(6)).unwrap();
    fenced(&dir, &mut late);

    // The same bytes under the same name, but another file: a backup was put back.
    let (dir, path) = journal(&[5]);
    let mut late = open(&dir);
    let bytes = fs::read(&path).unwrap();
    fs::rename(&path, dir.path().join("aside")).unwrap();
    fs::write(&path, bytes).unwrap();
    fenced(&dir, &mut late);
}

#[test]
fn a_full_file_is_followed_by_another() {
    let (dir, path) = journal(&[1]);
    let notes: Vec<String> = (1..=SEGMENT_NOTES as u64)
        .map(|size| signed(size).note.to_string())
        .collect();
    fs::write(&path, notes.concat()).unwrap();
    let mut journal = Journal::open(dir.path(), &verifier()).unwrap();
    journal.append(&mut folder(&dir), signed(9_000)).unwrap();
    journal.append(&mut folder(&dir), signed(9_001)).unwrap();
    assert_eq!(newest(&dir).unwrap(), Some(9_001));
    let next = dir.path().join("checkpoints/000001");
    assert_eq!(split(&next, &fs::read(&next).unwrap()).unwrap().0.len(), 2);

    // A crash right after the file was made.
    fs::write(&next, b"").unwrap();
    assert_eq!(newest(&dir).unwrap(), Some(SEGMENT_NOTES as u64));
    fs::remove_file(&path).unwrap();
    assert!(matches!(newest(&dir), Err(AuditError::Journal { .. })));
}
