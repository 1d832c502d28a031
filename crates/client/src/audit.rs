//! The log, read over the network and believed only when it proves itself.
//!
//! Owns: following checkpoints, asking for proofs, reading entries. Must not know: what an officer
//! makes of an entry, nor which crime it is when something does not fit.

use crate::checkpoint::Memory;
use crate::judge::receipt_of;
use crate::offline::{scan_log, verify_log};
use crate::proof::open_parts;
use crate::tiles::{HubTiles, blocking};
use crate::{
    ClientError, Incident, LogFolder, LogKeys, Partner, ScanHit, SeenCheckpoint, SubjectScan,
    VerifiedProof, Watched, status,
};
use prost::Message;
use seinhuis_domain::entry::{Leaf, Part, SubjectValue};
use seinhuis_merkle::{Note, TlogProof, leaf_hash};
use seinhuis_proto::v1;
use seinhuis_types::{ErrorCode, LeafIndex};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One entry: its leaf, and the parts that are the partner's to read.
#[derive(Clone)]
pub struct Entry {
    /// Where it is.
    pub index: LeafIndex,
    /// Its leaf.
    pub leaf: Leaf,
    /// Whether it is proven to be in the log below the last checkpoint; a new entry becomes so
    /// within a second.
    pub proven: bool,
    /// Parts that were the partner's own and are erased, as the hub says.
    pub erased: Vec<Part>,
    parts: BTreeMap<Part, Vec<u8>>,
    opened: Vec<v1::OpenPart>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("index", &self.index)
            .field("parts", &self.parts.keys())
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// An entry whose `opened` parts were checked against its leaf.
    pub(crate) fn new(
        index: LeafIndex,
        leaf: Leaf,
        proven: bool,
        parts: BTreeMap<Part, Vec<u8>>,
        opened: Vec<v1::OpenPart>,
    ) -> Self {
        Self {
            index,
            leaf,
            proven,
            parts,
            opened,
            erased: Vec::new(),
        }
    }

    /// With what the hub says of parts that are erased.
    pub(crate) fn erased_as_told(mut self, parts: impl Iterator<Item = v1::Part>) -> Self {
        self.erased = parts.filter_map(part_of).collect();
        self
    }

    /// The parts with their openings, as they came: what proves the parts to others.
    pub fn opened(&self) -> &[v1::OpenPart] {
        &self.opened
    }

    /// Whether any part is the partner's to read. A match in an entry that is not one's own is a
    /// slip that somebody copied: an incident.
    pub fn is_own(&self) -> bool {
        !self.parts.is_empty()
    }

    /// What both sides may read.
    pub fn shared(&self) -> Option<v1::SharedPart> {
        self.read(Part::Shared)
    }

    /// What only the source may read.
    pub fn provider(&self) -> Option<v1::ProviderPart> {
        self.read(Part::Provider)
    }

    /// What only the recipient may read.
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
}

/// What a scan of the whole log found.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The checkpoint under which it was proven.
    pub under: SeenCheckpoint,
    /// Every place that carries the person.
    pub hits: Vec<ScanHit>,
}

impl Partner {
    /// The hub's checkpoint, held against the last one this system saw and then remembered in its
    /// stead.
    ///
    /// # Errors
    /// [`Incident::Crime`] as [`ClientError::Untrusted`] when it does not fit, or is not shown to;
    /// the evidence is in the state folder by then. What was remembered stays.
    pub async fn checkpoint(&self) -> Result<SeenCheckpoint, ClientError> {
        let _one_at_a_time = self.inner.checkpoint.lock().await;
        let memory = Memory::of(&self.inner.state);
        let last = memory.last(&self.inner.log)?;
        let seen = self.newest().await?;
        if let Some(last) = last {
            self.extends(&last, &seen, None).await?;
        }
        memory.keep(&self.inner.log, &seen)?;
        Ok(seen)
    }

    /// The same, held against a copy of the log, too, which shows what the hub may no longer show.
    ///
    /// # Errors
    /// Those of [`Partner::checkpoint`]; [`ClientError::Invalid`] when the copy has no checkpoint
    /// that the pinned key signed.
    pub async fn checkpoint_beside(&self, copy: &LogFolder) -> Result<SeenCheckpoint, ClientError> {
        let _one_at_a_time = self.inner.checkpoint.lock().await;
        let memory = Memory::of(&self.inner.state);
        let last = memory.last(&self.inner.log)?;
        let held = copy.checkpoint(&self.inner.log)?;
        let seen = self.newest().await?;
        self.extends(&held, &seen, Some(copy)).await?;
        if let Some(last) = last {
            self.extends(&last, &seen, None).await?;
        }
        memory.keep(&self.inner.log, &seen)?;
        Ok(seen)
    }

    /// The hub's tiles and bundles, to be read on a thread that may block. None of it is proven
    /// before it leads to a root that is.
    pub fn log_tiles(&self) -> HubTiles {
        self.tiles()
    }

    /// That the log still extends a checkpoint kept elsewhere, such as one from a witness or from an
    /// evidence bundle; gives the checkpoint now.
    ///
    /// # Errors
    /// Those of [`Partner::checkpoint`].
    pub async fn consistency(&self, earlier: &str) -> Result<SeenCheckpoint, ClientError> {
        let earlier = SeenCheckpoint::open(&self.inner.log, earlier)?;
        let seen = self.checkpoint().await?;
        self.extends(&earlier, &seen, None).await?;
        Ok(seen)
    }

