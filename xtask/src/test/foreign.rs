//! Verifiers by others, over logs that the hub's publisher wrote: Go's packages from Debian, Python's
//! from PyPI, and two Rust crates in the tests of `merkle`.
//!
//! Owns: what is run and what that needs. Must not know: how any of them verifies.

use super::{debian, finished, python};
use crate::tree;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Debian's Go and the packages that `tests/foreign/go` is written against.
const GO: &[&str] = &["golang-go", "golang-golang-x-mod-dev"];
/// Where Debian keeps sources of Go packages.
const GO_PATH: &str = "/usr/share/gocode";
const SUMDB: &str = "src/golang.org/x/mod/sumdb/tlog";

/// Publishes the logs and has each verifier judge them.
pub(super) fn run() -> Result<(), String> {
    let folder = tree::root().join("target").join("foreign");
    let logs = folder.join("logs");
    // The hub would go on where the last run ended; what is judged is made anew.
    if logs.exists() {
        fs::remove_dir_all(&logs).map_err(|e| format!("{}: {e}", logs.display()))?;
    }
    let example = [
        "run",
        "--quiet",
        "--package",
        "seinhuis-audit",
        "--example",
        "published",
        "--",
    ];
    let mut published = Command::new("cargo");
    published.args(example).arg(&logs).current_dir(tree::root());
    finished(&mut published)?;
    go(&folder, &logs)?;
    let shown = logs.to_string_lossy();
    python::run(&python::FOREIGN, "tests/foreign/python/run.py", &[&shown])?;
    let test = [
        "test",
        "--quiet",
        "--package",
        "seinhuis-merkle",
        "foreign::",
    ];
    finished(Command::new("cargo").args(test).current_dir(tree::root()))
}

fn go(folder: &Path, logs: &Path) -> Result<(), String> {
    let there = || {
        let mut version = Command::new("go");
        version
            .arg("version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
            && Path::new(GO_PATH).join(SUMDB).is_dir()
    };
    if !there() {
        debian::install("Go or golang.org/x/mod is not here", GO)?;
    }
    let mut program = Command::new("go");
    program
        .args(["run", ".", "test"])
        .arg(logs)
        .current_dir(tree::root().join("tests/foreign/go"))
        .env("GOPATH", GO_PATH)
        .env("GO111MODULE", "off")
        .env("GOCACHE", folder.join("go"));
    finished(&mut program)
}
