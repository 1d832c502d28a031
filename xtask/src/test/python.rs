//! Python with what a program of the tree needs, in an environment under `target`.
//!
//! Owns: making that environment, again whenever the requirements change. Must not know: the
//! programs that run in it.

use super::{debian, finished};
use crate::tree;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder under `target` with what pip installs from package registries; versions are pinned in
/// these files.
pub(crate) struct Environment {
    folder: &'static str,
    requirements: &'static [&'static str],
    /// The interpreters to look for, the last of which will do when none is new enough.
    interpreters: &'static [&'static str],
}

/// For the vectors and the foreign client.
pub(super) const CLIENT: Environment = Environment {
    folder: "python",
    requirements: &[
        "tests/vectors/requirements.txt",
        "tests/python/requirements.txt",
    ],
    interpreters: &["python3"],
};
/// For the solver that proves the law.
pub(crate) const PROOFS: Environment = Environment {
    folder: "proofs/python",
    requirements: &["tests/proofs/requirements.txt"],
    interpreters: &["python3"],
};
/// For the foreign verifiers, one of which needs a late Python.
pub(super) const FOREIGN: Environment = Environment {
    folder: "foreign/python",
    requirements: &["tests/foreign/python/requirements.txt"],
    interpreters: &["python3.14", "python3.13", "python3.12", "python3"],
};
/// The Debian package without which an environment cannot be made.
const VENV: &str = "python3-venv";

/// Runs a program of the tree with its arguments.
pub(super) fn run(
    environment: &Environment,
    program: &str,
    arguments: &[&str],
) -> Result<(), String> {
    let path = tree::root().join(program);
    if !path.is_file() {
        return Err(format!("{program} is missing"));
    }
    let python = made(environment)?;
    finished(
        Command::new(python)
            .arg(path)
            .args(arguments)
            .current_dir(tree::root())
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    )
}

/// The interpreter of an environment with the requirements in it.
pub(crate) fn made(environment: &Environment) -> Result<PathBuf, String> {
    let folder = tree::root().join("target").join(environment.folder);
    let python = folder.join("bin").join("python");
    let files: Vec<PathBuf> = environment
        .requirements
        .iter()
        .map(|file| tree::root().join(file))
        .filter(|file| file.is_file())
        .collect();
    let (interpreter, version) = interpreter(environment)?;
    let mut wanted = version;
    for file in &files {
        wanted += &fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    // Written last, so that an environment that was left half made is made anew.
    let made = folder.join("requirements.made");
    if python.is_file() && fs::read_to_string(&made).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    make(interpreter, &folder)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    for file in &files {
        pip.arg("--requirement").arg(file);
    }
    finished(&mut pip).map_err(|e| format!("pip install: {e}"))?;
    fs::write(&made, wanted).map_err(|e| format!("{}: {e}", made.display()))?;
    Ok(python)
}

/// The first interpreter that runs, and its version.
fn interpreter(environment: &Environment) -> Result<(&'static str, String), String> {
    let version = |name: &&'static str| {
        let output = Command::new(name).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some((*name, version))
    };
    let mut names = environment.interpreters.iter();
    names
        .find_map(version)
        .ok_or_else(|| "python3 does not run here; install it".to_owned())
}

fn make(interpreter: &str, folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    if venv(interpreter, folder) {
        return Ok(());
    }
    // Debian has the module without what it needs to work.
    debian::install(
        &format!("{interpreter} -m venv does not work here"),
        &[VENV],
    )?;
    if venv(interpreter, folder) {
        Ok(())
    } else {
        Err(format!("{interpreter} -m venv fails also with {VENV}"))
    }
}

fn venv(interpreter: &str, folder: &Path) -> bool {
    let mut command = Command::new(interpreter);
    command
        .args(["-m", "venv", "--clear"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
