//! Which deliveries are held: an index kept in the commit that holds or frees one, so that a start reads
//! those alone. Owns [`Held`]. Must not know: why a delivery is held, and what frees it.

use crate::engine::{Batch, Engine};
use crate::records::{Delivery, DeliveryState, Record};
use crate::stage::Stage;
use crate::view::View;
use crate::{Row, StoreError, key};
use seinhuis_types::DeliveryId;

/// Format of a row of the index.
const FORMAT: u8 = 1;
/// Deliveries that are looked at in one go while the index is made.
const PAGE: usize = 256;

/// Whether a delivery that is written is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
}

impl Held {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        match delivery.body.state() {
            DeliveryState::Held => Self::Yes,
            _ => Self::No,
        }
    }

    /// Lets the index follow the delivery of `row`, in its own change.
    pub(crate) fn follow(self, stage: &mut Stage<'_>, row: &Row) -> Result<(), StoreError> {
        let Row::Delivery(id) = row else {
            return Err(StoreError::Malformed("only a delivery is held"));
        };
        let key = key::held(*id);
        if self == Self::Yes {
            return stage.put(key, vec![FORMAT]);
        }
        // Most were never held: a delete would be written all the same.
        if stage.get(&key)?.is_some() {
            stage.delete(key);
        }
        Ok(())
    }
}

/// The held deliveries after `after`, at most `max`.
pub(crate) fn held(
    view: &View,
    after: Option<DeliveryId>,
    max: usize,
) -> Result<Vec<DeliveryId>, StoreError> {
    let (first, to) = key::table(key::HELD);
    let from = after.map_or(first, |id| key::next(&key::held(id)));
    let rows = view.scan(&from, &to, max)?;
    rows.iter()
        .map(|(key, _)| {
            let id = key.get(1..).and_then(|id| DeliveryId::from_slice(id).ok());
            id.ok_or(StoreError::Corrupt("a key of a held delivery"))
        })
        .collect()
}

/// Makes the index of data that have none yet, from every delivery. Once: the caller then notes the
/// version.
pub(crate) fn build(engine: &dyn Engine) -> Result<(), StoreError> {
    let (mut from, to) = key::table(key::DELIVERY);
    loop {
        let page = engine.scan(&from, &to, PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        from = key::next(last);
        let mut rows = Batch::new();
        for (key, value) in &page {
            if Held::of(&Delivery::read(value)?.value) == Held::No {
                continue;
            }
            let id = key.get(1..).and_then(|id| DeliveryId::from_slice(id).ok());
            let id = id.ok_or(StoreError::Corrupt("a key of a delivery"))?;
            rows.insert(key::held(id), Some(vec![FORMAT]));
        }
        if !rows.is_empty() {
            engine.apply(&rows)?;
        }
    }
}

#[cfg(test)]
mod tests;
