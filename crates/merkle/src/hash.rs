//! RFC 6962 §2.1 hashing over SHA-256. Must not know the shape of a tree.
//!
//! Verifying a log is hashing short messages: leaves and nodes are laid out with their padding, and given to
//! the compression function as they are. What a hasher does around it (a buffer, a count, a last block) is a
//! third of its time at two blocks a node.

use seinhuis_types::Digest;
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

/// The root of the tree without leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Digest = Digest([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;

/// Where SHA-256 begins (FIPS 180-4 §5.3.3).
const BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Blocks of the longest message that is laid out whole: a leaf of the log, of 375 bytes, fills them with its
/// padding.
const BLOCKS: usize = 6;
/// The padding's marker and length (FIPS 180-4 §5.1.1), in bytes.
const PADDING: usize = 9;

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let length = entry.len().saturating_add(1);
    let count = length.saturating_add(PADDING).div_ceil(64);
    let mut blocks = [[0; 64]; BLOCKS];
    let Some(blocks) = blocks.get_mut(..count) else {
        return sha256(&[&[LEAF], entry]);
    };
    let bytes = blocks.as_flattened_mut();
    if let Some(first) = bytes.first_mut() {
        *first = LEAF;
    }
    if let Some(place) = bytes.get_mut(1..length) {
        place.copy_from_slice(entry);
    }
    if let Some(marker) = bytes.get_mut(length) {
        *marker = 0x80;
    }
    if let Some(end) = bytes.last_chunk_mut::<8>() {
        *end = bits(length);
    }
    compressed(blocks)
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let [.., last] = right.0;
    let mut blocks = [[0; 64]; 2];
    let [first, second] = &mut blocks;
    first[0] = NODE;
    first[1..33].copy_from_slice(&left.0);
    first[33..].copy_from_slice(&right.0[..31]);
    second[0] = last;
    second[1] = 0x80;
    second[56..].copy_from_slice(&bits(65));
    compressed(&blocks)
}

/// A length in bytes as the padding has it: in bits.
fn bits(length: usize) -> [u8; 8] {
    // No message here is longer than its blocks, or a node.
    u64::try_from(length)
        .unwrap_or(u64::MAX)
        .saturating_mul(8)
        .to_be_bytes()
}

/// The hash of whole blocks, padding included.
fn compressed(blocks: &[[u8; 64]]) -> Digest {
    let mut state = BEGIN;
    compress256(&mut state, blocks);
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    Digest(digest)
}

/// Plain SHA-256.
pub(crate) fn sha256(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(sha256(&[]), EMPTY_ROOT);
    }

    #[test]
    fn messages_of_every_length_hash_as_sha_256_says() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2_000).collect();
        for length in 0..bytes.len() {
            let entry = &bytes[..length];
            assert_eq!(leaf_hash(entry), sha256(&[&[LEAF], entry]), "{length}");
        }
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let whole = sha256(&[&[NODE], &left.0, &right.0]);
        assert_eq!(node_hash(&left, &right), whole);
    }

    #[test]
    fn leaves_and_nodes_never_share_a_hash() {
        let (left, right) = (leaf_hash(b"l"), leaf_hash(b"r"));
        let bytes = [left.0, right.0].concat();
        assert_ne!(node_hash(&left, &right), leaf_hash(&bytes));
        assert_eq!(node_hash(&left, &right), sha256(&[&[1], &bytes]));
        assert_eq!(leaf_hash(&bytes), sha256(&[&[0], &bytes]));
    }
}
