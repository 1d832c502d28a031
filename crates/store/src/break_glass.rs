//! Break-glass under review: one row each, and one row for the moment at which a review must be told
//! late. Owns how both are written and read. Must not know: who reviews, and when a review is due.

use crate::change::What;
use crate::records::{BreakGlassRecord, Record};
use crate::template::Template;
use crate::view::View;
use crate::{Row, StoreError, Versioned, Write, key};
use seinhuis_types::{DeliveryId, Millis};

/// Format of a row that says when a review is late.
const FORMAT: u8 = 1;

impl Write {
    /// Sets a break-glass under review.
    pub fn break_glass(id: DeliveryId, record: &BreakGlassRecord) -> Self {
        Self {
            row: Row::BreakGlass(id),
            what: What::Put(record.template()),
        }
    }

    /// Notes that a review must be told late `at` a moment.
    pub fn review_due(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::ReviewDue(at, id),
            what: What::Put(Template::new(FORMAT, &[], &[])),
        }
    }

    /// Takes that back. Absent already is no error.
    pub fn review_not_due(at: Millis, id: DeliveryId) -> Self {
        Self {
            row: Row::ReviewDue(at, id),
            what: What::Delete,
        }
    }
}

/// The reviews that must be told late at `now`, from the oldest, after `after`.
pub(crate) fn reviews_due(
    view: &View,
    now: Millis,
    after: Option<(Millis, DeliveryId)>,
    max: usize,
) -> Result<Vec<(Millis, DeliveryId)>, StoreError> {
    let from = after.map_or(key::table(key::REVIEW_DUE).0, |(at, id)| {
        key::next(&key::review_due(at, id))
    });
    let to = key::run(key::REVIEW_DUE, now.0.saturating_add(1));
    let rows = view.scan(&from, &to, max)?;
    rows.iter()
        .map(|(key, _)| {
            let at = key.get(1..9).and_then(key::tail).map(Millis);
            let id = key.get(9..).and_then(|id| DeliveryId::from_slice(id).ok());
            at.zip(id)
                .ok_or(StoreError::Corrupt("a due row of a review"))
        })
        .collect()
}

/// At most `max` of them in the order of their deliveries' ids, after `after`.
pub(crate) fn break_glasses(
    view: &View,
    after: Option<DeliveryId>,
    max: usize,
) -> Result<Vec<(DeliveryId, Versioned<BreakGlassRecord>)>, StoreError> {
    let (from, to) = key::table(key::BREAK_GLASS);
    let from = after.map_or(from, |id| key::next(&key::break_glass(id)));
    let rows = view.scan(&from, &to, max)?;
    rows.into_iter()
        .map(|(key, value)| {
            let id = key.get(1..).and_then(|id| DeliveryId::from_slice(id).ok());
            let id = id.ok_or(StoreError::Corrupt("a key of a break-glass"))?;
            Ok((id, BreakGlassRecord::read(&value)?))
        })
        .collect()
}
