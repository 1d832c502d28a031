//! The witness as a log meets it: a real process, HTTP over a real socket, honest and dishonest
//! logs.

mod running;
mod tls;

use super::config::{log_signer, offline, receipt_signer};
use super::{code, run, shown, told};
use running::{Answer, Witness, command, ended, forked, key, request, request_of, size};
use seinhuis_merkle::{
    AddCheckpoint, Checkpoint, CosignatureVerifier, Exhibit, Finding, Jury, KeyName,
    MAX_REQUEST_BYTES, Note, NoteSigner, NoteVerifier,
};
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;

#[test]
fn a_log_that_only_grows_is_cosigned() {
    let witness = Witness::start();
    for (old, new) in [(0, 0), (0, 3), (3, 9), (9, 300)] {
        let asked = request(old, new);
        let answer = witness.add(&asked);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let note = format!("{}{}", asked.checkpoint(), answer.body);
        let note = Note::parse(note.as_bytes()).unwrap();
        assert!(witness.vkey.verify(&note).unwrap() > 1_700_000_000);
    }
}

#[test]
fn the_same_checkpoint_twice_is_cosigned_twice() {
    let witness = Witness::start();
    assert_eq!(witness.add(&request(0, 9)).status, 200);
    assert_eq!(witness.add(&request(9, 9)).status, 200);
    assert_eq!(witness.add(&request(9, 9)).status, 200);
}

#[test]
fn each_refusal_has_its_status() {
    let witness = Witness::start();
    assert_eq!(witness.add(&request(0, 9)).status, 200);
    let status = |body: &str| witness.post(body.as_bytes()).status;
    let good = request(9, 12).to_string();

    assert_eq!(status(""), 400);
    assert_eq!(status(&good.replace("old 9", "old 09")), 400);
    assert_eq!(
        status(&good.replace("old 9", "old 13")),
        400,
        "old above size"
    );
    let extended = format!("{}extension\n", request(9, 12).checkpoint().text());
    let extended = Note::sign(extended, &[&log_signer()]).unwrap();
    let extended = AddCheckpoint::new(size(9), Vec::new(), extended).unwrap();
    assert_eq!(witness.add(&extended).status, 400);

    let stranger = NoteSigner::from_seed(log_signer().verifier().name().clone(), &[9; 32]).unwrap();
    let swapped = request_of(&stranger, 9, 12);
    assert_eq!(witness.add(&swapped).status, 403, "a swapped key");
    assert_eq!(
        status(&good.replace("\n12\n", "\n13\n")),
        403,
        "an altered text"
    );

    let other = KeyName::parse("other.example/log").unwrap();
    let other = NoteSigner::from_seed(other, &[1; 32]).unwrap();
    assert_eq!(witness.add(&request_of(&other, 9, 12)).status, 404);

    let moved = witness.add(&request(3, 12));
    assert_eq!((moved.status, moved.body.as_str()), (409, "9\n"));
    assert_eq!(moved.header("content-type"), "text/x.tlog.size");

    let unproven = request(9, 12);
    let unproven = AddCheckpoint::new(size(9), Vec::new(), unproven.checkpoint().clone()).unwrap();
    assert_eq!(witness.add(&unproven).status, 422);

    assert_eq!(witness.post(&vec![b'x'; MAX_REQUEST_BYTES + 1]).status, 413);
    assert_eq!(witness.get("/add-checkpoint").status, 405);
    assert_eq!(witness.get("/").status, 404);

    assert_eq!(status(&good), 200, "nothing refused has changed anything");
}

