//! What falls due: one row for each delivery that has a next moment, and events in a desk's stream.
//! Owns [`Place`] and how both are written. Must not know: what falls due, or what an event is for.
//!
//! A due row's key begins with its moment, so that what is due is the start of one range and nothing
//! else is looked at. An event lies in the stream itself, where a delivery's id would be, and lapses
//! with the cursors that could still come to it.

use crate::change::{Placed, Release, What};
use crate::records::EventRecord;
use crate::stage::Stage;
use crate::template::{Stored, Template};
use crate::view::View;
use crate::{ChangeSet, Row, StoreError, Versioned, Write, key};
use seinhuis_types::{DeliveryId, Desk, Millis, Oin, Position};

/// How long an event stays in its stream, in milliseconds: as long as a cursor is taken.
pub const EVENT_TERM_MS: u64 = 30 * Millis::DAY;

/// Format of a due row and of an event's term.
const FORMAT: u8 = 1;

/// What lies at a position of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A delivery.
    Delivery(DeliveryId),
    /// An event, with the revision of the change that told it: its entry's index plus one.
    Event(Versioned<EventRecord>),
}

impl Place {
    /// A stored place: a delivery's is its id alone.
    pub(crate) fn read(value: &[u8]) -> Result<Self, StoreError> {
        if let Ok(id) = DeliveryId::from_slice(value) {
            return Ok(Self::Delivery(id));
        }
        <EventRecord as crate::records::Record>::read(value).map(Self::Event)
    }
}

impl Write {
    /// Notes that something falls due for a delivery `at` a moment.
    pub fn due(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::Due(at, id),
            what: What::Put(Template::new(FORMAT, &[], &[])),
        }
    }

    /// Takes that back. Absent already is no error.
    pub fn not_due(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::Due(at, id),
            what: What::Delete,
        }
    }
}

impl ChangeSet {
    /// Puts an event at the next position of the stream of (`oin`, `desk`). It counts among the
    /// releases, and lapses 30 days later ([`crate::Store::sweep`]).
    #[must_use]
    pub fn event(mut self, oin: Oin, desk: &Desk, event: EventRecord) -> Self {
        self.releases.push(Release {
            oin,
            desk: desk.clone(),
            placed: Placed::Event(Box::new(event)),
        });
        self
    }
}

/// The rows that are due at `now`, from the oldest, after `after`.
pub(crate) fn due(
    view: &View,
    now: Millis,
    after: Option<(Millis, DeliveryId)>,
    max: usize,
) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
    let from = after.map_or(key::table(key::DUE).0, |(at, id)| {
        key::next(&key::due(at, id))
    });
    let to = key::run(key::DUE, now.0.saturating_add(1));
    let rows = view.scan(&from, &to, max)?;
    rows.iter()
        .map(|(key, _)| {
            let at = key.get(1..9).and_then(key::tail).map(Millis);
            let id = key.get(9..).and_then(|id| DeliveryId::from_slice(id).ok());
            at.zip(id).ok_or(StoreError::Corrupt("a due row"))
        })
        .collect()
}

/// The stored form of an event, and the row that says when it lapses.
pub(crate) fn put_event(
    stage: &mut Stage<'_>,
    place: Vec<u8>,
    event: &EventRecord,
    revision: u64,
) -> Result<(), StoreError> {
    use crate::records::Record;
    let value = event
        .template()
        .fill(revision, |_| None)
        .ok_or(StoreError::Malformed("a hole points nowhere"))?;
    let lapses = stage.at().plus(EVENT_TERM_MS);
    stage.put(key::event_term(lapses, &place), vec![FORMAT])?;
    stage.put(place, value)
}

/// The keys of terms of events that are over.
pub(crate) fn lapsed_events(
    view: &View,
    now: Millis,
    max: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let (from, _) = key::table(key::EVENT_TERM);
    let rows = view.scan(&from, &key::run(key::EVENT_TERM, now.0), max)?;
    Ok(rows.into_iter().map(|(key, _)| key).collect())
}

/// Takes an event whose term is over out of its stream.
pub(crate) fn remove_event(stage: &mut Stage<'_>, term: Vec<u8>) -> Result<(), StoreError> {
    let place = key::event_place(&term).ok_or(StoreError::Corrupt("the term of an event"))?;
    // Only what is an event: a place is never given twice, so it is this one or gone.
    let held = stage.get(&place)?;
    if held.is_some_and(|value| Stored::read(&value).is_some() && value.len() != 16) {
        let position = key::tail(&place).map(Position);
        let stream = place.len().checked_sub(8).and_then(|end| place.get(..end));
        if let (Some(stream), Some(position)) = (stream, position) {
            crate::apply::withdraw(stage, stream, position)?;
        }
    }
    stage.delete(term);
    Ok(())
}
