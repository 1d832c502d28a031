//! The hub's log: opened with its policy of witnesses, and what its ends mean for the process.
//!
//! Owns: which policy is taken, and which failure of the log has which exit code. Must not know: how
//! witnesses are asked, what a leaf says.

use crate::config::LogConfig;
use crate::exit::{Exit, Failure};
use crate::load;
use crate::reload::Reloader;
use rand::rngs::SysRng;
use rand_core::UnwrapErr;
use seinhuis_audit::{AuditError, Config, Log, Publisher, Witnessing};
use seinhuis_gateway::{RemoteWitnesses, check_witness_url};
use seinhuis_merkle::{NoteSigner, NoteVerifier, Policy};
use seinhuis_store::Embedded;
use seinhuis_telemetry::{Counter, Counters};
use seinhuis_testkit::random;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What asks the hub's witnesses.
pub(crate) type Gatherer = seinhuis_audit::Gatherer<Embedded, UnwrapErr<SysRng>>;

/// An open log with those that work on it.
pub(crate) struct Opened {
    pub(crate) log: Arc<Log<Embedded>>,
    pub(crate) publisher: Publisher<Embedded>,
    /// For a log with witnesses.
    pub(crate) gatherer: Option<Gatherer>,
}

/// Opens the log of `store` in `data`.
pub(crate) fn open(
    config: &LogConfig,
    base: &Path,
    data: &Path,
    signer: NoteSigner,
    store: Arc<Embedded>,
    reloader: &Reloader,
    counters: Counters,
) -> Result<Opened, Failure> {
    let policy = match &config.policy {
        None => None,
        Some(file) => Some(Arc::new(own_policy(&base.join(file), signer.verifier())?)),
    };
    let config = Config {
        folder: data.join("log"),
        origin: config.origin.clone(),
        signer,
        publish_interval_ms: config.publish_ms,
        policy,
    };
    let unopened = |error: AuditError| {
        let exit = match error {
            AuditError::InUse(_) => Exit::Unavailable,
            _ => Exit::Data,
        };
        Failure::new(exit, format!("the log: {error}"))
    };
    let (log, publisher) = Log::open(config, store).map_err(unopened)?;
    let witnessing = Witnessing {
        transport: Arc::new(RemoteWitnesses::new(reloader.witnesses())),
        evidence: data.join("evidence"),
        counted: Arc::new(move |outcome| counters.count(Counter::Witness, outcome)),
    };
    let gatherer = publisher.gatherer(witnessing, random::os());
    let gatherer = gatherer.map_err(unopened)?;
    Ok(Opened {
        log,
        publisher,
        gatherer,
    })
}

/// Why an open log goes no further.
pub(crate) fn failed(error: &AuditError) -> Failure {
    let exit = match error {
        AuditError::SetBack { .. } | AuditError::OtherHistory { .. } => Exit::SetBack,
        AuditError::Unknown { .. } | AuditError::Panicked => Exit::Write,
        _ => Exit::Data,
    };
    Failure::new(exit, format!("the log: {error}"))
}

/// The policy in a file, which must be of the log with this key.
fn own_policy(path: &Path, own: &NoteVerifier) -> Result<Policy, Failure> {
    let (policy, text) = read_policy(path)?;
    if policy.logs().any(|(log, _)| log == own) {
        return Ok(policy);
    }
    let at = path.display();
    let first = text.lines().zip(1..).find(|(line, _)| {
        let mut items = line.split([' ', '\t']).filter(|item| !item.is_empty());
        items.next() == Some("log")
    });
    let place = match first {
        Some((_, number)) => format!("{at}:{number}: this line is of another log or key"),
        None => format!("{at}: it names no log"),
    };
    Err(Failure::config(format!(
        "{place}; it should be `log {own}`"
    )))
}

/// The policy in a file, with its text.
///
/// # Errors
/// One that cannot be read, or by which no quorum could ever be asked.
pub(crate) fn read_policy(path: &Path) -> Result<(Policy, String), Failure> {
    let at = path.display();
    let text = load::text(path)?;
    let policy = Policy::parse(&text).map_err(|error| {
        let fix = "docs/formats/witness.md has the form";
        Failure::config(format!("{at}: {error}; {fix}"))
    })?;
    let mut reachable = BTreeSet::new();
    for witness in policy.witnesses() {
        let (name, Some(url)) = (witness.name.as_str(), &witness.url) else {
            continue;
        };
        check_witness_url(url).map_err(|rule| {
            Failure::config(format!(
                "{at}: the address `{url}` of witness `{name}`: {rule}"
            ))
        })?;
        reachable.insert(name);
    }
    if !policy.met(&reachable) {
        return Err(Failure::config(format!(
            "{at}: the witnesses that have an address can never make the quorum, so nothing would \
             ever be signed; add the addresses of more"
        )));
    }
    Ok((policy, text))
}
