//! New certificates, roots and revocation lists without a restart.
//!
//! Owns: when files are read again, and that a bad set changes nothing. Must not know: what a
//! certificate is asked, which connections are open.

use crate::certificates::{Contents, Files, Set, Stamps};
use crate::exit::{Exit, Failure};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::tls::{ClientConfig, ServerConfig, TlsSettings};
use seinhuis_telemetry::{Counter, Counters};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// What mends an expired list.
const FETCH: &str = "fetch the next one from its issuer";

/// The set in force, and what brings the next one.
pub(crate) struct Reloader {
    files: Files,
    counters: Counters,
    server: watch::Sender<Arc<TlsSettings<ServerConfig>>>,
    client: watch::Sender<Arc<TlsSettings<ClientConfig>>>,
    public: watch::Sender<Arc<TlsSettings<ServerConfig>>>,
    witnesses: watch::Sender<Arc<TlsSettings<ClientConfig>>>,
    signing: SigningTrust,
    /// What is in force.
    contents: Contents,
    /// What the last attempt was made on.
    tried: Stamps,
    hangup: Signal,
}

impl Reloader {
    /// Reads the first set. From here on a hang-up reloads, and ends nothing.
    ///
    /// # Errors
    /// As [`Files::load`].
    pub(crate) fn start(files: Files, counters: Counters) -> Result<Self, Failure> {
        let hangup = signal(SignalKind::hangup())
            .map_err(|e| Failure::new(Exit::Unavailable, format!("signals: {e}")))?;
        let tried = files.stamps();
        let set = files.load()?;
        warn_of(&set.overdue);
        Ok(Self {
            files,
            counters,
            server: watch::Sender::new(set.server),
            client: watch::Sender::new(set.client),
            public: watch::Sender::new(set.public),
            witnesses: watch::Sender::new(set.witnesses),
            signing: SigningTrust::new(set.signing),
            contents: set.contents,
            tried,
            hangup,
        })
    }

    /// For a listener.
    pub(crate) fn server(&self) -> watch::Receiver<Arc<TlsSettings<ServerConfig>>> {
        self.server.subscribe()
    }

    /// For a caller.
    pub(crate) fn client(&self) -> watch::Receiver<Arc<TlsSettings<ClientConfig>>> {
        self.client.subscribe()
    }

    /// For the listener where anyone reads the published log.
    pub(crate) fn public(&self) -> watch::Receiver<Arc<TlsSettings<ServerConfig>>> {
        self.public.subscribe()
    }

    /// For calls to the log's witnesses.
    pub(crate) fn witnesses(&self) -> watch::Receiver<Arc<TlsSettings<ClientConfig>>> {
        self.witnesses.subscribe()
    }

    /// For signatures.
    pub(crate) fn signing(&self) -> SigningTrust {
        self.signing.clone()
    }

    /// Takes in what changes, until `end`: by itself when the files have come to rest, at once at a
    /// hang-up.
    pub(crate) async fn run(mut self, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        let mut seen = self.tried.clone();
        loop {
            let asked = tokio::select! {
                () = &mut end => return,
                () = tokio::time::sleep(LOOK) => false,
                Some(()) = self.hangup.recv() => true,
            };
            let now = self.files.stamps();
            // Alike at two looks: whoever was writing several files has finished.
            let at_rest = now == std::mem::replace(&mut seen, now.clone());
            if asked || (at_rest && now != self.tried) {
                self.tried = now;
                tokio::task::block_in_place(|| self.attempt());
            }
        }
    }

    /// Takes in what the files hold now, or leaves all as it was.
    fn attempt(&mut self) {
        match self.files.load().and_then(|set| self.fresh(set)) {
            Ok((set, changed)) if changed.is_empty() => {
                warn_of(&set.overdue);
                tracing::info!("certificates, roots and revocation lists are as they were");
            }
            Ok((set, changed)) => {
                warn_of(&set.overdue);
                self.take(set);
                self.counters.count(Counter::Reload, "taken");
                tracing::info!(
                    changed = joined(&changed),
                    "new certificates, roots or revocation lists are in force"
                );
            }
            Err(failure) => {
                self.counters.count(Counter::Reload, "refused");
                tracing::error!(
                    cause = %failure,
                    "new certificates, roots or revocation lists are refused; the old ones stay in force"
                );
            }
        }
    }

    /// The set, and which of its files are new. A list that ran out where it lies is told and keeps
    /// nothing else out; one that comes in expired is a mistake.
    fn fresh(&self, set: Set) -> Result<(Set, Vec<PathBuf>), Failure> {
        let is_new = |path: &PathBuf| set.contents.get(path) != self.contents.get(path);
        let late = set.overdue.iter().find(|path| is_new(path));
        if let Some(path) = late {
            let path = path.display();
            return Err(Failure::config(format!(
                "`{path}`: the revocation list is past its term; {FETCH}"
            )));
        }
        let changed = set.contents.keys().filter(|path| is_new(path));
        let changed = changed.cloned().collect();
        Ok((set, changed))
    }

    fn take(&mut self, set: Set) {
        self.signing.renew(set.signing);
        self.client.send_replace(set.client);
        self.public.send_replace(set.public);
        self.witnesses.send_replace(set.witnesses);
        self.server.send_replace(set.server);
        self.contents = set.contents;
    }
}

fn warn_of(overdue: &[PathBuf]) {
    if !overdue.is_empty() {
        tracing::warn!(
            files = joined(overdue),
            "a revocation list is past its term and everyone under its issuer is refused; {FETCH}"
        );
    }
}

fn joined(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    names.join(", ")
}
