//! A running chain.

use seinhuis_client::{KeyTerm, Partner, PartnerConfig, Persons, To};
use seinhuis_domain::agreement::{Placeholders, from_toml};
use seinhuis_testkit::sandbox::{CHAIN, PartnerSpec, Sandbox, Service};
use seinhuis_types::{AgreementHash, ClauseId, Clock, Desk, Oin, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Why a chain could not be set up; tests show it and stop.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

fn setup(what: &str, error: impl std::fmt::Display) -> SetupError {
    SetupError(format!("{what}: {error}"))
}

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The operator's binary, built beside the test.
///
/// # Errors
/// When it is not built; says how.
pub fn binary() -> Result<PathBuf, SetupError> {
    built("seinhuis")
}

/// The partner's command line, built beside the test.
///
/// # Errors
/// When it is not built; says how.
pub fn seinpaal() -> Result<PathBuf, SetupError> {
    built("seinpaal")
}

fn built(name: &str) -> Result<PathBuf, SetupError> {
    let test = std::env::current_exe().map_err(|e| setup("test binary", e))?;
    let found = test
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.ok_or_else(|| SetupError(format!("`{name}` is not built; run cargo build -p {name}")))
}

/// An authored agreement of the repository as content, after a change of its TOML.
///
/// # Errors
/// [`SetupError`].
pub async fn content(
    partner: &Partner,
    name: &str,
    change: impl FnOnce(String) -> String,
) -> Result<Vec<u8>, SetupError> {
    let rules = partner.ruleset().await.map_err(|e| setup("ruleset", e))?;
    let path = repository().join("config/agreements").join(name);
    let text = std::fs::read_to_string(path).map_err(|e| setup("agreement", e))?;
    let placeholders = Placeholders {
        catalogue_hash: Some(rules.catalogue),
        policy_hash: Some(rules.policy),
    };
    from_toml(&change(text), &placeholders).map_err(|e| setup("agreement", e))
}

/// A chain that serves. Dropping it ends both services and removes the folder.
#[derive(Debug)]
pub struct Chain {
    /// The hub; `None` while a test has it down.
    pub hub: Option<Service>,
    /// The pseudonymiser; `None` while a test has it down.
    pub pseudonymiser: Option<Service>,
    /// Its files.
    pub sandbox: Sandbox,
    /// The agreement in force.
    pub agreement: AgreementHash,
    partners: Vec<(&'static str, Partner)>,
    _folder: TempDir,
}

impl Chain {
    /// Starts the five partners with keys stated and the five-party agreement valid.
    ///
    /// # Errors
    /// [`SetupError`], saying at which step.
    pub async fn start() -> Result<Self, SetupError> {
        Self::start_with(|_| Ok(())).await
    }

    /// As [`Chain::start`], with a change of the files before the services start.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn start_with(
        change: impl FnOnce(&Sandbox) -> std::io::Result<()>,
    ) -> Result<Self, SetupError> {
        let folder = tempfile::tempdir().map_err(|e| setup("folder", e))?;
        let root = folder.path().join("chain");
        let (binary, rules) = (binary()?, repository().join("config"));
        let sandbox = Sandbox::prepare(&root, &binary, &rules, &CHAIN, SystemClock.now())
            .map_err(|e| setup("sandbox", e))?;
        change(&sandbox).map_err(|e| setup("change", e))?;
        let pseudonymiser = sandbox
            .start_pseudonymiser()
            .map_err(|e| setup("start", e))?;
        let hub = sandbox.start_hub().map_err(|e| setup("start", e))?;
        let mut partners = Vec::new();
        for spec in CHAIN {
            partners.push((spec.name, connect(&sandbox, &spec).await?));
        }
        let agreement = agree(&partners, |text| text).await?;
        Ok(Self {
            hub: Some(hub),
            pseudonymiser: Some(pseudonymiser),
            sandbox,
            agreement,
            partners,
            _folder: folder,
        })
    }

    /// One more agreement of the five, of another version and after a change of its TOML, signed
    /// by all of them.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn agree(
        &self,
        change: impl FnOnce(String) -> String,
    ) -> Result<AgreementHash, SetupError> {
        let other = |text: String| change(text.replace("version = 1\n", "version = 2\n"));
        agree(&self.partners, other).await
    }

    /// A partner by its short name.
    ///
    /// # Panics
    /// When there is none of that name: a mistake of the test.
    #[expect(clippy::expect_used, reason = "a wrong name is a mistake of the test")]
    pub fn partner(&self, name: &str) -> &Partner {
        let found = self.partners.iter().find(|(known, _)| *known == name);
        &found.expect("a partner of the chain").1
    }

    /// Where a clause of the agreement lets a signal go.
    ///
    /// # Panics
    /// When a name is not of its form: a mistake of the test.
    #[expect(clippy::expect_used, reason = "a wrong name is a mistake of the test")]
    pub fn to(&self, name: &str, clause: &str) -> To {
        let spec = CHAIN
            .iter()
            .find(|spec| spec.name == name)
            .expect("a partner of the chain");
        To {
            oin: spec.oin.parse().expect("an OIN"),
            desk: spec.desk.parse().expect("a desk"),
            agreement: self.agreement.clone(),
            clause: ClauseId::parse(clause).expect("a clause"),
        }
    }
}

/// The desk of a partner of the chain.
pub(crate) fn desk_of(spec: &PartnerSpec) -> Result<Desk, SetupError> {
    spec.desk.parse().map_err(|e| setup("desk", e))
}

async fn connect(sandbox: &Sandbox, spec: &PartnerSpec) -> Result<Partner, SetupError> {
    let config =
        PartnerConfig::load(&sandbox.partner_config(spec.name)).map_err(|e| setup(spec.name, e))?;
    let partner = Partner::connect(&config, Arc::new(SystemClock))
        .await
        .map_err(|e| setup(spec.name, e))?;
    let epoch = partner.key_epoch().await.map_err(|e| setup("epoch", e))?;
    let term = KeyTerm::days(SystemClock.now(), 90);
    partner
        .create_desk_keys(&desk_of(spec)?, epoch, term)
        .await
        .map_err(|e| setup("desk keys", e))?;
    Ok(partner)
}

/// Proposes the five-party agreement of the repository and has every party sign it.
async fn agree(
    partners: &[(&'static str, Partner)],
    change: impl FnOnce(String) -> String,
) -> Result<AgreementHash, SetupError> {
    let (_, first) = partners
        .first()
        .ok_or_else(|| SetupError("no partners".into()))?;
    let content = content(first, "five-party.toml", change).await?;
    let (hash, _) = first
        .propose(&content)
        .await
        .map_err(|e| setup("propose", e))?;
    for (_, partner) in partners {
        let persons = Persons::new("administrator-1", "privacy-officer-1")
            .map_err(|e| setup("persons", e))?;
        partner
            .accept(&hash, &persons)
            .await
            .map_err(|e| setup("accept", e))?;
    }
    Ok(hash)
}

/// The OIN of a partner of the chain.
impl Chain {
    /// The OIN of a partner by its short name.
    pub fn oin(&self, name: &str) -> Oin {
        self.partner(name).oin()
    }
}
