//! Holds on one's own parts, and their erasure.
//!
//! Owns: what may be erased, when, and how an erasure that was begun is finished. Must not know: what
//! a part says, who anybody is.
//!
//! An erasure is one request with an entry of its own, then steps of a few entries each, every one a
//! commit with its entry. How far it is stands in a row, so that a hub that was killed goes on where
//! it was before it serves again. A step writes what was read and only that: doing it twice does
//! nothing twice.

use crate::command::{Asserted, Caller, EraseParts, Idempotency, LiftHold, PlaceHold};
use crate::directory::Capability;
use crate::parts::{self, Draft, Own, Prepared};
use crate::persons::Persons;
use crate::publish::{ATTEMPTS, kept};
use crate::release::random_slip;
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::records::{ErasureRecord, HoldRecord, Reply, ReplyRecord};
use seinhuis_store::{
    ChangeSet, MAX_HOLDS, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{ErrorCode, HoldId, LeafIndex, Millis, Oin, Revision};

/// Most entries of one erasure.
pub const MOST_ENTRIES: u64 = 10_000;
/// Most entries of one step.
const STEP: u64 = 32;

/// What an entry of a controller's own says.
struct OwnAct {
    act: v1::Act,
    part: v1::RecipientPart,
    retention: v1::RetentionAct,
}

/// What the reply of a call is made of again.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(bytes = "vec", tag = "1")]
    hold: Vec<u8>,
    #[prost(uint64, tag = "2")]
    erased: u64,
}

