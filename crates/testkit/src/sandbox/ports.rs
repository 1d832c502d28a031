//! Ports for the services of a sandbox.
//!
//! Owns: that no two sandboxes of this machine have one port at a time, whichever processes made them, and
//! that no outgoing connection takes a port between its choice and its use. Must not know: who listens.

use super::SandboxError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Where ports are chosen: below those that Linux gives to outgoing connections, which begin at 32768
/// (`ip_local_port_range`), and above those of well-known services.
const CHOSEN: std::ops::Range<u16> = 12_000..32_000;
/// How many are tried before it is given up.
const TRIES: usize = 2_000;

/// Two ports, kept for a sandbox as long as this lives.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) hub: u16,
    pub(super) pseudonymiser: u16,
    _held: [Option<File>; 2],
}

impl Ports {
    /// Chooses two ports that are free.
    pub(super) fn choose() -> Result<Self, SandboxError> {
        let folder = std::env::temp_dir().join("seinhuis-ports");
        // Where it is another user's, ports are tried all the same, and kept by nobody.
        drop(DirBuilder::new().recursive(true).create(&folder));
        let (hub, of_hub) = one(&folder)?;
        let (pseudonymiser, of_pseudonymiser) = one(&folder)?;
        Ok(Self {
            hub,
            pseudonymiser,
            _held: [of_hub, of_pseudonymiser],
        })
    }
}

/// A port that is free, and what keeps it.
fn one(folder: &Path) -> Result<(u16, Option<File>), SandboxError> {
    let mut last = std::io::Error::other("every port that was tried is another sandbox's");
    for _ in 0..TRIES {
        let port = rand::random_range(CHOSEN);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let held = options.open(folder.join(port.to_string())).ok();
        if held.as_ref().is_some_and(|file| file.try_lock().is_err()) {
            continue;
        }
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok((port, held)),
            Err(error) => last = error,
        }
    }
    Err(SandboxError::File(PathBuf::from("127.0.0.1"), last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_have_a_port_and_it_is_free_again_afterwards() {
        let kept: Vec<Ports> = (0..50).map(|_| Ports::choose().unwrap()).collect();
        let ports: BTreeSet<u16> = kept
            .iter()
            .flat_map(|ports| [ports.hub, ports.pseudonymiser])
            .collect();
        assert_eq!(ports.len(), 100);
        assert!(ports.iter().all(|port| CHOSEN.contains(port)));
        // Kept by a lock: whoever opens the file finds it held, until it is dropped.
        let folder = std::env::temp_dir().join("seinhuis-ports");
        let file = |port: u16| File::open(folder.join(port.to_string())).unwrap();
        let one = kept[0].hub;
        assert!(file(one).try_lock().is_err());
        drop(kept);
        assert!(file(one).try_lock().is_ok());
    }
}
