//! Held deliveries: what becomes of them when a suspension is over.
//!
//! Owns: which deliveries wait, and the decision that gives one a place again or ends it. Must not
//! know: streams, and how a delivery is released.

use crate::decide::{Decided, Responsible};
use crate::disclose;
use crate::parts::Draft;
use crate::payload::outcome_part;
use crate::publish::ATTEMPTS;
use crate::release::random_slip;
use crate::{Hub, HubError, due};
use prost::Message;
use seinhuis_policy::{Action, Verdict};
use seinhuis_proto::v1;
use seinhuis_store::records::DeliveryState;
use seinhuis_store::{ChangeSet, Row, Slot, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{AgreementHash, DeliveryId, RefusalReason};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Deliveries that may be held, with the agreement they wait for. One too many does no harm: the row
/// decides.
#[derive(Debug, Default)]
pub(crate) struct HeldDeliveries(Mutex<BTreeMap<DeliveryId, AgreementHash>>);

impl HeldDeliveries {
    pub(crate) fn note(&self, id: DeliveryId, agreement: AgreementHash) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id, agreement);
    }

    fn forget(&self, id: DeliveryId) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&id);
    }

    /// Those of one agreement, or all.
    fn of(&self, agreement: Option<&AgreementHash>) -> Vec<DeliveryId> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter()
            .filter(|(_, of)| agreement.is_none_or(|wanted| wanted == *of))
            .map(|(id, _)| *id)
            .collect()
    }
}

/// What became of a held delivery.
enum Freed {
    /// It has a place in its stream again.
    Placed,
    /// It waits no more: it ended, or it was not held.
    Over,
    /// It stays held.
    Stays,
}

impl<S: Store> Hub<S> {
    /// Looks which deliveries are held: by the store's index, so that others are not read. Once, before
    /// serving: afterwards each is noted as it is held.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn find_held(&self) -> Result<(), HubError> {
        let mut after = None;
        loop {
            let snapshot = self.parts.store.snapshot()?;
            let page = snapshot.held(after, 256)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(*last);
            for id in page {
                let found = snapshot.delivery(id)?.value;
                let held = found.filter(|found| found.body.state() == DeliveryState::Held);
                if let Some(delivery) = held {
                    self.held.note(id, delivery.body.agreement()?);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Gives held deliveries of `agreement` (of all, without one) a new place in their streams, if it
    /// is valid again, and ends those that may never leave any more. Run after a step that ends a
    /// suspension, at start, and from time to time for those that could not be decided then, which
    /// the operator's log tells of. Returns how many have a place again.
    pub async fn free_held(&self, agreement: Option<&AgreementHash>) -> usize {
        let mut placed = 0usize;
        for id in self.held.of(agreement) {
            match self.free(id).await {
                Ok(Freed::Stays) => {}
                Ok(Freed::Over) => self.held.forget(id),
                Ok(Freed::Placed) => {
                    self.held.forget(id);
                    placed = placed.saturating_add(1);
                }
                Err(error) => tracing::error!(%error, "a held delivery stays held for now"),
            }
        }
        placed
    }

    async fn free(&self, id: DeliveryId) -> Result<Freed, HubError> {
        let mut attempt = 1;
        loop {
            match self.attempt_free(id).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_free(&self, id: DeliveryId) -> Result<Freed, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let (Some(mut delivery), Some(held)) = (value, disclose::hold(&snapshot, id)?) else {
            return Ok(Freed::Over);
        };
        if delivery.body.state() != DeliveryState::Held {
            return Ok(Freed::Over);
        }
        let responsible = Responsible {
            acting_person: true,
            decided_by: true,
            second_approval: held.header.second_approval,
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
        let change = change.write(Write::delivery(id, &delivery));
        let expects = decided
            .stands_on
            .into_iter()
            .chain([(Row::Delivery(id), revision)]);
        self.commit_step(change, expects.collect()).await?;
        self.desks.tell(to, &desk);
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
