//! Fills a hub's own data folder: through the store's changes and the log's publisher, as the hub writes
//! them, with rows of the bytes that a real publish and a real acknowledgement left there.
//!
//! Owns: which rows. Must not know: what is then measured.

use crate::report::progress;
use crate::told;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_audit::{Config, Log, Publisher};
use seinhuis_merkle::{KeyName, NoteSigner};
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, PayloadRecord, Reply, SignalRecord};
use seinhuis_store::{
    Batch, ChangeSet, Embedded, Engine, EngineError, Entry, LeafBytes, Limits, Pair, ReplyScope,
    Slot, Snapshot, Store, Write,
};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_testkit::sandbox::{ORIGIN, Sandbox};
use seinhuis_tests::Chain;
use seinhuis_types::{DeliveryId, LeafIndex, Millis, Oin, SignalId, SystemClock};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Changes under way when entries come in groups.
const UNDER_WAY: usize = 256;
/// Every so many batches one is synced: a fill that is cut off is thrown away.
const SYNC_EVERY: u64 = 256;
/// How far apart deliveries fall due, in milliseconds.
const APART: u64 = 6_000;

/// How much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Deliveries that are live.
    pub(crate) deliveries: u64,
    /// Entries in all, those of the deliveries included.
    pub(crate) entries: u64,
    /// Whether each batch has one change, as at a hub that is not busy; else up to 256.
    pub(crate) singly: bool,
}

/// sled that does not sync every batch.
struct Hasty {
    engine: SledEngine,
    batches: AtomicU64,
}

impl Engine for Hasty {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.engine.get(key)
    }
    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        self.engine.scan(from, to, max)
    }
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        self.engine.last(from, to)
    }
    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        self.engine.apply(batch)
    }
    fn sync(&self) -> Result<(), EngineError> {
        let batches = self.batches.fetch_add(1, Ordering::Relaxed);
        if batches.is_multiple_of(SYNC_EVERY) {
            self.engine.sync()
        } else {
            Ok(())
        }
    }
    fn has_room(&self) -> Result<bool, EngineError> {
        self.engine.has_room()
    }
}

/// What one real publish and one real acknowledgement left.
struct Like {
    source: Oin,
    delivery: Delivery,
    payload: PayloadRecord,
    reply: Reply,
    published: Parts,
    acknowledged: Parts,
}

/// An entry.
struct Parts {
    leaf: LeafBytes,
    sealed: Vec<u8>,
}

impl Parts {
    fn of(log: &Log<Embedded>, seen: &impl Snapshot, index: LeafIndex) -> Result<Self, String> {
        let leaf = log.leaf(index).map_err(told("leaf"))?;
        let sealed = seen.parts(index).map_err(told("parts"))?.value;
        Ok(Self {
            leaf: leaf.try_into().map_err(|_| "a leaf of another size")?,
            sealed: sealed.ok_or("an entry without parts")?,
        })
    }

    /// Another entry like it, with noise where the slip and the commitments are.
    fn another(&self, rng: &mut SmallRng) -> Entry {
        let mut leaf = self.leaf;
        if let Some(noise) = leaf.get_mut(38..) {
            rng.fill_bytes(noise);
        }
        Entry::new(leaf, self.sealed.clone())
    }
}

/// Ends the chain's hub, and fills its data by `plan`. `published` has been published, and an
/// acknowledgement was the last act.
pub(crate) async fn fill(
    chain: &mut Chain,
    published: &v1::PublishRequest,
    plan: Plan,
) -> Result<(), String> {
    let mut hub = chain.hub.take().ok_or("no hub")?;
    let id = i32::try_from(hub.id()).map_err(told("hub"))?;
    let pid = Pid::from_raw(id).ok_or("no hub")?;
    kill_process(pid, Signal::TERM).map_err(told("end of the hub"))?;
    hub.wait().map_err(told("end of the hub"))?;
    progress("filling the hub's data folder");
    let (store, log, publisher) = open(&chain.sandbox)?;
    let like = Arc::new(like(&store, &log, published)?);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let publishing = tokio::spawn(publisher.run(async {
        let _ = ended.await;
    }));
    let under_way = if plan.singly { 1 } else { UNDER_WAY };
    let places = Arc::new(Semaphore::new(under_way));
    let old = plan.entries.saturating_sub(plan.deliveries);
    for n in 0..plan.entries {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.map_err(told("place"))?;
        let (store, log, like) = (Arc::clone(&store), Arc::clone(&log), Arc::clone(&like));
        let work = async move {
            let rng = &mut SmallRng::seed_from_u64(n);
            let change = if n < old {
                ChangeSet::new("bench", like.acknowledged.another(rng))
            } else {
                publish(&like, n - old, rng)
            };
            let done = store.commit(change).await;
            log.wake();
            drop(place);
            done.map(drop)
        };
        if plan.singly {
            work.await.map_err(told("commit"))?;
        } else {
            tokio::spawn(work);
        }
    }
    let all = u32::try_from(under_way).map_err(told("places"))?;
    drop(places.acquire_many(all).await);
    let entries = store.next_index().0;
    drop(end);
    publishing
        .await
        .map_err(told("publisher"))?
        .map_err(told("publisher"))?;
    if entries < plan.entries || log.published_size() < entries {
        return Err("not every entry was committed and published".to_owned());
    }
    Ok(())
}

