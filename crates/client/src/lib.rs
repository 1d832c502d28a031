//! The partner's SDK: connect, pseudonymise, seal, publish, receive, acknowledge, verify.
//!
//! Owns: everything a partner must do so that the hub need not be trusted: it seals and signs before
//! anything leaves, and verifies every key statement, delivery, receipt and proof under roots and
//! keys that the partner pinned itself. Must not know: any server crate, how a partner keeps its
//! records, who its people are (it carries the partner's own pseudonyms of them).
//!
//! [`Partner::connect`] makes a [`Partner`] from a [`PartnerConfig`] and a clock. Then
//! [`Partner::signal`] sends, [`Partner::receive`] receives, [`Partner::acknowledge`] acknowledges;
//! agreements, keys, the directory and the log have methods of their own. Every call gives a
//! [`ClientError`] that tells a refusal, a mistake, a broken line and an incident apart.

mod acknowledge;
mod acting;
mod agreement;
mod ahead;
mod audit;
mod break_glass;
mod bundle;
mod catalogues;
mod chains;
mod checkpoint;
mod config;
mod connect;
mod consent;
mod convert;
mod decisions;
mod desk_keys;
mod directory;
mod envelope;
mod error;
mod event;
mod evidence;
mod identity;
mod inbox;
mod incident;
mod judge;
mod keys;
mod officer;
mod offline;
mod open;
mod opened;
mod outcome;
mod progress;
mod proof;
mod question;
mod rectify;
mod register;
mod report;
mod retention;
mod scan;
mod send;
mod sent;
mod session;
mod signal;
mod slips;
mod status;
mod tag_keys;
#[cfg(test)]
mod testing;
mod tiles;

pub use acknowledge::Acknowledgement;
pub use acting::ActingPerson;
pub use agreement::{
    AgreementView, DRAFT_DAYS, Persons, Signatory, StepDraft, StepTaken, StepView,
};
pub use ahead::{Ahead, Doing};
pub use audit::{Entry, Scan, verify_receipt};
pub use break_glass::BreakGlassView;
pub use bundle::{BundleError, VerifiedBundle, open_bundle};
pub use chains::ChainCounts;
pub use checkpoint::SeenCheckpoint;
pub use config::{
    LogConfig, PartnerConfig, Peer, PersonDefaults, RegisterFacts, SigningFiles, TagKeyFile,
    TlsFiles,
};
pub use connect::Partner;
pub use consent::{ConsentGround, ConsentHere, ConsentStatus, WithdrawnConsent};
pub use decisions::{DecisionsBack, KeptDecision};
pub use directory::{PartnerEntry, Ruleset, SystemEntry};
pub use error::{ClientError, RefusalInfo};
pub use event::{Event, EventKind, EventOf};
pub use evidence::{Caught, keep_evidence, read_evidence};
pub use identity::{Identity, PersonIdentity};
pub use inbox::{Inbox, Item, Reported};
pub use incident::{Evidence, Incident};
pub use judge::twice_promised;
pub use keys::{DeskKeys, KeyTerm, StatedKey};
pub use officer::{EntryPage, GrantTerms, SearchOptions};
pub use offline::{LogFolder, scan_log, verify_log};
pub use opened::{Opened, OpenedSubject, ToInform, Told, Unread};
pub use outcome::OutcomeReport;
pub use progress::{Progress, Silent, Watched, Work};
pub use proof::{LogKeys, VerifiedProof};
pub use question::{AskedReport, Decider, QuestionKeys, ReceivedQuestion, Said, tick_at};
pub use rectify::{NotTold, Rectified};
pub use register::RegisterView;
pub use report::{
    AccessReport, ChainReport, ReportError, never_answered_in_log, open_report, report_for,
};
pub use retention::{Erased, Hold};
pub use scan::{ScanHit, SubjectScan};
pub use send::{Prepared, Sending, To};
pub use sent::{SentDelivery, SentRectification};
pub use signal::{Identifier, Signal, SignalBuilder, Subject};
pub use tag_keys::TagKeys;
pub use tiles::HubTiles;
