//! `cargo xtask`: what developers and the CI run, one file a verb.
//!
//! Owns: the command line. Must not know: anything the product does by itself; a verb calls the
//! crates, and no crate calls a verb.

mod bench;
mod faults;
mod fuzz;
mod mutations;
mod pki;
mod prove;
mod say;
mod simulate;
mod soak;
mod test;
mod tidy;
mod tree;

use clap::{Parser, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Developer tasks of Seinhuis.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Hold the tree to its own rules: layers, file sizes, documents, words.
    Tidy,
    /// Everything that must pass for a change to land.
    Test {
        /// Run this step alone.
        #[arg(long, value_enum)]
        only: Option<test::Step>,
    },
    /// Build for release and measure the lines of docs/benchmarks.md. PostgreSQL must be installed.
    Bench {
        /// How many signals are published and acknowledged under full load, at least 100.
        signals: Option<usize>,
        /// Instead: build a log of this many entries, prove, verify, scan and open it. 10,000,000 take about
        /// 8 GB of disk.
        #[arg(long, conflicts_with = "signals")]
        entries: Option<u64>,
        /// Instead: a hub with this many live deliveries and ten times as many entries; its memory, and its start
        /// after a kill. 100,000 take about 12 GB of disk.
        #[arg(long, conflicts_with_all = ["signals", "entries"])]
        live: Option<u64>,
        /// Its entries in batches of many, as under load; else each in a batch of its own.
        #[arg(long, requires = "live")]
        grouped: bool,
        /// Instead: where the time of a call goes, at this many publishes a second.
        #[arg(long, conflicts_with_all = ["signals", "entries", "live"])]
        stages: Option<u64>,
        /// Instead: when the answers of this many questions arrive, a third each of unknown, shielded and silence; at
        /// least 30. Takes some twenty minutes, since a tick lies a quarter of an hour ahead.
        #[arg(long, conflicts_with_all = ["signals", "entries", "live", "stages"])]
        questions: Option<usize>,
    },
    /// Make every step of an act fail in every way, at the real hub, and write the table of
    /// docs/operations/faults.md. Needs root, or leave to trace.
    Faults,
    /// Send each boundary bytes from anywhere, keep the inputs that reach new code, and write what was
    /// seen into docs/fuzzing.md. Needs a C++ compiler.
    Fuzz {
        /// How long for each target, in seconds.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// This target alone; then the page is left as it is.
        #[arg(long)]
        only: Option<String>,
    },
    /// Make a throw-away PKI, or add to one. Only test OINs (prefix 00000099) are signed for.
    Pki {
        /// Where to; made when absent.
        folder: PathBuf,
        /// Organisations that call, each `name=OIN`.
        partners: Vec<String>,
        /// Organisations that also answer, on this machine, each `name=OIN`.
        #[arg(long = "service")]
        services: Vec<String>,
    },
    /// Put every combination of what the law can ask about to it, in both writings, have a solver prove the
    /// same, and write what was seen into docs/proofs.md.
    Prove {
        /// How often every way in which the conditions of four blocks stand together is put, and all blocks
        /// at once, each time with other values.
        #[arg(long, default_value_t = 1)]
        rounds: u32,
        /// What the values are drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// This part alone; then the page is left as it is.
        #[arg(long, value_enum)]
        only: Option<prove::Part>,
    },
    /// Have partners publish, receive, leave, suspend, withdraw, correct and rotate keys at once, in orders drawn
    /// from a seed, judge each by what they were given, and write what was seen into docs/simulation.md.
    Simulate {
        /// How many interleavings, after those of the same seed that the page tells of; with fewer than a
        /// hundred thousand it is left as it is.
        #[arg(long, default_value_t = 10_000_000)]
        count: u64,
        /// What they are drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// On how many threads; as many as the machine has, unless told.
        #[arg(long)]
        threads: Option<NonZeroUsize>,
    },
    /// Kill the hub under load again and again, then load it with all kinds of trouble, and write what was
    /// seen into docs/operations/soak.md.
    Soak {
        /// Kills.
        #[arg(long, default_value_t = 200)]
        kills: u64,
        /// Minutes of mixed load.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// With the binaries of a test build: with debug assertions, and slow.
        #[arg(long)]
        debug: bool,
    },
    /// Remove each guarding line in turn, and see that its test goes red.
    Mutations {
        /// The row of `tests/mutations.md` with this number alone, counted from 1.
        #[arg(long)]
        only: Option<usize>,
        /// The rows of this package alone; `policy` is the policy set.
        #[arg(long)]
        package: Option<String>,
        /// The rows from this number on, of a run that was broken off.
        #[arg(long, default_value_t = 1, conflicts_with = "only")]
        from: usize,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Tidy => tidy::run(),
        Verb::Test { only } => test::run(only),
        Verb::Bench {
            signals,
            entries,
            live,
            grouped,
            stages,
            questions,
        } => bench::run(&bench::Asked {
            signals,
            entries,
            live,
            grouped,
            stages,
            questions,
        }),
        Verb::Faults => faults::run(),
        Verb::Fuzz { seconds, only } => fuzz::run(seconds, only.as_deref()),
        Verb::Prove { rounds, seed, only } => prove::run(rounds, seed, only),
        Verb::Simulate {
            count,
            seed,
            threads,
        } => simulate::run(count, seed, threads),
        Verb::Soak {
            kills,
            minutes,
            debug,
        } => soak::run(kills, minutes, debug),
        Verb::Pki {
            folder,
            partners,
            services,
        } => pki::run(&folder, &partners, &services),
        Verb::Mutations {
            only,
            package,
            from,
        } => mutations::run(only, package.as_deref(), from),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say::error(&message);
            ExitCode::FAILURE
        }
    }
}
