//! The use cases of the hub, one file each: load → decide → change → commit → reply.
//!
//! Owns: what happens when a partner asks something, and in which order it becomes true. The
//! pseudonymiser's one use case is here too ([`Pseudonymiser`]); it shares types with the hub, never
//! a process. Must not know: gRPC, TLS, files, which store engine it runs on, or what a sealed value
//! says.

mod acknowledge;
mod agreement;
mod agreement_view;
mod agreements;
mod answer;
mod ask;
mod break_glass;
pub mod command;
mod compare;
mod consent;
mod conversion;
mod convert_own;
mod cursor;
mod decide;
mod desks;
mod directory;
mod disclose;
mod due;
mod envelope;
mod error;
mod explain;
mod filter;
mod grants;
mod held;
mod hub;
mod idempotency;
mod keep;
mod keys;
mod listing;
mod parts;
mod payload;
mod persons;
mod propose;
mod pseudonymise;
mod public;
mod publish;
mod read_entry;
mod receive;
mod rectify;
mod register;
mod release;
mod reply;
mod retention;
mod route_keys;
mod routes;
mod search;
mod sent;
mod shares;
mod simulate;
mod start;
mod statements;
mod succession;
#[cfg(test)]
mod testing;
mod tick;
mod timing;
mod warnings;

pub use agreement::StepReply;
pub use answer::Answer;
pub use ask::{Ask, Asked};
pub use break_glass::ReviewBreakGlass;
pub use consent::{AcknowledgeWithdrawal, RegisterConsent, WithdrawConsent};
pub use conversion::FirstHalf;
pub use cursor::{CursorError, Cursors};
pub use directory::{Capability, Directory, DirectoryFault, Partner, System};
pub use due::Passed;
pub use error::HubError;
pub use filter::EntryFilter;
pub use grants::{GrantAccess, RevokeGrant};
pub use hub::{Hub, Parts, Rules};
pub use parts::{EpochUse, Unopened, WrappingKeys, epoch_use};
pub use persons::{Persons, TwoPersons};
pub use propose::Propose;
pub use pseudonymise::Pseudonymiser;
pub use receive::DeskStream;
pub use rectify::Rectify;
pub use retention::MOST_ENTRIES;
pub use search::{ListEntries, OPENED, OpenEntries};
pub use seinhuis_pseudonym::Converted;
pub use statements::Statements;
pub use tick::Ticked;
