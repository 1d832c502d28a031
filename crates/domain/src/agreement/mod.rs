//! A sharing agreement (convenant): its content, its hash, its checks and its states.
//!
//! Owns: how an agreement is authored and read, what is wrong with it, which step of which party
//! changes its state, which replaces which, and what a clause is worth at a moment. Must not know: how a step is signed
//! (identity), how it is stored, and what the policy engine makes of a clause. An agreement never
//! creates a legal basis: it names one that the catalogue has.

mod author;
mod check;
mod clause;
pub mod compare;
mod content;
mod error;
mod hash;
mod lines;
mod read;
mod reason;
mod standing;
mod state;
mod step;
mod succession;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod visible;
mod void;
mod warning;

pub use author::{Placeholders, from_toml};
pub use check::{Fault, Options, check};
pub use clause::{
    Attestation, AttestedBasis, Bases, BreakGlassTerms, Clause, ConsentRule, GrantedType, Inform,
    InformedBy, Mode,
};
pub use content::{
    Content, Controllership, ControllershipKind, FgAdvice, Impact, Party, PriorConsultation,
    Processor, Title, Validity,
};
pub use error::{ContentError, ReplayError, StepError};
pub use hash::{canonical, hash};
pub use reason::StepReason;
pub use seinhuis_types::PersonRef;
pub use standing::{ClauseFacts, ClauseState, RulesetHashes, RulesetWindow, Term};
pub use state::{Agreement, PROPOSAL_DAYS, Proposal, RecordedStep, State};
pub use step::{StepClaims, StepKind, VerifiedStep};
pub use succession::{Replacement, SuccessionError};
pub use text::{Date, Text, UnixSeconds};
pub use visible::{VisibleFrom, WaitGround};
pub use void::VoidAttestation;
pub use warning::{WARN_DAYS, warning_due};
