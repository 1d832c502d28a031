//! A number is taken once, whatever dies in between, and what was never answered stays told.

use super::*;

const A: Name = [1; 16];
const B: Name = [2; 16];

/// Takes one number for a slip of this nonce; gives where its chain stood.
fn take(chains: &Chains, name: Name, nonce: u8) -> Standing {
    let rng = &mut rand::rng();
    chains
        .take(&[name], rng, |_, before| Ok(([nonce; 16], before[0])))
        .unwrap()
}

fn proven(chains: &Chains, nonce: u8) {
    chains.proven(&[nonce; 16], &mut rand::rng()).unwrap();
}

fn counts(folder: &Path) -> ChainCounts {
    ChainCounts::load(folder).unwrap().unwrap()
}

#[test]
fn numbers_count_up_and_tell_what_is_not_proven_yet() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    assert!(ChainCounts::load(&state).unwrap().is_none());
    let chains = Chains::of(&state);
    assert_eq!(take(&chains, A, 1), Standing::default());
    assert_eq!(take(&chains, B, 1), Standing::default());
    proven(&chains, 1);
    let second = take(&chains, A, 2);
    assert_eq!(
        (second.number, second.open.bits(), second.nonce),
        (1, 0, [1; 16])
    );
    let third = take(&chains, A, 3);
    assert_eq!(
        (third.number, third.open.bits(), third.nonce),
        (2, 1, [2; 16])
    );
    // The answer comes late, after the next number was taken.
    proven(&chains, 2);
    assert_eq!(take(&chains, A, 4).open.bits(), 0b1);
    assert_eq!(counts(&state).standing(&A).open.bits(), 0b11);
    assert_eq!(counts(&state).standing(&B).open.bits(), 0);
}

#[test]
fn a_slip_about_several_takes_a_number_of_each_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    take(&chains, B, 1);
    let rng = &mut rand::rng();
    let before = chains
        .take(&[A, B], rng, |_, before| Ok(([2; 16], before.to_vec())))
        .unwrap();
    assert_eq!([before[0].number, before[1].number], [0, 1]);
    proven(&chains, 2);
    assert_eq!(
        [A, B].map(|name| counts(dir.path()).standing(&name).open.bits()),
        [0, 0b10]
    );
}

#[test]
fn what_is_not_made_takes_no_number() {
    let dir = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    let refused = chains.take(&[A], &mut rand::rng(), |_, _| {
        Err::<(SlipNonce, ()), _>(ClientError::Invalid("no".to_owned()))
    });
    assert!(refused.is_err());
    assert_eq!(take(&chains, A, 1).number, 0);
}

#[test]
fn processes_that_share_a_folder_never_take_one_number_twice() {
    let dir = tempfile::tempdir().unwrap();
    let taken: Vec<u32> = std::thread::scope(|scope| {
        let one = |seed: u8| {
            let folder = dir.path();
            scope.spawn(move || {
                let chains = Chains::of(folder);
                (0..25)
                    .map(|_| take(&chains, A, seed).number)
                    .collect::<Vec<_>>()
            })
        };
        let all: Vec<_> = (0..4).map(one).collect();
        all.into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    let distinct: std::collections::BTreeSet<u32> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (100, 100));
    assert_eq!(counts(dir.path()).standing(&A).number, 100);
}

#[test]
fn killed_at_any_byte_a_number_may_be_lost_and_is_never_used_twice() {
    let dir = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    take(&chains, A, 1);
    proven(&chains, 1);
    let before = fs::read(dir.path().join(FILE)).unwrap();
    take(&chains, A, 2);
    let after = fs::read(dir.path().join(FILE)).unwrap();
    for cut in before.len()..=after.len() {
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join(FILE), &after[..cut]).unwrap();
        let chains = Chains::of(other.path());
        let next = take(&chains, A, 3);
        let expected = if cut == after.len() { (2, 1) } else { (1, 0) };
        assert_eq!((next.number, next.open.bits()), expected, "{cut}");
        assert_eq!(counts(other.path()).standing(&A).number, next.number + 1);
    }
    // Zeros in the place of a record that never reached the disk are a torn end, too.
    let zeros = [before.as_slice(), &[0; RECORD]].concat();
    fs::write(dir.path().join(FILE), zeros).unwrap();
    assert_eq!(take(&Chains::of(dir.path()), A, 3).number, 1);
}

#[test]
fn a_damaged_file_is_told_and_never_a_fresh_start() {
    let dir = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    take(&chains, A, 1);
    take(&chains, A, 2);
    let path = dir.path().join(FILE);
    let good = fs::read(&path).unwrap();
    for at in [0, 40, 32 + RECORD - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        let other = Chains::of(dir.path());
        let refused = other.take(&[A], &mut rand::rng(), |_, _| Ok(([9; 16], ())));
        assert!(refused.unwrap_err().to_string().contains("damaged"), "{at}");
        assert!(ChainCounts::load(dir.path()).is_err());
    }
    fs::write(&path, b"").unwrap();
    assert!(ChainCounts::load(dir.path()).is_err());
}

