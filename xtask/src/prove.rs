//! `prove`: what holds of the law whatever is asked of it, into `docs/proofs.md`.
//!
//! Owns: reading the policy set, the bounds, and the page. Must not know: what a condition says; the
//! policy crate enumerates, Cedar's symbolic compiler proves.

mod invariants;
mod law;
mod sentence;
mod symbolic;

use crate::test::python;
use crate::{say, tree};
use seinhuis_policy::{Bounds, Engine, Planted, Proven, planted, prove};
use seinhuis_types::hex;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
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

    /// The line of the page that says of which set it is.
    fn named(&self) -> Result<String, String> {
        let engine = Engine::load(&self.schema, &self.files()).map_err(|faults| lines(&faults))?;
        Ok(format!("Of the policy set `{}`.", hex(&engine.hash().0)))
    }

    pub(crate) fn files(&self) -> Vec<(&str, &str)> {
        let pairs = self.policies.iter();
        pairs.map(|(n, t)| (n.as_str(), t.as_str())).collect()
    }
}

/// What is done; without either, both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Every combination of a finite matrix.
    Matrix,
    /// Claims put to a solver.
    Symbolic,
}

/// Proves, and writes the page when all of it was done, over at least ten million combinations.
pub(crate) fn run(rounds: u32, seed: u64, only: Option<Part>) -> Result<(), String> {
    let texts = Texts::read()?;
    let wanted = |part| only.is_none_or(|only| only == part);
    // Without optimisation Cedar takes several times as long, and there is much to ask.
    if cfg!(debug_assertions) && wanted(Part::Matrix) {
        return optimised(rounds, seed, only);
    }
    let mut seen = Vec::new();
    if wanted(Part::Symbolic) {
        seen.push(symbolic(&texts)?);
    }
    let mut enough = false;
    if wanted(Part::Matrix) {
        let (matrix, combinations) = matrix(&texts, rounds, seed)?;
        enough = combinations >= LEAST;
        seen.insert(0, matrix);
    }
    if enough && only.is_none() {
        write(&texts.named()?, &seen.join("\n"))
    } else {
        say::line(format!(
            "{PAGE} is left as it is: that takes both parts, and {LEAST} combinations"
        ));
        Ok(())
    }
}

/// The same, by this program built for release.
fn optimised(rounds: u32, seed: u64, only: Option<Part>) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command
        .args(["run", "--release", "-q", "-p", "xtask", "--", "prove"])
        .args(["--rounds", &rounds.to_string(), "--seed", &seed.to_string()])
        .current_dir(tree::root());
    if only == Some(Part::Matrix) {
        command.args(["--only", "matrix"]);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo run --release ended with {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The claims alone, for `cargo xtask test`.
pub(crate) fn claims() -> Result<(), String> {
    run(0, 0, Some(Part::Symbolic))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is told to people"
)]
fn symbolic(texts: &Texts) -> Result<String, String> {
    let python = python::made(&python::PROOFS)?;
    let begun = Instant::now();
    let outcomes = symbolic::run(texts, &python)?;
    let milliseconds = begun.elapsed().as_millis();
    let all = |of: fn(&symbolic::Outcome) -> &[String]| {
        let all: Vec<&str> = outcomes.iter().flat_map(of).map(String::as_str).collect();
        all.join("\n")
    };
    let refuted = all(|outcome| &outcome.refuted);
    if !refuted.is_empty() {
        return Err(refuted);
    }
    let unseen = all(|outcome| &outcome.unseen);
    if !unseen.is_empty() {
        return Err(format!("planted, and not shown for what it is:\n{unseen}"));
    }
    let mut page = "### By the solver\n\n".to_owned();
    let sum = |of: fn(&symbolic::Outcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    let _ = writeln!(
        page,
        "{} claims proven; {} faults planted one at a time, each refuted by a sentence that shows it; \
         {} parts of invariants, each refuted of a law that permits everything. {milliseconds} ms.",
        sum(|outcome| outcome.proven.len()),
        sum(|outcome| outcome.planted),
        sum(|outcome| outcome.asserted),
    );
    for outcome in &outcomes {
        let (proven, planted) = (outcome.proven.len(), outcome.planted);
        let _ = writeln!(
            page,
            "\n`{}`: {proven} claims, {planted} faults.\n",
            outcome.action
        );
        for claim in &outcome.proven {
            let _ = writeln!(page, "- {claim}");
        }
    }
    say::line(&page);
    Ok(page)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is told to people"
)]
fn matrix(texts: &Texts, rounds: u32, seed: u64) -> Result<(String, u64), String> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let bounds = Bounds {
        pairs: true,
        rounds,
        seed,
        threads,
    };
    say::line(format!(
        "every block and pair of blocks, {rounds} rounds of the stands of four blocks and of all, seed {seed}, {threads} threads"
    ));
    let begun = Instant::now();
    let proven = prove(&texts.schema, &texts.files(), &bounds).map_err(|broken| lines(&broken))?;
    let seconds = begun.elapsed().as_secs();
    let planted = planted(&texts.schema, &texts.files()).map_err(|faults| lines(&faults))?;
    if !planted.unseen.is_empty() {
        let unseen = planted.unseen.join("\n");
        return Err(format!("planted and not seen:\n{unseen}"));
    }
    let seen = seen(&bounds, &proven, &planted, seconds);
    say::line(&seen);
    Ok((seen, proven.combinations))
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
        "### Over the matrix\n\n{combinations} combinations, each put to Cedar as the permit alone and as the forbids alone, one in \
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

fn write(named: &str, seen: &str) -> Result<(), String> {
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no heading `{HEAD}`"))?;
    fs::write(&path, format!("{before}{HEAD}\n\n{named}\n\n{seen}"))
        .map_err(|e| format!("{PAGE}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_proofs_is_of_the_policy_set_there_is() {
        let named = Texts::read().unwrap().named().unwrap();
        let page = tree::read(PAGE).unwrap();
        assert!(
            page.lines().any(|line| line == named),
            "{PAGE} is of another policy set; run `cargo xtask prove`. {named}"
        );
    }
}
