//! Evidence against dishonest logs, the impossibility of any against an honest one, and what a
//! doctored file comes to.

use super::*;
use crate::testing::{leaves, name, signer, size};
use crate::{
    Checkpoint, CosignatureVerifier, Cosigner, MerkleError, NoteSigner, PolicyWitness, Receipt,
    beginning_of, consistency_proof, inclusion_proof, leaf_hash, root_of,
};
use proptest::prelude::*;
use seinhuis_types::LeafIndex;

const ORIGIN: &str = "hub.example/log/2026h2";
const COMMITTED: Millis = Millis(1_790_000_000_000);

/// The same, where `keys` is a variable.
fn fresh() -> Keys {
    keys()
}

struct Keys {
    log: NoteSigner,
    receipts: NoteSigner,
    witnesses: Vec<PolicyWitness>,
}

fn keys() -> Keys {
    let verifier = witness().verifier().to_string();
    Keys {
        log: signer(ORIGIN, 1),
        receipts: NoteSigner::from_seed(Receipt::key_name(&name(ORIGIN)).unwrap(), &[2; 32])
            .unwrap(),
        witnesses: vec![PolicyWitness {
            name: "w1".to_owned(),
            key: CosignatureVerifier::parse(&verifier).unwrap(),
            url: None,
        }],
    }
}

fn witness() -> Cosigner {
    Cosigner::from_seed(name("witness.example/w1"), &[3; 32]).unwrap()
}

impl Keys {
    fn jury(&self) -> Jury<'_> {
        Jury {
            log: self.log.verifier(),
            receipts: self.receipts.verifier(),
            witnesses: &self.witnesses,
        }
    }

    fn checkpoint(&self, tree: &[Digest]) -> Note {
        let origin = self.log.verifier().name().clone();
        let leaves = size(u64::try_from(tree.len()).unwrap());
        let checkpoint = Checkpoint::new(origin, leaves, root_of(tree)).unwrap();
        checkpoint.sign(&self.log).unwrap()
    }

    fn cosigned(&self, tree: &[Digest], seconds: u64) -> Note {
        let note = self.checkpoint(tree);
        let checkpoint = Checkpoint::parse_text(note.text()).unwrap();
        let line = witness().cosign(&checkpoint, seconds).unwrap();
        note.with(line).unwrap()
    }

    fn receipt(&self, index: u64, leaf: Digest) -> Note {
        let receipt = Receipt {
            origin: name(ORIGIN),
            index: LeafIndex(index),
            leaf_hash: leaf,
            decision_digest: Digest([0; 32]),
            commit_ms: COMMITTED,
        };
        receipt.sign(&self.receipts).unwrap()
    }

    fn weight(&self, exhibit: &Exhibit) -> Result<Weight, MerkleError> {
        let read = Exhibit::parse(exhibit.to_string().as_bytes()).unwrap();
        assert_eq!(read, *exhibit, "a file is read as it was written");
        self.jury().verify(exhibit).map(|finding| {
            assert_eq!(finding.crime(), exhibit.crime());
            finding.weight()
        })
    }
}

/// The first `count` leaves of the log, others from `from` on.
fn other(count: u64, from: u64) -> Vec<Digest> {
    let mut tree = leaves(count);
    for (index, leaf) in (0..).zip(&mut tree).skip(usize::try_from(from).unwrap()) {
        *leaf = leaf_hash(format!("other {index}").as_bytes());
    }
    tree
}

/// The fork between two trees, from the larger one's leaves.
fn fork(keys: &Keys, small: &[Digest], large: &[Digest]) -> Exhibit {
    let apart = (small.len() < large.len()).then(|| Apart {
        root: root_of(&large[..small.len()]),
        hashes: consistency_proof(large, size(u64::try_from(small.len()).unwrap())).unwrap(),
    });
    let (small, large) = (keys.checkpoint(small), keys.checkpoint(large));
    Exhibit::fork(keys.log.verifier(), &small, &large, apart)
}

fn omission(keys: &Keys, promised: Digest, index: u64, tree: &[Digest]) -> Exhibit {
    let hashes = inclusion_proof(tree, LeafIndex(index)).unwrap();
    let there = tree[usize::try_from(index).unwrap()];
    let receipt = keys.receipt(index, promised);
    Exhibit::omission(
        &keys.jury(),
        &receipt,
        &keys.checkpoint(tree),
        there,
        hashes,
    )
}

