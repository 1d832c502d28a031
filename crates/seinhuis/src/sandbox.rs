//! `sandbox`: a whole chain on this machine for an integrator to build against. Throw-away keys,
//! test OINs, loopback only.

use crate::exit::{Exit, Failure};
use crate::shutdown;
use seinhuis_testkit::sandbox::{CHAIN, Sandbox};
use seinhuis_types::{Clock, SystemClock};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Sets the shortest time to answer a question, before the hub starts. In service no person is given less
/// than 15 minutes.
pub(crate) fn question_minutes(sandbox: &Sandbox, minutes: u64) -> io::Result<()> {
    let mut hub = OpenOptions::new().append(true).open(sandbox.hub_config())?;
    hub.write_all(format!("\n[limits]\nquestion_minutes = {minutes}\n").as_bytes())
}

/// Makes a sandbox in `folder`, starts both services, and stays until asked to end.
#[expect(clippy::print_stdout, reason = "the integrator reads where things are")]
pub(crate) fn run(folder: &Path, rules: &Path, shortest: u64) -> Result<(), Failure> {
    let unavailable = |e: &dyn std::fmt::Display| Failure::new(Exit::Unavailable, e);
    let binary = std::env::current_exe().map_err(|e| unavailable(&e))?;
    if folder.exists() {
        return Err(Failure::config(format!(
            "{} exists; a sandbox is made in a new folder",
            folder.display()
        )));
    }
    let now = SystemClock.now();
    let sandbox =
        Sandbox::prepare(folder, &binary, rules, &CHAIN, now).map_err(|e| unavailable(&e))?;
    question_minutes(&sandbox, shortest).map_err(|e| unavailable(&e))?;
    let pseudonymiser = sandbox.start_pseudonymiser().map_err(|e| unavailable(&e))?;
    let hub = sandbox.start_hub().map_err(|e| unavailable(&e))?;
    println!(
        "hub            localhost:{} (process {})",
        sandbox.hub_port(),
        hub.id()
    );
    println!(
        "pseudonymiser  localhost:{} (process {})",
        sandbox.pseudonymiser_port(),
        pseudonymiser.id()
    );
    for partner in sandbox.partners() {
        println!(
            "{:14} {}",
            partner.name,
            sandbox.partner_config(partner.name).display()
        );
    }
    println!("ready");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| unavailable(&e))?;
    runtime.block_on(shutdown::asked_or_left())
}
