//! Ticks: the moment of a question has come, and what was lodged for it leaves.
//!
//! Owns: that everything lodged for one moment gets its place in a stream then and not before, whatever it
//! is. Must not know: what is lodged; covers and answers are alike to it.
//!
//! A question for which nothing was lodged was not collected by the system of its desk, before anyone could
//! look: the desk that asked reads so. That tells of a line and not of a person.

use crate::parts::Draft;
use crate::publish::{ATTEMPTS, add_delivery};
use crate::release::random_slip;
use crate::{Hub, HubError, disclose};
use prost::Message;
use seinhuis_domain::question::QUESTION;
use seinhuis_proto::v1;
use seinhuis_store::records::{EventKind, EventRecord, LodgedRecord, Question};
use seinhuis_store::{ChangeSet, Row, Slot, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{AgreementHash, DeliveryId, Desk, Millis, Oin};

/// How many ticks are read at once.
const PAGE: usize = 64;

/// What a pass did; counts only. That the number of answers is not among them is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// Questions for which something is on its way now.
    pub left: usize,
    /// Questions that were not collected.
    pub not_collected: usize,
    /// Questions that could not be dealt with; their tick stays.
    pub failed: usize,
}

impl Ticked {
    /// How many questions it looked at.
    pub fn total(&self) -> usize {
        self.done().saturating_add(self.failed)
    }

    /// How many it dealt with.
    fn done(&self) -> usize {
        self.left.saturating_add(self.not_collected)
    }
}

/// What became of one question.
enum Fell {
    Left,
    NotCollected,
    NotYet,
}

impl<S: Store> Hub<S> {
    /// Deals with at most about `max` questions whose tick has come, from the oldest. What fails stays and
    /// does not hold up the others.
    ///
    /// # Errors
    /// The store's, when it cannot tell which; `UNAVAILABLE` while nothing may be done.
    pub async fn pass_ticks(&self, max: usize) -> Result<Ticked, HubError> {
        let mut ticked = Ticked::default();
        let mut after = None;
        // What fails does not count: however many stand at the head, those behind them are come to.
        while ticked.done() < max {
            let page = PAGE.min(max.saturating_sub(ticked.done()));
            let come = self
                .parts
                .store
                .snapshot()?
                .ticks(self.now(), after, page)?;
            let Some(last) = come.last() else { break };
            self.log_in_time()?;
            after = Some(*last);
            for (at, id) in come {
                match self.tick(at, id).await {
                    Ok(Fell::Left) => ticked.left += 1,
                    Ok(Fell::NotCollected) => ticked.not_collected += 1,
                    Ok(Fell::NotYet) => {}
                    Err(error) => {
                        tracing::error!(%error, "a question whose tick has come stays for now");
                        ticked.failed += 1;
                    }
                }
            }
        }
        Ok(ticked)
    }

    async fn tick(&self, at: Millis, id: DeliveryId) -> Result<Fell, HubError> {
        let mut attempt = 1;
        loop {
            match self.attempt_tick(at, id).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_tick(&self, at: Millis, id: DeliveryId) -> Result<Fell, HubError> {
        let Versioned { revision, value } = self.parts.store.snapshot()?.question(id)?;
        let Some(mut question) = value else {
            return Ok(Fell::NotYet);
        };
        if self.now() < at || question.closed_at.get().is_some() {
            return Ok(Fell::NotYet);
        }
        let (asker, desk) = asker(&question)?;
        let lodged = question.body.lodged.take();
        question.closed_at = Slot::at_commit();
        let (change, fell) = match lodged {
            Some(lodged) => (self.leave(lodged, asker)?, Fell::Left),
            None => {
                let change = self.not_collected(&question, id, asker, &desk)?;
                (change, Fell::NotCollected)
            }
        };
        let change = change
            .expect(Row::Question(id), revision)
            .write(Write::question(id, &question))
            .write(Write::ticked(at, id));
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        self.desks.tell(asker, &desk);
        Ok(fell)
    }

    /// What is lodged becomes a delivery to the desk that asked.
    fn leave(&self, lodged: LodgedRecord, asker: Oin) -> Result<ChangeSet, HubError> {
        let LodgedRecord { delivery, payload } = lodged;
        let id = self.draw_delivery();
        let route = disclose::route_of(&payload)?;
        let shared = v1::SharedPart {
            act: v1::Act::Tick.into(),
            source_oin: delivery.source_oin.clone(),
            recipient_oin: delivery.recipient_oin.clone(),
            recipient_desk: delivery.desk.clone(),
            agreement_hash: delivery.agreement_hash.clone(),
            clause_id: delivery.clause.clone(),
            purpose: delivery.purpose.clone(),
            signal_type: delivery.signal_type.clone(),
            delivery_id: id.0.to_vec(),
            ..v1::SharedPart::default()
        };
        let provider = v1::ProviderPart {
            signal_id: delivery.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let draft = Draft {
            provider: Some(route.source),
            recipient: Some(asker),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome(),
            agreement: Some(route.agreement.clone()),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        let change = ChangeSet::new("tick", prepared.entry());
        Ok(add_delivery(change, &route, delivery, id, 0)?.write(Write::payload(id, &payload)))
    }

    /// The desk that asked reads that its question was not collected.
    fn not_collected(
        &self,
        question: &Question,
        id: DeliveryId,
        asker: Oin,
        desk: &Desk,
    ) -> Result<ChangeSet, HubError> {
        let asked = &question.body;
        let agreement = AgreementHash::parse(&asked.agreement_hash)
            .map_err(|_| HubError::Internal("a stored question does not read"))?;
        let draft = Draft {
            provider: Some(asker),
            provider_part: Some(v1::ProviderPart::default().encode_to_vec()),
            outcome: outcome(),
            agreement: Some(agreement),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        let event = EventRecord {
            kind: EventKind::QuestionNotCollected.into(),
            delivery_id: id.0.to_vec(),
            signal_type: QUESTION.to_owned(),
            at_ms: asked.answer_by_ms,
            recipient_oin: asked.asked_oin.clone(),
            recipient_desk: asked.asked_desk.clone(),
            ..EventRecord::default()
        };
        Ok(ChangeSet::new("tick", prepared.entry()).event(asker, desk, event))
    }
}

fn outcome() -> Vec<u8> {
    v1::OutcomePart {
        act: v1::Act::Tick.into(),
        permitted: true,
        decision_digest: Vec::new(),
    }
    .encode_to_vec()
}

fn asker(question: &Question) -> Result<(Oin, Desk), HubError> {
    let damaged = |_| HubError::Internal("a stored question does not read");
    Ok((
        question.body.asker_oin.parse().map_err(damaged)?,
        question.body.asker_desk.parse().map_err(damaged)?,
    ))
}
