//! `audit`: the log, believed only when it proves itself.

mod bundle;
mod checkpoint;
mod entry;
mod evidence;
mod grant;
mod inclusion;
mod list;
mod mirror;
mod receipt;
mod report;
mod scan;
mod verify;
mod who;

pub(crate) use list::hour;

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
    /// One's own entries by criteria. Searching is itself an entry; above 50 rows two persons agree.
    List(list::List),
    /// Give an auditor access to one's own entries, for a time and by two persons.
    Grant(grant::Grant),
    /// Take an auditor's access back.
    Revoke(grant::Revoke),
    /// The grants one gave or got.
    Grants,
    /// Make an evidence bundle of one's own entries: one file that proves itself.
    Bundle(bundle::Bundle),
    /// Make an access report on a person: every entry due to its reader, and that none is left out.
    Report(report::Report),
    /// Check an access report under one's own pinned roots and log keys, without any connection.
    VerifyReport(report::VerifyReport),
    /// Check an evidence bundle under one's own pinned roots and log keys, without any connection.
    VerifyBundle(bundle::VerifyBundle),
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
        Verb::List(args) => Box::pin(list::run(args, setup)).await,
        Verb::Grant(args) => Box::pin(grant::give(args, setup)).await,
        Verb::Revoke(args) => Box::pin(grant::revoke(args, setup)).await,
        Verb::Grants => Box::pin(grant::list(setup)).await,
        Verb::Bundle(args) => Box::pin(bundle::make(args, setup)).await,
        Verb::Report(args) => Box::pin(report::make(args, setup)).await,
        Verb::VerifyReport(args) => report::verify(&args, setup),
        Verb::VerifyBundle(args) => bundle::verify(&args, setup),
    }
}
