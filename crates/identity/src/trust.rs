//! What this environment trusts: pinned roots, and the revocation lists it enforces.
//!
//! Owns: the one way in which a chain is judged, for TLS and for signatures: path, term, use,
//! revocation of every certificate in it, then the OIN. Must not know: who the partners are.

use crate::certificate::{Leaf, PeerIdentity};
use crate::{CertificateRefusal, IdentityError};
use rustls::DistinguishedName;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, SignatureVerificationAlgorithm, TrustAnchor,
    UnixTime,
};
use seinhuis_types::Millis;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, ExtendedKeyUsageValidator,
    KeyPurposeIdIter, KeyUsage, OwnedCertRevocationList, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};

/// Most certificates in a presented chain, the leaf included.
pub const CHAIN_CERTIFICATES: usize = 6;
/// Largest certificate in a presented chain, in bytes.
pub const CERTIFICATE_BYTES: usize = 16 * 1024;

/// Signatures on certificates and revocation lists: NCSC-NL 2025-05, SHA-256 and up.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::aws_lc_rs::ECDSA_P256_SHA256,
    webpki::aws_lc_rs::ECDSA_P256_SHA384,
    webpki::aws_lc_rs::ECDSA_P256_SHA512,
    webpki::aws_lc_rs::ECDSA_P384_SHA256,
    webpki::aws_lc_rs::ECDSA_P384_SHA384,
    webpki::aws_lc_rs::ECDSA_P384_SHA512,
    webpki::aws_lc_rs::ECDSA_P521_SHA256,
    webpki::aws_lc_rs::ECDSA_P521_SHA384,
    webpki::aws_lc_rs::ECDSA_P521_SHA512,
    webpki::aws_lc_rs::ED25519,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA384,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA512,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::aws_lc_rs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// What a chain is presented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To open a connection.
    TlsClient,
    /// To answer a connection.
    TlsServer,
    /// To have signed something.
    Signing,
}

impl ExtendedKeyUsageValidator for Usage {
    /// Holds intermediates to their own extended key usage, where they have one; the leaf's is
    /// judged by `Leaf::check`, which demands more.
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Self::TlsClient => KeyUsage::client_auth().validate(purposes),
            Self::TlsServer => KeyUsage::server_auth().validate(purposes),
            Self::Signing => Ok(()),
        }
    }
}

/// Whether organisations with a test OIN (prefix 00000099) may take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOins {
    /// In tests, demos and acceptance environments.
    Allowed,
    /// In production.
    Refused,
}

/// The pinned roots and the revocation lists of one environment. Never changed: a new set of files
/// is a new value.
pub struct TrustAnchors {
    anchors: Vec<TrustAnchor<'static>>,
    crls: Vec<CertRevocationList<'static>>,
    crls_due: Millis,
    test_oins: TestOins,
}

impl std::fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("roots", &self.anchors.len())
            .field("crls", &self.crls.len())
            .field("test_oins", &self.test_oins)
            .finish_non_exhaustive()
    }
}

impl TrustAnchors {
    /// Reads roots and revocation lists from PEM files, each of which may hold several.
    pub fn load(
        roots: &[PathBuf],
        crls: &[PathBuf],
        test_oins: TestOins,
    ) -> Result<Self, IdentityError> {
        Self::from_pem(&read_all(roots)?, &read_all(crls)?, test_oins)
    }

