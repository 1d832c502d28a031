//! The memory of a running process, as a core file (gcore of gdb).
//!
//! The services are not dumpable, so only root gets one, by ptrace; that is what this takes.

use super::search::{Found, Search};
use crate::tool::tool;
use std::process::Command;

/// What of `search` is in the memory of a process: in every mapping, also those that an ordinary core
/// leaves out.
///
/// # Panics
/// When the process cannot be traced; says what it takes.
pub(super) fn memory(process: u32, search: &Search) -> Found {
    assert!(
        rustix::process::geteuid().is_root(),
        "hub and pseudonymiser are not dumpable: run this test as root"
    );
    let gcore = tool("gcore", "gdb");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(gcore)
        .args(["-a", "-o"])
        .arg(folder.path().join("core"))
        .arg(process.to_string())
        .output()
        .unwrap();
    let core = folder.path().join(format!("core.{process}"));
    assert!(
        output.status.success() && core.is_file(),
        "no core of process {process}; is ptrace allowed here? {}",
        String::from_utf8_lossy(&output.stderr)
    );
    search.file(&core)
}
