//! What this witness cosigned last, for each log: one note a log, in a file that is replaced whole.
//!
//! Owns: that checking and keeping are one step, that nothing is answered before it is kept, and
//! that a file which does not prove itself is no beginning. Must not know: HTTP.

use super::judge::{Refusal, judge, log_of};
use crate::exit::Failure;
use crate::files;
use seinhuis_client::keep_evidence;
use seinhuis_merkle::{
    AddCheckpoint, Apart, Checkpoint, Cosigner, Exhibit, Jury, Note, NoteSignature, NoteVerifier,
    beginning_of,
};
use seinhuis_types::{Digest, hex};
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The logs followed, and what was cosigned of them last.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    cosigner: Cosigner,
    logs: Vec<NoteVerifier>,
    /// As many as `logs`.
    last: Vec<Option<Cosigned>>,
    /// Set when it is not known what the disk has.
    broken: bool,
    /// Held as long as this lives: two processes on one folder could cosign a fork.
    _lock: File,
}

#[derive(Debug, Clone)]
struct Cosigned {
    checkpoint: Checkpoint,
    note: Note,
}

impl State {
    /// Takes up what was cosigned. A folder in use, or a file that does not bear the signatures of
    /// log and witness, refuses the start.
    pub(super) fn open(
        folder: &Path,
        cosigner: Cosigner,
        logs: Vec<NoteVerifier>,
    ) -> Result<Self, Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| Failure::file(folder, &error))?;
        let place = folder.join("lock");
        let lock = File::create(&place).map_err(|error| Failure::file(&place, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::invalid(format!(
                    "`{}` is in use by another witness",
                    folder.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Failure::file(&place, &error)),
        }
        let last = logs
            .iter()
            .map(|log| last(folder, &cosigner, log))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            folder: folder.to_owned(),
            cosigner,
            logs,
            last,
            broken: false,
            _lock: lock,
        })
    }

    /// Cosigns the checkpoint asked for and keeps that, or refuses. The caller has this alone for as
    /// long as it takes, so that check and keeping are one.
    pub(super) fn add(
        &mut self,
        request: &AddCheckpoint,
        seconds: u64,
    ) -> Result<NoteSignature, Refusal> {
        if self.broken {
            return Err(Refusal::Storage);
        }
        let place = log_of(request, &self.logs)?;
        let (Some(log), Some(slot)) = (self.logs.get(place), self.last.get_mut(place)) else {
            return Err(Refusal::UnknownLog);
        };
        let before = slot.as_ref();
        let judged = judge(request, log, before.map(|last| &last.checkpoint));
        if let (Err(refusal), Some(before)) = (&judged, before)
            && let Some(exhibit) = fork(refusal, log, before, request)
        {
            // What is refused is refused, whether or not the evidence of it could be kept.
            let _ = keep_evidence(&self.folder, &exhibit);
        }
        let checkpoint = judged?;
        let line = self
            .cosigner
            .cosign(&checkpoint, seconds)
            .map_err(|_| Refusal::Storage)?;
        // The log's signature and none of strangers: they may have put anything there.
        let note = request.checkpoint().alone(log);
        let note = note.with(line.clone()).map_err(|_| Refusal::Storage)?;
        if files::write(&file(&self.folder, log), note.to_string().as_bytes()).is_err() {
            // The new file may or may not be there: only a fresh start can tell.
            self.broken = true;
            return Err(Refusal::Storage);
        }
        *slot = Some(Cosigned { checkpoint, note });
        Ok(line)
    }

    /// Whether it is no longer known what is kept.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The note cosigned last of the log with this hash of its name.
    pub(super) fn newest(&self, origin: &str) -> Option<String> {
        self.logs
            .iter()
            .zip(&self.last)
            .find(|(log, _)| hex(&log.name().hash().0) == origin)
            .and_then(|(_, last)| last.as_ref().map(|last| last.note.to_string()))
    }
}

/// The evidence that a refused request brings: two roots of one size, or a proof that shows another
/// beginning of the larger tree than was cosigned. A false proof alone is none: anyone can send that.
fn fork(
    refusal: &Refusal,
    log: &NoteVerifier,
    before: &Cosigned,
    request: &AddCheckpoint,
) -> Option<Exhibit> {
    let apart = match refusal {
        Refusal::Fork(_) => None,
        Refusal::NotProven(_) => {
            let asked = Checkpoint::open(request.checkpoint(), log).ok()?;
            let (old, new) = (before.checkpoint.size(), asked.size());
            let root = beginning_of(old, new, asked.root(), request.proof())?;
            let hashes = request.proof().to_vec();
            Some(Apart { root, hashes })
        }
        _ => return None,
    };
    let exhibit = Exhibit::fork(log, &before.note, request.checkpoint(), apart);
    let jury = Jury {
        log,
        // A fork is shown by the log's key alone.
        receipts: log,
        witnesses: &[],
    };
    jury.verify(&exhibit).is_ok().then_some(exhibit)
}

fn file(folder: &Path, log: &NoteVerifier) -> PathBuf {
    let Digest(hash) = log.name().hash();
    folder.join(format!("{}.checkpoint", hex(&hash)))
}

fn last(
    folder: &Path,
    cosigner: &Cosigner,
    log: &NoteVerifier,
) -> Result<Option<Cosigned>, Failure> {
    let path = file(folder, log);
    let Some(bytes) = files::read(&path)? else {
        return Ok(None);
    };
    let read = || {
        let note = Note::parse(&bytes)?;
        let checkpoint = Checkpoint::open(&note, log)?;
        cosigner.verifier().verify(&note)?;
        Ok::<_, seinhuis_merkle::MerkleError>(Cosigned { checkpoint, note })
    };
    read().map(Some).map_err(|error| {
        Failure::mended(
            format!(
                "`{}` is not what this witness kept: {error}",
                path.display()
            ),
            "do not remove it: learn from the hub's published checkpoint and other witnesses what \
             was cosigned, and begin anew under a new key",
        )
    })
}
