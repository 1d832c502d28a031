//! The policy hash: what an agreement is signed on (docs/formats/ruleset.md).

use crate::law::Rule;
use ring::digest::{Context, SHA256};
use seinhuis_types::Digest;

const LABEL: &[u8] = b"seinhuis/v1/policy\0";

/// SHA-256 of `seinhuis/v1/policy\0` and, for each policy sorted bytewise by id, u32 length ‖ the
/// policy as Cedar renders it (@id, @law, @reason, effect, scope, condition; no comments, spacing of
/// Cedar's own). Texts, remedies and `@after` are left out: a better wording binds nobody anew.
pub(crate) fn policy_hash<'a>(rules: impl Iterator<Item = &'a Rule>) -> Digest {
    let mut rendered: Vec<(&str, &str)> = rules
        .map(|rule| (rule.id.as_str(), rule.rendered.as_str()))
        .collect();
    rendered.sort_unstable();
    let mut hash = Context::new(&SHA256);
    hash.update(LABEL);
    for (_, text) in rendered {
        // A policy beyond 4 GiB is not read in the first place; saturating keeps this total.
        hash.update(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.finish().as_ref());
    Digest(digest)
}
