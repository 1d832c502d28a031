//! What can be wrong with a policy set, and with the engine at work. A refusal is neither: it is a
//! [`crate::Verdict`].

use seinhuis_types::{Coded, ErrorCode};

/// One thing wrong with the policy set or a case file, said so that its author can mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {what}; {fix}")]
pub struct Fault {
    /// Name of the file, as it was handed over.
    pub file: String,
    /// Line in it, from 1: where the statement begins, or 1 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Fault {
    pub(crate) fn new(
        file: impl Into<String>,
        line: usize,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            what: what.into(),
            fix: fix.into(),
        }
    }
}

impl Coded for Fault {
    fn code(&self) -> ErrorCode {
        ErrorCode::Internal
    }
}

/// Why the engine could not decide. The caller sees a refusal with `POLICY_ERROR`; this is for the
/// operator's log. Messages may hold codes and OINs, never anything about a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A clause or type does not fit the schema.
    #[error("the clause or signal type does not fit the schema: {0}")]
    Entities(String),
    /// The facts of the request do not fit the schema.
    #[error("the request does not fit the schema: {0}")]
    Request(String),
    /// A policy erred. Cedar skips such a policy; here it is a refusal.
    #[error("a policy could not be evaluated: {0}")]
    Evaluation(String),
    /// Denied, and no condition says why: the two writings of the law differ.
    #[error("refused by no named condition: permit and forbids differ")]
    Unexplained,
    /// Allowed under no clause: an agreement's clause is the least a permit names.
    #[error("allowed without a known clause")]
    NoClause,
}

impl Coded for EngineError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Internal
    }
}
