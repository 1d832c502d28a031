//! A throw-away PKI in a folder: a root, an intermediate, a CRL of each, and what they issue.
//!
//! Owns: files, names, terms and revocations. Every OIN it signs for must be a test OIN.
//! Must not know: which certificates the product accepts; a [`Flaw`] only says what was done wrong.
//!
//! Layout of the folder: `root.pem`, `root.crl`, `intermediate.pem`, `intermediate.crl` to share;
//! `root.key`, `intermediate.key` and `revoked` to keep; and per organisation a folder with
//! `tls.pem`, `tls.key`, `signing.pem` and `signing.key`. Keys have mode 0600.

mod authority;
mod error;
mod files;
mod flaw;
mod issue;

pub use error::PkiError;
pub use flaw::Flaw;
pub use issue::{Issued, Purpose, SigningAlgorithm};

use authority::Authority;
use rustls_pki_types::CertificateDer;
use seinhuis_types::{Millis, Oin};
use std::path::{Path, PathBuf};

/// The names a service on this machine answers to.
pub const LOCAL_HOSTS: &[&str] = &["localhost", "127.0.0.1", "::1"];
/// How long a root and an intermediate are valid, in milliseconds (3,650 days).
pub const AUTHORITY_MS: u64 = 3_650 * Millis::DAY;
/// How long an issued certificate is valid, in milliseconds (365 days).
pub const LEAF_MS: u64 = 365 * Millis::DAY;
/// How long after its making a CRL must be followed by the next, in milliseconds (30 days).
pub const CRL_MS: u64 = 30 * Millis::DAY;
/// How far before its making each certificate and CRL begins to be valid, in milliseconds.
pub const BACKDATED_MS: u64 = Millis::HOUR;

/// A throw-away PKI.
#[derive(Debug)]
pub struct Pki {
    dir: PathBuf,
    root: Authority,
    intermediate: Authority,
}

/// The files of one organisation or service.
#[derive(Debug, Clone)]
pub struct OrganisationFiles {
    /// The TLS certificate and the intermediate, PEM, leaf first.
    pub tls_chain: PathBuf,
    /// The TLS private key, PKCS#8 PEM, mode 0600.
    pub tls_key: PathBuf,
    /// The signing certificate and the intermediate, PEM, leaf first.
    pub signing_chain: PathBuf,
    /// The signing private key, PKCS#8 PEM (P-256 unless asked otherwise), mode 0600.
    pub signing_key: PathBuf,
}

impl OrganisationFiles {
    fn in_folder(dir: &Path) -> Self {
        Self {
            tls_chain: dir.join("tls.pem"),
            tls_key: dir.join("tls.key"),
            signing_chain: dir.join("signing.pem"),
            signing_key: dir.join("signing.key"),
        }
    }
}

impl Pki {
    /// Makes a new PKI in `dir`, which must not hold one yet; valid from an hour before `now`.
    pub fn create(dir: &Path, now: Millis) -> Result<Self, PkiError> {
        Self::create_named(dir, "Seinhuis throw-away", now)
    }

    /// As [`Pki::create`], under another name: revocation lists are found by the names of their
    /// issuers, so two PKIs that are trusted at once need two.
    pub fn create_named(dir: &Path, name: &str, now: Millis) -> Result<Self, PkiError> {
        files::make_folder(dir)?;
        let root = Authority::root_named(&format!("{name} root"), now)?;
        let intermediate = Authority::under(&root, &format!("{name} intermediate"), now)?;
        root.save(dir, "root")?;
        intermediate.save(dir, "intermediate")?;
        let pki = Self {
            dir: dir.to_owned(),
            root,
            intermediate,
        };
        pki.renew_crls(now)?;
        Ok(pki)
    }

    /// Opens the PKI that [`Pki::create`] made in `dir`.
    pub fn open(dir: &Path) -> Result<Self, PkiError> {
        Ok(Self {
            dir: dir.to_owned(),
            root: Authority::load(dir, "root")?,
            intermediate: Authority::load(dir, "intermediate")?,
        })
    }

    /// The root certificate, PEM: what everyone pins.
    pub fn root(&self) -> PathBuf {
        self.dir.join("root.pem")
    }

    /// The CRLs of root and intermediate, PEM.
    pub fn crls(&self) -> [PathBuf; 2] {
        [self.dir.join("root.crl"), self.dir.join("intermediate.crl")]
    }

