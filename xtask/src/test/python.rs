//! Python with what the vectors and the foreign client need, in `target/python`.
//!
//! Owns: making that environment, again whenever the requirements change. Must not know: the
//! programs that run in it.

use super::finished;
use crate::{say, tree};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed, from package registries by pip; versions are pinned in these files.
const REQUIREMENTS: &[&str] = &[
    "tests/vectors/requirements.txt",
    "tests/python/requirements.txt",
];
/// The Debian package without which an environment cannot be made.
const VENV: &str = "python3-venv";

/// Runs a program of the tree with its arguments.
pub(super) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let path = tree::root().join(program);
    if !path.is_file() {
        return Err(format!("{program} is missing"));
    }
    let python = environment()?;
    finished(
        Command::new(python)
            .arg(path)
            .args(arguments)
            .current_dir(tree::root())
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    )
}

/// The interpreter of an environment with the requirements in it.
fn environment() -> Result<PathBuf, String> {
    let folder = tree::root().join("target").join("python");
    let python = folder.join("bin").join("python");
    let files: Vec<PathBuf> = REQUIREMENTS
        .iter()
        .map(|file| tree::root().join(file))
        .filter(|file| file.is_file())
        .collect();
    let mut wanted = String::new();
    for file in &files {
        wanted += &fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    // Written last, so that an environment that was left half made is made anew.
    let made = folder.join("requirements.made");
    if python.is_file() && fs::read_to_string(&made).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    make(&folder)?;
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

fn make(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    if venv(folder) {
        return Ok(());
    }
    // Debian has the module without what it needs to work.
    if !is_root() {
        return Err(format!(
            "python3 -m venv does not work here; run `apt-get install {VENV}` as root"
        ));
    }
    say::line(format!(
        "python3 -m venv does not work here: installing {VENV}"
    ));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        finished(&mut command)
    };
    apt(&["update"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", VENV]))
        .map_err(|e| format!("`apt-get install {VENV}`: {e}"))?;
    if venv(folder) {
        Ok(())
    } else {
        Err(format!("python3 -m venv fails also with {VENV}"))
    }
}

fn venv(folder: &Path) -> bool {
    let mut command = Command::new("python3");
    command
        .args(["-m", "venv", "--clear"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
