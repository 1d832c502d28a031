//! The log's texts: notes and what travels as notes, checkpoints, paths, bundles.

use seinhuis_merkle::{
    AddCheckpoint, AuthenticatedTiles, Checkpoint, CosignatureVerifier, Exhibit, FetchError, Note,
    NoteVerifier, Policy, Receipt, TileKind, TilePath, TileReader, TlogProof, TreeSize,
    decode_bundle, encode_bundle, verify_consistency, verify_inclusion,
};
use seinhuis_types::{Digest, LeafIndex};
use std::str;

/// Signed notes and all that is built of them: keys, cosignatures, policies, requests, proofs.
pub(super) fn note(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(
            note.to_string().as_bytes(),
            bytes,
            "a note has one written form"
        );
        assert!(note.text().ends_with('\n'));
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
    }
    if let Ok(exhibit) = Exhibit::parse(bytes) {
        assert_eq!(exhibit.to_string().as_bytes(), bytes);
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(policy) = Policy::parse(text)
        && let Ok(note) = Note::parse(bytes)
    {
        // A policy is no note: whatever is both would be judged by itself.
        assert!(policy.check(&note).is_err());
    }
    if let Ok(key) = NoteVerifier::parse(text) {
        assert_eq!(key.to_string(), text, "a verifier key has one written form");
    }
    if let Ok(key) = CosignatureVerifier::parse(text) {
        assert_eq!(key.to_string(), text, "a verifier key has one written form");
    }
}

/// Texts of checkpoints and receipts, and proofs over sizes and indexes of any value.
pub(super) fn checkpoint(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        if let Ok(checkpoint) = Checkpoint::parse_text(text) {
            assert_eq!(
                checkpoint.to_text(),
                text,
                "a checkpoint has one written form"
            );
            assert!(checkpoint.size().get() <= 1 << 48);
        }
        if let Ok(receipt) = Receipt::parse_text(text) {
            assert_eq!(receipt.to_text(), text, "a receipt has one written form");
        }
    }
    proofs(bytes);
}

/// Two numbers and hashes: no proof that was drawn at random holds, whatever the numbers.
fn proofs(bytes: &[u8]) {
    let (Some((first, rest)), leaf, root) = (
        bytes.split_first_chunk::<8>(),
        Digest([7; 32]),
        Digest([9; 32]),
    ) else {
        return;
    };
    let Some((second, rest)) = rest.split_first_chunk::<8>() else {
        return;
    };
    let (hashes, _) = rest.as_chunks::<32>();
    let hashes: Vec<Digest> = hashes.iter().copied().map(Digest).collect();
    let (first, size) = (u64::from_be_bytes(*first), u64::from_be_bytes(*second));
    let Ok(size) = TreeSize::new(size) else {
        assert!(size > 1 << 48, "only sizes above 2^48 are refused");
        return;
    };
    assert!(verify_inclusion(&leaf, LeafIndex(first), size, &hashes, &root).is_err());
    if let Ok(old) = TreeSize::new(first) {
        assert!(verify_consistency(old, &leaf, size, &root, &hashes).is_err());
    }
    assert!(AuthenticatedTiles::open(Nothing, size, &root).is_err());
}

/// A log that has nothing.
struct Nothing;

impl TileReader for Nothing {
    fn fetch(&self, _path: TilePath) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NotFound)
    }
}

/// Paths of tiles as they come over the wire, and bundles of entries.
pub(super) fn tile_path(bytes: &[u8]) {
    if let Ok(entries) = decode_bundle(bytes) {
        assert!(
            encode_bundle(&entries).is_ok_and(|again| again == bytes),
            "a bundle has one written form"
        );
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Ok(path) = TilePath::parse(text) else {
        return;
    };
    assert_eq!(path.to_string(), text, "a path has one written form");
    assert!(!text.contains("..") && !text.starts_with('/'));
    assert!(path.width() > 0);
    if let TileKind::Hashes(level) = path.kind() {
        assert!(level < 64);
    }
    assert!(path.to_full().is_full());
}
