//! What the steps on the agreement made of it, by the order of the log alone. Must not know: signals.

use super::Judging;
use crate::seen::Seen;
use crate::stage::{END, Way, name};
use seinhuis_domain::agreement::StepKind;
use seinhuis_types::Millis;
use std::collections::BTreeSet;

/// The agreement at one place of the log.
#[derive(Debug, Default, Clone)]
pub(crate) struct Standing {
    left: BTreeSet<usize>,
    suspended_by: Option<usize>,
}

impl Standing {
    /// Fewer than two of the three are left.
    fn over(&self) -> bool {
        self.left.len() > 1
    }

    /// Why nothing may go this way; `None` when it may.
    pub(crate) fn stops(&self, way: &Way, at: Millis) -> Option<String> {
        let mut gone = [way.from, way.to].into_iter();
        if let Some(gone) = gone.find(|party| self.left.contains(party)) {
            return Some(format!("{} had left", name(gone)));
        }
        if self.over() {
            return Some("the agreement had ended".to_owned());
        }
        if let Some(by) = self.suspended_by {
            return Some(format!("{} had suspended the agreement", name(by)));
        }
        (at >= END).then(|| "the term of the agreement was over".to_owned())
    }

    fn take(&mut self, party: usize, kind: StepKind) -> Result<(), String> {
        let by = name(party);
        if self.left.contains(&party) {
            return Err(format!("{} by {by}, who had left", kind.as_str()));
        }
        match kind {
            _ if self.over() => return Err(format!("{} by {by}, after the end", kind.as_str())),
            StepKind::Suspend if self.suspended_by.is_none() => self.suspended_by = Some(party),
            StepKind::Resume if self.suspended_by == Some(party) => self.suspended_by = None,
            StepKind::Leave => {
                self.left.insert(party);
                // Nobody else could resume it.
                if self.suspended_by == Some(party) {
                    self.suspended_by = None;
                }
            }
            _ => return Err(format!("{} by {by} did not fit", kind.as_str())),
        }
        Ok(())
    }
}

impl Judging<'_> {
    /// The steps in the order of the log, each once.
    fn taken(&self) -> BTreeSet<(u64, usize, StepKind)> {
        let steps = self.seen.iter().filter_map(|seen| match seen {
            Seen::Step { party, kind, index } => Some((*index, *party, *kind)),
            _ => None,
        });
        steps.collect()
    }

    /// The agreement just before the entry at `index`.
    pub(crate) fn standing(&self, index: u64) -> Standing {
        let mut standing = Standing::default();
        for (_, party, kind) in self.taken().into_iter().filter(|(at, ..)| *at < index) {
            // That a step did not fit is told once, by `steps`.
            let _ = standing.take(party, kind);
        }
        standing
    }

    /// That each step that was taken fitted what the steps before it had made.
    pub(super) fn steps(&self) -> Vec<String> {
        let mut standing = Standing::default();
        let mut faults = Vec::new();
        for (index, party, kind) in self.taken() {
            if let Err(fault) = standing.take(party, kind) {
                faults.push(format!("entry {index}: {fault}"));
            }
        }
        faults
    }
}
