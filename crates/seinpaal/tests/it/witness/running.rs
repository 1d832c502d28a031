//! A witness in a process of its own, what is said to it, and the logs it is shown.

use crate::config::{Config, log_signer, offline};
use crate::{code, run, shown, told};
use seinhuis_merkle::{
    AddCheckpoint, Checkpoint, CosignatureVerifier, KeyName, NoteSigner, TreeSize,
    consistency_proof, leaf_hash, root_of,
};
use seinhuis_types::{Digest, hex};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

pub(super) struct Witness {
    config: Config,
    key: String,
    child: Child,
    address: SocketAddr,
    pub(super) vkey: CosignatureVerifier,
}

impl Witness {
    pub(super) fn start() -> Self {
        let config = offline();
        let (key, vkey) = key(config.folder.path());
        let (child, address) = started(&config, &key);
        let vkey = CosignatureVerifier::parse(&vkey).unwrap();
        Self {
            config,
            key,
            child,
            address,
            vkey,
        }
    }

    pub(super) fn state(&self) -> PathBuf {
        state(&self.config)
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn start_again(&mut self) {
        (self.child, self.address) = started(&self.config, &self.key);
    }

    pub(super) fn kill_and_start(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Another one on the same state, which is to end by itself.
    pub(super) fn fails(&self) -> Output {
        ended(command(&self.config, &self.key, "127.0.0.1:0"))
    }

    pub(super) fn interrupt(&mut self) -> Option<i32> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        // Four times what the witness grants: it never answers if it has not by then.
        let never = Some(Duration::from_secs(20));
        stream.set_read_timeout(never).unwrap();
        stream
    }

    pub(super) fn add(&self, request: &AddCheckpoint) -> Answer {
        self.post(request.to_string().as_bytes())
    }

    pub(super) fn post(&self, body: &[u8]) -> Answer {
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(&[head.as_bytes(), body].concat())
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n");
        self.exchange(head.as_bytes())
    }

    pub(super) fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that has heard enough may answer and close before it has read all.
        let _ = stream.write_all(request);
        Answer::read(BufReader::new(stream))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn read(mut from: impl BufRead) -> Self {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            from.read_line(&mut line).unwrap();
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines[1..]
            .iter()
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self {
            status,
            headers,
            body: String::new(),
        };
        let length = answer.header("content-length").parse().unwrap();
        from.take(length).read_to_string(&mut answer.body).unwrap();
        answer
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        &found.unwrap().1
    }
}

/// Makes a key; gives its file and its public half.
pub(super) fn key(folder: &Path) -> (String, String) {
    let file = folder.join("witness.key").display().to_string();
    let name = "witness.police.example/w1";
    let output = run(&["--json", "witness", "keygen", "--name", name, &file]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    (file, document["vkey"].as_str().unwrap().to_owned())
}

fn state(config: &Config) -> PathBuf {
    config.folder.path().join("witness")
}

/// A witness that would listen at `address`.
pub(super) fn command(config: &Config, key: &str, address: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seinpaal"));
    command
        .args(["--config", config.path(), "--json", "witness"])
        .args(["--listen", address, "--key", key, "--state"])
        .arg(state(config))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// What a witness that must not start says; one that does is stopped.
pub(super) fn ended(mut command: Command) -> Output {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut shown = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut shown).unwrap();
    if !shown.is_empty() {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("it started: {shown}");
    }
    child.wait_with_output().unwrap()
}

/// It says where it listens once it does.
fn started(config: &Config, key: &str) -> (Child, SocketAddr) {
    listening(command(config, key, "127.0.0.1:0"))
}

/// A witness once it listens, and where.
pub(super) fn listening(mut command: Command) -> (Child, SocketAddr) {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut shown = BufReader::new(child.stdout.take().unwrap());
    shown.read_line(&mut line).unwrap();
    let document: Value = serde_json::from_str(&line).unwrap();
    (
        child,
        document["listening"].as_str().unwrap().parse().unwrap(),
    )
}

pub(super) fn size(leaves: u64) -> TreeSize {
    TreeSize::new(leaves).unwrap()
}

pub(super) fn hash_of(origin: &KeyName) -> String {
    hex(&origin.hash().0)
}

/// What an honest log asks.
pub(super) fn request(old: u64, new: u64) -> AddCheckpoint {
    request_of(&log_signer(), old, new)
}

/// The same, by another key.
pub(super) fn request_of(log: &NoteSigner, old: u64, new: u64) -> AddCheckpoint {
    asked(log, &leaves(new, u64::MAX), old)
}

/// A log whose entries are others from `from` on, with a proof of its own.
pub(super) fn forked(old: u64, new: u64, from: u64) -> AddCheckpoint {
    asked(&log_signer(), &leaves(new, from), old)
}

fn leaves(count: u64, other_from: u64) -> Vec<Digest> {
    let leaf = |index| leaf_hash(format!("{index} {}", index >= other_from).as_bytes());
    (0..count).map(leaf).collect()
}

fn asked(log: &NoteSigner, leaves: &[Digest], old: u64) -> AddCheckpoint {
    let origin = log.verifier().name().clone();
    let new = size(u64::try_from(leaves.len()).unwrap());
    let checkpoint = Checkpoint::new(origin, new, root_of(leaves)).unwrap();
    let proof = consistency_proof(leaves, size(old)).unwrap_or_default();
    AddCheckpoint::new(size(old), proof, checkpoint.sign(log).unwrap()).unwrap()
}
