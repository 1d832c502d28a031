//! Typed reads on an embedded engine. Owns [`EmbeddedSnapshot`].
//! Must not know: how rows were written.

use crate::records::{
    AgreementRecord, BreakGlassRecord, CitationRecord, ConsentRecord, Delivery, DirectoryRecord,
    ErasureRecord, GrantRecord, HoldRecord, KeyListRecord, PayloadRecord, Question, Record, Reply,
    RulesetRecord, SignalRecord, SlipNonce, UsedAssertion, WarningRecord,
};
use crate::template::Stored;
use crate::view::View;
use crate::{
    Given, Month, PartsPage, Place, ReplyScope, Row, Snapshot, StoreError, Versioned, apply,
    break_glass, due, held, hold, key, question, run, warning,
};
use seinhuis_types::{
    AgreementHash, ClauseId, ConsentHandle, DeliveryId, Desk, HoldId, LeafIndex, Millis, Oin,
    Position, Revision, SignalId,
};

/// Rows with their keys.
type Page<R> = Vec<(Vec<u8>, Versioned<R>)>;

/// A [`Snapshot`] of [`crate::Embedded`]. Cheap to make and to clone; it
/// keeps the engine open. Its reads may wait for the
/// disk, briefly, on the calling thread.
#[derive(Debug, Clone)]
pub struct EmbeddedSnapshot {
    view: View,
}

impl EmbeddedSnapshot {
    pub(crate) fn new(view: View) -> Self {
        Self { view }
    }

    fn value(&self, row: &Row) -> Result<Option<Vec<u8>>, StoreError> {
        match key::place(row) {
            key::Place::Key(key) => self.view.get(&key),
            key::Place::Parts(_) => Ok(None),
        }
    }

    fn read<R: Record>(&self, row: &Row) -> Result<Versioned<Option<R>>, StoreError> {
        match self.value(row)? {
            None => Ok(Versioned {
                revision: Revision(0),
                value: None,
            }),
            Some(value) => Ok(R::read(&value)?.map(Some)),
        }
    }

    fn page<R: Record>(
        &self,
        table: u8,
        after: Option<Vec<u8>>,
        max: usize,
    ) -> Result<Page<R>, StoreError> {
        let (from, to) = key::table(table);
        let from = after.map_or(from, |key| key::next(&key));
        let rows = self.view.scan(&from, &to, max)?;
        rows.into_iter()
            .map(|(key, value)| Ok((key, R::read(&value)?)))
            .collect()
    }

    fn month_of(&self, index: u64) -> Result<Option<u32>, StoreError> {
        let (from, to) = key::table(key::MONTH);
        let months = self.view.scan(&from, &to, usize::MAX)?;
        Ok(months
            .iter()
            .take_while(|(_, first)| key::tail(first).is_some_and(|first| first <= index))
            .last()
            .and_then(|(key, _)| key::tail32(key)))
    }

    /// The spans of indexes whose months are erased, each from its first up to, without, the next.
    fn erased(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let (from, to) = key::table(key::ERASED);
        if self.view.scan(&from, &to, 1)?.is_empty() {
            return Ok(Vec::new());
        }
        let (from, to) = key::table(key::MONTH);
        let months = self.view.scan(&from, &to, usize::MAX)?;
        let firsts = months.iter().map(|(_, first)| key::tail(first));
        let firsts: Option<Vec<u64>> = firsts.collect();
        let firsts = firsts.ok_or(StoreError::Corrupt("a month"))?;
        let ends = firsts.iter().skip(1).copied().chain([u64::MAX]);
        let mut spans = Vec::new();
        for (((month, _), first), end) in months.iter().zip(&firsts).zip(ends) {
            let month = key::tail32(month).ok_or(StoreError::Corrupt("a month"))?;
            if self.view.get(&key::month(key::ERASED, month))?.is_some() {
                spans.push((*first, end));
            }
        }
        Ok(spans)
    }

    fn is_erased(&self, index: u64) -> Result<bool, StoreError> {
        let (from, to) = key::table(key::ERASED);
        if self.view.scan(&from, &to, 1)?.is_empty() {
            return Ok(false);
        }
        match self.month_of(index)? {
            None => Ok(false),
            Some(month) => Ok(self.view.get(&key::month(key::ERASED, month))?.is_some()),
        }
    }
}

