//! For this crate's tests: the definitions of RFC 6962 written out, a log in memory, keys, vectors.

use crate::{
    KeyName, NoteSigner, TileKind, TilePath, Tree, TreeSize, encode_bundle, leaf_hash, node_hash,
};
use seinhuis_types::Digest;
use std::collections::BTreeMap;

pub(crate) type MemoryLog = BTreeMap<TilePath, Vec<u8>>;

/// The root of `hub.example`'s log of 70,000 entries, computed by a recursive Python script from the
/// definition.
pub(crate) const ROOT_70_000: &str =
    "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a";

pub(crate) fn digest(hex: &str) -> Digest {
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    let bytes: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| value(pair[0]) * 16 + value(pair[1]))
        .collect();
    Digest::from_slice(&bytes).unwrap()
}

/// Leaf hashes of the well-known test inputs, and the roots by size.
pub(crate) fn known_answers() -> (Vec<Digest>, Vec<(usize, Digest)>) {
    let entries: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        (
            1,
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        ),
        (
            2,
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        ),
        (
            3,
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ),
        (
            7,
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        ),
        (
            8,
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];
    let leaves = entries.map(leaf_hash).to_vec();
    (
        leaves,
        roots.map(|(size, root)| (size, digest(root))).to_vec(),
    )
}

pub(crate) fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

pub(crate) fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|index| leaf_hash(&entry(index))).collect()
}

fn split(leaves: &[Digest]) -> (&[Digest], &[Digest]) {
    let mut k = 1;
    while k * 2 < leaves.len() {
        k *= 2;
    }
    leaves.split_at(k)
}

/// MTH of RFC 6962 §2.1.
pub(crate) fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => crate::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaves);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// PATH of RFC 6962 §2.1.1.
pub(crate) fn naive_path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = split(leaves);
    let (mut path, other) = match index.checked_sub(left.len()) {
        None => (naive_path(index, left), right),
        Some(index) => (naive_path(index, right), left),
    };
    path.push(naive_root(other));
    path
}

/// SUBPROOF of RFC 6962 §2.1.2; the proof is `naive_subproof(old, leaves, true)`.
pub(crate) fn naive_subproof(old: usize, leaves: &[Digest], whole: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![naive_root(leaves)]
        };
    }
    let (left, right) = split(leaves);
    let (mut proof, other) = match old.checked_sub(left.len()) {
        None | Some(0) => (naive_subproof(old, left, whole), right),
        Some(old) => (naive_subproof(old, right, false), left),
    };
    proof.push(naive_root(other));
    proof
}

/// A stored log of `size` entries, with the tiles that it has at that size only, and its tree.
pub(crate) fn log(size: u64) -> (MemoryLog, Tree) {
    let mut tree = Tree::new();
    for leaf in leaves(size) {
        tree.append(leaf).unwrap();
    }
    let mut files: MemoryLog = tree
        .take_tiles()
        .into_iter()
        .map(|tile| (tile.path, tile.bytes))
        .collect();
    for index in 0.. {
        let Some(path) = TilePath::in_tree(TileKind::Entries, index, tree.size()) else {
            break;
        };
        let start = index * 256;
        let entries: Vec<_> = (start..start + u64::from(path.width()))
            .map(entry)
            .collect();
        files.insert(path, encode_bundle(&entries).unwrap());
    }
    (files, tree)
}

pub(crate) fn size(leaves: u64) -> TreeSize {
    TreeSize::new(leaves).unwrap()
}

pub(crate) fn name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

pub(crate) fn signer(text: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(name(text), &[seed; 32]).unwrap()
}

/// A file of `tests/vectors`.
pub(crate) fn vector(file: &str) -> serde_json::Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
