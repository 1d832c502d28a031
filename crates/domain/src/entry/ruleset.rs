//! The ruleset root: one digest for the catalogue and the policy set a decision stood on.

use ring::digest::{Context, SHA256};
use seinhuis_types::Digest;

const LABEL: &[u8] = b"seinhuis/v1/ruleset\0";

/// SHA-256 of `seinhuis/v1/ruleset\0`, the catalogue's hash and the policy set's hash.
pub fn ruleset_root(catalogue: &Digest, policy: &Digest) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(LABEL);
    hash.update(&catalogue.0);
    hash.update(&policy.0);
    let mut root = [0; 32];
    root.copy_from_slice(hash.finish().as_ref());
    Digest(root)
}