impl Snapshot for EmbeddedSnapshot {
    fn ruleset(&self) -> Result<Versioned<Option<RulesetRecord>>, StoreError> {
        self.read(&Row::Ruleset)
    }

    fn directory(&self) -> Result<Versioned<Option<DirectoryRecord>>, StoreError> {
        self.read(&Row::Directory)
    }

    fn agreement(
        &self,
        hash: &AgreementHash,
    ) -> Result<Versioned<Option<AgreementRecord>>, StoreError> {
        self.read(&Row::Agreement(hash.clone()))
    }

    fn agreement_set(&self) -> Result<Revision, StoreError> {
        match self.value(&Row::AgreementSet)? {
            None => Ok(Revision(0)),
            Some(value) => Stored::read(&value)
                .map(|stored| Revision(stored.revision))
                .ok_or(StoreError::Corrupt("the set of agreements")),
        }
    }

    fn agreements(
        &self,
        after: Option<&AgreementHash>,
        max: usize,
    ) -> Result<Vec<(AgreementHash, Versioned<AgreementRecord>)>, StoreError> {
        let after = after.map(|hash| match key::place(&Row::Agreement(hash.clone())) {
            key::Place::Key(key) => key,
            key::Place::Parts(_) => Vec::new(),
        });
        self.page(key::AGREEMENT, after, max)?
            .into_iter()
            .map(|(key, row)| {
                let text = key.get(1..).and_then(|text| std::str::from_utf8(text).ok());
                let hash = text.and_then(|text| AgreementHash::parse(text).ok());
                Ok((
                    hash.ok_or(StoreError::Corrupt("a key of an agreement"))?,
                    row,
                ))
            })
            .collect()
    }

    fn keys(&self, oin: Oin, desk: &Desk) -> Result<Versioned<Option<KeyListRecord>>, StoreError> {
        self.read(&Row::Keys(oin, desk.clone()))
    }

    fn signal(
        &self,
        source: Oin,
        id: SignalId,
    ) -> Result<Versioned<Option<SignalRecord>>, StoreError> {
        self.read(&Row::Signal(source, id))
    }

    fn delivery(&self, id: DeliveryId) -> Result<Versioned<Option<Delivery>>, StoreError> {
        self.read(&Row::Delivery(id))
    }

    fn deliveries(
        &self,
        after: Option<DeliveryId>,
        max: usize,
    ) -> Result<Vec<(DeliveryId, Versioned<Delivery>)>, StoreError> {
        self.page(key::DELIVERY, after.map(key::delivery), max)?
            .into_iter()
            .map(|(key, row)| {
                let id = key.get(1..).and_then(|id| DeliveryId::from_slice(id).ok());
                Ok((id.ok_or(StoreError::Corrupt("a key of a delivery"))?, row))
            })
            .collect()
    }

    fn held(&self, after: Option<DeliveryId>, max: usize) -> Result<Vec<DeliveryId>, StoreError> {
        held::held(&self.view, after, max)
    }

    fn payload(&self, id: DeliveryId) -> Result<Versioned<Option<PayloadRecord>>, StoreError> {
        self.read(&Row::Payload(id))
    }

    fn reply(&self, scope: &ReplyScope) -> Result<Versioned<Option<Reply>>, StoreError> {
        self.read(&Row::Reply(scope.clone()))
    }

    fn slip_nonce(
        &self,
        oin: Oin,
        nonce: [u8; 16],
    ) -> Result<Versioned<Option<Millis>>, StoreError> {
        let row = self.read::<SlipNonce>(&Row::SlipNonce(oin, nonce))?;
        Ok(row.map(|nonce| nonce.and_then(|nonce| nonce.committed_at.get())))
    }

    fn person_assertion(&self, oin: Oin, jti: [u8; 16]) -> Result<Revision, StoreError> {
        let row = self.read::<UsedAssertion>(&Row::PersonAssertion(oin, jti))?;
        Ok(row.revision)
    }

