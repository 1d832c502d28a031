//! The partner's command line as a partner uses it, without a hub: one test binary.

#![cfg(test)]

mod agreement;
mod catalogue;
mod completions;
mod config;
mod copy;
mod crimes;
mod help;
mod hub;
mod log;
mod mirror;
mod progress;
mod reach;
mod signal;
mod witness;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The repository's root.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the binary in an empty folder, with nothing in its environment that configures it.
fn run(arguments: &[&str]) -> Output {
    run_with(arguments, "")
}

/// The same with something to read on standard input.
fn run_with(arguments: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_seinpaal"))
        .args(arguments)
        .env_remove("SEINPAAL_CONFIG")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who does not read leaves a broken pipe; that is the program's to decide.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Standard output.
fn shown(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error.
fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A file in a fresh folder.
fn file(name: &str, text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}
