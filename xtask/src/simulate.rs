//! `simulate`: interleavings of what partners do at once, built for release, into `docs/simulation.md`.
//!
//! Owns: building, the page. Must not know: what is simulated; the `simulation` package draws and judges.

use crate::{say, tree};
use std::fs;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};

const PAGE: &str = "docs/simulation.md";
/// Behind this line of the page comes what was seen.
const HEAD: &str = "## Seen";
/// The head of the table of runs.
const RUNS: &str = "\
| tree | seed | interleavings | acts | given | rectifications among them | threads | seconds |
|---|---|---|---|---|---|---|---|
";
/// Fewer interleavings than this are not worth a row.
const LEAST: u64 = 100_000;

/// Builds, runs `count` interleavings of `seed` after those that the page tells of, and writes what was seen.
pub(crate) fn run(count: u64, seed: u64, threads: Option<NonZeroUsize>) -> Result<(), String> {
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    let from = after(&page, seed);
    let commit = commit()?;
    let threads = threads
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN);
    say::line(format!(
        "{count} interleavings from number {from}, seed {seed}, {threads} threads"
    ));
    let output = Command::new("cargo")
        .args(["run", "--release", "-q", "-p", "seinhuis-simulation", "--"])
        .args([count, seed].map(|word| word.to_string()))
        .args([threads.to_string(), from.to_string()])
        .current_dir(tree::root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    let seen = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("simulate: {}", seen.trim()));
    }
    say::line(seen.trim());
    if count < LEAST {
        say::line(format!(
            "{PAGE} is left as it is: a row takes {LEAST} interleavings"
        ));
        return Ok(());
    }
    fs::write(&path, put(&page, &commit, seen.trim())?).map_err(|e| format!("{PAGE}: {e}"))
}

/// The tree that is run: its commit, with a `+` when anything but this page is changed in it. Asked before the
/// run, so that nothing seen is lost for want of it, and nothing that is changed meanwhile counts.
fn commit() -> Result<String, String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(tree::root())
            .output()
            .map_err(|e| format!("git: {e}"))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(format!(
                "git: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
        }
    };
    let mut commit = git(&["rev-parse", "--short", "HEAD"])?;
    let others = format!(":(exclude){PAGE}");
    if !git(&["status", "--porcelain", "--", ".", &others])?.is_empty() {
        commit.push('+');
    }
    Ok(commit)
}

/// The rows of runs in a page.
fn rows(page: &str) -> impl Iterator<Item = &str> {
    let (_, seen) = page.split_once(RUNS).unwrap_or_default();
    seen.lines().take_while(|line| line.starts_with('|'))
}

/// Of a row: its seed, and the numbers of its first interleaving and of the one after its last.
fn numbers(row: &str) -> Option<(u64, u64, u64)> {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let (from, to) = cells.get(3)?.split_once(" to ")?;
    let seed = cells.get(2)?.parse().ok()?;
    Some((seed, from.parse().ok()?, to.parse().ok()?))
}

/// The number after the last that the page tells of.
fn after(page: &str, seed: u64) -> u64 {
    let of = rows(page).filter_map(numbers).filter(|row| row.0 == seed);
    of.map(|(.., to)| to).max().unwrap_or_default()
}

/// The page with one more row, and with what happened in that run.
fn put(page: &str, commit: &str, seen: &str) -> Result<String, String> {
    let no_head = || format!("{PAGE}: there is no heading `{HEAD}`");
    let (before, _) = page.split_once(HEAD).ok_or_else(no_head)?;
    let (row, happened) = seen.split_once("\n\n").unwrap_or((seen, ""));
    let row = format!("| {commit} {row}");
    let all: Vec<&str> = rows(page).chain([row.as_str()]).collect();
    let of = all.iter().copied().filter_map(numbers);
    let total: u64 = of.map(|(_, from, to)| to.saturating_sub(from)).sum();
    Ok(format!(
        "{before}{HEAD}\n\n{RUNS}{}\n\n\
         {total} interleavings in all. In none was anything given after an end, and in none was anything lost that \
         was promised.\n\nIn the last run:\n\n{happened}\n",
        all.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_added_to_those_before_and_the_next_goes_on_after_it() {
        let page = "# Page\n\n## Seen\n\nNothing.\n";
        assert_eq!(after(page, 1), 0);
        let page = put(page, "aa", "| 1 | 0 to 7 | 3 | 2 | 1 | 2 | 9 |\n\nOnce.").unwrap();
        assert_eq!((after(&page, 1), after(&page, 2)), (7, 0));
        let page = put(&page, "bb", "| 1 | 7 to 9 | 3 | 2 | 1 | 2 | 9 |\n\nTwice.").unwrap();
        let rows = "| aa | 1 | 0 to 7 | 3 | 2 | 1 | 2 | 9 |\n| bb | 1 | 7 to 9 | 3 | 2 | 1 | 2 | 9 |\n\n9 in";
        assert!(page.contains(rows), "{page}");
        assert!(page.ends_with("\n\nTwice.\n") && !page.contains("Once"));
        assert_eq!(after(&page, 1), 9);
        assert!(put("# Page\n", "aa", "").is_err());
    }
}
