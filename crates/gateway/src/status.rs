//! The one map from errors to gRPC status.
//!
//! Owns: which code becomes which status, `google.rpc.ErrorInfo` and `RetryInfo`, and the
//! correlation id of internal errors. Must not know: what the call was about.

use crate::convert::Malformed;
use seinhuis_hub::HubError;
use seinhuis_types::{Coded, ErrorCode};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of `ErrorInfo`.
const DOMAIN: &str = "seinhuis.v1";

/// The gRPC status of each error code.
pub(crate) const fn grpc_code(code: ErrorCode) -> Code {
    match code {
        ErrorCode::ActivityNotFound
        | ErrorCode::AgreementNotFound
        | ErrorCode::BreakGlassNotFound
        | ErrorCode::ConsentNotFound
        | ErrorCode::DeliveryNotFound
        | ErrorCode::DeskUnknown
        | ErrorCode::EntryNotFound
        | ErrorCode::PartnerUnknown
        | ErrorCode::QuestionNotFound
        | ErrorCode::SignalNotFound => Code::NotFound,
        ErrorCode::AgreementInvalid
        | ErrorCode::AgreementHashMismatch
        | ErrorCode::BreakGlassInvalid
        | ErrorCode::ConsentAge
        | ErrorCode::ConsentTerm
        | ErrorCode::ConversionRefused
        | ErrorCode::CursorInvalid
        | ErrorCode::EventTimeOutOfRange
        | ErrorCode::KeyStatementInvalid
        | ErrorCode::ManifestInvalid
        | ErrorCode::MessageInvalid
        | ErrorCode::PersonAssertionInvalid
        | ErrorCode::QuestionTickInvalid
        | ErrorCode::QuestionToOneDesk => Code::InvalidArgument,
        ErrorCode::AgreementStateConflict
        | ErrorCode::BreakGlassNotJustified
        | ErrorCode::BreakGlassReviewed
        | ErrorCode::ConsentNotAttested
        | ErrorCode::ConsentNotTaken
        | ErrorCode::ConsentRevision
        | ErrorCode::ConsentWithdrawn
        | ErrorCode::NothingToRectify
        | ErrorCode::PartBeforeTerm
        | ErrorCode::PartHeld
        | ErrorCode::QuestionAnswered
        | ErrorCode::QuestionClosed
        | ErrorCode::RectificationIncomplete
        | ErrorCode::ReviewKeyReplaced
        | ErrorCode::StaleKeyEpoch => Code::FailedPrecondition,
        ErrorCode::Aborted => Code::Aborted,
        ErrorCode::CapabilityMissing
        | ErrorCode::FunctionsCombined
        | ErrorCode::GrantNotInForce
        | ErrorCode::ReviewerNotIndependent
        | ErrorCode::SecondPersonNeeded
        | ErrorCode::SystemUnknown => Code::PermissionDenied,
        ErrorCode::CertificateRefused => Code::Unauthenticated,
        ErrorCode::ConsentCited
        | ErrorCode::ConversionReplayed
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::PersonAssertionUsed
        | ErrorCode::SlipReused => Code::AlreadyExists,
        ErrorCode::Internal => Code::Internal,
        ErrorCode::MessageTooLarge => Code::OutOfRange,
        ErrorCode::Overloaded | ErrorCode::OverBudget | ErrorCode::StorageFull => {
            Code::ResourceExhausted
        }
        ErrorCode::PseudonymiserUnavailable | ErrorCode::Unavailable => Code::Unavailable,
    }
}

/// After how long a call may be tried again, where that can help.
const fn retry_after(code: ErrorCode) -> Option<Duration> {
    match code {
        ErrorCode::Aborted => Some(Duration::from_millis(50)),
        ErrorCode::Overloaded => Some(Duration::from_millis(250)),
        ErrorCode::PseudonymiserUnavailable | ErrorCode::Unavailable => {
            Some(Duration::from_secs(2))
        }
        ErrorCode::StorageFull => Some(Duration::from_secs(30)),
        ErrorCode::OverBudget => Some(Duration::from_secs(3600)),
        _ => None,
    }
}

/// A status with its code as `ErrorInfo.reason`.
pub(crate) fn status(code: ErrorCode, message: impl Into<String>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(code.as_str(), DOMAIN, std::collections::HashMap::new());
    if let Some(after) = retry_after(code) {
        details.set_retry_info(Some(after));
    }
    Status::with_error_details(grpc_code(code), message, details)
}

/// The status of a use case's error. An internal one is logged here, once, under a correlation id;
/// the caller sees the id only.
pub(crate) fn from_hub(error: &HubError) -> Status {
    let code = error.code();
    if code == ErrorCode::Internal {
        let id: u64 = rand::random();
        tracing::error!(correlation = format!("{id:016x}"), %error, "internal error");
        return status(code, format!("internal error, correlation id {id:016x}"));
    }
    status(code, error.to_string())
}

impl From<Malformed> for Status {
    fn from(error: Malformed) -> Self {
        status(error.code, error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt;

    #[test]
    fn every_code_travels_as_error_info() {
        for code in ErrorCode::ALL {
            let status = status(*code, "x");
            assert_ne!(status.code(), Code::Ok);
            assert_ne!(status.code(), Code::Unknown);
            let info = status.get_details_error_info().unwrap();
            assert_eq!(info.reason, code.as_str());
        }
    }
}
