//! Publish: a source sends one signal to 1 to 32 desks.
//!
//! Load, decide per envelope, convert, change, commit, reply. Either every envelope gets its
//! outcome, permitted or refused, or the call is an error and nothing was done.

use crate::command::{Asserted, Caller, Envelope, Publish};
use crate::decide::{Decided, Responsible};
use crate::directory::Capability;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::timing::stage;
use crate::{Hub, HubError, break_glass, consent, due, envelope, idempotency, payload};
use prost::Message;
use seinhuis_domain::break_glass::review_by;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::question::is_asked;
use seinhuis_domain::signal::{
    BreakGlass, Route, check_event_time, check_header, encode_article, encode_break_glass,
    encode_regime,
};
use seinhuis_policy::Action;
use seinhuis_proto::v1;
use seinhuis_seal::manifest::Manifest;
use seinhuis_store::records::{
    Delivery, DeliveryRecord, DeliveryState, Reply, ReplyRecord, SignalRecord,
};
use seinhuis_store::{
    ChangeSet, Committed, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Write,
};
use seinhuis_types::{DeliveryId, ErrorCode, LeafIndex, Millis, Revision, SignalId};
use std::collections::BTreeSet;
use tracing::Instrument;

/// How often a decision is made again when what it stood on changed before the commit.
pub(crate) const ATTEMPTS: usize = 3;

/// What the reply of a publish is made of again.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(bytes = "vec", repeated, tag = "1")]
    decisions: Vec<Vec<u8>>,
}

/// One envelope, decided, with its entry.
struct Done<'e> {
    envelope: &'e Envelope,
    decided: Decided,
    prepared: Prepared,
    manifest: Manifest<'e>,
    delivery: Option<(DeliveryId, Vec<[u8; 64]>)>,
    /// When it was decided.
    at: Millis,
}

impl<S: Store> Hub<S> {
    /// Sends one signal; one with a break-glass in it for the person who is asserted.
    ///
    /// # Errors
    /// What could not be decided; see [`seinhuis_types::ErrorCode`].
    pub async fn publish(
        &self,
        caller: &Caller,
        command: Publish,
        asserted: &Asserted,
    ) -> Result<v1::PublishResponse, HubError> {
        let system = self.capable(caller, Capability::Signal)?;
        for envelope in &command.envelopes {
            if envelope.route.value.source != caller.oin {
                return Err(HubError::told(
                    ErrorCode::ManifestInvalid,
                    "the route names another source than the certificate of the connection",
                ));
            }
            Self::serves(system, &envelope.route.value.source_desk)?;
        }
        let scope = idempotency::scope(caller.oin, "Publish", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some(reply) =
            idempotency::seen(&self.parts.store.snapshot()?, &scope, &command.idempotency)?
        {
            return self.publish_again(caller, &reply);
        }
        let persons = self.acting(caller, &command, asserted)?;
        self.log_in_time()?;
        let mut converted = vec![None; command.envelopes.len()];
        let mut attempt = 1;
        loop {
            let attempt_now =
                self.attempt(caller, &command, &scope, persons.as_ref(), &mut converted);
            match attempt_now.instrument(stage!("publish")).await {
                Err(HubError::Store(StoreError::Conflict { row })) if attempt < ATTEMPTS => {
                    tracing::debug!(?row, attempt, "publish is decided again");
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// One round of load, decide, convert, commit. `converted` keeps conversions between rounds:
    /// they do not depend on the decision.
    async fn attempt(
        &self,
        caller: &Caller,
        command: &Publish,
        scope: &ReplyScope,
        persons: Option<&Persons>,
        converted: &mut [Option<Vec<[u8; 64]>>],
    ) -> Result<v1::PublishResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let now = self.now();
        let mut stands_on = vec![idempotency::unused(scope)];
        stands_on.push((Row::Signal(caller.oin, command.signal), Revision(0)));
        if snapshot.signal(caller.oin, command.signal)?.revision != Revision(0) {
            return Err(HubError::invalid(
                "signal_id: it was used before; draw a new one",
            ));
        }
        let mut done = Vec::with_capacity(command.envelopes.len());
        for (envelope, converted) in command.envelopes.iter().zip(converted) {
            let (manifest, keys) = stage!("publish check").in_scope(|| {
                let manifest = self.check(envelope, now)?;
                let keys = self.route_keys(&snapshot, &envelope.route.value, now)?;
                Ok::<_, HubError>((manifest, keys))
            })?;
            // Also as they were judged: between two reads of a snapshot a key may have changed.
            stands_on.extend(keys.stands_on.iter().cloned());
            self.unused_slips(caller, envelope, &snapshot, &mut stands_on)?;
            self.cited_once(caller, envelope, &snapshot, &mut stands_on)?;
            let (route, header) = (&envelope.route.value, &envelope.header.value);
            let responsible = Responsible::of(header, &envelope.source.value);
            let decided = stage!("publish decide").in_scope(|| {
                self.decide(Action::Publish, &snapshot, route, header, responsible, now)
            })?;
            break_glass::check_desk(route, header, &decided)?;
            stands_on.extend(decided.stands_on.iter().cloned());
            let delivery = if decided.permit().is_some() {
                let subjects = match converted {
                    Some(subjects) => subjects.clone(),
                    None => {
                        let manifest = envelope::manifest(envelope)?;
                        let request = envelope::conversion(envelope, manifest, &keys);
                        self.convert_both(&request, &keys.recipient_pseudonym)
                            .await?
                    }
                };
                *converted = Some(subjects.clone());
                Some((self.draw_delivery(), subjects))
            } else {
                None
            };
            let mut draft = publish_draft(caller, command, envelope, &decided, delivery.as_ref());
            if let (Some(glass), Some(persons)) = (&header.break_glass, persons) {
                draft.sent_for(persons, glass, review_by(now));
            }
            let draft = draft.finish();
            let slip = envelope.decision_slip.slip()?;
            let prepared = stage!("publish parts").in_scope(|| self.prepare(draft, &slip, now))?;
            done.push(Done {
                envelope,
                decided,
                prepared,
                manifest,
                delivery,
                at: now,
            });
        }
        self.commit_publish(caller, command, scope, persons, stands_on, done)
            .await
    }

    /// Form against the catalogue, signature, keys, recipient: what must hold before the law is
    /// asked.
    fn check<'e>(&self, envelope: &'e Envelope, now: Millis) -> Result<Manifest<'e>, HubError> {
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        self.known_desk(&route.recipient, &route.desk)?;
        if is_asked(&header.signal_type) {
            return Err(HubError::invalid(
                "type: a question goes by Ask, and what answers it by Answer",
            ));
        }
        if header.rectification.is_some() {
            return Err(HubError::invalid(
                "rectification: what is told to who received a signal goes by Rectify",
            ));
        }
        self.check_form(envelope, now)
    }

    /// The same without asking whether the recipient takes part still.
    pub(crate) fn check_form<'e>(
        &self,
        envelope: &'e Envelope,
        now: Millis,
    ) -> Result<Manifest<'e>, HubError> {
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let told =
            |error: seinhuis_domain::signal::Invalid| HubError::told(error.code, error.message);
        check_header(header, &envelope.source.value, &self.parts.rules.catalogue).map_err(told)?;
        check_event_time(header, now).map_err(told)?;
        if route.epoch != self.parts.epoch {
            return Err(HubError::told(
                ErrorCode::StaleKeyEpoch,
                format!(
                    "key epoch {} is in force, not {}",
                    self.parts.epoch, route.epoch
                ),
            ));
        }
        self.verify_manifest(envelope, now)
    }