#[test]
fn what_was_cosigned_last_is_shown_with_both_signatures() {
    let witness = Witness::start();
    let log = log_signer();
    let path = format!("/{}/checkpoint", running::hash_of(log.verifier().name()));
    assert_eq!(witness.get(&path).status, 404);
    witness.add(&request(0, 3));
    // A stranger's line is not shown on.
    let asked = request(3, 9);
    let stranger = NoteSigner::from_seed(KeyName::parse("x").unwrap(), &[8; 32]).unwrap();
    let foreign = Note::sign(asked.checkpoint().text().to_owned(), &[&stranger]).unwrap();
    let with = asked.checkpoint().clone();
    let with = with.with(foreign.signatures()[0].clone()).unwrap();
    let asked = AddCheckpoint::new(size(3), asked.proof().to_vec(), with).unwrap();
    assert_eq!(witness.add(&asked).status, 200);
    let shown = witness.get(&path);
    assert_eq!(shown.status, 200);
    let note = Note::parse(shown.body.as_bytes()).unwrap();
    let checkpoint = Checkpoint::open(&note, log.verifier()).unwrap();
    assert_eq!(checkpoint.size().get(), 9);
    witness.vkey.verify(&note).unwrap();
    assert_eq!(note.signatures().len(), 2);
    assert_eq!(witness.get(&path.to_uppercase()).status, 404);
}

#[test]
fn of_two_at_a_time_from_one_size_one_advances() {
    let witness = Witness::start();
    let mut at = 0;
    for _ in 0..20 {
        let (one, two) = (request(at, at + 1), request(at, at + 2));
        let both = Barrier::new(2);
        let ask = |asked: &AddCheckpoint| {
            both.wait();
            witness.add(asked)
        };
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| ask(&one));
            let second = ask(&two);
            (first.join().unwrap(), second)
        });
        let (winner, loser): (u64, Answer) = match (first.status, second.status) {
            (200, 409) => (at + 1, second),
            (409, 200) => (at + 2, first),
            other => panic!("{other:?}"),
        };
        assert_eq!(loser.body, format!("{winner}\n"));
        at = winner;
    }
}

#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let mut witness = Witness::start();
    for (old, new) in [(0, 3), (3, 9), (9, 9), (9, 300)] {
        assert_eq!(witness.add(&request(old, new)).status, 200);
        witness.kill_and_start();
        let moved = witness.add(&request(if new == 3 { 1 } else { 2 }, 301));
        assert_eq!((moved.status, moved.body), (409, format!("{new}\n")));
    }
}

#[test]
fn a_rollback_and_another_history_are_refused() {
    let mut witness = Witness::start();
    witness.add(&request(0, 9));
    witness.kill_and_start();
    // The log of a restored backup goes on where it was, and learns how far it had been.
    assert_eq!(witness.add(&request(3, 5)).body, "9\n");
    // An old checkpoint is not taken again, whatever it is said to follow.
    assert_eq!(witness.add(&request(0, 3)).status, 409);
    let replayed = AddCheckpoint::new(size(9), Vec::new(), request(0, 3).checkpoint().clone());
    assert_eq!(witness.add(&replayed.unwrap()).status, 400);
    // A dropped tail, grown again with other entries, is proven from another tree, and with that
    // proof the log convicts itself.
    for new in [10, 12, 300] {
        assert_eq!(witness.add(&forked(9, new, 7)).status, 422, "{new}");
    }
    assert_eq!(proofs(&witness).len(), 3);
    // A false proof is nobody's guilt: anyone may have sent it.
    let honest = request(9, 12);
    let none = AddCheckpoint::new(size(9), Vec::new(), honest.checkpoint().clone()).unwrap();
    assert_eq!(witness.add(&none).status, 422);
    let mut hashes = honest.proof().to_vec();
    hashes[0].0[0] ^= 1;
    let wrong = AddCheckpoint::new(size(9), hashes, honest.checkpoint().clone()).unwrap();
    assert_eq!(witness.add(&wrong).status, 422);
    assert_eq!(proofs(&witness).len(), 3);
    assert_eq!(witness.add(&request(9, 12)).status, 200);
}

#[test]
fn a_fork_is_refused_and_both_notes_are_kept() {
    let witness = Witness::start();
    witness.add(&request(0, 9));
    let fork = forked(9, 9, 4);
    let refused = witness.add(&fork);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("fork"), "{}", refused.body);
    let found = proofs(&witness);
    let [Finding::Fork { earlier, later, .. }] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(earlier.size(), later.size());
    assert_ne!(earlier.root(), later.root());
}

