//! What is to be written together. Owns [`ChangeSet`], [`Write`], [`Entry`] and [`Committed`].
//! Must not know: how a batch is made durable.

use crate::held::Held;
use crate::records::{
    AgreementRecord, CitationRecord, ConsentRecord, Delivery, DirectoryRecord, EventRecord,
    GrantRecord, KeyListRecord, PayloadRecord, Record, Reply, RulesetRecord, SignalRecord,
    SlipNonce, UsedAssertion,
};
use crate::template::Template;
use crate::{ReplyScope, Row};
use seinhuis_types::{
    AgreementHash, ClauseId, ConsentHandle, DeliveryId, Desk, LeafIndex, Millis, Oin, Position,
    Revision, SignalId,
};

/// The length of a log leaf, in bytes (docs/formats/leaf.md).
pub const LEAF_BYTES: usize = 374;

/// The bytes of one log leaf; made by the domain, not read here.
pub type LeafBytes = [u8; LEAF_BYTES];

/// One entry of the audit log: the leaf, and its sealed parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub(crate) leaf: Box<LeafBytes>,
    pub(crate) parts: Vec<u8>,
}

impl Entry {
    /// An entry of a `leaf` and its `parts`, sealed already; the store reads neither.
    pub fn new(leaf: LeafBytes, parts: Vec<u8>) -> Self {
        Self {
            leaf: Box::new(leaf),
            parts,
        }
    }
}

/// One write of a row. Each constructor pairs a row with the only record it may hold.
#[derive(Debug, Clone)]
pub struct Write {
    pub(crate) row: Row,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Put(Template),
    /// A delivery, and whether it is held.
    Delivery(Template, Held),
    Delete,
    /// Replaces the sealed parts of an entry that exists.
    Parts(Vec<u8>),
}

impl Write {
    fn put(row: Row, record: &impl Record) -> Self {
        Self {
            row,
            what: What::Put(record.template()),
        }
    }

    /// Sets the ruleset in force.
    pub fn ruleset(record: &RulesetRecord) -> Self {
        Self::put(Row::Ruleset, record)
    }

    /// Sets the directory in force.
    pub fn directory(record: &DirectoryRecord) -> Self {
        Self::put(Row::Directory, record)
    }

    /// Sets an agreement; also moves the revision of [`Row::AgreementSet`].
    pub fn agreement(hash: &AgreementHash, record: &AgreementRecord) -> Self {
        Self::put(Row::Agreement(hash.clone()), record)
    }

    /// Sets the key statements of a desk.
    pub fn keys(oin: Oin, desk: &Desk, record: &KeyListRecord) -> Self {
        Self::put(Row::Keys(oin, desk.clone()), record)
    }

    /// Sets what a source's signal became.
    pub fn signal(source: Oin, id: SignalId, record: &SignalRecord) -> Self {
        Self::put(Row::Signal(source, id), record)
    }

    /// Sets a delivery's state; the index of held deliveries follows it.
    pub fn delivery(id: DeliveryId, record: &Delivery) -> Self {
        Self {
            row: Row::Delivery(id),
            what: What::Delivery(record.template(), Held::of(record)),
        }
    }

    /// Sets what a delivery carries.
    pub fn payload(id: DeliveryId, record: &PayloadRecord) -> Self {
        Self::put(Row::Payload(id), record)
    }

    /// Erases what a delivery carried. Absent already is no error.
    pub fn erase_payload(id: DeliveryId) -> Self {
        Self {
            row: Row::Payload(id),
            what: What::Delete,
        }
    }

    /// Keeps the reply to a call, for 7 days ([`crate::Store::sweep`]).
    pub fn reply(scope: ReplyScope, record: &Reply) -> Self {
        Self::put(Row::Reply(scope), record)
    }

    /// Marks a slip's nonce as used, for 7 days ([`crate::Store::sweep`]). Expect revision 0 of
    /// [`Row::SlipNonce`] in the same change.
    pub fn slip_nonce(oin: Oin, nonce: [u8; 16]) -> Self {
        Self::put(Row::SlipNonce(oin, nonce), &SlipNonce::default())
    }

