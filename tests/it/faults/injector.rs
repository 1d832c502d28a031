//! The program that makes one system call of the hub fail, compiled where the test runs.
//!
//! Must not know: what the hub was asked.

use crate::tool::tool;
use seinhuis_tests::repository;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::str::FromStr;
use tempfile::TempDir;

/// What is done to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing: the calls are only counted.
    None,
    /// It fails with EIO and is not done.
    EioBefore,
    /// It is done and fails with EIO.
    EioAfter,
    /// It fails with ENOSPC and is not done.
    NoSpace,
    /// SIGKILL instead of it.
    KillBefore,
    /// SIGKILL right after it.
    KillAfter,
    /// Half of a write, then SIGKILL; another call is done before the kill.
    Torn,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::EioBefore,
        Self::EioAfter,
        Self::NoSpace,
        Self::KillBefore,
        Self::KillAfter,
        Self::Torn,
    ];

    /// Its name on the command line and in the table.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::EioBefore => "eio-before",
            Self::EioAfter => "eio-after",
            Self::NoSpace => "enospc",
            Self::KillBefore => "kill-before",
            Self::KillAfter => "kill-after",
            Self::Torn => "torn",
        }
    }

    pub(super) const fn kills(self) -> bool {
        matches!(self, Self::KillBefore | Self::KillAfter | Self::Torn)
    }
}

/// A call that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) call: String,
    /// The file, under the watched folder.
    pub(super) file: String,
    pub(super) faulted: bool,
}

impl FromStr for Step {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split(' ').collect();
        let (call, file, faulted) = match words.as_slice() {
            [_, call, file] => (call, file, false),
            [_, call, file, _] => (call, file, true),
            _ => return Err(format!("`{line}` tells of no call")),
        };
        Ok(Self {
            call: (*call).to_owned(),
            file: (*file).to_owned(),
            faulted,
        })
    }
}

/// The compiled program.
pub(super) struct Injector {
    program: PathBuf,
    _folder: TempDir,
}

impl Injector {
    pub(super) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("inject");
        let compiled = Command::new(tool("cc", "gcc"))
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&program)
            .arg(repository().join("tests/faults/inject.c"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{told}");
        Self {
            program,
            _folder: folder,
        }
    }

    /// Watches `process`; `fault` is done to the `nth` call on a file under `folder`.
    pub(super) fn watch(&self, process: u32, folder: &Path, nth: usize, fault: Fault) -> Watch {
        let mut child = Command::new(&self.program)
            .arg(process.to_string())
            .arg(fs::canonicalize(folder).unwrap())
            .args([&nth.to_string(), fault.as_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert_eq!(
            line, "attached\n",
            "the hub is not dumpable, so only root may watch it: run this test as root, where \
             ptrace is allowed"
        );
        Watch { child, told }
    }
}

/// A process that is watched.
pub(super) struct Watch {
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Watch {
    /// Lets the process go on by itself, if it still runs; what was counted until then.
    pub(super) fn end(mut self) -> Vec<Step> {
        drop(self.child.stdin.take());
        let mut text = String::new();
        self.told.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        text.lines().map(|line| line.parse().unwrap()).collect()
    }
}
