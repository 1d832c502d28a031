//! How long each party keeps its parts of an entry.
//!
//! Owns: from an agreement to the moment until which a part must be kept. Must not know: holds,
//! erasure, what a part says.

use crate::parts::{Draft, Keep};
use crate::{Hub, HubError};
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::{Millis, Oin};

/// How long parts are kept of what was done under no agreement (a reading, a conversion of one's own,
/// a refusal under an unknown agreement): five years, in days. The law asks for four at least
/// (Wpg 25(1)(c), Wjsg 39j).
pub(crate) const KEEP_DAYS: u32 = 1_826;

impl<S: Store> Hub<S> {
    /// Until when each side keeps its parts of an entry made `now`: as its agreement says of that
    /// party, and five years without one.
    pub(crate) fn keep(&self, draft: &Draft, now: Millis) -> Result<Keep, HubError> {
        let loaded = match &draft.agreement {
            None => None,
            Some(hash) => match self.agreements.known(hash) {
                Some(loaded) => Some(loaded),
                None => {
                    let Versioned { revision, value } =
                        self.parts.store.snapshot()?.agreement(hash)?;
                    let load = |record| self.agreements.load(hash, &record, revision);
                    value.map(load).transpose()?
                }
            },
        };
        let until = |oin: Option<&Oin>| {
            let party = oin.and_then(|oin| loaded.as_ref()?.agreement.content().party(oin));
            let days = party.map_or(KEEP_DAYS, |party| party.log_retention_days);
            now.plus(u64::from(days).saturating_mul(Millis::DAY))
        };
        Ok(Keep {
            provider: until(draft.provider.as_ref()),
            recipient: until(draft.recipient.as_ref()),
        })
    }
}