    pub(crate) fn unused_slips(
        &self,
        caller: &Caller,
        envelope: &Envelope,
        snapshot: &impl Snapshot,
        stands_on: &mut Vec<(Row, Revision)>,
    ) -> Result<(), HubError> {
        for slip in [&envelope.decision_slip, &envelope.release_slip] {
            let row = Row::SlipNonce(caller.oin, slip.nonce);
            if snapshot.slip_nonce(caller.oin, slip.nonce)?.revision != Revision(0)
                || stands_on.iter().any(|(other, _)| *other == row)
            {
                return Err(slip_reused());
            }
            stands_on.push((row, Revision(0)));
        }
        Ok(())
    }

    async fn commit_publish(
        &self,
        caller: &Caller,
        command: &Publish,
        scope: &ReplyScope,
        persons: Option<&Persons>,
        stands_on: Vec<(Row, Revision)>,
        done: Vec<Done<'_>>,
    ) -> Result<v1::PublishResponse, HubError> {
        let mut change = change_of(&done, stands_on)?;
        let (now, catalogue) = (self.now(), &self.parts.rules.catalogue);
        let mut deliveries = Vec::new();
        let mut officers = Vec::new();
        let mut fresh = Vec::new();
        let glasses = command.envelopes.iter();
        let glasses = glasses.filter(|envelope| envelope.header.value.break_glass.is_some());
        let leaves = glasses.map(|envelope| &envelope.source.value);
        let acted = persons.map(|persons| self.acted(caller.oin, persons, leaves));
        for (place, one) in done.into_iter().enumerate() {
            for slip in [&one.envelope.decision_slip, &one.envelope.release_slip] {
                change = change.write(Write::slip_nonce(caller.oin, slip.nonce));
            }
            if let Some((id, subjects)) = &one.delivery {
                deliveries.push(id.0.to_vec());
                let entry = u16::try_from(place).map_err(|_| HubError::Internal("entry place"))?;
                let payload = payload::record(one.envelope, one.manifest, &one.decided, subjects)?;
                let (envelope, decided) = (one.envelope, &one.decided);
                let body = delivery_body(command.signal, envelope, decided, catalogue, now);
                change = add_delivery(change, &envelope.route.value, body, *id, entry)?
                    .write(Write::payload(*id, &payload));
                if envelope.header.value.break_glass.is_some() {
                    let nobody = HubError::Internal("a break-glass for nobody");
                    let acted = acted.as_ref().ok_or(nobody)?;
                    let sent = (envelope, decided);
                    let (opened, told) =
                        self.open_review(change, acted, command.signal, sent, (*id, one.at))?;
                    change = opened;
                    officers.extend(told);
                }
                change = consent::cite(change, caller.oin, envelope, *id);
            }
            fresh.push((
                one.envelope,
                one.decided,
                one.prepared,
                one.delivery.is_some(),
            ));
        }
        let record = SignalRecord::of(deliveries, source_desks(command));
        change = change.write(Write::signal(caller.oin, command.signal, &record));
        let decisions = fresh
            .iter()
            .map(|(_, decided, ..)| decided.bytes.clone())
            .collect();
        let reply = reply(command, decisions, fresh.len());
        change = change.write(Write::reply(scope.clone(), &reply));
        let committing = self.commit_sent(persons, change);
        let committed = committing.instrument(stage!("publish commit")).await?;
        self.parts.log.wake();
        for (oin, desk) in &officers {
            self.desks.tell(*oin, desk);
        }
        let mut outcomes = Vec::with_capacity(fresh.len());
        for ((envelope, decided, prepared, delivered), index) in
            fresh.iter().zip(&committed.indexes)
        {
            if *delivered {
                let route = &envelope.route.value;
                self.desks.tell(route.recipient, &route.desk);
            }
            let decision = decided.bytes.clone();
            let proof = self.proof(prepared, *index, &decision, committed.at, &caller.oin)?;
            outcomes.push(v1::Outcome {
                decision,
                proof: Some(proof),
            });
        }
        Ok(v1::PublishResponse { outcomes })
    }

