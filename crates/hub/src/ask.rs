//! Ask: a coded question to one desk about one person.
//!
//! Owns: what a question is beside a signal: one desk, one person, a tick until which it may be answered,
//! and a number a day. Must not know: what is asked; it is sealed as any signal.
//!
//! It becomes a delivery like any other, released by a decision of its own. Its row beside it holds what is
//! lodged for it (`answer`) until its tick (`tick`).

use crate::command::{Caller, Envelope, Idempotency};
use crate::decide::{Decided, Responsible};
use crate::directory::Capability;
use crate::parts::{Draft, Prepared};
use crate::publish::{ATTEMPTS, add_delivery, delivery_body, kept};
use crate::timing::stage;
use crate::{Hub, HubError, due, envelope, idempotency, payload};
use prost::Message;
use seinhuis_domain::question::{QUESTION, check_tick, is_more, is_unusual};
use seinhuis_proto::v1;
use seinhuis_seal::manifest::Manifest;
use seinhuis_store::records::{Question, QuestionRecord, Reply, ReplyRecord};
use seinhuis_store::{
    ASKED_DAYS, ChangeSet, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Write,
};
use seinhuis_types::{ClauseId, DeliveryId, ErrorCode, Millis, Oin, Revision, SignalId};
use tracing::Instrument;

/// Asks one question.
#[derive(Debug)]
pub struct Ask {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// As they came; exactly one is taken.
    pub envelopes: Vec<Envelope>,
    /// Its tick.
    pub answer_by: Millis,
}

/// What came of asking.
#[derive(Debug)]
pub struct Asked {
    /// The reply.
    pub reply: v1::AskResponse,
    /// Whether this question made the day unusual: more than twice the median of the days before.
    pub unusual: bool,
}

/// What the reply is made of again.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(bytes = "vec", tag = "1")]
    decision: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    question: Vec<u8>,
}

/// A question that was decided on, with its entry.
struct Done<'e> {
    envelope: &'e Envelope,
    manifest: Manifest<'e>,
    decided: Decided,
    prepared: Prepared,
    delivery: Option<(DeliveryId, Vec<[u8; 64]>)>,
    /// The day that it was decided on, and that it counts for.
    day: u32,
}