impl<S: Store> Hub<S> {
    /// Holds the caller's own parts of a range of entries.
    ///
    /// # Errors
    /// `MESSAGE_INVALID`, `ABORTED` while an erasure is under way, those of [`Hub::persons`].
    pub async fn place_hold(
        &self,
        caller: &Caller,
        command: PlaceHold,
        asserted: &Asserted,
    ) -> Result<v1::PlaceHoldResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "PlaceHold", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some((facts, proof)) = self.again(caller, &scope, &command.idempotency)? {
            return Ok(v1::PlaceHoldResponse {
                hold_id: facts.hold,
                proof: Some(proof),
            });
        }
        self.log_in_time()?;
        let persons = self.persons(caller, asserted)?;
        self.range(command.from, command.to)?;
        let snapshot = self.parts.store.snapshot()?;
        if snapshot.erasure(caller.oin)?.value.is_some() {
            return Err(under_way());
        }
        let set = snapshot.hold_set(caller.oin)?;
        if snapshot.holds(caller.oin)?.len() >= MAX_HOLDS {
            return Err(HubError::invalid(format!(
                "from_index: {MAX_HOLDS} holds are placed; lift one, or hold a longer range"
            )));
        }
        let id = HoldId(rand::random());
        let record = HoldRecord {
            from_index: command.from.0,
            to_index: command.to.0,
            placed_ms: self.now().0,
        };
        let prepared = self.own_act(
            caller,
            Some(&persons),
            OwnAct {
                act: v1::Act::Hold,
                part: system(caller),
                retention: v1::RetentionAct {
                    from_index: command.from.0,
                    to_index: command.to.0,
                    hold_id: id.0.to_vec(),
                    ..v1::RetentionAct::default()
                },
            },
        )?;
        let facts = Facts {
            hold: id.0.to_vec(),
            erased: 0,
        };
        let change = ChangeSet::new("place_hold", prepared.entry())
            .expect(Row::HoldSet(caller.oin), set)
            .expect(Row::Erasure(caller.oin), Revision(0))
            .write(Write::hold(caller.oin, id, &record));
        let change = replied(change, &scope, &command.idempotency, &facts);
        let committed = self.commit_for(&persons, change).await?;
        Ok(v1::PlaceHoldResponse {
            hold_id: facts.hold,
            proof: Some(self.first_proof(caller, &prepared, &committed)?),
        })
    }

    /// Lifts one of the caller's own holds.
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND`, those of [`Hub::persons`].
    pub async fn lift_hold(
        &self,
        caller: &Caller,
        command: LiftHold,
        asserted: &Asserted,
    ) -> Result<v1::LiftHoldResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "LiftHold", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some((_, proof)) = self.again(caller, &scope, &command.idempotency)? {
            return Ok(v1::LiftHoldResponse { proof: Some(proof) });
        }
        self.log_in_time()?;
        let persons = self.persons(caller, asserted)?;
        let holds = self.parts.store.snapshot()?.holds(caller.oin)?;
        let found = holds.into_iter().find(|(id, _)| *id == command.hold);
        let (id, held) = found.ok_or_else(|| {
            HubError::told(ErrorCode::EntryNotFound, "no hold of yours has this id")
        })?;
        let prepared = self.own_act(
            caller,
            Some(&persons),
            OwnAct {
                act: v1::Act::LiftHold,
                part: system(caller),
                retention: v1::RetentionAct {
                    from_index: held.value.from_index,
                    to_index: held.value.to_index,
                    hold_id: id.0.to_vec(),
                    ..v1::RetentionAct::default()
                },
            },
        )?;
        let change = ChangeSet::new("lift_hold", prepared.entry())
            .expect(Row::Hold(caller.oin, id), held.revision)
            .write(Write::lift_hold(caller.oin, id));
        let change = replied(change, &scope, &command.idempotency, &Facts::default());
        let committed = self.commit_for(&persons, change).await?;
        Ok(v1::LiftHoldResponse {
            proof: Some(self.first_proof(caller, &prepared, &committed)?),
        })
    }

    /// The caller's own holds.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`.
    pub fn holds(&self, caller: &Caller) -> Result<v1::ListHoldsResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let holds = self.parts.store.snapshot()?.holds(caller.oin)?;
        let shown = holds.into_iter().map(|(id, held)| v1::Hold {
            hold_id: id.0.to_vec(),
            from_index: held.value.from_index,
            to_index: held.value.to_index,
            placed_ms: held.value.placed_ms,
            // The row's revision is its entry's index plus one.
            index: held.revision.0.saturating_sub(1),
        });
        Ok(v1::ListHoldsResponse {
            holds: shown.collect(),
        })
    }

    /// Erases the caller's own parts of a range of entries.
    ///
    /// # Errors
    /// `PART_HELD`, `PART_BEFORE_TERM`, `ENTRY_NOT_FOUND` when there is nothing to erase,
    /// `SECOND_PERSON_NEEDED` and the other errors of [`Hub::persons`].
    pub async fn erase_parts(
        &self,
        caller: &Caller,
        command: EraseParts,
        asserted: &Asserted,
    ) -> Result<v1::ErasePartsResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "EraseParts", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some((facts, proof)) = self.again(caller, &scope, &command.idempotency)? {
            self.finish_erasure(caller.oin).await?;
            return Ok(v1::ErasePartsResponse {
                erased: facts.erased,
                proof: Some(proof),
            });
        }
        self.log_in_time()?;
        let persons = self.persons(caller, asserted)?;
        let two = persons.two()?;
        self.range(command.from, command.to)?;
        if command.to.0 - command.from.0 >= MOST_ENTRIES {
            return Err(HubError::invalid(format!(
                "to_index: at most {MOST_ENTRIES} entries are erased by one call"
            )));
        }
        let snapshot = self.parts.store.snapshot()?;
        if snapshot.erasure(caller.oin)?.value.is_some() {
            return Err(under_way());
        }
        let set = self.not_held(&snapshot, caller.oin, command.from, command.to)?;
        let erased = self.past_term(&snapshot, caller.oin, command.from, command.to)?;
        let prepared = self.own_act(
            caller,
            Some(two.persons()),
            OwnAct {
                act: v1::Act::Erase,
                part: system(caller),
                retention: v1::RetentionAct {
                    from_index: command.from.0,
                    to_index: command.to.0,
                    erased,
                    ..v1::RetentionAct::default()
                },
            },
        )?;
        let job = ErasureRecord {
            from_index: command.from.0,
            to_index: command.to.0,
            next_index: command.from.0,
            // The first step sees it in the row's revision.
            request_plus_one: 0,
            erased: 0,
        };
        let change = ChangeSet::new("erase_parts", prepared.entry())
            .expect(Row::HoldSet(caller.oin), set)
            .expect(Row::Erasure(caller.oin), Revision(0))
            .write(Write::erasure(caller.oin, &job));
        let facts = Facts {
            hold: Vec::new(),
            erased,
        };
        let change = replied(change, &scope, &command.idempotency, &facts);
        let committed = self.commit_for(two.persons(), change).await?;
        self.finish_erasure(caller.oin).await?;
        Ok(v1::ErasePartsResponse {
            erased,
            proof: Some(self.first_proof(caller, &prepared, &committed)?),
        })
    }

    /// Finishes every erasure that was begun; how many. Run at start, and from time to time for one
    /// that failed.
    ///
    /// # Errors
    /// The store's.
    pub async fn finish_erasures(&self) -> Result<usize, HubError> {
        let begun = self.parts.store.snapshot()?.erasures()?;
        if begun.is_empty() {
            return Ok(0);
        }
        self.log_in_time()?;
        let mut failed = None;
        for (oin, _) in &begun {
            // What stops one organisation's stops no other's.
            if let Err(error) = self.finish_erasure(*oin).await {
                tracing::error!(%oin, %error, "an erasure that was begun cannot be finished");
                failed = failed.or(Some(error));
            }
        }
        failed.map_or(Ok(begun.len()), Err)
    }

    async fn finish_erasure(&self, oin: Oin) -> Result<(), HubError> {
        let mut attempt = 1;
        loop {
            match self.erase_step(oin).await {
                Ok(true) => return Ok(()),
                Ok(false) => attempt = 1,
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One step of an erasure; whether it is done.
    async fn erase_step(&self, oin: Oin) -> Result<bool, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.erasure(oin)?;
        let Some(mut job) = value else {
            return Ok(true);
        };
        if job.request_plus_one == 0 {
            job.request_plus_one = revision.0;
        }
        let from = job.next_index;
        let to = from.saturating_add(STEP - 1).min(job.to_index);
        let set = self.not_held(&snapshot, oin, LeafIndex(from), LeafIndex(to))?;
        let mut rows = Vec::new();
        let mut erased = 0u64;
        for index in (from..=to).map(LeafIndex) {
            let stored = snapshot.parts(index)?;
            let Some(value) = stored.value else { continue };
            if !self.has_come(&snapshot, oin, index, &value)? {
                continue;
            }
            let (rest, gone) = parts::erase_own(&value, &oin, self.now())?;
            if gone > 0 {
                erased = erased.saturating_add(gone);
                rows.push((index, stored.revision, rest));
            }
        }
        let caller_part = v1::RecipientPart::default();
        let prepared = self.own_act_of(
            oin,
            None,
            OwnAct {
                act: v1::Act::Erase,
                part: caller_part,
                retention: v1::RetentionAct {
                    from_index: from,
                    to_index: to,
                    erased,
                    request_index_plus_one: job.request_plus_one,
                    ..v1::RetentionAct::default()
                },
            },
        )?;
        job.next_index = to.saturating_add(1);
        job.erased = job.erased.saturating_add(erased);
        let done = to >= job.to_index;
        let mut change = ChangeSet::new("erase_step", prepared.entry())
            .expect(Row::Erasure(oin), revision)
            .expect(Row::HoldSet(oin), set);
        for (index, revision, rest) in rows {
            change = change
                .expect(Row::Parts(index), revision)
                .write(Write::parts(index, rest));
        }
        let change = change.write(if done {
            Write::erasure_done(oin)
        } else {
            Write::erasure(oin, &job)
        });
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(done)
    }

    /// The caller's own parts of an entry that are erased. Of what was published to it and may never
    /// have reached it a recipient learns nothing: there it has no part of its own making.
    pub(crate) fn erased(
        &self,
        caller: &Caller,
        index: LeafIndex,
    ) -> Result<Vec<v1::Part>, HubError> {
        let Some(value) = self.parts.store.snapshot()?.parts(index)?.value else {
            return Ok(Vec::new());
        };
        let own = parts::own(&value, &caller.oin, &self.parts.wrapping)?;
        let told = |part: &&Own| {
            part.erased
                && (part.provider || own.iter().any(|other| other.part == v1::Part::Recipient))
        };
        let mut erased: Vec<_> = own.iter().filter(told).map(|own| own.part).collect();
        erased.dedup();
        Ok(erased)
    }

    fn range(&self, from: LeafIndex, to: LeafIndex) -> Result<(), HubError> {
        if from > to {
            return Err(HubError::invalid("to_index: it lies before from_index"));
        }
        if to >= self.parts.store.next_index() {
            return Err(HubError::told(
                ErrorCode::EntryNotFound,
                "the log has no entry to_index yet",
            ));
        }
        Ok(())
    }

    /// That no hold of `oin` touches the range; the revision of its holds.
    fn not_held(
        &self,
        snapshot: &impl Snapshot,
        oin: Oin,
        from: LeafIndex,
        to: LeafIndex,
    ) -> Result<Revision, HubError> {
        // The revision first: a hold that is placed in between moves it, and the commit fails.
        let set = snapshot.hold_set(oin)?;
        let holds = snapshot.holds(oin)?;
        let touches = |hold: &HoldRecord| hold.from_index <= to.0 && hold.to_index >= from.0;
        match holds.iter().find(|(_, held)| touches(&held.value)) {
            None => Ok(set),
            Some((id, held)) => Err(HubError::told(
                ErrorCode::PartHeld,
                format!(
                    "hold `{id}` on entries {} to {} touches this range; lift it, or leave them out",
                    held.value.from_index, held.value.to_index
                ),
            )),
        }
    }

    /// That every part of `oin` in the range is past its term; how many there are.
    fn past_term(
        &self,
        snapshot: &impl Snapshot,
        oin: Oin,
        from: LeafIndex,
        to: LeafIndex,
    ) -> Result<u64, HubError> {
        let now = self.now();
        let mut found = 0u64;
        for index in (from.0..=to.0).map(LeafIndex) {
            let Some(value) = snapshot.parts(index)?.value else {
                continue;
            };
            if !self.has_come(snapshot, oin, index, &value)? {
                continue;
            }
            for own in parts::own(&value, &oin, &self.parts.wrapping)? {
                if own.erased {
                    continue;
                }
                if own.keep_until == Millis(0) || now < own.keep_until {
                    return Err(before_term(index, own.keep_until));
                }
                found = found.saturating_add(1);
            }
        }
        if found == 0 {
            return Err(HubError::told(
                ErrorCode::EntryNotFound,
                "no part of these entries is yours and still there",
            ));
        }
        Ok(found)
    }

    /// Whether the parts of an entry have come to `oin`: of what was published to it and never left, a
    /// recipient learns nothing, nor that there is anything to erase.
    fn has_come(
        &self,
        snapshot: &impl Snapshot,
        oin: Oin,
        index: LeafIndex,
        value: &[u8],
    ) -> Result<bool, HubError> {
        let own = parts::own(value, &oin, &self.parts.wrapping)?;
        let made = |own: &Own| own.provider || own.part == v1::Part::Recipient;
        if own.is_empty() || own.iter().any(made) {
            return Ok(true);
        }
        let (_, open) = self.stored_entry(snapshot, index, &oin)?;
        Ok(open.is_empty() || !self.come(snapshot, &oin, open)?.is_empty())
    }

    fn own_act(
        &self,
        caller: &Caller,
        persons: Option<&Persons>,
        own: OwnAct,
    ) -> Result<Prepared, HubError> {
        self.own_act_of(caller.oin, persons, own)
    }

    /// The entry of an act on one's own parts: all of it stands in one's own part.
    fn own_act_of(
        &self,
        oin: Oin,
        persons: Option<&Persons>,
        own: OwnAct,
    ) -> Result<Prepared, HubError> {
        let part = v1::RecipientPart {
            staff: persons.map(Persons::staff).unwrap_or_default(),
            retention: Some(v1::RetentionAct {
                controller_oin: oin.to_string(),
                ..own.retention
            }),
            ..own.part
        };
        let outcome = v1::OutcomePart {
            act: own.act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            recipient: Some(oin),
            recipient_part: Some(part.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        self.prepare(draft, &random_slip().slip()?, self.now())
    }

    fn again(
        &self,
        caller: &Caller,
        scope: &ReplyScope,
        key: &Idempotency,
    ) -> Result<Option<(Facts, v1::Proof)>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Some(reply) = idempotency::seen(&snapshot, scope, key)? else {
            return Ok(None);
        };
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let (index, at) = kept(&reply)?;
        let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
        Ok(Some((facts, proof)))
    }

    fn first_proof(
        &self,
        caller: &Caller,
        prepared: &Prepared,
        committed: &seinhuis_store::Committed,
    ) -> Result<v1::Proof, HubError> {
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(prepared, index, &[], committed.at, &caller.oin)
    }
}

fn system(caller: &Caller) -> v1::RecipientPart {
    v1::RecipientPart {
        system: caller.system.0.to_vec(),
        ..v1::RecipientPart::default()
    }
}

fn replied(change: ChangeSet, scope: &ReplyScope, key: &Idempotency, facts: &Facts) -> ChangeSet {
    let (row, absent) = idempotency::unused(scope);
    let reply = Reply {
        committed_at: Slot::at_commit(),
        first_index: Slot::of_entry(0),
        body: ReplyRecord {
            fingerprint: key.fingerprint.0.to_vec(),
            facts: facts.encode_to_vec(),
            entries: 1,
        },
    };
    change
        .expect(row, absent)
        .write(Write::reply(scope.clone(), &reply))
}

fn before_term(index: LeafIndex, until: Millis) -> HubError {
    let when = match until {
        Millis(0) => "no term is known of them".to_owned(),
        Millis(ms) => format!("they are kept until {ms} ms (UTC)"),
    };
    HubError::told(
        ErrorCode::PartBeforeTerm,
        format!("your parts of entry {index} must still be kept: {when}; leave it out, or wait"),
    )
}

fn under_way() -> HubError {
    HubError::told(
        ErrorCode::Aborted,
        "an erasure of your parts is under way; try again when it is done",
    )
}

#[cfg(test)]
mod tests;
