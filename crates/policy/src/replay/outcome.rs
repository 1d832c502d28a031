//! What comes of making a decision again: the same, a flip, what is lacking, or an incident.

use seinhuis_domain::decision::{DecisionInput, NotAsRecorded, Told, Why};

/// What came of one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// The same answer.
    Same {
        /// Whether the rules it was made by were at hand, and gave the recorded answer too.
        proven: bool,
    },
    /// Another answer.
    Flip(Box<Flip>),
    /// It cannot be made again.
    NotReplayable(Lacking),
    /// What is recorded does not hold together: no flip, but something to look into at once.
    Incident(NotAsRecorded),
}

/// What is lacking to make a decision again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lacking {
    /// It is of before inputs were kept.
    Input,
    /// The agreement it was made under is not at hand.
    Agreement,
    /// The catalogue it was made by is not at hand.
    Catalogue,
    /// The policy set it was made by is not at hand.
    Policy,
}

impl Lacking {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Input, Self::Agreement, Self::Catalogue, Self::Policy];

    /// The word for people and machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Agreement => "agreement",
            Self::Catalogue => "catalogue",
            Self::Policy => "policy",
        }
    }
}

/// A decision that would be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// What kind of change.
    pub change: Change,
    /// What it was made of.
    pub input: DecisionInput,
    /// As it was.
    pub was: Told,
    /// As it would be.
    pub would_be: Told,
    /// Whether the rules it was made by were at hand, and gave the recorded answer.
    pub proven: bool,
}

/// How an answer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// What was permitted would be refused.
    Refused,
    /// What was refused would be permitted.
    Permitted,
    /// Refused both times, for other reasons.
    Reasons,
    /// Permitted both times, with other fields.
    Fields,
    /// Permitted both times, on other bases.
    Bases,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Permitted,
        Self::Reasons,
        Self::Fields,
        Self::Bases,
    ];

    /// The word for people and machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Permitted => "permitted",
            Self::Reasons => "reasons",
            Self::Fields => "fields",
            Self::Bases => "bases",
        }
    }

    pub(super) fn of(was: &Told, would_be: &Told) -> Option<Self> {
        if was.same(would_be) {
            return None;
        }
        Some(match (was.permitted, would_be.permitted) {
            (true, false) => Self::Refused,
            (false, true) => Self::Permitted,
            // What is withheld of a refused envelope is told, too: that is a change of fields.
            (false, false) if codes(was) != codes(would_be) => Self::Reasons,
            (true, true) if was.bases != would_be.bases => Self::Bases,
            _ => Self::Fields,
        })
    }
}

impl Flip {
    /// The reasons that only the recorded answer has.
    pub fn gone(&self) -> Vec<&Why> {
        only(&self.was, &self.would_be)
    }

    /// The reasons that only the other answer has.
    pub fn new_reasons(&self) -> Vec<&Why> {
        only(&self.would_be, &self.was)
    }
}

fn codes(told: &Told) -> Vec<&str> {
    told.reasons.iter().map(|why| why.code.as_str()).collect()
}

fn only<'t>(of: &'t Told, not_of: &Told) -> Vec<&'t Why> {
    let there = |why: &&Why| !not_of.reasons.iter().any(|other| other.code == why.code);
    of.reasons.iter().filter(there).collect()
}
