//! A person assertion that was used. Must not know: who the person is; that is not kept.

use super::{Record, open, versioned};
use crate::template::{Slot, Template};
use crate::{StoreError, Versioned};
use seinhuis_types::Millis;

/// That an assertion was used, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedAssertion {
    /// Hub time of the commit.
    pub committed_at: Slot<Millis>,
}

impl Default for UsedAssertion {
    fn default() -> Self {
        Self {
            committed_at: Slot::at_commit(),
        }
    }
}

impl Record for UsedAssertion {
    fn template(&self) -> Template {
        Template::new(Self::FORMAT, &[self.committed_at.hole()], &[])
    }

    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError> {
        let mut stored = open(value, Self::FORMAT)?;
        let committed_at = stored
            .slot()
            .ok_or(StoreError::Corrupt("a used assertion is too short"))?;
        Ok(versioned(stored, Self { committed_at }))
    }
}
