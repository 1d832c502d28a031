//! `bench`: builds for release and measures the lines of `docs/benchmarks.md` in one run.
//!
//! Must not know: what is measured.

use crate::tree;
use std::process::Command;

/// Builds, then measures; `signals` is how many are published and acknowledged under full load.
/// With `entries` instead a log of so many is measured; with `live` a hub with so many live deliveries and
/// ten times as many entries, each of them in a batch of its own, or in groups.
pub(crate) fn run(
    signals: Option<usize>,
    entries: Option<u64>,
    live: Option<u64>,
    grouped: bool,
) -> Result<(), String> {
    cargo(&[
        "build",
        "--release",
        "-p",
        "seinhuis",
        "-p",
        "seinhuis-bench",
    ])?;
    let asked: Vec<String> = match (signals, entries, live) {
        (_, _, Some(live)) => {
            let batches = if grouped { "grouped" } else { "singly" };
            let entries = live.saturating_mul(10).to_string();
            vec!["live".into(), live.to_string(), entries, batches.into()]
        }
        (_, Some(entries), _) => vec!["large".into(), entries.to_string()],
        (signals, ..) => signals.iter().map(ToString::to_string).collect(),
    };
    let mut arguments = vec!["run", "--release", "-q", "-p", "seinhuis-bench", "--"];
    arguments.extend(asked.iter().map(String::as_str));
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
