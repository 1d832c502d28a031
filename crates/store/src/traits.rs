//! The contract between the use cases and any engine. Owns [`Store`], [`Snapshot`] and
//! [`TreeState`]. Must not know: sled, files, threads.

use crate::records::{
    AgreementRecord, BreakGlassRecord, CitationRecord, ConsentRecord, Delivery, DirectoryRecord,
    ErasureRecord, GrantRecord, HoldRecord, KeyListRecord, PayloadRecord, Question, Reply,
    RulesetRecord, SignalRecord, WarningRecord,
};
use crate::{
    ChangeSet, Committed, Given, LeafBytes, Month, Place, ReplyScope, StoreError, Versioned,
};
use seinhuis_types::{
    AgreementHash, ClauseId, ConsentHandle, DeliveryId, Desk, Digest, HoldId, LeafIndex, Millis,
    Oin, Position, Revision, SignalId,
};
use std::future::Future;

/// Sealed parts of consecutive entries, read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsPage {
    /// Entries that have parts, in order; those that were erased are left out.
    pub parts: Vec<(LeafIndex, Vec<u8>)>,
    /// Where to go on; `None` when there is nothing after these.
    pub next: Option<LeafIndex>,
}

/// The size and root of the integrated log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeState {
    /// How many leaves.
    pub size: u64,
    /// The RFC 6962 root over them.
    pub root: Digest,
}

impl TreeState {
    /// The empty log: RFC 6962 section 2.1, SHA-256 of nothing.
    pub const EMPTY: Self = Self {
        size: 0,
        root: Digest([
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
            0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
            0x78, 0x52, 0xb8, 0x55,
        ]),
    };
}

