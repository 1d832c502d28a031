//! Our tiles and checkpoints through the reader and the note parser of others.

use super::hash;
use crate::testing::{MemoryLog, entry, log, name, signer};
use crate::{AuthenticatedTiles, Checkpoint, TilePath, leaf_hash};
use seinhuis_types::LeafIndex;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog::{Error, check_record, prove_record, prove_tree, tree_hash};

const ORIGIN: &str = "hub.example/log/2026h2";

/// Our tiles under the paths that this crate asks for, which have the height in them.
struct Served(MemoryLog);

impl TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let path = TilePath::parse(&path).map_err(|_| Error::InvalidTile)?;
            self.0.get(&path).cloned().ok_or(Error::InvalidTile)
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn the_reference_reads_our_tiles_and_makes_the_same_proofs() {
    for new in [1u64, 2, 255, 256, 257, 65_535, 65_536, 65_537] {
        let (files, tree) = log(new);
        let served = Served(files.clone());
        let theirs = TileHashReader::new(new, hash(&tree.root()), &served);
        assert_eq!(tree_hash(new, &theirs).unwrap(), hash(&tree.root()));
        let mut ours = AuthenticatedTiles::open(&files, tree.size(), &tree.root()).unwrap();
        for at in [0, 1, 254, 255, 256, 65_534, 65_535, 65_536] {
            if at >= new {
                continue;
            }
            let proof = ours.inclusion_proof(LeafIndex(at)).unwrap();
            let other = prove_record(new, at, &theirs).unwrap();
            assert_eq!(super::hashes(&proof), other, "{at} of {new}");
            let old = super::size(at + 1);
            let proof = ours.consistency_proof(old).unwrap();
            let other = prove_tree(new, at + 1, &theirs).unwrap();
            assert_eq!(super::hashes(&proof), other, "{old:?} to {new}");
        }
    }
}

/// The reader of this release takes up to two full tiles unproven (CVE-2026-56865 in Go's, of which
/// it is a port). Its proofs do not: whoever checks each proof under the root is not deceived.
#[test]
fn the_reference_makes_no_valid_proof_from_altered_tiles() {
    let (files, tree) = log(300);
    let (root, leaf) = (hash(&tree.root()), leaf_hash(&entry(3)));
    let prove = |files: MemoryLog| {
        let served = Served(files);
        let theirs = TileHashReader::new(300, root, &served);
        let proof = prove_record(300, 3, &theirs)?;
        check_record(&proof, 300, root, 3, hash(&leaf))
    };
    prove(files.clone()).unwrap();
    for path in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"] {
        let path = TilePath::parse(path).unwrap();
        for byte in [0, files[&path].len() - 1] {
            let mut altered = files.clone();
            altered.get_mut(&path).unwrap()[byte] ^= 1;
            assert!(prove(altered.clone()).is_err(), "{path} {byte}");
            let ours = AuthenticatedTiles::open(&altered, tree.size(), &tree.root());
            let ours = ours.and_then(|mut tiles| tiles.inclusion_proof(LeafIndex(3)));
            assert!(ours.is_err(), "{path} {byte}");
        }
    }
}

#[test]
fn others_open_our_checkpoint() {
    let (_, tree) = log(257);
    let key = signer(ORIGIN, 1);
    let note = Checkpoint::new(name(ORIGIN), tree.size(), tree.root())
        .and_then(|checkpoint| checkpoint.sign(&key))
        .unwrap()
        .to_string();
    let verifier = StandardVerifier::new(&key.verifier().to_string()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let opened = Note::from_bytes(note.as_bytes()).unwrap();
    let (signed, unknown) = opened.verify(&known).unwrap();
    assert_eq!((signed.len(), unknown.len()), (1, 0));
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(opened.text()).unwrap();
    assert_eq!(checkpoint.origin(), ORIGIN);
    assert_eq!(checkpoint.size(), 257);
    assert_eq!(*checkpoint.hash(), hash(&tree.root()));
    let altered = note.replacen("257", "258", 1);
    let altered = Note::from_bytes(altered.as_bytes()).unwrap();
    assert!(altered.verify(&known).is_err());
}
