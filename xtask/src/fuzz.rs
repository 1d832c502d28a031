//! `fuzz`: each boundary's target for a while, the inputs worth keeping into `fuzz/corpus/`, what was seen
//! into `docs/fuzzing.md`.
//!
//! Must not know: what a target does. A finding stops the run and stays in `target/fuzz/`.
//!
//! The coverage flags are those of cargo-fuzz, which asks for a nightly compiler only for its
//! sanitizers; nothing of ours is `unsafe`, so what they would find is not ours.

use crate::{say, tree};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TRIPLE: &str = "x86_64-unknown-linux-gnu";
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Ccodegen-units=1";
const PAGE: &str = "docs/fuzzing.md";
/// Behind this line of the page come the rows.
const HEAD: &str = "|---|---|---|---|---|---|---|";
/// Largest input, in bytes: twice what any boundary but `Publish` takes is told by its length alone.
const LARGEST: &str = "16384";

/// Runs every target, or `only`, for `seconds` each.
pub(crate) fn run(seconds: u64, only: Option<&str>) -> Result<(), String> {
    let root = tree::root();
    let out = root.join("target/fuzz");
    build(&root, &out)?;
    let binaries = out.join(TRIPLE).join("release");
    let seeds = out.join("seeds");
    let _ = fs::remove_dir_all(&seeds);
    done(
        Command::new("cargo")
            .args([
                "run",
                "-q",
                "-p",
                "seinhuis-tests",
                "--bin",
                "seinhuis-test-seeds",
                "--",
            ])
            .arg(&seeds)
            .current_dir(&root),
        "seeds",
    )?;
    let mut rows = Vec::new();
    for target in targets(&root)? {
        if only.is_some_and(|only| only != target) {
            continue;
        }
        let places = Places::new(&root, &out, &seeds, &target)?;
        let binary = binaries.join(&target);
        let told = fuzz(&binary, &places, seconds)?;
        let kept = keep(&binary, &places)?;
        let row = format!(
            "| `{target}` | {seconds} | {} | {} | {} | {kept} | none |",
            number(&told, "stat::number_of_executed_units:")?,
            number(&told, "stat::average_exec_per_sec:")?,
            covered(&told)?,
        );
        say::line(&row);
        rows.push(row);
    }
    if only.is_none() {
        write(&root.join(PAGE), &rows)?;
    }
    Ok(())
}

/// Where one target's inputs lie.
struct Places {
    /// Found in this and earlier runs on this machine.
    found: PathBuf,
    /// Kept in the repository.
    kept: PathBuf,
    seeds: PathBuf,
    /// Where a finding is left: the start of its path.
    findings: String,
}

impl Places {
    fn new(root: &Path, out: &Path, seeds: &Path, target: &str) -> Result<Self, String> {
        let places = Self {
            found: out.join("found").join(target),
            kept: root.join("fuzz/corpus").join(target),
            seeds: seeds.join(target),
            findings: out.join(format!("{target}-")).display().to_string(),
        };
        for folder in [&places.found, &places.kept] {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        Ok(places)
    }
}

fn build(root: &Path, out: &Path) -> Result<(), String> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "build",
            "--release",
            "--locked",
            "--bins",
            "--target",
            TRIPLE,
        ])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", out)
        .current_dir(root.join("fuzz"));
    done(&mut cargo, "the targets do not build (g++ is needed)").map(drop)
}

/// The names of the targets: those of their files.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// Looks for new inputs; what libFuzzer told at the end.
fn fuzz(binary: &Path, places: &Places, seconds: u64) -> Result<String, String> {
    done(
        Command::new(binary)
            .args([&places.found, &places.kept, &places.seeds])
            .args([
                format!("-max_total_time={seconds}"),
                format!("-artifact_prefix={}", places.findings),
                format!("-max_len={LARGEST}"),
            ])
            .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"]),
        "a finding, or the target ended",
    )
}

/// Leaves in the repository the fewest inputs that cover all that is covered; how many.
fn keep(binary: &Path, places: &Places) -> Result<usize, String> {
    let merged = places.found.with_extension("merged");
    let _ = fs::remove_dir_all(&merged);
    let io = |e: std::io::Error| format!("{}: {e}", merged.display());
    fs::create_dir_all(&merged).map_err(io)?;
    done(
        Command::new(binary)
            .args(["-set_cover_merge=1", "-use_counters=0"])
            .arg(format!("-max_len={LARGEST}"))
            .args([&merged, &places.kept, &places.seeds, &places.found]),
        "merge",
    )?;
    fs::remove_dir_all(&places.kept).map_err(io)?;
    fs::create_dir_all(&places.kept).map_err(io)?;
    let mut kept = 0;
    for file in fs::read_dir(&merged).map_err(io)? {
        let from = file.map_err(io)?.path();
        let name = from.file_name().ok_or("an input without a name")?;
        fs::copy(&from, places.kept.join(name)).map_err(io)?;
        kept += 1;
    }
    Ok(kept)
}

/// What a command told on its standard error; all of it when it failed.
fn done(command: &mut Command, what: &str) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{what}: {e}"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(told)
    } else {
        Err(format!("{told}{what}"))
    }
}

/// The number behind `label`.
fn number(told: &str, label: &str) -> Result<u64, String> {
    told.lines()
        .find_map(|line| line.strip_prefix(label)?.trim().parse().ok())
        .ok_or_else(|| format!("libFuzzer told no `{label}`"))
}

/// Edges reached, from the last line of progress (`#N DONE cov: N …`).
fn covered(told: &str) -> Result<u64, String> {
    told.lines()
        .rev()
        .filter(|line| line.starts_with('#'))
        .find_map(|line| {
            let (_, rest) = line.split_once("cov: ")?;
            rest.split_whitespace().next()?.parse().ok()
        })
        .ok_or_else(|| "libFuzzer told no coverage".to_owned())
}

fn write(path: &Path, rows: &[String]) -> Result<(), String> {
    let page = fs::read_to_string(path).map_err(|e| format!("{PAGE}: {e}"))?;
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no table"))?;
    let written = format!("{before}{HEAD}\n{}\n", rows.join("\n"));
    fs::write(path, written).map_err(|e| format!("{PAGE}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_is_read() {
        let told = "#9 NEW    cov: 3 ft: 4 corp: 1/1b\n#10 DONE   cov: 1234 ft: 2 corp: 1/1b\n\
                    stat::number_of_executed_units: 77\nstat::average_exec_per_sec:     12\n";
        assert_eq!(covered(told), Ok(1234));
        assert_eq!(number(told, "stat::number_of_executed_units:"), Ok(77));
        assert_eq!(number(told, "stat::average_exec_per_sec:"), Ok(12));
        assert!(number(told, "stat::peak:").is_err());
    }
}