/// Durable state with one writer. Cheap to share: use it behind an `Arc`.
pub trait Store: Send + Sync + 'static {
    /// What [`Store::snapshot`] gives.
    type Snapshot: Snapshot;

    /// A view to decide on. See [`Snapshot`] for what it does and does not promise.
    fn snapshot(&self) -> Result<Self::Snapshot, StoreError>;

    /// Writes `change` whole or not at all. Resolves only when the batch that holds it is durable,
    /// or when it is known not to be in the store. A failing change leaves its batch mates alone.
    ///
    /// Dropping the future does not undo the change.
    fn commit(
        &self,
        change: ChangeSet,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// The durable leaves from index `from` that are not integrated yet, in order and without gaps;
    /// at most `max`. `from` below the integrated size gives [`StoreError::Malformed`].
    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError>;

    /// The integrated size and root.
    fn tree(&self) -> Result<TreeState, StoreError>;

    /// Moves the integrated state `from` → `to` and drops the leaves below `to.size`, whose tiles
    /// the caller has made durable. Compare and swap: [`StoreError::Fenced`] if the state is not
    /// `from` (or already `to`, which is success). `to.size` beyond what is sequenced is malformed.
    fn integrated(
        &self,
        from: TreeState,
        to: TreeState,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The index the next entry will get: the number of durable entries.
    fn next_index(&self) -> LeafIndex;

    /// Hub time of the last durable commit; 0 when there is none.
    fn last_commit(&self) -> Millis;

    /// Hub time: the later of the clock and the last commit.
    fn now(&self) -> Millis;

    /// Removes at most about `max` rows that are past their term: replies and slip nonces of more
    /// than 7 days, person assertions of more than an hour, events of more than 30 days, counters of
    /// old days, and the bytes of erased months. Needs no entry: nothing that can still be read
    /// changes, but for idempotency records and events that have lapsed. Gives how many rows it removed.
    fn sweep(&self, max: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// Typed reads. Each row is read as of the last durable batch, whole and with its revision.
///
/// Reads are *read committed, row by row*: two reads of one snapshot may see two different batches,
/// never a part of one change's row. A decision is made safe not by the snapshot but by naming every
/// row it stood on in [`ChangeSet::expect`]: the commit then happens only if all of them are still
/// at the revision read, which makes the decision as good as serial. What is not expected is not
/// guarded. Sets that are scanned are guarded by their own row ([`crate::Row::AgreementSet`]).
pub trait Snapshot: Send + Sync {
    /// The ruleset in force.
    fn ruleset(&self) -> Result<Versioned<Option<RulesetRecord>>, StoreError>;
    /// The directory in force.
    fn directory(&self) -> Result<Versioned<Option<DirectoryRecord>>, StoreError>;
    /// One agreement.
    fn agreement(
        &self,
        hash: &AgreementHash,
    ) -> Result<Versioned<Option<AgreementRecord>>, StoreError>;
    /// The revision of the set of agreements.
    fn agreement_set(&self) -> Result<Revision, StoreError>;
    /// At most `max` agreements in the order of their hashes, after `after`.
    fn agreements(
        &self,
        after: Option<&AgreementHash>,
        max: usize,
    ) -> Result<Vec<(AgreementHash, Versioned<AgreementRecord>)>, StoreError>;
    /// The key statements of a desk.
    fn keys(&self, oin: Oin, desk: &Desk) -> Result<Versioned<Option<KeyListRecord>>, StoreError>;
    /// What a source's signal became.
    fn signal(
        &self,
        source: Oin,
        id: SignalId,
    ) -> Result<Versioned<Option<SignalRecord>>, StoreError>;
    /// A delivery's state.
    fn delivery(&self, id: DeliveryId) -> Result<Versioned<Option<Delivery>>, StoreError>;
    /// At most `max` deliveries in the order of their ids, after `after`: for looking through them all,
    /// not for decisions, and not at a start, which would take longer the more there are.
    fn deliveries(
        &self,
        after: Option<DeliveryId>,
        max: usize,
    ) -> Result<Vec<(DeliveryId, Versioned<Delivery>)>, StoreError>;
    /// At most `max` deliveries that are held, in the order of their ids, after `after`. Kept beside the
    /// deliveries: it reads no more than it gives.
    fn held(&self, after: Option<DeliveryId>, max: usize) -> Result<Vec<DeliveryId>, StoreError>;
    /// What a delivery carries; `None` before, and after it was erased.
    fn payload(&self, id: DeliveryId) -> Result<Versioned<Option<PayloadRecord>>, StoreError>;
    /// The reply kept for an idempotency key.
    fn reply(&self, scope: &ReplyScope) -> Result<Versioned<Option<Reply>>, StoreError>;
    /// Revision 0 when the nonce was not used within its term; else when it was used.
    fn slip_nonce(
        &self,
        oin: Oin,
        nonce: [u8; 16],
    ) -> Result<Versioned<Option<Millis>>, StoreError>;
    /// Revision 0 when the assertion was not used within the term it is kept for.
    fn person_assertion(&self, oin: Oin, jti: [u8; 16]) -> Result<Revision, StoreError>;
    /// The conversions counted for (`oin`, `clause`) on `day`.
    fn budget(&self, oin: Oin, clause: &ClauseId, day: u32) -> Result<Versioned<u64>, StoreError>;
    /// At most `max` places of a desk's stream with a position above `after` (0: from the start).
    fn stream(
        &self,
        oin: Oin,
        desk: &Desk,
        after: Position,
        max: usize,
    ) -> Result<Vec<(Position, Place)>, StoreError>;
    /// The last position given in a desk's stream; 0 when none was.
    fn last_position(&self, oin: Oin, desk: &Desk) -> Result<Position, StoreError>;
    /// At most `max` deliveries for which something is due at `now`, from the oldest, after `after`.
    fn due(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError>;
    /// One question, until a week after its tick.
    fn question(&self, id: DeliveryId) -> Result<Versioned<Option<Question>>, StoreError>;
    /// At most `max` questions whose tick has come at `now`, from the oldest, after `after`.
    fn ticks(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError>;
    /// How many questions an organisation asked under a clause on `day` (days since 1970-01-01 UTC).
    fn asked(&self, oin: Oin, clause: &ClauseId, day: u32) -> Result<u64, StoreError>;
    /// The holds of one organisation, by id; at most [`crate::MAX_HOLDS`] can be placed.
    fn holds(&self, oin: Oin) -> Result<Vec<(HoldId, Versioned<HoldRecord>)>, StoreError>;
    /// The holds of all.
    fn all_holds(&self) -> Result<Vec<(Oin, HoldId, Versioned<HoldRecord>)>, StoreError>;
    /// The revision of the set of holds of one organisation.
    fn hold_set(&self, oin: Oin) -> Result<Revision, StoreError>;
    /// The erasure of one organisation that is under way.
    fn erasure(&self, oin: Oin) -> Result<Versioned<Option<ErasureRecord>>, StoreError>;
    /// The wrapping keys whose destruction has its entry.
    fn destroyed(&self) -> Result<Vec<u32>, StoreError>;
    /// Every erasure under way.
    fn erasures(&self) -> Result<Vec<(Oin, Versioned<ErasureRecord>)>, StoreError>;
    /// The sealed parts of an entry; `None` when there is no such entry or they were erased.
    fn parts(&self, index: LeafIndex) -> Result<Versioned<Option<Vec<u8>>>, StoreError>;
    /// The sealed parts from index `from` on, of about `runs` stored runs (16 KiB each, or one larger
    /// entry).
    fn parts_from(&self, from: LeafIndex, runs: usize) -> Result<PartsPage, StoreError>;
    /// One warning; revision 0 when it was not given.
    fn warning(
        &self,
        oin: Oin,
        id: [u8; 16],
    ) -> Result<Versioned<Option<WarningRecord>>, StoreError>;
    /// The warnings that were given to one organisation, by id: a few for each of its agreements and
    /// certificates.
    fn warnings(&self, oin: Oin) -> Result<Vec<Given>, StoreError>;
    /// One break-glass under review.
    fn break_glass(
        &self,
        id: DeliveryId,
    ) -> Result<Versioned<Option<BreakGlassRecord>>, StoreError>;
    /// At most `max` of them in the order of their deliveries' ids, after `after`.
    fn break_glasses(
        &self,
        after: Option<DeliveryId>,
        max: usize,
    ) -> Result<Vec<(DeliveryId, Versioned<BreakGlassRecord>)>, StoreError>;
    /// The reviews that must be told late at `now`, from the oldest, after `after`.
    fn reviews_due(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError>;
    /// A registration of consent; revision 0 when there is none.
    fn consent(
        &self,
        oin: Oin,
        id: ConsentHandle,
    ) -> Result<Versioned<Option<ConsentRecord>>, StoreError>;
    /// By which delivery a consent is cited; revision 0 when none does.
    fn citation(
        &self,
        oin: Oin,
        id: ConsentHandle,
    ) -> Result<Versioned<Option<CitationRecord>>, StoreError>;
    /// One grant.
    fn grant(&self, id: [u8; 16]) -> Result<Versioned<Option<GrantRecord>>, StoreError>;
    /// At most `max` grants in the order of their ids, after `after`.
    fn grants(
        &self,
        after: Option<[u8; 16]>,
        max: usize,
    ) -> Result<Vec<([u8; 16], GrantRecord)>, StoreError>;
    /// The months that have entries and were not erased, with the first index of each.
    fn months(&self) -> Result<Vec<(Month, LeafIndex)>, StoreError>;
}