    /// The files of the organisation that was given this name, whether or not they exist.
    pub fn files(&self, name: &str) -> OrganisationFiles {
        OrganisationFiles::in_folder(&self.dir.join(name))
    }

    /// Issues a TLS client and an ES256 signing certificate for `oin` into the folder `name`,
    /// in the place of earlier ones. The name is 1 to 32 of a-z, 0-9 and -.
    pub fn partner(
        &self,
        name: &str,
        oin: Oin,
        now: Millis,
    ) -> Result<OrganisationFiles, PkiError> {
        self.organisation(name, oin, &Purpose::Client, now)
    }

    /// As [`Pki::partner`], with a TLS certificate that serves as well as calls, for `hosts` (DNS
    /// names or addresses, such as [`LOCAL_HOSTS`]).
    pub fn service(
        &self,
        name: &str,
        oin: Oin,
        hosts: &[&str],
        now: Millis,
    ) -> Result<OrganisationFiles, PkiError> {
        let hosts = hosts.iter().map(ToString::to_string).collect();
        self.organisation(name, oin, &Purpose::Service { hosts }, now)
    }

    fn organisation(
        &self,
        name: &str,
        oin: Oin,
        tls: &Purpose,
        now: Millis,
    ) -> Result<OrganisationFiles, PkiError> {
        let dir = files::organisation_folder(&self.dir, name)?;
        let paths = OrganisationFiles::in_folder(&dir);
        let signing = Purpose::Signing(SigningAlgorithm::Es256);
        let tls = self.issue(tls, oin, now)?;
        let signing = self.issue(&signing, oin, now)?;
        files::replace(&paths.tls_chain, tls.chain_pem().as_bytes(), files::PUBLIC)?;
        files::replace(&paths.tls_key, tls.key_pem().as_bytes(), files::SECRET)?;
        files::replace(
            &paths.signing_chain,
            signing.chain_pem().as_bytes(),
            files::PUBLIC,
        )?;
        files::replace(
            &paths.signing_key,
            signing.key_pem().as_bytes(),
            files::SECRET,
        )?;
        Ok(paths)
    }

    /// Issues one good certificate, in memory. Only test OINs are signed for.
    pub fn issue(&self, purpose: &Purpose, oin: Oin, now: Millis) -> Result<Issued, PkiError> {
        if !oin.is_test() {
            return Err(PkiError::NotATestOin);
        }
        issue::good(&self.intermediate, purpose, oin, now)
    }

    /// Issues one certificate with `flaw`, in memory, and otherwise as good as the flaw permits.
    /// [`Flaw::Revoked`] also renews the CRLs: load them afterwards.
    pub fn issue_flawed(
        &self,
        flaw: Flaw,
        purpose: &Purpose,
        oin: Oin,
        now: Millis,
    ) -> Result<Issued, PkiError> {
        if !oin.is_test() {
            return Err(PkiError::NotATestOin);
        }
        let issued = flaw::issue(flaw, &self.root, &self.intermediate, purpose, oin, now)?;
        if flaw == Flaw::Revoked {
            self.revoke(issued.leaf(), now)?;
        }
        Ok(issued)
    }

    /// Puts `leaf`, issued by the intermediate, on its CRL from `now` on.
    pub fn revoke(&self, leaf: &CertificateDer<'_>, now: Millis) -> Result<(), PkiError> {
        self.revoke_under("intermediate", leaf, now)
    }

    /// Puts the intermediate itself on the root's CRL from `now` on: nothing under it holds.
    pub fn revoke_intermediate(&self, now: Millis) -> Result<(), PkiError> {
        self.revoke_under("root", self.intermediate.certificate(), now)
    }

    fn revoke_under(
        &self,
        issuer: &str,
        certificate: &CertificateDer<'_>,
        now: Millis,
    ) -> Result<(), PkiError> {
        files::add_revoked(&self.dir, issuer, &authority::serial(certificate)?, now)?;
        self.renew_crls(now)
    }

    /// Makes both CRLs anew, with all that was revoked so far; due again within [`CRL_MS`].
    pub fn renew_crls(&self, now: Millis) -> Result<(), PkiError> {
        let revoked = files::revoked(&self.dir)?;
        for (authority, name) in [(&self.root, "root"), (&self.intermediate, "intermediate")] {
            let own: Vec<_> = revoked
                .iter()
                .filter(|entry| entry.issuer == name)
                .collect();
            let pem = authority.crl(&own, now)?;
            files::replace(
                &self.dir.join(format!("{name}.crl")),
                pem.as_bytes(),
                files::PUBLIC,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
