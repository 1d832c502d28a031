//! `bench`: builds for release and measures the lines of `docs/benchmarks.md` in one run.
//!
//! Must not know: what is measured.

use crate::tree;
use std::process::Command;

/// Builds, then measures; `signals` is how many are published and acknowledged under full load.
/// With `entries` instead a log of so many is measured.
pub(crate) fn run(signals: Option<usize>, entries: Option<u64>) -> Result<(), String> {
    cargo(&[
        "build",
        "--release",
        "-p",
        "seinhuis",
        "-p",
        "seinhuis-bench",
    ])?;
    let (signals, entries) = (
        signals.map(|n| n.to_string()),
        entries.map(|n| n.to_string()),
    );
    let mut arguments = vec!["run", "--release", "-q", "-p", "seinhuis-bench", "--"];
    arguments.extend(signals.as_deref());
    arguments.extend(entries.as_deref().into_iter().flat_map(|n| ["large", n]));
    cargo(&arguments)
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("cargo")
        .args(arguments)
        .current_dir(tree::root())
        .status()
        .map_err(|e| format!("cargo: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {}: failed", arguments.join(" ")))
    }
}
