//! What the hub says of its log, held against what this partner has: its memory, its receipts, its
//! own copy.
//!
//! Owns: which crime it is when something does not fit, and that evidence is made while it can be.
//! Must not know: how a crime is told, what is done about it.
//!
//! A proof that the hub gives and that does not hold says nothing yet: anyone can send false hashes.
//! So the tiles are read. If they lead to the root that was signed, they show what that tree has; if
//! they do not come, only that the log does not show what it signed.

use crate::evidence::{Caught, keep_evidence};
use crate::tiles::{HubTiles, blocking};
use crate::{
    ClientError, Incident, LogFolder, LogKeys, Partner, SeenCheckpoint, VerifiedProof, status,
};
use seinhuis_merkle::{
    Apart, AuthenticatedTiles, Checkpoint, Exhibit, MerkleError, Note, PROMISE_MS, TileReader,
    verify_inclusion,
};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, ErrorCode, LeafIndex};
use std::path::Path;

impl Partner {
    /// The checkpoint the hub gives now, if the pinned key signed it for the pinned log.
    ///
    /// # Errors
    /// [`Incident::Crime`] when it is in this log's name and not signed, or another log's.
    pub(crate) async fn newest(&self) -> Result<SeenCheckpoint, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            async move { client.get_checkpoint(v1::GetCheckpointRequest {}).await }
        });
        let text = reply.await?.checkpoint;
        let incident = match SeenCheckpoint::open(&self.inner.log, &text) {
            Ok(seen) => return Ok(seen),
            Err(incident) => incident,
        };
        let Ok(served) = Note::parse(text.as_bytes()) else {
            return Err(incident.into());
        };
        let Ok(said) = Checkpoint::parse_text(served.text()) else {
            return Err(incident.into());
        };
        let seen = self.inner.clock.now();
        Err(self.caught(if said.origin() == self.inner.log.origin() {
            Exhibit::SwappedKey { seen, served }
        } else {
            Exhibit::ReplayedCheckpoint {
                seen,
                held: None,
                served,
            }
        }))
    }

    /// That `served` extends `held`. `own` is a copy of the log as far as `held`, where there is one.
    ///
    /// # Errors
    /// [`Incident::Crime`] when it does not, or is not shown to.
    pub(crate) async fn extends(
        &self,
        held: &SeenCheckpoint,
        served: &SeenCheckpoint,
        own: Option<&LogFolder>,
    ) -> Result<(), ClientError> {
        if !held.needs_proof(served) && held.extended_by(served, &[]).is_ok() {
            return Ok(());
        }
        let (old, new) = (held.checkpoint.size(), served.checkpoint.size());
        if old == new {
            return Err(self.fork(held, served, None));
        }
        if new < old {
            return self.shrunk(held, served, own).await;
        }
        let shown = self.consistency_proof(held, served).await?;
        if shown.is_some_and(|proof| held.extended_by(served, &proof).is_ok()) {
            return Ok(());
        }
        match beginning(self.tiles(), held.clone(), served.clone()).await {
            Ok(apart) if apart.root == *held.checkpoint.root() => Err(false_proof()),
            Ok(apart) => Err(self.fork(held, served, Some(apart))),
            Err(MerkleError::Fetch { source, .. }) => Err(unreachable(&source)),
            Err(_) => Err(self.caught(Exhibit::Unproven {
                seen: self.inner.clock.now(),
                held: self.alone(held)?,
                served: self.alone(served)?,
            })),
        }
    }

    /// What it is when the hub gives less than it gave before.
    async fn shrunk(
        &self,
        held: &SeenCheckpoint,
        served: &SeenCheckpoint,
        own: Option<&LogFolder>,
    ) -> Result<(), ClientError> {
        // Whether the smaller tree is the larger one's beginning shows in the larger one: in one's
        // own copy, or in what the hub still has.
        let (small, large) = (served.clone(), held.clone());
        if let Some(copy) = own
            && let Ok(apart) = beginning(copy.clone(), small.clone(), large.clone()).await
            && apart.root != *served.checkpoint.root()
        {
            return Err(self.fork(served, held, Some(apart)));
        }
        let seen = self.inner.clock.now();
        let (one, other) = (self.alone(held)?, self.alone(served)?);
        match beginning(self.tiles(), small, large).await {
            Ok(apart) if apart.root != *served.checkpoint.root() => {
                Err(self.fork(served, held, Some(apart)))
            }
            Ok(_) => Err(self.caught(Exhibit::ReplayedCheckpoint {
                seen,
                held: Some(one),
                served: other,
            })),
            Err(MerkleError::Fetch { source, .. }) => Err(unreachable(&source)),
            Err(_) => Err(self.caught(Exhibit::Rollback {
                seen,
                held: one,
                served: other,
            })),
        }
    }

    /// The inclusion proof of a leaf under a checkpoint. `receipt` is the promise of it, where there
    /// is one.
    ///
    /// # Errors
    /// [`Incident::Crime`] when the log has another leaf there, or does not show that it has this.
    pub(crate) async fn included(
        &self,
        index: LeafIndex,
        leaf: &Digest,
        under: &SeenCheckpoint,
        receipt: Option<&Note>,
    ) -> Result<Vec<Digest>, ClientError> {
        let (size, root) = (under.checkpoint.size(), under.checkpoint.root());
        let request = v1::GetInclusionProofRequest {
            index: index.0,
            tree_size: size.get(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            async move { client.get_inclusion_proof(request).await }
        });
        let shown = shown(reply.await.map(|reply| reply.hashes))?;
        let finding = match shown {
            Some(proof) => match verify_inclusion(leaf, index, size, &proof, root) {
                Ok(()) => return Ok(proof),
                Err(error) => error,
            },
            None => MerkleError::ProofMismatch,
        };
        let there = {
            let (reader, under) = (self.tiles(), under.clone());
            blocking(move || {
                Ok(open(reader, &under).and_then(|mut tiles| {
                    let there = tiles.leaf(index)?;
                    Ok((there, tiles.inclusion_proof(index)?))
                }))
            })
            .await?
        };
        match (there, receipt) {
            (Ok((there, _)), _) if there == *leaf => Err(false_proof()),
            (Ok((there, hashes)), Some(receipt)) => {
                let note = note(under)?;
                let jury = self.inner.log.jury(&[]);
                Err(self.caught(Exhibit::omission(&jury, receipt, &note, there, hashes)))
            }
            (Err(MerkleError::Fetch { source, .. }), _) => Err(unreachable(&source)),
            (Err(_), Some(receipt)) => Err(self.caught(Exhibit::Unproven {
                seen: self.inner.clock.now(),
                held: receipt.alone(self.inner.log.receipts()),
                served: self.alone(under)?,
            })),
            (_, None) => Err(Incident::log("", &under.note, &finding).into()),
        }
    }

    /// That the log reaches beyond an entry one has a receipt of, or that its term has not passed:
    /// a minute after the commit. It is reckoned by this partner's clock, so what comes of it is
    /// testimony unless witnesses cosigned the checkpoint since.
    ///
    /// # Errors
    /// [`Incident::Crime`], a dropped tail.
    pub fn holds_to(
        &self,
        proof: &VerifiedProof,
        under: &SeenCheckpoint,
    ) -> Result<(), ClientError> {
        let now = self.inner.clock.now();
        let reached = proof.index().0 < under.checkpoint.size().get();
        if reached || now <= proof.committed().plus(PROMISE_MS) {
            return Ok(());
        }
        let receipt = receipt_of(proof)?;
        Err(self.caught(Exhibit::DroppedTail {
            seen: now,
            receipt: receipt.alone(self.inner.log.receipts()),
            checkpoint: note(under)?,
        }))
    }

    fn fork(
        &self,
        one: &SeenCheckpoint,
        other: &SeenCheckpoint,
        apart: Option<Apart>,
    ) -> ClientError {
        match (note(one), note(other)) {
            (Ok(one), Ok(other)) => {
                self.caught(Exhibit::fork(self.inner.log.key(), &one, &other, apart))
            }
            (Err(error), _) | (_, Err(error)) => error,
        }
    }

    /// Verifies the evidence and keeps it; only then is anything said.
    fn caught(&self, exhibit: Exhibit) -> ClientError {
        match self.inner.log.jury(&[]).verify(&exhibit) {
            Ok(finding) => {
                let file = keep_evidence(&self.inner.state, &exhibit).ok();
                Incident::Crime(Box::new(Caught {
                    weight: finding.weight(),
                    exhibit,
                    file,
                }))
                .into()
            }
            // The notes were checked already, so this says that this program is wrong.
            Err(error) => ClientError::invalid(error),
        }
    }

    /// The proof the hub gives that `served` extends `held`; nothing if it gives none.
    async fn consistency_proof(
        &self,
        held: &SeenCheckpoint,
        served: &SeenCheckpoint,
    ) -> Result<Option<Vec<Digest>>, ClientError> {
        let request = v1::GetConsistencyProofRequest {
            from_size: held.checkpoint.size().get(),
            to_size: served.checkpoint.size().get(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            async move { client.get_consistency_proof(request).await }
        });
        shown(reply.await.map(|reply| reply.hashes))
    }

    fn alone(&self, seen: &SeenCheckpoint) -> Result<Note, ClientError> {
        Ok(note(seen)?.alone(self.inner.log.key()))
    }

    /// The hub's tiles; to be read where blocking is allowed. Nothing they give is proven.
    pub(crate) fn tiles(&self) -> HubTiles {
        HubTiles::of(self)
    }
}

