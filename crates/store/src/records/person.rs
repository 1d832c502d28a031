//! A person assertion that was used, and grants to auditors. Must not know: who a person is; that is
//! not kept.

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

/// A controller's leave for an auditor to read its own entries.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct GrantRecord {
    /// Whose entries, OIN.
    #[prost(string, tag = "1")]
    pub controller_oin: String,
    /// Who may read, OIN.
    #[prost(string, tag = "2")]
    pub auditor_oin: String,
    /// Only this system of the auditor's, 32 bytes; empty for each.
    #[prost(bytes = "vec", tag = "3")]
    pub auditor_system: Vec<u8>,
    /// Which entries: the bytes of an `EntryFilter`.
    #[prost(bytes = "vec", tag = "4")]
    pub filter: Vec<u8>,
    /// When it begins, UTC milliseconds.
    #[prost(uint64, tag = "5")]
    pub from_ms: u64,
    /// First moment after it, UTC milliseconds.
    #[prost(uint64, tag = "6")]
    pub until_ms: u64,
    /// Hub time of the revocation; 0 while there was none.
    #[prost(uint64, tag = "7")]
    pub revoked_ms: u64,
}

super::plain_record!(GrantRecord);
