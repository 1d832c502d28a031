//! `signal`: send, receive, and tell those who received that it was wrong.

mod delivery;
mod event;
mod identities;
mod receive;
mod rectify;
mod send;
mod sent;
mod to_inform;

pub(crate) use rectify::signal_id;
pub(crate) use send::{document as outcome, words as outcome_words};

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;
use seinhuis_domain::signal::{BreakGlass, RectificationKind};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Send the signal that a file describes (docs/partners/signal-file.md).
    Send(send::Send),
    /// Receive the deliveries of one of one's own desks, each verified before it is shown.
    Receive(receive::Receive),
    /// Tell all who received a signal what is right: a file says the signal anew.
    Correct(rectify::Correct),
    /// Take a signal back: all who received it are told, and what had not left never leaves.
    Withdraw(rectify::Withdraw),
    /// Tell all who received a signal that it was about another person: a file says it anew.
    FixIdentity(rectify::Correct),
    /// Tell all who received a signal that its source or an address must stay hidden from now on.
    Shield(rectify::Shield),
    /// Tell all who received a signal that its subject had processing restricted, or objected: it is kept and not
    /// used until then, and what had not left never leaves.
    Restrict(rectify::Restrict),
    /// Where a signal went, what was told of it since, and who has not acknowledged that.
    Corrections(sent::Corrections),
}

/// Sends what a file describes as a break-glass.
pub(crate) async fn send_break_glass(
    args: &crate::break_glass::Send,
    glass: BreakGlass,
    setup: &Setup,
) -> Result<(), Failure> {
    let mut file = send::file(&args.file, args.agreement.as_ref())?;
    file.signal = file.signal.with_break_glass(glass);
    Box::pin(send::run_file(&file, send::How::default(), setup)).await
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Send(args) => Box::pin(send::run(args, setup)).await,
        Verb::Receive(args) => Box::pin(receive::run(args, setup)).await,
        Verb::Correct(args) => {
            Box::pin(rectify::correct(args, RectificationKind::Corrected, setup)).await
        }
        Verb::FixIdentity(args) => {
            Box::pin(rectify::correct(
                args,
                RectificationKind::IdentityFixed,
                setup,
            ))
            .await
        }
        Verb::Withdraw(args) => Box::pin(rectify::withdraw(args, setup)).await,
        Verb::Shield(args) => Box::pin(rectify::shield(args, setup)).await,
        Verb::Restrict(args) => Box::pin(rectify::restrict(args, setup)).await,
        Verb::Corrections(args) => Box::pin(sent::run(args, setup)).await,
    }
}
