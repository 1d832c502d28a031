//! Why material could not be made. Must not know: why material is refused.

use seinhuis_types::{Coded, ErrorCode};
use std::path::PathBuf;

/// Why the throw-away PKI could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file of the PKI could not be read or written.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the PKI holds something else than the PKI wrote.
    #[error("`{path}` is not a file of this PKI")]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The name of an organisation cannot be the name of a folder.
    #[error("the name `{name}` is not 1 to 32 of a-z, 0-9 and -")]
    Name {
        /// The name as given.
        name: String,
    },
    /// The OIN is a real one; a throw-away PKI signs for prefix 00000099 only.
    #[error("a throw-away PKI signs for test OINs only, prefix 00000099")]
    NotATestOin,
    /// The moment cannot be written in a certificate.
    #[error("the time is outside what a certificate can hold")]
    Time,
    /// A key or certificate could not be made.
    #[error("cannot make the certificate: {0}")]
    Make(#[from] rcgen::Error),
}

impl Coded for PkiError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Internal
    }
}
