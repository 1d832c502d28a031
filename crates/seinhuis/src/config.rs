//! The configuration files of hub and pseudonymiser.
//!
//! Owns: their form. Unknown keys are refused; secrets are given by file path only; paths are
//! relative to the file. Must not know: what is done with any of it.

use crate::exit::Failure;
use seinhuis_domain::question::{LONGEST_MS, SHORTEST_MS, TICK_MS};
use seinhuis_identity::tls::Profile;
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_merkle::KeyName;
use seinhuis_types::{Oin, line_at};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `hub.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HubConfig {
    /// Where to listen, for example `0.0.0.0:443`.
    pub(crate) listen: SocketAddr,
    /// Key epoch in force.
    #[serde(default = "first_epoch")]
    pub(crate) key_epoch: u16,
    /// `goed` (default) or `voldoende`.
    #[serde(default)]
    pub(crate) tls_profile: ProfileName,
    /// Whether OINs with prefix 00000099 may take part. Never in production.
    #[serde(default)]
    pub(crate) test_oins: bool,
    pub(crate) tls: TlsFiles,
    pub(crate) trust: TrustFiles,
    pub(crate) data: DataConfig,
    pub(crate) keys: PathBuf,
    pub(crate) rules: RulesConfig,
    /// The directory of partners.
    pub(crate) partners: PathBuf,
    pub(crate) log: LogConfig,
    pub(crate) pseudonymiser: RemoteConfig,
    #[serde(default)]
    pub(crate) limits: LimitsConfig,
    #[serde(default)]
    pub(crate) telemetry: TelemetryConfig,
}

/// `pseudonymiser.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PseudonymiserConfig {
    pub(crate) listen: SocketAddr,
    #[serde(default = "first_epoch")]
    pub(crate) key_epoch: u16,
    #[serde(default)]
    pub(crate) tls_profile: ProfileName,
    #[serde(default)]
    pub(crate) test_oins: bool,
    /// The OIN of the hub: only it may ask for a first half.
    #[serde(deserialize_with = "oin")]
    pub(crate) hub_oin: Oin,
    pub(crate) tls: TlsFiles,
    pub(crate) trust: TrustFiles,
    pub(crate) data: DataConfig,
    pub(crate) keys: PathBuf,
    /// Conversions a source may ask under one clause on one day.
    #[serde(default = "conversions")]
    pub(crate) conversions_per_day: u64,
    #[serde(default)]
    pub(crate) telemetry: TelemetryConfig,
}

/// One's own certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsFiles {
    /// PEM, leaf first.
    pub(crate) chain: PathBuf,
    /// PEM, PKCS#8, 0600.
    pub(crate) key: PathBuf,
}

/// Roots and revocation lists: for connections, and for signatures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustFiles {
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) crls: Vec<PathBuf>,
    /// Absent: the same as for connections.
    pub(crate) signing_roots: Option<Vec<PathBuf>>,
    pub(crate) signing_crls: Option<Vec<PathBuf>>,
}

/// Where data lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataConfig {
    pub(crate) folder: PathBuf,
    /// Memory for pages, MiB.
    #[serde(default = "cache_mib")]
    pub(crate) cache_mib: u64,
    /// Free space below which nothing is taken any more, MiB.
    #[serde(default = "reserve_mib")]
    pub(crate) reserve_mib: u64,
}

/// Where catalogue and policy lie.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesConfig {
    pub(crate) catalogue: PathBuf,
    pub(crate) policy: PathBuf,
}

/// The audit log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// `<host>/log/<shard>`, such as `seinhuis.example/log/2026h2`.
    #[serde(deserialize_with = "origin")]
    pub(crate) origin: String,
    /// How often to publish when idle, 1 to 1,000 ms.
    #[serde(default = "publish_ms")]
    pub(crate) publish_ms: u64,
    /// The witnesses and their quorum, a C2SP tlog-policy; absent: none.
    pub(crate) policy: Option<PathBuf>,
    /// Where anyone may read it; absent: nowhere.
    pub(crate) https: Option<HttpsConfig>,
}

/// The public listener of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpsConfig {
    pub(crate) listen: SocketAddr,
}

/// Another service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoteConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Its OIN: another organisation at this address is not taken for it.
    #[serde(deserialize_with = "oin")]
    pub(crate) oin: Oin,
}

/// What one partner may ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    pub(crate) calls_in_flight: usize,
    pub(crate) streams: usize,
    pub(crate) conversions_per_day: u64,
    /// Questions one organisation may ask under one clause on one day.
    pub(crate) questions_per_day: u64,
    /// The shortest time to answer a question, in whole minutes.
    pub(crate) question_minutes: u64,
}

