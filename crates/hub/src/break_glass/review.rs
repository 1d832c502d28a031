//! The review of a break-glass: its source closes it by two persons, its recipient says what it makes of
//! it.
//!
//! Owns: one commit of what was found, what it ends, who is told, and the same reply again. Must not
//! know: who may close a review (domain).

use super::{desk, events, officers, put, review_of, tell};
use crate::command::{Asserted, Caller, Idempotency};
use crate::directory::Capability;
use crate::persons::Persons;
use crate::publish::{ATTEMPTS, kept};
use crate::rectify::{end, end_delivery, kind_of, sent};
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_domain::break_glass::{Finding, ReviewError, Side};
use seinhuis_domain::signal::RectificationKind;
use seinhuis_proto::v1;
use seinhuis_store::records::{BreakGlassRecord, DeliveryState, EventKind, Reply, ReplyRecord};
use seinhuis_store::{
    ChangeSet, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{Coded, DeliveryId, Desk, Millis, Oin, SignalId};

/// Says what the caller's organisation finds of a break-glass.
#[derive(Debug)]
pub struct ReviewBreakGlass {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// The delivery that was the break-glass.
    pub delivery: DeliveryId,
    /// What is found.
    pub finding: Finding,
}

impl<S: Store> Hub<S> {
    /// Takes what persons of the caller's find of a break-glass that it sent or was sent.
    ///
    /// # Errors
    /// `BREAK_GLASS_NOT_FOUND`, `BREAK_GLASS_REVIEWED`, `SECOND_PERSON_NEEDED`,
    /// `REVIEW_KEY_REPLACED`, `REVIEWER_NOT_INDEPENDENT`, those of [`Hub::persons`].
    pub async fn review_break_glass(
        &self,
        caller: &Caller,
        command: ReviewBreakGlass,
        asserted: &Asserted,
    ) -> Result<v1::ReviewBreakGlassResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "ReviewBreakGlass", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let review = v1::BreakGlassReview::decode(reply.body.facts.as_slice())
                .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            return Ok(v1::ReviewBreakGlassResponse {
                review: Some(review),
                proof: Some(proof),
            });
        }
        let persons = self.persons(caller, asserted)?;
        self.log_in_time()?;
        let mut attempt = 1;
        loop {
            match self
                .attempt_review(caller, &persons, &command, &scope)
                .await
            {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_review(
        &self,
        caller: &Caller,
        persons: &Persons,
        command: &ReviewBreakGlass,
        scope: &ReplyScope,
    ) -> Result<v1::ReviewBreakGlassResponse, HubError> {
        let (id, finding, now) = (command.delivery, command.finding, self.now());
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.break_glass(id)?;
        let mut record = value.ok_or(ReviewError::NotFound).map_err(told)?;
        let mut review = review_of(&record, &self.parts.cursors)?;
        let due = review.next_told;
        let marks = persons.reviewers(&self.parts.cursors);
        let side = review.take(caller.oin, &marks, finding).map_err(told)?;
        put(&mut record, &review);
        match side {
            Side::Source => record.reviewed_ms = now.0,
            Side::Recipient => record.viewed_ms = now.0,
        }
        let act = match side {
            Side::Source => v1::Act::BreakGlassReview,
            Side::Recipient => v1::Act::BreakGlassView,
        };
        let spoke = Some((caller, persons, side, finding));
        let prepared = self.act(act, id, &record, spoke)?;
        let message = record_message(id, &record, &caller.oin);
        let (row, absent) = idempotency::unused(scope);
        let reply = Reply {
            committed_at: Slot::at_commit(),
            first_index: Slot::of_entry(0),
            body: ReplyRecord {
                fingerprint: command.idempotency.fingerprint.0.to_vec(),
                facts: message.encode_to_vec(),
                entries: 1,
            },
        };
        let mut change = ChangeSet::new("review_break_glass", prepared.entry())
            .expect(row, absent)
            .expect(Row::BreakGlass(id), revision)
            .write(Write::break_glass(id, &record))
            .write(Write::reply(scope.clone(), &reply));
        if let (Some(due), true) = (due, review.closed()) {
            change = change.write(Write::review_not_due(due, id));
        }
        let mut desks = officers(&record)?.to_vec();
        change = tell(change, id, &record, EventKind::BreakGlassReviewed, now)?;
        if (side, finding) == (Side::Source, Finding::NotJustified) {
            change = take_back(&snapshot, change, id, &record, now, &mut desks)?;
        }
        let committed = self.commit_for(persons, change).await?;
        for (oin, desk) in &desks {
            self.desks.tell(*oin, desk);
        }
        let first = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        let proof = self.proof(&prepared, first, &[], committed.at, &caller.oin)?;
        Ok(v1::ReviewBreakGlassResponse {
            review: Some(message),
            proof: Some(proof),
        })
    }
}

/// What was not justified leaves no more, nor does what corrects it, and their payloads die. Who received it destroys it; its source
/// withdraws it, as it withdraws any signal: only it can sign that.
fn take_back(
    snapshot: &impl Snapshot,
    mut change: ChangeSet,
    id: DeliveryId,
    record: &BreakGlassRecord,
    now: Millis,
    desks: &mut Vec<(Oin, Desk)>,
) -> Result<ChangeSet, HubError> {
    let Versioned { revision, value } = snapshot.delivery(id)?;
    let delivery = value.ok_or(HubError::Internal("a break-glass without its delivery"))?;
    change = change.expect(Row::Delivery(id), revision);
    let source = (record.source_oin.parse()?, desk(&record.source_desk)?);
    let recipient = (record.recipient_oin.parse()?, desk(&record.recipient_desk)?);
    if delivery.first_release.get().is_some() {
        let (withdraw, _) = events(id, record, EventKind::BreakGlassWithdraw, now);
        let (_, destroy) = events(id, record, EventKind::BreakGlassDestroy, now);
        change =
            change
                .event(source.0, &source.1, withdraw)
                .event(recipient.0, &recipient.1, destroy);
        desks.push(source.clone());
    }
    desks.push(recipient.clone());
    if delivery.body.state() != DeliveryState::Ended {
        change = end_delivery(change, id, delivery)?;
    }
    // The signal's row is its list of rectifications: one that comes meanwhile is decided anew.
    let signal = SignalId::from_slice(&record.signal_id)
        .map_err(|_| HubError::Internal("a break-glass names no signal"))?;
    let Versioned { revision, value } = snapshot.signal(source.0, signal)?;
    let value = value.ok_or(HubError::Internal("a break-glass without its signal"))?;
    change = change.expect(Row::Signal(source.0, signal), revision);
    for correction in sent(snapshot, &value.rectification_ids)? {
        let content = kind_of(&correction.delivery).is_some_and(RectificationKind::has_content);
        if !content || !correction.is_about(id) {
            continue;
        }
        if correction.received() {
            let (_, destroy) = events(correction.id, record, EventKind::BreakGlassDestroy, now);
            change = change.event(recipient.0, &recipient.1, destroy);
        }
        if !correction.over() {
            change = change.expect(Row::Delivery(correction.id), correction.revision);
            change = end(change, correction)?;
        }
    }
    Ok(change)
}

/// A break-glass as one of its two sides may read it.
pub(super) fn record_message(
    id: DeliveryId,
    record: &BreakGlassRecord,
    reader: &Oin,
) -> v1::BreakGlassReview {
    let (signal_id, signal_type) = if record.source_oin == reader.as_str() {
        (record.signal_id.clone(), record.signal_type.clone())
    } else {
        Default::default()
    };
    v1::BreakGlassReview {
        delivery_id: id.0.to_vec(),
        signal_id,
        source_oin: record.source_oin.clone(),
        source_desk: record.source_desk.clone(),
        recipient_oin: record.recipient_oin.clone(),
        recipient_desk: record.recipient_desk.clone(),
        agreement_hash: record.agreement_hash.clone(),
        clause_id: record.clause.clone(),
        r#type: signal_type,
        break_glass: Some(super::said(record)),
        sent_ms: record.sent_ms,
        review_by_ms: record.review_by_ms,
        overdue_told: record.told,
        finding: record.finding,
        reviewed_ms: record.reviewed_ms,
        view: record.view,
        viewed_ms: record.viewed_ms,
        rectifies: record.rectifies.clone(),
    }
}

fn told(error: ReviewError) -> HubError {
    HubError::told(error.code(), error.to_string())
}
