//! `audit`: the log, believed only when it proves itself.

mod checkpoint;
mod entry;
mod evidence;
mod inclusion;
mod mirror;
mod receipt;
mod scan;
mod verify;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// The hub's checkpoint now, held against the last one seen here.
    Checkpoint,
    /// That the log only grew and has every entry one has a receipt of; or a copy of it, offline.
    Verify(verify::Verify),
    /// Keep a whole copy of the log in a folder, every leaf hashed again.
    Mirror(mirror::Mirror),
    /// Whether an evidence file shows that the log did wrong, and what that means; offline.
    Evidence(evidence::Evidence),
    /// Check a receipt file under the pinned keys, without any connection.
    Receipt(receipt::Receipt),
    /// The proof that an entry one has a receipt of is in the log (c2sp.org/tlog-proof).
    Inclusion(inclusion::Inclusion),
    /// Find every entry of one's own about a person, by one's own tag keys.
    Scan(scan::Scan),
    /// One entry, with the parts one may read. Reading parts is itself an entry.
    Entry(entry::Entry),
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Checkpoint => Box::pin(checkpoint::run(setup)).await,
        Verb::Verify(args) => Box::pin(verify::run(args, setup)).await,
        Verb::Mirror(args) => Box::pin(mirror::run(args, setup)).await,
        Verb::Evidence(args) => evidence::run(&args, setup),
        Verb::Receipt(args) => receipt::run(&args, setup),
        Verb::Inclusion(args) => Box::pin(inclusion::run(args, setup)).await,
        Verb::Scan(args) => Box::pin(scan::run(args, setup)).await,
        Verb::Entry(args) => Box::pin(entry::run(args, setup)).await,
    }
}
