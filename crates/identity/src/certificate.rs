//! From a leaf certificate to the organisation it names.
//!
//! Owns: where an OIN may stand (subject attribute serialNumber, exactly once) and what a leaf's
//! key and usages must be. Must not know: whether the chain above it is trusted.

use crate::{CertificateRefusal, Usage};
use ring::digest::{Context, SHA256};
use seinhuis_types::{Digest, Millis, Oin};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_X509_SERIALNUMBER};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

/// Smallest RSA key NCSC-NL calls "voldoende" (TLS guidelines 2025-05), in bits.
const RSA_BITS: usize = 3_072;
/// Smallest curve NCSC-NL calls "voldoende", in bits.
const CURVE_BITS: usize = 256;

/// The SHA-256 of a certificate's DER: `x5t#S256` of RFC 7515, and the handle of a system.
pub fn thumbprint(der: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(der);
    finish(context)
}

/// The digest of a SHA-256 context, in the type that says it has 32 bytes.
pub(crate) fn finish(context: Context) -> Digest {
    let mut bytes = [0; 32];
    bytes
        .iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(to, from)| *to = *from);
    Digest(bytes)
}

/// The organisation and the certificate at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerIdentity {
    /// The organisation.
    pub oin: Oin,
    /// The SHA-256 of the certificate, by which a system is registered.
    pub thumbprint: Digest,
    /// The last millisecond of the certificate's term, UTC.
    pub not_after: Millis,
}

impl PeerIdentity {
    /// Reads the identity a leaf certificate (DER) states. It is worth as much as the verification
    /// of the chain: use [`crate::TrustAnchors::verify`], which does both.
    ///
    /// The OIN is the one attribute 2.5.4.5 of the subject (OIN-Stelsel 2.2.2). Two are refused even
    /// when equal, and a common name is never read as an OIN.
    pub fn stated_by(leaf: &[u8]) -> Result<Self, CertificateRefusal> {
        Leaf::parse(leaf).map(|leaf| leaf.identity)
    }
}

/// The key of a signing certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
}

/// What a leaf says about itself.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) identity: PeerIdentity,
    /// The named curve of the key, if it is one that signs manifests and JWS.
    pub(crate) curve: Option<Curve>,
    /// The public key, uncompressed point for a curve.
    pub(crate) public_key: Vec<u8>,
    strong: bool,
    digital_signature: Option<bool>,
    tls: Option<TlsUsage>,
}

/// The extended key usage extension, as far as it matters here.
#[derive(Debug, Clone, Copy)]
struct TlsUsage {
    client: bool,
    server: bool,
    other: bool,
}

impl Leaf {
    pub(crate) fn parse(der: &[u8]) -> Result<Self, CertificateRefusal> {
        let certificate = read(der)?;
        let oin = oin_of(certificate.subject())?;
        let key = certificate.public_key();
        let strong = match key.parsed() {
            Ok(PublicKey::RSA(key)) => key.key_size() >= RSA_BITS,
            Ok(PublicKey::EC(point)) => point.key_size() >= CURVE_BITS,
            // Other kinds are judged by the list of signature algorithms in the handshake.
            _ => true,
        };
        let curve_oid = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|p| p.as_oid().ok());
        let curve = curve_oid.and_then(|oid| {
            [(OID_EC_P256, Curve::P256), (OID_NIST_EC_P384, Curve::P384)]
                .into_iter()
                .find_map(|(known, curve)| (oid == known).then_some(curve))
        });
        let malformed = |_| CertificateRefusal::Malformed;
        let usage = certificate.key_usage().map_err(malformed)?;
        let extended = certificate.extended_key_usage().map_err(malformed)?;
        Ok(Self {
            identity: PeerIdentity {
                oin,
                thumbprint: thumbprint(der),
                not_after: last(&certificate),
            },
            curve,
            public_key: key.subject_public_key.data.to_vec(),
            strong,
            digital_signature: usage.map(|usage| usage.value.digital_signature()),
            tls: extended.map(|usage| {
                let usage = usage.value;
                TlsUsage {
                    client: usage.client_auth,
                    server: usage.server_auth,
                    other: usage.email_protection || usage.code_signing || !usage.other.is_empty(),
                }
            }),
        })
    }

    /// Whether the leaf is meant and fit for `usage`. A TLS certificate must say that it is one, so
    /// that a signing certificate opens no connection, and the other way about.
    pub(crate) fn check(&self, usage: Usage) -> Result<(), CertificateRefusal> {
        if !self.strong {
            return Err(CertificateRefusal::WeakKey);
        }
        let fits = match usage {
            Usage::TlsClient => {
                self.digital_signature != Some(false) && self.tls.is_some_and(|tls| tls.client)
            }
            Usage::TlsServer => {
                self.digital_signature != Some(false) && self.tls.is_some_and(|tls| tls.server)
            }
            Usage::Signing => {
                self.digital_signature == Some(true)
                    && self
                        .tls
                        .is_none_or(|tls| tls.other && !tls.client && !tls.server)
            }
        };
        if !fits {
            return Err(CertificateRefusal::WrongUsage);
        }
        if usage == Usage::Signing && self.curve.is_none() {
            return Err(CertificateRefusal::WeakKey);
        }
        Ok(())
    }
}

