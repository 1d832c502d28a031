//! `prove`: what holds of the law whatever is asked of it, into `docs/proofs.md`.
//!
//! Owns: reading the policy set, the bounds, and the page. Must not know: what a condition says; the
//! policy crate enumerates.

use crate::{say, tree};
use seinhuis_policy::{Bounds, Planted, Proven, planted, prove};
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::time::Instant;

const POLICY: &str = "config/policy";
const PAGE: &str = "docs/proofs.md";
/// Behind this line of the page comes what was seen.
const HEAD: &str = "## Seen";
/// Fewer combinations than this are no proof worth its page.
const LEAST: u64 = 10_000_000;

/// The policy set, as text.
pub(crate) struct Texts {
    pub(crate) schema: String,
    pub(crate) policies: Vec<(String, String)>,
}

impl Texts {
    fn read() -> Result<Self, String> {
        let policies = tree::folder(POLICY, "cedar")?;
        Ok(Self {
            schema: tree::read(&format!("{POLICY}/schema.cedarschema"))?,
            policies: policies
                .into_iter()
                .map(|(name, text)| (format!("{name}.cedar"), text))
                .collect(),
        })
    }

    pub(crate) fn files(&self) -> Vec<(&str, &str)> {
        let pairs = self.policies.iter();
        pairs.map(|(n, t)| (n.as_str(), t.as_str())).collect()
    }
}

/// Enumerates, and writes the page when it was at least ten million combinations.
#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is told to people"
)]
pub(crate) fn run(rounds: u32, seed: u64) -> Result<(), String> {
    let texts = Texts::read()?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let bounds = Bounds {
        pairs: true,
        rounds,
        seed,
        threads,
    };
    say::line(format!(
        "every block and pair of blocks, {rounds} rounds of every stand, seed {seed}, {threads} threads"
    ));
    let begun = Instant::now();
    let proven = prove(&texts.schema, &texts.files(), &bounds).map_err(|broken| lines(&broken))?;
    let seconds = begun.elapsed().as_secs();
    let planted = planted(&texts.schema, &texts.files()).map_err(|faults| lines(&faults))?;
    if !planted.unseen.is_empty() {
        return Err(format!(
            "planted and not seen:\n{}",
            planted.unseen.join("\n")
        ));
    }
    let seen = seen(&bounds, &proven, &planted, seconds);
    say::line(&seen);
    if proven.combinations < LEAST {
        say::line(format!("fewer than {LEAST} combinations: {PAGE} is left as it is"));
        return Ok(());
    }
    write(&seen)
}

fn lines<T: std::fmt::Display>(broken: &[T]) -> String {
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn seen(bounds: &Bounds, proven: &Proven, planted: &Planted, seconds: u64) -> String {
    let Proven {
        combinations,
        permits,
        ..
    } = proven;
    let mut page = format!(
        "{combinations} combinations, each put to Cedar as the permit alone and as the forbids alone, one in \
         eight also as the whole set: {permits} permitted, {} refused, none decided otherwise by one than by another, none \
         refused without a condition. {} rounds, seed {}, {} threads, {seconds} s.\n\n\
         Faults planted, one at a time: {}. Shown by permit and forbids differing: {}; {} change no \
         verdict, only which conditions are told, and the cases see to them.\n\n\
         | block | values | stands |\n|---|---|---|\n",
        combinations - permits,
        bounds.rounds,
        bounds.seed,
        bounds.threads,
        planted.all,
        planted.all - planted.worded.len(),
        planted.worded.len(),
    );
    for block in &proven.blocks {
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            block.name, block.values, block.stands
        );
    }
    page.push_str("\n| condition | times told |\n|---|---|\n");
    for (reason, times) in &proven.told {
        let _ = writeln!(page, "| `{}` | {times} |", reason.as_str());
    }
    page
}

fn write(seen: &str) -> Result<(), String> {
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no heading `{HEAD}`"))?;
    fs::write(&path, format!("{before}{HEAD}\n\n{seen}")).map_err(|e| format!("{PAGE}: {e}"))
}