    /// Reads roots and revocation lists from PEM text. At least one of each is needed: without a
    /// list nothing could be checked for revocation. Where an issuer has several lists, the newest
    /// counts.
    pub fn from_pem(roots: &[u8], crls: &[u8], test_oins: TestOins) -> Result<Self, IdentityError> {
        let anchors: Vec<_> = CertificateDer::pem_slice_iter(roots)
            .map(|root| {
                let root = root.map_err(|_| IdentityError::Trust("a root is not PEM"))?;
                let anchor = webpki::anchor_from_trusted_cert(&root)
                    .map_err(|_| IdentityError::Trust("a root is not a certificate"))?;
                Ok(anchor.to_owned())
            })
            .collect::<Result<_, IdentityError>>()?;
        if anchors.is_empty() {
            return Err(IdentityError::Trust("there is no root"));
        }

        let mut lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(crls)
            .map(|list| {
                let list =
                    list.map_err(|_| IdentityError::Trust("a revocation list is not PEM"))?;
                read_crl(&list)
            })
            .collect::<Result<_, IdentityError>>()?;
        // The first list of an issuer is the one that is asked.
        lists.sort_by_key(|list| Reverse(list.made));
        let due = lists.iter().map(|list| list.due).min();
        let Some(due) = due else {
            return Err(IdentityError::Trust("there is no revocation list"));
        };
        let crls_due = Millis(due.saturating_mul(Millis::SECOND));
        let crls = lists.into_iter().map(|list| list.parsed).collect();
        Ok(Self {
            anchors,
            crls,
            crls_due,
            test_oins,
        })
    }

    /// When the first of the revocation lists must have been followed by another; after it, chains
    /// under that list's issuer are refused. For the expiry alarm.
    pub fn crls_due(&self) -> Millis {
        self.crls_due
    }

    /// The subjects of the roots, which a server names to those who call.
    pub fn root_names(&self) -> Vec<DistinguishedName> {
        self.anchors
            .iter()
            .map(|a| DistinguishedName::in_sequence(&a.subject))
            .collect()
    }

    /// Judges a chain (leaf first, the root may be left out) for `usage` at the moment `at`, and
    /// gives the identity it proves.
    ///
    /// Every certificate below the root must be within its term and be shown, by a current
    /// revocation list signed by its issuer, not to be revoked.
    pub fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        usage: Usage,
        at: Millis,
    ) -> Result<PeerIdentity, CertificateRefusal> {
        self.verify_leaf(chain, usage, at).map(|leaf| leaf.identity)
    }

    pub(crate) fn verify_leaf(
        &self,
        chain: &[CertificateDer<'_>],
        usage: Usage,
        at: Millis,
    ) -> Result<Leaf, CertificateRefusal> {
        let (leaf, intermediates) = chain.split_first().ok_or(CertificateRefusal::Absent)?;
        if chain.len() > CHAIN_CERTIFICATES || chain.iter().any(|c| c.len() > CERTIFICATE_BYTES) {
            return Err(CertificateRefusal::ChainRule);
        }
        let refusal = |error| CertificateRefusal::from(&error);
        let crls: Vec<_> = self.crls.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&crls)
            .map_err(|_| CertificateRefusal::RevocationUnknown)?
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build();
        EndEntityCert::try_from(leaf)
            .map_err(refusal)?
            .verify_for_usage(
                ALGORITHMS,
                &self.anchors,
                intermediates,
                UnixTime::since_unix_epoch(Duration::from_millis(at.0)),
                usage,
                Some(revocation),
                None,
            )
            .map_err(refusal)?;

        let leaf = Leaf::parse(leaf)?;
        leaf.check(usage)?;
        if leaf.identity.oin.is_test() && self.test_oins == TestOins::Refused {
            return Err(CertificateRefusal::TestOin);
        }
        Ok(leaf)
    }
}

struct ReadCrl {
    parsed: CertRevocationList<'static>,
    made: i64,
    due: u64,
}

fn read_crl(der: &[u8]) -> Result<ReadCrl, IdentityError> {
    let broken = IdentityError::Trust("a revocation list cannot be read");
    let Ok(parsed) = OwnedCertRevocationList::from_der(der) else {
        return Err(broken);
    };
    let Ok((_, dates)) = x509_parser::parse_x509_crl(der) else {
        return Err(broken);
    };
    let Some(due) = dates.next_update() else {
        return Err(broken);
    };
    Ok(ReadCrl {
        parsed: parsed.into(),
        made: dates.last_update().timestamp(),
        due: u64::try_from(due.timestamp()).unwrap_or(0),
    })
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<u8>, IdentityError> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(read_file(path)?);
        all.push(b'\n');
    }
    Ok(all)
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, IdentityError> {
    std::fs::read(path).map_err(|source| IdentityError::File {
        path: path.to_owned(),
        source,
    })
}
