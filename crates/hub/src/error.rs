//! Why a call was not decided.
//!
//! Owns: the errors of the use cases and their codes. Must not know: gRPC status codes.

use crate::cursor::CursorError;
use crate::parts::Unopened;
use seinhuis_audit::AuditError;
use seinhuis_store::StoreError;
use seinhuis_types::{Coded, ErrorCode, ParseError};

/// Why a call was not decided. Nothing was done and nothing is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// An error with its own code and sentence.
    #[error("{message}")]
    Told {
        /// The code.
        code: ErrorCode,
        /// What happened, which rule, what would mend it. Lowercase, no personal data.
        message: String,
    },
    /// The store failed, or the decision was overtaken three times.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A cursor that cannot be taken.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Stored parts do not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// Something that should have held did not.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl HubError {
    /// An error of `code` that tells `message`.
    pub fn told(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Told {
            code,
            message: message.into(),
        }
    }

    /// What the log could not give.
    pub fn from_log(error: &AuditError) -> Self {
        match error.code() {
            ErrorCode::Internal => Self::Internal("the log could not be read"),
            code => Self::told(code, error.to_string()),
        }
    }

    /// The message breaks a rule of form.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::told(ErrorCode::MessageInvalid, message)
    }
}

impl From<ParseError> for HubError {
    fn from(error: ParseError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl Coded for HubError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Told { code, .. } => *code,
            Self::Store(error) => error.code(),
            Self::Cursor(_) => ErrorCode::CursorInvalid,
            Self::Unopened(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }
}