/// What a publish like that one changes.
fn publish(like: &Like, n: u64, rng: &mut SmallRng) -> ChangeSet {
    let id = DeliveryId(rng.random());
    let signal = SignalId(rng.random());
    let mut delivery = like.delivery.clone();
    delivery.body.signal_id = signal.0.to_vec();
    delivery.body.ack_by_ms += n * APART;
    delivery.body.payload_until_ms += n * APART;
    delivery.body.due_ms += n * APART;
    delivery.position = Slot::of_release(0);
    delivery.published = Slot::of_entry(0);
    let mut reply = like.reply.clone();
    reply.committed_at = Slot::at_commit();
    reply.first_index = Slot::of_entry(0);
    let scope = ReplyScope {
        oin: like.source,
        method: "Publish",
        key: rng.random::<[u8; 32]>().into(),
    };
    let record = SignalRecord {
        delivery_ids: vec![id.0.to_vec()],
        rectification_ids: Vec::new(),
        source_desks: vec![delivery.body.source_desk.clone()],
        untold: Vec::new(),
    };
    let mut change = ChangeSet::new("publish", like.published.another(rng));
    if let Ok((to, desk)) = delivery.body.recipient() {
        change = change.release(to, &desk, id);
    }
    change
        .write(Write::due(Millis(delivery.body.due_ms), id))
        .write(Write::delivery(id, &delivery))
        .write(Write::payload(id, &like.payload))
        .write(Write::slip_nonce(like.source, rng.random()))
        .write(Write::slip_nonce(like.source, rng.random()))
        .write(Write::signal(like.source, signal, &record))
        .write(Write::reply(scope, &reply))
}

fn like(
    store: &Embedded,
    log: &Log<Embedded>,
    published: &v1::PublishRequest,
) -> Result<Like, String> {
    let seen = store.snapshot().map_err(told("store"))?;
    let found = seen.deliveries(None, 256).map_err(told("deliveries"))?;
    let live = found
        .into_iter()
        .find(|(_, delivery)| delivery.value.body.signal_id == published.signal_id);
    let (id, delivery) = live.ok_or("the publish left no delivery")?;
    let delivery = delivery.value;
    let source = delivery.body.source().map_err(told("source"))?;
    let payload = seen.payload(id).map_err(told("payload"))?.value;
    let scope = ReplyScope {
        oin: source,
        method: "Publish",
        key: published.idempotency_key.clone().into(),
    };
    let reply = seen.reply(&scope).map_err(told("reply"))?.value;
    let at = delivery.published.get().ok_or("a delivery without entry")?;
    let last = LeafIndex(store.next_index().0.saturating_sub(1));
    Ok(Like {
        published: Parts::of(log, &seen, at)?,
        acknowledged: Parts::of(log, &seen, last)?,
        payload: payload.ok_or("the publish left no payload")?,
        reply: reply.ok_or("the publish left no reply")?,
        delivery,
        source,
    })
}

type Opened = (Arc<Embedded>, Arc<Log<Embedded>>, Publisher<Embedded>);

fn open(sandbox: &Sandbox) -> Result<Opened, String> {
    let data = sandbox.root().join("hub/data");
    let engine = SledEngine::open(&data.join("store"), SledOptions::default());
    let engine = Hasty {
        engine: engine.map_err(told("store"))?,
        batches: AtomicU64::new(0),
    };
    let fatal = Box::new(|_: &str| std::process::abort());
    let store = Embedded::open(engine, SystemClock, Limits::default(), fatal);
    let store = Arc::new(store.map_err(told("store"))?);
    let name = KeyName::parse(ORIGIN).map_err(told("name"))?;
    let seed = seed(&sandbox.root().join("hub/keys/log.key"))?;
    let config = Config {
        folder: data.join("log"),
        origin: ORIGIN.to_owned(),
        signer: NoteSigner::from_seed(name, &seed).map_err(told("key"))?,
        publish_interval_ms: 500,
        policy: None,
    };
    let (log, publisher) = Log::open(config, Arc::clone(&store)).map_err(told("log"))?;
    Ok((store, log, publisher))
}

/// The last word of a key file: 64 hex digits.
fn seed(path: &Path) -> Result<[u8; 32], String> {
    let text = std::fs::read_to_string(path).map_err(told("key"))?;
    let digits = text.split_whitespace().last().unwrap_or_default();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    let bytes: Option<Vec<u8>> = bytes.collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "a key file of another form".to_owned())
}
