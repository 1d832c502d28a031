//! Messages to commands: the one place where generated types are parsed into the project's own.
//!
//! Owns: length and form of every field that comes in. Must not know: policy, store, use cases.

mod audit;
mod break_glass;
mod consent;
mod envelope;
mod person;
mod question;
mod rectify;
mod request;
mod retention;
mod simulate;

pub(crate) use audit::{grant, grant_access, list_entries, open_entries, revoke_grant};
pub(crate) use break_glass::review_break_glass;
pub(crate) use consent::{acknowledge_withdrawal, consent_id, register_consent, withdraw_consent};
pub(crate) use envelope::publish;
pub(crate) use person::asserted;
pub(crate) use question::{answer, ask};
pub(crate) use rectify::{rectify, signal_id};
pub(crate) use request::{
    acknowledge, agreement_step, convert, convert_own, idempotency, statement,
};
pub(crate) use retention::{erase_parts, lift_hold, place_hold};
pub(crate) use simulate::{routes_page, simulate};

use seinhuis_domain::signal::Invalid;
use seinhuis_hub::command::Signed;
use seinhuis_types::{ErrorCode, ParseError};

/// A message that breaks a rule of form.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Malformed {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Malformed {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::MessageInvalid,
            message: message.into(),
        }
    }

    /// Says in which part of the message it was.
    pub(crate) fn within(self, place: &str) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }
}

impl From<ParseError> for Malformed {
    fn from(error: ParseError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<Invalid> for Malformed {
    fn from(error: Invalid) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

/// A leaf beside its bytes.
pub(crate) fn signed<T>(
    bytes: Vec<u8>,
    decode: impl Fn(&[u8]) -> Result<T, Invalid>,
) -> Result<Signed<T>, Malformed> {
    Ok(Signed {
        value: decode(&bytes)?,
        bytes,
    })
}

/// Exactly `N` bytes, or an error that names the field.
pub(crate) fn exactly<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| {
        Malformed::new(format!(
            "{what}: {N} bytes are expected, {} came",
            bytes.len()
        ))
    })
}

/// At most `max` bytes or items.
pub(crate) fn at_most(len: usize, max: usize, what: &str) -> Result<(), Malformed> {
    if len <= max {
        Ok(())
    } else {
        Err(Malformed::new(format!(
            "{what}: at most {max} are allowed, {len} came"
        )))
    }
}

/// `None` for an empty text, else the parsed code.
pub(crate) fn optional<T: std::str::FromStr<Err = ParseError>>(
    text: &str,
) -> Result<Option<T>, ParseError> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

#[cfg(test)]
mod tests;