impl<S: Store> Hub<S> {
    /// Asks one question of one desk.
    ///
    /// # Errors
    /// `QUESTION_TO_ONE_DESK`, `QUESTION_TICK_INVALID`, and those of every mutating call. A question that is
    /// too many is decided: `QUESTION_BUDGET_SPENT`.
    pub async fn ask(&self, caller: &Caller, command: Ask) -> Result<Asked, HubError> {
        let system = self.capable(caller, Capability::Signal)?;
        let [envelope] = command.envelopes.as_slice() else {
            return Err(HubError::told(
                ErrorCode::QuestionToOneDesk,
                "a question goes to one desk: send one envelope, and ask another desk another question",
            ));
        };
        if envelope.route.value.source != caller.oin {
            return Err(HubError::told(
                ErrorCode::ManifestInvalid,
                "the route names another source than the certificate of the connection",
            ));
        }
        Self::serves(system, &envelope.route.value.source_desk)?;
        let scope = idempotency::scope(caller.oin, "Ask", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let seen = idempotency::seen(&self.parts.store.snapshot()?, &scope, &command.idempotency)?;
        if let Some(reply) = seen {
            return self.asked_again(caller, &reply);
        }
        self.log_in_time()?;
        let mut converted = None;
        let mut attempt = 1;
        loop {
            let asked = self.attempt_ask(caller, &command, envelope, &scope, &mut converted);
            match asked.instrument(stage!("ask")).await {
                // Of two last questions of a day one is first; the other is decided again, and refused.
                Err(HubError::Store(
                    StoreError::Conflict { .. }
                    | StoreError::OverCap {
                        row: Row::Asked(..),
                    },
                )) if attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn attempt_ask(
        &self,
        caller: &Caller,
        command: &Ask,
        envelope: &Envelope,
        scope: &ReplyScope,
        converted: &mut Option<Vec<[u8; 64]>>,
    ) -> Result<Asked, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let now = self.now();
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        check_tick(command.answer_by, now, self.parts.question_shortest_ms)
            .map_err(|rule| HubError::told(ErrorCode::QuestionTickInvalid, rule))?;
        if header.signal_type.as_str() != QUESTION || header.rectification.is_some() {
            return Err(HubError::invalid(format!(
                "type: a question is of type `{QUESTION}`; a signal goes by Publish"
            )));
        }
        if header.consent.is_some() {
            return Err(HubError::invalid(
                "consent: a question cites none; it is asked on a task, or not at all",
            ));
        }
        if header.subjects.is_empty() {
            return Err(HubError::invalid(
                "subjects: a question is about one person",
            ));
        }
        self.known_desk(&route.recipient, &route.desk)?;
        self.keys_last(&snapshot, route, command.answer_by, now)?;
        let manifest = self.check_form(envelope, now)?;
        let keys = self.route_keys(&snapshot, route, now)?;
        let mut stands_on = vec![idempotency::unused(scope)];
        stands_on.extend(keys.stands_on.iter().cloned());
        self.unused_slips(caller, envelope, &snapshot, &mut stands_on)?;
        let responsible = Responsible::of(header, &envelope.source.value);
        let (day, cap) = (day(now), self.parts.question_budget);
        let within = snapshot.asked(caller.oin, &route.clause, day)? < cap;
        let decided = self.decide_asking(&snapshot, route, header, responsible, within, now)?;
        stands_on.extend(decided.stands_on.iter().cloned());
        let delivery = if decided.permit().is_some() {
            let subjects = match converted {
                Some(subjects) => subjects.clone(),
                None => {
                    let request =
                        envelope::conversion(envelope, envelope::manifest(envelope)?, &keys);
                    self.convert_both(&request, &keys.recipient_pseudonym)
                        .await?
                }
            };
            *converted = Some(subjects.clone());
            Some((self.draw_delivery(), subjects))
        } else {
            None
        };
        let draft = draft(
            caller,
            envelope,
            &decided,
            delivery.as_ref().map(|(id, _)| *id),
        );
        let prepared = self.prepare(draft, &envelope.decision_slip.slip()?, now)?;
        let done = Done {
            envelope,
            manifest,
            decided,
            prepared,
            delivery,
            day,
        };
        self.commit_ask(caller, command, scope, stands_on, done)
            .await
    }

    async fn commit_ask(
        &self,
        caller: &Caller,
        command: &Ask,
        scope: &ReplyScope,
        stands_on: Vec<(Row, Revision)>,
        done: Done<'_>,
    ) -> Result<Asked, HubError> {
        let Done {
            envelope,
            manifest,
            decided,
            prepared,
            delivery,
            day,
        } = done;
        let (route, now) = (&envelope.route.value, self.now());
        let clause = &route.clause;
        let mut change = ChangeSet::new("ask", prepared.entry());
        for (row, revision) in stands_on {
            change = change.expect(row, revision);
        }
        for slip in [&envelope.decision_slip, &envelope.release_slip] {
            change = change.write(Write::slip_nonce(caller.oin, slip.nonce));
        }
        if let (Some(permit), Some((id, subjects))) = (decided.permit(), &delivery) {
            let (id, catalogue) = (*id, &self.parts.rules.catalogue);
            let carried = payload::record(envelope, manifest, &decided, subjects)?;
            // A question has no signal of its own: what events would name it by is its route's nonce.
            let signal = SignalId(route.nonce);
            let mut body = delivery_body(signal, envelope, &decided, catalogue, now);
            due::set_question_terms(&mut body, command.answer_by);
            change = change.before(
                permit.valid_until(),
                Row::Agreement(route.agreement.clone()),
            );
            change = add_delivery(change, route, body, id, 0)?
                .write(Write::payload(id, &carried))
                .write(Write::question(id, &question(envelope, command.answer_by)))
                .write(Write::tick(command.answer_by, id))
                .count_asked(caller.oin, clause, day, self.parts.question_budget);
        }
        let facts = Facts {
            decision: decided.bytes.clone(),
            question: delivery
                .as_ref()
                .map(|(id, _)| id.0.to_vec())
                .unwrap_or_default(),
        };
        let reply = reply(&command.idempotency, &facts);
        let change = change.write(Write::reply(scope.clone(), &reply));
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        if delivery.is_some() {
            self.desks.tell(route.recipient, &route.desk);
        }
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        let proof = self.proof(&prepared, index, &facts.decision, committed.at, &caller.oin)?;
        Ok(Asked {
            unusual: match committed.counters.first() {
                Some(today) => self.unusual(&caller.oin, clause, day, *today).await?,
                None => false,
            },
            reply: v1::AskResponse {
                outcome: Some(v1::Outcome {
                    decision: facts.decision,
                    proof: Some(proof),
                }),
                question_id: facts.question,
            },
        })
    }

    /// Whether this many questions is unusual after the days before; said aloud where it is. It tells of an
    /// organisation, never of who asked or about whom.
    async fn unusual(
        &self,
        oin: &Oin,
        clause: &ClauseId,
        today: u32,
        count: u64,
    ) -> Result<bool, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let before = (1..=ASKED_DAYS)
            .map(|back| snapshot.asked(*oin, clause, today.saturating_sub(back)))
            .collect::<Result<Vec<_>, _>>()?;
        let unusual = is_unusual(count, &before);
        if unusual {
            tracing::warn!(
                %oin, %clause, count,
                "more questions today than twice the median of the days before"
            );
        }
        // With each further question: one that was asked just before the hub ended is made good by the next.
        if is_more(count, &before)
            && let Err(error) = self.warn_of_questions(*oin, clause, today).await
        {
            tracing::warn!(%error, "a warning of unusually many questions waits for the next question");
        }
        Ok(unusual)
    }

    fn asked_again(&self, caller: &Caller, reply: &Reply) -> Result<Asked, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (index, at) = kept(reply)?;
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let proof = self.proof_again(&snapshot, index, &facts.decision, at, &caller.oin)?;
        Ok(Asked {
            reply: v1::AskResponse {
                outcome: Some(v1::Outcome {
                    decision: facts.decision,
                    proof: Some(proof),
                }),
                question_id: facts.question,
            },
            unusual: false,
        })
    }
}

/// Days since 1970-01-01 UTC.
pub(crate) fn day(now: Millis) -> u32 {
    u32::try_from(now.0 / Millis::DAY).unwrap_or(u32::MAX)
}

fn draft(
    caller: &Caller,
    envelope: &Envelope,
    decided: &Decided,
    delivery: Option<DeliveryId>,
) -> Draft {
    let route = &envelope.route.value;
    let provider = v1::ProviderPart {
        decision: decided.bytes.clone(),
        decision_input: decided.input.clone(),
        source_leaf: envelope.source.bytes.clone(),
        signal_id: route.nonce.to_vec(),
        chain: envelope.decision_slip.chain.clone(),
        system: caller.system.0.to_vec(),
        ..v1::ProviderPart::default()
    };
    let shared = |id| payload::shared_part(v1::Act::Ask, route, decided, id).encode_to_vec();
    Draft {
        provider: Some(caller.oin),
        recipient: delivery.map(|_| route.recipient),
        shared: delivery.map(shared),
        provider_part: Some(provider.encode_to_vec()),
        outcome: payload::outcome_part(v1::Act::Ask, decided),
        agreement: Some(route.agreement.clone()),
        ..Draft::default()
    }
}

/// The row of a question that nothing is lodged for yet.
fn question(envelope: &Envelope, answer_by: Millis) -> Question {
    let (route, header) = (&envelope.route.value, &envelope.header.value);
    Question {
        closed_at: Slot::EMPTY,
        body: QuestionRecord {
            asker_oin: route.source.to_string(),
            asker_desk: route.source_desk.to_string(),
            asked_oin: route.recipient.to_string(),
            asked_desk: route.desk.to_string(),
            agreement_hash: route.agreement.to_string(),
            clause: route.clause.to_string(),
            purpose: header.purpose.to_string(),
            region: header.region.to_string(),
            necessity: header.necessity.to_string(),
            informed: header.subject_informed.to_string(),
            hour: route.hour.0,
            answer_by_ms: answer_by.0,
            answered: false,
            lodged: None,
        },
    }
}

/// The reply that is kept for an idempotency key.
pub(crate) fn reply(idempotency: &Idempotency, facts: &impl Message) -> Reply {
    Reply {
        committed_at: Slot::at_commit(),
        first_index: Slot::of_entry(0),
        body: ReplyRecord {
            fingerprint: idempotency.fingerprint.0.to_vec(),
            facts: facts.encode_to_vec(),
            entries: 1,
        },
    }
}
