//! When what an agreement says held: from which moment, until which, and which pauses lay between.
//!
//! Owns: moments, from the steps that were taken. Must not know: what a clause says.

use crate::agreement::{Agreement, Clause, Content, StepKind};
use seinhuis_types::{AgreementHash, Millis, Oin};

/// An agreement, and what became of it.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    /// Its hash.
    pub hash: &'a AgreementHash,
    /// What was agreed.
    pub content: &'a Content,
    /// The steps, in the order they were taken.
    pub steps: Vec<Taken>,
    /// The first moment at which a later version has taken its place; may lie ahead.
    pub replaced_from: Option<Millis>,
}

/// A step that a party took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Who.
    pub oin: Oin,
    /// What.
    pub kind: StepKind,
    /// When, hub time.
    pub at: Millis,
}

/// From the first moment up to the last, which is the first that is no more in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from: Millis,
    /// The first moment after it.
    pub until: Millis,
}

/// What ends a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A later agreement takes the place of this one.
    Replaced,
    /// One of the clause's two parties left.
    Left,
    /// The term of the agreement.
    Term,
}

/// How a version stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In force.
    InForce,
    /// Stopped by a party.
    Suspended,
    /// Over.
    Ended(Ending),
}

impl Standing {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Suspended => "suspended",
            Self::Ended(Ending::Replaced) => "replaced",
            Self::Ended(Ending::Left) => "left",
            Self::Ended(Ending::Term) => "term-over",
        }
    }
}

/// When a version holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first moment: all had accepted, and the term had begun.
    pub from: Millis,
    /// The first moment after it, as far as that is known.
    pub until: Millis,
    /// What ends it.
    pub ending: Ending,
    /// When it was, is and will be in force: without what was suspended.
    pub in_force: Vec<Period>,
}

impl Span {
    /// How it stands at `now`.
    pub fn standing(&self, now: Millis) -> Standing {
        if now >= self.until {
            return Standing::Ended(self.ending);
        }
        let running = self
            .in_force
            .iter()
            .any(|period| period.from <= now && now < period.until);
        if running {
            Standing::InForce
        } else {
            Standing::Suspended
        }
    }
}

impl<'a> Past<'a> {
    /// An agreement as the hub has it.
    pub fn of(agreement: &'a Agreement) -> Self {
        let steps = agreement.steps().iter().map(|recorded| Taken {
            oin: recorded.step.oin,
            kind: recorded.step.claims.kind,
            at: recorded.at,
        });
        Self {
            hash: agreement.hash(),
            content: agreement.content(),
            steps: steps.collect(),
            replaced_from: agreement.replaced().map(|replaced| replaced.from),
        }
    }

    /// The first moment at which all had accepted it and its term had begun; nothing when somebody has
    /// not.
    pub fn begins(&self) -> Option<Millis> {
        let mut begins = self.content.validity.not_before.millis();
        for party in &self.content.parties {
            let mut own = self.steps.iter().filter(|step| step.oin == party.oin);
            let accepted = own.find(|step| step.kind == StepKind::Accept)?;
            begins = begins.max(accepted.at);
        }
        Some(begins)
    }

    /// When `clause` of it holds; nothing when it never did, or never will.
    pub(super) fn span(&self, clause: &Clause) -> Option<Span> {
        let from = self.begins()?;
        let left = self
            .steps
            .iter()
            .find(|step| step.kind == StepKind::Leave && clause.involves(&step.oin));
        let ends = [
            (self.replaced_from, Ending::Replaced),
            (left.map(|step| step.at), Ending::Left),
            (Some(self.content.validity.end()), Ending::Term),
        ];
        let known = ends
            .into_iter()
            .filter_map(|(moment, ending)| Some((moment?, ending)));
        let (until, ending) = known.min()?;
        (from < until).then(|| Span {
            from,
            until,
            ending,
            in_force: self.running(Period { from, until }),
        })
    }

    /// `whole` without the times at which the agreement was suspended.
    fn running(&self, whole: Period) -> Vec<Period> {
        let mut open = Some(whole.from);
        let mut suspender = None;
        let mut periods = Vec::new();
        for step in &self.steps {
            match step.kind {
                StepKind::Suspend => {
                    periods.extend(open.take().map(|from| (from, step.at)));
                    suspender = Some(step.oin);
                }
                StepKind::Resume => {
                    open = Some(step.at);
                    suspender = None;
                }
                // Nobody else could resume it.
                StepKind::Leave if suspender == Some(step.oin) => {
                    open = Some(step.at);
                    suspender = None;
                }
                StepKind::Leave | StepKind::Accept | StepKind::Reject => {}
            }
        }
        periods.extend(open.map(|from| (from, whole.until)));
        let within = periods.into_iter().map(|(from, until)| Period {
            from: from.max(whole.from),
            until: until.min(whole.until),
        });
        within.filter(|period| period.from < period.until).collect()
    }
}
