//! Rectify: a source tells all who received a signal that it is corrected, withdrawn, about another
//! person, or shielded.
//!
//! Owns: who must be told, what becomes of what had not left, and that both are one commit. Must not
//! know: what a rectification says; it is sealed as any signal.
//!
//! The duty to tell outlives the agreement, so it is decided by a permit of its own (basis RECTIFY) on
//! the agreement the signal went under. What had not been released is ended and never leaves: it was no
//! disclosure, so there is nothing to tell, and the source may publish anew what is right.

mod commit;
mod supersede;
mod untold;

pub(crate) use commit::{end, end_delivery};

use crate::break_glass::{Glasses, nothing_anew};
use crate::command::{Asserted, Caller, Envelope, Idempotency, Signed};
use crate::decide::{Decided, Original, Responsible};
use crate::directory::Capability;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::publish::ATTEMPTS;
use crate::release::random_slip;
use crate::sent::own_signal;
use crate::{Hub, HubError, envelope, idempotency, payload};
use prost::Message;
use seinhuis_domain::break_glass::review_by;
use seinhuis_domain::signal::{
    REASONS, Rectification, RectificationKind, Source, decode_rectification,
};
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, DeliveryState, KeyUse, SignalRecord};
use seinhuis_store::{ReplyScope, Row, Snapshot, Store, StoreError, Versioned};
use seinhuis_types::{CodeValue, DeliveryId, Desk, ErrorCode, Millis, Oin, Revision, SignalId};

/// Tells those who received a signal.
#[derive(Debug)]
pub struct Rectify {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// The caller's own signal.
    pub signal: SignalId,
    /// What is told of it.
    pub kind: RectificationKind,
    /// Why: a code of the list `rectification`.
    pub reason: CodeValue,
    /// Who acts, for what had not left.
    pub source: Signed<Source>,
    /// One for each desk that received it; none or more.
    pub envelopes: Vec<Envelope>,
}

/// What the reply is made of again.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(bytes = "vec", repeated, tag = "1")]
    decisions: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "2")]
    ended: Vec<v1::DeskRef>,
    #[prost(message, repeated, tag = "3")]
    unreached: Vec<v1::DeskRef>,
}

/// A delivery of the signal, as it was read.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) id: DeliveryId,
    pub(crate) revision: Revision,
    pub(crate) delivery: Delivery,
}

impl Sent {
    pub(crate) fn received(&self) -> bool {
        self.delivery.first_release.get().is_some()
    }

    pub(crate) fn over(&self) -> bool {
        self.delivery.body.state() == DeliveryState::Ended
    }

    pub(crate) fn is_about(&self, original: DeliveryId) -> bool {
        self.delivery.body.rectifies == original.0
    }

    fn at(&self, oin: &Oin, desk: &Desk) -> bool {
        self.delivery.body.recipient_oin == oin.as_str() && self.delivery.body.desk == desk.as_str()
    }

    fn desk(&self) -> v1::DeskRef {
        v1::DeskRef {
            oin: self.delivery.body.recipient_oin.clone(),
            desk: self.delivery.body.desk.clone(),
        }
    }
}

/// One envelope, decided, with its entry.
struct Told<'e> {
    envelope: &'e Envelope,
    original: DeliveryId,
    decided: Decided,
    prepared: Prepared,
    delivery: Option<(DeliveryId, Vec<[u8; 64]>)>,
    /// When it was decided.
    at: Millis,
}

/// Everything one call does.
struct Plan<'e> {
    stands_on: Vec<(Row, Revision)>,
    told: Vec<Told<'e>>,
    /// Not released, and ended now, each with its entry.
    ended: Vec<(Sent, Prepared)>,
    /// Released, and not to be sent again.
    wrong: Vec<Sent>,
    /// Released, and without a key to seal for; each with its entry.
    unreached: Vec<(Sent, Prepared)>,
    record: SignalRecord,
    /// Of a kind with content: which of the deliveries were a break-glass.
    glasses: Glasses,
}

impl Plan<'_> {
    /// Whether what it tells, and may tell, comes in the place of an earlier rectification. One that is
    /// refused, or that cannot be sealed for its desk, leaves the earlier one on its way.
    fn follows(&self, earlier: &Sent) -> bool {
        self.told
            .iter()
            .any(|told| told.delivery.is_some() && earlier.is_about(told.original))
    }
}