fn no_crime(result: &Result<Weight, MerkleError>) -> bool {
    matches!(result, Err(MerkleError::NoCrime(_)))
}

#[test]
fn two_trees_of_one_log_are_a_fork_whatever_their_sizes() {
    let keys = keys();
    for (small, large, from) in [(9, 9, 4), (9, 12, 8), (8, 9, 0), (1, 300, 0), (256, 300, 9)] {
        let exhibit = fork(&keys, &leaves(small), &other(large, from));
        assert_eq!(keys.weight(&exhibit).unwrap(), Weight::Proof, "{small}");
        let Exhibit::Fork {
            earlier,
            later,
            apart,
        } = &exhibit
        else {
            panic!("another crime")
        };
        let turned = Exhibit::fork(keys.log.verifier(), later, earlier, apart.clone());
        assert_eq!(keys.weight(&turned).unwrap(), Weight::Proof);
    }
}

#[test]
fn a_log_that_grew_is_no_fork() {
    let keys = keys();
    for (small, large) in [(9, 9), (9, 12), (8, 9), (1, 300), (0, 4)] {
        let exhibit = fork(&keys, &leaves(small), &leaves(large));
        assert!(no_crime(&keys.weight(&exhibit)) || small == 0, "{small}");
        assert!(keys.weight(&exhibit).is_err());
    }
    let (small, large) = (keys.checkpoint(&leaves(9)), keys.checkpoint(&other(12, 4)));
    let bare = Exhibit::fork(keys.log.verifier(), &small, &large, None);
    assert!(no_crime(&keys.weight(&bare)), "sizes alone show nothing");
}

#[test]
fn another_leaf_in_a_promised_place_is_an_omission() {
    let keys = keys();
    let promised = leaves(9)[5];
    let tree = other(300, 5);
    let exhibit = omission(&keys, promised, 5, &tree);
    assert_eq!(keys.weight(&exhibit).unwrap(), Weight::Proof);
    let kept = omission(&keys, promised, 5, &leaves(300));
    assert!(no_crime(&keys.weight(&kept)));
    let Exhibit::Omission { hashes, .. } = &exhibit else {
        panic!("another crime")
    };
    let elsewhere = Exhibit::omission(
        &keys.jury(),
        &keys.receipt(5, promised),
        &keys.checkpoint(&tree),
        tree[6],
        hashes.clone(),
    );
    assert!(keys.weight(&elsewhere).is_err());
}

#[test]
fn two_leaves_promised_one_place_are_an_omission_without_any_tree() {
    let keys = keys();
    let tree = leaves(9);
    let promise = |index, leaf: usize| keys.receipt(index, tree[leaf]);
    let two = |one: &Note, other: &Note| {
        let receipts = keys.receipts.verifier();
        keys.weight(&Exhibit::two_promises(receipts, one, other))
    };
    assert_eq!(two(&promise(5, 5), &promise(5, 6)).unwrap(), Weight::Proof);
    assert!(no_crime(&two(&promise(5, 5), &promise(5, 5))));
    assert!(no_crime(&two(&promise(5, 5), &promise(6, 6))));
    let checkpoint = keys.checkpoint(&tree);
    assert!(two(&promise(5, 5), &checkpoint).is_err());
}

#[test]
fn a_dropped_tail_needs_the_term_to_have_passed_by_somebodys_word() {
    let keys = keys();
    let receipt = keys.receipt(9, leaves(12)[9]);
    let tail = |seen: u64, checkpoint: Note| Exhibit::DroppedTail {
        seen: COMMITTED.plus(seen),
        receipt: receipt.clone(),
        checkpoint,
    };
    let bare = || keys.checkpoint(&leaves(9));
    let weight = |exhibit| keys.weight(&exhibit);
    assert!(no_crime(&weight(tail(60_000, bare()))));
    assert_eq!(weight(tail(60_001, bare())).unwrap(), Weight::Testimony);
    let term = COMMITTED.seconds() + 60;
    let cosigned = |seconds| keys.cosigned(&leaves(9), seconds);
    assert!(no_crime(&weight(tail(0, cosigned(term)))));
    assert_eq!(
        weight(tail(0, cosigned(term + 1))).unwrap(),
        Weight::Witnessed
    );
    assert!(no_crime(&weight(tail(
        99_000,
        keys.checkpoint(&leaves(10))
    ))));
}