    /// Commits a signal or rectification, for a person where a break-glass is in it.
    pub(crate) async fn commit_sent(
        &self,
        persons: Option<&Persons>,
        change: ChangeSet,
    ) -> Result<Committed, HubError> {
        match persons {
            Some(persons) => self.commit_for(persons, change).await,
            None => Ok(self.parts.store.commit(change).await?),
        }
    }

    /// The reply to a call made before: the same decisions, receipts made again.
    fn publish_again(
        &self,
        caller: &Caller,
        reply: &Reply,
    ) -> Result<v1::PublishResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (first, at) = kept(reply)?;
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let outcomes = (first.0..)
            .zip(facts.decisions)
            .map(|(index, decision)| {
                let proof =
                    self.proof_again(&snapshot, LeafIndex(index), &decision, at, &caller.oin)?;
                Ok(v1::Outcome {
                    decision,
                    proof: Some(proof),
                })
            })
            .collect::<Result<_, HubError>>()?;
        Ok(v1::PublishResponse { outcomes })
    }
}

/// What is kept of a reply, to give it again.
fn reply(command: &Publish, decisions: Vec<Vec<u8>>, entries: usize) -> Reply {
    Reply {
        committed_at: Slot::at_commit(),
        first_index: Slot::of_entry(0),
        body: ReplyRecord {
            fingerprint: command.idempotency.fingerprint.0.to_vec(),
            facts: Facts { decisions }.encode_to_vec(),
            entries: u32::try_from(entries).unwrap_or(u32::MAX),
        },
    }
}

pub(crate) fn slip_reused() -> HubError {
    HubError::told(
        ErrorCode::SlipReused,
        "the slip's nonce was used before; make a new slip",
    )
}

/// First index and commit time of a stored reply.
pub(crate) fn kept(reply: &Reply) -> Result<(LeafIndex, Millis), HubError> {
    let damaged = HubError::Internal("a stored reply has no index");
    match (reply.first_index.get(), reply.committed_at.get()) {
        (Some(first), Some(at)) => Ok((first, at)),
        _ => Err(damaged),
    }
}

/// The parts of a publish entry, in the making. A refused one has the source's part only: the recipient
/// learns nothing of what did not come.
struct PublishDraft {
    provider: v1::ProviderPart,
    shared: Option<v1::SharedPart>,
    rest: Draft,
}

