//! `test`: everything that must pass for a change to land, in steps that can each be run alone.
//!
//! Owns: the steps, their order, and the count and times at the end. Must not know: what a step tests.

mod debian;
mod foreign;
pub(crate) mod python;

use crate::{say, tidy, tree};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The steps, in the order in which they run: the quickest to fail come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Step {
    /// Is every file formatted?
    Fmt,
    /// The tree's own rules.
    Tidy,
    /// Lints, over all targets; a warning is a failure.
    Clippy,
    /// Every test of every crate, and the examples in their documentation.
    Test,
    /// Does the documentation build without a warning?
    Doc,
    /// Are the published vectors what a second implementation makes?
    Vectors,
    /// Does a solver still prove the law?
    Proofs,
    /// A partner's client in another language, made from the protos and the pages.
    Python,
    /// Verifiers by others, over logs of many sizes.
    Foreign,
    /// The whole chain in processes of its own, once.
    Demo,
}

impl Step {
    const ALL: [Self; 10] = [
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::Test,
        Self::Doc,
        Self::Vectors,
        Self::Proofs,
        Self::Python,
        Self::Foreign,
        Self::Demo,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Doc => "doc",
            Self::Vectors => "vectors",
            Self::Proofs => "proofs",
            Self::Python => "python",
            Self::Foreign => "foreign",
            Self::Demo => "demo",
        }
    }

    fn run(self) -> Outcome {
        match self {
            Self::Fmt => cargo(&["fmt", "--all", "--check"], None),
            Self::Tidy => Outcome::of(tidy::run()),
            Self::Clippy => cargo(
                &[
                    "clippy",
                    "--quiet",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ],
                None,
            ),
            Self::Test => tests(),
            Self::Doc => cargo(
                &["doc", "--quiet", "--workspace", "--no-deps"],
                Some(("RUSTDOCFLAGS", "-D warnings")),
            ),
            Self::Vectors => Outcome::of(python::run(
                &python::CLIENT,
                "tests/vectors/make.py",
                &["--check"],
            )),
            Self::Proofs => Outcome::of(crate::prove::claims()),
            Self::Python => Outcome::of(operators_binary().and_then(|binary| {
                python::run(
                    &python::CLIENT,
                    "tests/python/run.py",
                    &["--seinhuis", &binary],
                )
            })),
            Self::Foreign => Outcome::of(foreign::run()),
            Self::Demo => cargo(
                &[
                    "run",
                    "--quiet",
                    "--package",
                    "seinhuis",
                    "--",
                    "demo",
                    "--once",
                ],
                None,
            ),
        }
    }
}

/// What came of a step: how much passed and failed in it, and why it failed.
struct Outcome {
    passed: u64,
    failed: u64,
    why: Option<String>,
}

impl Outcome {
    fn of(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self {
                passed: 1,
                failed: 0,
                why: None,
            },
            Err(why) => Self {
                passed: 0,
                failed: 1,
                why: Some(why),
            },
        }
    }
}

/// Runs all steps until one fails, or the one asked for. The last lines tell the time of each step
/// and of all, and the count.
#[expect(
    clippy::disallowed_methods,
    reason = "how long the steps take is told to people"
)]
pub(crate) fn run(only: Option<Step>) -> Result<(), String> {
    let (mut passed, mut failed) = (0, 0);
    let mut result = Ok(());
    let mut times = Vec::new();
    let begun = Instant::now();
    for step in Step::ALL
        .into_iter()
        .filter(|step| only.is_none_or(|only| only == *step))
    {
        let name = step.name();
        say::line(format!("== {name}"));
        let step_begun = Instant::now();
        let outcome = step.run();
        times.push(took(name, step_begun.elapsed()));
        passed += outcome.passed;
        failed += outcome.failed;
        if let Some(why) = outcome.why {
            let again = format!("repeat it with `cargo xtask test --only {name}`");
            result = Err(format!("step {name} failed: {why}\n{again}"));
            break;
        }
    }
    if let Err(why) = &result {
        say::error(why);
    }
    times.push(took("total", begun.elapsed()));
    times.into_iter().for_each(say::line);
    say::line(format!("{passed} passed, {failed} failed"));
    result.map_err(|_| "the tree does not pass".to_owned())
}

/// A line that tells how long a step took.
fn took(name: &str, time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{name:<8} {:>3} min {:02} s", seconds / 60, seconds % 60)
}

/// Runs cargo, whose output goes to whoever started the verb.
fn cargo(arguments: &[&str], variable: Option<(&str, &str)>) -> Outcome {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(tree::root())
        .envs(variable);
    Outcome::of(finished(&mut command))
}

/// Builds the operator's binary, so that what runs next uses this tree's; gives its path.
fn operators_binary() -> Result<String, String> {
    let output = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--package",
            "seinhuis",
            "--message-format",
            "json",
        ])
        .current_dir(tree::root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo build ended with {}", output.status));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message
                .pointer("/target/name")
                .is_some_and(|name| name == "seinhuis")
        })
        .find_map(|message| message.get("executable")?.as_str().map(str::to_owned))
        .ok_or_else(|| "cargo build told no binary `seinhuis`".to_owned())
}

/// Runs a command to its end.
fn finished(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|e| format!("{program}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} ended with {status}"))
    }
}

/// Runs the tests of the workspace. Lines of tests that pass are left out; all else is shown.
fn tests() -> Outcome {
    let started = Command::new("cargo")
        .args(["test", "--workspace", "--no-fail-fast"])
        // Where only the end of a run is kept, a failing test's own words are worth more than frames.
        .env("RUST_BACKTRACE", "0")
        .current_dir(tree::root())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return Outcome::of(Err(format!("cargo: {error}"))),
    };
    let (mut passed, mut failed) = (0, 0);
    let lines = child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines);
    for line in lines.map_while(Result::ok) {
        if let Some((good, bad)) = counts(&line) {
            passed += good;
            failed += bad;
        }
        let dull = line.is_empty()
            || line.starts_with("running ")
            || (line.starts_with("test ") && line.ends_with(" ok"));
        if !dull {
            say::line(line);
        }
    }
    let why = match child.wait() {
        Ok(status) if status.success() => None,
        Ok(status) => Some(format!("cargo test ended with {status}")),
        Err(error) => Some(format!("cargo: {error}")),
    };
    // A crate that does not build has no closing line of its own.
    if why.is_some() && failed == 0 {
        failed = 1;
    }
    Outcome {
        passed,
        failed,
        why,
    }
}

/// What a closing line of `cargo test` counts: passed and failed.
pub(crate) fn counts(line: &str) -> Option<(u64, u64)> {
    let rest = line.strip_prefix("test result: ")?;
    let count = |what: &str| {
        let part = rest
            .split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(what))?;
        part.trim().parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::{Duration, counts, took};

    #[test]
    fn times_are_told_in_minutes_and_seconds() {
        assert_eq!(
            took("test", Duration::from_secs(754)),
            "test      12 min 34 s"
        );
        assert_eq!(
            took("fmt", Duration::from_millis(900)),
            "fmt        0 min 00 s"
        );
    }

    #[test]
    fn closing_lines_are_counted() {
        let good = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; \
                    finished in 0.02s";
        assert_eq!(counts(good), Some((12, 0)));
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(counts(bad), Some((3, 2)));
        assert_eq!(counts("test tests::it ... ok"), None);
    }
}
