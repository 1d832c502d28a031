//! Held deliveries: what becomes of them when a suspension is over.
//!
//! Owns: the decision that gives one a place again or ends it. Must not know: streams, and how a delivery is
//! released.

use crate::decide::{Decided, Responsible};
use crate::disclose;
use crate::parts::Draft;
use crate::payload::outcome_part;
use crate::publish::ATTEMPTS;
use crate::release::random_slip;
use crate::{Hub, HubError, break_glass, due};
use prost::Message;
use seinhuis_policy::{Action, Verdict};
use seinhuis_proto::v1;
use seinhuis_store::records::DeliveryState;
use seinhuis_store::{ChangeSet, Row, Slot, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{AgreementHash, DeliveryId, Millis, RefusalReason};

/// So many held deliveries are looked up at a time.
const PAGE: usize = 256;

/// What became of a held delivery.
enum Freed {
    /// It has a place in its stream again.
    Placed,
    /// It waits no more: it ended, or was not held by now.
    Over,
    /// It stays held.
    Stays,
}

impl<S: Store> Hub<S> {
    /// Gives held deliveries of `agreement` (of all, without one) a new place in their streams, if it
    /// is valid again, and ends those that may never leave any more. Run after a step that ends a
    /// suspension, at start, and from time to time for those that could not be decided then, which
    /// the operator's log tells of. Returns how many have a place again.
    ///
    /// Which are held is asked of the store, each time: a list beside it would have to be right at every moment
    /// in which one is held, given a place and held again. Nothing is held after the step whose commit came
    /// before: to hold stands on the suspended agreement.
    pub async fn free_held(&self, agreement: Option<&AgreementHash>) -> usize {
        let (mut placed, mut after) = (0usize, None);
        loop {
            let page = self.parts.store.snapshot();
            let page = match page.and_then(|snapshot| snapshot.held(after, PAGE)) {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(%error, "held deliveries stay held for now");
                    return placed;
                }
            };
            let Some(last) = page.last() else {
                return placed;
            };
            // Told once a page, and not for each: none is held any less when the log is in time again.
            if let Err(error) = self.log_in_time() {
                tracing::error!(%error, "held deliveries stay held while nothing may be done");
                return placed;
            }
            after = Some(*last);
            for id in page {
                match self.free(id, agreement).await {
                    Ok(Freed::Placed) => placed = placed.saturating_add(1),
                    Ok(Freed::Over | Freed::Stays) => {}
                    Err(error) => {
                        tracing::error!(%error, "a held delivery stays held for now");
                    }
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn free(
        &self,
        id: DeliveryId,
        agreement: Option<&AgreementHash>,
    ) -> Result<Freed, HubError> {
        let mut attempt = 1;
        loop {
            match self.attempt_free(id, agreement).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_free(
        &self,
        id: DeliveryId,
        agreement: Option<&AgreementHash>,
    ) -> Result<Freed, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let held = value.filter(|found| found.body.state() == DeliveryState::Held);
        let Some(mut delivery) = held else {
            return Ok(Freed::Over);
        };
        if agreement.is_some_and(|wanted| wanted.as_str() != delivery.body.agreement_hash) {
            return Ok(Freed::Stays);
        }
        let Some(held) = disclose::hold(&snapshot, id)? else {
            return Ok(Freed::Over);
        };
        let glass = break_glass::review_row(&snapshot, id, &held.header)?;
        let responsible = Responsible {
            acting_person: true,
            decided_by: true,
            second_approval: held.header.second_approval,
            sent: glass.as_ref().map(|glass| Millis(glass.sent_ms)),
        };
        let decided = self.decide(
            Action::Release,
            &snapshot,
            &held.route,
            &held.header,
            responsible,
            self.now(),
        )?;
        let Some(state) = next_state(&decided) else {
            return Ok(Freed::Stays);
        };
        let (to, desk) = (held.route.recipient, held.route.desk.clone());
        let provider = v1::ProviderPart {
            decision: decided.bytes.clone(),
            decision_input: decided.input.clone(),
            signal_id: delivery.body.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let draft = Draft {
            provider: Some(held.route.source),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome_part(v1::Act::Free, &decided),
            agreement: Some(held.route.agreement.clone()),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        delivery.body.state = state.into();
        delivery.position = Slot::of_release(0);
        // An ended one gets a place too: there its recipient reads that it will not come.
        let mut change = ChangeSet::new("free", prepared.entry()).release(to, &desk, id);
        if state == DeliveryState::Ended {
            change = due::follow(change, id, &mut delivery.body).write(Write::erase_payload(id));
            delivery.body.strip();
        }
        let mut told = None;
        if let Some(glass) = glass.filter(|_| state == DeliveryState::Ended) {
            // Its source must not wait for an acknowledgement that cannot come any more.
            let (own, source_desk) = break_glass::not_released(id, &glass, self.now())?;
            change = change.event(held.route.source, &source_desk, own);
            told = Some(source_desk);
        }
        let change = change.write(Write::delivery(id, &delivery));
        let expects = decided
            .stands_on
            .into_iter()
            .chain([(Row::Delivery(id), revision)]);
        self.commit_step(change, expects.collect()).await?;
        self.desks.tell(to, &desk);
        if let Some(source_desk) = told {
            self.desks.tell(held.route.source, &source_desk);
        }
        Ok(match state {
            DeliveryState::Releasable => Freed::Placed,
            _ => Freed::Over,
        })
    }
}

/// What a held delivery becomes by a decision; `None`: it stays held.
fn next_state(decided: &Decided) -> Option<DeliveryState> {
    let Verdict::Refusal(refusal) = &decided.verdict else {
        return Some(DeliveryState::Releasable);
    };
    match refusal.reasons.first().map(|first| first.reason) {
        Some(RefusalReason::AgreementSuspended | RefusalReason::PolicyError) => None,
        _ => Some(DeliveryState::Ended),
    }
}

#[cfg(test)]
mod tests;
