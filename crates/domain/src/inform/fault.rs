//! Why a task does not take a step.
//!
//! Owns: the codes and their words. Must not know: who reads them.

use super::EndReason;
use seinhuis_types::Millis;
use std::fmt;

/// Why a task of informing does not take what is recorded on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InformFault {
    /// The person was told.
    ToldAlready,
    /// There is nothing to tell any more.
    Ended(EndReason),
    /// The moment lies before what was recorded last.
    BeforeLast(Millis),
    /// The term has passed, since this moment.
    Overdue(Millis),
    /// A step can be taken from this moment on.
    TooEarly(Millis),
    /// A step has 1 to this many days.
    StepLength(u16),
}

impl InformFault {
    /// Its code in documents.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToldAlready => "told-already",
            Self::Ended(_) => "ended",
            Self::BeforeLast(_) => "before-last",
            Self::Overdue(_) => "overdue",
            Self::TooEarly(_) => "too-early",
            Self::StepLength(_) => "step-length",
        }
    }
}

impl fmt::Display for InformFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToldAlready => f.write_str("the person was told; nothing is left to record"),
            Self::Ended(reason) => write!(f, "there is nothing to tell any more: {reason}"),
            Self::BeforeLast(last) => write!(
                f,
                "that is before what was recorded last, at {}; check the clock",
                utc(*last)
            ),
            Self::Overdue(due) => write!(
                f,
                "the term ended at {} and cannot be put off any more; tell the person, and record it",
                utc(*due)
            ),
            Self::TooEarly(from) => write!(
                f,
                "a postponement is decided when the term nears its end, from {} on",
                utc(*from)
            ),
            Self::StepLength(most) => {
                write!(f, "the term is put off by 1 to {most} days at a time")
            }
        }
    }
}

impl std::error::Error for InformFault {}

/// A moment in UTC, as RFC 3339 writes it; its number where no calendar has it.
fn utc(at: Millis) -> String {
    let stamp = i64::try_from(at.0).ok();
    let stamp = stamp.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| format!("{} ms", at.0), |stamp| stamp.to_string())
}
