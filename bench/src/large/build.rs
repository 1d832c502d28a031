//! Builds the log through store and publisher as the hub has them: sled, one committer, rounds of
//! publishing. Entries have no parts, and leaves are drawn from a seed.

use crate::told;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use seinhuis_audit::{Config, Log, Publisher};
use seinhuis_domain::entry::{Slip, SubjectValue, TagKey};
use seinhuis_merkle::{KeyName, NoteSigner};
use seinhuis_store::{ChangeSet, Embedded, Entry, LEAF_BYTES, LeafBytes, Limits, Store};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_types::SystemClock;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

const ORIGIN: &str = "hub.example/log/2026h2";
/// Entries in one change, and changes under way.
const CHANGE: u64 = 64;
const UNDER_WAY: usize = 64;
/// Every so many entries one is about the person that is looked for.
const MARKED: u64 = 100_000;

/// A store and its log, publishing.
pub(super) struct Built {
    pub(super) store: Arc<Embedded>,
    pub(super) log: Arc<Log<Embedded>>,
    pub(super) publisher: Running,
}

/// A publisher at work.
pub(super) struct Running {
    end: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
}

impl Running {
    fn start(publisher: Publisher<Embedded>) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            let shutdown = async {
                let _ = ended.await;
            };
            publisher.run(shutdown).await.map_err(told("publisher"))
        });
        Self { end, task }
    }

    /// Has it publish all there is, and end.
    pub(super) async fn end(self) -> Result<(), String> {
        drop(self.end);
        self.task.await.map_err(told("publisher"))?
    }
}

pub(super) fn signer() -> Result<NoteSigner, String> {
    let name = KeyName::parse(ORIGIN).map_err(told("name"))?;
    NoteSigner::from_seed(name, &[7; 32]).map_err(told("key"))
}

pub(super) const fn epoch() -> u16 {
    1
}

pub(super) fn tag_key() -> Result<TagKey, String> {
    TagKey::from_slice(&[3; 32]).map_err(told("tag key"))
}

/// Made up, of the form of a citizen number.
pub(super) fn person() -> Result<SubjectValue, String> {
    SubjectValue::number("123456782").map_err(told("number"))
}

/// How many of the first `entries` are about the person.
pub(super) const fn marked(entries: u64) -> u64 {
    entries.div_ceil(MARKED)
}

/// Store, log and the publisher that is not running yet.
type Opened = (Arc<Embedded>, Arc<Log<Embedded>>, Publisher<Embedded>);

/// Opens what is in the folder, as the hub does at its start.
pub(super) fn open(root: &Path) -> Result<Opened, String> {
    let engine =
        SledEngine::open(&root.join("store"), SledOptions::default()).map_err(told("store"))?;
    let fatal = Box::new(|_: &str| std::process::abort());
    let store =
        Embedded::open(engine, SystemClock, Limits::default(), fatal).map_err(told("store"))?;
    let store = Arc::new(store);
    let config = Config {
        folder: root.join("log"),
        origin: ORIGIN.to_owned(),
        signer: signer()?,
        publish_interval_ms: 500,
        policy: None,
    };
    let (log, publisher) = Log::open(config, Arc::clone(&store)).map_err(told("log"))?;
    Ok((store, log, publisher))
}

/// Commits `entries` and waits until the last of them is under a checkpoint.
pub(super) async fn build(root: &Path, entries: u64) -> Result<Built, String> {
    let (store, log, publisher) = open(root)?;
    let publisher = Running::start(publisher);
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let leaves = Leaves::new()?;
    let mut from = 0;
    while from < entries {
        let count = CHANGE.min(entries - from);
        let mut change = ChangeSet::new("bench", leaves.entry(from)?);
        for index in from + 1..from + count {
            change = change.entry(leaves.entry(index)?);
        }
        let place = Arc::clone(&places)
            .acquire_owned()
            .await
            .map_err(told("place"))?;
        let store = Arc::clone(&store);
        // One after another into the queue: the entry about the person stands where it is looked for.
        tokio::spawn(async move {
            let committed = store.commit(change).await;
            drop(place);
            committed
        });
        from += count;
        log.wake();
    }
    let whole = u32::try_from(UNDER_WAY).map_err(told("places"))?;
    let _all = places.acquire_many(whole).await.map_err(told("places"))?;
    while log.published_size() < entries {
        if let Some(why) = log.stopped() {
            return Err(why.to_string());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Ok(Built {
        store,
        log,
        publisher,
    })
}

/// Makes leaves.
struct Leaves {
    key: TagKey,
    person: [SubjectValue; 1],
}

impl Leaves {
    fn new() -> Result<Self, String> {
        Ok(Self {
            key: tag_key()?,
            person: [person()?],
        })
    }

    /// The entry at `index`: noise behind a good head, and now and then the person's tag.
    fn entry(&self, index: u64) -> Result<Entry, String> {
        let mut rng = SmallRng::seed_from_u64(index);
        let mut leaf: LeafBytes = [0; LEAF_BYTES];
        rng.fill_bytes(&mut leaf);
        let head = [&[1][..], &[7, 0x92, 0], &epoch().to_be_bytes()].concat();
        put(&mut leaf, 0, &head);
        if index.is_multiple_of(MARKED) {
            let slip =
                Slip::make(&self.key, &self.person, &mut rand::rng()).map_err(told("slip"))?;
            put(&mut leaf, 38, slip.nonce());
            put(&mut leaf, 54, &slip.tag_bytes());
        }
        Ok(Entry::new(leaf, Vec::new()))
    }
}

fn put(leaf: &mut LeafBytes, at: usize, bytes: &[u8]) {
    leaf.iter_mut()
        .skip(at)
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
}
