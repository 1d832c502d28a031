//! A hub that shows the log a test wants it to show, over real mutual TLS: honest, or not.
//!
//! Owns: the service and what it answers. Must not know: what a partner makes of it.

mod serve;

use super::config::{Config, ORIGIN, log_signer, partner};
use super::copy::leaf;
use super::{code, run, shown, told};
use seinhuis_merkle::{
    Checkpoint, KeyName, NoteSigner, TileKind, TilePath, TreeSize, consistency_proof,
    encode_bundle, inclusion_proof, leaf_hash, root_of,
};
use seinhuis_types::{Digest, LeafIndex};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};

/// The entries of a log.
#[derive(Clone)]
pub(crate) struct Log(Arc<Vec<Vec<u8>>>);

impl Log {
    /// The true log, so far.
    pub(crate) fn honest(entries: u64) -> Self {
        Self::other(entries, u64::MAX)
    }

    /// One whose entries are others from `from` on.
    pub(crate) fn other(entries: u64, from: u64) -> Self {
        let seed = |index| {
            if index < from {
                index
            } else {
                index + 1_000_000
            }
        };
        let bytes = |index| leaf(seed(index), &[]).0.to_bytes().to_vec();
        Self(Arc::new((0..entries).map(bytes).collect()))
    }

    /// Its first entries.
    pub(crate) fn first(&self, entries: usize) -> Self {
        Self(Arc::new(self.0[..entries].to_vec()))
    }

    pub(crate) fn hashes(&self) -> Vec<Digest> {
        self.0.iter().map(|entry| leaf_hash(entry)).collect()
    }

    /// Its checkpoint under this key.
    pub(crate) fn signed(&self, key: &NoteSigner) -> String {
        let hashes = self.hashes();
        let size = TreeSize::new(u64::try_from(hashes.len()).unwrap()).unwrap();
        let origin = key.verifier().name().clone();
        let checkpoint = Checkpoint::new(origin, size, root_of(&hashes)).unwrap();
        checkpoint.sign(key).unwrap().to_string()
    }

    fn tile(&self, path: TilePath) -> Option<Vec<u8>> {
        let size = TreeSize::new(u64::try_from(self.0.len()).unwrap()).unwrap();
        if !path.is_within(size) {
            return None;
        }
        let start = usize::try_from(path.index()).unwrap() * 256;
        let width = usize::from(path.width());
        Some(match path.kind() {
            TileKind::Entries => encode_bundle(&self.0[start..start + width]).unwrap(),
            TileKind::Hashes(level) => {
                let span = 256_usize.pow(level.into());
                let hashes = self.hashes();
                let roots = (start..start + width)
                    .map(|place| root_of(&hashes[place * span..(place + 1) * span]));
                roots.flat_map(|root| root.0).collect()
            }
        })
    }
}

/// What the hub says.
pub(crate) struct Says {
    /// What it gives as its newest checkpoint.
    pub(crate) checkpoint: String,
    /// What tiles and proofs are of.
    pub(crate) log: Log,
    /// Whether it says of every tile and proof that there is none.
    pub(crate) mute: bool,
    /// Whether its proofs are of nothing.
    pub(crate) false_proofs: bool,
    /// After how many tiles it says nothing more.
    pub(crate) stalls_after: Option<usize>,
    tiles: usize,
}

/// A hub and a partner that is configured for it.
pub(crate) struct Hub {
    pub(crate) config: Config,
    says: Arc<Mutex<Says>>,
    stalled: mpsc::Receiver<()>,
    // Dropping it ends the service.
    _serving: serve::Serving,
}

impl Hub {
    /// A hub that shows this log, honestly.
    pub(crate) fn of(log: &Log) -> Self {
        let says = Arc::new(Mutex::new(Says {
            checkpoint: log.signed(&log_signer()),
            log: log.clone(),
            mute: false,
            false_proofs: false,
            stalls_after: None,
            tiles: 0,
        }));
        let (told, stalled) = mpsc::channel();
        let (tcp, port) = serve::listen();
        let config = partner(port);
        let serving = serve::start(tcp, &config, Arc::clone(&says), told);
        Self {
            config,
            says,
            stalled,
            _serving: serving,
        }
    }

    /// Shows this log from now on, with its own checkpoint.
    pub(crate) fn show(&self, log: &Log) {
        self.lie(|says| {
            says.checkpoint = log.signed(&log_signer());
            says.log = log.clone();
        });
    }

    /// Changes what is said.
    pub(crate) fn lie(&self, lie: impl FnOnce(&mut Says)) {
        let mut says = self.says.lock().unwrap();
        says.tiles = 0;
        lie(&mut says);
    }

    /// Whether a tile was asked for that does not come.
    pub(crate) fn has_stalled(&self) -> bool {
        self.stalled.try_recv().is_ok()
    }

    /// How many tiles were asked for since the last change.
    pub(crate) fn tiles(&self) -> usize {
        self.says.lock().unwrap().tiles
    }

    /// Runs a verb of the partner's.
    pub(crate) fn run(&self, verb: &[&str]) -> Output {
        run(&[&["--config", self.config.path(), "--json"], verb].concat())
    }

    /// Starts one, in a process that the test ends.
    pub(crate) fn start(&self, verb: &[&str]) -> std::process::Child {
        Command::new(env!("CARGO_BIN_EXE_seinpaal"))
            .args(["--config", self.config.path(), "--json"])
            .args(verb)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// A path in the partner's state.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.config.folder.path().join("state").join(name)
    }

    /// The folder of the mirror.
    pub(crate) fn mirror(&self) -> String {
        self.config
            .folder
            .path()
            .join("mirror")
            .display()
            .to_string()
    }

    /// The one evidence file there is; it is checked by the tool others have, offline.
    pub(crate) fn evidence(&self) -> (PathBuf, serde_json::Value) {
        let files = std::fs::read_dir(self.state("evidence")).unwrap();
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        let [file] = files.as_slice() else {
            panic!("{files:?}")
        };
        let output = self.run(&["audit", "evidence", &file.display().to_string()]);
        assert_eq!(code(&output), 0, "{}", told(&output));
        let document = serde_json::from_str(&shown(&output)).unwrap();
        (file.clone(), document)
    }

    /// Whether there is none.
    pub(crate) fn is_without_evidence(&self) -> bool {
        !self.state("evidence").exists()
    }
}

/// Another log's key.
pub(crate) fn foreign_signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse("other.example/log").unwrap(), &[1; 32]).unwrap()
}

/// Another key in this log's name.
pub(crate) fn swapped_signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[9; 32]).unwrap()
}

/// The proofs of a log, or of nothing.
fn inclusion(says: &Says, index: u64, size: u64) -> Option<Vec<Digest>> {
    let size = usize::try_from(size).unwrap();
    let mut hashes = says.log.hashes();
    if size > hashes.len() {
        return None;
    }
    hashes.truncate(size);
    let mut proof = inclusion_proof(&hashes, LeafIndex(index)).ok()?;
    spoil(says, &mut proof);
    Some(proof)
}

fn consistency(says: &Says, from: u64, to: u64) -> Option<Vec<Digest>> {
    let to = usize::try_from(to).unwrap();
    let mut hashes = says.log.hashes();
    if to > hashes.len() {
        return None;
    }
    hashes.truncate(to);
    let mut proof = consistency_proof(&hashes, TreeSize::new(from).unwrap()).ok()?;
    spoil(says, &mut proof);
    Some(proof)
}

fn spoil(says: &Says, proof: &mut [Digest]) {
    if says.false_proofs {
        proof.fill(Digest([7; 32]));
    }
}
