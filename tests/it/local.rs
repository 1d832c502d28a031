//! A hub in the test's own process, in the place of a chain's and on its files and port: a test can
//! hold a commit, move the clock, publish the log or not, and set the bounds of calls.
//!
//! Owns: the hub's wiring over a store that can be held. Must not know: what is tested.

mod counted;

use counted::Counted;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_audit::{AuditError, Log, Publisher};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_gateway::{
    Bounds, PartnerLimits, RemotePseudonymiser, ServeError, ServeSettings, serve_hub,
};
use seinhuis_hub::{Cursors, Directory, Hub, Parts, Rules, WrappingKeys};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::tls::{Profile, ServerConfig, TlsCredentials, TlsSettings};
use seinhuis_merkle::{KeyName, NoteSigner, Receipt};
use seinhuis_policy::Engine;
use seinhuis_pseudonym::{Transcryptor, TranscryptorSecrets};
use seinhuis_store::{
    ChangeSet, Committed, Embedded, LeafBytes, Limits, Store, StoreError, TreeState,
};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_telemetry::Counters;
use seinhuis_testkit::sandbox::{ORIGIN, PSEUDONYMISER_OIN, Sandbox};
use seinhuis_tests::{Chain, anchors};
use seinhuis_types::{Clock, LeafIndex, Millis, SystemClock};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// How long a test waits for a commit that should come.
const COMES: Duration = Duration::from_secs(60);

/// A store whose commits can be held just before they happen, and that counts what is read.
pub(super) struct Gate {
    store: Embedded,
    holds: Mutex<Vec<Hold>>,
    read: Arc<AtomicUsize>,
}

struct Hold {
    name: &'static str,
    reached: oneshot::Sender<()>,
    go: oneshot::Receiver<()>,
}

/// A commit that is held, or will be.
pub(super) struct Held {
    name: &'static str,
    reached: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
}

impl Gate {
    /// Holds the next commit of this name: what was decided is decided, and not yet done.
    pub(super) fn hold(&self, name: &'static str) -> Held {
        let (reached, is_reached) = oneshot::channel();
        let (go, may_go) = oneshot::channel();
        self.holds.lock().unwrap().push(Hold {
            name,
            reached,
            go: may_go,
        });
        Held {
            name,
            reached: is_reached,
            go,
        }
    }

    /// How many rows have been read, by whomever.
    pub(super) fn rows_read(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }

    fn take(&self, name: &str) -> Option<Hold> {
        let mut holds = self.holds.lock().unwrap();
        let place = holds.iter().position(|hold| hold.name == name)?;
        Some(holds.remove(place))
    }
}

impl Held {
    /// Waits until the commit is held.
    pub(super) async fn reached(&mut self) {
        let reached = tokio::time::timeout(COMES, &mut self.reached).await;
        reached
            .unwrap_or_else(|_| panic!("no commit `{}` came", self.name))
            .unwrap();
    }

    /// Lets it happen.
    pub(super) fn go(self) {
        self.go.send(()).unwrap();
    }
}

impl Store for Gate {
    type Snapshot = <Embedded as Store>::Snapshot;

    fn snapshot(&self) -> Result<Self::Snapshot, StoreError> {
        self.store.snapshot()
    }

    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError> {
        if let Some(hold) = self.take(change.name()) {
            hold.reached.send(()).unwrap();
            hold.go.await.unwrap();
        }
        self.store.commit(change).await
    }

    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError> {
        self.store.sequenced(from, max)
    }

    fn tree(&self) -> Result<TreeState, StoreError> {
        self.store.tree()
    }

    async fn integrated(&self, from: TreeState, to: TreeState) -> Result<(), StoreError> {
        self.store.integrated(from, to).await
    }

    fn next_index(&self) -> LeafIndex {
        self.store.next_index()
    }

    fn last_commit(&self) -> Millis {
        self.store.last_commit()
    }

