//! Writes a log as the hub publishes it, at the sizes where tiles begin and end, for verifiers that
//! are not ours: `published FOLDER`. Must not know who reads it.
//!
//! | path under the folder | what |
//! |---|---|
//! | `vkey` | the log's verifier key |
//! | `<size>/log` | what the hub serves at that size: `checkpoint`, `tile/...` |
//! | `<size>/inclusion` | a line `<index> <hash>...` for each of our inclusion proofs, in hexadecimal |
//! | `<size>/consistency` | a line `<old size> <hash>...` for each of our consistency proofs |
//! | `<size>/last.tlog-proof` | what comes with the last entry; not at size 0 |

use seinhuis_audit::{Config, Log};
use seinhuis_merkle::{KeyName, NoteSigner, TreeSize};
use seinhuis_store::{ChangeSet, Embedded, Entry, LEAF_BYTES, LeafBytes, Limits, Memory, Store};
use seinhuis_types::{Digest, LeafIndex, ManualClock, Millis, hex};
use std::error::Error;
use std::fs;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ORIGIN: &str = "hub.example/log/2026h2";
/// Empty, single, and around full tiles of the first two levels.
const SIZES: &[u64] = &[0, 1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 70_000];
/// Entries and older sizes that are proven, where a log has them.
const PLACES: &[u64] = &[
    0, 1, 2, 3, 127, 128, 254, 255, 256, 257, 511, 512, 1_000, 4_095, 32_767, 32_768, 65_279,
    65_280, 65_534, 65_535, 65_536, 65_537, 69_887, 69_888, 69_999, 70_000,
];
/// Entries in one change.
const CHANGE: u64 = 1_000;

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let folder = std::env::args().nth(1).ok_or("usage: published FOLDER")?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let verifier = signer()?.verifier().to_string();
    fs::write(folder.join("vkey"), format!("{verifier}\n"))?;
    let fatal = Box::new(|_: &str| std::process::abort());
    let clock = ManualClock::at(Millis(1_000_000));
    let store = Arc::new(Embedded::open(
        Memory::new(),
        clock,
        Limits::default(),
        fatal,
    )?);
    for size in SIZES {
        publish(&folder, &store, *size).await?;
    }
    Ok(())
}

/// Grows the log to `size` entries, publishes, and keeps what is then served and proven.
async fn publish(folder: &Path, store: &Arc<Embedded>, size: u64) -> Outcome {
    while store.next_index().0 < size {
        let from = store.next_index().0;
        let mut change = ChangeSet::new("published", Entry::new(leaf(from), Vec::new()));
        for index in from + 1..size.min(from + CHANGE) {
            change = change.entry(Entry::new(leaf(index), Vec::new()));
        }
        store.commit(change).await?;
    }
    let hub = folder.join("hub");
    let config = Config {
        folder: hub.clone(),
        origin: ORIGIN.to_owned(),
        signer: signer()?,
        publish_interval_ms: 1_000,
        policy: None,
    };
    let (log, publisher) = Log::open(config, Arc::clone(store))?;
    // With its end already there it publishes once, all that is committed.
    publisher.run(ready(())).await?;

    let kept = folder.join(size.to_string());
    link(&hub.join("tile"), &kept.join("log/tile"))?;
    fs::hard_link(hub.join("checkpoint"), kept.join("log/checkpoint"))?;
    let mut inclusion = String::new();
    for index in PLACES.iter().filter(|index| **index < size) {
        let (_, proof) = log.inclusion(LeafIndex(*index), None)?;
        inclusion += &line(*index, &proof);
    }
    fs::write(kept.join("inclusion"), inclusion)?;
    let mut consistency = String::new();
    for old in PLACES.iter().filter(|old| **old <= size) {
        let (_, proof) = log.consistency(TreeSize::new(*old)?, None)?;
        consistency += &line(*old, &proof);
    }
    fs::write(kept.join("consistency"), consistency)?;
    if let Some(last) = size.checked_sub(1) {
        let proof = log.wait_published(LeafIndex(last)).await?;
        fs::write(kept.join("last.tlog-proof"), proof)?;
    }
    Ok(())
}

fn signer() -> Result<NoteSigner, Box<dyn Error>> {
    Ok(NoteSigner::from_seed(KeyName::parse(ORIGIN)?, &[7; 32])?)
}

/// The leaf at `index`; every one is another.
fn leaf(index: u64) -> LeafBytes {
    let mut leaf = [1; LEAF_BYTES];
    for (byte, value) in leaf.iter_mut().skip(10).zip(index.to_be_bytes()) {
        *byte = value;
    }
    leaf
}

fn line(place: u64, proof: &[Digest]) -> String {
    let hashes: String = proof
        .iter()
        .map(|hash| format!(" {}", hex(&hash.0)))
        .collect();
    format!("{place}{hashes}\n")
}

/// The folder under another name as it is now: files of a log never change, they are replaced.
fn link(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            link(&from, &to)?;
        } else {
            fs::hard_link(from, to)?;
        }
    }
    Ok(())
}
