//! One checkpoint and the cosignatures it has: a quorum counts over one checkpoint only. Must not
//! know how they came.

use super::Witness;
use crate::journal::Signed;
use seinhuis_merkle::{MerkleError, Note, NoteSignature, Policy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The checkpoint that cosignatures are gathered for.
pub(super) struct Round {
    pub(super) signed: Arc<Signed>,
    /// By the witness's place.
    lines: BTreeMap<usize, NoteSignature>,
    /// Those that are not asked again for this one.
    done: BTreeSet<usize>,
    /// How many are being asked.
    pub(super) asked: usize,
    /// Whether a quorum is kept.
    pub(super) kept: bool,
    /// Whether a cosignature came since.
    fresh: bool,
}

impl Round {
    pub(super) fn new(signed: Arc<Signed>) -> Self {
        Self {
            signed,
            lines: BTreeMap::new(),
            done: BTreeSet::new(),
            asked: 0,
            kept: false,
            fresh: false,
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.signed.checkpoint.size().get()
    }

    /// The witness at `place` has cosigned.
    pub(super) fn take(&mut self, place: usize, line: NoteSignature) {
        self.lines.insert(place, line);
        self.fresh = true;
        self.done.insert(place);
    }

    /// The witness at `place` cannot cosign this one.
    pub(super) fn pass(&mut self, place: usize) {
        self.done.insert(place);
    }

    pub(super) fn wants(&self, place: usize) -> bool {
        !self.done.contains(&place)
    }

    /// What [`Round::fresh`] gave is kept.
    pub(super) fn keep(&mut self) {
        (self.kept, self.fresh) = (true, false);
    }

    /// The note with every cosignature there is, if they make the quorum and one of them came since
    /// it was last kept.
    ///
    /// # Errors
    /// What a note does not take.
    pub(super) fn fresh(
        &self,
        witnesses: &[Witness],
        policy: &Policy,
    ) -> Result<Option<Signed>, MerkleError> {
        let names: BTreeSet<&str> = self
            .lines
            .keys()
            .filter_map(|place| witnesses.get(*place))
            .map(|witness| witness.name.as_str())
            .collect();
        if !self.fresh || !policy.met(&names) {
            return Ok(None);
        }
        let mut note: Note = self.signed.note.clone();
        for line in self.lines.values() {
            note = note.with(line.clone())?;
        }
        // The same question that anyone asks who trusts this policy.
        let checkpoint = policy.check(&note)?;
        Ok(Some(Signed { note, checkpoint }))
    }
}
