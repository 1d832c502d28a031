//! Witnesses as processes of their own, a TLS proxy before one, and the hub's policy that names them.
//!
//! Must not know: what is tested.

use seinhuis_merkle::CosignatureVerifier;
use seinhuis_testkit::sandbox::{ORIGIN, Sandbox};
use seinhuis_tests::seinpaal;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A witness that a partner runs, with an address of its own that it keeps.
pub(super) struct Witness {
    root: PathBuf,
    number: usize,
    pub(super) address: SocketAddr,
    pub(super) key: CosignatureVerifier,
    child: Option<Child>,
}

/// An address where nobody listens.
pub(in super::super) fn free() -> SocketAddr {
    let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    held.local_addr().unwrap()
}

impl Witness {
    /// Makes its key. It does not run yet.
    pub(super) fn new(sandbox: &Sandbox, number: usize) -> Self {
        let root = sandbox.root().to_owned();
        let file = root.join(format!("witness{number}.key"));
        let output = Command::new(seinpaal().unwrap())
            .args(["--json", "witness", "keygen", "--name"])
            .arg(format!("witness{number}.example/w"))
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let key = CosignatureVerifier::parse(told["vkey"].as_str().unwrap()).unwrap();
        Self {
            root,
            number,
            address: free(),
            key,
            child: None,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("w{}", self.number)
    }

    /// Starts it, or does so again, on what it cosigned before.
    pub(super) fn start(&mut self) {
        self.start_with(&[]);
    }

    /// The same with more on its command line.
    pub(super) fn start_with(&mut self, more: &[&Path]) {
        let mut child = Command::new(seinpaal().unwrap())
            .arg("--config")
            .arg(self.root.join("partners/politie/partner.toml"))
            .args(["--json", "witness", "--listen"])
            .arg(self.address.to_string())
            .arg("--key")
            .arg(self.root.join(format!("witness{}.key", self.number)))
            .arg("--state")
            .arg(self.root.join(format!("witness{}", self.number)))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It says where it listens once it does.
        let mut line = String::new();
        let mut shown = BufReader::new(child.stdout.take().unwrap());
        shown.read_line(&mut line).unwrap();
        assert!(line.contains("listening"), "{line}");
        self.child = Some(child);
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The text of a policy: these witnesses at these addresses, so many of them the quorum.
pub(super) fn policy(log: &str, witnesses: &[(&Witness, String)], quorum: usize) -> String {
    let mut text = format!("log {log}\n");
    let mut names = Vec::new();
    for (witness, url) in witnesses {
        let name = witness.name();
        text += &format!("witness {name} {} {url}\n", witness.key);
        names.push(name);
    }
    text + &format!("group enough {quorum} {}\nquorum enough\n", names.join(" "))
}

/// Puts lines into the `[log]` table of the hub's configuration.
pub(in super::super) fn configure(sandbox: &Sandbox, lines: &str) -> io::Result<()> {
    let path = sandbox.hub_config();
    let text = fs::read_to_string(&path)?;
    let origin = format!("origin = \"{ORIGIN}\"\n");
    assert!(text.contains(&origin));
    fs::write(&path, text.replace(&origin, &format!("{origin}{lines}")))
}

/// Gives the hub this policy.
pub(super) fn give(sandbox: &Sandbox, policy: &str) -> io::Result<()> {
    fs::write(sandbox.root().join("hub/witness.policy"), policy)?;
    configure(sandbox, "policy = \"witness.policy\"\n")
}

/// A copy of a folder.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
