//! Release: a delivery leaves for its recipient, by a decision made just before, on the rows as
//! they are now.
//!
//! Owns: what becomes of a delivery when it is asked for: sent, held, or ended. Must not know:
//! streams and cursors.

use crate::command::{Caller, SlipBytes};
use crate::decide::{Decided, Original, Responsible};
use crate::disclose::{self, Held};
use crate::parts::{Draft, Prepared};
use crate::payload::{outcome_part, shared_part};
use crate::publish::ATTEMPTS;
use crate::{Hub, HubError, break_glass, due};
use prost::Message;
use seinhuis_domain::entry::Slip;
use seinhuis_policy::{Action, Permit, Refusal, Verdict};
use seinhuis_proto::v1;
use seinhuis_store::records::{BreakGlassRecord, Delivery, DeliveryState};
use seinhuis_store::{
    ChangeSet, Committed, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{DeliveryId, Millis, RefusalReason};

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
        if due::is_past(&delivery.body, self.now()) {
            self.end_now(id).await?;
            let ended = self.parts.store.snapshot()?.delivery(id)?.value;
            // Acknowledged in the meantime, it is no news to its recipient.
            return Ok(match ended {
                Some(ended) if ended.acknowledged_at.get().is_none() => Release::Ended,
                _ => Release::Nothing,
            });
        }
        let Some(held) = disclose::hold(&snapshot, id)? else {
            return Ok(Release::Nothing);
        };
        let glass = break_glass::review_row(&snapshot, id, &held.header)?;
        // The source named its people at publish, or this delivery would not exist.
        let responsible = Responsible {
            acting_person: true,
            decided_by: true,
            second_approval: held.header.second_approval,
            sent: glass.as_ref().map(|glass| Millis(glass.sent_ms)),
        };
        let now = self.now();
        let mut expects = vec![
            (Row::Delivery(id), revision),
            (Row::Payload(id), held.revision),
        ];
        let (route, header) = (&held.route, &held.header);
        let decided = match delivery.body.rectified()? {
            None => self.decide(Action::Release, &snapshot, route, header, responsible, now)?,
            Some(original) => {
                let of = snapshot.delivery(original)?;
                expects.push((Row::Delivery(original), of.revision));
                let of = of.value.as_ref().map(Original::of).transpose()?;
                let of = of.unwrap_or_default();
                self.decide_rectifying(&snapshot, route, header, responsible, of, now)?
            }
        };
        expects.extend(decided.stands_on.iter().cloned());
        let step = Step {
            caller,
            id,
            delivery,
            expects,
            decided: &decided,
            glass,
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
            ..
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
            decision_input: decided.input.clone(),
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
            agreement: Some(held.route.agreement.clone()),
            ..Draft::default()
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
        message.rectifies.clone_from(&delivery.body.rectifies);
        message.answers.clone_from(&delivery.body.answers);
        message.answer_by_ms = delivery.body.answer_by_ms;
        if let Some(handling) = &mut message.handling {
            handling.acknowledge_by_ms = delivery.body.ack_by_ms;
        }
        let mut change = ChangeSet::new("release", prepared.entry()).before(
            permit.valid_until(),
            Row::Agreement(permit.agreement().clone()),
        );
        if delivery.body.payload_until_ms != 0 {
            // Past its end nothing leaves, whether or not a pass came to it.
            change = change.before(Millis(delivery.body.payload_until_ms), Row::Delivery(id));
        }
        let change = change.write(Write::delivery(id, &delivery));
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

    /// Suspended: held, without a place, until that is over; also what was released before and is
    /// not acknowledged, which its recipient may have and may still acknowledge. Anything else:
    /// ended, and the payload dies.
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
            glass,
            ..
        } = step;
        let reason = refusal.reasons.first().map(|first| first.reason);
        if reason == Some(RefusalReason::PolicyError) {
            return Err(HubError::Internal("the policy engine could not decide"));
        }
        let suspended = reason == Some(RefusalReason::AgreementSuspended);
        let provider = v1::ProviderPart {
            decision: decided.bytes.clone(),
            decision_input: decided.input.clone(),
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
            agreement: Some(held.route.agreement.clone()),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
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
            change = due::follow(change, id, &mut delivery.body).write(Write::erase_payload(id));
            delivery.body.strip();
        }
        let mut told = None;
        if let Some(glass) = &glass {
            // Somebody is in danger: its source must not wait for an acknowledgement that cannot come.
            let (own, desk) = break_glass::not_released(id, glass, self.now())?;
            change = change.event(held.route.source, &desk, own);
            told = Some(desk);
        }
        let change = change.write(Write::delivery(id, &delivery));
        self.commit_step(change, expects).await?;
        if let Some(desk) = told {
            self.desks.tell(held.route.source, &desk);
        }
        Ok(if suspended {
            Release::Held
        } else {
            Release::Ended
        })
    }

    pub(crate) async fn commit_step(
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
}

/// One delivery under decision.
struct Step<'a> {
    caller: &'a Caller,
    id: DeliveryId,
    delivery: Delivery,
    expects: Vec<(Row, seinhuis_types::Revision)>,
    decided: &'a Decided,
    /// The review of what it is, where it is a break-glass.
    glass: Option<BreakGlassRecord>,
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
