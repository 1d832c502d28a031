//! Facts → Cedar → a [`Permit`], or a [`Refusal`] that names each condition with its law and remedy.
//!
//! Owns: what the law may be asked ([`Facts`]) and how it is made of a recorded input ([`lay()`]), reading
//! and checking the policy set ([`Engine::load`]), deciding ([`Engine::decide`]), deciding again what was
//! decided before ([`Replay`]), explaining, the policy hash, and the cases and
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
mod lay;
mod load;
mod matrix;
mod mutant;
mod permit;
mod reasons;
mod replay;
mod request;
mod slice;
mod statement;
mod words;

pub use case::{Case, CaseFailure, Expected, Form};
pub use engine::Engine;
pub use error::{EngineError, Fault};
pub use explain::Explained;
pub use facts::{Bases, ClauseFacts, EnvelopeFacts, Facts, Ground, TypeFacts, minimise};
pub use lay::{
    Laid, Under, action, asked, clause_facts, id_kind, lay, regime, stands, state, type_facts,
    unknown_type, wpg,
};
pub use matrix::{BlockProven, Bounds, Broken, Planted, Proven, attributes_asked, planted, prove};
pub use mutant::{Mutant, MutantKind, mutants};
pub use permit::{Permit, Refusal, Verdict};
pub use replay::{Change, Flip, Lacking, Replay, Replayed};
pub use words::{
    Action, ClauseState, Consent, IdKind, Mode, Regime, Restriction, Shield, WpgArticle,
};

#[cfg(test)]
mod tests;
