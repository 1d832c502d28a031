//! What a reply proves: its receipt, its leaf, its parts, and where it waited its tlog-proof.
//!
//! Owns: the partner's pinned keys of the log, and every check of a `Proof` under them. Must not
//! know: what was asked; callers hold the parts against that.

use crate::{ClientError, Incident, LogConfig};
use prost::Message;
use ring::digest::{SHA256, digest};
use seinhuis_domain::entry::{Leaf, Opening, Part, Slip};
use seinhuis_merkle::{
    Checkpoint, Jury, KeyName, Note, NoteVerifier, PolicyWitness, Receipt, TlogProof, leaf_hash,
};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, LeafIndex, Millis};
use std::collections::BTreeMap;
use std::fmt;

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let mut out = Digest([0; 32]);
    for (to, from) in out.0.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    out
}

/// The log's name and public keys, pinned by the partner.
#[derive(Debug, Clone)]
pub struct LogKeys {
    origin: KeyName,
    log: NoteVerifier,
    receipts: NoteVerifier,
}

impl LogKeys {
    /// Reads the pinned configuration. The log key is named as the log, the receipt key
    /// `<origin>/receipt`.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn new(config: &LogConfig) -> Result<Self, ClientError> {
        let origin = KeyName::parse(&config.origin).map_err(ClientError::invalid)?;
        let log = NoteVerifier::parse(&config.vkey).map_err(ClientError::invalid)?;
        let receipts = NoteVerifier::parse(&config.receipt_vkey).map_err(ClientError::invalid)?;
        let wanted = Receipt::key_name(&origin).map_err(ClientError::invalid)?;
        if *log.name() != origin || *receipts.name() != wanted {
            return Err(ClientError::Invalid(format!(
                "log: the keys are named `{origin}` and `{wanted}`, as the log they speak for"
            )));
        }
        Ok(Self {
            origin,
            log,
            receipts,
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The key of its checkpoints.
    pub fn key(&self) -> &NoteVerifier {
        &self.log
    }

    /// The key of its receipts.
    pub fn receipts(&self) -> &NoteVerifier {
        &self.receipts
    }

    /// These keys as what evidence is judged by, with the witnesses whose times are believed.
    pub fn jury<'k>(&'k self, witnesses: &'k [PolicyWitness]) -> Jury<'k> {
        Jury {
            log: &self.log,
            receipts: &self.receipts,
            witnesses,
        }
    }

    /// The checkpoint in a signed note, if the pinned key signed it for the pinned log.
    ///
    /// # Errors
    /// [`Incident::Proof`].
    pub fn checkpoint(&self, note: &str) -> Result<(Note, Checkpoint), Incident> {
        let note = Note::parse(note.as_bytes())
            .map_err(|_| Incident::Proof("the checkpoint is not a signed note"))?;
        let checkpoint = Checkpoint::open(&note, &self.log)
            .map_err(|_| Incident::Proof("the checkpoint is not signed by the pinned key"))?;
        if *checkpoint.origin() != self.origin {
            return Err(Incident::Proof("the checkpoint is of another log"));
        }
        Ok((note, checkpoint))
    }

    /// Checks a proof that came with `decision` (its bytes; empty where nothing was decided).
    ///
    /// # Errors
    /// [`Incident::Proof`], naming what does not hold.
    pub fn verify(&self, proof: v1::Proof, decision: &[u8]) -> Result<VerifiedProof, Incident> {
        let fails = |what| Err(Incident::Proof(what));
        let note = Note::parse(proof.receipt.as_bytes())
            .map_err(|_| Incident::Proof("the receipt is not a signed note"))?;
        let receipt = Receipt::open(&note, &self.receipts)
            .map_err(|_| Incident::Proof("the receipt is not signed by the pinned key"))?;
        let hash = leaf_hash(&proof.leaf);
        if receipt.index.0 != proof.index {
            return fails("the receipt is for another index");
        }
        if receipt.leaf_hash != hash {
            return fails("the receipt is for another leaf");
        }
        if receipt.decision_digest != sha256(decision) {
            return fails("the receipt is for another decision");
        }
        let leaf =
            Leaf::parse(&proof.leaf).map_err(|_| Incident::Proof("the leaf is not a leaf"))?;
        let parts = open_parts(&leaf, &proof.parts)?;
        if !proof.tlog_proof.is_empty() {
            let found = TlogProof::parse(proof.tlog_proof.as_bytes())
                .map_err(|_| Incident::Proof("the tlog-proof is not one"))?;
            if found.index() != receipt.index {
                return fails("the tlog-proof is for another index");
            }
            let checkpoint = found
                .verify(&hash, &self.log)
                .map_err(|_| Incident::Proof("the tlog-proof does not lead to its checkpoint"))?;
            if *checkpoint.origin() != self.origin {
                return fails("the tlog-proof is of another log");
            }
        }
        let verified = VerifiedProof {
            index: receipt.index,
            committed: receipt.commit_ms,
            leaf,
            parts,
            proof,
        };
        let outcome = verified
            .outcome()
            .ok_or(Incident::Proof("the outcome part is missing"))?;
        let digest = if decision.is_empty() {
            Vec::new()
        } else {
            sha256(decision).0.to_vec()
        };
        if outcome.decision_digest != digest {
            return fails("the outcome part is of another decision");
        }
        Ok(verified)
    }
}

/// Opens parts against a leaf's commitments.
pub(crate) fn open_parts(
    leaf: &Leaf,
    parts: &[v1::OpenPart],
) -> Result<BTreeMap<Part, Vec<u8>>, Incident> {
    let mut open = BTreeMap::new();
    for sent in parts {
        let part = u8::try_from(sent.part)
            .ok()
            .and_then(Part::from_byte)
            .ok_or(Incident::Proof("a part is none of the four"))?;
        let opening = Opening::from_slice(&sent.opening)
            .map_err(|_| Incident::Proof("an opening is not 32 bytes"))?;
        if !leaf.opens(part, &opening, &sent.bytes) {
            return Err(Incident::Proof("a part is not what the leaf commits to"));
        }
        if open.insert(part, sent.bytes.clone()).is_some() {
            return Err(Incident::Proof("a part stands twice"));
        }
    }
    Ok(open)
}

/// A proof whose every claim was checked under pinned keys.
#[derive(Clone)]
pub struct VerifiedProof {
    index: LeafIndex,
    committed: Millis,
    leaf: Leaf,
    parts: BTreeMap<Part, Vec<u8>>,
    proof: v1::Proof,
}

impl fmt::Debug for VerifiedProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parts name people, by the partner's own pseudonyms.
        f.debug_struct("VerifiedProof")
            .field("index", &self.index)
            .field("parts", &self.parts.keys())
            .finish_non_exhaustive()
    }
}

