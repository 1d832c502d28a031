//! Programs of the operating system that a test looks with: strace and gcore.
//!
//! A test that cannot look is red, never skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Where a program is; installs its Debian package when it is not there and root may do so.
///
/// # Panics
/// When it is not there and cannot be installed; says what to do.
pub(super) fn tool(program: &str, package: &str) -> PathBuf {
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = found(program) {
        return path;
    }
    let by_hand = format!("`{program}` is missing; run: apt-get install {package}");
    assert!(
        rustix::process::geteuid().is_root(),
        "{by_hand} (this test is not run as root)"
    );
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        let output = command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments)
            .output();
        output.unwrap_or_else(|error| panic!("{by_hand} (apt-get: {error})"))
    };
    let install = ["install", "--yes", "--no-install-recommends", package];
    if !apt(&install).status.success() {
        apt(&["update"]);
        let output = apt(&install);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{by_hand} (it was tried: {told})");
    }
    found(program).unwrap_or_else(|| panic!("{by_hand}"))
}

fn found(program: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .into_iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
}
