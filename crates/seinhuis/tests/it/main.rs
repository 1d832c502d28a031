//! The operator's binary as an operator uses it: one test binary.

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod startup;

use seinhuis_testkit::sandbox::{CHAIN, Sandbox};
use seinhuis_types::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The binary under test.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_seinhuis"))
}

/// The project's own configuration folder.
fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

/// A fresh sandbox, and the folder that goes with it.
#[cfg(test)]
fn sandbox() -> (TempDir, Sandbox) {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let sandbox = Sandbox::prepare(
        &folder.path().join("chain"),
        binary(),
        &config(),
        &CHAIN,
        now,
    )
    .unwrap();
    (folder, sandbox)
}

/// Runs the binary to its end.
#[cfg(test)]
fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().unwrap()
}

/// What it told on standard error.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
