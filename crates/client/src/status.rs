//! From gRPC status to [`ClientError`], and which calls are tried again.
//!
//! Owns: reading `google.rpc.ErrorInfo` and `RetryInfo`. Must not know: what was asked.

use crate::ClientError;
use seinhuis_types::ErrorCode;
use std::future::Future;
use std::time::Duration;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

/// The domain of `ErrorInfo`.
const DOMAIN: &str = "seinhuis.v1";
/// How often a call that may be repeated is made in all.
const ATTEMPTS: u32 = 3;
/// The longest wait between two attempts; a longer advice is left to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// The wait after a broken line.
const BROKEN_LINE: Duration = Duration::from_millis(200);

/// What a status means. A reason this version does not know is `INTERNAL`, with its words kept.
pub(crate) fn error(peer: &'static str, status: &Status) -> ClientError {
    let info = status
        .get_details_error_info()
        .filter(|info| info.domain == DOMAIN);
    if let Some(info) = info {
        let known = ErrorCode::parse(&info.reason);
        let message = match known {
            Some(_) => status.message().to_owned(),
            None => format!("{}: {}", info.reason, status.message()),
        };
        return ClientError::Rejected {
            code: known.unwrap_or(ErrorCode::Internal),
            message,
            retry_after: status
                .get_details_retry_info()
                .and_then(|retry| retry.retry_delay),
        };
    }
    let code = match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => ErrorCode::CertificateRefused,
        Code::OutOfRange => ErrorCode::MessageTooLarge,
        Code::ResourceExhausted => ErrorCode::Overloaded,
        Code::InvalidArgument => ErrorCode::MessageInvalid,
        Code::Internal | Code::DataLoss | Code::Unimplemented => ErrorCode::Internal,
        _ => {
            let detail = match status.code() {
                Code::Cancelled | Code::DeadlineExceeded => "no answer in time".to_owned(),
                _ => cause(status),
            };
            return ClientError::Unreachable { peer, detail };
        }
    };
    ClientError::Rejected {
        code,
        message: status.message().to_owned(),
        retry_after: None,
    }
}

/// The innermost cause: the outer ones say no more than that a transport failed.
fn cause(status: &Status) -> String {
    let mut found: &dyn std::error::Error = status;
    while let Some(inner) = found.source() {
        found = inner;
    }
    found.to_string()
}

/// After how long the same bytes may be sent again by the SDK itself.
fn again(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Unreachable { .. } => Some(BROKEN_LINE),
        ClientError::Rejected {
            code:
                ErrorCode::Aborted
                | ErrorCode::Overloaded
                | ErrorCode::Unavailable
                | ErrorCode::PseudonymiserUnavailable,
            retry_after,
            ..
        } => Some(retry_after.unwrap_or(BROKEN_LINE)).filter(|wait| *wait <= LONGEST_WAIT),
        _ => None,
    }
}

/// Makes a call once: for what costs something each time.
pub(crate) async fn once<T>(
    peer: &'static str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, ClientError> {
    call.await
        .map(Response::into_inner)
        .map_err(|status| error(peer, &status))
}

/// Makes a call up to three times: for reads, and for calls with an idempotency key, whose every
/// attempt must carry the same bytes.
pub(crate) async fn repeated<T, F>(
    peer: &'static str,
    mut call: impl FnMut() -> F,
) -> Result<T, ClientError>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut attempt = 1;
    loop {
        let failed = match once(peer, Box::pin(call())).await {
            Ok(reply) => return Ok(reply),
            Err(failed) => failed,
        };
        match again(&failed) {
            Some(wait) if attempt < ATTEMPTS => tokio::time::sleep(wait).await,
            _ => return Err(failed),
        }
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    fn told(code: &str, domain: &str, retry: Option<Duration>) -> Status {
        let mut details = ErrorDetails::new();
        details.set_error_info(code, domain, std::collections::HashMap::new());
        details.set_retry_info(retry);
        Status::with_error_details(Code::FailedPrecondition, "words", details)
    }

    #[test]
    fn every_code_of_the_contract_comes_back_as_itself() {
        for code in ErrorCode::ALL {
            let error = error("hub", &told(code.as_str(), DOMAIN, None));
            assert_eq!(error.code(), Some(*code));
            assert_eq!(error.to_string(), format!("{}: words", code.as_str()));
        }
    }

    #[test]
    fn an_unknown_reason_keeps_its_name_and_a_foreign_domain_is_not_believed() {
        let unknown = error("hub", &told("NEW_IN_V2", DOMAIN, None));
        assert_eq!(unknown.code(), Some(ErrorCode::Internal));
        assert!(unknown.to_string().contains("NEW_IN_V2"));
        let foreign = error("hub", &told("OVER_BUDGET", "proxy.example", None));
        assert_eq!(foreign.code(), None);
    }

    #[test]
    fn a_line_that_breaks_is_told_apart_from_an_answer() {
        for code in [
            Code::Unavailable,
            Code::DeadlineExceeded,
            Code::Cancelled,
            Code::Unknown,
        ] {
            let error = error("hub", &Status::new(code, "x"));
            assert!(
                matches!(error, ClientError::Unreachable { peer: "hub", .. }),
                "{code:?}"
            );
        }
        let refused = error("hub", &Status::new(Code::Unauthenticated, "x"));
        assert_eq!(refused.code(), Some(ErrorCode::CertificateRefused));
    }

    #[test]
    fn only_what_can_pass_is_tried_again_and_only_when_soon() {
        let after = |code: &str, retry| again(&error("hub", &told(code, DOMAIN, retry)));
        let second = Duration::from_secs(1);
        assert_eq!(after("UNAVAILABLE", Some(second)), Some(second));
        assert_eq!(after("UNAVAILABLE", Some(Duration::from_secs(60))), None);
        assert_eq!(after("OVER_BUDGET", Some(second)), None);
        assert_eq!(after("SLIP_REUSED", None), None);
        assert!(again(&Incident::OtherRecipient.into()).is_none());
    }

    use crate::Incident;

    #[tokio::test]
    async fn a_repeated_call_stops_after_three_attempts_and_at_the_first_answer() {
        let mut calls = 0;
        let result = repeated::<(), _>("hub", || {
            calls += 1;
            std::future::ready(Err(told("ABORTED", DOMAIN, Some(Duration::ZERO))))
        });
        assert_eq!(result.await.unwrap_err().code(), Some(ErrorCode::Aborted));
        assert_eq!(calls, 3);
        calls = 0;
        let result = repeated::<(), _>("hub", || {
            calls += 1;
            std::future::ready(Err(told("MANIFEST_INVALID", DOMAIN, None)))
        });
        assert_eq!(
            result.await.unwrap_err().code(),
            Some(ErrorCode::ManifestInvalid)
        );
        assert_eq!(calls, 1);
    }
}
