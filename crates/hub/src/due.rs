//! Deliveries whose moment has come: a deadline that passed, a payload that dies.
//!
//! Owns: the terms of a delivery, and what becomes of one when they pass. Must not know: when anyone
//! looks, streams, how a release is decided.
//!
//! A delivery with a moment to come has one due row, moved with it in the same commit, so that a pass
//! reads only what is due. Each step is an act of its own: it stands on the delivery as it was read,
//! so of a step and an acknowledgement at the same moment one is decided again (rule 9 of
//! docs/rules.md), and a pass that was cut off is taken up by the next.

use crate::decide::Decided;
use crate::parts::Draft;
use crate::publish::ATTEMPTS;
use crate::release::random_slip;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::catalogue::{AckLevel, Catalogue};
use seinhuis_domain::signal::Header;
use seinhuis_domain::term;
use seinhuis_proto::v1;
use seinhuis_store::records::{
    Delivery, DeliveryRecord, DeliveryState, EndedAs, EventKind, EventRecord,
};
use seinhuis_store::{ChangeSet, Row, Slot, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{DeliveryId, Desk, Millis, Oin};

/// How many due rows are read at once.
const PAGE: usize = 64;

/// What a pass did; counts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// Deadlines that were missed.
    pub missed: usize,
    /// Payloads that died after their last acknowledgement, or at their cap after they had arrived.
    pub ended: usize,
    /// Payloads that died before their recipient told that they arrived.
    pub undelivered: usize,
    /// Deliveries that could not be dealt with; they stay due.
    pub failed: usize,
}

impl Passed {
    /// How many deliveries it looked at.
    pub fn total(&self) -> usize {
        [self.missed, self.ended, self.undelivered, self.failed]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// What became of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fell {
    Missed,
    Ended,
    Undelivered,
    NotDue,
}

/// When a delivery published at `now` must have been opened, and when its payload dies.
pub(crate) fn set_terms(
    body: &mut DeliveryRecord,
    header: &Header,
    decided: &Decided,
    catalogue: &Catalogue,
    now: Millis,
) {
    let class = |code: &str| term::payload_cap(catalogue.retention(code), now);
    let cap = class(header.retention.as_str());
    let cap = decided
        .retention
        .as_ref()
        .map_or(cap, |clause| cap.min(class(clause.as_str())));
    // Of a break-glass nothing outlives its time box.
    let cap = header
        .break_glass
        .as_ref()
        .map_or(cap, |glass| cap.min(glass.until));
    body.payload_until_ms = cap.0;
    // Who may not know the person tells of arrival only, so there is nothing to be late with.
    let may_be_late = !decided.may_not_know;
    if may_be_late {
        let asked = catalogue
            .signal_type(&header.signal_type)
            .map(|found| found.acknowledge);
        body.asks_opened = asked != Some(AckLevel::Delivered);
        if let Some(urgency) = catalogue.urgency(header.urgency.as_str()) {
            // What has died cannot be opened any more.
            let by = term::acknowledge_by(urgency.acknowledge, now).min(cap);
            body.ack_by_ms = by.0;
        }
    }
}

/// The same of a rectification: it waits longer than any payload, and a person opens it, unless the
/// recipient may not know whom it is about.
pub(crate) fn set_rectification_terms(
    body: &mut DeliveryRecord,
    header: &Header,
    decided: &Decided,
    catalogue: &Catalogue,
    now: Millis,
) {
    set_terms(body, header, decided, catalogue, now);
    let cap = now.plus(term::RECTIFICATION_CAP_MS);
    body.payload_until_ms = cap.0;
    if !decided.may_not_know {
        body.asks_opened = true;
        if let Some(urgency) = catalogue.urgency(header.urgency.as_str()) {
            body.ack_by_ms = term::acknowledge_by(urgency.acknowledge, now).min(cap).0;
        }
    }
}

/// The same of a question: its tick is its end, and that a person opened it is never told, for that would
/// tell an answer from silence.
pub(crate) fn set_question_terms(body: &mut DeliveryRecord, answer_by: Millis) {
    body.answer_by_ms = answer_by.0;
    body.ack_by_ms = 0;
    body.asks_opened = false;
    body.payload_until_ms = body.payload_until_ms.min(answer_by.0);
}

/// Whether nothing more is asked of the recipient.
pub(crate) fn acknowledged(body: &DeliveryRecord) -> bool {
    match body.state() {
        DeliveryState::Opened => true,
        DeliveryState::Delivered => !body.asks_opened,
        _ => false,
    }
}

/// Whether the deadline stands, and was not told of yet.
fn deadline(body: &DeliveryRecord) -> Option<u64> {
    (body.ack_by_ms != 0 && !body.deadline_told && !acknowledged(body)).then_some(body.ack_by_ms)
}

/// Moves the payload's end after an acknowledgement at `now`, if it was the last that is asked.
pub(crate) fn acknowledged_at(body: &mut DeliveryRecord, catalogue: &Catalogue, now: Millis) {
    if body.payload_until_ms != 0 && acknowledged(body) {
        let cap = Millis(body.payload_until_ms);
        let class = catalogue.retention(&body.retention);
        body.payload_until_ms = term::payload_until(class, cap, now).0;
    }
}

/// Lets the due row follow the delivery's terms. Of an ended delivery there is none.
pub(crate) fn follow(
    mut change: ChangeSet,
    id: DeliveryId,
    body: &mut DeliveryRecord,
) -> ChangeSet {
    let next = match body.state() {
        DeliveryState::Ended => 0,
        _ => deadline(body).unwrap_or(body.payload_until_ms),
    };
    if next != body.due_ms {
        if body.due_ms != 0 {
            change = change.write(Write::not_due(Millis(body.due_ms), id));
        }
        if next != 0 {
            change = change.write(Write::due(Millis(next), id));
        }
        body.due_ms = next;
    }
    change
}

/// Whether the payload is past its end, swept or not.
pub(crate) fn is_past(body: &DeliveryRecord, now: Millis) -> bool {
    body.payload_until_ms != 0 && now.0 >= body.payload_until_ms
}

impl<S: Store> Hub<S> {
    /// Deals with at most about `max` deliveries whose moment has come, from the oldest. What fails
    /// stays due and does not hold up the others.
    ///
    /// # Errors
    /// The store's, when it cannot tell what is due; `UNAVAILABLE` while nothing may be done.
    pub async fn pass_due(&self, max: usize) -> Result<Passed, HubError> {
        let mut passed = Passed::default();
        let mut after = None;
        // What fails does not count: enough of it at the head would be all that is ever looked at.
        let dealt_with = |passed: &Passed| passed.total().saturating_sub(passed.failed);
        while dealt_with(&passed) < max {
            let page = PAGE.min(max.saturating_sub(dealt_with(&passed)));
            let due = self.parts.store.snapshot()?.due(self.now(), after, page)?;
            let Some(last) = due.last() else { break };
            // Told once, and not for each: nothing is due any less when the log is in time again.
            self.log_in_time()?;
            after = Some(*last);
            for (_, id) in due {
                match self.fall_due(id).await {
                    Ok(Fell::Missed) => passed.missed += 1,
                    Ok(Fell::Ended) => passed.ended += 1,
                    Ok(Fell::Undelivered) => passed.undelivered += 1,
                    Ok(Fell::NotDue) => {}
                    Err(error) => {
                        tracing::error!(%error, "a delivery that is due stays so for now");
                        passed.failed += 1;
                    }
                }
            }
        }
        Ok(passed)
    }

