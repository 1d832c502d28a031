//! Good certificates for organisations and services.
//!
//! Must not know: what could be wrong with a certificate.

use super::authority::{Authority, moment};
use super::{BACKDATED_MS, LEAF_MS, PkiError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use seinhuis_types::{Millis, Oin};

/// The X.520 attribute serialNumber, where an OIN stands in the subject.
pub(super) const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A partner's system that calls.
    Client,
    /// A service that serves, under these DNS names and addresses, and calls.
    Service {
        /// The names, for example `localhost` and `127.0.0.1`.
        hosts: Vec<String>,
    },
    /// An organisation that signs.
    Signing(SigningAlgorithm),
}

/// The algorithm of a signing certificate (RFC 7518 section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

/// An issued certificate with its key, in memory.
pub struct Issued {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: KeyPair,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

impl Issued {
    /// The chain, leaf first, without the root.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    /// The chain as bytes, leaf first.
    pub fn chain_der(&self) -> Vec<Vec<u8>> {
        self.chain
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect()
    }

    /// The certificate itself.
    pub fn leaf(&self) -> &CertificateDer<'static> {
        // INVARIANT: every constructor in this module's siblings puts a leaf first; an empty
        // certificate stands in because indexing is not allowed.
        static EMPTY: CertificateDer<'static> = CertificateDer::from_slice(&[]);
        self.chain.first().unwrap_or(&EMPTY)
    }

    /// The chain in PEM, leaf first.
    pub fn chain_pem(&self) -> String {
        self.chain
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    }

    /// The private key, PKCS#8.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }

    /// The private key, PKCS#8 PEM.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

/// One section of PEM (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes are one line of 64 characters.
    for line in der.chunks(48) {
        text.push_str(&STANDARD.encode(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// A new key of the kind `purpose` asks for.
pub(super) fn key_for(purpose: &Purpose) -> Result<KeyPair, PkiError> {
    let algorithm = match purpose {
        Purpose::Signing(SigningAlgorithm::Es384) => &PKCS_ECDSA_P384_SHA384,
        _ => &PKCS_ECDSA_P256_SHA256,
    };
    Ok(KeyPair::generate_for(algorithm)?)
}

/// The contents of a certificate without a serialNumber in its subject.
pub(super) fn params(purpose: &Purpose, now: Millis) -> Result<CertificateParams, PkiError> {
    let hosts = match purpose {
        Purpose::Service { hosts } => hosts.clone(),
        Purpose::Client | Purpose::Signing(_) => Vec::new(),
    };
    let mut params = CertificateParams::new(hosts)?;
    params.not_before = moment(now.minus(BACKDATED_MS))?;
    params.not_after = moment(now.plus(LEAF_MS))?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match purpose {
        Purpose::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
        Purpose::Service { .. } => {
            vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ]
        }
        Purpose::Signing(_) => Vec::new(),
    };
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "NL");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Seinhuis test organisation");
    params
        .distinguished_name
        .push(DnType::CommonName, "system.example");
    Ok(params)
}

/// Puts `text` in the subject as serialNumber, in the string type PKIoverheid uses.
pub(super) fn put_serial_number(
    params: &mut CertificateParams,
    attribute: &[u64],
    text: &str,
) -> Result<(), PkiError> {
    let value = DnValue::PrintableString(text.try_into()?);
    params
        .distinguished_name
        .push(DnType::CustomDnType(attribute.to_vec()), value);
    Ok(())
}

/// A certificate with nothing wrong.
pub(super) fn good(
    authority: &Authority,
    purpose: &Purpose,
    oin: Oin,
    now: Millis,
) -> Result<Issued, PkiError> {
    let key = key_for(purpose)?;
    let mut params = params(purpose, now)?;
    put_serial_number(&mut params, SERIAL_NUMBER, oin.as_str())?;
    let leaf = authority.sign(&params, &key)?;
    Ok(Issued {
        chain: vec![leaf, authority.certificate().clone()],
        key,
    })
}
