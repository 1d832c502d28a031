//! A large log: built, sized, proven, verified, scanned and opened again, beside bare SHA-256.
//!
//! Owns: what is measured of it. Must not know: how it is built (`build`), or what its entries say.

mod build;
mod folder;

use crate::report::progress;
use crate::told;
use build::{Built, epoch, person, tag_key};
use folder::Folder;
pub(crate) use folder::bytes_in;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use ring::digest;
use seinhuis_audit::Log;
use seinhuis_domain::entry::{Leaf, Scanner};
use seinhuis_merkle::{Checkpoint, Note, Tree, TreeSize, leaf_hash, recompute, verify_inclusion};
use seinhuis_store::Embedded;
use seinhuis_types::LeafIndex;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Proofs that are timed.
const PROOFS: usize = 10_000;
/// One block after another of this many bytes is hashed bare.
const CHUNK: usize = 1 << 20;
/// Bytes hashed for a leaf (0x00 and 374), and for an inner node (0x01 and two hashes).
const LEAF: u64 = 375;
const NODE: u64 = 65;

/// Builds a log of `entries` and measures it.
pub(crate) async fn measure(entries: u64) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(told("folder"))?;
    let mut out = String::new();
    progress("building the log");
    let begun = Instant::now();
    let Built {
        store,
        log,
        publisher,
    } = build::build(folder.path(), entries).await?;
    let took = begun.elapsed();
    line(
        &mut out,
        &format!(
            "build: {entries} entries committed, published and durable in {:.0} s, {:.0} a second; resident {} MB",
            took.as_secs_f64(),
            rate(entries, took),
            resident()? / 1_000,
        ),
    );
    sizes(&mut out, folder.path(), entries)?;
    progress("proofs");
    proofs(&mut out, &log, entries)?;
    publisher.end().await?;
    drop((log, store));
    progress("opening it again");
    let begun = Instant::now();
    let again = build::open(folder.path())?;
    line(
        &mut out,
        &format!("open again: {:.2} s", begun.elapsed().as_secs_f64()),
    );
    drop(again);
    progress("verifying from its bytes");
    verify(&mut out, folder.path(), entries)?;
    progress("scanning for one person");
    scan(&mut out, folder.path(), entries)?;
    Ok(out)
}

