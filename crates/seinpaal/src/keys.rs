//! `keys`: of desks.

mod create;
mod list;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make new keys for one of one's own desks, and publish them.
    Create(create::Create),
    /// The newest keys of a desk, verified under one's own pinned roots.
    List(list::List),
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Create(args) => Box::pin(create::run(args, setup)).await,
        Verb::List(args) => Box::pin(list::run(args, setup)).await,
    }
}
