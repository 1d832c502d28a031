//! `agreement`: check, propose, show, list, history, warnings, and the steps.

mod check;
mod compare;
mod difference;
mod history;
mod list;
mod prepare;
mod preview;
mod propose;
mod show;
pub(crate) mod source;
mod step;
mod warnings;

pub(crate) use source::catalogue as catalogue_in;

use crate::exit::Failure;
use crate::setup::Setup;
use clap::Subcommand;
use seinhuis_domain::agreement::StepKind;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Judge an agreement by the catalogue, without any connection.
    Check(check::Check),
    /// Who gains what: what each party newly gets, loses, or keeps on other terms.
    Compare(compare::Compare),
    /// Lay an agreement before its parties.
    Propose(propose::Propose),
    /// One agreement, its content proven by its hash and its steps by their signatures.
    Show(show::Show),
    /// The agreements one is a party to.
    List,
    /// What comes to an end (agreements, reviews, certificates), 90, 30 and 7 days before; and which
    /// judgements a change of law made void.
    Warnings,
    /// The versions before and after one.
    History(history::History),
    /// Prepare a step, for a second person to approve.
    Prepare(prepare::Prepare),
    /// Look at a prepared step; with `--approver`, approve, sign and send it.
    Sign(prepare::Sign),
    /// Sign an agreement, after judging its content here.
    Accept(step::Step),
    /// Refuse a proposal, for good.
    Reject(step::Step),
    /// Stop everything under an agreement, at once.
    Suspend(step::Step),
    /// Lift one's own suspension.
    Resume(step::Step),
    /// End the clauses one is in.
    Leave(step::Step),
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Check(args) => check::run(&args, setup),
        Verb::Compare(args) => Box::pin(compare::run(args, setup)).await,
        Verb::Propose(args) => Box::pin(propose::run(args, setup)).await,
        Verb::Show(args) => Box::pin(show::run(args, setup)).await,
        Verb::List => Box::pin(list::run(setup)).await,
        Verb::History(args) => Box::pin(history::run(args, setup)).await,
        Verb::Prepare(args) => Box::pin(prepare::prepare(args, setup)).await,
        Verb::Sign(args) => Box::pin(prepare::sign(args, setup)).await,
        Verb::Warnings => Box::pin(warnings::run(setup)).await,
        Verb::Accept(args) => Box::pin(step::run(StepKind::Accept, args, setup)).await,
        Verb::Reject(args) => Box::pin(step::run(StepKind::Reject, args, setup)).await,
        Verb::Suspend(args) => Box::pin(step::run(StepKind::Suspend, args, setup)).await,
        Verb::Resume(args) => Box::pin(step::run(StepKind::Resume, args, setup)).await,
        Verb::Leave(args) => Box::pin(step::run(StepKind::Leave, args, setup)).await,
    }
}