    /// Marks a person assertion as used, for an hour ([`crate::Store::sweep`]). Expect revision 0 of
    /// [`Row::PersonAssertion`] in the same change.
    pub fn person_assertion(oin: Oin, jti: [u8; 16]) -> Self {
        Self::put(Row::PersonAssertion(oin, jti), &UsedAssertion::default())
    }

    /// Sets a registration of consent.
    pub fn consent(oin: Oin, id: ConsentHandle, record: &ConsentRecord) -> Self {
        Self::put(Row::Consent(oin, id), record)
    }

    /// Sets by which delivery a consent is cited. Expect revision 0 of [`Row::Citation`] in the change
    /// that first does.
    pub fn citation(oin: Oin, id: ConsentHandle, record: &CitationRecord) -> Self {
        Self::put(Row::Citation(oin, id), record)
    }

    /// Sets a grant.
    pub fn grant(id: [u8; 16], record: &GrantRecord) -> Self {
        Self::put(Row::Grant(id), record)
    }

    /// Replaces the sealed parts of an earlier entry, to erase one of them. The entry must exist
    /// and its parts not be erased; the leaf is not touched (rule 10 of docs/rules.md).
    pub fn parts(index: LeafIndex, sealed: Vec<u8>) -> Self {
        Self {
            row: Row::Parts(index),
            what: What::Parts(sealed),
        }
    }
}

/// Counts in a row, up to a cap.
#[derive(Debug, Clone)]
pub(crate) struct Count {
    pub(crate) row: Row,
    pub(crate) by: u64,
    pub(crate) cap: u64,
}

/// Puts a delivery or an event in a desk's stream.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) oin: Oin,
    pub(crate) desk: Desk,
    pub(crate) placed: Placed,
}

/// What is put in a stream.
#[derive(Debug, Clone)]
pub(crate) enum Placed {
    Delivery(DeliveryId),
    Event(Box<EventRecord>),
}

/// Everything one act changes. It is written whole or not at all, and cannot be built without the
/// entry that accounts for it (rule 1 of docs/rules.md).
#[derive(Debug, Clone)]
pub struct ChangeSet {
    pub(crate) name: &'static str,
    pub(crate) expects: Vec<(Row, Revision)>,
    pub(crate) writes: Vec<Write>,
    pub(crate) releases: Vec<Release>,
    pub(crate) withdrawn: Vec<(Oin, Desk, Position)>,
    pub(crate) counts: Vec<Count>,
    pub(crate) erased: Vec<Month>,
    pub(crate) until: Option<(Millis, Row)>,
    pub(crate) entries: Vec<Entry>,
}

impl ChangeSet {
    /// A change called `name` (for metrics: one of a fixed few) with its first entry.
    pub fn new(name: &'static str, first: Entry) -> Self {
        Self {
            name,
            expects: Vec::new(),
            writes: Vec::new(),
            releases: Vec::new(),
            withdrawn: Vec::new(),
            counts: Vec::new(),
            erased: Vec::new(),
            until: None,
            entries: vec![first],
        }
    }

    /// The name given to [`ChangeSet::new`].
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many entries it has so far; the next one added gets this number in `Slot::of_entry`.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// How many releases it has so far; the next one added gets this number in
    /// `Slot::of_release`.
    pub fn releases(&self) -> usize {
        self.releases.len()
    }

    /// Writes only if `row` still has `revision` (0: is still absent) when the batch is made.
    #[must_use]
    pub fn expect(mut self, row: Row, revision: Revision) -> Self {
        self.expects.push((row, revision));
        self
    }

    /// Writes only before hub time `end`; a later batch answers a conflict on `row`, as if it had
    /// changed. Of several ends the first counts.
    #[must_use]
    pub fn before(mut self, end: Millis, row: Row) -> Self {
        if self
            .until
            .as_ref()
            .is_none_or(|(earlier, _)| end < *earlier)
        {
            self.until = Some((end, row));
        }
        self
    }

    /// Takes out the expectations that `keep` does not keep: a planted fault, which a simulation must show.
    #[cfg(any(test, feature = "stepped"))]
    #[must_use]
    pub fn unguarded(mut self, keep: impl Fn(&Row) -> bool) -> Self {
        self.expects.retain(|(row, _)| keep(row));
        self
    }