#[test]
fn a_file_that_grew_is_written_anew_and_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    let other = Chains::of(dir.path());
    take(&other, B, 200);
    let nonce = |turn: u32| {
        let mut nonce = [7; 16];
        nonce[..4].copy_from_slice(&turn.to_be_bytes());
        nonce
    };
    let rng = &mut rand::rng();
    let path = dir.path().join(FILE);
    let begun = fs::metadata(&path).unwrap().ino();
    let mut written = 0;
    // Appended directly: what is looked at is the writing anew, and not four thousand syncs.
    let mut bytes = fs::read(&path).unwrap();
    for turn in 1..5_000u32 {
        let open = if turn % 3 == 0 { 1 } else { 0 };
        let standing = Standing {
            number: turn,
            open: Open::of_bits(open),
            nonce: nonce(turn),
        };
        bytes.extend(record(TAKEN, &A, standing));
        written = turn;
    }
    fs::write(&path, bytes).unwrap();
    let before = counts(dir.path());
    let last = chains
        .take(&[A], rng, |_, before| Ok(([9; 16], before[0])))
        .unwrap();
    assert_eq!(last.number, written);
    assert!(fs::metadata(&path).unwrap().len() < 3 * u64::try_from(RECORD).unwrap() * 32);
    assert_ne!(fs::metadata(&path).unwrap().ino(), begun);
    let after = counts(dir.path());
    assert_eq!(after.holder, before.holder);
    assert_eq!(after.standing(&B), before.standing(&B));
    // One that had read the old file goes on with the new one.
    assert_eq!(take(&other, A, 10).number, written + 1);
    proven(&other, 200);
    assert_eq!(counts(dir.path()).standing(&B).open.bits(), 0);
}

/// A day without answers: all of it is told by the next link, also after the file was written anew.
#[test]
fn any_number_in_a_row_without_an_answer_is_told_and_survives_a_rewrite() {
    let nonce = |turn: u32| {
        let mut nonce = [7; 16];
        nonce[..4].copy_from_slice(&turn.to_be_bytes());
        nonce
    };
    for row in [33u32, 100, 6_000] {
        let dir = tempfile::tempdir().unwrap();
        let chains = Chains::of(dir.path());
        take(&chains, A, 200);
        proven(&chains, 200);
        let path = dir.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        let mut open = Open::NONE;
        for turn in 2..2 + row {
            open = open.taken();
            let (number, nonce) = (turn, nonce(turn));
            let standing = Standing {
                number,
                open,
                nonce,
            };
            bytes.extend(record(TAKEN, &A, standing));
        }
        // What another chain left behind, so that most of the file says nothing any more.
        for turn in 1..9_000u32 {
            let (open, nonce) = (Open::NONE, [1; 16]);
            let standing = Standing {
                number: turn,
                open,
                nonce,
            };
            bytes.extend(record(TAKEN, &B, standing));
        }
        fs::write(&path, bytes).unwrap();
        let begun = fs::metadata(&path).unwrap().ino();
        let before = take(&chains, A, 201);
        let anew = fs::metadata(&path).unwrap().ino() != begun;
        assert_eq!(anew, row < 1_000, "{row}");
        assert_eq!((before.number, before.open.run()), (1 + row, row));
        let told = Chains::of(dir.path());
        assert_eq!(take(&told, A, 202).open.run(), row + 1);
        // A late answer to one far back ends the row there.
        told.proven(&nonce(1 + row / 4), &mut rand::rng()).unwrap();
        let left = 3 + row - (1 + row / 4);
        assert_eq!(take(&told, A, 203).open.run(), left);
    }
}

#[test]
fn a_file_put_in_its_place_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let chains = Chains::of(dir.path());
    take(&chains, A, 1);
    take(&Chains::of(other.path()), B, 2);
    let theirs = fs::read(other.path().join(FILE)).unwrap();
    // Written over in place: the same file and the same length.
    fs::write(dir.path().join(FILE), theirs).unwrap();
    assert_eq!(take(&chains, A, 3).number, 0);
    assert_eq!(take(&chains, B, 4).number, 1);
    assert_eq!(counts(dir.path()).holder, counts(other.path()).holder);
}

/// A file system gives the number of an inode again: after two rewrites the file may stand where the
/// first one stood.
#[test]
fn a_file_written_anew_twice_is_read_anew_also_at_the_same_place() {
    let dir = tempfile::tempdir().unwrap();
    let (idle, busy) = (Chains::of(dir.path()), Chains::of(dir.path()));
    take(&idle, A, 1);
    proven(&idle, 1);
    let (path, kept) = (dir.path().join(FILE), dir.path().join("kept"));
    fs::hard_link(&path, &kept).unwrap();
    let begun = fs::metadata(&path).unwrap().ino();
    let mut number = 1;
    for _ in 0..2 {
        let before = fs::metadata(&path).unwrap().ino();
        let mut bytes = fs::read(&path).unwrap();
        for _ in 0..4_200 {
            number += 1;
            let standing = Standing {
                number,
                open: Open::NONE,
                nonce: [3; 16],
            };
            bytes.extend(record(TAKEN, &A, standing));
        }
        fs::write(&path, bytes).unwrap();
        take(&busy, B, 2);
        assert_ne!(fs::metadata(&path).unwrap().ino(), before, "written anew");
    }
    // As long as what the idle one read at least, where it read it, and with nothing of A after that.
    fs::write(&kept, fs::read(&path).unwrap()).unwrap();
    fs::rename(&kept, &path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), begun);
    assert_eq!(take(&idle, A, 6).number, number);
    assert_eq!(counts(dir.path()).standing(&A).number, number + 1);
}