#[test]
fn what_rests_on_a_partners_word_is_testimony_and_never_proof() {
    let keys = keys();
    let (small, large) = (keys.checkpoint(&leaves(3)), keys.checkpoint(&leaves(9)));
    let seen = COMMITTED;
    let rollback = |held: &Note, served: &Note| Exhibit::Rollback {
        seen,
        held: held.clone(),
        served: served.clone(),
    };
    let replayed = |held: Option<&Note>, served: &Note| Exhibit::ReplayedCheckpoint {
        seen,
        held: held.cloned(),
        served: served.clone(),
    };
    let unproven = |held: &Note, served: &Note| Exhibit::Unproven {
        seen,
        held: held.clone(),
        served: served.clone(),
    };
    let swapped = |served: &Note| Exhibit::SwappedKey {
        seen,
        served: served.clone(),
    };
    let stranger = Keys {
        log: signer(ORIGIN, 9),
        ..fresh()
    };
    let foreign = Keys {
        log: signer("other.example/log", 1),
        ..fresh()
    };
    let (stranger, foreign) = (
        stranger.checkpoint(&leaves(3)),
        foreign.checkpoint(&leaves(3)),
    );
    let receipt = keys.receipt(5, leaves(9)[5]);
    for exhibit in [
        rollback(&large, &small),
        replayed(Some(&large), &small),
        replayed(None, &foreign),
        unproven(&small, &large),
        unproven(&receipt, &large),
        swapped(&stranger),
    ] {
        assert_eq!(keys.weight(&exhibit).unwrap(), Weight::Testimony);
    }
    for exhibit in [
        rollback(&small, &large),
        replayed(Some(&small), &small),
        replayed(None, &small),
        unproven(&large, &small),
        unproven(&receipt, &small),
        swapped(&small),
        swapped(&foreign),
    ] {
        assert!(no_crime(&keys.weight(&exhibit)), "{exhibit}");
    }
    assert!(keys.weight(&rollback(&large, &stranger)).is_err());
}

#[test]
fn who_asks_to_extend_another_history_brings_the_evidence() {
    let keys = keys();
    let (mine, theirs) = (leaves(11), other(40, 3));
    let proof = consistency_proof(&theirs, size(11)).unwrap();
    let root = beginning_of(size(11), size(40), &root_of(&theirs), &proof).unwrap();
    let apart = Some(Apart {
        root,
        hashes: proof.clone(),
    });
    let (earlier, later) = (keys.checkpoint(&mine), keys.checkpoint(&theirs));
    let exhibit = Exhibit::fork(keys.log.verifier(), &earlier, &later, apart);
    assert_eq!(keys.weight(&exhibit).unwrap(), Weight::Proof);
    let root = root_of(&theirs);
    assert_eq!(beginning_of(size(11), size(80), &root, &proof), None);
    assert_eq!(
        beginning_of(size(11), size(40), &root_of(&mine), &proof),
        None
    );
    let proof = consistency_proof(&theirs, size(8)).unwrap();
    assert_eq!(beginning_of(size(8), size(40), &root, &proof), None);
    let honest = consistency_proof(&leaves(40), size(11)).unwrap();
    let same = beginning_of(size(11), size(40), &root_of(&leaves(40)), &honest);
    assert_eq!(same, Some(root_of(&leaves(11))));
}

#[test]
fn one_flipped_bit_of_a_proof_is_refused() {
    let keys = keys();
    let tree = other(12, 4);
    for exhibit in [
        fork(&keys, &leaves(9), &tree),
        fork(&keys, &leaves(12), &tree),
        omission(&keys, leaves(12)[5], 5, &tree),
        Exhibit::two_promises(
            keys.receipts.verifier(),
            &keys.receipt(5, leaves(12)[5]),
            &keys.receipt(5, tree[5]),
        ),
    ] {
        let good = exhibit.to_string().into_bytes();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let read = Exhibit::parse(&bad).and_then(|read| keys.jury().verify(&read));
                assert!(read.is_err(), "{}", String::from_utf8_lossy(&bad));
            }
        }
    }
}

