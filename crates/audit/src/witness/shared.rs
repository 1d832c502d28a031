//! What one question to a witness needs, and what its answer means for this log.
//!
//! Owns: when an answer is an alarm. Must not know: when witnesses are asked, how long they are left
//! alone.

use super::ask::{Seen, Submitted};
use super::evidence::{Alarm, Shown};
use super::keeper::root_at;
use super::trouble::Trouble;
use super::{Witness, WitnessTransport};
use crate::AuditError;
use crate::journal::Signed;
use crate::log::Log;
use crate::worker::Worker;
use seinhuis_merkle::{NoteSignature, TreeSize};
use seinhuis_store::{Store, TreeState};
use std::sync::{Arc, Mutex, PoisonError};

/// What every question needs.
pub(super) struct Shared<S> {
    pub(super) log: Arc<Log<S>>,
    pub(super) worker: Arc<Mutex<Worker>>,
    pub(super) transport: Arc<dyn WitnessTransport>,
}

/// How a question ended.
pub(super) enum Answer {
    /// It never saw more than there is here, and nothing else, up to this size.
    Seen(u64),
    /// Its cosignature, which verifies.
    Cosigned(NoteSignature),
    /// It has a newer checkpoint of this log, from others.
    Ahead,
    /// Nothing that counts.
    Trouble(Trouble),
    /// It saw what is not here.
    Alarm(Box<Alarm>),
}

impl<S: Store> Shared<S> {
    /// Asks before the first signature what the witness last saw.
    ///
    /// One that shows no checkpoints is asked to cosign the newest there is: its refusal tells how
    /// far it was.
    ///
    /// # Errors
    /// When this log's own files cannot be read.
    pub(super) async fn look(&self, witness: &Witness) -> Result<Answer, AuditError> {
        match self.last_seen(witness).await {
            Err(trouble) => Ok(Answer::Trouble(trouble)),
            Ok(Some(seen)) => match self.judge(witness, seen).await? {
                Answer::Seen(_) => self.still(witness).await,
                other => Ok(other),
            },
            Ok(None) => {
                let Some(own) = self.newest_kept().await? else {
                    return Ok(Answer::Seen(0));
                };
                let mut at = 0;
                Ok(match self.submit(witness, &own, &mut at).await? {
                    Ok(Submitted::Cosigned(_)) => Answer::Seen(own.checkpoint.size().get()),
                    Ok(Submitted::Above(size)) => alarm(witness, Shown::Said(size), Some(own)),
                    Err(trouble @ Trouble::UnknownLog) => {
                        let name = &witness.name;
                        tracing::warn!(witness = %name, "a witness never saw this log: {trouble}");
                        Answer::Seen(0)
                    }
                    Ok(Submitted::Ahead) => Answer::Trouble(Trouble::Inconsistent),
                    Err(trouble) => Answer::Trouble(trouble),
                })
            }
        }
    }

    /// What a witness shows may be an hour old (C2SP tlog-witness): that it saw no more by now, it says by
    /// cosigning the newest there is.
    async fn still(&self, witness: &Witness) -> Result<Answer, AuditError> {
        let Some(own) = self.newest_kept().await? else {
            return Ok(Answer::Seen(0));
        };
        let size = own.checkpoint.size().get();
        let mut at = size;
        Ok(match self.cosign(witness, &own, &mut at).await? {
            Answer::Cosigned(_) => Answer::Seen(size),
            Answer::Ahead => Answer::Trouble(Trouble::Inconsistent),
            other => other,
        })
    }

    /// Asks for a cosignature. `at` is where the witness is thought to be, and afterwards where it
    /// said it is.
    ///
    /// # Errors
    /// As [`Shared::look`].
    pub(super) async fn cosign(
        &self,
        witness: &Witness,
        signed: &Signed,
        at: &mut u64,
    ) -> Result<Answer, AuditError> {
        match self.submit(witness, signed, at).await? {
            Ok(Submitted::Cosigned(line)) => Ok(Answer::Cosigned(line)),
            Ok(Submitted::Ahead) => Ok(Answer::Ahead),
            Ok(Submitted::Above(size)) => self.examine(witness, Some(size)).await,
            Err(Trouble::ProofRefused) => self.examine(witness, None).await,
            Err(trouble) => Ok(Answer::Trouble(trouble)),
        }
    }

    /// Looks into a refusal that may come from another tree: for what the witness saw, with this
    /// log's signature. `said` is a size above the published one.
    async fn examine(&self, witness: &Witness, said: Option<u64>) -> Result<Answer, AuditError> {
        let nothing_shown = match said {
            Some(_) => Trouble::Inconsistent,
            None => Trouble::ProofRefused,
        };
        let seen = match self.last_seen(witness).await {
            Err(trouble) => return Ok(Answer::Trouble(trouble)),
            Ok(seen) => seen,
        };
        if let Some(seen) = seen {
            let judged = self.judge(witness, seen).await?;
            return Ok(match judged {
                Answer::Seen(_) => Answer::Trouble(nothing_shown),
                judged => judged,
            });
        }
        // It shows no checkpoints: its word is all there is.
        let own = self.newest_kept().await?;
        let published = own.as_ref().map_or(0, |own| own.checkpoint.size().get());
        Ok(match said {
            Some(size) if size > published => alarm(witness, Shown::Said(size), own),
            Some(_) => Answer::Ahead,
            None => Answer::Trouble(nothing_shown),
        })
    }

    /// Holds what a witness saw to what there is here. This log's signature is on it, so it needs
    /// no other to be an alarm; to be an answer it needs the witness's.
    async fn judge(&self, witness: &Witness, seen: Seen) -> Result<Answer, AuditError> {
        let theirs = seen.signed;
        let size = theirs.checkpoint.size();
        let own = self.newest_kept().await?;
        let published = own.as_ref().map_or(TreeState::EMPTY, |own| TreeState {
            size: own.checkpoint.size().get(),
            root: *own.checkpoint.root(),
        });
        if size.get() > published.size {
            return Ok(alarm(witness, Shown::Larger(theirs), own));
        }
        if self.root_at(published, size).await? != *theirs.checkpoint.root() {
            return Ok(alarm(witness, Shown::Other(theirs), own));
        }
        Ok(match seen.cosigned {
            Ok(()) => Answer::Seen(size.get()),
            Err(trouble) => Answer::Trouble(trouble),
        })
    }

    /// The newest checkpoint that is kept: asked of the one that signs, since one may be kept and not
    /// shown yet.
    pub(super) async fn newest_kept(&self) -> Result<Option<Signed>, AuditError> {
        let worker = Arc::clone(&self.worker);
        blocking(move || {
            let worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(worker.journal.newest().cloned())
        })
        .await
    }

    async fn root_at(
        &self,
        published: TreeState,
        size: TreeSize,
    ) -> Result<seinhuis_types::Digest, AuditError> {
        let root = Arc::clone(self.log.root());
        blocking(move || root_at(&root, published, size)).await
    }
}

fn alarm(witness: &Witness, shown: Shown, own: Option<Signed>) -> Answer {
    Answer::Alarm(Box::new(Alarm {
        witness: witness.clone(),
        shown,
        own,
    }))
}

/// Does file work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Result<T, AuditError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(AuditError::Panicked))
}
