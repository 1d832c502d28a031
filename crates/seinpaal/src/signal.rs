//! `signal`: send and receive.

mod delivery;
mod event;
mod identities;
mod receive;
mod send;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Send the signal that a file describes (docs/partners/signal-file.md).
    Send(send::Send),
    /// Receive the deliveries of one of one's own desks, each verified before it is shown.
    Receive(receive::Receive),
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Send(args) => Box::pin(send::run(args, setup)).await,
        Verb::Receive(args) => Box::pin(receive::run(args, setup)).await,
    }
}
