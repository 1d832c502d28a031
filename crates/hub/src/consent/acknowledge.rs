//! Who received something on consent tells that it saw the withdrawal.
//!
//! Owns: that it is told once, by the desk that received it. Must not know: what was done about it.

use super::{outcome, shared};
use crate::command::{Caller, Idempotency, SlipBytes};
use crate::directory::Capability;
use crate::parts::Draft;
use crate::publish::{ATTEMPTS, kept};
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::records::CitationRecord;
use seinhuis_store::{ChangeSet, ReplyScope, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{CodeValue, DeliveryId, ErrorCode};

/// Tells that a withdrawal was seen.
#[derive(Debug)]
pub struct AcknowledgeWithdrawal {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// What was received on the consent.
    pub delivery: DeliveryId,
    /// The recipient's own pseudonym of who saw to it.
    pub acting_person: Vec<u8>,
    /// That person's function.
    pub acting_role: CodeValue,
    /// For the entry.
    pub slip: SlipBytes,
}

impl<S: Store> Hub<S> {
    /// Records that a withdrawal was seen.
    ///
    /// # Errors
    /// `DELIVERY_NOT_FOUND`, `MESSAGE_INVALID` when there was no withdrawal or it was told before, and those
    /// of every mutating call.
    pub async fn acknowledge_withdrawal(
        &self,
        caller: &Caller,
        command: AcknowledgeWithdrawal,
    ) -> Result<v1::AcknowledgeWithdrawalResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        if command.acting_person.is_empty() {
            return Err(HubError::invalid(
                "acting_person: name who saw to it, by your own pseudonym",
            ));
        }
        let roles = self.parts.rules.catalogue.code_list("acting-role");
        if roles.is_some_and(|roles| !roles.contains(command.acting_role.as_str())) {
            return Err(HubError::invalid(format!(
                "acting_role `{}` is not in the catalogue",
                command.acting_role
            )));
        }
        let scope = idempotency::scope(caller.oin, "AcknowledgeWithdrawal", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            return Ok(v1::AcknowledgeWithdrawalResponse { proof: Some(proof) });
        }
        self.log_in_time()?;
        let mut attempt = 1;
        loop {
            match self.attempt_seen(caller, &command, &scope).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_seen(
        &self,
        caller: &Caller,
        command: &AcknowledgeWithdrawal,
        scope: &ReplyScope,
    ) -> Result<v1::AcknowledgeWithdrawalResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let not_found = || {
            HubError::told(
                ErrorCode::DeliveryNotFound,
                "no delivery of yours has this id",
            )
        };
        let delivery = snapshot.delivery(command.delivery)?.value;
        let delivery = delivery.ok_or_else(not_found)?;
        let (recipient, desk) = delivery.body.recipient()?;
        let system = self.capable(caller, Capability::Signal)?;
        let received = delivery.first_release.get().is_some();
        if recipient != caller.oin || !system.desks.contains(&desk) || !received {
            return Err(not_found());
        }
        let source = delivery.body.source()?;
        let none = || HubError::invalid("delivery_id: no consent was taken back for this delivery");
        let handle = delivery.body.consent()?.ok_or_else(none)?;
        let record = snapshot.consent(source, handle)?.value;
        let record = record.filter(|record| record.withdrawn_ms != 0);
        let record = record.ok_or_else(none)?;
        let Versioned { revision, value } = snapshot.citation(source, handle)?;
        let citation = value.ok_or(HubError::Internal("a delivery that cites nothing"))?;
        if citation.acknowledged_ms != 0 {
            return Err(HubError::invalid(
                "delivery_id: this was acknowledged before",
            ));
        }
        let citation = CitationRecord {
            acknowledged_ms: self.now().0,
            ..citation
        };
        let part = v1::SharedPart {
            recipient_oin: caller.oin.to_string(),
            recipient_desk: desk.to_string(),
            purpose: delivery.body.purpose.clone(),
            signal_type: delivery.body.signal_type.clone(),
            delivery_id: command.delivery.0.to_vec(),
            ..shared(v1::Act::AcknowledgeWithdrawal, source, handle, &record)
        };
        let own = v1::RecipientPart {
            acting_person: command.acting_person.clone(),
            acting_role: command.acting_role.to_string(),
            chain: command.slip.chain.clone(),
            system: caller.system.0.to_vec(),
            ..v1::RecipientPart::default()
        };
        let draft = Draft {
            provider: Some(source),
            recipient: Some(caller.oin),
            shared: Some(part.encode_to_vec()),
            recipient_part: Some(own.encode_to_vec()),
            outcome: outcome(v1::Act::AcknowledgeWithdrawal),
            agreement: Some(delivery.body.agreement()?),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &command.slip.slip()?, self.now())?;
        let change = ChangeSet::new("acknowledge_withdrawal", prepared.entry())
            .expect(Row::Citation(source, handle), revision)
            .write(Write::citation(source, handle, &citation));
        let change = self.once(caller, change, scope, &command.idempotency, &command.slip)?;
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(v1::AcknowledgeWithdrawalResponse {
            proof: Some(self.own_proof(caller, &prepared, &committed)?),
        })
    }
}
