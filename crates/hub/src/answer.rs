//! Answer: what answers a question is lodged, and leaves at the question's tick.
//!
//! Owns: who may lodge what, and when. Must not know: what an answer says; it is sealed for the desk that
//! asked, and nothing of it that the hub reads depends on what it says.
//!
//! First a cover, by the system, as the question arrives: it says `unknown`, and tells the hub that the
//! question has arrived. Then, at most once, what a person decided, which takes the cover's place. Both have
//! the same header, the same hours, the same sizes, and name the same keys and certificate, so the desk that
//! asked cannot tell them apart (ADR 23 says why); and neither makes the hub tell anybody anything before the
//! tick.

mod form;

use crate::acknowledge::advance;
use crate::ask::reply;
use crate::command::{AckKind, Asserted, Caller, Envelope, Idempotency};
use crate::decide::{Decided, Responsible};
use crate::directory::Capability;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::publish::{ATTEMPTS, delivery_body, kept};
use crate::{Hub, HubError, due, idempotency, payload};
use prost::Message;
use seinhuis_domain::signal::Route;
use seinhuis_proto::v1;
use seinhuis_store::records::{LodgedRecord, Question, Reply};
use seinhuis_store::{ChangeSet, ReplyScope, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{DeliveryId, ErrorCode, Millis, Revision, SignalId};

/// Lodges what answers a question.
#[derive(Debug)]
pub struct Answer {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// The question, by the delivery it became.
    pub question: DeliveryId,
    /// Of type `ANSWER`, to the desk that asked.
    pub envelope: Envelope,
    /// Whether it is a cover.
    pub cover: bool,
    /// Who decided, if the call says so.
    pub asserted: Asserted,
}

/// What the reply is made of again.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(bytes = "vec", tag = "1")]
    decision: Vec<u8>,
}

