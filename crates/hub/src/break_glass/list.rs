//! Every break-glass of one organisation, sent and received.
//!
//! Owns: who reads which, and in which order. Must not know: how a review comes about.

use super::review::record_message;
use crate::command::Caller;
use crate::directory::Capability;
use crate::{Hub, HubError};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store};

/// Most in a list, the newest first.
const LISTED: usize = 1_000;
/// Rows read at once.
const PAGE: usize = 256;

impl<S: Store> Hub<S> {
    /// The caller's own, the newest first; only those whose review is not closed if `open_only`.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`; the store's.
    pub fn break_glasses(
        &self,
        caller: &Caller,
        open_only: bool,
    ) -> Result<Vec<v1::BreakGlassReview>, HubError> {
        self.capable(caller, Capability::Audit)?;
        let snapshot = self.parts.store.snapshot()?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = snapshot.break_glasses(after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (id, row) in page {
                let record = row.value;
                let sides = [&record.source_oin, &record.recipient_oin];
                let own = sides.iter().any(|oin| *oin == caller.oin.as_str());
                if own && !(open_only && record.finding != 0) {
                    found.push(record_message(id, &record, &caller.oin));
                }
            }
        }
        found.sort_by_key(|one| std::cmp::Reverse((one.sent_ms, one.delivery_id.clone())));
        found.truncate(LISTED);
        Ok(found)
    }
}
