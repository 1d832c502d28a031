//! The small tables: partner roles, subject roles, regions, purposes, classes.
//!
//! Owns: their rows. Must not know: bases, types, fields.

use super::{ClassCode, Label, LawRef, RoleCode};
use seinhuis_types::{PurposeCode, RegionCode, SubjectRole};

/// A kind of partner. There are five; everyone else is an outside party, who only receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDef {
    /// Its code.
    pub code: RoleCode,
    /// Its name.
    pub label: Label,
    /// Whether it is an outside party: a school, a municipality, victim support.
    pub external: bool,
}

/// To whom an entry about a subject in this role may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// To the subject.
    Subject,
    /// To the authority only: telling it would tell of a suspicion.
    Authority,
}

impl Visibility {
    /// The name used in the catalogue and in entries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Authority => "authority",
        }
    }
}

/// A role a person can have in one signal (Wpg 6b, Wjsg 39b(2)). Never a property of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRoleDef {
    /// Its code.
    pub code: SubjectRole,
    /// Its name.
    pub label: Label,
    /// Whether the subject sees entries by default.
    pub visibility: Visibility,
}

/// A region of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionDef {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub label: Label,
    /// Whether it stands for the whole country.
    pub national: bool,
}

/// A purpose (doel).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurposeDef {
    /// Its code.
    pub code: PurposeCode,
    /// What it is, in a sentence.
    pub label: Label,
    /// Where the law sets it; at least one.
    pub law: Vec<LawRef>,
    /// What it is not for. Not part of the hash.
    pub not_for: Option<Label>,
    /// Why no type serves it, where none does. Not part of the hash.
    pub uncarried: Option<Label>,
    /// Whether a signal for it is a break-glass: only under a clause of that form, reviewed afterwards.
    pub break_glass: bool,
}

/// Within what term a human must have opened a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckTerm {
    /// Minutes by the clock.
    Minutes(u32),
    /// Working days in the Netherlands, to the end of the last.
    WorkingDays(u32),
}

/// How urgent a signal is, and what that asks of the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urgency {
    /// Its code, `U1` to `U4`.
    pub code: ClassCode,
    /// What it means.
    pub label: Label,
    /// Within how many minutes it must have been delivered, where that is set. Stated and compared; the hub
    /// does not watch it.
    pub deliver_minutes: Option<u32>,
    /// Within what term a human must have opened it.
    pub acknowledge: AckTerm,
}

/// From when the hub's keeping of a payload runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionStart {
    /// The last recipient's acknowledgement.
    Acknowledged,
    /// The moment of sending.
    Sent,
    /// The end of the order, plan or supervision that the signal tells of.
    StateEnded,
    /// The end of the same school day.
    SchoolDay,
}

impl RetentionStart {
    /// The name used in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Sent => "sent",
            Self::StateEnded => "state-ended",
            Self::SchoolDay => "school-day",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [
            Self::Acknowledged,
            Self::Sent,
            Self::StateEnded,
            Self::SchoolDay,
        ]
        .into_iter()
        .find(|start| start.as_str() == text)
    }
}

/// How long the hub keeps what it carried. The partners' own terms are their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Its code, `R0` to `R3`.
    pub code: ClassCode,
    /// What it means.
    pub label: Label,
    /// From when the term runs.
    pub after: RetentionStart,
    /// The term, in hours.
    pub hours: u32,
    /// The most hours from sending, whatever happens.
    pub cap_hours: u32,
}
