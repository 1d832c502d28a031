//! A log in a folder, as a mirror has it, with entries about people and receipts of them.

use super::config::{Config, ORIGIN, TAG_KEY, log_signer, receipt_signer};
use seinhuis_client::{TagKeyFile, TagKeys};
use seinhuis_domain::entry::{Leaf, LeafHead, Openings, Part, Parts, Slip, SubjectValue, TagKey};
use seinhuis_merkle::{
    Checkpoint, KeyName, Receipt, TileKind, TilePath, Tree, encode_bundle, leaf_hash,
};
use seinhuis_proto::v1;
use seinhuis_testkit::rng;
use seinhuis_types::{Digest, Hour, LeafIndex, Millis};
use std::path::{Path, PathBuf};

/// SHA-256 of nothing: the decision digest of an act without a decision.
const NOTHING: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The copy.
pub(crate) struct Copy {
    pub(crate) folder: PathBuf,
    /// Every file but the checkpoint.
    pub(crate) tiles: Vec<PathBuf>,
}

fn outcome() -> Vec<u8> {
    use prost::Message;
    let act = v1::Act::Acknowledge.into();
    v1::OutcomePart {
        act,
        permitted: true,
        decision_digest: Vec::new(),
    }
    .encode_to_vec()
}

/// A leaf that says nothing, another for each seed.
pub(crate) fn leaf(seed: u64, about: &[SubjectValue]) -> (Leaf, Openings) {
    let rng = &mut rng::seeded(seed);
    let key = TagKey::from_slice(&TAG_KEY).unwrap();
    let slip = Slip::make(&key, about, rng).unwrap();
    let openings = Openings::random(rng);
    let outcome = outcome();
    let parts = Parts {
        outcome: &outcome,
        ..Parts::default()
    };
    let head = LeafHead::new(Hour(490_000), 1, Digest([0; 32])).unwrap();
    (head.seal_with(&slip, &parts, &openings), openings)
}

/// Three hundred entries, of which number 7 and 290 are about `person`; a receipt of 290 is among
/// those the partner keeps.
pub(crate) fn log(config: &Config, person: &SubjectValue) -> Copy {
    long_log(config, person, 300)
}

/// The same, of so many entries, at least 300; those after the 300th say all the same.
pub(crate) fn long_log(config: &Config, person: &SubjectValue, size: u64) -> Copy {
    let mut tree = Tree::new();
    let mut bytes = Vec::new();
    let same = leaf(300, &[]).0.to_bytes();
    for index in 0..size {
        if index >= 300 {
            tree.append(leaf_hash(&same)).unwrap();
            bytes.push(same.to_vec());
            continue;
        }
        let about = if [7, 290].contains(&index) {
            std::slice::from_ref(person)
        } else {
            &[]
        };
        let (leaf, openings) = leaf(index, about);
        tree.append(leaf_hash(&leaf.to_bytes())).unwrap();
        if index == 290 {
            receipt(config, index, &leaf, &openings);
        }
        bytes.push(leaf.to_bytes().to_vec());
    }
    let folder = config.folder.path().join("mirror");
    let origin = KeyName::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    write(
        &folder.join("checkpoint"),
        checkpoint
            .sign(&log_signer())
            .unwrap()
            .to_string()
            .as_bytes(),
    );
    let size = tree.size();
    let mut tiles = Vec::new();
    for tile in tree.take_tiles() {
        tiles.push((tile.path, tile.bytes));
    }
    for (index, entries) in (0u64..).zip(bytes.chunks(256)) {
        let path = TilePath::in_tree(TileKind::Entries, index, size).unwrap();
        tiles.push((path, encode_bundle(entries).unwrap()));
    }
    let tiles = tiles
        .into_iter()
        .map(|(path, bytes)| {
            let path = folder.join(path.to_string());
            write(&path, &bytes);
            path
        })
        .collect();
    Copy { folder, tiles }
}

/// Keeps a receipt, in the form the program documents.
pub(crate) fn receipt(config: &Config, index: u64, leaf: &Leaf, openings: &Openings) {
    use base64::Engine;
    use prost::Message;
    let note = Receipt {
        origin: KeyName::parse(ORIGIN).unwrap(),
        index: LeafIndex(index),
        leaf_hash: leaf_hash(&leaf.to_bytes()),
        decision_digest: Digest(NOTHING),
        commit_ms: Millis(1_790_000_000_000),
    };
    let proof = v1::Proof {
        leaf: leaf.to_bytes().to_vec(),
        index,
        receipt: note.sign(&receipt_signer()).unwrap().to_string(),
        parts: vec![v1::OpenPart {
            part: v1::Part::Outcome.into(),
            bytes: outcome(),
            opening: openings.part(Part::Outcome).as_bytes().to_vec(),
        }],
        tlog_proof: String::new(),
    };
    let proof = base64::engine::general_purpose::STANDARD.encode(proof.encode_to_vec());
    let text = format!(
        "{{\"format\":\"seinpaal/receipt/v1\",\"index\":{index},\"proof\":\"{proof}\",\"decision\":\"\"}}\n"
    );
    write(&receipt_path(config, index), text.as_bytes());
}

/// A receipt of an entry that the log does not have at that place.
pub(crate) fn false_receipt(config: &Config, index: u64) {
    let (leaf, openings) = leaf(9_999, &[]);
    receipt(config, index, &leaf, &openings);
}

pub(crate) fn receipt_path(config: &Config, index: u64) -> PathBuf {
    config
        .folder
        .path()
        .join("state/receipts")
        .join(format!("{index:015}.json"))
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn the_tag_key_of_the_copy_is_the_configured_one() {
    let config = super::config::offline();
    let file = TagKeyFile {
        epoch: 1,
        file: config.folder.path().join("tag.key"),
    };
    assert!(TagKeys::load(&[file]).is_ok());
}
