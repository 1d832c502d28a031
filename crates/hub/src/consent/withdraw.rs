//! Withdrawing consent: from the commit on nothing leaves on it.
//!
//! Owns: what becomes of what was sent on it, and who is told. Must not know: how a release is decided; it
//! stands on the consent's row and loses to this one.

use super::{act_message, act_record, fault, not_found, outcome, read_act, responsible, shared};
use crate::command::{Caller, Idempotency, Signed, SlipBytes};
use crate::directory::Capability;
use crate::parts::Draft;
use crate::publish::{ATTEMPTS, kept};
use crate::rectify::{Sent, end, kind_of, sent};
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_domain::catalogue::Right;
use seinhuis_domain::consent::{RegisteredAct, RegisteredFault, judge};
use seinhuis_domain::signal::Source;
use seinhuis_proto::v1;
use seinhuis_store::records::{ConsentRecord, DeliveryState, EventKind, EventRecord};
use seinhuis_store::{ChangeSet, ReplyScope, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{AgreementHash, ConsentHandle, DeliveryId, Desk, ErrorCode, Oin, SignalId};

/// Takes consent back.
#[derive(Debug)]
pub struct WithdrawConsent {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Which: the caller's own.
    pub consent: ConsentHandle,
    /// Who took it back; none when the registrant ends it by itself.
    pub acts: Vec<RegisteredAct>,
    /// That no acting representative is a suspect in the matter.
    pub attested: bool,
    /// Who tells it.
    pub source: Signed<Source>,
    /// For the entry.
    pub slip: SlipBytes,
}

impl<S: Store> Hub<S> {
    /// Takes consent back.
    ///
    /// # Errors
    /// `CONSENT_NOT_FOUND`, `CONSENT_WITHDRAWN`, `CONSENT_AGE`, `CONSENT_NOT_ATTESTED`, and those of every
    /// mutating call.
    pub async fn withdraw_consent(
        &self,
        caller: &Caller,
        command: WithdrawConsent,
    ) -> Result<v1::WithdrawConsentResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        responsible(&command.source)?;
        let scope = idempotency::scope(caller.oin, "WithdrawConsent", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            let rested = self.rested(caller, &snapshot, command.consent)?.1;
            return Ok(v1::WithdrawConsentResponse {
                proof: Some(proof),
                told: rested.filter(Sent::received).as_ref().map(desk_of),
            });
        }
        self.log_in_time()?;
        judge(
            &command.acts,
            Right::Withdraw,
            command.attested,
            &self.parts.rules.catalogue,
        )
        .map_err(fault)?;
        let mut attempt = 1;
        loop {
            match self.attempt_withdraw(caller, &command, &scope).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_withdraw(
        &self,
        caller: &Caller,
        command: &WithdrawConsent,
        scope: &ReplyScope,
    ) -> Result<v1::WithdrawConsentResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.consent(caller.oin, command.consent)?;
        let mut record = value.ok_or_else(not_found)?;
        if record.withdrawn_ms != 0 {
            return Err(HubError::told(
                ErrorCode::ConsentWithdrawn,
                "this consent was taken back before; nothing leaves on it",
            ));
        }
        let given = record.acts.iter().map(read_act);
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let catalogue = &self.parts.rules.catalogue;
        let mut back = command.acts.iter();
        if !back.all(|act| act.is_under_the_law_of(&given, catalogue)) {
            return Err(fault(RegisteredFault::Law));
        }
        let mut stands_on = vec![(Row::Consent(caller.oin, command.consent), revision)];
        let (citation, rested) = self.rested(caller, &snapshot, command.consent)?;
        stands_on.push((Row::Citation(caller.oin, command.consent), citation));
        record.withdrawn_ms = self.now().0;
        // Who got nothing is told nothing, and reads nothing.
        let recipient = rested.as_ref().filter(|rested| rested.received());
        let recipient = recipient.map(|rested| rested.delivery.body.recipient());
        let recipient = recipient.transpose()?;
        let told = recipient.as_ref().map(|(oin, _)| *oin);
        let draft = draft(caller, command, &record, rested.as_ref(), told)?;
        let prepared = self.prepare(draft, &command.slip.slip()?, self.now())?;
        let change = ChangeSet::new("withdraw_consent", prepared.entry()).write(Write::consent(
            caller.oin,
            command.consent,
            &record,
        ));
        let mut change = self.once(caller, change, scope, &command.idempotency, &command.slip)?;
        let mut tell = Vec::new();
        if let Some(rested) = &rested {
            change = self.stop(&snapshot, change, rested, &mut stands_on, &mut tell)?;
            if let Some((oin, desk)) = &recipient {
                let event = EventRecord {
                    kind: EventKind::ConsentWithdrawn.into(),
                    delivery_id: rested.id.0.to_vec(),
                    signal_type: rested.delivery.body.signal_type.clone(),
                    at_ms: record.withdrawn_ms,
                    ..EventRecord::default()
                };
                change = change.event(*oin, desk, event);
                tell.push((*oin, desk.clone()));
            }
        }
        for (row, revision) in stands_on {
            change = change.expect(row, revision);
        }
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        for (oin, desk) in &tell {
            self.desks.tell(*oin, desk);
        }
        Ok(v1::WithdrawConsentResponse {
            proof: Some(self.own_proof(caller, &prepared, &committed)?),
            told: rested.filter(Sent::received).as_ref().map(desk_of),
        })
    }

    /// The revision of the citation, and the delivery that cites it.
    fn rested(
        &self,
        caller: &Caller,
        snapshot: &impl Snapshot,
        consent: ConsentHandle,
    ) -> Result<(seinhuis_types::Revision, Option<Sent>), HubError> {
        let Versioned { revision, value } = snapshot.citation(caller.oin, consent)?;
        let Some(citation) = value else {
            return Ok((revision, None));
        };
        let damaged = |_| HubError::Internal("a citation names no delivery");
        let id = DeliveryId::from_slice(&citation.delivery_id).map_err(damaged)?;
        let found = sent(snapshot, &[id.0.to_vec()])?.pop();
        Ok((revision, found))
    }

    /// Ends the delivery, and what corrects it and has content; their payloads die.
    fn stop(
        &self,
        snapshot: &impl Snapshot,
        mut change: ChangeSet,
        rested: &Sent,
        stands_on: &mut Vec<(Row, seinhuis_types::Revision)>,
        tell: &mut Vec<(Oin, Desk)>,
    ) -> Result<ChangeSet, HubError> {
        let source = rested.delivery.body.source()?;
        let signal = SignalId::from_slice(&rested.delivery.body.signal_id)
            .map_err(|_| HubError::Internal("a delivery without its signal"))?;
        // A rectification that comes meanwhile changes this row.
        let Versioned { revision, value } = snapshot.signal(source, signal)?;
        let record = value.ok_or(HubError::Internal("a delivery without its signal"))?;
        stands_on.push((Row::Signal(source, signal), revision));
        // As it was read: whether it was released decides who is told.
        let own = std::iter::once(rested.clone());
        let corrections = sent(snapshot, &record.rectification_ids)?.into_iter();
        let corrections = corrections.filter(|one| {
            one.is_about(rested.id) && kind_of(&one.delivery).is_some_and(|kind| kind.has_content())
        });
        for one in own.chain(corrections) {
            stands_on.push((Row::Delivery(one.id), one.revision));
            if one.delivery.body.state() != DeliveryState::Ended {
                tell.push(one.delivery.body.recipient()?);
                change = end(change, one)?;
            }
        }
        Ok(change)
    }
}

fn desk_of(rested: &Sent) -> v1::DeskRef {
    v1::DeskRef {
        oin: rested.delivery.body.recipient_oin.clone(),
        desk: rested.delivery.body.desk.clone(),
    }
}

/// The parts of its entry. The recipient reads what it received something of.
fn draft(
    caller: &Caller,
    command: &WithdrawConsent,
    record: &ConsentRecord,
    rested: Option<&Sent>,
    recipient: Option<Oin>,
) -> Result<Draft, HubError> {
    let mut part = shared(
        v1::Act::WithdrawConsent,
        caller.oin,
        command.consent,
        record,
    );
    let mut provider = v1::ProviderPart {
        source_leaf: command.source.bytes.clone(),
        chain: command.slip.chain.clone(),
        system: caller.system.0.to_vec(),
        consent: Some(v1::ConsentRecorded {
            consent_id: command.consent.0.to_vec(),
            acts: command
                .acts
                .iter()
                .map(|act| act_message(&act_record(act)))
                .collect(),
            no_representative_is_a_suspect: command.attested,
            ..v1::ConsentRecorded::default()
        }),
        ..v1::ProviderPart::default()
    };
    if let Some(rested) = rested {
        let body = &rested.delivery.body;
        part.recipient_oin.clone_from(&body.recipient_oin);
        part.recipient_desk.clone_from(&body.desk);
        part.purpose.clone_from(&body.purpose);
        part.signal_type.clone_from(&body.signal_type);
        part.delivery_id = rested.id.0.to_vec();
        provider.signal_id.clone_from(&body.signal_id);
    }
    Ok(Draft {
        provider: Some(caller.oin),
        recipient,
        shared: Some(part.encode_to_vec()),
        provider_part: Some(provider.encode_to_vec()),
        outcome: outcome(v1::Act::WithdrawConsent),
        agreement: Some(
            AgreementHash::parse(&record.agreement_hash)
                .map_err(|_| HubError::Internal("a stored consent is damaged"))?,
        ),
        ..Draft::default()
    })
}
