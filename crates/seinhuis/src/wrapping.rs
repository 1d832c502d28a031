//! `wrapping`: the epoch keys that wrap the data keys of parts: listed, made, destroyed.
//!
//! Owns: their files in the key folder, and when one may be destroyed. Must not know: how they wrap.
//!
//! `wrapping-<number>.key` is 64 hex digits; the highest number seals. A destroyed one leaves
//! `wrapping-<number>.destroyed`, written before the key is touched: whoever finds both finishes what
//! was begun, and the hub takes the key for destroyed from the first moment on.

use crate::config::{self, HubConfig};
use crate::exit::{Exit, Failure};
use crate::{keys, stored};
use clap::Subcommand;
use seinhuis_hub::{WrappingKeys, epoch_use};
use seinhuis_identity::secret_file;
use seinhuis_store::{Embedded, Limits, Snapshot, Store};
use seinhuis_types::{Clock, LeafIndex, Millis, Oin, SystemClock};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Every epoch: what still stands under it, and until when that must be kept. The hub must not be
    /// running.
    List {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Make the next epoch. It is used from the next start of the hub.
    Rotate {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Destroy an epoch for good: no part under it can be read again, here or in any backup. Refused
    /// while one of them is before its term or held. The hub must not be running.
    Destroy {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Its number.
        epoch: u32,
    },
}

/// What is in the key folder.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    keys: BTreeSet<u32>,
    destroyed: BTreeSet<u32>,
}

impl Epochs {
    pub(crate) fn find(folder: &Path) -> Result<Self, Failure> {
        let unread = |e| Failure::new(Exit::Config, format!("{}: {e}", folder.display()));
        let mut found = Self::default();
        for file in fs::read_dir(folder).map_err(unread)? {
            let name = file.map_err(unread)?.file_name();
            let name = name.to_string_lossy();
            let Some(rest) = name.strip_prefix("wrapping-") else {
                continue;
            };
            let (number, into) = match rest.rsplit_once('.') {
                Some((number, "key")) => (number, &mut found.keys),
                Some((number, "destroyed")) => (number, &mut found.destroyed),
                _ => continue,
            };
            let number = number
                .parse()
                .ok()
                .filter(|found: &u32| *found > 0 && found.to_string() == number);
            let number = number.ok_or_else(|| {
                let what = "a file of a wrapping key is named by a number from 1";
                Failure::config(format!("{}: {what}", folder.join(&*name).display()))
            })?;
            into.insert(number);
        }
        Ok(found)
    }

    /// The keys that are there and not destroyed.
    fn live(&self) -> impl Iterator<Item = u32> {
        self.keys.difference(&self.destroyed).copied()
    }

    fn highest(&self) -> Option<u32> {
        self.keys.union(&self.destroyed).copied().max()
    }
}

fn key_file(epoch: u32) -> String {
    format!("wrapping-{epoch}.key")
}

fn marker_file(epoch: u32) -> String {
    format!("wrapping-{epoch}.destroyed")
}

/// Makes an epoch's key.
pub(crate) fn make(folder: &Path, epoch: u32) -> Result<(), Failure> {
    keys::write_secret(folder, &key_file(epoch))
}

/// Reads every key that was not destroyed.
pub(crate) fn read(folder: &Path) -> Result<WrappingKeys, Failure> {
    let epochs = Epochs::find(folder)?;
    let mut keys: Zeroizing<Vec<(u32, [u8; 32])>> = Zeroizing::new(Vec::new());
    for epoch in epochs.live() {
        keys.push((epoch, *keys::key(folder, &key_file(epoch))?));
    }
    // What was sealed under the newest must not end with it: then nothing new could be sealed.
    if epochs.live().max() != epochs.highest() || keys.is_empty() {
        let what = "there is no wrapping key above those that were destroyed; make one with `seinhuis wrapping rotate`";
        return Err(Failure::config(format!("{}: {what}", folder.display())));
    }
    for epoch in epochs.destroyed.intersection(&epochs.keys) {
        tracing::warn!(
            epoch,
            "a destroyed wrapping key is still on disk; destroy it once more"
        );
    }
    let keys = WrappingKeys::new(&keys).map_err(|e| Failure::config(e.to_string()))?;
    Ok(keys.without(epochs.destroyed))
}

/// What stands under an epoch.
#[derive(Debug, Default)]
struct Used {
    copies: u64,
    keep_until: Millis,
    /// Held copies: whose, and the first entry.
    held: Option<(Oin, LeafIndex)>,
}

