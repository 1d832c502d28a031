//! Erasing one side's copies of the parts of an entry.
//!
//! Owns: what is taken out of a stored value, and which terms its copies have. Must not know: holds,
//! who asks, when it is.
//!
//! Out go the wrapped data key, and opening and bytes sealed under it. What stays says whose copy of
//! which part it was, and until when it had to be kept. The other side's copies and the leaf are not
//! touched, so every proof verifies as before (docs/formats/stored-values.md).

use super::{FORMAT, Slot, Stored, Unopened};
use prost::Message;
use seinhuis_proto::v1::Part;
use seinhuis_types::{Millis, Oin};
use std::collections::BTreeMap;

/// One side's copy of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) part: Part,
    /// Whether it is the source's side.
    pub(crate) provider: bool,
    /// When it may be erased; 0 when nobody said.
    pub(crate) keep_until: Millis,
    /// Whether it is gone.
    pub(crate) erased: bool,
}

impl Slot {
    pub(super) fn is_erased(&self) -> bool {
        self.wrapped.is_empty()
    }
}

impl Stored {
    fn read(value: &[u8]) -> Result<Self, Unopened> {
        match value.split_first() {
            Some((&FORMAT, body)) => Self::decode(body).map_err(|_| Unopened),
            _ => Err(Unopened),
        }
    }

    /// Whether a copy is this organisation's.
    fn owns(&self, slot: &Slot, oin: &Oin) -> bool {
        let owner = match slot.side {
            1 => &self.provider,
            2 => &self.recipient,
            _ => return false,
        };
        owner == oin.as_str()
    }
}

/// The copies of `oin` in a stored value.
pub(crate) fn own(
    value: &[u8],
    oin: &Oin,
    keys: &super::WrappingKeys,
) -> Result<Vec<Own>, Unopened> {
    let stored = Stored::read(value)?;
    let own = stored.slots.iter().filter(|slot| stored.owns(slot, oin));
    own.map(|slot| {
        let part = i32::try_from(slot.part).ok();
        Ok(Own {
            part: part
                .and_then(|part| Part::try_from(part).ok())
                .ok_or(Unopened)?,
            provider: slot.side == 1,
            keep_until: Millis(slot.keep_until_ms),
            erased: slot.is_erased() || keys.destroyed.contains(&slot.wrapping_key),
        })
    })
    .collect()
}

/// A stored value without those copies of `oin` that are past their term at `now`, and how many were
/// there. The caller has checked holds.
pub(crate) fn erase_own(value: &[u8], oin: &Oin, now: Millis) -> Result<(Vec<u8>, u64), Unopened> {
    let mut stored = Stored::read(value)?;
    let own: Vec<bool> = stored
        .slots
        .iter()
        .map(|slot| {
            let past = slot.keep_until_ms != 0 && now.0 >= slot.keep_until_ms;
            past && stored.owns(slot, oin) && !slot.is_erased()
        })
        .collect();
    let mut erased = 0u64;
    for (slot, own) in stored.slots.iter_mut().zip(own) {
        if own {
            slot.wrapped.clear();
            slot.sealed.clear();
            slot.wrapping_key = 0;
            erased = erased.saturating_add(1);
        }
    }
    let mut out = vec![FORMAT];
    stored.encode(&mut out).map_err(|_| Unopened)?;
    Ok((out, erased))
}

/// What of one entry still stands under an epoch key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EpochUse {
    /// How many copies.
    pub copies: u64,
    /// The latest moment until which one of them must be kept; the end of time when one has no term.
    pub keep_until: Millis,
    /// Whose they are.
    pub owners: Vec<Oin>,
}

/// What of a stored value of sealed parts stands under which epoch key.
///
/// # Errors
/// [`Unopened`] when the value is damaged.
pub fn epoch_use(value: &[u8]) -> Result<BTreeMap<u32, EpochUse>, Unopened> {
    let stored = Stored::read(value)?;
    let mut all: BTreeMap<u32, EpochUse> = BTreeMap::new();
    for slot in &stored.slots {
        if slot.is_erased() {
            continue;
        }
        let found = all.entry(slot.wrapping_key).or_default();
        let owner = match slot.side {
            1 => &stored.provider,
            _ => &stored.recipient,
        };
        let owner = Oin::parse(owner).map_err(|_| Unopened)?;
        if !found.owners.contains(&owner) {
            found.owners.push(owner);
        }
        let until = match slot.keep_until_ms {
            0 => Millis(u64::MAX),
            at => Millis(at),
        };
        found.copies = found.copies.saturating_add(1);
        found.keep_until = found.keep_until.max(until);
    }
    Ok(all)
}