fn last(certificate: &X509Certificate<'_>) -> Millis {
    // A moment before 1970 is over.
    let second = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0);
    Millis(second.saturating_mul(Millis::SECOND)).plus(Millis::SECOND - 1)
}

/// The term of a certificate, in seconds since 1970, first and last second included.
pub(crate) fn term(der: &[u8]) -> Result<(u64, u64), CertificateRefusal> {
    let certificate = read(der)?;
    let validity = certificate.validity();
    // A moment before 1970 is as good as 1970 for a start, and over for an end.
    let seconds = |at: i64| u64::try_from(at).unwrap_or(0);
    Ok((
        seconds(validity.not_before.timestamp()),
        seconds(validity.not_after.timestamp()),
    ))
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>, CertificateRefusal> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(CertificateRefusal::Malformed),
    }
}

fn oin_of(subject: &X509Name<'_>) -> Result<Oin, CertificateRefusal> {
    let mut found = subject.iter_by_oid(&OID_X509_SERIALNUMBER);
    let Some(first) = found.next() else {
        let in_common_name = subject
            .iter_common_name()
            .filter_map(|name| name.as_str().ok())
            .any(|name| Oin::parse(name.trim()).is_ok());
        return Err(if in_common_name {
            CertificateRefusal::OinInCommonName
        } else {
            CertificateRefusal::OinMissing
        });
    };
    if found.next().is_some() {
        return Err(CertificateRefusal::OinTwice);
    }
    read_oin(first.as_str().map_err(|_| CertificateRefusal::OinForm)?)
}

/// Reads an OIN, naming the rule it breaks.
fn read_oin(text: &str) -> Result<Oin, CertificateRefusal> {
    if text.chars().count() != 20 {
        return Err(CertificateRefusal::OinLength);
    }
    Oin::parse(text).map_err(|_| {
        // When a known prefix mends it, the prefix was wrong.
        let mended = text
            .get(8..)
            .map(|rest| Oin::parse(&format!("00000099{rest}")));
        if matches!(mended, Some(Ok(_))) {
            CertificateRefusal::OinPrefix
        } else {
            CertificateRefusal::OinForm
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_broken_rule_of_an_oin_is_named() {
        for (text, refusal) in [
            ("", CertificateRefusal::OinLength),
            ("0000009900000001000", CertificateRefusal::OinLength),
            ("000000990000000100000", CertificateRefusal::OinLength),
            ("00000098000000010000", CertificateRefusal::OinPrefix),
            ("00000099000000010001", CertificateRefusal::OinForm),
            ("0000009900000001a000", CertificateRefusal::OinForm),
            ("0000009é000000010000", CertificateRefusal::OinForm),
        ] {
            assert_eq!(read_oin(text), Err(refusal), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_an_oin_and_reads_as_itself(text in "[0-9A-Za-z é]{0,24}|0000000[0-9][0-9A-Z]{9}000") {
            match read_oin(&text) {
                Ok(oin) => prop_assert_eq!(oin.as_str(), text),
                Err(_) => prop_assert!(Oin::parse(&text).is_err()),
            }
        }

        #[test]
        fn bytes_that_are_no_certificate_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(PeerIdentity::stated_by(&bytes), Err(CertificateRefusal::Malformed));
        }
    }
}