fn line(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

fn rate(count: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate is told with few digits")]
    let count = count as f64;
    count / took.as_secs_f64()
}

/// Resident memory of this process, in kB.
fn resident() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(told("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| "no VmRSS in /proc/self/status".to_owned())
}

fn sizes(out: &mut String, root: &std::path::Path, entries: u64) -> Result<(), String> {
    let bundles = bytes_in(&root.join("log/tile/entries"))?;
    let log = bytes_in(&root.join("log"))?;
    let store = bytes_in(&root.join("store"))?;
    line(
        out,
        &format!(
            "bytes an entry: {:.1} in bundles, {:.2} in tiles and checkpoints, {:.1} in the store without any parts",
            per(bundles, entries),
            per(log - bundles, entries),
            per(store, entries),
        ),
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "told with one digit")]
fn per(bytes: u64, entries: u64) -> f64 {
    bytes as f64 / entries as f64
}

/// Inclusion and consistency at the size it has, each verified after its time was taken.
fn proofs(out: &mut String, log: &Log<Embedded>, entries: u64) -> Result<(), String> {
    let rng = &mut SmallRng::seed_from_u64(7);
    let note = Note::parse(log.checkpoint().map_err(told("checkpoint"))?.as_bytes())
        .map_err(told("checkpoint"))?;
    let checkpoint = Checkpoint::open(&note, log.verifier()).map_err(told("checkpoint"))?;
    let (mut included, mut consistent) = (Vec::new(), Vec::new());
    for _ in 0..PROOFS {
        let index = LeafIndex(rng.random_range(0..entries));
        let begun = Instant::now();
        let (size, proof) = log.inclusion(index, None).map_err(told("inclusion"))?;
        included.push(begun.elapsed());
        let leaf = leaf_hash(&log.leaf(index).map_err(told("leaf"))?);
        verify_inclusion(&leaf, index, size, &proof, checkpoint.root())
            .map_err(told("a proof of ours"))?;
        let old = TreeSize::new(index.0).map_err(told("size"))?;
        let begun = Instant::now();
        log.consistency(old, None).map_err(told("consistency"))?;
        consistent.push(begun.elapsed());
    }
    for (what, times) in [
        ("inclusion", &mut included),
        ("consistency", &mut consistent),
    ] {
        times.sort_unstable();
        let at = |percent: usize| {
            times
                .get(times.len() * percent / 100)
                .map_or(0, Duration::as_micros)
        };
        line(
            out,
            &format!(
                "{what} proof: p50 {} us, p99 {} us ({PROOFS} at random, warm files)",
                at(50),
                at(99)
            ),
        );
    }
    Ok(())
}

/// From the bytes of the bundles to the root, each tile compared, on one core.
fn verify(out: &mut String, root: &std::path::Path, entries: u64) -> Result<(), String> {
    let folder = Folder::new(root);
    let checkpoint = folder.checkpoint()?;
    let bare = bare(entries)?;
    let begun = Instant::now();
    let tree =
        recompute(Tree::new(), &folder, checkpoint.size(), |_, _| ()).map_err(told("verify"))?;
    let took = begun.elapsed();
    if tree.root() != *checkpoint.root() {
        return Err("the root is not the checkpoint's".to_owned());
    }
    line(
        out,
        &format!(
            "verify: {:.1} s, {:.0} entries a second; bare SHA-256 over as many bytes {:.1} s; {:.2} of its speed",
            took.as_secs_f64(),
            rate(entries, took),
            bare.as_secs_f64(),
            bare.as_secs_f64() / took.as_secs_f64(),
        ),
    );
    Ok(())
}

/// The time to hash, in one go, as many bytes as the leaves and nodes of such a log have.
fn bare(entries: u64) -> Result<Duration, String> {
    let bytes = entries * LEAF + entries.saturating_sub(1) * NODE;
    let chunk = vec![7; CHUNK];
    let begun = Instant::now();
    let mut context = digest::Context::new(&digest::SHA256);
    let chunks = usize::try_from(bytes).map_err(told("bytes"))? / CHUNK;
    for _ in 0..chunks {
        context.update(&chunk);
    }
    let digest = context.finish();
    let took = begun.elapsed();
    // What is not looked at could be left out by the compiler.
    if digest.as_ref() == [0; 32] {
        return Err("a digest of zeros".to_owned());
    }
    Ok(took)
}

/// Verified as before, and every place of one person, known by one value, found.
fn scan(out: &mut String, root: &std::path::Path, entries: u64) -> Result<(), String> {
    let folder = Folder::new(root);
    let checkpoint = folder.checkpoint()?;
    let scanner = Scanner::new(&tag_key()?, &[person()?]);
    let (mut found, mut broken) = (0, 0);
    let begun = Instant::now();
    let tree = recompute(
        Tree::new(),
        &folder,
        checkpoint.size(),
        |_, bytes| match Leaf::parse(bytes) {
            Ok(leaf) if leaf.key_epoch() == epoch() => found += scanner.scan(&leaf).len(),
            Ok(_) => {}
            Err(_) => broken += 1,
        },
    )
    .map_err(told("scan"))?;
    let took = begun.elapsed();
    let due = usize::try_from(build::marked(entries)).map_err(told("entries"))?;
    if tree.root() != *checkpoint.root() || broken > 0 || found != due {
        return Err(format!(
            "{found} places found, {due} made, {broken} leaves broken"
        ));
    }
    line(
        out,
        &format!(
            "scan: {:.1} s, {:.0} entries a second, verification included; all {found} places of the person found",
            took.as_secs_f64(),
            rate(entries, took),
        ),
    );
    Ok(())
}
