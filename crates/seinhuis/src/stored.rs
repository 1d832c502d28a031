//! Opening what is stored, for every command that does, and saying what is the matter when it fails.
//!
//! Owns: which fault of stored data has which exit code and fix. Must not know: what is stored.

use crate::config::DataConfig;
use crate::exit::{Exit, Failure};
use seinhuis_store::{EngineError, Fatal, StoreError};
use seinhuis_store_sled::{SledEngine, SledOptions};
use std::path::Path;
use tokio::sync::oneshot;

/// What helps when the data of a service are damaged.
const DAMAGED: &str = "keep the folder as it is, copy it, and follow docs/operations/recovery.md";

/// The engine in `folder`, as configured.
pub(crate) fn engine(folder: &Path, config: &DataConfig) -> Result<SledEngine, Failure> {
    let mib = |count: u64| count.saturating_mul(1024 * 1024);
    let options = SledOptions {
        cache_bytes: mib(config.cache_mib),
        reserve_bytes: mib(config.reserve_mib),
    };
    SledEngine::open(folder, options).map_err(|error| {
        let (exit, fix) = match error {
            EngineError::InUse => (Exit::Unavailable, "stop the service that uses them first"),
            EngineError::Corrupt(_) => (Exit::Data, DAMAGED),
            _ => (
                Exit::Data,
                "may this user read and write the folder, and is the disk sound?",
            ),
        };
        Failure::new(exit, format!("{}: {error}; {fix}", folder.display()))
    })
}

/// Why the rows of an engine could not be opened.
pub(crate) fn failed(folder: &Path, error: &StoreError) -> Failure {
    let (exit, fix) = match error {
        StoreError::SchemaTooNew { .. } => {
            (Exit::Config, "use the version that wrote them, or newer")
        }
        _ => (Exit::Data, DAMAGED),
    };
    Failure::new(exit, format!("{}: {error}; {fix}", folder.display()))
}

/// Tells through `fatal` that a write had an unknown outcome.
pub(crate) fn tells(fatal: oneshot::Sender<String>) -> Fatal {
    Box::new(move |reason| {
        // Fails only when the process is ending already.
        let _ = fatal.send(format!(
            "a write had an unknown outcome ({reason}); start again"
        ));
    })
}
