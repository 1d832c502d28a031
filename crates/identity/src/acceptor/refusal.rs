//! Why a handshake came to nothing, by names that fit a metric.
//!
//! Must not know: addresses, names, or anything else about who tried.

use crate::CertificateRefusal;
use rustls::{Error, InvalidMessage, PeerIncompatible};
use std::io;

/// Why a connection did not become a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HandshakeRefusal {
    /// The peer refused us, by a TLS alert.
    #[error("the peer ended the handshake with an alert")]
    Alert,
    /// The peer's certificate is refused.
    #[error("the certificate is refused: {0}")]
    Certificate(CertificateRefusal),
    /// The connection was lost before the handshake was done.
    #[error("the connection was lost")]
    Closed,
    /// Something failed on our side.
    #[error("the handshake failed on our side")]
    Failed,
    /// The peer presented no certificate.
    #[error("no certificate was presented")]
    NoCertificate,
    /// The peer knows none of the profile's key exchange groups: it needs ML-KEM, or this listener
    /// the profile `voldoende`.
    #[error("no key exchange group in common")]
    NoGroup,
    /// The peer did not agree on HTTP/2.
    #[error("http/2 was not agreed")]
    NoProtocol,
    /// The peer knows none of the profile's cipher suites or signature schemes.
    #[error("no cipher suite or signature scheme in common")]
    NoSuite,
    /// The system could not accept a connection.
    #[error("the system could not accept")]
    NotAccepted,
    /// What came in is not TLS, or breaks its rules.
    #[error("not tls")]
    NotTls,
    /// The handshake took longer than it may.
    #[error("the handshake took too long")]
    TimedOut,
    /// The peer does not offer TLS 1.3.
    #[error("tls 1.3 is not offered")]
    Version,
}

impl HandshakeRefusal {
    /// The reason as a label for a metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Certificate(refusal) => refusal.as_str(),
            Self::Closed => "closed",
            Self::Failed => "failed",
            Self::NoCertificate => "no_certificate",
            Self::NoGroup => "no_group",
            Self::NoProtocol => "no_protocol",
            Self::NoSuite => "no_suite",
            Self::NotAccepted => "not_accepted",
            Self::NotTls => "not_tls",
            Self::TimedOut => "timed_out",
            Self::Version => "version",
        }
    }
}

impl From<&io::Error> for HandshakeRefusal {
    /// Finds the reason in what ended a handshake.
    fn from(error: &io::Error) -> Self {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>());
        let Some(inner) = inner else {
            return Self::Closed;
        };
        match inner {
            Error::AlertReceived(_) => Self::Alert,
            Error::InvalidCertificate(error) => Self::Certificate(error.into()),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::NoApplicationProtocol => Self::NoProtocol,
            Error::PeerIncompatible(incompatible) => match incompatible {
                PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NamedGroupsExtensionRequired
                | PeerIncompatible::KeyShareExtensionRequired => Self::NoGroup,
                PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon
                | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon
                | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Self::NoSuite,
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled => Self::Version,
                _ => Self::NotTls,
            },
            Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion) => Self::Version,
            Error::InvalidMessage(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::PeerMisbehaved(_)
            | Error::PeerSentOversizedRecord
            | Error::DecryptError => Self::NotTls,
            _ => Self::Failed,
        }
    }
}
