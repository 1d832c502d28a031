//! Newtypes that parse, shared by every crate.
//!
//! Owns: identifiers of organisations, desks, agreements, signals and log entries; catalogue codes;
//! time and the [`Clock`]; the two closed sets [`ErrorCode`] (could not be decided) and
//! [`RefusalReason`] (decided: no); the limits of the wire.
//! Must not know: the wire, the store, the policy engine, any cryptography.

mod code;
mod error_code;
mod id;
pub mod limits;
mod oin;
mod person;
mod refusal;
pub mod strict_json;
mod time;

pub use code::{
    BasisCode, ClauseId, CodeValue, Desk, FieldPath, KeyId, PurposeCode, RegionCode, SignalType,
    SubjectRole, has_number,
};
pub use error_code::{Coded, ErrorCode};
pub use id::{
    AgreementHash, ConsentHandle, DeliveryId, Digest, HoldId, LeafIndex, Position, Revision,
    SignalId, hex,
};
pub use oin::Oin;
pub use person::{OwnReference, PersonRef};
pub use refusal::RefusalReason;
pub use time::{Clock, Hour, ManualClock, Millis, SystemClock};

/// The line of a text, from 1, on which its byte `at` stands.
pub fn line_at(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    before
        .filter(|byte| *byte == b'\n')
        .count()
        .saturating_add(1)
}

/// A text that is not of the form its type asks for. Never repeats the text: it may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {rule}")]
pub struct ParseError {
    /// What was being read, for example `oin`.
    pub what: &'static str,
    /// The rule that was not met, with its source.
    pub rule: &'static str,
}

impl ParseError {
    /// An error about `what`, naming the `rule` it breaks.
    pub const fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}
