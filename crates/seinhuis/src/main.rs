//! The operator's binary: wiring only.
//!
//! Owns: the command line, configuration, exit codes. Must not know: what any call means.
//!
//! Exit codes: 0 done; 1 the demo did not end as told; 64 wrong command line; 65 data damaged; 69 a port, a service or the
//! data (in use) are not available; 74 a write had an unknown outcome (restart reconciles); 76 witnesses saw more of the
//! log, or another one, than is stored; 78 configuration or keys.

mod catalogue;
mod certificates;
mod check;
mod config;
mod demo;
mod exit;
mod fsck;
mod hub;
mod keys;
mod load;
mod log;
mod pseudonymiser;
mod reload;
mod sandbox;
mod shutdown;
mod stored;
mod transfer;
mod wrapping;

use clap::{Parser, Subcommand};
use exit::{Exit, Failure};
use std::path::PathBuf;
use std::process::ExitCode;

/// Seinhuis: lawful, minimal signals between chain partners, with proof.
#[derive(Debug, Parser)]
#[command(name = "seinhuis", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve as the hub or as the pseudonymiser.
    Serve {
        /// Which of the two; they never share a process.
        #[arg(long, value_enum)]
        role: Role,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Check what a service would be given: configuration, partners, catalogue, policy with its
    /// cases, agreements. Names file, line and fix of every fault.
    Check {
        /// Folder with `catalogue/` and `policy/`; also read when they are there: `agreements/`,
        /// `hub.toml` with what it names, `partners.toml`, `pseudonymiser.toml`.
        #[arg(default_value = "config")]
        folder: PathBuf,
    },
    /// What the catalogue says: lists, one thing explained, the matrix of roles; in Dutch and English.
    Catalogue(catalogue::Options),
    /// Make the keys of a role in a new or empty folder, files 0600.
    Keys {
        /// Whose keys.
        #[arg(long, value_enum)]
        role: Role,
        /// The name of the log, for the hub: `<host>/log/<shard>`.
        #[arg(long, required_if_eq("role", "hub"))]
        origin: Option<String>,
        /// Where to; must be empty or not exist yet.
        folder: PathBuf,
    },
    /// Make a whole chain with throw-away keys in a new folder and serve it on loopback.
    Sandbox {
        /// Where to; must not exist yet.
        folder: PathBuf,
        /// Folder with `catalogue/` and `policy/`.
        #[arg(long, default_value = "config")]
        rules: PathBuf,
        /// The shortest time to answer a question; 0 is until the next whole minute.
        #[arg(long, default_value_t = 15, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(..=10_080))]
        question_minutes: u64,
    },
    /// Tell a lawful story on this machine: five partners, a hub, a pseudonymiser; every step checked.
    Demo(demo::Options),
    /// Write everything in the hub's store to one neutral file. The hub must not be running.
    Export {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The new file.
        file: PathBuf,
    },
    /// Fill an empty store from such a file, if all of it holds. The hub must not be running.
    Import {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The file.
        file: PathBuf,
    },
    /// The epoch keys that wrap the parts of entries: list, make the next, destroy one.
    #[command(subcommand)]
    Wrapping(wrapping::Verb),
    /// Verify the stored log: every leaf, tile and checkpoint. The hub must not be running.
    Fsck {
        /// The hub's configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

/// The two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    /// Decides, keeps, delivers and logs.
    Hub,
    /// The other half of every conversion; another organisation's.
    Pseudonymiser,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; anything else is a wrong command line.
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            let _ = error.print();
            return code.into();
        }
    };
    match run(cli.command) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => failure.report(),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve {
            role: Role::Hub,
            config,
        } => hub::serve(&config),
        Command::Serve {
            role: Role::Pseudonymiser,
            config,
        } => pseudonymiser::serve(&config),
        Command::Check { folder } => check::run(&folder),
        Command::Catalogue(options) => catalogue::run(&options),
        Command::Keys {
            role: Role::Hub,
            origin,
            folder,
        } => keys::make_hub(&folder, &origin.unwrap_or_default()),
        Command::Keys {
            role: Role::Pseudonymiser,
            folder,
            ..
        } => keys::make_pseudonymiser(&folder),
        Command::Sandbox {
            folder,
            rules,
            question_minutes,
        } => sandbox::run(&folder, &rules, question_minutes),
        Command::Demo(options) => demo::run(&options),
        Command::Fsck { config } => fsck::run(&config),
        Command::Export { config, file } => transfer::export(&config, &file),
        Command::Import { config, file } => transfer::import(&config, &file),
        Command::Wrapping(verb) => wrapping::run(&verb),
    }
}
