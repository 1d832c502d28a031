//! Of an honest log there is no proof, whatever is made of what it gave.

use super::*;
use proptest::prelude::*;

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
