//! A copy of the tree in which lines are changed and tests run.
//!
//! Owns: `target/mutations/`, with the copy under `tree` and what is built of it under `target`.
//! Must not know: the table.

use super::rows::Row;
use crate::tree;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A test of a changed line that runs longer than this, in seconds, has noticed that something is wrong.
const LONGEST: &str = "300";
/// The tests of all rows of a package on the tree as it is, and what they need built, in seconds.
const LONGEST_GREEN: &str = "3600";
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

    /// Runs the tests of these rows on the tree as it is, a package at a time; gives the names of
    /// those that are green. Once for all rows: undoing a mutation brings the same bytes back.
    pub(super) fn green(&self, rows: &[&Row]) -> Result<Green, String> {
        let mut filters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in rows {
            filters.entry(&row.package).or_default().insert(&row.test);
        }
        let mut green = Green::default();
        for (package, filters) in filters {
            self.binaries_of(LONGEST_GREEN, package)?;
            let more: Vec<&str> = ["--tests", "--no-fail-fast", "--"]
                .into_iter()
                .chain(filters)
                .collect();
            let output = self.cargo(LONGEST_GREEN, &["test", "--package", package], &more)?;
            let text = String::from_utf8_lossy(&output.stdout);
            for (name, passed) in text.lines().filter_map(result) {
                green
                    .0
                    .insert((package.to_owned(), name.to_owned()), passed);
            }
        }
        Ok(green)
    }

    /// Does one mutation and undoes it.
    pub(super) fn try_row(&self, row: &Row, green: &Green) -> Result<Outcome, String> {
        let Ok(text) = fs::read_to_string(self.tree.join(&row.file)) else {
            return Ok(Outcome::NotFound);
        };
        let Some(changed) = changed(&text, row) else {
            return Ok(Outcome::NotFound);
        };
        if !green.has(&row.package, &row.test) {
            return Ok(Outcome::BadTest);
        }
        self.put(&row.file, changed.as_bytes())?;
        let outcome = self.tried(row);
        self.put(&row.file, text.as_bytes())?;
        outcome
    }

    fn tried(&self, row: &Row) -> Result<Outcome, String> {
        let arguments = ["--quiet", "--tests", "--no-run"];
        if !self.binaries_of(LONGEST, &row.package)?
            || !self
                .cargo(LONGEST, &["test", "--package", &row.package], &arguments)?
                .status
                .success()
        {
            return Ok(Outcome::NoBuild);
        }
        let arguments = ["--quiet", "--tests", row.test.as_str()];
        let output = self.cargo(LONGEST, &["test", "--package", &row.package], &arguments)?;
        Ok(if output.status.success() {
            Outcome::Survived
        } else {
            Outcome::Noticed
        })
    }

    /// Builds the binaries that this package's tests start, if any; gives whether they build. Else
    /// a test would run against the binary of another row, or of the tree unchanged, and prove
    /// nothing.
    fn binaries_of(&self, longest: &str, package: &str) -> Result<bool, String> {
        let started: Vec<&str> = START_BINARIES
            .iter()
            .filter(|(name, _)| *name == package)
            .flat_map(|(_, binaries)| *binaries)
            .flat_map(|binary| ["--package", binary])
            .collect();
        if started.is_empty() {
            return Ok(true);
        }
        let output = self.cargo(longest, &["build", "--quiet"], &started)?;
        Ok(output.status.success())
    }

    /// Runs cargo in the copy, for at most so many seconds.
    fn cargo(&self, longest: &str, verb: &[&str], more: &[&str]) -> Result<Output, String> {
        Command::new("timeout")
            .args([longest, "cargo"])
            .args(verb)
            .args(more)
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .map_err(|e| format!("timeout: {e}; install coreutils"))
    }
}

/// Which tests ran on the tree as it is, by package and name, and whether they passed.
#[derive(Debug, Default)]
pub(super) struct Green(BTreeMap<(String, String), bool>);

impl Green {
    /// Whether this filter fits a test of the package, and all it fits passed.
    fn has(&self, package: &str, filter: &str) -> bool {
        let mut found = self
            .0
            .iter()
            .filter(|((of, name), _)| of == package && name.contains(filter))
            .map(|(_, passed)| *passed)
            .peekable();
        found.peek().is_some() && found.all(|passed| passed)
    }
}

/// A test's name and whether it passed, from a line as `cargo test` writes it.
fn result(line: &str) -> Option<(&str, bool)> {
    let (name, how) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    Some((name, how == "ok"))
}

/// The text with the row's line replaced; `None` unless it stands there exactly once.
fn changed(text: &str, row: &Row) -> Option<String> {
    (text.matches(&row.line).count() == 1).then(|| text.replacen(&row.line, &row.replacement, 1))
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
    fn a_row_counts_only_when_all_its_tests_ran_green() {
        let lines = "running 3 tests\ntest a::one ... ok\ntest a::one_more ... FAILED\n\
                     test b::two ... ok\ntest result: FAILED. 2 passed; 1 failed\n";
        let green = Green(
            lines
                .lines()
                .filter_map(result)
                .map(|(name, passed)| (("p".to_owned(), name.to_owned()), passed))
                .collect(),
        );
        assert!(green.has("p", "two"));
        assert!(!green.has("p", "one"), "one of those it fits is red");
        assert!(!green.has("p", "three"), "no such test");
        assert!(!green.has("q", "two"), "of another package");
        assert_eq!(green.0.len(), 3);
    }
}
