//! Acknowledge: the recipient tells that a delivery arrived, or that a person opened it.
//!
//! Checked for own delivery, own desk and order; what was done with the signal is feedback, a
//! signal of its own.

use crate::command::{AckKind, Acknowledge, Caller};
use crate::directory::Capability;
use crate::parts::Draft;
use crate::publish::{ATTEMPTS, kept, slip_reused};
use crate::timing::stage;
use crate::{Hub, HubError, due, idempotency};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, DeliveryState, Reply, ReplyRecord};
use seinhuis_store::{
    ChangeSet, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{ClauseId, Desk, ErrorCode, Oin, Revision};
use tracing::Instrument;

impl<S: Store> Hub<S> {
    /// Records an acknowledgement.
    ///
    /// # Errors
    /// `DELIVERY_NOT_FOUND` (also for a delivery of someone else's), `MESSAGE_INVALID` out of order,
    /// and those of every mutating call.
    pub async fn acknowledge(
        &self,
        caller: &Caller,
        command: Acknowledge,
    ) -> Result<v1::AcknowledgeResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        if command.kind == AckKind::Opened
            && (command.acting_person.is_empty() || command.acting_role.is_none())
        {
            return Err(HubError::invalid(
                "acting_person and acting_role: name who opened it, by your own pseudonym",
            ));
        }
        let roles = self.parts.rules.catalogue.code_list("acting-role");
        if let (Some(role), Some(roles)) = (&command.acting_role, roles)
            && !roles.contains(role.as_str())
        {
            return Err(HubError::invalid(format!(
                "acting_role `{role}` is not in the catalogue"
            )));
        }
        let scope = idempotency::scope(caller.oin, "Acknowledge", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            return Ok(v1::AcknowledgeResponse { proof: Some(proof) });
        }
        self.log_in_time()?;
        let mut attempt = 1;
        loop {
            match self.attempt_acknowledge(caller, &command, &scope).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_acknowledge(
        &self,
        caller: &Caller,
        command: &Acknowledge,
        scope: &ReplyScope,
    ) -> Result<v1::AcknowledgeResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.delivery(command.delivery)?;
        let not_found = || {
            HubError::told(
                ErrorCode::DeliveryNotFound,
                "no delivery of yours has this id",
            )
        };
        let mut delivery = value.ok_or_else(not_found)?;
        let (recipient, desk) = delivery.body.recipient()?;
        let system = self.capable(caller, Capability::Signal)?;
        if recipient != caller.oin || !system.desks.contains(&desk) {
            return Err(not_found());
        }
        if delivery.body.answer_by_ms != 0 {
            return Err(HubError::invalid(
                "delivery_id: a question is acknowledged by lodging its cover (QuestionService)",
            ));
        }
        advance(&mut delivery, command.kind)?;
        if command.kind == AckKind::Opened {
            self.may_tell_opened(&snapshot, &delivery)?;
        }
        let nonce = Row::SlipNonce(caller.oin, command.slip.nonce);
        if snapshot
            .slip_nonce(caller.oin, command.slip.nonce)?
            .revision
            != Revision(0)
        {
            return Err(slip_reused());
        }
        let draft = draft(caller, command, &delivery, &desk)?;
        let prepared = self.prepare(draft, &command.slip.slip()?, self.now())?;
        let (reply_row, absent) = idempotency::unused(scope);
        let change = ChangeSet::new("acknowledge", prepared.entry());
        due::acknowledged_at(&mut delivery.body, &self.parts.rules.catalogue, self.now());
        let change = due::follow(change, command.delivery, &mut delivery.body)
            .expect(Row::Delivery(command.delivery), revision)
            .expect(reply_row, absent)
            .expect(nonce, Revision(0))
            .write(Write::delivery(command.delivery, &delivery))
            .write(Write::slip_nonce(caller.oin, command.slip.nonce))
            .write(Write::reply(
                scope.clone(),
                &Reply {
                    committed_at: Slot::at_commit(),
                    first_index: Slot::of_entry(0),
                    body: ReplyRecord {
                        fingerprint: command.idempotency.fingerprint.0.to_vec(),
                        facts: Vec::new(),
                        entries: 1,
                    },
                },
            ));
        // What has arrived needs no place in the stream any more.
        let change = match delivery.position.get() {
            Some(position) if command.kind == AckKind::Delivered => {
                change.withdraw(recipient, &desk, position)
            }
            _ => change,
        };
        let committing = self.parts.store.commit(change);
        let committed = committing.instrument(stage!("acknowledge commit")).await?;
        self.parts.log.wake();
        self.desks.tell(recipient, &desk);
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        let proof = self.proof(&prepared, index, &[], committed.at, &caller.oin)?;
        Ok(v1::AcknowledgeResponse { proof: Some(proof) })
    }
}

impl<S: Store> Hub<S> {
    /// Under a clause whose recipient may not know the person there is no second state: that a
    /// person opened it would tell the source that its subject is known there.
    fn may_tell_opened(
        &self,
        snapshot: &impl Snapshot,
        delivery: &Delivery,
    ) -> Result<(), HubError> {
        let hash = delivery.body.agreement()?;
        let Versioned { revision, value } = snapshot.agreement(&hash)?;
        let record = value.ok_or(HubError::Internal("a delivery without its agreement"))?;
        let loaded = self.agreements.load(&hash, &record, revision)?;
        let clause = ClauseId::parse(&delivery.body.clause)
            .ok()
            .and_then(|id| loaded.agreement.content().clause(&id));
        if clause.is_some_and(|clause| !clause.recipient_may_not_know) {
            return Ok(());
        }
        Err(HubError::invalid(
            "state: under this clause only DELIVERED is told, whether or not the person is known",
        ))
    }
}

/// The one step each acknowledgement may take.
pub(crate) fn advance(delivery: &mut Delivery, kind: AckKind) -> Result<(), HubError> {
    let state = match delivery.body.state() {
        // Sent before a suspension, and waiting to be sent again: it may have arrived all the same.
        DeliveryState::Held | DeliveryState::Releasable
            if delivery.first_release.get().is_some() =>
        {
            DeliveryState::Released
        }
        state => state,
    };
    let next = match (kind, state) {
        (AckKind::Delivered, DeliveryState::Released) => DeliveryState::Delivered,
        (AckKind::Opened, DeliveryState::Delivered) => DeliveryState::Opened,
        (AckKind::Delivered, DeliveryState::Delivered | DeliveryState::Opened)
        | (AckKind::Opened, DeliveryState::Opened) => {
            return Err(HubError::invalid("state: this was acknowledged before"));
        }
        (AckKind::Opened, DeliveryState::Released) => {
            return Err(HubError::invalid("state: DELIVERED comes before OPENED"));
        }
        (_, DeliveryState::Unspecified | DeliveryState::Held | DeliveryState::Releasable) => {
            return Err(HubError::told(
                ErrorCode::DeliveryNotFound,
                "no delivery of yours has this id",
            ));
        }
        (_, DeliveryState::Ended) => {
            return Err(HubError::invalid("state: this delivery has ended"));
        }
    };
    delivery.body.state = next.into();
    delivery.acknowledged_at = Slot::at_commit();
    Ok(())
}

fn draft(
    caller: &Caller,
    command: &Acknowledge,
    delivery: &Delivery,
    desk: &Desk,
) -> Result<Draft, HubError> {
    let source: Oin = delivery.body.source()?;
    let ack_state = match command.kind {
        AckKind::Delivered => v1::AckState::Delivered,
        AckKind::Opened => v1::AckState::Opened,
    };
    let shared = v1::SharedPart {
        act: v1::Act::Acknowledge.into(),
        source_oin: source.to_string(),
        recipient_oin: caller.oin.to_string(),
        recipient_desk: desk.to_string(),
        agreement_hash: delivery.body.agreement_hash.clone(),
        clause_id: delivery.body.clause.clone(),
        purpose: delivery.body.purpose.clone(),
        signal_type: delivery.body.signal_type.clone(),
        delivery_id: command.delivery.0.to_vec(),
        ack_state: u32::try_from(i32::from(ack_state)).unwrap_or_default(),
        ..v1::SharedPart::default()
    };
    let recipient = v1::RecipientPart {
        acting_person: command.acting_person.clone(),
        acting_role: command
            .acting_role
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        chain: command.slip.chain.clone(),
        system: caller.system.0.to_vec(),
        ..v1::RecipientPart::default()
    };
    let outcome = v1::OutcomePart {
        act: v1::Act::Acknowledge.into(),
        permitted: true,
        decision_digest: Vec::new(),
    };
    Ok(Draft {
        provider: Some(source),
        recipient: Some(caller.oin),
        shared: Some(shared.encode_to_vec()),
        provider_part: None,
        recipient_part: Some(recipient.encode_to_vec()),
        outcome: outcome.encode_to_vec(),
        agreement: Some(delivery.body.agreement()?),
        ..Draft::default()
    })
}
