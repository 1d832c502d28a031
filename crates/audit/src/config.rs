//! What a log is opened with. Must not know where keys are kept.

use seinhuis_merkle::{NoteSigner, Policy};
use std::path::PathBuf;
use std::sync::Arc;

/// The longest interval between two attempts to publish, in milliseconds: a receipt promises a
/// checkpoint within one second.
pub(crate) const MAX_INTERVAL_MS: u64 = 1_000;

/// What a log is opened with. All of it is pinned by the operator; none of it comes from the data.
#[derive(Debug)]
pub struct Config {
    /// The log's folder, made if it is not there. On a local file system: it is locked with
    /// `flock` and published files are renamed into place without replacing any.
    pub folder: PathBuf,
    /// The name of the log with its shard, such as `seinhuis.example/log/2026h2`.
    pub origin: String,
    /// The log's Ed25519 key. Its name is the origin.
    pub signer: NoteSigner,
    /// How often to publish when nobody calls [`crate::Log::wake`], 1 to 1,000 milliseconds.
    pub publish_interval_ms: u64,
    /// The witnesses and their quorum; `None` for a log without. With a quorum nothing is signed
    /// before a [`crate::Gatherer`] has heard from it what it last saw.
    pub policy: Option<Arc<Policy>>,
}
