//! The log's witnesses: asked what they last saw before anything is signed, and for a cosignature
//! of each new checkpoint after.
//!
//! Owns: what is asked and when, what is believed of an answer, the file `checkpoint.witnessed`, the
//! evidence of a rollback. Must not know: HTTP and TLS, which are a [`WitnessTransport`]'s; what a
//! leaf says.
//!
//! A witness is not trusted further than its key: an answer counts by signatures, a statement of
//! fact about this log by the log's own signature under it. Nothing here is waited for by a commit
//! or a signature, but the one question before the first.

mod ask;
mod backoff;
mod evidence;
mod gatherer;
mod keeper;
mod round;
mod shared;
mod standing;
mod transport;
mod trouble;

pub use gatherer::Gatherer;
#[cfg(test)]
pub(crate) use keeper::Keeper;
pub(crate) use keeper::{NAME, read};
pub use transport::{Reply, Unreachable, WitnessTransport};

use seinhuis_merkle::{CosignatureVerifier, Policy};
use std::path::PathBuf;
use std::sync::Arc;

/// What a [`Gatherer`] works with.
pub struct Witnessing {
    /// How witnesses are reached.
    pub transport: Arc<dyn WitnessTransport>,
    /// The folder for evidence of a rollback or fork, made when there is any. Outside the log's.
    pub evidence: PathBuf,
    /// Told how each question to a witness ended, by a label of a closed set: `cosigned`, or a
    /// cause.
    pub counted: Counted,
}

/// Counts by label.
pub type Counted = Arc<dyn Fn(&'static str) + Send + Sync>;

impl std::fmt::Debug for Witnessing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witnessing")
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}

/// A witness that can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    /// Its name in the policy.
    pub(crate) name: String,
    pub(crate) key: CosignatureVerifier,
    /// The prefix of its addresses, without a slash at its end.
    pub(crate) url: String,
}

/// The witnesses of a policy that have an address, in its order.
fn with_address(policy: &Policy) -> Vec<Witness> {
    let all = policy.witnesses().iter();
    all.filter_map(|witness| {
        let url = witness.url.as_ref()?.trim_end_matches('/').to_owned();
        Some(Witness {
            name: witness.name.clone(),
            key: witness.key.clone(),
            url,
        })
    })
    .collect()
}
