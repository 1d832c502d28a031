//! `decision`: of one's own.

mod explain;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Why: a recorded decision of one's own, with the law it stands on.
    Explain(explain::Explain),
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Explain(args) => Box::pin(explain::run(args, setup)).await,
    }
}