#[test]
fn a_file_in_another_spelling_is_refused() {
    let keys = keys();
    let good = fork(&keys, &leaves(9), &other(12, 4)).to_string();
    assert!(Exhibit::parse(good.as_bytes()).is_ok());
    let hash = good
        .lines()
        .find(|line| line.starts_with("hash"))
        .unwrap()
        .to_owned();
    let root = good.lines().find(|line| line.starts_with("root")).unwrap();
    for bad in [
        String::new(),
        good.replace("evidence/v1", "evidence/v2"),
        good.replace("crime fork", "crime forks"),
        good.replace("crime fork", "crime fork\nseen 7"),
        good.replace("crime fork\n", ""),
        good.replace(root, &format!("{root}\n{root}")),
        good.replace(&format!("{root}\n"), ""),
        good.replacen(&hash, &format!("{hash}\n").repeat(60), 1),
        good.replacen("\n\nearlier", "\nearlier", 1),
        good.replacen("\n\nearlier", "\n\n\nearlier", 1),
        good.replacen("earlier", "later", 1),
        good.replacen("later", "later\nlater", 1),
        good.replacen('\t', " ", 1),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}x\n"),
        good.replace('\n', "\r\n"),
    ] {
        assert!(Exhibit::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    let long = format!("{good}{}", "\t\n".repeat(MAX_EXHIBIT_BYTES));
    assert!(Exhibit::parse(long.as_bytes()).is_err());
}

#[test]
fn evidence_bears_no_signature_that_nobody_checks() {
    let keys = keys();
    let (one, other) = (keys.cosigned(&leaves(9), 7), keys.cosigned(&other(9, 4), 7));
    let exhibit = Exhibit::fork(keys.log.verifier(), &one, &other, None);
    assert_eq!(keys.weight(&exhibit).unwrap(), Weight::Proof);
    let padded = Exhibit::Fork {
        earlier: one,
        later: other,
        apart: None,
    };
    assert!(no_crime(&keys.weight(&padded)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever has every note, receipt and leaf of an honest log, and makes of them what he likes,
    /// has no proof of anything.
    #[test]
    fn no_proof_is_made_of_what_an_honest_log_gave(
        total in 2u64..200,
        sizes in (any::<u64>(), any::<u64>()),
        index in any::<u64>(),
        wild in any::<[u8; 32]>(),
        place in any::<prop::sample::Index>(),
        with in 0u8..6,
    ) {
        let keys = keys();
        let tree = leaves(total);
        let (small, large) = (1 + sizes.0 % total, 1 + sizes.1 % total);
        let (small, large) = (small.min(large), small.max(large));
        let cut = |count: u64| &tree[..usize::try_from(count).unwrap()];
        let mut exhibits = Vec::new();

        let notes = [keys.checkpoint(cut(small)), keys.checkpoint(cut(large))];
        let mut hashes = consistency_proof(cut(large), size(small)).unwrap();
        let mut root = root_of(cut(small));
        match with {
            0 => root = Digest(wild),
            1 => root = root_of(cut(1 + index % total)),
            2 => if !hashes.is_empty() { let at = place.index(hashes.len()); hashes[at] = Digest(wild) },
            3 => { hashes.pop(); }
            4 => hashes.push(Digest(wild)),
            _ => if !hashes.is_empty() { let at = place.index(hashes.len()); hashes.swap(0, at) },
        }
        exhibits.push(Exhibit::fork(keys.log.verifier(), &notes[0], &notes[1], None));
        exhibits.push(Exhibit::fork(keys.log.verifier(), &notes[1], &notes[1], None));
        exhibits.push(Exhibit::fork(
            keys.log.verifier(), &notes[0], &notes[1], Some(Apart { root, hashes }),
        ));

        let at = index % large;
        let promised = tree[usize::try_from(at).unwrap()];
        let mut path = inclusion_proof(cut(large), LeafIndex(at)).unwrap();
        let mut there = tree[place.index(tree.len())];
        match with {
            0 => there = Digest(wild),
            1 => if !path.is_empty() { there = path[0] },
            2 => if !path.is_empty() { let at = place.index(path.len()); path[at] = Digest(wild) },
            3 => { path.pop(); }
            _ => path = inclusion_proof(cut(large), LeafIndex(sizes.0 % large)).unwrap(),
        }
        let receipt = keys.receipt(at, promised);
        exhibits.push(Exhibit::omission(&keys.jury(), &receipt, &notes[1], there, path));

        // An honest log has published by the time its promise ends, and a witness that is asked sees
        // that.
        let later = COMMITTED.seconds() + 61 + sizes.0 % 1_000;
        exhibits.push(Exhibit::DroppedTail {
            seen: Millis(later * 1_000),
            receipt: keys.receipt(at, promised),
            checkpoint: keys.cosigned(cut(large), later),
        });
        for exhibit in exhibits {
            let weight = keys.weight(&exhibit);
            prop_assert!(weight.is_err(), "{exhibit}");
        }
    }
}
