//! Runs the simulation and prints what came of it, as docs/simulation.md has it: the numbers of the run in
//! one row of a table, then what happened. Must not know: what is simulated.
//!
//! Arguments, in this order: how many interleavings, the seed, how many threads, the number of the first
//! interleaving.

use seinhuis_simulation::{Counts, Failure, Fault, Plan, planted, run};
use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Most interleavings in which a planted fault must show.
const SHOWN_WITHIN: u64 = 100_000;
/// How often it is told how far it is.
const TOLD: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let outcome = plan(std::env::args().skip(1)).and_then(|plan| simulate(&plan));
    let (told, code) = match outcome {
        Ok(section) => (section, ExitCode::SUCCESS),
        Err(why) => (why, ExitCode::FAILURE),
    };
    match writeln!(std::io::stdout(), "{told}") {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut number = |what: &str| {
        let word = words
            .next()
            .ok_or_else(|| format!("{what}: it is missing"))?;
        word.parse::<u64>().map_err(|e| format!("{what}: {e}"))
    };
    let (count, seed, threads) = (number("count")?, number("seed")?, number("threads")?);
    let from = number("first")?;
    let threads = usize::try_from(threads).ok().and_then(NonZeroUsize::new);
    Ok(Plan {
        from,
        count,
        seed,
        threads: threads.ok_or("threads: one at least")?,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is told to people"
)]
fn simulate(plan: &Plan) -> Result<String, String> {
    let found = planted(&Fault::ALL, plan.seed, SHOWN_WITHIN).map_err(|e| e.to_string())?;
    let mut shown = Vec::with_capacity(found.len());
    for (fault, failure) in found {
        let unseen = || format!("planted and not seen: {}", fault.as_str());
        shown.push((fault, failure.ok_or_else(unseen)?));
    }
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    let outcome = std::thread::scope(|scope| {
        let teller = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::thread::park_timeout(TOLD);
                let line = format!("{} of {}", done.load(Ordering::Relaxed), plan.count);
                // Who does not listen is not told.
                drop(writeln!(std::io::stderr(), "{line}"));
            }
        });
        let outcome = run(plan, &done);
        over.store(true, Ordering::Relaxed);
        teller.thread().unpark();
        outcome
    });
    let counts = outcome
        .map_err(|e| e.to_string())?
        .map_err(|failure| failure.to_string())?;
    Ok(section(plan, &counts, &shown, begun.elapsed().as_secs()))
}

fn section(plan: &Plan, counts: &Counts, shown: &[(Fault, Failure)], seconds: u64) -> String {
    let to = plan.from.saturating_add(plan.count);
    let mut page = format!(
        "| {} | {} to {to} | {} | {} | {} | {} | {seconds} |\n\n| change | times written |\n|---|---|\n",
        plan.seed, plan.from, counts.acts, counts.given, counts.corrections, plan.threads,
    );
    for (name, times) in &counts.commits {
        let _ = writeln!(page, "| `{name}` | {times} |");
    }
    page.push_str("\n| error | times |\n|---|---|\n");
    for (code, times) in &counts.refused {
        let _ = writeln!(page, "| `{code}` | {times} |");
    }
    page.push_str(
        "\nPlanted, one at a time:\n\n| fault | shown by | fewest acts |\n|---|---|---|\n",
    );
    for (fault, failure) in shown {
        let _ = writeln!(
            page,
            "| {} | interleaving {} | {} |",
            fault.as_str(),
            failure.number,
            failure.acts.join("; ")
        );
    }
    page
}
