//! `bench`: builds for release and measures the lines of `docs/benchmarks.md` in one run.
//!
//! Must not know: what is measured.

use crate::tree;
use std::process::Command;

/// What is measured: the lines of the page, unless one of the others is asked for.
pub(crate) struct Asked {
    /// How many signals are published and acknowledged under full load.
    pub(crate) signals: Option<usize>,
    /// A log of so many entries.
    pub(crate) entries: Option<u64>,
    /// A hub with so many live deliveries and ten times as many entries.
    pub(crate) live: Option<u64>,
    /// Its entries in batches of many, not each in one of its own.
    pub(crate) grouped: bool,
    /// When the answers of so many questions arrive.
    pub(crate) questions: Option<usize>,
    /// The stages of calls, at so many publishes a second.
    pub(crate) stages: Option<u64>,
}

/// Seconds of publishes whose stages are timed.
const STAGES: u64 = 20;

/// Builds, then measures.
pub(crate) fn run(asked: &Asked) -> Result<(), String> {
    cargo(&[
        "build",
        "--release",
        "-p",
        "seinhuis",
        "-p",
        "seinhuis-bench",
    ])?;
    let words: Vec<String> = if let Some(live) = asked.live {
        let batches = if asked.grouped { "grouped" } else { "singly" };
        let entries = live.saturating_mul(10).to_string();
        vec!["live".into(), live.to_string(), entries, batches.into()]
    } else if let Some(rate) = asked.stages {
        let calls = rate.saturating_mul(STAGES).to_string();
        vec!["stages".into(), calls, rate.to_string()]
    } else if let Some(questions) = asked.questions {
        vec!["questions".into(), questions.to_string()]
    } else if let Some(entries) = asked.entries {
        vec!["large".into(), entries.to_string()]
    } else {
        asked.signals.iter().map(ToString::to_string).collect()
    };
    let mut arguments = vec!["run", "--release", "-q", "-p", "seinhuis-bench", "--"];
    arguments.extend(words.iter().map(String::as_str));
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
