//! Holds and erasures: which rows, and how they are written and read. Must not know: terms, parts.

use crate::change::What;
use crate::records::{ErasureRecord, HoldRecord, Record};
use crate::view::View;
use crate::{Row, StoreError, Versioned, Write, key};
use seinhuis_types::{HoldId, Oin};

/// Most holds of one organisation that are read; more cannot be placed.
pub const MAX_HOLDS: usize = 1_000;

impl Write {
    /// Places a hold; also moves the revision of [`Row::HoldSet`].
    pub fn hold(oin: Oin, id: HoldId, record: &HoldRecord) -> Self {
        Self {
            row: Row::Hold(oin, id),
            what: What::Put(record.template()),
        }
    }

    /// Lifts a hold; also moves the revision of [`Row::HoldSet`].
    pub fn lift_hold(oin: Oin, id: HoldId) -> Self {
        Self {
            row: Row::Hold(oin, id),
            what: What::Delete,
        }
    }

    /// Notes how far an erasure is.
    pub fn erasure(oin: Oin, record: &ErasureRecord) -> Self {
        Self {
            row: Row::Erasure(oin),
            what: What::Put(record.template()),
        }
    }

    /// Notes that an erasure is done.
    pub fn erasure_done(oin: Oin) -> Self {
        Self {
            row: Row::Erasure(oin),
            what: What::Delete,
        }
    }
}

/// The holds of one organisation, by id; of all without one.
pub(crate) fn holds(
    view: &View,
    oin: Option<Oin>,
) -> Result<Vec<(Oin, HoldId, Versioned<HoldRecord>)>, StoreError> {
    let (from, to) = match oin {
        Some(oin) => {
            let prefix = key::holds(oin);
            (prefix.clone(), key::end(&prefix))
        }
        None => key::table(key::HOLD),
    };
    let damaged = || StoreError::Corrupt("a key of a hold");
    let rows = view.scan(&from, &to, usize::MAX)?;
    rows.iter()
        .map(|(key, value)| {
            let owner = owner(key).ok_or_else(damaged)?;
            let id = key.last_chunk::<16>().ok_or_else(damaged)?;
            Ok((owner, HoldId(*id), HoldRecord::read(value)?))
        })
        .collect()
}

/// Every erasure under way.
pub(crate) fn erasures(view: &View) -> Result<Vec<(Oin, Versioned<ErasureRecord>)>, StoreError> {
    let (from, to) = key::table(key::ERASURE);
    let rows = view.scan(&from, &to, usize::MAX)?;
    rows.iter()
        .map(|(key, value)| {
            let owner = owner(key).ok_or(StoreError::Corrupt("a key of an erasure"))?;
            Ok((owner, ErasureRecord::read(value)?))
        })
        .collect()
}

fn owner(key: &[u8]) -> Option<Oin> {
    let text = std::str::from_utf8(key.get(1..21)?).ok()?;
    Oin::parse(text).ok()
}
