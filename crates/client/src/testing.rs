//! What the tests share: a log with its keys, proofs as a hub makes them, and a world of partners.

mod world;

pub(crate) use world::{World, catalogue, context, signer, trust};

use crate::{LogConfig, LogKeys, SeenCheckpoint};
use prost::Message;
use seinhuis_domain::entry::{Leaf, LeafHead, Part, Parts, Slip};
use seinhuis_domain::signal::Route;
use seinhuis_merkle::{
    Checkpoint, KeyName, NoteSigner, Receipt, TileKind, TilePath, Tree, TreeSize,
    consistency_proof, encode_bundle, leaf_hash,
};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, LeafIndex, Millis, Oin};
use std::path::{Path, PathBuf};

pub(crate) const NOW: Millis = Millis(1_790_000_000_000);
pub(crate) const POLICE: &str = "00000099000000010000";
pub(crate) const CARE: &str = "00000099000000050000";
const ORIGIN: &str = "hub.example/log/2026h2";
const RULESET: Digest = Digest([5; 32]);

pub(crate) fn oin(text: &str) -> Oin {
    text.parse().unwrap()
}

fn log_signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]).unwrap()
}

fn receipt_signer() -> NoteSigner {
    let name = Receipt::key_name(&KeyName::parse(ORIGIN).unwrap()).unwrap();
    NoteSigner::from_seed(name, &[2; 32]).unwrap()
}

pub(crate) fn log_keys() -> LogKeys {
    LogKeys::new(&LogConfig {
        origin: ORIGIN.to_owned(),
        vkey: log_signer().verifier().to_string(),
        receipt_vkey: receipt_signer().verifier().to_string(),
    })
    .unwrap()
}

/// A log of leaves, as a hub publishes it.
pub(crate) struct Log(Vec<Vec<u8>>);

impl Log {
    pub(crate) fn with(entries: usize) -> Self {
        Self::of(0..entries)
    }

    pub(crate) fn of(entries: impl Iterator<Item = usize>) -> Self {
        Self(entries.map(|entry| entry.to_be_bytes().to_vec()).collect())
    }

    pub(crate) fn of_leaves(leaves: Vec<Vec<u8>>) -> Self {
        Self(leaves)
    }

    pub(crate) fn grow(&mut self, entries: usize) {
        let more = Self::of(self.0.len()..entries);
        self.0.extend(more.0);
    }

    fn hashes(&self) -> Vec<Digest> {
        self.0.iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        for leaf in self.hashes() {
            tree.append(leaf).unwrap();
        }
        tree
    }

    pub(crate) fn seen(&self) -> SeenCheckpoint {
        let tree = self.tree();
        let origin = KeyName::parse(ORIGIN).unwrap();
        let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
        let note = checkpoint.sign(&log_signer()).unwrap().to_string();
        SeenCheckpoint { checkpoint, note }
    }

    pub(crate) fn consistency(&self, from: u64) -> Vec<Digest> {
        consistency_proof(&self.hashes(), TreeSize::new(from).unwrap()).unwrap()
    }

    /// Writes checkpoint, tiles and bundles; gives the paths of tiles and bundles.
    pub(crate) fn write(&self, folder: &Path) -> Vec<PathBuf> {
        let mut tree = self.tree();
        let size = tree.size();
        let mut files: Vec<(TilePath, Vec<u8>)> = tree
            .take_tiles()
            .into_iter()
            .map(|tile| (tile.path, tile.bytes))
            .collect();
        for (index, entries) in (0u64..).zip(self.0.chunks(256)) {
            let path = TilePath::in_tree(TileKind::Entries, index, size).unwrap();
            files.push((path, encode_bundle(entries).unwrap()));
        }
        std::fs::write(folder.join("checkpoint"), self.seen().note).unwrap();
        let write = |(path, bytes): (TilePath, Vec<u8>)| {
            let path = folder.join(path.to_string());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            path
        };
        files.into_iter().map(write).collect()
    }
}

/// A proof as the hub gives it, of the parts that are given.
pub(crate) fn prove(slip: &Slip, parts: &Parts<'_>, decision: &[u8]) -> v1::Proof {
    let head = LeafHead::new(NOW.hour(), 1, RULESET).unwrap();
    let (leaf, openings) = head.seal(slip, parts, &mut rand::rng());
    let leaf: [u8; Leaf::LEN] = leaf.to_bytes();
    let receipt = Receipt {
        origin: KeyName::parse(ORIGIN).unwrap(),
        index: LeafIndex(7),
        leaf_hash: leaf_hash(&leaf),
        decision_digest: crate::proof::sha256(decision),
        commit_ms: NOW,
    };
    let open = Part::ALL.into_iter().filter_map(|part| {
        let bytes = parts.part(part).to_vec();
        let opening = openings.part(part).as_bytes().to_vec();
        (!bytes.is_empty()).then(|| v1::OpenPart {
            part: part.byte().into(),
            bytes,
            opening,
        })
    });
    v1::Proof {
        leaf: leaf.to_vec(),
        index: 7,
        receipt: receipt.sign(&receipt_signer()).unwrap().to_string(),
        parts: open.collect(),
        tlog_proof: String::new(),
    }
}

pub(crate) fn outcome(act: v1::Act, permitted: bool, decision: &[u8]) -> Vec<u8> {
    let digest = if decision.is_empty() {
        Vec::new()
    } else {
        crate::proof::sha256(decision).0.to_vec()
    };
    v1::OutcomePart {
        act: act.into(),
        permitted,
        decision_digest: digest,
    }
    .encode_to_vec()
}

pub(crate) fn decision(act: v1::Act, route: &Route, permitted: bool) -> v1::Decision {
    v1::Decision {
        act: act.into(),
        permitted,
        source_oin: route.source.to_string(),
        recipient_oin: route.recipient.to_string(),
        recipient_desk: route.desk.to_string(),
        signal_type: "INC_HOME".into(),
        agreement_hash: route.agreement.to_string(),
        clause_id: route.clause.to_string(),
        purpose: "P-REPORT".into(),
        ruleset_root: RULESET.0.to_vec(),
        ..v1::Decision::default()
    }
}
