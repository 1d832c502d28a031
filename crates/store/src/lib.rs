//! Durable state of the hub: rows with revisions, and the audit log's entries, in one commit.
//!
//! A use case loads a [`Snapshot`], decides, and commits one [`ChangeSet`]: every row it stood on
//! with the revision read, every write, and at least one log [`Entry`]. A change cannot be built
//! without an entry, so no state changes without its audit (rule 1 of docs/rules.md).
//!
//! Owns: the contract ([`Store`], [`Snapshot`]), the records and their stored bytes, the single
//! writer that groups changes into durable batches ([`Embedded`]), the in-memory engine, the
//! pseudonymiser's ledger, and the conformance suite for engines.
//! Must not know: policy, the wire, what a leaf or a sealed part says, any file or disk.

mod apply;
mod break_glass;
mod change;
mod committer;
mod due;
mod embedded;
mod engine;
mod error;
mod held;
mod hold;
mod key;
mod ledger;
mod memory;
mod open;
mod question;
pub mod records;
mod row;
mod run;
mod snapshot;
mod stage;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
mod sweep;
mod template;
mod traits;
mod transfer;
mod view;
mod warning;
mod watch;

pub use change::{ChangeSet, Committed, Entry, LEAF_BYTES, LeafBytes, Month, Write};
#[cfg(any(test, feature = "stepped"))]
pub use committer::Steps;
pub use committer::{Fatal, Limits};
pub use due::{EVENT_TERM_MS, Place};
pub use embedded::Embedded;
pub use engine::{Batch, Engine, EngineError, MAX_VALUE, Pair};
pub use error::StoreError;
pub use hold::MAX_HOLDS;
pub use ledger::{CONVERSION_TERM_MS, Conversion, ConversionLedger, LedgerError, Recorded};
pub use memory::Memory;
pub use open::SCHEMA_VERSION;
pub use question::{ASKED_DAYS, QUESTION_TERM_MS};
pub use row::{ReplyScope, Row, Versioned};
pub use snapshot::EmbeddedSnapshot;
pub use sweep::{ASSERTION_TERM_MS, REPLY_TERM_MS};
pub use template::{Next, Slot, SlotNumber, Template};
pub use traits::{PartsPage, Snapshot, Store, TreeState};
pub use transfer::{TransferError, Transferred, export, import, verify};
pub use warning::Given;
