//! Facts → Cedar → a [`Permit`], or a [`Refusal`] that names each condition with its law and remedy.
//!
//! Owns: what the law may be asked ([`Facts`]), reading and checking the policy set
//! ([`Engine::load`]), deciding ([`Engine::decide`]), explaining, the policy hash, and the cases and
//! mutants that hold the policy set to its word. The only crate that sees `cedar-policy`, and the
//! only one that can make a [`Permit`].
//! Must not know: the wire, the store, files other than text handed to it, any clock, anything about
//! a person.
//!
//! The law is written twice (`config/policy/README.md`): one conjunctive `permit`, and one `forbid`
//! per [`seinhuis_types::RefusalReason`]. Cedar skips a policy that errs; because of the second
//! writing, neither a skipped `permit` nor a skipped `forbid` opens anything, and any error at all
//! is a refusal.

mod case;
mod engine;
mod error;
mod explain;
mod facts;
mod hash;
mod law;
mod load;
mod matrix;
mod mutant;
mod permit;
mod reasons;
mod request;
mod slice;
mod statement;
mod words;

pub use case::{Case, CaseFailure, Expected, Form};
pub use engine::Engine;
pub use error::{EngineError, Fault};
pub use explain::Explained;
pub use facts::{Bases, ClauseFacts, EnvelopeFacts, Facts, Ground, TypeFacts, minimise};
pub use matrix::{BlockProven, Bounds, Broken, Planted, Proven, attributes_asked, planted, prove};
pub use mutant::{Mutant, MutantKind, mutants};
pub use permit::{Permit, Refusal, Verdict};
pub use words::{Action, ClauseState, IdKind, Mode, Regime, Restriction, Shield, WpgArticle};

#[cfg(test)]
mod tests;
