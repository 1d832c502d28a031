//! A whole chain in one folder: PKI, operator keys, configuration, and the two services as
//! processes of their own.
//!
//! Owns: the folder's layout, the configuration files in it, and starting and ending the services.
//! Must not know: what is sent through them.
//!
//! | path | what |
//! |---|---|
//! | `pki/` | roots, CRLs, and a folder of certificates and keys for each organisation |
//! | `rules/` | a copy of catalogue and policy |
//! | `hub/`, `pseudonymiser/` | configuration, keys and data of each service |
//! | `partners/<name>/` | configuration, tag key and desk keys of each partner |

mod files;
mod ports;
mod service;

pub use service::Service;

use ports::Ports;

use crate::pki::{LOCAL_HOSTS, Pki, PkiError};
use seinhuis_types::{Millis, Oin, hex};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The log's name in a sandbox.
pub const ORIGIN: &str = "localhost/log/2026h2";
/// The operator of the hub.
pub const HUB_OIN: &str = "00000099000000900000";
/// The operator of the pseudonymiser: another organisation.
pub const PSEUDONYMISER_OIN: &str = "00000099000000910000";

/// A partner to set up.
#[derive(Debug, Clone, Copy)]
pub struct PartnerSpec {
    /// Name of its folder: 1 to 32 of a-z, 0-9 and -.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Its test OIN.
    pub oin: &'static str,
    /// Its role in the catalogue.
    pub role: &'static str,
    /// Its region in the catalogue.
    pub region: &'static str,
    /// Its one desk.
    pub desk: &'static str,
}

/// The five partners of the chain.
pub const CHAIN: [PartnerSpec; 5] = [
    PartnerSpec {
        name: "politie",
        label: "Politie",
        oin: "00000099000000010000",
        role: "politie",
        region: "landelijk",
        desk: "huiselijk-geweld",
    },
    PartnerSpec {
        name: "om",
        label: "Openbaar Ministerie",
        oin: "00000099000000020000",
        role: "om",
        region: "landelijk",
        desk: "executie",
    },
    PartnerSpec {
        name: "rvdk",
        label: "Raad voor de Kinderbescherming",
        oin: "00000099000000030000",
        role: "rvdk",
        region: "landelijk",
        desk: "intake",
    },
    PartnerSpec {
        name: "reclassering",
        label: "Reclassering",
        oin: "00000099000000040000",
        role: "reclassering",
        region: "landelijk",
        desk: "toezicht",
    },
    PartnerSpec {
        name: "veilig-thuis",
        label: "Veilig Thuis Kennemerland",
        oin: "00000099000000050000",
        role: "veilig-thuis",
        region: "kennemerland",
        desk: "intake",
    },
];

/// Why a sandbox could not be made or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A file or folder.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// The throw-away PKI.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The operator's binary said no.
    #[error("`{0}` failed: {1}")]
    Command(String, String),
    /// A service ended or did not open its port.
    #[error("{name} did not start; its last lines: {log}")]
    NotStarted {
        /// Which.
        name: &'static str,
        /// The end of its log.
        log: String,
    },
}

/// A chain in a folder.
#[derive(Debug)]
pub struct Sandbox {
    root: PathBuf,
    binary: PathBuf,
    pki: Pki,
    ports: Ports,
    log_vkey: String,
    receipt_vkey: String,
    partners: Vec<PartnerSpec>,
}