    fn budget(&self, oin: Oin, clause: &ClauseId, day: u32) -> Result<Versioned<u64>, StoreError> {
        match self.value(&Row::Budget(oin, clause.clone(), day))? {
            None => Ok(Versioned {
                revision: Revision(0),
                value: 0,
            }),
            Some(value) => {
                let (revision, value) = apply::read_counter(&value)?;
                Ok(Versioned { revision, value })
            }
        }
    }

    fn question(&self, id: DeliveryId) -> Result<Versioned<Option<Question>>, StoreError> {
        self.read(&Row::Question(id))
    }

    fn ticks(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
        question::ticks(&self.view, now, after, max)
    }

    fn asked(&self, oin: Oin, clause: &ClauseId, day: u32) -> Result<u64, StoreError> {
        match self.value(&Row::Asked(oin, clause.clone(), day))? {
            None => Ok(0),
            Some(value) => apply::read_counter(&value).map(|(_, count)| count),
        }
    }

    fn stream(
        &self,
        oin: Oin,
        desk: &Desk,
        after: Position,
        max: usize,
    ) -> Result<Vec<(Position, Place)>, StoreError> {
        let stream = key::stream(oin, desk);
        let from = key::next(&key::place_in(&stream, after));
        let places = self.view.scan(&from, &key::end(&stream), max)?;
        places
            .iter()
            .map(|(key, value)| {
                let position = key::tail(key).map(Position);
                let position = position.ok_or(StoreError::Corrupt("a place in a stream"))?;
                Ok((position, Place::read(value)?))
            })
            .collect()
    }

    fn last_position(&self, oin: Oin, desk: &Desk) -> Result<Position, StoreError> {
        let stream = key::stream(oin, desk);
        let last = self.view.last(&stream, &key::end(&stream))?;
        let held = last.and_then(|(key, _)| key::tail(&key)).unwrap_or(0);
        let noted = self.view.get(&key::stream_top(&stream))?;
        let noted = noted.and_then(|value| key::tail(&value)).unwrap_or(0);
        Ok(Position(held.max(noted)))
    }

    fn due(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
        due::due(&self.view, now, after, max)
    }

    fn holds(&self, oin: Oin) -> Result<Vec<(HoldId, Versioned<HoldRecord>)>, StoreError> {
        let held = hold::holds(&self.view, Some(oin))?;
        Ok(held.into_iter().map(|(_, id, held)| (id, held)).collect())
    }

    fn all_holds(&self) -> Result<Vec<(Oin, HoldId, Versioned<HoldRecord>)>, StoreError> {
        hold::holds(&self.view, None)
    }

    fn hold_set(&self, oin: Oin) -> Result<Revision, StoreError> {
        match self.value(&Row::HoldSet(oin))? {
            None => Ok(Revision(0)),
            Some(value) => Stored::read(&value)
                .map(|stored| Revision(stored.revision))
                .ok_or(StoreError::Corrupt("a set of holds")),
        }
    }

    fn erasure(&self, oin: Oin) -> Result<Versioned<Option<ErasureRecord>>, StoreError> {
        self.read(&Row::Erasure(oin))
    }

    fn destroyed(&self) -> Result<Vec<u32>, StoreError> {
        hold::destroyed(&self.view)
    }

    fn erasures(&self) -> Result<Vec<(Oin, Versioned<ErasureRecord>)>, StoreError> {
        hold::erasures(&self.view)
    }

    fn parts(&self, index: LeafIndex) -> Result<Versioned<Option<Vec<u8>>>, StoreError> {
        let absent = Versioned {
            revision: Revision(0),
            value: None,
        };
        let (from, to) = key::runs_up_to(key::PARTS, index);
        let Some((key, value)) = self.view.last(&from, &to)? else {
            return Ok(absent);
        };
        let first = key::tail(&key).ok_or(StoreError::Corrupt("a key of a run"))?;
        let at = usize::try_from(index.0.saturating_sub(first)).unwrap_or(usize::MAX);
        let Some(part) = run::read_parts(&value)?.into_iter().nth(at) else {
            return Ok(absent);
        };
        if self.is_erased(index.0)? {
            return Ok(absent);
        }
        Ok(Versioned {
            revision: Revision(part.revision),
            value: Some(part.bytes),
        })
    }

