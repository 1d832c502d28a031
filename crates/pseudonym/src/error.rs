//! The errors of this crate and their codes. Must not carry a number, a pseudonym or a secret.

use seinhuis_types::{Coded, ErrorCode, ParseError};

/// Why a number, key, ciphertext or conversion was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A citizen or chain number is not of its form.
    #[error(transparent)]
    Number(#[from] ParseError),
    /// The pair of domains is not in the closed table for this caller.
    #[error("no conversion from `{from}` to `{to}` for this caller")]
    NotInTable {
        /// The domain asked to convert from.
        from: String,
        /// The domain asked to convert to.
        to: String,
    },
    /// The session key named belongs to another organisation than the domain.
    #[error("key context `{context}` is not of the owner of domain `{domain}`")]
    ForeignKey {
        /// The key context named.
        context: String,
        /// The domain to convert to.
        domain: String,
    },
    /// Domains and key contexts of one conversion name different epochs.
    #[error("the epochs of the domains and the key contexts differ")]
    Epoch,
    /// 32 bytes that encode no element of the group, or its identity.
    #[error("{0} is no element of ristretto255, or is the identity")]
    Element(&'static str),
    /// 32 bytes that encode no scalar of the group, or zero.
    #[error("{0} is no scalar of ristretto255, or is zero")]
    Scalar(&'static str),
    /// A session key needs one blinded part and one share from each of at least two transcryptors.
    #[error("a session key takes as many blinded parts as shares, and at least two of each")]
    ShareCount,
    /// The last output key is not the session key the recipient stated.
    #[error("the converted ciphertexts do not stand under the recipient's stated key")]
    OutputKey,
    /// A transcryptor's secrets are not of the form of their file, or were altered.
    #[error("transcryptor secrets: {0}")]
    Secrets(&'static str),
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Number(_) | Self::Scalar(_) | Self::ShareCount => ErrorCode::MessageInvalid,
            Self::NotInTable { .. }
            | Self::ForeignKey { .. }
            | Self::Element(_)
            | Self::OutputKey => ErrorCode::ConversionRefused,
            Self::Epoch => ErrorCode::StaleKeyEpoch,
            Self::Secrets(_) => ErrorCode::Internal,
        }
    }
}