impl Sandbox {
    /// Makes a sandbox in `root`, which must be empty or absent. `binary` is the operator's;
    /// `rules` holds `catalogue/` and `policy/`.
    ///
    /// # Errors
    /// [`SandboxError`]; what was made so far stays for a look.
    pub fn prepare(
        root: &Path,
        binary: &Path,
        rules: &Path,
        partners: &[PartnerSpec],
        now: Millis,
    ) -> Result<Self, SandboxError> {
        files::make_folder(root)?;
        let pki = Pki::create(&root.join("pki"), now)?;
        let oin = |text: &str| {
            Oin::parse(text).map_err(|e| SandboxError::Command(text.to_owned(), e.to_string()))
        };
        pki.service("hub", oin(HUB_OIN)?, LOCAL_HOSTS, now)?;
        pki.service("pseudonymiser", oin(PSEUDONYMISER_OIN)?, LOCAL_HOSTS, now)?;
        for rule in ["catalogue", "policy"] {
            files::copy_folder(&rules.join(rule), &root.join("rules").join(rule))?;
        }
        files::make_folder(&root.join("hub"))?;
        files::make_folder(&root.join("pseudonymiser"))?;
        let told = keys(
            binary,
            &["--role", "hub", "--origin", ORIGIN],
            &root.join("hub/keys"),
        )?;
        keys(
            binary,
            &["--role", "pseudonymiser"],
            &root.join("pseudonymiser/keys"),
        )?;
        let vkey = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            line.map(|line| line.trim().to_owned()).unwrap_or_default()
        };
        let sandbox = Self {
            root: root.to_owned(),
            binary: binary.to_owned(),
            pki,
            ports: Ports::choose()?,
            log_vkey: vkey("log vkey:"),
            receipt_vkey: vkey("receipt vkey:"),
            partners: partners.to_vec(),
        };
        for partner in partners {
            sandbox.pki.partner(partner.name, oin(partner.oin)?, now)?;
            files::write_partner(&sandbox, partner)?;
        }
        files::write_services(&sandbox)?;
        Ok(sandbox)
    }

    /// Starts the hub and waits for its port.
    ///
    /// # Errors
    /// [`SandboxError::NotStarted`] with the end of its log.
    pub fn start_hub(&self) -> Result<Service, SandboxError> {
        self.start("hub", self.ports.hub)
    }

    /// Starts the pseudonymiser and waits for its port.
    ///
    /// # Errors
    /// [`SandboxError::NotStarted`] with the end of its log.
    pub fn start_pseudonymiser(&self) -> Result<Service, SandboxError> {
        self.start("pseudonymiser", self.ports.pseudonymiser)
    }

    fn start(&self, role: &'static str, port: u16) -> Result<Service, SandboxError> {
        let config = self.root.join(role).join(format!("{role}.toml"));
        let log = self.root.join(role).join("service.log");
        Service::start(role, &self.binary, &config, &log, port)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The throw-away PKI.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The hub's configuration file.
    pub fn hub_config(&self) -> PathBuf {
        self.root.join("hub/hub.toml")
    }

    /// A partner's configuration file.
    pub fn partner_config(&self, name: &str) -> PathBuf {
        self.root.join("partners").join(name).join("partner.toml")
    }

    /// The public half of the log's key, as partners pin it.
    pub fn log_vkey(&self) -> &str {
        &self.log_vkey
    }

    /// The partners.
    pub fn partners(&self) -> &[PartnerSpec] {
        &self.partners
    }

    /// The hub's port on loopback.
    pub fn hub_port(&self) -> u16 {
        self.ports.hub
    }

    /// The pseudonymiser's port on loopback.
    pub fn pseudonymiser_port(&self) -> u16 {
        self.ports.pseudonymiser
    }
}

/// Makes a role's keys with the operator's own command; gives what it tells.
fn keys(binary: &Path, arguments: &[&str], folder: &Path) -> Result<String, SandboxError> {
    let run = Command::new(binary)
        .arg("keys")
        .args(arguments)
        .arg(folder)
        .output();
    let output = run.map_err(|e| SandboxError::File(binary.to_owned(), e))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(SandboxError::Command("seinhuis keys".to_owned(), told))
}

/// The thumbprint of a PEM chain's leaf, 64 hex digits.
fn thumbprint(chain: &Path) -> Result<String, SandboxError> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;
    let bad = |e: String| SandboxError::File(chain.to_owned(), io::Error::other(e));
    let pem = std::fs::read(chain).map_err(|e| bad(e.to_string()))?;
    let leaf = CertificateDer::from_pem_slice(&pem).map_err(|e| bad(e.to_string()))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &leaf);
    Ok(hex(digest.as_ref()))
}