impl<S: Store> Hub<S> {
    /// Rectifies one of the caller's own signals; what says a break-glass anew for the person who is
    /// asserted.
    ///
    /// # Errors
    /// `SIGNAL_NOT_FOUND`, `RECTIFICATION_INCOMPLETE` when a desk that received it is left out,
    /// `NOTHING_TO_RECTIFY`, `BREAK_GLASS_NOT_JUSTIFIED`, `BREAK_GLASS_INVALID`, those of
    /// [`Hub::persons`], and those of every mutating call.
    pub async fn rectify(
        &self,
        caller: &Caller,
        command: Rectify,
        asserted: &Asserted,
    ) -> Result<v1::RectifyResponse, HubError> {
        let system = self.capable(caller, Capability::Signal)?;
        let wanted = Rectification {
            kind: command.kind,
            reason: command.reason.clone(),
        };
        for envelope in &command.envelopes {
            if envelope.route.value.source != caller.oin {
                return Err(HubError::told(
                    ErrorCode::ManifestInvalid,
                    "the route names another source than the certificate of the connection",
                ));
            }
            Self::serves(system, &envelope.route.value.source_desk)?;
            if envelope.header.value.rectification.as_ref() != Some(&wanted) {
                return Err(HubError::invalid(
                    "rectification: every envelope tells the same, for the same reason",
                ));
            }
        }
        let reasons = self.parts.rules.catalogue.code_list(REASONS);
        if !reasons.is_some_and(|list| list.contains(command.reason.as_str())) {
            let reason = &command.reason;
            return Err(HubError::invalid(format!(
                "reason `{reason}` is not in the catalogue's list `{REASONS}`"
            )));
        }
        let source = &command.source.value;
        if source.acting_person.is_empty() || source.decided_by.is_empty() {
            return Err(HubError::invalid(
                "source_leaf: name who acts and who decided (wpg 32a(1); avg 5(2))",
            ));
        }
        let scope = idempotency::scope(caller.oin, "Rectify", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let seen = idempotency::seen(&self.parts.store.snapshot()?, &scope, &command.idempotency)?;
        if let Some(reply) = seen {
            return self.rectified_again(caller, &reply);
        }
        let persons = match asserted.assertions.as_slice() {
            [] => None,
            _ => Some(self.persons(caller, asserted)?),
        };
        let persons = persons.as_ref();
        self.log_in_time()?;
        let mut converted = vec![None; command.envelopes.len()];
        let mut attempt = 1;
        loop {
            let plan = self
                .plan(caller, &command, persons, &scope, &mut converted)
                .await?;
            match self
                .commit_rectify(caller, &command, persons, &scope, plan)
                .await
            {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Who must be told, who cannot be, what ends; and a decision on each envelope.
    async fn plan<'e>(
        &self,
        caller: &Caller,
        command: &'e Rectify,
        persons: Option<&Persons>,
        scope: &ReplyScope,
        converted: &mut [Option<Vec<[u8; 64]>>],
    ) -> Result<Plan<'e>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let now = self.now();
        let system = self.capable(caller, Capability::Signal)?;
        let Versioned {
            revision,
            value: record,
        } = own_signal(&snapshot, caller, system, command.signal)?;
        let originals = sent(&snapshot, &record.delivery_ids)?;
        // Content is all that a review could stop: what takes it back always goes.
        let glasses = match command.kind.has_content() {
            true => Glasses::among(&snapshot, &originals)?,
            false => Glasses::default(),
        };
        let mut plan = Plan {
            stands_on: vec![
                idempotency::unused(scope),
                (Row::Signal(caller.oin, command.signal), revision),
            ],
            told: Vec::with_capacity(command.envelopes.len()),
            ended: Vec::new(),
            wrong: Vec::new(),
            unreached: Vec::new(),
            record,
            glasses,
        };
        plan.stands_on.extend(plan.glasses.stands_on());
        let mut taken = false;
        let read = originals.iter();
        plan.stands_on
            .extend(read.map(|sent| (Row::Delivery(sent.id), sent.revision)));
        for (place, envelope) in command.envelopes.iter().enumerate() {
            let original = self.original(place, envelope, &originals)?;
            plan.glasses.may_correct(original.id, envelope, persons)?;
            taken |= plan.glasses.has(original.id);
            let persons = persons.filter(|_| plan.glasses.has(original.id));
            let converted = converted
                .get_mut(place)
                .ok_or(HubError::Internal("an envelope without a place"))?;
            let told = self
                .tell(
                    (caller, persons),
                    command,
                    envelope,
                    original,
                    converted,
                    &mut plan.stands_on,
                    now,
                )
                .await?;
            plan.told.push(told);
        }
        if persons.is_some() && !taken {
            return Err(HubError::invalid(
                "person_assertion: only what corrects a break-glass is sent for a person; leave it out",
            ));
        }
        // What is found not justified is not said anew, and its desk not told so by a correction.
        let (nothing, anew): (Vec<_>, Vec<_>) = originals
            .iter()
            .partition(|sent| plan.glasses.not_justified(sent.id));
        for sent in self.left_out(&snapshot, command, anew, &mut plan.stands_on, now)? {
            let prepared = self.own_entry(caller, command, sent, now)?;
            plan.unreached.push((sent.clone(), prepared));
        }
        let nothing = nothing.iter().any(|sent| sent.received());
        self.supersede(caller, command, &snapshot, originals, &mut plan, now)?;
        plan.note_untold(command.kind);
        if plan.told.is_empty() && plan.ended.is_empty() && plan.unreached.is_empty() {
            if nothing {
                return Err(nothing_anew());
            }
            return Err(HubError::told(
                ErrorCode::NothingToRectify,
                "nobody received this signal, and nothing of it waits any more",
            ));
        }
        Ok(plan)
    }

    /// The delivery that an envelope is about: of this signal, to the same desk, on the same ground.
    fn original<'s>(
        &self,
        place: usize,
        envelope: &Envelope,
        originals: &'s [Sent],
    ) -> Result<&'s Sent, HubError> {
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let found = originals
            .iter()
            .find(|sent| sent.at(&route.recipient, &route.desk));
        let sent = found.ok_or_else(|| {
            HubError::invalid(format!(
                "envelope {place}: this signal did not go to desk `{}` of `{}`",
                route.desk, route.recipient
            ))
        })?;
        let body = &sent.delivery.body;
        let same = body.agreement_hash == route.agreement.as_str()
            && body.clause == route.clause.as_str()
            && body.purpose == header.purpose.as_str()
            && body.signal_type == header.signal_type.as_str();
        if same {
            return Ok(sent);
        }
        Err(HubError::invalid(format!(
            "envelope {place}: a rectification goes under the agreement, clause, purpose and type of \
             its signal"
        )))
    }

