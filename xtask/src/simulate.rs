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
/// Fewer interleavings than this are not worth the page.
pub(crate) const LEAST: u64 = 10_000_000;

/// Builds, runs `count` interleavings of `seed`, and writes what was seen.
pub(crate) fn run(count: u64, seed: u64, threads: Option<NonZeroUsize>) -> Result<(), String> {
    let threads = threads
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN);
    say::line(format!(
        "{count} interleavings, seed {seed}, {threads} threads"
    ));
    let words = [count, seed].map(|word| word.to_string());
    let output = Command::new("cargo")
        .args(["run", "--release", "-q", "-p", "seinhuis-simulation", "--"])
        .args(words)
        .arg(threads.to_string())
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
            "{PAGE} is left as it is: that takes {LEAST} interleavings"
        ));
        return Ok(());
    }
    let path = tree::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    fs::write(&path, put(&page, seen.trim())?).map_err(|e| format!("{PAGE}: {e}"))
}

/// The page with what was seen in the place of what was seen before.
fn put(page: &str, seen: &str) -> Result<String, String> {
    let (before, _) = page
        .split_once(HEAD)
        .ok_or_else(|| format!("{PAGE}: there is no heading `{HEAD}`"))?;
    Ok(format!("{before}{HEAD}\n\n{seen}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_comes_in_the_place_of_what_was_seen_before() {
        let page = put("# Page\n\n## Seen\n\nOld.\n", "New.").unwrap();
        assert_eq!(page, "# Page\n\n## Seen\n\nNew.\n");
        assert!(put("# Page\n", "New.").is_err());
    }
}
