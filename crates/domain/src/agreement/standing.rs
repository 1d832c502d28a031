//! What a clause is worth at a moment: the facts about it that the policy engine decides on.

use super::{Agreement, State};
use seinhuis_types::{ClauseId, Digest, Millis};

/// How a clause stands, whatever the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClauseState {
    /// The agreement has no such clause.
    None,
    /// Not accepted by all yet.
    Proposed,
    /// In force.
    Valid,
    /// Stopped.
    Suspended,
    /// The agreement ended, or one of the clause's two parties left.
    Ended,
    /// The proposal was rejected.
    Rejected,
    /// A later version took the agreement's place.
    Replaced,
}

impl ClauseState {
    /// The word in the policy set.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Proposed => "proposed",
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::Rejected => "rejected",
            Self::Replaced => "replaced",
        }
    }
}

/// Where a moment lies in the agreement's term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// Before it.
    NotYetBegun,
    /// In it.
    Running,
    /// After it.
    Over,
}

/// The facts about a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClauseFacts {
    /// How it stands.
    pub state: ClauseState,
    /// Where now lies in the term.
    pub term: Term,
    /// Whether it was signed on the catalogue and policy set in force, or the one before.
    pub ruleset_ok: bool,
}

impl ClauseFacts {
    /// The facts about a clause of an agreement that is not known.
    pub const NONE: Self = Self {
        state: ClauseState::None,
        term: Term::Over,
        ruleset_ok: false,
    };

    /// Whether anything may be sent under the clause now, as far as the agreement goes.
    pub fn in_force(&self) -> bool {
        self.state == ClauseState::Valid && self.term == Term::Running && self.ruleset_ok
    }
}

/// The catalogue and the policy set that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulesetHashes {
    /// Hash of the catalogue.
    pub catalogue: Digest,
    /// Hash of the policy set.
    pub policy: Digest,
}

/// The rulesets that the hub reads: the one in force, and the one before it while agreements are
/// signed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulesetWindow {
    /// In force.
    pub current: RulesetHashes,
    /// The one before.
    pub previous: Option<RulesetHashes>,
}

impl RulesetWindow {
    /// Whether `hashes` are those of a ruleset in the window. A catalogue of the one with a policy
    /// set of the other is neither.
    pub fn has(&self, hashes: &RulesetHashes) -> bool {
        self.current == *hashes || self.previous.as_ref() == Some(hashes)
    }
}

impl Agreement {
    /// How clause `id` stands at `now`, seen from `rulesets`.
    pub fn clause_state(
        &self,
        id: &ClauseId,
        now: Millis,
        rulesets: &RulesetWindow,
    ) -> ClauseFacts {
        let content = self.content();
        let Some(clause) = content.clause(id) else {
            return ClauseFacts::NONE;
        };
        let left = self.left().iter().any(|oin| clause.involves(oin));
        let state = match self.state_at(now) {
            _ if self.is_replaced(now) => ClauseState::Replaced,
            State::Rejected => ClauseState::Rejected,
            State::Ended => ClauseState::Ended,
            State::Proposed => ClauseState::Proposed,
            State::Valid | State::Suspended if left => ClauseState::Ended,
            State::Valid => ClauseState::Valid,
            State::Suspended => ClauseState::Suspended,
        };
        let signed_on = RulesetHashes {
            catalogue: content.catalogue_hash,
            policy: content.policy_hash,
        };
        ClauseFacts {
            state,
            term: content.validity.term(now),
            ruleset_ok: rulesets.has(&signed_on),
        }
    }
}
