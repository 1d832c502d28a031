//! Who takes part: partners, their desks, and the systems that may speak for them.
//!
//! Owns: the directory as configured by the operator (`partners.toml`) and its look-ups. Must not
//! know: keys of partners (they state those themselves), agreements, the store.

use ring::digest::{SHA256, digest};
use seinhuis_types::{Desk, Digest, Oin, RegionCode};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a system may do. A call names one; without it the answer is `CAPABILITY_MISSING`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Publish, receive, acknowledge, convert.
    Signal,
    /// Read own entries.
    Audit,
    /// Propose and sign agreements.
    Agreement,
    /// Publish key statements and fetch key shares.
    Keys,
}

impl Capability {
    /// The name in configuration and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Audit => "audit",
            Self::Agreement => "agreement",
            Self::Keys => "keys",
        }
    }
}

/// A partner of the closed set.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its OIN.
    pub oin: Oin,
    /// Its name, for people.
    pub name: String,
    /// Role of the catalogue.
    pub role: String,
    /// Region of the catalogue.
    pub region: RegionCode,
    /// Its desks.
    pub desks: BTreeSet<Desk>,
}

/// A registered certificate of a partner.
#[derive(Debug, Clone)]
pub struct System {
    /// The partner it speaks for.
    pub oin: Oin,
    /// Its name, for people.
    pub name: String,
    /// What it may do.
    pub capabilities: BTreeSet<Capability>,
    /// The desks it may receive for and sends from.
    pub desks: BTreeSet<Desk>,
}

