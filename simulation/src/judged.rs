//! What is told of a run: counts of what happened in it, or the interleaving that failed. Must not know:
//! how it came about.

use crate::play::Played;
use crate::seen::Seen;
use std::collections::BTreeMap;
use std::fmt;

/// What happened in interleavings in which all held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many.
    pub interleavings: u64,
    /// Their acts.
    pub acts: u64,
    /// Deliveries that were given, also again.
    pub given: u64,
    /// Rectifications among them.
    pub corrections: u64,
    /// Commits, by name of the change.
    pub commits: BTreeMap<&'static str, u64>,
    /// Acts that ended in an error, by its code.
    pub refused: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(crate) fn add(&mut self, played: &Played) {
        let some = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        self.interleavings = self.interleavings.saturating_add(1);
        self.acts = self.acts.saturating_add(some(played.acts.len()));
        for landed in &played.landed {
            one_more(&mut self.commits, landed.name);
        }
        for seen in &played.seen {
            match seen {
                Seen::Given(given) => {
                    self.given = self.given.saturating_add(1);
                    let told = u64::from(given.rectifies.is_some());
                    self.corrections = self.corrections.saturating_add(told);
                }
                Seen::Refused { code, .. } => one_more(&mut self.refused, code),
                _ => {}
            }
        }
    }

    /// These and `others` together.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.interleavings = self.interleavings.saturating_add(others.interleavings);
        self.acts = self.acts.saturating_add(others.acts);
        self.given = self.given.saturating_add(others.given);
        self.corrections = self.corrections.saturating_add(others.corrections);
        for (into, from) in [
            (&mut self.commits, others.commits),
            (&mut self.refused, others.refused),
        ] {
            for (name, many) in from {
                let count = into.entry(name).or_default();
                *count = count.saturating_add(many);
            }
        }
        self
    }
}

fn one_more(counts: &mut BTreeMap<&'static str, u64>, name: &'static str) {
    let count = counts.entry(name).or_default();
    *count = count.saturating_add(1);
}

/// An interleaving in which something did not hold, with the fewest acts that were found to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The run's seed.
    pub seed: u64,
    /// Which of its interleavings, from 0.
    pub number: u64,
    /// What did not hold.
    pub faults: Vec<String>,
    /// The seed of the interleaving that shows it with the fewest acts.
    pub shortest: u64,
    /// Its acts.
    pub acts: Vec<String>,
    /// What was written in it, in order.
    pub order: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, interleaving {}:", self.seed, self.number)?;
        for fault in &self.faults {
            writeln!(f, "- {fault}")?;
        }
        writeln!(
            f,
            "acts, by seed {}: {}",
            self.shortest,
            self.acts.join("; ")
        )?;
        write!(f, "written: {}", self.order.join(", "))
    }
}
