//! The rules an agreement must keep before its parties can be asked to sign it. Every fault is
//! told at once, with what to do about it.
//!
//! These checks come before the policy engine and do not replace it: the engine judges each signal
//! again, by the same bases.

mod asked;
mod basis;
mod break_glass;
mod clause;
mod grant;
mod parties;

use super::Content;
use crate::catalogue::Catalogue;
use seinhuis_types::Digest;
use std::collections::BTreeSet;

/// One rule that the content breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}: {fix}")]
pub struct Fault {
    /// Where, such as `clauses[2].basis.provide[0].code`.
    pub path: String,
    /// The rule's fixed name, such as `unknown-party`.
    pub rule: &'static str,
    /// What is wrong and what to do about it.
    pub fix: String,
}

/// What depends on where the agreement is checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether test OINs (prefix 00000099) may be parties: never in production.
    pub allow_test_oins: bool,
    /// The policy set in force, where it is known. Partners may check without it.
    pub policy_hash: Option<Digest>,
}

/// Every fault in `content`, by place; none means that it may be proposed.
pub fn check(content: &Content, catalogue: &Catalogue, options: &Options) -> Vec<Fault> {
    let mut faults = Faults::default();
    parties::check(content, catalogue, options, &mut faults);
    let mut ids = BTreeSet::new();
    for (index, clause) in content.clauses.iter().enumerate() {
        let path = format!("clauses[{index}]");
        if !ids.insert(&clause.id) {
            let fix = format!(
                "another clause is called `{}`; give each its own id",
                clause.id
            );
            faults.add(format!("{path}.id"), "duplicate-clause", fix);
        }
        clause::check(content, clause, catalogue, &path, &mut faults);
        asked::check(content, clause, &path, &mut faults);
    }
    faults.0
}

/// Faults found so far.
#[derive(Debug, Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, rule: &'static str, fix: impl Into<String>) {
        self.0.push(Fault {
            path: path.into(),
            rule,
            fix: fix.into(),
        });
    }
}
