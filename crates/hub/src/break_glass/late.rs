//! Reviews that are late: both officers are told at the due time and each working day after it.
//!
//! Owns: one pass over what is due, and the commit of each. Must not know: when anyone looks, and when a
//! review is late (domain).

use super::{officers, put, review_of, tell};
use crate::publish::ATTEMPTS;
use crate::{Hub, HubError};
use ring::digest;
use seinhuis_proto::v1::{self, WarningKind};
use seinhuis_store::records::{BreakGlassRecord, EventKind, WarningRecord};
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{DeliveryId, Millis, Revision};

/// How many due rows are read at once.
const PAGE: usize = 64;

impl<S: Store> Hub<S> {
    /// Tells both officers of at most about `max` reviews that are late, from the oldest. What fails stays
    /// due and does not hold up the others. Gives how many were told.
    ///
    /// # Errors
    /// The store's, when it cannot tell what is due; `UNAVAILABLE` while nothing may be done.
    pub async fn pass_reviews(&self, max: usize) -> Result<usize, HubError> {
        let (mut told, mut after) = (0, None);
        while told < max {
            let page = PAGE.min(max.saturating_sub(told));
            let snapshot = self.parts.store.snapshot()?;
            let due = snapshot.reviews_due(self.now(), after, page)?;
            let Some(last) = due.last() else { break };
            self.log_in_time()?;
            after = Some(*last);
            for (_, id) in due {
                match self.tell_late(id).await {
                    Ok(true) => told += 1,
                    Ok(false) => {}
                    Err(error) => {
                        tracing::error!(%error, "a review that is late stays untold for now");
                    }
                }
            }
        }
        Ok(told)
    }

    async fn tell_late(&self, id: DeliveryId) -> Result<bool, HubError> {
        let mut attempt = 1;
        loop {
            match self.attempt_late(id).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_late(&self, id: DeliveryId) -> Result<bool, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.break_glass(id)?;
        let Some(mut record) = value else {
            return Ok(false);
        };
        let now = self.now();
        let mut review = review_of(&record, &self.parts.cursors)?;
        let due = review.next_told;
        if !review.tell_late(now) {
            return Ok(false);
        }
        put(&mut record, &review);
        let prepared = self.act(v1::Act::BreakGlassOverdue, id, &record, None)?;
        let mut change = ChangeSet::new("tell_late_review", prepared.entry())
            .expect(Row::BreakGlass(id), revision)
            .write(Write::break_glass(id, &record));
        if let Some(due) = due {
            change = change.write(Write::review_not_due(due, id));
        }
        if let Some(next) = review.next_told {
            change = change.write(Write::review_due(next, id));
        }
        change = tell(change, id, &record, EventKind::BreakGlassOverdue, review.by)?;
        let officers = officers(&record)?;
        let (warning, name) = warning(id, &record, now);
        for (oin, _) in &officers {
            change = change
                .expect(Row::Warning(*oin, name), Revision(0))
                .write(Write::warning(*oin, name, &warning));
        }
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        for (oin, desk) in &officers {
            self.desks.tell(*oin, desk);
            tracing::warn!(%oin, told = record.told, "the review of a break-glass is late");
        }
        Ok(true)
    }
}

/// The line in the warnings of both, and its name: one for each time it is told.
fn warning(id: DeliveryId, record: &BreakGlassRecord, now: Millis) -> (WarningRecord, [u8; 16]) {
    let warning = WarningRecord {
        kind: WarningKind::BreakGlassOverdue.into(),
        agreement_hash: record.agreement_hash.clone(),
        clause: record.clause.clone(),
        ends_ms: record.review_by_ms,
        days: record.told,
        told_ms: now.0,
        delivery_id: id.0.to_vec(),
        ..WarningRecord::default()
    };
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(b"seinhuis/v1/break-glass-overdue\0");
    hash.update(&id.0);
    hash.update(&record.told.to_be_bytes());
    let mut name = [0; 16];
    for (to, from) in name.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    (warning, name)
}