/// What the evidence of this witness shows: each file proves a crime to the tool that others have.
fn proofs(witness: &Witness) -> Vec<Finding> {
    let (log, receipts) = (log_signer(), receipt_signer());
    let files = std::fs::read_dir(witness.state().join("evidence")).unwrap();
    let found = files.map(|file| {
        let path = file.unwrap().path();
        let config = offline();
        let path_text = path.display().to_string();
        let output = run(&["--config", config.path(), "audit", "evidence", &path_text]);
        assert_eq!(code(&output), 0, "{}", told(&output));
        assert!(shown(&output).contains("proof"), "{}", shown(&output));
        let exhibit = Exhibit::parse(&std::fs::read(&path).unwrap()).unwrap();
        let jury = Jury {
            log: log.verifier(),
            receipts: receipts.verifier(),
            witnesses: &[],
        };
        jury.verify(&exhibit).unwrap()
    });
    found.collect()
}

#[test]
fn a_damaged_state_is_no_beginning() {
    let mut witness = Witness::start();
    witness.add(&request(0, 9));
    witness.kill();
    let hash = running::hash_of(log_signer().verifier().name());
    let path = witness.state().join(format!("{hash}.checkpoint"));
    let good = std::fs::read_to_string(&path).unwrap();
    let log_alone = request(0, 3).checkpoint().to_string();
    let log_line = format!("— {} ", log_signer().verifier().name());
    let lines = good.split_inclusive('\n');
    let witness_alone: String = lines.filter(|line| !line.starts_with(&log_line)).collect();
    assert_ne!(witness_alone, good);
    for bad in [
        String::new(),
        good.replace("\n9\n", "\n8\n"),
        good.trim_end().to_owned(),
        log_alone,
        witness_alone,
    ] {
        std::fs::write(&path, bad).unwrap();
        let output = witness.fails();
        assert_eq!(code(&output), 3);
        assert!(
            told(&output).contains("do not remove it"),
            "{}",
            told(&output)
        );
    }
    std::fs::write(&path, good).unwrap();
    witness.start_again();
    assert_eq!(witness.add(&request(9, 12)).status, 200);
}

#[test]
fn two_witnesses_never_share_a_state() {
    let witness = Witness::start();
    let output = witness.fails();
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("in use"), "{}", told(&output));
}

#[test]
fn who_says_nothing_makes_way_for_who_does() {
    let witness = Witness::start();
    let mut silent: Vec<TcpStream> = (0..64).map(|_| witness.connect()).collect();
    assert_eq!(witness.add(&request(0, 3)).status, 200);
    for stream in &mut silent {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
    }
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let witness = Witness::start();
    let head = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\nold";
    assert_eq!(witness.exchange(head.as_bytes()).status, 408);
}

#[test]
fn an_interrupt_ends_it_as_asked() {
    let mut witness = Witness::start();
    assert_eq!(witness.add(&request(0, 3)).status, 200);
    assert_eq!(witness.interrupt(), Some(0));
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    let config = offline();
    let (file, _) = key(config.folder.path());
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7080"] {
        let output = ended(command(&config, &file, address));
        assert_eq!(code(&output), 3);
        assert!(told(&output).contains("TLS proxy"), "{}", told(&output));
    }
}

#[test]
fn a_key_is_its_owners_alone_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (file, vkey) = key(folder.path());
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    CosignatureVerifier::parse(&vkey).unwrap();
    assert!(NoteVerifier::parse(&vkey).is_err());
    let before = std::fs::read(&file).unwrap();
    let output = run(&["witness", "keygen", "--name", "w.example", &file]);
    assert_eq!(code(&output), 3, "{}", shown(&output));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = ended(command(&offline(), &file, "127.0.0.1:0"));
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("chmod"), "{}", told(&output));
}