    fn now(&self) -> Millis {
        self.store.now()
    }

    async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        self.store.sweep(max).await
    }
}

/// What a test sets.
pub(super) struct Settings {
    /// The store's clock.
    pub(super) clock: Arc<dyn Clock>,
    /// That by which certificates are judged.
    pub(super) tls_clock: Arc<dyn Clock>,
    pub(super) limits: PartnerLimits,
    pub(super) bounds: Bounds,
    /// Questions a day.
    pub(super) questions: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            tls_clock: Arc::new(SystemClock),
            limits: PartnerLimits::default(),
            bounds: Bounds::default(),
            questions: 100,
        }
    }
}

/// A hub that serves in this process. Nothing is published until [`Local::publish`].
pub(super) struct Local {
    pub(super) gate: Arc<Gate>,
    pub(super) hub: Arc<Hub<Gate>>,
    pub(super) log: Arc<Log<Gate>>,
    publisher: Option<Publisher<Gate>>,
    pub(super) counters: Counters,
    // Dropping it ends the listener.
    _stop: watch::Sender<bool>,
    _serving: JoinHandle<Result<(), ServeError>>,
}

impl Local {
    /// Ends the chain's hub and serves in its place.
    pub(super) async fn replace(chain: &mut Chain, settings: Settings) -> Self {
        let mut process = chain.hub.take().unwrap();
        let id = i32::try_from(process.id()).unwrap();
        // Asked to end, it publishes all it has first.
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        assert!(
            process.wait().unwrap().success(),
            "the hub did not end well"
        );
        let sandbox = &chain.sandbox;
        let gate = Arc::new(open_store(sandbox, settings.clock));
        let (log, publisher) = open_log(sandbox, &gate);
        let hub = Arc::new(Hub::new(parts(
            sandbox,
            Arc::clone(&gate),
            Arc::clone(&log),
            settings.questions,
        )));
        hub.start().await.unwrap();
        let serving = Arc::clone(&hub);
        let counters = Counters::default();
        let settings = ServeSettings {
            tls: watch::Sender::new(tls(sandbox, settings.tls_clock)).subscribe(),
            limits: settings.limits,
            bounds: settings.bounds,
            counters: counters.clone(),
        };
        let tcp = TcpListener::bind(("127.0.0.1", sandbox.hub_port()))
            .await
            .unwrap();
        let (stop, mut stopped) = watch::channel(false);
        let end = async move {
            // An error means that the fixture is gone, which is an end too.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        Self {
            gate,
            hub,
            log,
            publisher: Some(publisher),
            counters,
            _stop: stop,
            _serving: tokio::spawn(serve_hub(serving, tcp, settings, end)),
        }
    }

    /// Publishes the log from now on.
    pub(super) fn publish(&mut self) -> JoinHandle<Result<(), AuditError>> {
        let publisher = self.publisher.take().unwrap();
        tokio::spawn(publisher.run(std::future::pending()))
    }
}

fn open_store(sandbox: &Sandbox, clock: Arc<dyn Clock>) -> Gate {
    let options = SledOptions {
        cache_bytes: 8 * 1024 * 1024,
        reserve_bytes: 0,
    };
    let engine = SledEngine::open(&sandbox.root().join("hub/data/store"), options).unwrap();
    let fatal = Box::new(|why: &str| panic!("{why}"));
    let read = Arc::new(AtomicUsize::new(0));
    let engine = Counted::new(engine, Arc::clone(&read));
    Gate {
        store: Embedded::open(engine, clock, Limits::default(), fatal).unwrap(),
        holds: Mutex::default(),
        read,
    }
}

fn open_log(sandbox: &Sandbox, gate: &Arc<Gate>) -> (Arc<Log<Gate>>, Publisher<Gate>) {
    let config = seinhuis_audit::Config {
        folder: sandbox.root().join("hub/data/log"),
        origin: ORIGIN.to_owned(),
        signer: NoteSigner::from_seed(origin(), &key(sandbox, "log.key")).unwrap(),
        publish_interval_ms: 1_000,
        policy: None,
    };
    Log::open(config, Arc::clone(gate)).unwrap()
}

