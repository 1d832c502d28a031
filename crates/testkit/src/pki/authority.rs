//! A certificate authority: its key, its certificate, its CRL.
//!
//! Must not know: whom it issues to.

use super::files::RevokedEntry;
use super::{AUTHORITY_MS, BACKDATED_MS, CRL_MS, PkiError, files};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384,
    PublicKeyData, RevocationReason, RevokedCertParams, SerialNumber, SignatureAlgorithm,
    SigningKey,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use seinhuis_types::Millis;
use std::path::Path;
use time::OffsetDateTime;

/// The moment in the form certificates take.
pub(super) fn moment(at: Millis) -> Result<OffsetDateTime, PkiError> {
    let seconds = i64::try_from(at.seconds()).map_err(|_| PkiError::Time)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| PkiError::Time)
}

/// The serial number of a certificate, big-endian.
pub(super) fn serial(certificate: &CertificateDer<'_>) -> Result<Vec<u8>, PkiError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
    Ok(parsed.raw_serial().to_vec())
}

/// A certificate authority.
pub(super) struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// A key that signs something else than the certificate it is asked to sign: the way to a
/// certificate that rcgen cannot describe.
pub(super) struct RewritingKey<'a> {
    key: &'a KeyPair,
    rewrite: fn(&[u8]) -> Vec<u8>,
}

impl PublicKeyData for RewritingKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.der_bytes()
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl SigningKey for RewritingKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(&(self.rewrite)(message))
    }
}

impl Authority {
    /// A root that signs itself.
    pub(super) fn root(now: Millis) -> Result<Self, PkiError> {
        Self::root_named("Seinhuis throw-away root", now)
    }

    /// A root with this name that signs itself.
    pub(super) fn root_named(name: &str, now: Millis) -> Result<Self, PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let certificate = params(name, BasicConstraints::Constrained(1), now)?.self_signed(&key)?;
        Ok(Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key,
        })
    }

    /// An intermediate with this name, signed by `parent`.
    pub(super) fn under(parent: &Self, name: &str, now: Millis) -> Result<Self, PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let certificate = params(name, BasicConstraints::Constrained(0), now)?
            .signed_by(&key, &parent.issuer()?)?;
        Ok(Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key,
        })
    }

    /// Writes `<name>.pem` and `<name>.key`, neither of which may exist.
    pub(super) fn save(&self, dir: &Path, name: &str) -> Result<(), PkiError> {
        files::create(
            &dir.join(format!("{name}.pem")),
            self.pem.as_bytes(),
            files::PUBLIC,
        )?;
        let key = self.key.serialize_pem();
        files::create(
            &dir.join(format!("{name}.key")),
            key.as_bytes(),
            files::SECRET,
        )
    }

    /// Reads what [`Authority::save`] wrote.
    pub(super) fn load(dir: &Path, name: &str) -> Result<Self, PkiError> {
        let path = dir.join(format!("{name}.pem"));
        let pem = files::read(&path)?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| PkiError::Format { path })?;
        let key = KeyPair::from_pem(&files::read(&dir.join(format!("{name}.key")))?)?;
        Ok(Self {
            certificate,
            pem,
            key,
        })
    }

    /// The authority's own certificate.
    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Signs a certificate for the holder of `key`.
    pub(super) fn sign(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> Result<CertificateDer<'static>, PkiError> {
        Ok(params.signed_by(key, &self.issuer()?)?.into())
    }

    /// Signs a certificate for the holder of `key` after `rewrite` changed its bytes.
    pub(super) fn sign_rewritten(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
        rewrite: fn(&[u8]) -> Vec<u8>,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let signer = RewritingKey {
            key: &self.key,
            rewrite,
        };
        let issuer = Issuer::from_ca_cert_der(&self.certificate, signer)?;
        Ok(rewrite(params.signed_by(key, &issuer)?.der()).into())
    }

    /// A CRL in PEM with `revoked` on it.
    pub(super) fn crl(&self, revoked: &[&RevokedEntry], now: Millis) -> Result<String, PkiError> {
        let revoked_certs = revoked
            .iter()
            .map(|entry| {
                Ok(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&entry.serial),
                    revocation_time: moment(entry.at)?,
                    reason_code: Some(RevocationReason::KeyCompromise),
                    invalidity_date: None,
                })
            })
            .collect::<Result<_, PkiError>>()?;
        let crl = CertificateRevocationListParams {
            this_update: moment(now.minus(BACKDATED_MS))?,
            next_update: moment(now.plus(CRL_MS))?,
            crl_number: SerialNumber::from(now.0),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(crl.signed_by(&self.issuer()?)?.pem()?)
    }

    fn issuer(&self) -> Result<Issuer<'static, &KeyPair>, PkiError> {
        Ok(Issuer::from_ca_cert_der(&self.certificate, &self.key)?)
    }
}

fn params(
    name: &str,
    constraints: BasicConstraints,
    now: Millis,
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.not_before = moment(now.minus(BACKDATED_MS))?;
    params.not_after = moment(now.plus(AUTHORITY_MS))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "NL");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Seinhuis test only");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
