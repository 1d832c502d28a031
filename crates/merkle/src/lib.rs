//! The tree behind the audit log and the manifests, and everything that proves something about it.
//!
//! Owns: RFC 6962 hashing; the growing [`Tree`] and its tiles (C2SP tlog-tiles); entry bundles;
//! inclusion and consistency proofs, built and verified (RFC 9162 §2.1); signed notes, checkpoints,
//! tlog-proofs and receipts; evidence of what a log did wrong;
//! cosignatures, the policy that counts them and the request for one; the verifier that recomputes a whole log from its entries.
//! Must not know: files, network, clocks, what an entry means, which keys are trusted.
//!
//! Everything here may be handed bytes by an adversary, the hub included. So a tree size is a
//! [`TreeSize`], which cannot be above 2^48: a size is refused before any arithmetic is done on it,
//! and nothing is allocated in proportion to a number that was only claimed.

// A size or an index that wraps is a proof about another tree.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod add_checkpoint;
mod bundle;
mod checkpoint;
mod cosignature;
mod error;
mod exhibit;
mod frontier;
mod hash;
mod log;
mod note;
mod path;
mod policy;
mod proof;
mod reader;
mod receipt;
mod size;
mod span;
mod text;
mod tiles;
mod tlog_proof;
mod tree;
mod verify;

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod testing;

pub use add_checkpoint::{AddCheckpoint, MAX_REQUEST_BYTES};
pub use bundle::{BUNDLE_ENTRIES, MAX_ENTRY_BYTES, decode_bundle, encode_bundle};
pub use checkpoint::Checkpoint;
pub use cosignature::{CosignatureVerifier, Cosigner};
pub use error::MerkleError;
pub use exhibit::{
    Apart, Crime, Exhibit, Finding, Held, Jury, MAX_EXHIBIT_BYTES, PROMISE_MS, Weight,
};
pub use frontier::{Frontier, root_of};
pub use hash::{EMPTY_ROOT, leaf_hash, node_hash};
pub use log::{recompute, verify_log};
pub use note::{
    KeyName, MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteSignature, NoteSigner, NoteVerifier,
};
pub use path::{TILE_WIDTH, TileKind, TilePath};
pub use policy::{MAX_POLICY_BYTES, Policy, PolicyWitness};
pub use proof::{consistency_proof, inclusion_proof};
pub use reader::{FetchError, TileReader};
pub use receipt::Receipt;
pub use size::TreeSize;
pub use tiles::AuthenticatedTiles;
pub use tlog_proof::{MAX_EXTRA_BYTES, TlogProof};
pub use tree::{Tile, Tree};
pub use verify::{beginning_of, verify_consistency, verify_inclusion};
