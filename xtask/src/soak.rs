//! `soak`: two hundred kills and an hour of mixed load at the real services, into `docs/operations/soak.md`.
//!
//! Must not know: what happens in it; the test makes the rows.

use crate::{say, tree};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const PAGE: &str = "docs/operations/soak.md";
const TEST: &str = "a_soak_keeps_every_promise_through_kills_restarts_and_suspensions";
/// Behind this line of the page comes what was seen.
const HEAD: &str = "## Seen";

/// Runs it and writes the page; with the binaries of a release, or those of a test build.
pub(crate) fn run(kills: u64, minutes: u64, debug: bool) -> Result<(), String> {
    let release: &[&str] = if debug { &[] } else { &["--release"] };
    cargo(
        &[&["build", "-q"], release, &["-p", "seinhuis"]].concat(),
        None,
    )?;
    let plan = format!("{kills},{minutes}");
    let test = ["-p", "seinhuis-tests", "--test", "it", TEST];
    let told = cargo(
        &[&["test", "-q"], release, &test, &["--", "--nocapture"]].concat(),
        Some(&plan),
    )?;
    let of = |label: &str| -> Result<&str, String> {
        let found = told.iter().find_map(|line| line.strip_prefix(label));
        found.ok_or_else(|| format!("soak: no line `{label}`"))
    };
    let rows: Vec<&str> = told
        .iter()
        .filter(|line| line.starts_with("| "))
        .map(String::as_str)
        .collect();
    let seen = format!(
        "{}\n\nFirst: {}.\n\nThen {minutes} minutes of mixed load. In all:{}.\nReceipts:{}, each in the log at \
         its index. `seinhuis fsck` found nothing.\n\n\
         | minute | publishes | p50 / p99 | acknowledgements | p50 / p99 | hub resident | store | log |\n\
         |---|---|---|---|---|---|---|---|\n{}\n",
        if debug {
            "Binaries of a test build."
        } else {
            "Binaries of a release."
        },
        of("kills: ")?,
        of("all:")?,
        of("receipts:")?,
        rows.join("\n")
    );
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no heading `{HEAD}`"))?;
    fs::write(&path, format!("{before}{HEAD}\n\n{seen}")).map_err(|e| format!("{PAGE}: {e}"))
}

/// The lines a cargo command prints, passed on as they come.
fn cargo(arguments: &[&str], plan: Option<&str>) -> Result<Vec<String>, String> {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(tree::root())
        .stdout(Stdio::piped());
    if let Some(plan) = plan {
        command.env("SEINHUIS_SOAK", plan);
    }
    let mut child = command.spawn().map_err(|e| format!("cargo: {e}"))?;
    let mut lines = Vec::new();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines() {
            let line = line.map_err(|e| format!("cargo: {e}"))?;
            say::line(&line);
            lines.push(line);
        }
    }
    let status = child.wait().map_err(|e| format!("cargo: {e}"))?;
    if status.success() {
        Ok(lines)
    } else {
        Err(format!("cargo {}: failed", arguments.join(" ")))
    }
}
