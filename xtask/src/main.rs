//! `cargo xtask`: what developers and the CI run, one file a verb.
//!
//! Owns: the command line. Must not know: anything the product does by itself; a verb calls the
//! crates, and no crate calls a verb.

mod bench;
mod faults;
mod mutations;
mod pki;
mod say;
mod test;
mod tidy;
mod tree;

use clap::{Parser, Subcommand};
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
    },
    /// Make every step of an act fail in every way, at the real hub, and write the table of
    /// docs/operations/faults.md. Needs root, or leave to trace.
    Faults,
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
    /// Remove each guarding line in turn, and see that its test goes red.
    Mutations {
        /// The row of `tests/mutations.md` with this number alone, counted from 1.
        #[arg(long)]
        only: Option<usize>,
        /// The rows of this package alone; `policy` is the policy set.
        #[arg(long)]
        package: Option<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Tidy => tidy::run(),
        Verb::Test { only } => test::run(only),
        Verb::Bench { signals } => bench::run(signals),
        Verb::Faults => faults::run(),
        Verb::Pki {
            folder,
            partners,
            services,
        } => pki::run(&folder, &partners, &services),
        Verb::Mutations { only, package } => mutations::run(only, package.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say::error(&message);
            ExitCode::FAILURE
        }
    }
}