    #[expect(clippy::too_many_arguments, reason = "one step of one loop")]
    async fn tell<'e>(
        &self,
        (caller, persons): (&Caller, Option<&Persons>),
        command: &Rectify,
        envelope: &'e Envelope,
        original: &Sent,
        converted: &mut Option<Vec<[u8; 64]>>,
        stands_on: &mut Vec<(Row, Revision)>,
        now: Millis,
    ) -> Result<Told<'e>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        self.check_form(envelope, now)?;
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let keys = self.route_keys(&snapshot, route, now)?;
        stands_on.extend(keys.stands_on.iter().cloned());
        self.unused_slips(caller, envelope, &snapshot, stands_on)?;
        let responsible = Responsible::of(header, &envelope.source.value);
        let about = Original::of(&original.delivery)?;
        let decided = self.decide_rectifying(&snapshot, route, header, responsible, about, now)?;
        stands_on.extend(decided.stands_on.iter().cloned());
        let delivery = match (decided.permit(), converted.take()) {
            (None, kept) => {
                *converted = kept;
                None
            }
            (Some(_), Some(subjects)) => Some(subjects),
            (Some(_), None) => {
                let request = envelope::conversion(envelope, envelope::manifest(envelope)?, &keys);
                let key = &keys.recipient_pseudonym;
                Some(self.convert_both(&request, key).await?)
            }
        };
        let delivery = delivery.map(|subjects| {
            *converted = Some(subjects.clone());
            (self.draw_delivery(), subjects)
        });
        let draft = told_draft(
            (caller, persons),
            command,
            envelope,
            &decided,
            original.id,
            delivery.as_ref(),
            now,
        );
        Ok(Told {
            envelope,
            original: original.id,
            prepared: self.prepare(draft, &envelope.decision_slip.slip()?, now)?,
            decided,
            delivery,
            at: now,
        })
    }

    /// The desks that received the signal and have no envelope: only for want of a key to seal for.
    fn left_out<'s>(
        &self,
        snapshot: &impl Snapshot,
        command: &Rectify,
        originals: Vec<&'s Sent>,
        stands_on: &mut Vec<(Row, Revision)>,
        now: Millis,
    ) -> Result<Vec<&'s Sent>, HubError> {
        let mut unreached = Vec::new();
        for sent in originals.into_iter().filter(|sent| sent.received()) {
            let named = command.envelopes.iter().any(|envelope| {
                let route = &envelope.route.value;
                sent.at(&route.recipient, &route.desk)
            });
            if named {
                continue;
            }
            let (oin, desk) = sent.delivery.body.recipient()?;
            let Versioned { revision, value } = snapshot.keys(oin, &desk)?;
            let keys = value.unwrap_or_default();
            let in_force = |usage: &KeyUse| {
                self.newest_key(&keys.statements, *usage, now)
                    .is_some_and(|key| key.epoch == u32::from(self.parts.epoch))
            };
            let both = [KeyUse::Seal, KeyUse::Pseudonym];
            let reachable = self.known_desk(&oin, &desk).is_ok() && both.iter().all(in_force);
            // A key that comes meanwhile makes the desk one that must be told. One whose certificate is good
            // no more is none: no sender seals for it, so nobody would be told for its sake.
            stands_on.push((Row::Keys(oin, desk.clone()), revision));
            if reachable {
                return Err(HubError::told(
                    ErrorCode::RectificationIncomplete,
                    format!("desk `{desk}` of `{oin}` received this signal and is left out"),
                ));
            }
            unreached.push(sent);
        }
        Ok(unreached)
    }

    /// The entry of ending what had not left, which names that delivery, or of what cannot be told by the
    /// hub, which names it as rectified. It is the source's own.
    fn own_entry(
        &self,
        caller: &Caller,
        command: &Rectify,
        sent: &Sent,
        now: Millis,
    ) -> Result<Prepared, HubError> {
        let provider = v1::ProviderPart {
            source_leaf: command.source.bytes.clone(),
            signal_id: command.signal.0.to_vec(),
            system: caller.system.0.to_vec(),
            ..v1::ProviderPart::default()
        };
        let body = &sent.delivery.body;
        let mut shared = v1::SharedPart {
            act: v1::Act::Rectify.into(),
            source_oin: body.source_oin.clone(),
            recipient_oin: body.recipient_oin.clone(),
            recipient_desk: body.desk.clone(),
            agreement_hash: body.agreement_hash.clone(),
            clause_id: body.clause.clone(),
            purpose: body.purpose.clone(),
            signal_type: body.signal_type.clone(),
            ..v1::SharedPart::default()
        };
        let id = sent.id.0.to_vec();
        if sent.received() {
            shared.rectifies = id;
        } else {
            shared.delivery_id = id;
        }
        let draft = Draft {
            provider: Some(caller.oin),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome(),
            agreement: Some(sent.delivery.body.agreement()?),
            ..Draft::default()
        };
        self.prepare(draft, &random_slip().slip()?, now)
    }
}

