//! Warnings that were given: how they are written and read. Must not know: when one is due.

use crate::change::What;
use crate::records::{Record, WarningRecord};
use crate::view::View;
use crate::{Row, StoreError, Versioned, Write, key};
use seinhuis_types::Oin;

/// A warning that was given: its id and its row.
pub type Given = ([u8; 16], Versioned<WarningRecord>);

impl Write {
    /// Notes that a warning was given. Expect revision 0 of [`Row::Warning`] in the same change, and
    /// it is given once.
    pub fn warning(oin: Oin, id: [u8; 16], record: &WarningRecord) -> Self {
        Self {
            row: Row::Warning(oin, id),
            what: What::Put(record.template()),
        }
    }
}

/// The warnings of one organisation, by id.
pub(crate) fn warnings(view: &View, oin: Oin) -> Result<Vec<Given>, StoreError> {
    let start = key::warnings(oin);
    let rows = view.scan(&start, &key::end(&start), usize::MAX)?;
    rows.into_iter()
        .map(|(key, value)| {
            let id = key.last_chunk::<16>().copied();
            let id = id.ok_or(StoreError::Corrupt("a key of a warning"))?;
            Ok((id, WarningRecord::read(&value)?))
        })
        .collect()
}