fn parts(sandbox: &Sandbox, store: Arc<Gate>, log: Arc<Log<Gate>>, questions: u64) -> Parts<Gate> {
    let rules = rules(&sandbox.root().join("rules"));
    let partners = fs::read_to_string(sandbox.root().join("hub/partners.toml")).unwrap();
    let catalogue = &rules.catalogue;
    let directory = Directory::parse(
        &partners,
        |role| catalogue.role(role).is_some(),
        |region| catalogue.region(region).is_some(),
    );
    let anchors = anchors(sandbox.root()).unwrap();
    let peer = PSEUDONYMISER_OIN.parse().unwrap();
    let clock = Arc::new(SystemClock);
    let outgoing = TlsSettings::client(
        Profile::Goed,
        credentials(sandbox),
        Arc::clone(&anchors),
        clock,
        Some(peer),
    );
    let outgoing = watch::Sender::new(outgoing.unwrap()).subscribe();
    let remote = RemotePseudonymiser::new(
        "localhost".to_owned(),
        sandbox.pseudonymiser_port(),
        outgoing,
        Bounds::default().recheck,
    );
    let secrets = fs::read(sandbox.root().join("hub/keys/transcryptor.key")).unwrap();
    let receipts = Receipt::key_name(&origin()).unwrap();
    Parts {
        store,
        log,
        directory: directory.unwrap(),
        rules,
        trust: SigningTrust::new(anchors),
        origin: origin(),
        receipts: NoteSigner::from_seed(receipts, &key(sandbox, "receipt.key")).unwrap(),
        wrapping: WrappingKeys::new(&[(1, key(sandbox, "wrapping-1.key"))]).unwrap(),
        cursors: Cursors::new(&key(sandbox, "cursor.key")),
        transcryptor: Transcryptor::new(TranscryptorSecrets::from_bytes(&secrets).unwrap()),
        pseudonymiser: Arc::new(remote),
        epoch: 1,
        conversion_budget: 5_000,
        question_budget: questions,
        question_shortest_ms: seinhuis_domain::question::SHORTEST_MS,
        test_oins: true,
    }
}

fn origin() -> KeyName {
    KeyName::parse(ORIGIN).unwrap()
}

fn credentials(sandbox: &Sandbox) -> TlsCredentials {
    let files = sandbox.pki().files("hub");
    TlsCredentials::load(&files.tls_chain, &files.tls_key).unwrap()
}

fn tls(sandbox: &Sandbox, clock: Arc<dyn Clock>) -> Arc<TlsSettings<ServerConfig>> {
    let anchors = anchors(sandbox.root()).unwrap();
    TlsSettings::server(Profile::Goed, credentials(sandbox), anchors, clock).unwrap()
}

/// The last word of one of the hub's key files: 64 hex digits.
fn key(sandbox: &Sandbox, file: &str) -> [u8; 32] {
    let text = fs::read_to_string(sandbox.root().join("hub/keys").join(file)).unwrap();
    let digits = text.split_whitespace().last().unwrap().as_bytes();
    let bytes = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap()
    });
    bytes.collect::<Vec<_>>().try_into().unwrap()
}

fn rules(folder: &Path) -> Rules {
    let schema = fs::read_to_string(folder.join("policy/schema.cedarschema")).unwrap();
    let policies = texts(&folder.join("policy"), "cedar");
    let policies: Vec<(&str, &str)> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Rules {
        catalogue: Catalogue::load(&texts(&folder.join("catalogue"), "toml")).unwrap(),
        policy: Engine::load(&schema, &policies).unwrap(),
    }
}

/// The files of a folder with one extension, by name.
fn texts(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut found: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}