    /// Ends a delivery that is past its end and was asked for before a pass came to it.
    pub(crate) async fn end_now(&self, id: DeliveryId) -> Result<(), HubError> {
        self.log_in_time()?;
        // The deadline first, if nobody told of it; then the end.
        for _ in 0..2 {
            if self.fall_due(id).await? != Fell::Missed {
                break;
            }
        }
        Ok(())
    }

    async fn fall_due(&self, id: DeliveryId) -> Result<Fell, HubError> {
        let mut attempt = 1;
        loop {
            match self.attempt_due(id).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_due(&self, id: DeliveryId) -> Result<Fell, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let Some(delivery) = value else {
            return Ok(Fell::NotDue);
        };
        let now = self.now();
        let body = &delivery.body;
        if body.state() == DeliveryState::Ended {
            return Ok(Fell::NotDue);
        }
        let step = if deadline(body).is_some_and(|by| now.0 >= by) {
            self.miss(id, delivery)?
        } else if is_past(body, now) {
            self.end(id, delivery)?
        } else {
            return Ok(Fell::NotDue);
        };
        let change = step.change.expect(Row::Delivery(id), revision);
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        for (oin, desk) in &step.told {
            self.desks.tell(*oin, desk);
        }
        Ok(step.fell)
    }

    /// The deadline passed: both desks read it in their streams.
    fn miss(&self, id: DeliveryId, mut delivery: Delivery) -> Result<Step, HubError> {
        let at = Millis(delivery.body.ack_by_ms);
        let mut step = self.step(
            "miss_deadline",
            v1::Act::Deadline,
            id,
            &delivery,
            Fell::Missed,
        )?;
        step = step.tell_source(&delivery.body, EventKind::DeadlineMissed, at)?;
        // Held without ever having been sent: its recipient does not know that there is anything.
        if delivery.first_release.get().is_some() || delivery.body.state() != DeliveryState::Held {
            step = step.tell_recipient(id, &delivery, EventKind::DeadlineMissed, at)?;
        }
        delivery.body.deadline_told = true;
        step.change =
            follow(step.change, id, &mut delivery.body).write(Write::delivery(id, &delivery));
        Ok(step)
    }

    /// The payload dies; a stub stays.
    fn end(&self, id: DeliveryId, mut delivery: Delivery) -> Result<Step, HubError> {
        let (recipient, desk) = delivery.body.recipient()?;
        let at = Millis(delivery.body.payload_until_ms);
        let arrived = delivery.acknowledged_at.get().is_some();
        let fell = if arrived {
            Fell::Ended
        } else {
            Fell::Undelivered
        };
        let mut step = self.step("end_payload", v1::Act::End, id, &delivery, fell)?;
        if !arrived {
            // Whether a question was collected is told at its tick.
            if delivery.body.answer_by_ms == 0 {
                step = step.tell_source(&delivery.body, EventKind::Undelivered, at)?;
            }
            // Held, it has no place: it gets one, where its recipient reads that it will not come.
            if delivery.position.get().is_none() {
                let place = u16::try_from(step.change.releases())
                    .map_err(|_| HubError::Internal("release place"))?;
                delivery.position = Slot::of_release(place);
                step.change = step.change.release(recipient, &desk, id);
            }
            step.told.push((recipient, desk));
        }
        delivery.body.ended = match acknowledged(&delivery.body) {
            true => EndedAs::Acknowledged,
            false => EndedAs::Lapsed,
        }
        .into();
        delivery.body.state = DeliveryState::Ended.into();
        step.change = follow(step.change, id, &mut delivery.body);
        delivery.body.strip();
        step.change = step
            .change
            .write(Write::erase_payload(id))
            .write(Write::delivery(id, &delivery));
        Ok(step)
    }

    /// The entry of a step. Its recipient reads it only of what was sent to it.
    fn step(
        &self,
        name: &'static str,
        act: v1::Act,
        id: DeliveryId,
        delivery: &Delivery,
        fell: Fell,
    ) -> Result<Step, HubError> {
        let body = &delivery.body;
        let (recipient, _) = body.recipient()?;
        let state = match body.state() {
            DeliveryState::Delivered => v1::AckState::Delivered,
            DeliveryState::Opened => v1::AckState::Opened,
            _ => v1::AckState::Unspecified,
        };
        let shared = v1::SharedPart {
            act: act.into(),
            source_oin: body.source_oin.clone(),
            recipient_oin: body.recipient_oin.clone(),
            recipient_desk: body.desk.clone(),
            agreement_hash: body.agreement_hash.clone(),
            clause_id: body.clause.clone(),
            purpose: body.purpose.clone(),
            signal_type: body.signal_type.clone(),
            delivery_id: id.0.to_vec(),
            ack_state: u32::try_from(i32::from(state)).unwrap_or_default(),
            ..v1::SharedPart::default()
        };
        let provider = v1::ProviderPart {
            signal_id: body.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let outcome = v1::OutcomePart {
            act: act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            provider: Some(body.source()?),
            recipient: delivery.first_release.get().map(|_| recipient),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            agreement: Some(body.agreement()?),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        Ok(Step {
            change: ChangeSet::new(name, prepared.entry()),
            told: Vec::new(),
            fell,
        })
    }
}

/// One step under way.
struct Step {
    change: ChangeSet,
    told: Vec<(Oin, Desk)>,
    fell: Fell,
}

impl Step {
    fn tell_source(
        mut self,
        body: &DeliveryRecord,
        kind: EventKind,
        at: Millis,
    ) -> Result<Self, HubError> {
        let source = body.source()?;
        let desk = Desk::parse(&body.source_desk)
            .map_err(|_| HubError::Internal("a delivery without its source's desk"))?;
        let event = EventRecord {
            kind: kind.into(),
            signal_id: body.signal_id.clone(),
            signal_type: body.signal_type.clone(),
            at_ms: at.0,
            recipient_oin: body.recipient_oin.clone(),
            recipient_desk: body.desk.clone(),
            ..EventRecord::default()
        };
        self.change = self.change.event(source, &desk, event);
        self.told.push((source, desk));
        Ok(self)
    }

    fn tell_recipient(
        mut self,
        id: DeliveryId,
        delivery: &Delivery,
        kind: EventKind,
        at: Millis,
    ) -> Result<Self, HubError> {
        let (recipient, desk) = delivery.body.recipient()?;
        // What was never released has not told its type, and may not be allowed to any more.
        let released = delivery.first_release.get().is_some();
        let event = EventRecord {
            kind: kind.into(),
            delivery_id: id.0.to_vec(),
            signal_type: if released {
                delivery.body.signal_type.clone()
            } else {
                String::new()
            },
            at_ms: at.0,
            ..EventRecord::default()
        };
        self.change = self.change.event(recipient, &desk, event);
        self.told.push((recipient, desk));
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
