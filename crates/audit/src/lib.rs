//! Publishes the audit log, and proves what it published.
//!
//! An entry is *sequenced* when its commit is durable in the store, *published* when it is in the
//! log's files, read again from them and under a signed checkpoint, and *integrated* when the store
//! has dropped it because of that.
//!
//! Owns: the log's folder (C2SP tlog-tiles, the newest checkpoint, every checkpoint ever signed),
//! the [`Publisher`] that is alone in writing and signing it, the [`Gatherer`] that has witnesses
//! cosign it, the [`Log`] that the hub reads, and [`fsck`]. Must not know: what a leaf says, the wire, who may read what.
//!
//! What must hold, beyond rule 2 of docs/rules.md:
//! - nothing is signed that was not made durable, read again and hashed again;
//! - no path of a tile ever gets other bytes;
//! - a size is signed once, sizes only grow, and every signed checkpoint is stored before anybody
//!   sees it;
//! - a write whose outcome is not known ends the process, and start-up reconciles;
//! - what start-up cannot explain by a crash, it refuses to build on;
//! - what witnesses saw and is not here, or otherwise, ends signing.
//!
//! # The folder
//! | path | what |
//! |---|---|
//! | `checkpoint` | the newest signed checkpoint; made again from the next row at start-up |
//! | `checkpoints/NNNNNN` | every signed checkpoint in order, as notes one after another, 4,096 to a file |
//! | `tile/<level>/<n>`, `tile/entries/<n>` | tiles and entry bundles, with partial ones under `<n>.p/` |
//! | `checkpoint.witnessed` | the newest checkpoint that the quorum cosigned, with the cosignatures |
//! | `new`, `new.witnessed` | a file that is being written; worthless after a crash |

mod config;
mod disk;
mod error;
mod folder;
mod fsck;
mod gate;
mod journal;
mod lag;
mod log;
mod publisher;
mod reconcile;
mod seam;
mod witness;
mod worker;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use error::AuditError;
pub use fsck::{Finding, Report, WitnessedBy, fsck, fsck_witnessed};
pub use log::Log;
pub use publisher::Publisher;
pub use witness::{Counted, Gatherer, Reply, Unreachable, WitnessTransport, Witnessing};
