//! What every verb starts from: configuration, output, and the connection when there is need of one.
//!
//! Owns: reading the configuration file, and finding out within seconds that nobody answers. Must
//! not know: what a verb does.

use crate::cli::{Acting, Global};
use crate::exit::{self, Failure};
use crate::incidents;
use crate::line;
use crate::out::Out;
use crate::progress::Teller;
use crate::receipts::Receipts;
use seinhuis_client::{
    ActingPerson, ClientError, Incident, LogFolder, LogKeys, Partner, PartnerConfig,
    PersonDefaults, Progress, SeenCheckpoint, Silent, Watched,
};
use seinhuis_types::{Clock, Millis, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long the hub has to give any sign at all.
const SIGN_OF_LIFE: Duration = Duration::from_secs(8);

/// The options every verb has, at work.
#[derive(Debug)]
pub(crate) struct Setup {
    config: PathBuf,
    acting: Acting,
    pub(crate) out: Out,
}

/// A connected partner, and what it was connected with.
#[derive(Debug)]
pub(crate) struct Online {
    pub(crate) partner: Partner,
    pub(crate) config: PartnerConfig,
}

impl Online {
    /// Where receipts are kept.
    pub(crate) fn receipts(&self) -> Receipts {
        Receipts::of(&self.config.state)
    }
}

impl Setup {
    pub(crate) fn new(global: Global) -> Self {
        Self {
            config: global.config,
            acting: global.acting,
            out: Out::new(global.json, global.lang),
        }
    }

    /// Now.
    pub(crate) fn now() -> Millis {
        SystemClock.now()
    }

    /// Who is told of long work: people, on standard error; nobody where a machine reads.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        if self.out.is_json() {
            return Arc::new(Silent);
        }
        Arc::new(Teller::new(
            self.out.lang(),
            Arc::new(SystemClock),
            exit::tell,
        ))
    }

    /// A copy of the log, whose reading up to `seen` is told.
    pub(crate) fn watched(&self, copy: &LogFolder, seen: &SeenCheckpoint) -> Watched<LogFolder> {
        Watched::new(copy.clone(), seen.checkpoint.size().get(), self.progress())
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> Result<PartnerConfig, Failure> {
        read(&self.config)
    }

    /// The configuration, where the verb can do without one.
    pub(crate) fn config_if_any(&self) -> Result<Option<PartnerConfig>, Failure> {
        if self.config.exists() {
            self.config().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The pinned keys of the log.
    pub(crate) fn log_keys(config: &PartnerConfig) -> Result<LogKeys, Failure> {
        Ok(LogKeys::new(&config.log)?)
    }

    /// Connects, makes sure that somebody answers, and holds the log against what was seen of it last.
    /// A crime of the log is told and its evidence kept; whether to act all the same is the caller's,
    /// because a signal may not be able to wait.
    pub(crate) async fn connect(&self) -> Result<Online, Failure> {
        let online = self.dial().await?;
        // Whatever else comes of it, the verb's own call will tell.
        if let Err(ClientError::Untrusted(Incident::Crime(caught))) =
            Box::pin(online.partner.checkpoint()).await
        {
            exit::tell(&exit::crime(&caught));
        }
        Ok(online)
    }

    /// Connects, and makes sure that somebody answers before anything is asked: for verbs that look at
    /// the log themselves.
    pub(crate) async fn dial(&self) -> Result<Online, Failure> {
        let config = self.config()?;
        let persons = self.persons(&config)?;
        let partner = Box::pin(Partner::connect(&config, Arc::new(SystemClock))).await?;
        let partner = partner.acting_for(&persons)?.telling(self.progress());
        let silent = || ClientError::Unreachable {
            peer: "hub",
            detail: format!("no sign of life within {} s", SIGN_OF_LIFE.as_secs()),
        };
        let sign = tokio::time::timeout(SIGN_OF_LIFE, partner.key_epoch()).await;
        match sign.map_err(|_| silent())? {
            // What it answers is not asked here: the verb's own call will tell.
            Ok(_) | Err(ClientError::Rejected { .. }) => Ok(Online { partner, config }),
            Err(error) => Err(error.into()),
        }
    }

    /// Who the calls of this run are made for: as named, else as configured; nobody when that leaves
    /// one of the four open and none was named.
    fn persons(&self, config: &PartnerConfig) -> Result<Vec<ActingPerson>, Failure> {
        let mut person = config.person.clone();
        let named = &self.acting;
        for (given, text) in [
            (&named.person, &mut person.person),
            (&named.function, &mut person.function),
            (&named.reason, &mut person.reason),
            (&named.reference, &mut person.reference),
        ] {
            if given.is_some() {
                text.clone_from(given);
            }
        }
        let open = [
            ("--as", person.person.is_none()),
            ("--function", person.function.is_none()),
            ("--reason", person.reason.is_none()),
            ("--reference", person.reference.is_none()),
        ];
        let Some(first) = person.whole()? else {
            let missing = open.into_iter().find(|(_, missing)| *missing);
            return match (&named.person, &named.second, missing) {
                (None, None, _) | (_, _, None) => Ok(Vec::new()),
                (_, _, Some((option, _))) => Err(Failure::mended(
                    "a call is made for a person in a function, for a reason, under a reference"
                        .to_owned(),
                    format!("name it with `{option}`, or in `[person]` of the configuration"),
                )),
            };
        };
        let mut persons = vec![first];
        if let Some(second) = &named.second {
            let function = named.second_function.clone().or(person.function.clone());
            let second = PersonDefaults {
                person: Some(second.clone()),
                function,
                ..person
            };
            persons.extend(second.whole()?);
        }
        Ok(persons)
    }

    /// Who acts, where nothing is asked of the hub: `--as`, or the configuration's person.
    pub(crate) fn who(&self, config: &PartnerConfig) -> Result<String, Failure> {
        let person = self.acting.person.clone().or(config.person.person.clone());
        let person = person.ok_or_else(|| {
            Failure::mended(
                "this is recorded with who decided it",
                "name that person with `--as`, by your own pseudonym, or in `[person]` of the configuration",
            )
        })?;
        crate::secret::member("--as", &person)?;
        Ok(person)
    }

    /// Keeps an incident in the state folder, where there is one to write to.
    pub(crate) fn keep_incident(&self, incident: &Incident) -> Option<PathBuf> {
        let config = self.config().ok()?;
        incidents::keep(&config.state, Self::now(), &incidents::document(incident)).ok()
    }
}

/// Reads a configuration; an error names the file, the line and the key.
fn read(path: &Path) -> Result<PartnerConfig, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::mended(
            format!("cannot read configuration `{shown}`: {error}"),
            "name it with `--config` or in SEINPAAL_CONFIG",
        )
    })?;
    let base = path.parent().unwrap_or(Path::new("."));
    PartnerConfig::parse(&text, base).map_err(|error| {
        let key = toml::from_str::<PartnerConfig>(&text)
            .err()
            .and_then(|error| line::key(&text, &error.span()?))
            .map(|key| format!(" (`{key}`)"))
            .unwrap_or_default();
        Failure::invalid(format!("`{shown}`: {error}{key}"))
    })
}
