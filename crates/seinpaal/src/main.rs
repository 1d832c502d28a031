//! The partner's command line, on top of the SDK: one file a verb.
//!
//! Owns: the command line, what is shown, exit codes, and the files this program keeps in the
//! partner's `state` folder. Must not know: any server crate; how anything is sealed or proven.
//!
//! Exit codes: 0 done; 2 refused: the law or the agreement says no; 3 not valid: one's own mistake,
//! or a rule of form; 4 no answer, or not now; 5 untrusted: a proof, signature or receipt does not
//! hold, which is an incident; 20 to 26 the log did wrong, by which crime; 30 a report has a gap; 31 a
//! decision would be another one; 64 wrong command line.

mod agreement;
mod ahead;
mod audit;
mod break_glass;
mod catalogue;
mod cli;
mod completions;
mod consent;
mod convert;
mod decision;
mod directory;
mod exit;
mod files;
mod incidents;
mod inform;
mod keys;
mod line;
mod mend;
mod out;
mod outbox;
mod parts;
mod progress;
mod question;
mod receipts;
mod register;
mod retention;
mod secret;
mod setup;
mod show;
mod signal;
mod signal_file;
mod whatif;
mod witness;

use clap::Parser;
use cli::{Cli, Command};
use exit::{Exit, Failure};
use setup::Setup;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::command_line(&error),
    };
    let setup = Setup::new(cli.global);
    match run(cli.command, &setup) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => exit::report(&failure, &setup),
    }
}

fn run(command: Command, setup: &Setup) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::invalid(format!("cannot start: {error}")))?;
    let done = runtime.block_on(async {
        match command {
            Command::Keys(verb) => Box::pin(keys::run(verb, setup)).await,
            Command::Agreement(verb) => Box::pin(agreement::run(verb, setup)).await,
            Command::Signal(verb) => Box::pin(signal::run(verb, setup)).await,
            Command::BreakGlass(verb) => Box::pin(break_glass::run(verb, setup)).await,
            Command::Question(verb) => Box::pin(question::run(verb, setup)).await,
            Command::Decision(verb) => Box::pin(decision::run(verb, setup)).await,
            Command::Simulate(args) => Box::pin(ahead::simulate(*args, setup)).await,
            Command::Routes(args) => Box::pin(ahead::routes(args, setup)).await,
            Command::Audit(verb) => Box::pin(audit::run(verb, setup)).await,
            Command::Register(verb) => Box::pin(register::run(&verb, setup)).await,
            Command::Retention(verb) => Box::pin(retention::run(verb, setup)).await,
            Command::Directory(verb) => Box::pin(directory::run(verb, setup)).await,
            Command::Consent(verb) => Box::pin(consent::run(&verb, setup)).await,
            Command::Inform(verb) => inform::run(&verb, setup),
            Command::Convert(args) => Box::pin(convert::run(args, setup)).await,
            Command::Whatif(args) => Box::pin(whatif::run(args, setup)).await,
            Command::Witness(args) => Box::pin(witness::run(args, setup)).await,
            Command::Catalogue(verb) => catalogue::run(&verb, setup),
            Command::Completions(args) => completions::run(&args),
        }
    });
    // A connection that is still being tried must not hold up the end.
    runtime.shutdown_background();
    done
}
