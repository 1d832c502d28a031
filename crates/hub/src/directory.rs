//! Who takes part: partners, their desks, and the systems that may speak for them.
//!
//! Owns: the directory as configured by the operator (`partners.toml`) and its look-ups. Must not
//! know: keys of partners (they state those themselves), agreements, the store.

use ring::digest::{SHA256, digest};
use seinhuis_types::{Desk, Digest, Oin, RegionCode, line_at};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

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
    oin: Spanned<String>,
    name: String,
    role: Spanned<String>,
    region: Spanned<String>,
    desks: Spanned<Vec<String>>,
    #[serde(default)]
    system: Vec<FileSystem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSystem {
    /// SHA-256 of the certificate (DER), 64 hex digits.
    thumbprint: Spanned<String>,
    name: String,
    capabilities: Vec<Capability>,
    /// Absent: every desk of the partner.
    desks: Option<Spanned<Vec<String>>>,
}

/// A fault in `partners.toml`.
#[derive(Debug, thiserror::Error)]
#[error("{line}: {what}; {fix}")]
pub struct DirectoryFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: &'static str,
}

/// What is wrong with a value, where it is, and what to do about it.
struct Wrong(usize, String, &'static str);

impl Wrong {
    fn at<T>(value: &Spanned<T>, what: &impl ToString, fix: &'static str) -> Self {
        Self(value.span().start, what.to_string(), fix)
    }
}

impl Directory {
    /// Reads `partners.toml`. `roles` and `regions` are those of the catalogue.
    pub fn parse(
        text: &str,
        role_known: impl Fn(&str) -> bool,
        region_known: impl Fn(&RegionCode) -> bool,
    ) -> Result<Self, DirectoryFault> {
        let file: File = toml::from_str(text).map_err(|error| DirectoryFault {
            line: line_at(text, error.span().map_or(0, |span| span.start)),
            what: error.message().replace('\n', ", "),
            fix: "docs/operations/configuration.md has every key",
        })?;
        Self::read(file, text, role_known, region_known).map_err(|Wrong(at, what, fix)| {
            let line = line_at(text, at);
            DirectoryFault { line, what, fix }
        })
    }

    fn read(
        file: File,
        text: &str,
        role_known: impl Fn(&str) -> bool,
        region_known: impl Fn(&RegionCode) -> bool,
    ) -> Result<Self, Wrong> {
        let mut partners = BTreeMap::new();
        let mut systems = BTreeMap::new();
        for entry in file.partner {
            let partner = read_partner(&entry)?;
            if !role_known(&partner.role) {
                let what = format!("role `{}` is not in the catalogue", partner.role);
                return Err(Wrong::at(
                    &entry.role,
                    &what,
                    "write one of its partner roles",
                ));
            }
            if !region_known(&partner.region) {
                let what = format!("region `{}` is not in the catalogue", partner.region);
                return Err(Wrong::at(&entry.region, &what, "write one of its regions"));
            }
            for system in entry.system {
                let (thumbprint, read) = read_system(&system, &partner)?;
                if systems.insert(thumbprint, read).is_some() {
                    let what = format!("system `{}`: thumbprint registered twice", system.name);
                    let fix = "give each system its own certificate";
                    return Err(Wrong::at(&system.thumbprint, &what, fix));
                }
            }
            if partners.insert(partner.oin, partner).is_some() {
                let what = format!("partner `{}` is listed twice", entry.oin.get_ref());
                return Err(Wrong::at(&entry.oin, &what, "make one entry of them"));
            }
        }
        let hash = digest(&SHA256, text.as_bytes());
        let hash = Digest::from_slice(hash.as_ref())
            .map_err(|e| Wrong(0, e.to_string(), "report this as a defect"))?;
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

fn read_partner(entry: &FilePartner) -> Result<Partner, Wrong> {
    let oin = Oin::parse(entry.oin.get_ref())
        .map_err(|e| Wrong::at(&entry.oin, &e, "write the OIN of its certificates"))?;
    let region = RegionCode::parse(entry.region.get_ref())
        .map_err(|e| Wrong::at(&entry.region, &e, "write a region of the catalogue"))?;
    Ok(Partner {
        oin,
        name: entry.name.clone(),
        role: entry.role.get_ref().clone(),
        region,
        desks: read_desks(&entry.desks)?,
    })
}

fn read_desks(desks: &Spanned<Vec<String>>) -> Result<BTreeSet<Desk>, Wrong> {
    let read = desks.get_ref().iter().map(|desk| Desk::parse(desk));
    read.collect::<Result<_, _>>()
        .map_err(|e| Wrong::at(desks, &e, "name functions, such as `intake`"))
}

fn read_system(entry: &FileSystem, partner: &Partner) -> Result<(Digest, System), Wrong> {
    let thumbprint = unhex(entry.thumbprint.get_ref()).ok_or_else(|| {
        let what = format!("system `{}`: this is no thumbprint", entry.name);
        let fix = "write the SHA-256 of the certificate, 64 hex digits";
        Wrong::at(&entry.thumbprint, &what, fix)
    })?;
    let mut served = partner.desks.clone();
    if let Some(desks) = &entry.desks {
        served = read_desks(desks)?;
        if let Some(foreign) = served.iter().find(|desk| !partner.desks.contains(*desk)) {
            let what = format!("desk `{foreign}` is not a desk of the partner");
            return Err(Wrong::at(desks, &what, "add it there, or remove it here"));
        }
    }
    let system = System {
        oin: partner.oin,
        name: entry.name.clone(),
        capabilities: entry.capabilities.iter().copied().collect(),
        desks: served,
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
    fn faults_have_a_line_and_a_fix() {
        for (from, to, told) in [
            ("role = \"politie\"", "role = \"brandweer\"", "brandweer"),
            ("oin = \"00", "oin = \"", "the OIN of its certificates"),
            (
                "desks = [\"huiselijk-geweld\"]",
                "desks = [\"Huis\"]",
                "desk",
            ),
            ("name = \"bvh\"", "nmae = \"bvh\"", "nmae"),
            ("[\"signal\"]", "[\"signals\"]", "signals"),
            ("thumbprint = \"00", "thumbprint = \"", "64 hex digits"),
        ] {
            let text = GOOD.replace(from, to);
            let error = parse(&text).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
            assert_eq!(
                error.line,
                line_at(&text, text.find(to).unwrap()),
                "{error}"
            );
            assert!(!error.fix.is_empty());
        }
    }
}