fn used(store: &Embedded) -> Result<BTreeMap<u32, Used>, Failure> {
    let broken = |e: String| Failure::new(Exit::Data, format!("the stored parts: {e}"));
    let seen = store.snapshot().map_err(|e| broken(e.to_string()))?;
    let holds = seen.all_holds().map_err(|e| broken(e.to_string()))?;
    let mut found: BTreeMap<u32, Used> = BTreeMap::new();
    for index in (0..store.next_index().0).map(LeafIndex) {
        let stored = seen.parts(index).map_err(|e| broken(e.to_string()))?;
        let Some(value) = stored.value else { continue };
        for (epoch, under) in epoch_use(&value).map_err(|e| broken(e.to_string()))? {
            let used = found.entry(epoch).or_default();
            used.copies = used.copies.saturating_add(under.copies);
            used.keep_until = used.keep_until.max(under.keep_until);
            let held = holds.iter().find(|(oin, _, hold)| {
                let range = hold.value.from_index..=hold.value.to_index;
                under.owners.contains(oin) && range.contains(&index.0)
            });
            if let (None, Some((oin, ..))) = (used.held, held) {
                used.held = Some((*oin, index));
            }
        }
    }
    Ok(found)
}

fn open(config: &HubConfig, base: &Path) -> Result<Embedded, Failure> {
    let folder = base.join(&config.data.folder).join("store");
    let engine = stored::engine(&folder, &config.data)?;
    Embedded::open(engine, SystemClock, Limits::default(), Box::new(|_| {}))
        .map_err(|error| stored::failed(&folder, &error))
}

pub(crate) fn run(verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::List { config } => list(config),
        Verb::Rotate { config } => rotate(config),
        Verb::Destroy { config, epoch } => destroy(config, *epoch),
    }
}

#[expect(clippy::print_stdout, reason = "the operator reads what there is")]
fn list(path: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let epochs = Epochs::find(&base.join(&config.keys))?;
    let mut used = used(&open(&config, &base)?)?;
    let current = epochs.live().max();
    for epoch in epochs.keys.union(&epochs.destroyed) {
        let under = used.remove(epoch).unwrap_or_default();
        let state = if epochs.destroyed.contains(epoch) {
            "destroyed"
        } else if current == Some(*epoch) {
            "seals"
        } else {
            "opens"
        };
        println!("epoch {epoch}  {state}, {}", told(&under));
    }
    for (epoch, under) in used {
        println!("epoch {epoch}  missing, {}", told(&under));
    }
    Ok(())
}

fn told(under: &Used) -> String {
    let held = match &under.held {
        None => String::new(),
        Some((oin, index)) => format!(", held by {oin} (entry {index})"),
    };
    match under.copies {
        0 => "nothing under it".to_owned(),
        copies => format!(
            "{copies} parts, kept until {}{held}",
            moment(under.keep_until)
        ),
    }
}

fn moment(at: Millis) -> String {
    let stamp = i64::try_from(at.0)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| "an unknown moment".to_owned(), |stamp| stamp.to_string())
}

#[expect(clippy::print_stdout, reason = "the operator reads what was done")]
fn rotate(path: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let folder = base.join(&config.keys);
    let next = Epochs::find(&folder)?
        .highest()
        .unwrap_or_default()
        .saturating_add(1);
    make(&folder, next)?;
    println!("epoch {next} is made; it seals from the next start of the hub");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the operator reads what was done")]
fn destroy(path: &Path, epoch: u32) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let folder = base.join(&config.keys);
    let epochs = Epochs::find(&folder)?;
    if !epochs.keys.contains(&epoch) {
        let what = match epochs.destroyed.contains(&epoch) {
            true => "was destroyed before",
            false => "is not in the key folder",
        };
        return Err(Failure::config(format!("epoch {epoch} {what}")));
    }
    if epochs.live().max() == Some(epoch) {
        return Err(Failure::config(format!(
            "epoch {epoch} seals; make the next with `seinhuis wrapping rotate` and start the hub under it"
        )));
    }
    // Open from here to the end: no hub can start under the key that goes.
    let store = open(&config, &base)?;
    let marker = folder.join(marker_file(epoch));
    if !epochs.destroyed.contains(&epoch) {
        let now = SystemClock.now().max(store.last_commit());
        let under = used(&store)?.remove(&epoch).unwrap_or_default();
        may_go(epoch, &under, now)?;
        let text = format!(
            "epoch {epoch} of the wrapping key, destroyed {}: {}\n",
            moment(now),
            told(&under)
        );
        secret_file::write_new(&marker, text.as_bytes()).map_err(Failure::config)?;
    }
    secret_file::destroy(&folder.join(key_file(epoch))).map_err(Failure::config)?;
    println!("epoch {epoch} is destroyed; {} says so", marker.display());
    println!("destroy every other copy of its key, and start the hub: it writes an entry of it");
    Ok(())
}

/// Whether nothing under an epoch has to be kept any more.
fn may_go(epoch: u32, under: &Used, now: Millis) -> Result<(), Failure> {
    if let Some((oin, index)) = &under.held {
        return Err(Failure::config(format!(
            "epoch {epoch}: `{oin}` holds its parts of entry {index}; it has to lift the hold first"
        )));
    }
    if under.copies > 0 && now < under.keep_until {
        return Err(Failure::config(format!(
            "epoch {epoch}: {} parts stand under it, and one of them must be kept until {}",
            under.copies,
            moment(under.keep_until)
        )));
    }
    Ok(())
}
