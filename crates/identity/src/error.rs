//! What can go wrong in this crate. Must not know: how an error looks on the wire.

use crate::CertificateRefusal;
use seinhuis_types::{Coded, ErrorCode};
use std::path::PathBuf;

/// Why an identity, a signature or a secret could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The certificate is refused, by the reason named.
    #[error("the certificate is refused: {0}")]
    Certificate(#[from] CertificateRefusal),
    /// A file could not be read or written.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The compact JWS breaks a rule of its form.
    #[error("the signed object is refused: {0}")]
    Jws(&'static str),
    /// The key statement breaks a rule of its form, its owner or its term.
    #[error("the key statement is refused: {0}")]
    KeyStatement(&'static str),
    /// The person assertion breaks a rule of its form, its maker, its call or its term.
    #[error("the person assertion is refused: {0}")]
    PersonAssertion(&'static str),
    /// A private key is not of a kind that is used here, or not the certificate's.
    #[error("the private key is refused: {0}")]
    PrivateKey(&'static str),
    /// A file with a secret is not a plain file.
    #[error("`{path}` is not a regular file: put the secret itself there")]
    SecretNotRegular {
        /// The file.
        path: PathBuf,
    },
    /// A file with a secret belongs to somebody else.
    #[error(
        "`{path}` belongs to user {owner}, this runs as user {user}: run `chown {user} {path}`"
    )]
    SecretOwner {
        /// The file.
        path: PathBuf,
        /// The user id that owns the file.
        owner: u32,
        /// The user id that runs this process.
        user: u32,
    },
    /// A file with a secret is open to others.
    #[error("`{path}` has mode {mode:04o}, so others can reach it: run `chmod 600 {path}`")]
    SecretMode {
        /// The file.
        path: PathBuf,
        /// The mode of the file, its last twelve bits.
        mode: u32,
    },
    /// A file with a secret is larger than any secret.
    #[error("`{path}` is larger than a secret can be")]
    SecretTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The signature is not the certificate's over these bytes.
    #[error("the signature does not verify")]
    Signature,
    /// TLS cannot be set up as asked.
    #[error("tls cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The trust anchors or revocation lists cannot be used.
    #[error("the trust anchors cannot be used: {0}")]
    Trust(&'static str),
    /// A file with roots or revocation lists cannot be used.
    #[error("`{path}` cannot be used: {what}; fetch it again from its issuer")]
    TrustFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Coded for IdentityError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Certificate(refusal) => refusal.code(),
            Self::Jws(_) | Self::Signature => ErrorCode::MessageInvalid,
            Self::KeyStatement(_) => ErrorCode::KeyStatementInvalid,
            Self::PersonAssertion(_) => ErrorCode::PersonAssertionInvalid,
            Self::File { .. }
            | Self::PrivateKey(_)
            | Self::SecretNotRegular { .. }
            | Self::SecretOwner { .. }
            | Self::SecretMode { .. }
            | Self::SecretTooLarge { .. }
            | Self::Tls(_)
            | Self::Trust(_)
            | Self::TrustFile { .. } => ErrorCode::Internal,
        }
    }
}