    /// Takes out the moment before which it must be written: a planted fault, which a simulation must show.
    #[cfg(any(test, feature = "stepped"))]
    #[must_use]
    pub fn untimed(mut self) -> Self {
        self.until = None;
        self
    }

    /// Adds a write. Of two writes of one row the last one counts.
    #[must_use]
    pub fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    /// Adds an entry to the log; indexes follow the order of adding.
    #[must_use]
    pub fn entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Puts `delivery` at the next position of the stream of (`oin`, `desk`); positions start at 1
    /// and follow the order of adding. Put [`Slot::of_release`](crate::Slot::of_release) in the
    /// delivery's record.
    #[must_use]
    pub fn release(mut self, oin: Oin, desk: &Desk, delivery: DeliveryId) -> Self {
        self.releases.push(Release {
            oin,
            desk: desk.clone(),
            placed: Placed::Delivery(delivery),
        });
        self
    }

    /// Takes a place out of a stream. The position is never given again.
    #[must_use]
    pub fn withdraw(mut self, oin: Oin, desk: &Desk, position: Position) -> Self {
        self.withdrawn.push((oin, desk.clone(), position));
        self
    }

    /// Adds `by` to the conversions of (`oin`, `clause`) on `day` (days since 1970-01-01 UTC).
    /// Above `cap` this change fails alone with [`OverCap`](crate::StoreError::OverCap).
    #[must_use]
    pub fn count(mut self, oin: Oin, clause: &ClauseId, day: u32, by: u64, cap: u64) -> Self {
        self.counts.push(Count {
            row: Row::Budget(oin, clause.clone(), day),
            by,
            cap,
        });
        self
    }

    /// Adds `by` to the rows that the person of `mark` opened alone on `day` (days since 1970-01-01
    /// UTC). Above `cap` this change fails alone with [`OverCap`](crate::StoreError::OverCap).
    #[must_use]
    pub fn count_alone(mut self, mark: [u8; 16], day: u32, by: u64, cap: u64) -> Self {
        self.counts.push(Count {
            row: Row::Alone(mark, day),
            by,
            cap,
        });
        self
    }

    /// Erases the sealed parts of every entry that was committed in `month`. They can no longer be
    /// read from this commit on; [`crate::Store::sweep`] then removes the bytes. The caller has
    /// checked terms and holds.
    #[must_use]
    pub fn erase_month(mut self, month: Month) -> Self {
        self.erased.push(month);
        self
    }
}

/// A calendar month in UTC: the unit in which details are kept and erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub(crate) u32);

impl Month {
    /// The month `at` falls in.
    pub fn of(at: Millis) -> Self {
        // Days to civil date, counted in years that begin in March, so that the leap day is last.
        let days = at.0 / Millis::DAY + 719_468;
        let era = days / 146_097;
        let in_era = days % 146_097;
        let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * in_year + 2) / 153;
        let (extra, month) = if shifted < 10 {
            (0, shifted + 3)
        } else {
            (1, shifted - 9)
        };
        let year = era * 400 + year + extra;
        Self(u32::try_from(year * 12 + month - 1).unwrap_or(u32::MAX))
    }

    /// The year, and the month from 1 to 12.
    pub fn year_month(self) -> (u32, u32) {
        (self.0 / 12, self.0 % 12 + 1)
    }
}

/// What the committer filled in. The change is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The log index of each entry, in the order of adding. Never empty.
    pub indexes: Vec<LeafIndex>,
    /// The position of each release, in the order of adding.
    pub positions: Vec<Position>,
    /// The value of each count after counting, in the order of adding.
    pub counters: Vec<u64>,
    /// Hub time of the batch.
    pub at: Millis,
}

impl Committed {
    /// The revision that every row written by this change now has.
    pub fn revision(&self) -> Revision {
        Revision(
            self.indexes
                .first()
                .map_or(0, |first| first.0.saturating_add(1)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_the_calendar() {
        for (ms, expected) in [
            (0, (1970, 1)),
            (951_782_400_000, (2000, 2)),    // 2000-02-29
            (951_868_800_000, (2000, 3)),    // 2000-03-01
            (1_767_225_599_999, (2025, 12)), // 2025-12-31T23:59:59.999
            (1_767_225_600_000, (2026, 1)),
        ] {
            assert_eq!(Month::of(Millis(ms)).year_month(), expected);
        }
    }
}
