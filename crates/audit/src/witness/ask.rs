//! The two questions of C2SP tlog-witness, and the form of their answers.
//!
//! Owns: what is sent, how long is waited, what an answer must look like to be one. Must not know:
//! what an answer means for this log.

use super::Witness;
use super::shared::{Shared, blocking};
use super::transport::{MAX_ANSWER_BYTES, Reply};
use super::trouble::Trouble;
use crate::AuditError;
use crate::journal::Signed;
use seinhuis_merkle::{AddCheckpoint, MerkleError, Note, NoteSignature, TreeSize};
use seinhuis_store::Store;
use seinhuis_types::{Digest, hex};
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take, its last byte included.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often one checkpoint is offered when the witness says each time that it is elsewhere.
const OFFERS: usize = 3;
/// How far a witness's clock may be from this one, in seconds.
const CLOCKS: u64 = 300;

/// What a witness says it saw last: signed by this log.
pub(super) struct Seen {
    pub(super) signed: Signed,
    /// Whether the witness's own signature is on it, as it must be.
    pub(super) cosigned: Result<(), Trouble>,
}

/// How an offer ended.
pub(super) enum Submitted {
    Cosigned(NoteSignature),
    /// The witness has a newer checkpoint than the one offered, but none above the newest.
    Ahead,
    /// It says it has one above the newest.
    Above(u64),
}

impl<S: Store> Shared<S> {
    /// The checkpoint that the witness saw last; `None` if it has none, or shows none.
    pub(super) async fn last_seen(&self, witness: &Witness) -> Result<Option<Seen>, Trouble> {
        let log = self.log.verifier();
        let Digest(origin) = log.name().hash();
        let url = format!("{}/{}/checkpoint", witness.url, hex(&origin));
        let reply = self.call(&url, None).await?;
        match reply.status {
            200 => {}
            404 => return Ok(None),
            status => return Err(Trouble::Status(status)),
        }
        let signed = Signed::open(&reply.body, log).map_err(|error| unsigned(&error))?;
        let cosigned = witness.key.verify(&signed.note);
        let cosigned = cosigned.map(drop).map_err(|error| unsigned(&error));
        Ok(Some(Seen { signed, cosigned }))
    }

    /// Offers a checkpoint for a cosignature, from where the witness says it is.
    ///
    /// # Errors
    /// When this log's own files cannot be read.
    pub(super) async fn submit(
        &self,
        witness: &Witness,
        signed: &Signed,
        at: &mut u64,
    ) -> Result<Result<Submitted, Trouble>, AuditError> {
        let size = signed.checkpoint.size().get();
        let url = format!("{}/add-checkpoint", witness.url);
        for _ in 0..OFFERS {
            if *at > size {
                return Ok(Ok(Submitted::Ahead));
            }
            let (old, proof) = self.proof(*at, signed).await?;
            let request = AddCheckpoint::new(old, proof, signed.note.clone())?;
            let reply = match self.call(&url, Some(request.to_string())).await {
                Ok(reply) => reply,
                Err(trouble) => return Ok(Err(trouble)),
            };
            let answer = match reply.status {
                200 => {
                    let line = self.cosignature(witness, signed, &reply.body);
                    if line.is_ok() {
                        *at = size;
                    }
                    line.map(Submitted::Cosigned)
                }
                409 => match said_size(&reply.body) {
                    None => Err(Trouble::BadAnswer("the size it is at".to_owned())),
                    Some(theirs) if theirs > self.log.newest_size() => Ok(Submitted::Above(theirs)),
                    Some(theirs) if theirs == *at => Err(Trouble::Inconsistent),
                    Some(theirs) => {
                        *at = theirs;
                        continue;
                    }
                },
                400 => Err(Trouble::Malformed),
                403 => Err(Trouble::KeyRefused),
                404 => Err(Trouble::UnknownLog),
                422 => Err(Trouble::ProofRefused),
                status => Err(Trouble::Status(status)),
            };
            return Ok(answer);
        }
        Ok(Err(Trouble::Inconsistent))
    }

    /// The consistency proof from `at` to the checkpoint; none from 0.
    async fn proof(&self, at: u64, signed: &Signed) -> Result<(TreeSize, Vec<Digest>), AuditError> {
        let (old, size) = (TreeSize::new(at)?, signed.checkpoint.size());
        if old == TreeSize::EMPTY || old == size {
            return Ok((old, Vec::new()));
        }
        let log = Arc::clone(&self.log);
        let proof = blocking(move || log.consistency(old, Some(size))).await?;
        Ok((old, proof.1))
    }

    /// The witness's own line of those it answered with, if it is one: of this checkpoint, and of
    /// now. What else it sent is of no concern.
    fn cosignature(
        &self,
        witness: &Witness,
        signed: &Signed,
        body: &[u8],
    ) -> Result<NoteSignature, Trouble> {
        let key = &witness.key;
        let note = format!("{}\n{}", signed.note.text(), String::from_utf8_lossy(body));
        let answered = Note::parse(note.as_bytes()).map_err(|error| unsigned(&error))?;
        let mut lines = answered.signatures().iter();
        let line = lines
            .find(|line| line.name == *key.name() && line.key_id == key.key_id())
            .ok_or_else(|| unsigned(&MerkleError::Unsigned))?;
        let note = signed.note.clone().with(line.clone());
        let seconds = note
            .and_then(|note| key.verify(&note))
            .map_err(|error| unsigned(&error))?;
        if seconds.abs_diff(self.log.store.now().seconds()) > CLOCKS {
            return Err(Trouble::BadTime(seconds));
        }
        Ok(line.clone())
    }

    async fn call(&self, url: &str, body: Option<String>) -> Result<Reply, Trouble> {
        let call = self.transport.call(url, body, MAX_ANSWER_BYTES);
        match tokio::time::timeout(PATIENCE, call).await {
            Err(_) => Err(Trouble::TimedOut),
            Ok(Err(error)) => Err(Trouble::Unreachable(error.to_string())),
            Ok(Ok(reply)) => Ok(reply),
        }
    }
}

fn unsigned(error: &MerkleError) -> Trouble {
    match error {
        MerkleError::BadSignature(_) => Trouble::BadSignature,
        error => Trouble::BadAnswer(error.to_string()),
    }
}

/// The size in a body of 409: decimal digits and a newline.
fn said_size(body: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(body).ok()?.strip_suffix('\n')?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let size = digits.parse().ok().filter(|_| plain)?;
    TreeSize::new(size).ok().map(TreeSize::get)
}
