//! What a caller gets to prove later what happened.
//!
//! Owns: receipts and the proof in a reply, made at commit and made again for a repeated call.
//! Must not know: the acts.

use crate::parts::{self, Prepared};
use crate::timing::stage;
use crate::{Hub, HubError};
use ring::digest::{SHA256, digest};
use seinhuis_domain::entry::Leaf;
use seinhuis_merkle::{Receipt, leaf_hash};
use seinhuis_proto::v1;
use seinhuis_store::{Entry, Snapshot, Store};
use seinhuis_types::{Digest, LeafIndex, Millis, Oin};

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Digest(out)
}

impl Prepared {
    /// The entry to commit.
    pub(crate) fn entry(&self) -> Entry {
        Entry::new(self.leaf.to_bytes(), self.sealed.clone())
    }
}

impl<S: Store> Hub<S> {
    /// The proof of a fresh entry, for `oin`.
    pub(crate) fn proof(
        &self,
        prepared: &Prepared,
        index: LeafIndex,
        decision: &[u8],
        at: Millis,
        oin: &Oin,
    ) -> Result<v1::Proof, HubError> {
        let _proving = stage!("receipt").entered();
        self.proof_of(
            &prepared.leaf.to_bytes(),
            index,
            decision,
            at,
            prepared.open_for(oin),
        )
    }

    /// The proof of a stored entry, made again.
    pub(crate) fn proof_again(
        &self,
        snapshot: &impl Snapshot,
        index: LeafIndex,
        decision: &[u8],
        at: Millis,
        oin: &Oin,
    ) -> Result<v1::Proof, HubError> {
        let (leaf, open) = self.stored_entry(snapshot, index, oin)?;
        self.proof_of(&leaf, index, decision, at, open)
    }

    /// A stored leaf, and those of its parts that `oin` may read. Erased parts are left out.
    pub(crate) fn stored_entry(
        &self,
        snapshot: &impl Snapshot,
        index: LeafIndex,
        oin: &Oin,
    ) -> Result<(Vec<u8>, Vec<v1::OpenPart>), HubError> {
        let bytes = self
            .parts
            .log
            .leaf(index)
            .map_err(|e| HubError::from_log(&e))?;
        let leaf =
            Leaf::parse(&bytes).map_err(|_| HubError::Internal("a stored leaf is broken"))?;
        let open = match snapshot.parts(index)?.value {
            Some(sealed) => {
                parts::open_for(oin, &sealed, leaf.commitments(), &self.parts.wrapping)?
            }
            None => Vec::new(),
        };
        Ok((bytes, open))
    }

    fn proof_of(
        &self,
        leaf: &[u8],
        index: LeafIndex,
        decision: &[u8],
        at: Millis,
        parts: Vec<v1::OpenPart>,
    ) -> Result<v1::Proof, HubError> {
        let receipt = Receipt {
            origin: self.parts.origin.clone(),
            index,
            leaf_hash: leaf_hash(leaf),
            decision_digest: sha256(decision),
            commit_ms: at,
        };
        Ok(v1::Proof {
            leaf: leaf.to_vec(),
            index: index.0,
            receipt: receipt
                .sign(&self.parts.receipts)
                .map_err(|_| HubError::Internal("a receipt could not be signed"))?
                .to_string(),
            parts,
            tlog_proof: String::new(),
        })
    }

    /// Waits until the entries of a reply are under a checkpoint and puts the tlog-proof in.
    ///
    /// # Errors
    /// `UNAVAILABLE` when that takes longer than the log may lag. The act stands; ask again with
    /// the same idempotency key.
    pub async fn with_publication(&self, proof: &mut v1::Proof) -> Result<(), HubError> {
        proof.tlog_proof = self
            .parts
            .log
            .wait_published(LeafIndex(proof.index))
            .await
            .map_err(|e| HubError::from_log(&e))?;
        Ok(())
    }
}