/// What a delivery tells of another; `None` for a signal.
pub(crate) fn kind_of(delivery: &Delivery) -> Option<RectificationKind> {
    kind_from(delivery.body.rectification)
}

/// A kind as it is stored; `None` for one that this version does not know.
pub(crate) fn kind_from(stored: i32) -> Option<RectificationKind> {
    decode_rectification(v1::RectificationKind::try_from(stored).ok()?)
}

/// The deliveries of these ids.
pub(crate) fn sent(snapshot: &impl Snapshot, ids: &[Vec<u8>]) -> Result<Vec<Sent>, HubError> {
    let read = ids.iter().map(|id| {
        let damaged = |_| HubError::Internal("a signal names no delivery");
        let id = DeliveryId::from_slice(id).map_err(damaged)?;
        let Versioned { revision, value } = snapshot.delivery(id)?;
        let delivery = value.ok_or(HubError::Internal("a delivery of a signal is not there"))?;
        Ok(Sent {
            id,
            revision,
            delivery,
        })
    });
    read.collect()
}

fn outcome() -> Vec<u8> {
    v1::OutcomePart {
        act: v1::Act::Rectify.into(),
        permitted: true,
        decision_digest: Vec::new(),
    }
    .encode_to_vec()
}

/// The parts of the entry of one envelope; of one that corrects a break-glass with the persons it goes for,
/// and by when it must be reviewed.
fn told_draft(
    (caller, persons): (&Caller, Option<&Persons>),
    command: &Rectify,
    envelope: &Envelope,
    decided: &Decided,
    original: DeliveryId,
    delivery: Option<&(DeliveryId, Vec<[u8; 64]>)>,
    now: Millis,
) -> Draft {
    let provider = v1::ProviderPart {
        decision: decided.bytes.clone(),
        decision_input: decided.input.clone(),
        source_leaf: envelope.source.bytes.clone(),
        signal_id: command.signal.0.to_vec(),
        chain: envelope.decision_slip.chain.clone(),
        system: caller.system.0.to_vec(),
        staff: persons.map(Persons::staff).unwrap_or_default(),
        ..v1::ProviderPart::default()
    };
    let shared = delivery.map(|(id, _)| {
        let route = &envelope.route.value;
        let mut part = payload::shared_part(v1::Act::Rectify, route, decided, *id);
        part.rectifies = original.0.to_vec();
        part.review_by_ms = persons.map_or(0, |_| review_by(now).0);
        part.encode_to_vec()
    });
    Draft {
        provider: Some(caller.oin),
        recipient: delivery.map(|_| envelope.route.value.recipient),
        shared,
        provider_part: Some(provider.encode_to_vec()),
        outcome: payload::outcome_part(v1::Act::Rectify, decided),
        agreement: Some(envelope.route.value.agreement.clone()),
        ..Draft::default()
    }
}
