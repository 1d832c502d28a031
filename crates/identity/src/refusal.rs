//! Why a certificate is refused: a closed set, each with a label for metrics.
//!
//! Owns: the way to and from the errors of webpki and rustls, so that a reason survives a handshake
//! and the peer gets the TLS alert that fits. Must not know: whose certificate it was.

use rustls::CertificateError;
use seinhuis_types::{Coded, ErrorCode};
use std::sync::Arc;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $text:literal;)*) => {
        /// Why a certificate is refused. Says nothing about who presented it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum CertificateRefusal { $($(#[$doc])* #[error($text)] $name,)* }

        impl CertificateRefusal {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The reason as a label for a metric.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

refusals! {
    /// No certificate was presented.
    Absent = "absent", "no certificate was presented";
    /// The signature on the certificate is not its issuer's.
    BadSignature = "bad_signature", "the certificate is not signed by the issuer it names";
    /// A rule about chains is broken: a certificate authority used as a leaf, a leaf used as an
    /// authority, a chain too long, a name constraint.
    ChainRule = "chain_rule", "the chain breaks a rule of RFC 5280";
    /// The revocation list of an issuer in the chain is past its next update.
    CrlExpired = "crl_expired", "the revocation list has expired";
    /// The revocation list of an issuer in the chain is not that issuer's.
    CrlInvalid = "crl_invalid", "the revocation list is not signed by the issuer";
    /// A certificate in the chain is past its term.
    Expired = "expired", "the certificate has expired";
    /// It is not X.509, or holds what cannot be read.
    Malformed = "malformed", "the certificate cannot be read";
    /// The term of a certificate in the chain has not begun.
    NotYetValid = "not_yet_valid", "the certificate is not yet valid";
    /// The OIN has a character or an ending that no OIN has.
    OinForm = "oin_form", "the serial number in the subject is not an OIN";
    /// An OIN stands in the common name and nowhere else; it is not taken from there.
    OinInCommonName = "oin_in_common_name", "the OIN is in the common name only";
    /// The serial number in the subject is not 20 characters long.
    OinLength = "oin_length", "the serial number in the subject does not have 20 characters";
    /// The subject has no serial number.
    OinMissing = "oin_missing", "the subject has no serial number";
    /// The prefix of the OIN is not in the register.
    OinPrefix = "oin_prefix", "the prefix of the OIN is unknown";
    /// The subject has more than one serial number.
    OinTwice = "oin_twice", "the subject has more than one serial number";
    /// The chain is right, but another organisation than was expected is at the other end.
    OtherOrganisation = "other_organisation", "the certificate is another organisation's";
    /// A certificate in the chain is on its issuer's revocation list.
    Revoked = "revoked", "the certificate has been revoked";
    /// There is no revocation list of an issuer in the chain.
    RevocationUnknown = "revocation_unknown", "it is unknown whether the certificate is revoked";
    /// A test OIN (prefix 00000099) where those are not allowed.
    TestOin = "test_oin", "a test OIN is not allowed here";
    /// No pinned root stands above it.
    UnknownIssuer = "unknown_issuer", "the certificate is not under a trusted root";
    /// Its key is weaker than NCSC-NL's level "voldoende": RSA below 3,072 bits, or a curve below
    /// 256 bits, or, for signing, not P-256 or P-384.
    WeakKey = "weak_key", "the key is too weak or of an unknown kind";
    /// The server's certificate is not for the name it was called by.
    WrongName = "wrong_name", "the certificate is for another name";
    /// Its key usage or extended key usage is not the one this purpose needs.
    WrongUsage = "wrong_usage", "the certificate is for another use";
}

impl Coded for CertificateRefusal {
    fn code(&self) -> ErrorCode {
        ErrorCode::CertificateRefused
    }
}

impl From<&webpki::Error> for CertificateRefusal {
    fn from(error: &webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::CertExpired { .. } => Self::Expired,
            E::CertNotValidYet { .. } => Self::NotYetValid,
            E::CertRevoked => Self::Revoked,
            E::CrlExpired { .. } => Self::CrlExpired,
            E::UnknownRevocationStatus => Self::RevocationUnknown,
            E::InvalidCrlSignatureForPublicKey
            | E::IssuerNotCrlSigner
            | E::UnsupportedCrlSignatureAlgorithmContext(_)
            | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => Self::CrlInvalid,
            E::UnknownIssuer => Self::UnknownIssuer,
            E::InvalidSignatureForPublicKey | E::SignatureAlgorithmMismatch => Self::BadSignature,
            E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::WeakKey,
            E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => Self::WrongUsage,
            E::CertNotValidForName(_) => Self::WrongName,
            E::CaUsedAsEndEntity
            | E::EndEntityUsedAsCa
            | E::NameConstraintViolation
            | E::PathLenConstraintViolated
            | E::MaximumPathDepthExceeded
            | E::MaximumPathBuildCallsExceeded
            | E::MaximumSignatureChecksExceeded
            | E::MaximumNameConstraintComparisonsExceeded
            | E::UnsupportedCriticalExtension => Self::ChainRule,
            _ => Self::Malformed,
        }
    }
}

impl From<CertificateRefusal> for rustls::Error {
    /// Chooses the error whose TLS alert tells the peer what to mend; the rest travel as
    /// themselves, under `certificate_unknown`.
    fn from(refusal: CertificateRefusal) -> Self {
        use CertificateRefusal as R;
        Self::InvalidCertificate(match refusal {
            R::BadSignature => CertificateError::BadSignature,
            R::Expired => CertificateError::Expired,
            R::Malformed => CertificateError::BadEncoding,
            R::NotYetValid => CertificateError::NotValidYet,
            R::Revoked => CertificateError::Revoked,
            R::RevocationUnknown => CertificateError::UnknownRevocationStatus,
            R::UnknownIssuer => CertificateError::UnknownIssuer,
            R::WrongName => CertificateError::NotValidForName,
            other => CertificateError::Other(rustls::OtherError(Arc::new(other))),
        })
    }
}

impl From<&CertificateError> for CertificateRefusal {
    /// Finds the reason again in the error that ended a handshake.
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::BadSignature => Self::BadSignature,
            CertificateError::Expired => Self::Expired,
            CertificateError::NotValidYet => Self::NotYetValid,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::UnknownRevocationStatus => Self::RevocationUnknown,
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName => Self::WrongName,
            CertificateError::Other(rustls::OtherError(inner)) => inner
                .downcast_ref::<Self>()
                .copied()
                .unwrap_or(Self::Malformed),
            _ => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_a_handshake_error() {
        for refusal in CertificateRefusal::ALL {
            let rustls::Error::InvalidCertificate(error) = (*refusal).into() else {
                panic!("{refusal} became another kind of error");
            };
            assert_eq!(CertificateRefusal::from(&error), *refusal);
        }
    }

    #[test]
    fn labels_differ() {
        let labels: std::collections::BTreeSet<_> = CertificateRefusal::ALL
            .iter()
            .map(|refusal| refusal.as_str())
            .collect();
        assert_eq!(labels.len(), CertificateRefusal::ALL.len());
    }
}
