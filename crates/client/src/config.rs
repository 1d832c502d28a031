//! A partner's configuration: TOML text and the folder its paths are relative to.
//!
//! Owns: names of keys, and what must hold before anything is opened. Unknown keys are refused.
//! Must not know: what is in the files it names; secrets come by file path only.

use crate::{ActingPerson, ClientError};
use seinhuis_domain::agreement::Text;
use seinhuis_identity::tls::Profile;
use seinhuis_types::{Oin, ParseError};
use serde::{Deserialize, Deserializer, de::Error};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The configuration of one system of one partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerConfig {
    /// The partner, as in both its certificates.
    #[serde(deserialize_with = "parsed")]
    pub oin: Oin,
    /// Whether test OINs may take part: never in production.
    #[serde(default)]
    pub test_oins: bool,
    /// Pinned roots, PEM, under which the signatures of other partners are judged.
    pub signing_roots: Vec<PathBuf>,
    /// Revocation lists, PEM, of every issuer under those roots.
    pub signing_crls: Vec<PathBuf>,
    /// Folder with a folder of keys per desk.
    pub desks: PathBuf,
    /// Folders with the partner's own copies of catalogues that agreements were signed on: the oldest
    /// first, the one in force last.
    pub catalogues: Vec<PathBuf>,
    /// Folders with the partner's own copies of policy sets, to make decisions again by: the oldest first,
    /// the one in force last.
    #[serde(default)]
    pub policies: Vec<PathBuf>,
    /// Folder for what this system remembers of the log.
    pub state: PathBuf,
    /// The hub.
    pub hub: Peer,
    /// The pseudonymiser, run by another organisation than the hub.
    pub pseudonymiser: Peer,
    /// This system's TLS files.
    pub tls: TlsFiles,
    /// The partner's signing files.
    pub signing: SigningFiles,
    /// The log and its pinned keys.
    pub log: LogConfig,
    /// Tag keys, one an epoch.
    pub tag_keys: Vec<TagKeyFile>,
    /// Who this system acts for when nobody else is named.
    #[serde(default)]
    pub person: PersonDefaults,
    /// What the partner's register of processing says that no agreement does.
    #[serde(default)]
    pub register: RegisterFacts,
}

/// What a register must have (AVG 30(1)(a)) and no agreement says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterFacts {
    /// Where the partner's data protection officer is reached: a function, never a person.
    #[serde(default, deserialize_with = "contact")]
    pub officer_contact: Option<Text>,
}

fn contact<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Text>, D::Error> {
    let text = String::deserialize(from)?;
    Text::parse(&text).map(Some).map_err(D::Error::custom)
}

/// Who a call is made for, by the partner's own pseudonym, and why. What is left out must be named
/// with the call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonDefaults {
    /// Pseudonym: 1 to 64 characters, without nine digits in a row.
    pub person: Option<String>,
    /// Function code, such as `fg`.
    pub function: Option<String>,
    /// Reason code, such as `lawfulness`.
    pub reason: Option<String>,
    /// The partner's own reference, such as the number of a review.
    pub reference: Option<String>,
}

impl PersonDefaults {
    /// The person, if all four are given.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when one of them is not of its form.
    pub fn whole(&self) -> Result<Option<ActingPerson>, ClientError> {
        let texts = [&self.person, &self.function, &self.reason, &self.reference];
        let [Some(person), Some(function), Some(reason), Some(reference)] = texts else {
            return Ok(None);
        };
        let acting = ActingPerson::parse(person, function, reason, reference);
        acting
            .map(Some)
            .map_err(|error| ClientError::Invalid(format!("person: {error}")))
    }
}

/// A service that is called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// DNS name or address; the service's certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The organisation that runs it; its certificate must say so.
    #[serde(deserialize_with = "parsed")]
    pub oin: Oin,
}

/// TLS files of one system, PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificate and intermediates, leaf first.
    pub cert: PathBuf,
    /// Private key, PKCS#8, mode 0600.
    pub key: PathBuf,
    /// Pinned roots of hub and pseudonymiser.
    pub roots: Vec<PathBuf>,
    /// Revocation lists of every issuer under those roots.
    pub crls: Vec<PathBuf>,
    /// `goed` (the default) or `voldoende`.
    #[serde(default, deserialize_with = "profile")]
    pub profile: Profile,
}

/// The partner's signing certificate, PEM; never the TLS one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningFiles {
    /// Certificate and intermediates, leaf first.
    pub chain: PathBuf,
    /// Private key on P-256 or P-384, PKCS#8, mode 0600.
    pub key: PathBuf,
}

/// The log, as pinned: nothing here is ever taken from the hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// The log's name, shard included, such as `hub.example/log/2026h2`.
    pub origin: String,
    /// The key of checkpoints: `<name>+<8 hex digits>+<base64>`.
    pub vkey: String,
    /// The key of receipts, named `<origin>/receipt`, in the same form.
    pub receipt_vkey: String,
}

