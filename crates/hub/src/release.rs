//! Release: a delivery leaves for its recipient, by a decision made just before, on the rows as
//! they are now.
//!
//! Owns: what becomes of a delivery when it is asked for: sent, held, or ended. Must not know:
//! streams and cursors.

use crate::command::{Caller, SlipBytes};
use crate::decide::{Decided, Responsible};
use crate::disclose::{self, Held};
use crate::parts::{Draft, Prepared};
use crate::payload::{outcome_part, shared_part};
use crate::publish::ATTEMPTS;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::entry::Slip;
use seinhuis_policy::{Action, Permit, Refusal, Verdict};
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, DeliveryState};
use seinhuis_store::{
    ChangeSet, Committed, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{DeliveryId, RefusalReason};

/// What came of asking for a delivery.
pub(crate) enum Release {
    /// It leaves.
    Sent(Box<v1::Delivery>),
    /// It has ended and will not be released any more.
    Ended,
    /// It is held: its agreement is suspended. It gets a new place when that is over.
    Held,
    /// There is nothing to send: acknowledged before, or gone.
    Nothing,
}

impl<S: Store> Hub<S> {
    /// Decides on one delivery and commits what follows.
    pub(crate) async fn release(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<Release, HubError> {
        self.log_in_time()?;
        let mut attempt = 1;
        loop {
            match self.attempt_release(caller, id).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_release(&self, caller: &Caller, id: DeliveryId) -> Result<Release, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let Some(delivery) = value else {
            return Ok(Release::Nothing);
        };
        match delivery.body.state() {
            DeliveryState::Releasable | DeliveryState::Released => {}
            DeliveryState::Held => return Ok(Release::Held),
            DeliveryState::Ended if delivery.acknowledged_at.get().is_none() => {
                return Ok(Release::Ended);
            }
            _ => return Ok(Release::Nothing),
        }
        let Some(held) = disclose::hold(&snapshot, id)? else {
            return Ok(Release::Nothing);
        };
        // The source named its people at publish, or this delivery would not exist.
        let responsible = Responsible {
            acting_person: true,
            decided_by: true,
            second_approval: held.header.second_approval,
        };
        let now = self.now();
        let decided = self.decide(
            Action::Release,
            &snapshot,
            &held.route,
            &held.header,
            responsible,
            now,
        )?;
        let expects = decided.stands_on.iter().cloned().chain([
            (Row::Delivery(id), revision),
            (Row::Payload(id), held.revision),
        ]);
        let step = Step {
            caller,
            id,
            delivery,
            expects: expects.collect(),
            decided: &decided,
        };
        match &decided.verdict {
            Verdict::Permit(permit) => self.send(step, held, permit).await,
            Verdict::Refusal(refusal) => self.not_sent(step, &held, refusal).await,
        }
    }

    async fn send(&self, step: Step<'_>, held: Held, permit: &Permit) -> Result<Release, HubError> {
        let Step {
            caller,
            id,
            mut delivery,
            expects,
            decided,
        } = step;
        let first = delivery.first_release.get();
        let slip = match (first, held.release_slip()) {
            (None, Some((nonce, tags, chain))) => SlipBytes {
                nonce: nonce
                    .try_into()
                    .map_err(|_| HubError::Internal("a stored slip"))?,
                tags: tags
                    .try_into()
                    .map_err(|_| HubError::Internal("a stored slip"))?,
                chain: chain.to_vec(),
            },
            // A repeated release has no slip of its own: the source's part names the first one.
            _ => random_slip(),
        };
        let provider = v1::ProviderPart {
            decision: decided.bytes.clone(),
            signal_id: delivery.body.signal_id.clone(),
            chain: slip.chain.clone(),
            first_index_plus_one: first.map_or(0, |index| index.0.saturating_add(1)),
            ..v1::ProviderPart::default()
        };
        let recipient = v1::RecipientPart {
            system: caller.system.0.to_vec(),
            ..v1::RecipientPart::default()
        };
        let draft = Draft {
            provider: Some(held.route.source),
            recipient: Some(held.route.recipient),
            shared: Some(shared_part(v1::Act::Release, &held.route, decided, id).encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            recipient_part: Some(recipient.encode_to_vec()),
            outcome: outcome_part(v1::Act::Release, decided),
            public: false,
        };
        let prepared = self.prepare(draft, &slip.slip()?, self.now())?;
        delivery.body.state = DeliveryState::Released.into();
        delivery.body.release_count = delivery.body.release_count.saturating_add(1);
        delivery.released_at = Slot::at_commit();
        if first.is_none() {
            delivery.first_release = Slot::of_entry(0);
        }
        let catalogue = &self.parts.rules.catalogue;
        let withheld = withheld(decided);
        let mut message = held.disclose(permit, id, withheld, decided, catalogue)?;
        let change =
            ChangeSet::new("release", prepared.entry()).write(Write::delivery(id, &delivery));
        let committed = self.commit_step(change, expects).await?;
        message.decision = decided.bytes.clone();
        message.proof = Some(self.release_proof(caller, &prepared, &committed, decided)?);
        Ok(Release::Sent(Box::new(message)))
    }

    fn release_proof(
        &self,
        caller: &Caller,
        prepared: &Prepared,
        committed: &Committed,
        decided: &Decided,
    ) -> Result<v1::Proof, HubError> {
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(prepared, index, &decided.bytes, committed.at, &caller.oin)
    }

    /// Suspended: held, without a place. Anything else: ended, and the payload dies.
    async fn not_sent(
        &self,
        step: Step<'_>,
        held: &Held,
        refusal: &Refusal,
    ) -> Result<Release, HubError> {
        let Step {
            id,
            mut delivery,
            expects,
            decided,
            ..
        } = step;
        let reason = refusal.reasons.first().map(|first| first.reason);
        if reason == Some(RefusalReason::PolicyError) {
            return Err(HubError::Internal("the policy engine could not decide"));
        }
        let suspended = reason == Some(RefusalReason::AgreementSuspended);
        // What the recipient may have already is not taken back: it is only not sent again.
        let kept = suspended && delivery.body.state() == DeliveryState::Released;
        let provider = v1::ProviderPart {
            decision: decided.bytes.clone(),
            signal_id: delivery.body.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let draft = Draft {
            provider: Some(held.route.source),
            recipient: None,
            shared: None,
            provider_part: Some(provider.encode_to_vec()),
            recipient_part: None,
            outcome: outcome_part(v1::Act::Release, decided),
            public: false,
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        if kept {
            let change = ChangeSet::new("not_again", prepared.entry());
            self.commit_step(change, expects).await?;
            return Ok(Release::Held);
        }
        let (name, state) = if suspended {
            ("hold", DeliveryState::Held)
        } else {
            ("end_delivery", DeliveryState::Ended)
        };
        delivery.body.state = state.into();
        let mut change = ChangeSet::new(name, prepared.entry());
        if suspended {
            if let Some(position) = delivery.position.get() {
                change = change.withdraw(held.route.recipient, &held.route.desk, position);
            }
            delivery.position = Slot::EMPTY;
        } else {
            change = change.write(Write::erase_payload(id));
        }
        let change = change.write(Write::delivery(id, &delivery));
        self.commit_step(change, expects).await?;
        Ok(if suspended {
            Release::Held
        } else {
            Release::Ended
        })
    }

    async fn commit_step(
        &self,
        mut change: ChangeSet,
        expects: Vec<(Row, seinhuis_types::Revision)>,
    ) -> Result<Committed, HubError> {
        for (row, revision) in expects {
            change = change.expect(row, revision);
        }
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(committed)
    }

    /// Gives held deliveries of agreements that are valid again a new place in their streams, and
    /// ends those that may never leave any more. Run after a step that ends a suspension, and at
    /// start. One that cannot be decided is told in the operator's log and left for the next run.
    ///
    /// # Errors
    /// The store's. What was done stays; run it again.
    pub async fn release_held(&self) -> Result<usize, HubError> {
        let mut after = None;
        let mut freed = 0usize;
        loop {
            let page = self.parts.store.snapshot()?.deliveries(after, 256)?;
            let Some((last, _)) = page.last() else {
                return Ok(freed);
            };
            after = Some(*last);
            for (id, delivery) in page {
                if delivery.value.body.state() != DeliveryState::Held {
                    continue;
                }
                match self.free(id).await {
                    Ok(true) => freed = freed.saturating_add(1),
                    Ok(false) => {}
                    Err(error) => tracing::error!(%error, "a held delivery stays held"),
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn free(&self, id: DeliveryId) -> Result<bool, HubError> {
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

    async fn attempt_free(&self, id: DeliveryId) -> Result<bool, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let (Some(mut delivery), Some(held)) = (value, disclose::hold(&snapshot, id)?) else {
            return Ok(false);
        };
        if delivery.body.state() != DeliveryState::Held {
            return Ok(false);
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
        let state = match &decided.verdict {
            Verdict::Permit(_) => DeliveryState::Releasable,
            Verdict::Refusal(refusal) => match refusal.reasons.first().map(|first| first.reason) {
                Some(RefusalReason::AgreementSuspended | RefusalReason::PolicyError) => {
                    return Ok(false);
                }
                _ => DeliveryState::Ended,
            },
        };
        let (to, desk) = (held.route.recipient, held.route.desk.clone());
        let provider = v1::ProviderPart {
            decision: decided.bytes.clone(),
            signal_id: delivery.body.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let draft = Draft {
            provider: Some(held.route.source),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome_part(v1::Act::Free, &decided),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        delivery.body.state = state.into();
        delivery.position = Slot::of_release(0);
        // An ended one gets a place too: there its recipient reads that it will not come.
        let mut change = ChangeSet::new("free", prepared.entry())
            .release(to, &desk, id)
            .write(Write::delivery(id, &delivery));
        if state == DeliveryState::Ended {
            change = change.write(Write::erase_payload(id));
        }
        let expects = decided
            .stands_on
            .into_iter()
            .chain([(Row::Delivery(id), revision)]);
        self.commit_step(change, expects.collect()).await?;
        self.desks.tell(to, &desk);
        Ok(state == DeliveryState::Releasable)
    }
}

/// One delivery under decision.
struct Step<'a> {
    caller: &'a Caller,
    id: DeliveryId,
    delivery: Delivery,
    expects: Vec<(Row, seinhuis_types::Revision)>,
    decided: &'a Decided,
}

fn withheld(decided: &Decided) -> Vec<v1::Withheld> {
    v1::Decision::decode(decided.bytes.as_slice())
        .map(|d| d.withheld)
        .unwrap_or_default()
}

/// A slip about nobody.
pub(crate) fn random_slip() -> SlipBytes {
    let slip = Slip::random(&mut rand::rng());
    SlipBytes {
        nonce: *slip.nonce(),
        tags: slip.tag_bytes(),
        chain: Vec::new(),
    }
}
