//! `faults`: every write, sync and rename of an act times every fault, into `docs/operations/faults.md`.
//!
//! Must not know: which steps and faults there are; the test makes the rows.

use crate::{say, tree};
use std::fs;
use std::process::Command;

const PAGE: &str = "docs/operations/faults.md";
const TEST: &str = "whatever_step_fails_promises_are_kept_and_nothing_is_done_twice";
/// Behind this line of the page come the rows.
const HEAD: &str = "|---|---|---|---|---|---|";

/// Runs all cells and writes the table.
pub(crate) fn run() -> Result<(), String> {
    cargo(&[
        "build",
        "-q",
        "-p",
        "seinhuis",
        "-p",
        "seinhuis-tests",
        "--bins",
    ])?;
    let told = cargo(&[
        "test",
        "-q",
        "-p",
        "seinhuis-tests",
        "--test",
        "it",
        TEST,
        "--",
        "--nocapture",
    ])?;
    let rows: Vec<&str> = told.lines().filter(|line| line.starts_with("| ")).collect();
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no table"))?;
    let written = format!("{before}{HEAD}\n{}\n", rows.join("\n"));
    fs::write(&path, written).map_err(|e| format!("{PAGE}: {e}"))?;
    say::line(format!("faults: {} rows in {PAGE}", rows.len()));
    Ok(())
}

/// What a cargo command prints.
fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo")
        .args(arguments)
        .env("SEINHUIS_FAULTS", "whole")
        .current_dir(tree::root())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(told);
    }
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{told}{why}cargo {}: failed", arguments.join(" ")))
}