fn publish_draft(
    caller: &Caller,
    command: &Publish,
    envelope: &Envelope,
    decided: &Decided,
    delivery: Option<&(DeliveryId, Vec<[u8; 64]>)>,
) -> PublishDraft {
    let route = &envelope.route.value;
    PublishDraft {
        provider: v1::ProviderPart {
            decision: decided.bytes.clone(),
            decision_input: decided.input.clone(),
            source_leaf: envelope.source.bytes.clone(),
            signal_id: command.signal.0.to_vec(),
            chain: envelope.decision_slip.chain.clone(),
            system: caller.system.0.to_vec(),
            ..v1::ProviderPart::default()
        },
        shared: delivery.map(|(id, _)| payload::shared_part(v1::Act::Publish, route, decided, *id)),
        rest: Draft {
            provider: Some(caller.oin),
            recipient: delivery.map(|_| route.recipient),
            outcome: payload::outcome_part(v1::Act::Publish, decided),
            agreement: Some(route.agreement.clone()),
            ..Draft::default()
        },
    }
}

impl PublishDraft {
    /// Of a break-glass: for whom it is sent, what it says of itself, and by when it must be reviewed.
    fn sent_for(&mut self, persons: &Persons, glass: &BreakGlass, review_by: Millis) {
        self.provider.staff = persons.staff();
        if let Some(shared) = &mut self.shared {
            shared.break_glass = Some(encode_break_glass(glass));
            shared.review_by_ms = review_by.0;
        }
    }

    fn finish(self) -> Draft {
        Draft {
            shared: self.shared.map(|part| part.encode_to_vec()),
            provider_part: Some(self.provider.encode_to_vec()),
            ..self.rest
        }
    }
}

/// The delivery of a permitted envelope, with its terms.
pub(crate) fn delivery_body(
    signal: SignalId,
    envelope: &Envelope,
    decided: &Decided,
    catalogue: &Catalogue,
    now: Millis,
) -> DeliveryRecord {
    let (route, header) = (&envelope.route.value, &envelope.header.value);
    let mut body = DeliveryRecord {
        source_oin: route.source.to_string(),
        source_desk: route.source_desk.to_string(),
        recipient_oin: route.recipient.to_string(),
        desk: route.desk.to_string(),
        state: DeliveryState::Releasable.into(),
        agreement_hash: route.agreement.to_string(),
        clause: route.clause.to_string(),
        purpose: header.purpose.to_string(),
        signal_type: header.signal_type.to_string(),
        granted: decided.granted.iter().map(ToString::to_string).collect(),
        withheld: decided.withheld.iter().map(ToString::to_string).collect(),
        signal_id: signal.0.to_vec(),
        region: header.region.to_string(),
        necessity: header.necessity.to_string(),
        regime: encode_regime(header.regime).into(),
        wpg_article: encode_article(header.wpg_article).into(),
        retention: header.retention.to_string(),
        urgency: header.urgency.to_string(),
        consent_id: header
            .consent
            .map(|cited| cited.handle.0.to_vec())
            .unwrap_or_default(),
        ..DeliveryRecord::default()
    };
    due::set_terms(&mut body, header, decided, catalogue, now);
    body
}

/// Puts a delivery in its desk's stream.
pub(crate) fn add_delivery(
    change: ChangeSet,
    route: &Route,
    mut body: DeliveryRecord,
    id: DeliveryId,
    entry: u16,
) -> Result<ChangeSet, HubError> {
    let place =
        u16::try_from(change.releases()).map_err(|_| HubError::Internal("release place"))?;
    let change = due::follow(
        change.release(route.recipient, &route.desk, id),
        id,
        &mut body,
    );
    let delivery = Delivery {
        position: Slot::of_release(place),
        published: Slot::of_entry(entry),
        published_at: Slot::at_commit(),
        body,
        ..Delivery::default()
    };
    Ok(change.write(Write::delivery(id, &delivery)))
}

/// A change with an entry of each decision, for as long as what they stand on holds.
fn change_of(done: &[Done<'_>], stands_on: Vec<(Row, Revision)>) -> Result<ChangeSet, HubError> {
    let Some(first) = done.first() else {
        return Err(HubError::Internal("a publish without envelopes"));
    };
    let mut change = ChangeSet::new("publish", first.prepared.entry());
    for one in done.iter().skip(1) {
        change = change.entry(one.prepared.entry());
    }
    for (row, revision) in stands_on {
        change = change.expect(row, revision);
    }
    // A conversion can take long; what was decided before it may not stand any more.
    for one in done {
        if let Some(permit) = one.decided.permit() {
            let row = Row::Agreement(one.envelope.route.value.agreement.clone());
            change = change.before(permit.valid_until(), row);
        }
    }
    Ok(change)
}

/// The desks that a signal is sent from, each once, sorted.
fn source_desks(command: &Publish) -> Vec<String> {
    let desks = command.envelopes.iter();
    let desks: BTreeSet<String> = desks
        .map(|envelope| envelope.route.value.source_desk.to_string())
        .collect();
    desks.into_iter().collect()
}