    /// The proof that an entry one has a receipt for is in the log, to be kept as a file.
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND` among [`ClientError::Rejected`] while it is not published yet;
    /// [`ClientError::Untrusted`] when the log does not have what was receipted.
    pub async fn inclusion(&self, proof: &VerifiedProof) -> Result<TlogProof, ClientError> {
        let seen = self.checkpoint().await?;
        let hash = leaf_hash(&proof.leaf().to_bytes());
        if proof.index().0 >= seen.checkpoint.size().get() {
            return Err(ClientError::Rejected {
                code: ErrorCode::EntryNotFound,
                message: format!("entry {} is not under a checkpoint yet", proof.index()),
                retry_after: Some(std::time::Duration::from_secs(1)),
            });
        }
        let receipt = receipt_of(proof)?;
        let hashes = self
            .included(proof.index(), &hash, &seen, Some(&receipt))
            .await?;
        let note = Note::parse(seen.note.as_bytes()).map_err(ClientError::invalid)?;
        TlogProof::new(proof.index(), hashes, note).map_err(ClientError::invalid)
    }

    /// The log below `seen`, whose reading is told.
    fn watched(&self, seen: &SeenCheckpoint) -> Watched<HubTiles> {
        let size = seen.checkpoint.size().get();
        Watched::new(self.tiles(), size, Arc::clone(&self.progress))
    }

    /// Recomputes the whole log from its leaves, over the network.
    ///
    /// # Errors
    /// Those of [`Partner::checkpoint`] and [`verify_log`](crate::verify_log).
    pub async fn verify_whole_log(&self) -> Result<SeenCheckpoint, ClientError> {
        let seen = self.checkpoint().await?;
        let (reader, below) = (self.watched(&seen), seen.clone());
        blocking(move || verify_log(&reader, &below)).await?;
        Ok(seen)
    }

    /// Recomputes the whole log and finds every entry of the partner's own about a person. It is
    /// done here, by tags only the partner can make: the hub is not told who is looked for.
    ///
    /// # Errors
    /// Those of [`Partner::verify_whole_log`].
    pub async fn scan(&self, values: &[SubjectValue]) -> Result<Scan, ClientError> {
        let under = self.checkpoint().await?;
        let scan = SubjectScan::new(&self.inner.tags, values);
        let (reader, below) = (self.watched(&under), under.clone());
        let hits = blocking(move || scan_log(&reader, &below, &scan)).await?;
        Ok(Scan { under, hits })
    }

    /// An entry, with the parts that are the partner's to read. Reading parts makes an entry of its
    /// own, and is done for a person ([`Partner::acting_for`]).
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when leaf, parts or place do not hold; as every call.
    pub async fn entry(&self, index: LeafIndex) -> Result<Entry, ClientError> {
        let mut client = self.log();
        let request = self.asserted(v1::GetEntryRequest {
            index: index.0,
            ..v1::GetEntryRequest::default()
        })?;
        let reply = status::once("hub", client.get_entry(request)).await?;
        let leaf =
            Leaf::parse(&reply.leaf).map_err(|_| Incident::Proof("the leaf is not a leaf"))?;
        let erased = reply.erased().filter_map(part_of).collect();
        let parts = open_parts(&leaf, &reply.parts)?;
        if !parts.is_empty() && !is_public(&parts) && reply.proof.is_none() {
            return Err(Incident::Reply("parts were given without an entry of the reading").into());
        }
        if let Some(reading) = reply.proof {
            self.inner.log.verify(reading, &[])?.is_of(v1::Act::Read)?;
        }
        let seen = self.checkpoint().await?;
        let proven = self.in_log(index, &reply.leaf, &seen).await?;
        let opened = reply.parts;
        Ok(Entry {
            index,
            leaf,
            proven,
            erased,
            parts,
            opened,
        })
    }

    /// Whether the checkpoint reaches an entry; if so, that its leaf is in the log there.
    pub(crate) async fn in_log(
        &self,
        index: LeafIndex,
        leaf: &[u8],
        seen: &SeenCheckpoint,
    ) -> Result<bool, ClientError> {
        let reached = index.0 < seen.checkpoint.size().get();
        if reached {
            self.included(index, &leaf_hash(leaf), seen, None).await?;
        }
        Ok(reached)
    }

    /// Why: a recorded decision of one's own, in Dutch and English, with the law it stands on.
    ///
    /// # Errors
    /// As every call.
    pub async fn explain(&self, index: LeafIndex) -> Result<v1::ExplainResponse, ClientError> {
        let mut client = self.decisions();
        let request = self.asserted(v1::ExplainRequest {
            index: index.0,
            ..v1::ExplainRequest::default()
        })?;
        let reply = status::once("hub", client.explain(request)).await?;
        let reading = reply.proof.clone();
        let reading = reading.ok_or(Incident::Reply("a reply has no proof"))?;
        self.inner.log.verify(reading, &[])?.is_of(v1::Act::Read)?;
        Ok(reply)
    }
}

/// Verifies a proof kept from an earlier reply, with the bytes of its decision (empty where nothing
/// was decided), without any connection.
///
/// # Errors
/// [`Incident::Proof`].
pub fn verify_receipt(
    keys: &LogKeys,
    proof: v1::Proof,
    decision: &[u8],
) -> Result<VerifiedProof, Incident> {
    keys.verify(proof, decision)
}

/// Whether what was read is open to everyone, so that reading it makes no entry.
fn is_public(parts: &BTreeMap<Part, Vec<u8>>) -> bool {
    let shared = parts.get(&Part::Shared);
    shared
        .and_then(|bytes| v1::SharedPart::decode(bytes.as_slice()).ok())
        .is_some_and(|shared| shared.visibility == "public")
}

fn part_of(part: v1::Part) -> Option<Part> {
    match part {
        v1::Part::Shared => Some(Part::Shared),
        v1::Part::Provider => Some(Part::Provider),
        v1::Part::Recipient => Some(Part::Recipient),
        v1::Part::Outcome => Some(Part::Outcome),
        v1::Part::Unspecified => None,
    }
}
