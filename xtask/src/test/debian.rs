//! What a step needs of the machine: installed on Debian when run as root, else named.
//!
//! Must not know: what it is needed for.

use super::finished;
use crate::say;
use std::process::{Command, Stdio};

/// Installs packages because of what does not work without them.
pub(super) fn install(why: &str, packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    if !is_root() {
        return Err(format!("{why}; run `apt-get install {names}` as root"));
    }
    say::line(format!("{why}: installing {names}"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        finished(&mut command)
    };
    apt(&["update"])
        .and_then(|()| {
            let how = ["install", "--yes", "--no-install-recommends"];
            apt(&[&how[..], packages].concat())
        })
        .map_err(|e| format!("`apt-get install {names}`: {e}"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
