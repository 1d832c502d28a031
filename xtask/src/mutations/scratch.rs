//! A copy of the tree in which lines are changed and tests run.
//!
//! Owns: `target/mutations/`, with the copy under `tree` and what is built of it under `target`.
//! Must not know: the table.

use super::rows::Row;
use crate::tree;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A test that runs longer than this, in seconds, has noticed that something is wrong.
const LONGEST: &str = "900";
/// What `timeout` of coreutils ends with then.
const TIMED_OUT: i32 = 124;
/// Packages whose tests start binaries that lie in the target folder, and which: `cargo test` does
/// not build these for them.
const START_BINARIES: [(&str, &[&str]); 2] = [
    ("seinhuis", &["seinhuis"]),
    ("seinhuis-tests", &["seinhuis", "seinpaal"]),
];

/// What came of one mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The test went red.
    Noticed,
    /// The test stayed green.
    Survived,
    /// The line is not in the file, or more than once.
    NotFound,
    /// The changed tree does not build, which proves nothing about the test.
    NoBuild,
    /// No such test, or it is red without any change.
    BadTest,
}

impl Outcome {
    /// What to do about it.
    pub(super) fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Noticed => None,
            Self::Survived => Some("nothing notices that it is gone; write the test that does"),
            Self::NotFound => Some("it must stand in the file exactly once; follow the code"),
            Self::NoBuild => Some("without it nothing builds; replace it so that it builds"),
            Self::BadTest => Some("the test does not run, or fails on the tree as it is"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Noticed => "noticed",
            Self::Survived => "SURVIVED",
            Self::NotFound => "NOT FOUND",
            Self::NoBuild => "NO BUILD",
            Self::BadTest => "BAD TEST",
        })
    }
}

/// The copy.
pub(super) struct Scratch {
    tree: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// Copies the tree, or brings an earlier copy up to date. Files that are the same keep their
    /// times, so that cargo builds only what changed.
    pub(super) fn make() -> Result<Self, String> {
        let folder = tree::root().join("target").join("mutations");
        let scratch = Self {
            tree: folder.join("tree"),
            target: folder.join("target"),
        };
        let files = tree::files()?;
        for file in &files {
            let bytes = fs::read(tree::root().join(file)).map_err(|e| format!("{file}: {e}"))?;
            scratch.put(file, &bytes)?;
        }
        let wanted: BTreeSet<PathBuf> = files.iter().map(|file| scratch.tree.join(file)).collect();
        remove_others(&scratch.tree, &wanted)?;
        Ok(scratch)
    }

    fn put(&self, file: &str, bytes: &[u8]) -> Result<(), String> {
        let to = self.tree.join(file);
        let failed = |e| format!("{}: {e}", to.display());
        if fs::read(&to).is_ok_and(|found| found == bytes) {
            return Ok(());
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&to, bytes).map_err(failed)
    }

    /// Does one mutation and undoes it.
    pub(super) fn try_row(&self, row: &Row) -> Result<Outcome, String> {
        let Ok(text) = fs::read_to_string(self.tree.join(&row.file)) else {
            return Ok(Outcome::NotFound);
        };
        let Some(changed) = changed(&text, row) else {
            return Ok(Outcome::NotFound);
        };
        if self.test(row, &[])? != Tested::Green {
            return Ok(Outcome::BadTest);
        }
        self.put(&row.file, changed.as_bytes())?;
        let outcome = self.tried(row);
        self.put(&row.file, text.as_bytes())?;
        outcome
    }

    fn tried(&self, row: &Row) -> Result<Outcome, String> {
        if self.test(row, &["--no-run"])? == Tested::Red {
            return Ok(Outcome::NoBuild);
        }
        Ok(match self.test(row, &[])? {
            Tested::Red => Outcome::Noticed,
            Tested::Green | Tested::Nothing => Outcome::Survived,
        })
    }

    fn test(&self, row: &Row, more: &[&str]) -> Result<Tested, String> {
        // Else the test would run against the binary of another row, or of the tree unchanged, and
        // prove nothing.
        let started = START_BINARIES
            .iter()
            .filter(|(package, _)| *package == row.package)
            .flat_map(|(_, binaries)| *binaries);
        for binary in started {
            if !self.cargo("build", binary, &[])?.status.success() {
                return Ok(Tested::Red);
            }
        }
        let arguments = [more, &[row.test.as_str()]].concat();
        let output = self.cargo("test", &row.package, &arguments)?;
        if !output.status.success() || output.status.code() == Some(TIMED_OUT) {
            return Ok(Tested::Red);
        }
        Ok(
            if passed(&String::from_utf8_lossy(&output.stdout)) == 0 && more.is_empty() {
                Tested::Nothing
            } else {
                Tested::Green
            },
        )
    }

    /// Runs cargo in the copy, for at most [`LONGEST`].
    fn cargo(&self, verb: &str, package: &str, more: &[&str]) -> Result<Output, String> {
        Command::new("timeout")
            .args([LONGEST, "cargo", verb, "--quiet", "--package", package])
            .args(more)
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .map_err(|e| format!("timeout: {e}; install coreutils"))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Tested {
    Green,
    Red,
    /// The filter fits no test.
    Nothing,
}

/// The text with the row's line replaced; `None` unless it stands there exactly once.
fn changed(text: &str, row: &Row) -> Option<String> {
    (text.matches(&row.line).count() == 1).then(|| text.replacen(&row.line, &row.replacement, 1))
}

/// How many tests passed, by the closing lines of `cargo test`.
fn passed(output: &str) -> u64 {
    output
        .lines()
        .filter_map(crate::test::counts)
        .map(|(passed, _)| passed)
        .sum()
}

/// Removes what an earlier copy had and the tree no longer has.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<(), String> {
    let failed = |e| format!("{}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> Row {
        Row {
            number: 1,
            file: "a.rs".into(),
            line: line.into(),
            replacement: "two".into(),
            package: "a".into(),
            test: "t".into(),
        }
    }

    #[test]
    fn a_line_is_changed_only_when_it_stands_there_once() {
        assert_eq!(changed("x one y", &row("one")).as_deref(), Some("x two y"));
        assert_eq!(changed("one one", &row("one")), None);
        assert_eq!(changed("none here", &row("three")), None);
    }

    #[test]
    fn passing_tests_are_counted_over_all_binaries() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                      test result: ok. 1 passed; 0 failed; 0 ignored\n";
        assert_eq!(passed(output), 3);
        assert_eq!(passed("error: no test target\n"), 0);
    }
}
