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
    terms: Vec<ListTerm>,
    test_oins: TestOins,
}

/// Until when the newest list of an issuer holds, and where it came from.
struct ListTerm {
    issuer: Vec<u8>,
    due: Millis,
    path: Option<PathBuf>,
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
    /// Reads roots and revocation lists from PEM files, each of which holds one or several: an empty
    /// file is a file that was not written whole.
    pub fn load(
        roots: &[PathBuf],
        crls: &[PathBuf],
        test_oins: TestOins,
    ) -> Result<Self, IdentityError> {
        let unusable = |path: &Path, what| IdentityError::TrustFile {
            path: path.to_owned(),
            what,
        };
        let mut anchors = Vec::new();
        for path in roots {
            let read = read_roots(&read_file(path)?).map_err(|what| unusable(path, what))?;
            if read.is_empty() {
                return Err(unusable(path, "there is no root in it"));
            }
            anchors.extend(read);
        }
        let mut lists = Vec::new();
        for path in crls {
            let read = read_lists(&read_file(path)?).map_err(|what| unusable(path, what))?;
            if read.is_empty() {
                return Err(unusable(path, "there is no revocation list in it"));
            }
            lists.extend(read.into_iter().map(|list| ReadCrl {
                path: Some(path.clone()),
                ..list
            }));
        }
        Self::of(anchors, lists, test_oins)
    }

    /// Reads roots and revocation lists from PEM text. At least one of each is needed: without a
    /// list nothing could be checked for revocation. Where an issuer has several lists, the newest
    /// counts.
    pub fn from_pem(roots: &[u8], crls: &[u8], test_oins: TestOins) -> Result<Self, IdentityError> {
        let anchors = read_roots(roots).map_err(IdentityError::Trust)?;
        let lists = read_lists(crls).map_err(IdentityError::Trust)?;
        Self::of(anchors, lists, test_oins)
    }

    fn of(
        anchors: Vec<TrustAnchor<'static>>,
        mut lists: Vec<ReadCrl>,
        test_oins: TestOins,
    ) -> Result<Self, IdentityError> {
        if anchors.is_empty() {
            return Err(IdentityError::Trust("there is no root"));
        }
        // The first list of an issuer is the one that is asked.
        lists.sort_by_key(|list| Reverse(list.made));
        let crls_due = lists.iter().map(|list| list.due).min();
        let Some(crls_due) = crls_due else {
            return Err(IdentityError::Trust("there is no revocation list"));
        };
        let mut terms: Vec<ListTerm> = Vec::new();
        let mut crls = Vec::new();
        for list in lists {
            if terms.iter().all(|newer| newer.issuer != list.issuer) {
                terms.push(ListTerm {
                    issuer: list.issuer,
                    due: list.due,
                    path: list.path,
                });
            }
            crls.push(list.parsed);
        }
        Ok(Self {
            anchors,
            crls,
            crls_due,
            terms,
            test_oins,
        })
    }

    /// The files with a revocation list that is past its term at `at`, and is its issuer's newest:
    /// everyone under that issuer is refused.
    pub fn overdue(&self, at: Millis) -> impl Iterator<Item = &Path> {
        self.terms
            .iter()
            .filter(move |term| term.due <= at)
            .filter_map(|term| term.path.as_deref())
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
    issuer: Vec<u8>,
    made: i64,
    due: Millis,
    path: Option<PathBuf>,
}

fn read_roots(pem: &[u8]) -> Result<Vec<TrustAnchor<'static>>, &'static str> {
    CertificateDer::pem_slice_iter(pem)
        .map(|root| {
            let root = root.map_err(|_| "a root is not PEM")?;
            let anchor = webpki::anchor_from_trusted_cert(&root)
                .map_err(|_| "a root is not a certificate")?;
            Ok(anchor.to_owned())
        })
        .collect()
}

fn read_lists(pem: &[u8]) -> Result<Vec<ReadCrl>, &'static str> {
    CertificateRevocationListDer::pem_slice_iter(pem)
        .map(|list| read_list(&list.map_err(|_| "a revocation list is not PEM")?))
        .collect()
}

fn read_list(der: &[u8]) -> Result<ReadCrl, &'static str> {
    let broken = "a revocation list cannot be read";
    let parsed = OwnedCertRevocationList::from_der(der).map_err(|_| broken)?;
    let (_, dates) = x509_parser::parse_x509_crl(der).map_err(|_| broken)?;
    let due = dates.next_update().ok_or(broken)?.timestamp();
    Ok(ReadCrl {
        parsed: parsed.into(),
        issuer: dates.issuer().as_raw().to_vec(),
        made: dates.last_update().timestamp(),
        due: Millis(
            u64::try_from(due)
                .unwrap_or(0)
                .saturating_mul(Millis::SECOND),
        ),
        path: None,
    })
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, IdentityError> {
    std::fs::read(path).map_err(|source| IdentityError::File {
        path: path.to_owned(),
        source,
    })
}