impl<S: Store> Hub<S> {
    /// Lodges a cover, or an answer in its place.
    ///
    /// # Errors
    /// `QUESTION_NOT_FOUND` (also for a question to someone else), `QUESTION_CLOSED` from its tick on,
    /// `QUESTION_ANSWERED` for a second one, `MESSAGE_INVALID` when it differs from what others would look
    /// like, those of [`Hub::persons`], and those of every mutating call.
    pub async fn answer(
        &self,
        caller: &Caller,
        command: Answer,
    ) -> Result<v1::AnswerResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        if command.envelope.route.value.source != caller.oin {
            return Err(HubError::told(
                ErrorCode::ManifestInvalid,
                "the route names another source than the certificate of the connection",
            ));
        }
        let scope = idempotency::scope(caller.oin, "Answer", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let seen = idempotency::seen(&self.parts.store.snapshot()?, &scope, &command.idempotency)?;
        if let Some(reply) = seen {
            return self.answered_again(caller, &reply);
        }
        self.log_in_time()?;
        let persons = match (command.asserted.assertions.is_empty(), command.cover) {
            (true, _) => None,
            (false, false) => Some(self.persons(caller, &command.asserted)?),
            (false, true) => {
                return Err(HubError::invalid(
                    "person_assertion: nobody acts in a cover; what a person decided is an answer",
                ));
            }
        };
        let mut attempt = 1;
        loop {
            let lodged = self.attempt_answer(caller, &command, persons.as_ref(), &scope);
            match lodged.await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt_answer(
        &self,
        caller: &Caller,
        command: &Answer,
        persons: Option<&Persons>,
        scope: &ReplyScope,
    ) -> Result<v1::AnswerResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let now = self.now();
        let envelope = &command.envelope;
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let (asked, mut question) = self.own_question(&snapshot, caller, command)?;
        let tick = Millis(question.body.answer_by_ms);
        if now >= tick || question.closed_at.get().is_some() {
            return Err(HubError::told(
                ErrorCode::QuestionClosed,
                "the tick of this question has come: what was lodged before is on its way",
            ));
        }
        form::lodged_in_order(&question.body, command)?;
        self.same_shape(&question.body, command)?;
        let manifest = self.check_form(envelope, now)?;
        let keys = match command.cover {
            true => self.route_keys(&snapshot, route, now)?,
            false => self.cover_keys(&snapshot, route, now)?,
        };
        let mut stands_on = vec![
            idempotency::unused(scope),
            (Row::Question(command.question), asked),
        ];
        stands_on.extend(keys.stands_on.iter().cloned());
        self.unused_slips(caller, envelope, &snapshot, &mut stands_on)?;
        let responsible = match command.cover {
            true => Responsible::NOBODY_NEEDED,
            false => Responsible::of(header, &envelope.source.value),
        };
        let machine = !command.cover && persons.is_none();
        let decided = self.decide_answering(&snapshot, route, header, responsible, machine, now)?;
        stands_on.extend(decided.stands_on.iter().cloned());
        let draft = draft(caller, envelope, &decided, persons);
        let prepared = self.prepare(draft, &envelope.decision_slip.slip()?, now)?;
        let name = if command.cover { "cover" } else { "answer" };
        let mut change =
            ChangeSet::new(name, prepared.entry()).before(tick, Row::Question(command.question));
        for slip in [&envelope.decision_slip, &envelope.release_slip] {
            change = change.write(Write::slip_nonce(caller.oin, slip.nonce));
        }
        if let Some(permit) = decided.permit() {
            change = change.before(
                permit.valid_until().min(keys.until),
                Row::Agreement(route.agreement.clone()),
            );
            let catalogue = &self.parts.rules.catalogue;
            // Its terms run from the tick, whenever it is lodged.
            let mut delivery =
                delivery_body(SignalId(route.nonce), envelope, &decided, catalogue, tick);
            delivery.answers = command.question.0.to_vec();
            // It has no due row before it has a place in a stream.
            delivery.due_ms = 0;
            question.body.lodged = Some(LodgedRecord {
                delivery,
                payload: payload::record(envelope, manifest, &decided, &[])?,
            });
            question.body.answered = !command.cover;
            change = change.write(Write::question(command.question, &question));
            if command.cover {
                change = self.arrived(&snapshot, command.question, change, &mut stands_on)?;
            }
        }
        for (row, revision) in stands_on {
            change = change.expect(row, revision);
        }
        let facts = Facts {
            decision: decided.bytes.clone(),
        };
        let change = change.write(Write::reply(
            scope.clone(),
            &reply(&command.idempotency, &facts),
        ));
        self.commit_answer(caller, route, persons, &prepared, facts, change)
            .await
    }

    async fn commit_answer(
        &self,
        caller: &Caller,
        route: &Route,
        persons: Option<&Persons>,
        prepared: &Prepared,
        facts: Facts,
        change: ChangeSet,
    ) -> Result<v1::AnswerResponse, HubError> {
        let committed = match persons {
            Some(persons) => self.commit_for(persons, change).await?,
            None => self.parts.store.commit(change).await?,
        };
        self.parts.log.wake();
        self.desks.tell(route.source, &route.source_desk);
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        let proof = self.proof(prepared, index, &facts.decision, committed.at, &caller.oin)?;
        Ok(v1::AnswerResponse {
            outcome: Some(v1::Outcome {
                decision: facts.decision,
                proof: Some(proof),
            }),
        })
    }

    /// The question, if it was asked of the desk that answers, and that is a desk of the caller's.
    fn own_question(
        &self,
        snapshot: &impl Snapshot,
        caller: &Caller,
        command: &Answer,
    ) -> Result<(Revision, Question), HubError> {
        let route = &command.envelope.route.value;
        let system = self.capable(caller, Capability::Signal)?;
        let Versioned { revision, value } = snapshot.question(command.question)?;
        let own = value.filter(|question| {
            question.body.asked_oin == caller.oin.as_str()
                && question.body.asked_desk == route.source_desk.as_str()
                && system.desks.contains(&route.source_desk)
        });
        let question = own.ok_or_else(|| {
            HubError::told(
                ErrorCode::QuestionNotFound,
                "no question to this desk of yours has this id",
            )
        })?;
        Ok((revision, question))
    }

    /// Its cover tells that a question arrived. That a person opened it is never told.
    fn arrived(
        &self,
        snapshot: &impl Snapshot,
        id: DeliveryId,
        change: ChangeSet,
        stands_on: &mut Vec<(Row, Revision)>,
    ) -> Result<ChangeSet, HubError> {
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let mut delivery = value.ok_or(HubError::Internal("a question without a delivery"))?;
        stands_on.push((Row::Delivery(id), revision));
        advance(&mut delivery, AckKind::Delivered)?;
        let (recipient, desk) = delivery.body.recipient()?;
        let change = due::follow(change, id, &mut delivery.body);
        let change = match delivery.position.get() {
            Some(position) => change.withdraw(recipient, &desk, position),
            None => change,
        };
        Ok(change.write(Write::delivery(id, &delivery)))
    }

    fn answered_again(
        &self,
        caller: &Caller,
        reply: &Reply,
    ) -> Result<v1::AnswerResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (index, at) = kept(reply)?;
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let proof = self.proof_again(&snapshot, index, &facts.decision, at, &caller.oin)?;
        Ok(v1::AnswerResponse {
            outcome: Some(v1::Outcome {
                decision: facts.decision,
                proof: Some(proof),
            }),
        })
    }
}

/// The entry of a lodging is the answering side's alone: the desk that asked learns neither when nor how
/// often something was lodged.
fn draft(
    caller: &Caller,
    envelope: &Envelope,
    decided: &Decided,
    persons: Option<&Persons>,
) -> Draft {
    let route = &envelope.route.value;
    let provider = v1::ProviderPart {
        decision: decided.bytes.clone(),
        decision_input: decided.input.clone(),
        source_leaf: envelope.source.bytes.clone(),
        signal_id: route.nonce.to_vec(),
        chain: envelope.decision_slip.chain.clone(),
        system: caller.system.0.to_vec(),
        staff: persons.map(Persons::staff).unwrap_or_default(),
        ..v1::ProviderPart::default()
    };
    Draft {
        provider: Some(caller.oin),
        provider_part: Some(provider.encode_to_vec()),
        outcome: payload::outcome_part(v1::Act::Answer, decided),
        agreement: Some(route.agreement.clone()),
        ..Draft::default()
    }
}
