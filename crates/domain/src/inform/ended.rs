//! Why a task ends without anybody being told: what its source told later took its reason away.
//!
//! Owns: the closed set of reasons, their codes and their words. Must not know: who reads them.

use seinhuis_types::{Millis, ParseError};
use std::fmt;

/// Why there is nothing to tell any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// An identity fix: the signal was not about this person.
    OtherPerson,
    /// A correction: the signal as it should have been does not name this person.
    LeftOut,
    /// The source took the signal back.
    Withdrawn,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::OtherPerson, Self::LeftOut, Self::Withdrawn];

    /// Its code in documents and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherPerson => "other-person",
            Self::LeftOut => "left-out",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a code.
    ///
    /// # Errors
    /// A [`ParseError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(ParseError::new("reason of ending", "a reason of this set"))
    }

    /// In Dutch, a clause without capital and full stop.
    pub const fn nl(self) -> &'static str {
        match self {
            Self::OtherPerson => {
                "de afzender heeft laten weten dat het signaal niet over deze persoon ging"
            }
            Self::LeftOut => {
                "de afzender heeft het signaal verbeterd, en deze persoon staat er niet meer in"
            }
            Self::Withdrawn => "de afzender heeft het signaal ingetrokken",
        }
    }

    /// In English, a clause without capital and full stop.
    pub const fn en(self) -> &'static str {
        match self {
            Self::OtherPerson => "the source said that the signal was not about this person",
            Self::LeftOut => {
                "the source corrected the signal, and it does not name this person any more"
            }
            Self::Withdrawn => "the source took the signal back",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.en())
    }
}

/// That a task ended without telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When the recipient received what ended it.
    pub at: Millis,
    /// Why.
    pub reason: EndReason,
}