    fn parts_from(&self, from: LeafIndex, runs: usize) -> Result<PartsPage, StoreError> {
        let (first, upto) = key::runs_up_to(key::PARTS, from);
        let start = match self.view.last(&first, &upto)? {
            Some((key, _)) => key,
            None => key::run(key::PARTS, from.0),
        };
        let (_, end) = key::table(key::PARTS);
        let found = self.view.scan(&start, &end, runs)?;
        let erased = self.erased()?;
        let mut page = PartsPage {
            parts: Vec::new(),
            next: None,
        };
        let whole = found.len() == runs;
        for (key, value) in found {
            let first = key::tail(&key).ok_or(StoreError::Corrupt("a key of a run"))?;
            for (index, part) in (first..).zip(run::read_parts(&value)?) {
                page.next = Some(LeafIndex(index.saturating_add(1)));
                let gone = erased
                    .iter()
                    .any(|(from, to)| (*from..*to).contains(&index));
                if index >= from.0 && !gone {
                    page.parts.push((LeafIndex(index), part.bytes));
                }
            }
        }
        // An index past the last run gives that run again, and nothing new.
        page.next = page.next.filter(|next| whole && *next > from);
        Ok(page)
    }

    fn warning(
        &self,
        oin: Oin,
        id: [u8; 16],
    ) -> Result<Versioned<Option<WarningRecord>>, StoreError> {
        self.read(&Row::Warning(oin, id))
    }

    fn warnings(&self, oin: Oin) -> Result<Vec<Given>, StoreError> {
        warning::warnings(&self.view, oin)
    }

    fn break_glass(
        &self,
        id: DeliveryId,
    ) -> Result<Versioned<Option<BreakGlassRecord>>, StoreError> {
        self.read(&Row::BreakGlass(id))
    }

    fn break_glasses(
        &self,
        after: Option<DeliveryId>,
        max: usize,
    ) -> Result<Vec<(DeliveryId, Versioned<BreakGlassRecord>)>, StoreError> {
        break_glass::break_glasses(&self.view, after, max)
    }

    fn reviews_due(
        &self,
        now: Millis,
        after: Option<(Millis, DeliveryId)>,
        max: usize,
    ) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
        break_glass::reviews_due(&self.view, now, after, max)
    }

    fn consent(
        &self,
        oin: Oin,
        id: ConsentHandle,
    ) -> Result<Versioned<Option<ConsentRecord>>, StoreError> {
        self.read(&Row::Consent(oin, id))
    }

    fn citation(
        &self,
        oin: Oin,
        id: ConsentHandle,
    ) -> Result<Versioned<Option<CitationRecord>>, StoreError> {
        self.read(&Row::Citation(oin, id))
    }

    fn grant(&self, id: [u8; 16]) -> Result<Versioned<Option<GrantRecord>>, StoreError> {
        self.read(&Row::Grant(id))
    }

    fn grants(
        &self,
        after: Option<[u8; 16]>,
        max: usize,
    ) -> Result<Vec<([u8; 16], GrantRecord)>, StoreError> {
        let after = after.map(|id| [&[key::GRANT][..], &id].concat());
        self.page::<GrantRecord>(key::GRANT, after, max)?
            .into_iter()
            .map(|(key, row)| {
                let id = key.get(1..).and_then(|id| id.try_into().ok());
                Ok((
                    id.ok_or(StoreError::Corrupt("a key of a grant"))?,
                    row.value,
                ))
            })
            .collect()
    }

    fn months(&self) -> Result<Vec<(Month, LeafIndex)>, StoreError> {
        let (from, to) = key::table(key::MONTH);
        let mut months = Vec::new();
        for (key, value) in self.view.scan(&from, &to, usize::MAX)? {
            let month = key::tail32(&key).zip(key::tail(&value));
            let (month, first) = month.ok_or(StoreError::Corrupt("a month"))?;
            if self.view.get(&key::month(key::ERASED, month))?.is_none() {
                months.push((Month(month), LeafIndex(first)));
            }
        }
        Ok(months)
    }
}
