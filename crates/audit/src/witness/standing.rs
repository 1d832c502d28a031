//! Where each witness stands: how far it is, whether it is being asked or left alone, and what was
//! told of it.
//!
//! Owns: what is counted and told of witnesses, once for each change. Must not know: what is asked.

use super::trouble::Trouble;
use super::{Counted, Witness};
use crate::AuditError;

/// Of every witness, by its place.
pub(super) struct Standings {
    all: Vec<Standing>,
    counted: Counted,
}

struct Standing {
    name: String,
    /// The size it is thought to be at.
    at: u64,
    /// Being asked, or left alone.
    busy: bool,
    failures: u32,
    /// What was told of it last.
    told: Option<&'static str>,
}

impl Standings {
    pub(super) fn new(witnesses: &[Witness], counted: Counted) -> Self {
        let standing = |witness: &Witness| Standing {
            name: witness.name.clone(),
            at: 0,
            busy: false,
            failures: 0,
            told: None,
        };
        Self {
            all: witnesses.iter().map(standing).collect(),
            counted,
        }
    }

    /// Counts how a question ended.
    pub(super) fn count(&self, label: &'static str) {
        (self.counted)(label);
    }

    /// All are free, and none has failed.
    pub(super) fn begin_anew(&mut self) {
        for standing in &mut self.all {
            (standing.busy, standing.failures) = (false, 0);
        }
    }

    /// Takes a witness that is free to be asked; gives the size it is at.
    pub(super) fn take(&mut self, place: usize) -> Option<u64> {
        let standing = self.all.get_mut(place).filter(|standing| !standing.busy)?;
        standing.busy = true;
        Some(standing.at)
    }

    /// It is free again.
    pub(super) fn free(&mut self, place: usize) {
        if let Some(standing) = self.all.get_mut(place) {
            standing.busy = false;
        }
    }

    /// It is at this size.
    pub(super) fn reached(&mut self, place: usize, at: u64) {
        if let Some(standing) = self.all.get_mut(place) {
            standing.at = at;
        }
    }

    /// It answered as it should, and is free again.
    pub(super) fn well(&mut self, place: usize) {
        if let Some(standing) = self.all.get_mut(place) {
            (standing.busy, standing.failures) = (false, 0);
            if standing.told.take().is_some() {
                tracing::info!(witness = %standing.name, "a witness answers as it should again");
            }
        }
    }

    /// Its answer does not count; gives how often that was so in a row.
    pub(super) fn failed(&mut self, place: usize, trouble: &Trouble) -> u32 {
        self.tell(place, trouble.label(), &trouble.to_string())
    }

    /// The same when the cause is in this log's own files.
    pub(super) fn unable(&mut self, place: usize, error: &AuditError) -> u32 {
        self.tell(place, "own log", &error.to_string())
    }

    fn tell(&mut self, place: usize, label: &'static str, words: &str) -> u32 {
        self.count(label);
        let Some(standing) = self.all.get_mut(place) else {
            return 1;
        };
        standing.failures = standing.failures.saturating_add(1);
        if standing.told.replace(label) != Some(label) {
            tracing::warn!(
                witness = %standing.name,
                cause = label,
                "the answer of a witness does not count: {words}"
            );
        }
        standing.failures
    }
}
