//! One commit of a rectification, its reply, and the same reply again.
//!
//! Owns: which rows are written, and what becomes of deliveries that leave no more. Must not know: who
//! must be told.

use super::{Facts, Plan, Rectify, Sent, Told};
use crate::break_glass::Glasses;
use crate::command::Caller;
use crate::parts::Prepared;
use crate::persons::Persons;
use crate::publish::{add_delivery, delivery_body, kept};
use crate::{Hub, HubError, due, envelope, payload};
use prost::Message;
use seinhuis_domain::signal::encode_rectification;
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, DeliveryState, EndedAs, Reply, ReplyRecord};
use seinhuis_store::{ChangeSet, Committed, ReplyScope, Row, Slot, Store, Write};
use seinhuis_types::{DeliveryId, Desk, LeafIndex, Millis, Oin};

/// What was committed, in the order of its entries.
struct Done<'a> {
    told: &'a [Told<'a>],
    ended: &'a [Prepared],
    unreached: &'a [Prepared],
    facts: Facts,
}

impl<S: Store> Hub<S> {
    /// Commits a plan whole, or finds that what it stands on changed.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn commit_rectify(
        &self,
        caller: &Caller,
        command: &Rectify,
        persons: Option<&Persons>,
        scope: &ReplyScope,
        plan: Plan<'_>,
    ) -> Result<v1::RectifyResponse, HubError> {
        let Plan {
            stands_on,
            told,
            ended,
            wrong,
            unreached,
            mut record,
            glasses,
        } = plan;
        let mut entries = told
            .iter()
            .map(|told| &told.prepared)
            .chain(ended.iter().map(|(_, prepared)| prepared))
            .chain(unreached.iter().map(|(_, prepared)| prepared));
        let first = entries
            .next()
            .ok_or(HubError::Internal("a rectification without an entry"))?;
        let change = ChangeSet::new("rectify", first.entry());
        let mut change = entries.fold(change, |change, one| change.entry(one.entry()));
        let count = change.entries();
        for (row, revision) in stands_on {
            change = change.expect(row, revision);
        }
        for told in &told {
            if let Some(permit) = told.decided.permit() {
                let row = Row::Agreement(told.envelope.route.value.agreement.clone());
                change = change.before(permit.valid_until(), row);
            }
        }
        let of = (&glasses, persons);
        let (mut change, officers) = self.put_told(change, caller, command, &told, of)?;
        let ids = told.iter().filter_map(|told| told.delivery.as_ref());
        record
            .rectification_ids
            .extend(ids.map(|(id, _)| id.0.to_vec()));
        let desks: Vec<_> = ended.iter().map(|(sent, _)| sent.desk()).collect();
        let (ended, ended_entries): (Vec<_>, Vec<_>) = ended.into_iter().unzip();
        let (unreached, unreached_entries): (Vec<_>, Vec<_>) = unreached
            .into_iter()
            .map(|(sent, prepared)| (sent.desk(), prepared))
            .unzip();
        let told_to = told.iter().map(|told| &told.envelope.route.value);
        let mut tell: Vec<_> = told_to.map(|r| (r.recipient, r.desk.clone())).collect();
        for sent in wrong.into_iter().chain(ended) {
            tell.push(sent.delivery.body.recipient()?);
            change = end_delivery(change, sent.id, sent.delivery)?;
        }
        change = change.write(Write::signal(caller.oin, command.signal, &record));
        let facts = Facts {
            decisions: told.iter().map(|t| t.decided.bytes.clone()).collect(),
            ended: desks,
            unreached,
        };
        change = change.write(Write::reply(
            scope.clone(),
            &Reply {
                committed_at: Slot::at_commit(),
                first_index: Slot::of_entry(0),
                body: ReplyRecord {
                    fingerprint: command.idempotency.fingerprint.0.to_vec(),
                    facts: facts.encode_to_vec(),
                    entries: u32::try_from(count).unwrap_or(u32::MAX),
                },
            },
        ));
        let committed = self.commit_sent(persons, change).await?;
        self.parts.log.wake();
        for (oin, desk) in tell.iter().chain(&officers) {
            self.desks.tell(*oin, desk);
        }
        let done = Done {
            told: &told,
            ended: &ended_entries,
            unreached: &unreached_entries,
            facts,
        };
        self.rectified(caller, done, &committed)
    }

    /// Puts all that is told into its desks' streams; what corrects a break-glass goes under review. Gives
    /// the desks of the officers.
    fn put_told(
        &self,
        mut change: ChangeSet,
        caller: &Caller,
        command: &Rectify,
        told: &[Told<'_>],
        (glasses, persons): (&Glasses, Option<&Persons>),
    ) -> Result<(ChangeSet, Vec<(Oin, Desk)>), HubError> {
        let now = self.now();
        let mut officers = Vec::new();
        let about = told.iter().filter(|told| glasses.has(told.original));
        let leaves = about.map(|told| &told.envelope.source.value);
        let leaves = leaves.chain([&command.source.value]);
        let acted = persons.map(|persons| self.acted(caller.oin, persons, leaves));
        for (place, told) in told.iter().enumerate() {
            for slip in [&told.envelope.decision_slip, &told.envelope.release_slip] {
                change = change.write(Write::slip_nonce(caller.oin, slip.nonce));
            }
            let Some((id, _)) = &told.delivery else {
                continue;
            };
            change = self.put(change, command, told, place, now)?;
            if let Some(acted) = &acted {
                let of = (glasses, told.original);
                let sent = (*id, told.at);
                let (opened, tell) =
                    self.open_correction(change, of, acted, told.envelope, sent)?;
                change = opened;
                officers.extend(tell.into_iter().flatten());
            }
        }
        Ok((change, officers))
    }

    /// The reply to a fresh rectification.
    fn rectified(
        &self,
        caller: &Caller,
        done: Done<'_>,
        committed: &Committed,
    ) -> Result<v1::RectifyResponse, HubError> {
        let Done {
            told,
            ended,
            unreached,
            facts,
        } = done;
        let mut reply = v1::RectifyResponse::default();
        let mut indexes = committed.indexes.iter();
        for (told, index) in told.iter().zip(indexes.by_ref()) {
            let decision = told.decided.bytes.clone();
            let proof = self.proof(&told.prepared, *index, &decision, committed.at, &caller.oin)?;
            reply.outcomes.push(v1::Outcome {
                decision,
                proof: Some(proof),
            });
        }
        let own = |desk, prepared: &Prepared, index: &LeafIndex| {
            let proof = self.proof(prepared, *index, &[], committed.at, &caller.oin)?;
            Ok::<_, HubError>(v1::Ended {
                desk: Some(desk),
                proof: Some(proof),
            })
        };
        for ((desk, prepared), index) in facts.ended.into_iter().zip(ended).zip(indexes.by_ref()) {
            reply.ended.push(own(desk, prepared, index)?);
        }
        for ((desk, prepared), index) in facts.unreached.into_iter().zip(unreached).zip(indexes) {
            reply.unreached.push(own(desk, prepared, index)?);
        }
        Ok(reply)
    }

    /// Puts a permitted rectification in its desk's stream.
    fn put(
        &self,
        change: ChangeSet,
        command: &Rectify,
        told: &Told<'_>,
        place: usize,
        now: Millis,
    ) -> Result<ChangeSet, HubError> {
        let Some((id, subjects)) = &told.delivery else {
            return Ok(change);
        };
        let entry = u16::try_from(place).map_err(|_| HubError::Internal("entry place"))?;
        let (envelope, decided) = (told.envelope, &told.decided);
        let catalogue = &self.parts.rules.catalogue;
        let mut body = delivery_body(command.signal, envelope, decided, catalogue, now);
        due::set_rectification_terms(&mut body, &envelope.header.value, decided, catalogue, now);
        body.rectifies = told.original.0.to_vec();
        body.rectification = encode_rectification(command.kind).into();
        body.rectification_reason = command.reason.to_string();
        let manifest = envelope::manifest(envelope)?;
        let payload = payload::record(envelope, manifest, decided, subjects)?;
        let change = add_delivery(change, &envelope.route.value, body, *id, entry)?;
        Ok(change.write(Write::payload(*id, &payload)))
    }

    /// The reply to a call made before.
    pub(super) fn rectified_again(
        &self,
        caller: &Caller,
        reply: &Reply,
    ) -> Result<v1::RectifyResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (first, at) = kept(reply)?;
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let mut again = v1::RectifyResponse::default();
        let mut indexes = (first.0..).map(LeafIndex);
        for (decision, index) in facts.decisions.into_iter().zip(indexes.by_ref()) {
            let proof = self.proof_again(&snapshot, index, &decision, at, &caller.oin)?;
            again.outcomes.push(v1::Outcome {
                decision,
                proof: Some(proof),
            });
        }
        let own = |(desk, index)| {
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            Ok(v1::Ended {
                desk: Some(desk),
                proof: Some(proof),
            })
        };
        let ended: Result<_, HubError> = facts
            .ended
            .into_iter()
            .zip(indexes.by_ref())
            .map(own)
            .collect();
        again.ended = ended?;
        let unreached: Result<_, HubError> =
            facts.unreached.into_iter().zip(indexes).map(own).collect();
        again.unreached = unreached?;
        Ok(again)
    }
}