/// One tag key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagKeyFile {
    /// The key epoch it is for.
    pub epoch: u16,
    /// 32 bytes as 64 hex digits or as base64, mode 0600.
    pub file: PathBuf,
}

impl PartnerConfig {
    /// Reads TOML; paths that are not absolute are taken from `base`.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], naming the line and the key.
    pub fn parse(text: &str, base: &Path) -> Result<Self, ClientError> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count().saturating_add(1));
            ClientError::Invalid(format!("configuration, line {line}: {}", error.message()))
        })?;
        config.check()?;
        config.resolve(base);
        Ok(config)
    }

    /// Reads the file at `path`; its folder is the base.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn load(path: &Path) -> Result<Self, ClientError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ClientError::Invalid(format!("cannot read `{}`: {error}", path.display()))
        })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    fn check(&self) -> Result<(), ClientError> {
        let broken = if self.oin.is_test() && !self.test_oins {
            "oin: this is a test OIN (prefix 00000099); set test_oins only outside production"
        } else if self.hub.oin == self.pseudonymiser.oin {
            "pseudonymiser.oin: it is run by another organisation than the hub, or neither is blind"
        } else if self.tag_keys.is_empty() {
            "tag_keys: at least one is needed, or no officer will find an entry again"
        } else if self.catalogues.is_empty() {
            "catalogues: at least one folder is needed"
        } else {
            return Ok(());
        };
        Err(ClientError::Invalid(broken.to_owned()))
    }

    fn resolve(&mut self, base: &Path) {
        let single = [
            &mut self.desks,
            &mut self.state,
            &mut self.tls.cert,
            &mut self.tls.key,
            &mut self.signing.chain,
            &mut self.signing.key,
        ];
        let lists = [
            &mut self.signing_roots,
            &mut self.signing_crls,
            &mut self.catalogues,
            &mut self.policies,
            &mut self.tls.roots,
            &mut self.tls.crls,
        ];
        let tags = self.tag_keys.iter_mut().map(|tag| &mut tag.file);
        let paths = single
            .into_iter()
            .chain(lists.into_iter().flatten())
            .chain(tags);
        for path in paths {
            *path = base.join(&*path);
        }
    }
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = ParseError>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn profile<'de, D: Deserializer<'de>>(from: D) -> Result<Profile, D::Error> {
    let name = String::deserialize(from)?;
    Profile::parse(&name).ok_or_else(|| D::Error::custom("a profile is `goed` or `voldoende`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
oin = "00000099000000010000"
test_oins = true
signing_roots = ["pki/root.pem"]
signing_crls = ["/etc/crl.pem"]
desks = "desks"
catalogues = ["catalogue"]
state = "state"
tag_keys = [{ epoch = 1, file = "tag-e1" }]

[hub]
host = "hub.example"
port = 7001
oin = "00000099000000900000"

[pseudonymiser]
host = "pep.example"
port = 7002
oin = "00000099000000910000"

[tls]
cert = "tls.pem"
key = "tls.key"
roots = ["pki/root.pem"]
crls = ["pki/root.crl"]

[signing]
chain = "signing.pem"
key = "signing.key"

[log]
origin = "hub.example/log/2026h2"
vkey = "x"
receipt_vkey = "y"
"#;

    fn parse(text: &str) -> Result<PartnerConfig, String> {
        PartnerConfig::parse(text, Path::new("/base")).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_are_taken_from_the_base_unless_absolute() {
        let config = parse(TEXT).unwrap();
        assert_eq!(config.desks, Path::new("/base/desks"));
        assert_eq!(config.tls.key, Path::new("/base/tls.key"));
        assert_eq!(config.tag_keys[0].file, Path::new("/base/tag-e1"));
        assert_eq!(config.signing_crls, [Path::new("/etc/crl.pem")]);
        assert_eq!(config.tls.profile, Profile::Goed);
        assert!(parse(&TEXT.replace("cert =", "profile = \"best\"\ncert =")).is_err());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse(&TEXT.replace("port = 7002", "port = 7002\ntimeout = 3")).unwrap_err();
        assert!(error.contains("timeout"), "{error}");
        assert!(error.contains("line"), "{error}");
    }

    #[test]
    fn what_would_break_a_promise_is_refused() {
        let error = |from: &str, to: &str| parse(&TEXT.replace(from, to)).unwrap_err();
        assert!(error("test_oins = true\n", "").starts_with("oin:"));
        let one_organisation = error("00000099000000910000", "00000099000000900000");
        assert!(one_organisation.starts_with("pseudonymiser.oin"));
        assert!(error("[{ epoch = 1, file = \"tag-e1\" }]", "[]").starts_with("tag_keys"));
        assert!(error("catalogues = [\"catalogue\"]", "catalogues = []").starts_with("catalogues"));
        assert!(error("oin = \"00000099000000010000\"", "oin = \"1\"").contains("oin"));
    }
}