/// The directory in force.
#[derive(Debug, Clone)]
pub struct Directory {
    partners: BTreeMap<Oin, Partner>,
    systems: BTreeMap<Digest, System>,
    hash: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    partner: Vec<FilePartner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePartner {
    oin: String,
    name: String,
    role: String,
    region: String,
    desks: Vec<String>,
    #[serde(default)]
    system: Vec<FileSystem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSystem {
    /// SHA-256 of the certificate (DER), 64 hex digits.
    thumbprint: String,
    name: String,
    capabilities: Vec<Capability>,
    /// Absent: every desk of the partner.
    desks: Option<Vec<String>>,
}

/// A fault in `partners.toml`.
#[derive(Debug, thiserror::Error)]
#[error("partners file: {0}")]
pub struct DirectoryFault(String);

impl Directory {
    /// Reads `partners.toml`. `roles` and `regions` are those of the catalogue.
    pub fn parse(
        text: &str,
        role_known: impl Fn(&str) -> bool,
        region_known: impl Fn(&RegionCode) -> bool,
    ) -> Result<Self, DirectoryFault> {
        let fault = |what: String| DirectoryFault(what);
        let file: File = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        let mut partners = BTreeMap::new();
        let mut systems = BTreeMap::new();
        for entry in file.partner {
            let at = entry.oin.clone();
            let partner =
                read_partner(&entry).map_err(|e| fault(format!("partner `{at}`: {e}")))?;
            if !role_known(&partner.role) {
                return Err(fault(format!(
                    "partner `{at}`: role `{}` is not in the catalogue",
                    partner.role
                )));
            }
            if !region_known(&partner.region) {
                return Err(fault(format!(
                    "partner `{at}`: region `{}` is not in the catalogue",
                    partner.region
                )));
            }
            for system in entry.system {
                let (thumbprint, read) = read_system(&system, &partner)
                    .map_err(|e| fault(format!("partner `{at}`, system `{}`: {e}", system.name)))?;
                if systems.insert(thumbprint, read).is_some() {
                    return Err(fault(format!(
                        "system `{}`: thumbprint registered twice",
                        system.name
                    )));
                }
            }
            if partners.insert(partner.oin, partner).is_some() {
                return Err(fault(format!("partner `{at}` is listed twice")));
            }
        }
        let hash = digest(&SHA256, text.as_bytes());
        let hash = Digest::from_slice(hash.as_ref()).map_err(|e| fault(e.to_string()))?;
        Ok(Self {
            partners,
            systems,
            hash,
        })
    }

    /// SHA-256 of the file: a decision stands on the directory that had this hash.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The partner with this OIN.
    pub fn partner(&self, oin: &Oin) -> Option<&Partner> {
        self.partners.get(oin)
    }

    /// All partners, by OIN.
    pub fn partners(&self) -> impl Iterator<Item = &Partner> {
        self.partners.values()
    }

    /// The system with this certificate thumbprint.
    pub fn system(&self, thumbprint: &Digest) -> Option<&System> {
        self.systems.get(thumbprint)
    }

    /// The systems of one partner.
    pub fn systems_of(&self, oin: Oin) -> impl Iterator<Item = (&Digest, &System)> {
        self.systems
            .iter()
            .filter(move |(_, system)| system.oin == oin)
    }
}

fn read_partner(entry: &FilePartner) -> Result<Partner, String> {
    Ok(Partner {
        oin: Oin::parse(&entry.oin).map_err(|e| e.to_string())?,
        name: entry.name.clone(),
        role: entry.role.clone(),
        region: RegionCode::parse(&entry.region).map_err(|e| e.to_string())?,
        desks: read_desks(&entry.desks)?,
    })
}

fn read_desks(desks: &[String]) -> Result<BTreeSet<Desk>, String> {
    desks
        .iter()
        .map(|d| Desk::parse(d).map_err(|e| e.to_string()))
        .collect()
}

fn read_system(entry: &FileSystem, partner: &Partner) -> Result<(Digest, System), String> {
    let thumbprint = unhex(&entry.thumbprint)
        .ok_or("the thumbprint is the SHA-256 of the certificate, 64 hex digits")?;
    let desks = match &entry.desks {
        Some(desks) => read_desks(desks)?,
        None => partner.desks.clone(),
    };
    if let Some(foreign) = desks.iter().find(|desk| !partner.desks.contains(*desk)) {
        return Err(format!("desk `{foreign}` is not a desk of the partner"));
    }
    let system = System {
        oin: partner.oin,
        name: entry.name.clone(),
        capabilities: entry.capabilities.iter().copied().collect(),
        desks,
    };
    Ok((Digest(thumbprint), system))
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Directory, DirectoryFault> {
        Directory::parse(text, |r| r == "politie", |r| r.as_str() == "landelijk")
    }

    const GOOD: &str = r#"
[[partner]]
oin = "00000099000000010000"
name = "Politie"
role = "politie"
region = "landelijk"
desks = ["huiselijk-geweld"]
[[partner.system]]
thumbprint = "0000000000000000000000000000000000000000000000000000000000000001"
name = "bvh"
capabilities = ["signal"]
"#;

    #[test]
    fn a_system_speaks_for_its_partner_only() {
        let directory = parse(GOOD).unwrap();
        let mut thumbprint = [0; 32];
        thumbprint[31] = 1;
        let system = directory.system(&Digest(thumbprint)).unwrap();
        assert_eq!(system.oin.as_str(), "00000099000000010000");
        assert!(system.capabilities.contains(&Capability::Signal));
        assert!(!system.capabilities.contains(&Capability::Keys));
        assert_eq!(system.desks.len(), 1);
    }

    #[test]
    fn faults_name_the_partner() {
        for (from, to, told) in [
            ("role = \"politie\"", "role = \"brandweer\"", "brandweer"),
            (
                "desks = [\"huiselijk-geweld\"]",
                "desks = [\"Huis\"]",
                "desk",
            ),
            ("name = \"bvh\"", "nmae = \"bvh\"", "nmae"),
            ("[\"signal\"]", "[\"signals\"]", "signals"),
            ("thumbprint = \"00", "thumbprint = \"", "64 hex digits"),
        ] {
            let error = parse(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
