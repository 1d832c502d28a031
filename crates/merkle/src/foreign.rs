//! Our proofs, tiles and notes beside other people's code: `tlog_tiles` and `signed_note` (a port of
//! Go's reference implementation) and `ct-merkle`. Must not know how ours come about.
//!
//! They show that others accept what we make. That we refuse what they let through is
//! [`strict`]'s.

mod proofs;
mod strict;
mod tiles;

use crate::TreeSize;
use crate::testing::size;
use seinhuis_types::Digest;
use tlog_tiles::tlog::Hash;

fn hash(digest: &Digest) -> Hash {
    Hash(digest.0)
}

fn hashes(proof: &[Digest]) -> Vec<Hash> {
    proof.iter().map(hash).collect()
}

fn count(leaves: usize) -> TreeSize {
    size(leaves as u64)
}
