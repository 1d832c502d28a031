//! What a call can end in other than success; a caller tells the kinds apart by variant.

use crate::Incident;
use seinhuis_domain::agreement::ContentError;
use seinhuis_domain::entry::EntryError;
use seinhuis_domain::signal;
use seinhuis_proto::v1;
use seinhuis_seal::SealError;
use seinhuis_types::{ErrorCode, ParseError, RefusalReason};
use std::fmt;
use std::time::Duration;

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The law or the agreement says no. The call itself succeeded and is in the log.
    #[error("refused: {0}")]
    Refused(RefusalInfo),
    /// The caller's own mistake, or its configuration; nothing was sent.
    #[error("{0}")]
    Invalid(String),
    /// No answer came. What was asked may have been done: the same call, made again, does it once.
    #[error("the {peer} cannot be reached: {detail}")]
    Unreachable {
        /// `hub` or `pseudonymiser`.
        peer: &'static str,
        /// What the transport said.
        detail: String,
    },
    /// The peer could not decide, and said why.
    #[error("{}: {message}", .code.as_str())]
    Rejected {
        /// Why, from the closed set.
        code: ErrorCode,
        /// The peer's words.
        message: String,
        /// After how long trying again can help.
        retry_after: Option<Duration>,
    },
    /// What came back does not prove itself. An incident: keep it and report it.
    #[error("untrusted: {0}")]
    Untrusted(Incident),
}

impl ClientError {
    /// The code, where the peer gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Rejected { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The caller's mistake, in the words of what found it.
    pub(crate) fn invalid(error: impl fmt::Display) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<Incident> for ClientError {
    fn from(incident: Incident) -> Self {
        Self::Untrusted(incident)
    }
}

macro_rules! own_mistake {
    ($($error:ty),*) => {$(
        impl From<$error> for ClientError {
            fn from(error: $error) -> Self {
                Self::invalid(error)
            }
        }
    )*};
}

own_mistake!(
    ParseError,
    EntryError,
    SealError,
    ContentError,
    signal::Invalid
);

/// Every reason of a refusal, in the fixed order of reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusalInfo {
    /// At least one; law, texts and remedies in Dutch and English.
    pub reasons: Vec<v1::Reason>,
}

impl RefusalInfo {
    /// The first reason, if it is of the set this version knows.
    pub fn reason(&self) -> Option<RefusalReason> {
        self.reasons
            .first()
            .and_then(|reason| RefusalReason::parse(&reason.code))
    }
}

impl fmt::Display for RefusalInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, reason) in self.reasons.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} ({}) {}", reason.code, reason.law, reason.text_en)?;
        }
        Ok(())
    }
}
