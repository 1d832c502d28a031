//! `directory`: as the hub keeps it.

mod partners;
mod ruleset;
mod systems;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Who takes part, with which desks.
    Partners,
    /// One's own systems, and what each may do.
    Systems,
    /// The catalogue and policy set in force, by their hashes.
    Ruleset,
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Partners => Box::pin(partners::run(setup)).await,
        Verb::Systems => Box::pin(systems::run(setup)).await,
        Verb::Ruleset => Box::pin(ruleset::run(setup)).await,
    }
}

/// Names of desks.
fn desks(desks: &[seinhuis_types::Desk]) -> Vec<&str> {
    desks.iter().map(seinhuis_types::Desk::as_str).collect()
}