/// The crime in two receipts of one index, if they promise it to two leaves: the log was put back, and
/// gave away again what it had given. The evidence is kept in the state folder.
pub fn twice_promised(
    keys: &LogKeys,
    state: &Path,
    one: &VerifiedProof,
    other: &VerifiedProof,
) -> Option<Caught> {
    if one.index() != other.index() || one.leaf().to_bytes() == other.leaf().to_bytes() {
        return None;
    }
    let (one, other) = (receipt_of(one).ok()?, receipt_of(other).ok()?);
    let exhibit = Exhibit::two_promises(keys.receipts(), &one, &other);
    let weight = keys.jury(&[]).verify(&exhibit).ok()?.weight();
    Some(Caught {
        file: keep_evidence(state, &exhibit).ok(),
        exhibit,
        weight,
    })
}

/// The receipt that a verified proof came with.
pub(crate) fn receipt_of(proof: &VerifiedProof) -> Result<Note, ClientError> {
    Note::parse(proof.message().receipt.as_bytes()).map_err(ClientError::invalid)
}

fn note(seen: &SeenCheckpoint) -> Result<Note, ClientError> {
    Note::parse(seen.note.as_bytes()).map_err(ClientError::invalid)
}

/// The hashes of a proof, or nothing where the hub says that it has none or gives what is no hash.
fn shown(reply: Result<Vec<Vec<u8>>, ClientError>) -> Result<Option<Vec<Digest>>, ClientError> {
    let none = |code| {
        matches!(
            code,
            ErrorCode::EntryNotFound | ErrorCode::MessageInvalid | ErrorCode::Internal
        )
    };
    match reply {
        Ok(hashes) => {
            let hashes = hashes.iter().map(|hash| Digest::from_slice(hash));
            Ok(hashes.collect::<Result<_, _>>().ok())
        }
        Err(ClientError::Rejected { code, .. }) if none(code) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the larger tree has at the size of the smaller, with the proof of it: from its tiles, which
/// must lead to the root that was signed.
async fn beginning(
    reader: impl TileReader + Send + 'static,
    small: SeenCheckpoint,
    large: SeenCheckpoint,
) -> Result<Apart, MerkleError> {
    let size = small.checkpoint.size();
    let read = blocking(move || {
        Ok(open(reader, &large).and_then(|mut tiles| {
            let root = tiles.root_at(size)?;
            let hashes = tiles.consistency_proof(size)?;
            Ok(Apart { root, hashes })
        }))
    });
    read.await
        .map_err(|_| MerkleError::NoCrime("the tiles could not be walked"))?
}

fn open<R: TileReader>(
    reader: R,
    under: &SeenCheckpoint,
) -> Result<AuthenticatedTiles<R>, MerkleError> {
    AuthenticatedTiles::open(reader, under.checkpoint.size(), under.checkpoint.root())
}

fn false_proof() -> ClientError {
    Incident::Proof("the hub's proof does not hold, although its tiles do").into()
}

fn unreachable(source: &impl std::fmt::Display) -> ClientError {
    ClientError::Unreachable {
        peer: "hub",
        detail: source.to_string(),
    }
}