impl VerifiedProof {
    /// Where the entry is in the log.
    pub fn index(&self) -> LeafIndex {
        self.index
    }

    /// When it was committed, hub time.
    pub fn committed(&self) -> Millis {
        self.committed
    }

    /// The leaf.
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The proof as it came, to be kept.
    pub fn message(&self) -> &v1::Proof {
        &self.proof
    }

    /// What both sides of the act may read, if it came.
    pub fn shared(&self) -> Option<v1::SharedPart> {
        self.read(Part::Shared)
    }

    /// What only the source may read, if it came.
    pub fn provider(&self) -> Option<v1::ProviderPart> {
        self.read(Part::Provider)
    }

    /// What only the recipient may read, if it came.
    pub fn recipient(&self) -> Option<v1::RecipientPart> {
        self.read(Part::Recipient)
    }

    /// What was decided.
    pub fn outcome(&self) -> Option<v1::OutcomePart> {
        self.read(Part::Outcome)
    }

    fn read<M: Message + Default>(&self, part: Part) -> Option<M> {
        self.parts
            .get(&part)
            .and_then(|bytes| M::decode(bytes.as_slice()).ok())
    }

    /// That the leaf is for `act` and carries the caller's own slip under its tag key of `epoch`: a
    /// leaf with another slip would never be found again.
    pub(crate) fn carries(&self, act: v1::Act, slip: &Slip, epoch: u16) -> Result<(), Incident> {
        if self.leaf.slip() != slip || self.leaf.key_epoch() != epoch {
            return Err(Incident::Proof(
                "the leaf does not carry the slip that was sent",
            ));
        }
        self.is_of(act)
    }

    /// That the entry is of `act`.
    pub(crate) fn is_of(&self, act: v1::Act) -> Result<(), Incident> {
        match self.outcome() {
            Some(outcome) if outcome.act() == act => Ok(()),
            _ => Err(Incident::Proof("the entry is of another act")),
        }
    }
}

#[cfg(test)]
mod tests;
