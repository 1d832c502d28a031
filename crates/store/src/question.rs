//! Questions: their rows, their ticks, and how many were asked on a day.
//! Owns how these are written and read. Must not know: what a tick brings about.
//!
//! The key of a tick begins with its moment, so that what has come is the start of one range.

use crate::change::{Count, What};
use crate::records::{Question, Record};
use crate::template::Template;
use crate::view::View;
use crate::{ChangeSet, Row, StoreError, Write, key};
use seinhuis_types::{ClauseId, DeliveryId, Millis, Oin};

/// How long a question stays after its tick was dealt with, in milliseconds: who answers late is told so.
pub const QUESTION_TERM_MS: u64 = 7 * Millis::DAY;

/// On how many days before today the asking of questions is looked back on.
pub const ASKED_DAYS: u32 = 28;

/// Format of a tick's row.
const FORMAT: u8 = 1;

impl Write {
    /// Sets a question.
    pub fn question(id: DeliveryId, record: &Question) -> Self {
        Self {
            row: Row::Question(id),
            what: What::Put(record.template()),
        }
    }

    /// Notes the tick of a question.
    pub fn tick(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::Tick(at, id),
            what: What::Put(Template::new(FORMAT, &[], &[])),
        }
    }

    /// Takes that back. Absent already is no error.
    pub fn ticked(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::Tick(at, id),
            what: What::Delete,
        }
    }
}

impl ChangeSet {
    /// Adds one to the questions of (`oin`, `clause`) on `day` (days since 1970-01-01 UTC). Above `cap`
    /// this change fails alone with [`OverCap`](crate::StoreError::OverCap).
    #[must_use]
    pub fn count_asked(mut self, oin: Oin, clause: &ClauseId, day: u32, cap: u64) -> Self {
        self.counts.push(Count {
            row: Row::Asked(oin, clause.clone(), day),
            by: 1,
            cap,
        });
        self
    }
}

/// The ticks that have come at `now`, from the oldest, after `after`.
pub(crate) fn ticks(
    view: &View,
    now: Millis,
    after: Option<(Millis, DeliveryId)>,
    max: usize,
) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
    let from = after.map_or(key::table(key::TICK).0, |(at, id)| {
        key::next(&key::tick(at, id))
    });
    let to = key::run(key::TICK, now.0.saturating_add(1));
    let rows = view.scan(&from, &to, max)?;
    rows.iter()
        .map(|(key, _)| {
            let at = key.get(1..9).and_then(key::tail).map(Millis);
            let id = key.get(9..).and_then(|id| DeliveryId::from_slice(id).ok());
            at.zip(id)
                .ok_or(StoreError::Corrupt("the tick of a question"))
        })
        .collect()
}
