//! The rows a decision can stand on. Owns [`Row`] and [`Versioned`].
//! Must not know: how a row is keyed in an engine (`key`), nor what its value means (`records`).

use seinhuis_types::{
    AgreementHash, ClauseId, ConsentHandle, DeliveryId, Desk, HoldId, LeafIndex, Millis, Oin,
    Revision, SignalId,
};

/// Names one stored row. Each has a [`Revision`]; revision 0 means that the row is absent.
///
/// The revision of a row is *the index of the first entry of the change that last wrote it, plus
/// one*. It only grows, is never used twice for one row (also not after a delete), and says which
/// entry of the log accounts for the row's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Row {
    /// Catalogue and policy in force: one row, so that no decision mixes two of them.
    Ruleset,
    /// The directory of partners, desks and systems in force.
    Directory,
    /// One agreement: content, state and signed steps.
    Agreement(AgreementHash),
    /// The set of agreements: has no value of its own; its revision moves with every write of an
    /// agreement, so a decision that scanned the set can stand on it.
    AgreementSet,
    /// The key statements of one desk.
    Keys(Oin, Desk),
    /// A signal of a source: which deliveries it became.
    Signal(Oin, SignalId),
    /// One delivery: its state, positions and deadlines. Stays after the payload died.
    Delivery(DeliveryId),
    /// What a delivery carries; erased on its own term.
    Payload(DeliveryId),
    /// The reply to one mutating call, for its idempotency key.
    Reply(ReplyScope),
    /// A slip's nonce that was used.
    SlipNonce(Oin, [u8; 16]),
    /// A counter of conversions of one source under one clause; the last value is the day, in
    /// whole days since 1970-01-01 UTC.
    Budget(Oin, ClauseId, u32),
    /// Something falls due for a delivery at a moment.
    Due(Millis, DeliveryId),
    /// A person assertion that was used: the organisation and its `jti`.
    PersonAssertion(Oin, [u8; 16]),
    /// A counter of rows that one person opened without a second one on a day (whole days since
    /// 1970-01-01 UTC). The person is a keyed mark, which says nothing without the hub's key.
    Alone([u8; 16], u32),
    /// A controller's leave for an auditor to read its entries.
    Grant([u8; 16]),
    /// A registration of consent, of one organisation.
    Consent(Oin, ConsentHandle),
    /// That a consent was cited, and by which delivery. A row of its own, so that citing a consent does
    /// not change the consent.
    Citation(Oin, ConsentHandle),
    /// A hold of one organisation on its own parts.
    Hold(Oin, HoldId),
    /// The holds of one organisation: has no value of its own; its revision moves with every write of
    /// one of them.
    HoldSet(Oin),
    /// An erasure of one organisation's own parts that is under way.
    Erasure(Oin),
    /// A warning that was given to one organisation.
    Warning(Oin, [u8; 16]),
    /// A break-glass under review, by the delivery that it was.
    BreakGlass(DeliveryId),
    /// The review of a break-glass must be told late at a moment.
    ReviewDue(Millis, DeliveryId),
    /// A wrapping key whose destruction has its entry.
    Destroyed(u32),
    /// A question that was asked, by the delivery it became, and what is lodged for it.
    Question(DeliveryId),
    /// The tick of a question.
    Tick(Millis, DeliveryId),
    /// A counter of the questions of one asker under one clause; the last value is the day, in whole
    /// days since 1970-01-01 UTC.
    Asked(Oin, ClauseId, u32),
    /// The sealed parts of one entry.
    Parts(LeafIndex),
}

/// The scope of an idempotency key: (OIN, method, key). Stored as a hash only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyScope {
    /// The caller.
    pub oin: Oin,
    /// The method's name on the wire, for example `Publish`.
    pub method: &'static str,
    /// The caller's key, 16 to 64 bytes.
    pub key: Box<[u8]>,
}

/// A value as read, with the revision a change can [`expect`](crate::ChangeSet::expect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The row's revision; 0 when it is absent.
    pub revision: Revision,
    /// The row's value.
    pub value: T,
}

impl<T> Versioned<T> {
    /// The same revision with another view of the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Versioned<U> {
        Versioned {
            revision: self.revision,
            value: f(self.value),
        }
    }
}