impl LimitsConfig {
    /// The shortest time to answer a question, in milliseconds. Less than [`SHORTEST_MS`] is for trying out
    /// only: where nobody takes part but organisations with test OINs.
    pub(crate) fn question_shortest_ms(&self, test_oins: bool) -> Result<u64, Failure> {
        let shortest = self.question_minutes.saturating_mul(TICK_MS);
        if shortest < SHORTEST_MS && !test_oins {
            return Err(Failure::config(format!(
                "limits.question_minutes: a person needs {} minutes at least to answer; less is taken only \
                 with `test_oins`",
                SHORTEST_MS / TICK_MS
            )));
        }
        if shortest > LONGEST_MS {
            return Err(Failure::config(format!(
                "limits.question_minutes: at most {}, the longest time to answer",
                LONGEST_MS / TICK_MS
            )));
        }
        Ok(shortest)
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            calls_in_flight: 512,
            streams: 32,
            conversions_per_day: conversions(),
            questions_per_day: 100,
            question_minutes: SHORTEST_MS / TICK_MS,
        }
    }
}

/// Log lines.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TelemetryConfig {
    /// A `tracing` directive.
    pub(crate) filter: String,
    /// JSON lines instead of text.
    pub(crate) json: bool,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}

/// A TLS profile by name.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProfileName {
    #[default]
    Goed,
    Voldoende,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Goed => Self::Goed,
            ProfileName::Voldoende => Self::Voldoende,
        }
    }
}

const fn first_epoch() -> u16 {
    1
}
const fn conversions() -> u64 {
    5_000
}
const fn cache_mib() -> u64 {
    64
}
const fn reserve_mib() -> u64 {
    256
}
const fn publish_ms() -> u64 {
    500
}

/// Reads a configuration file; gives it with the folder its paths are relative to.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<(T, PathBuf), Failure> {
    let at = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::config(format!("{at}: {e}; give the file with --config")))?;
    let config = toml::from_str(&text).map_err(|error| {
        let line = line_at(&text, error.span().map_or(0, |span| span.start));
        let what = error.message().replace('\n', ", ");
        let fix = "docs/operations/configuration.md has every key";
        Failure::config(format!("{at}:{line}: {what}; {fix}"))
    })?;
    let base = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    Ok((config, base.to_owned()))
}

/// Reads an OIN of the configuration.
fn oin<'de, D: Deserializer<'de>>(from: D) -> Result<Oin, D::Error> {
    Oin::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Reads the name of a log.
fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    KeyName::parse(&text).map_err(D::Error::custom)?;
    Ok(text)
}

/// That no key lies in the data folder: a copy of the data must not open what it holds.
pub(crate) fn keys_apart(base: &Path, data: &DataConfig, keys: &[&Path]) -> Result<(), Failure> {
    let real = |path: &Path| {
        let path = base.join(path);
        // What is not there yet is looked for later, and refused there.
        std::fs::canonicalize(&path).unwrap_or(path)
    };
    let folder = real(&data.folder);
    for key in keys {
        if real(key).starts_with(&folder) {
            return Err(Failure::config(format!(
                "`{}` lies in the data folder `{}`: a copy of the data would hold the keys to it; \
                 move it out and name its new place in the configuration",
                key.display(),
                data.folder.display()
            )));
        }
    }
    Ok(())
}

impl TrustFiles {
    /// Roots for connections.
    pub(crate) fn connections(
        &self,
        base: &Path,
        test: bool,
    ) -> Result<Arc<TrustAnchors>, Failure> {
        anchors(&self.roots, &self.crls, base, test)
    }

    /// Roots for signatures.
    pub(crate) fn signatures(&self, base: &Path, test: bool) -> Result<Arc<TrustAnchors>, Failure> {
        let roots = self.signing_roots.as_ref().unwrap_or(&self.roots);
        let crls = self.signing_crls.as_ref().unwrap_or(&self.crls);
        anchors(roots, crls, base, test)
    }
}

fn anchors(
    roots: &[PathBuf],
    crls: &[PathBuf],
    base: &Path,
    test: bool,
) -> Result<Arc<TrustAnchors>, Failure> {
    let within = |paths: &[PathBuf]| paths.iter().map(|p| base.join(p)).collect::<Vec<_>>();
    let test = if test {
        TestOins::Allowed
    } else {
        TestOins::Refused
    };
    TrustAnchors::load(&within(roots), &within(crls), test)
        .map(Arc::new)
        .map_err(|e| Failure::config(format!("trust: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_person_needs_to_answer_is_for_trying_out_only() {
        let limits = |minutes: &str| -> LimitsConfig { toml::from_str(minutes).unwrap() };
        let minutes = |minutes: u64| limits(&format!("question_minutes = {minutes}"));
        let given = |limits: LimitsConfig, test| limits.question_shortest_ms(test).ok();
        assert_eq!(given(limits(""), false), Some(SHORTEST_MS));
        for (wanted, service, tried) in [
            (0, None, Some(0)),
            (14, None, Some(14 * TICK_MS)),
            (15, Some(SHORTEST_MS), Some(SHORTEST_MS)),
            (60, Some(60 * TICK_MS), Some(60 * TICK_MS)),
            (10_080, Some(LONGEST_MS), Some(LONGEST_MS)),
            (10_081, None, None),
        ] {
            assert_eq!(given(minutes(wanted), false), service, "{wanted}");
            assert_eq!(given(minutes(wanted), true), tried, "{wanted}");
        }
    }
}