/// Ends a delivery: its payload dies, and it leaves no more. A stub stays.
pub(crate) fn end(change: ChangeSet, sent: Sent) -> Result<ChangeSet, HubError> {
    end_delivery(change, sent.id, sent.delivery)
}

/// The same of a delivery as it was read.
pub(crate) fn end_delivery(
    mut change: ChangeSet,
    id: DeliveryId,
    mut delivery: Delivery,
) -> Result<ChangeSet, HubError> {
    if delivery.body.state() == DeliveryState::Held && delivery.first_release.get().is_none() {
        // It had no place: it gets one, where its recipient reads that it will not come.
        let place =
            u16::try_from(change.releases()).map_err(|_| HubError::Internal("release place"))?;
        let (oin, desk) = delivery.body.recipient()?;
        delivery.position = Slot::of_release(place);
        change = change.release(oin, &desk, id);
    }
    delivery.body.ended = match due::acknowledged(&delivery.body) {
        true => EndedAs::Acknowledged,
        false => EndedAs::Stopped,
    }
    .into();
    delivery.body.state = DeliveryState::Ended.into();
    let change = due::follow(change, id, &mut delivery.body);
    delivery.body.strip();
    Ok(change
        .write(Write::erase_payload(id))
        .write(Write::delivery(id, &delivery)))
}
