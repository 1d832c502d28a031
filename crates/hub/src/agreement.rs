//! Agreements: accepted, rejected, suspended, resumed or left by signature.
//!
//! Each step is checked as signed (identity), as allowed (domain), and committed with a public
//! entry: everyone may know what was agreed, for it is about organisations.

use crate::command::{AgreementStep, Caller, Idempotency};
use crate::directory::Capability;
use crate::public::{Public, PublicEntry};
use crate::publish::{ATTEMPTS, kept};
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_domain::agreement::{State, StepClaims, StepError, StepKind, VerifiedStep};
use seinhuis_identity::jws::Jws;
use seinhuis_proto::v1;
use seinhuis_store::records::{
    AgreementRecord, AgreementState, AgreementStep as StoredStep, StepKind as StoredKind,
};
use seinhuis_store::{
    ChangeSet, MAX_VALUE, ReplyScope, Row, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{AgreementHash, Coded, ErrorCode, Revision};

/// The reply to a step, and the agreement that it replaced.
type Taken = (StepReply, Option<AgreementHash>);

/// Most bytes one stored step takes: chain, JWS and the rest.
const STEP_BYTES: usize = 11 * 1024;

/// What the reply of a step or proposal is made of again.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Facts {
    #[prost(string, tag = "1")]
    pub(crate) hash: String,
    #[prost(int32, tag = "2")]
    pub(crate) state: i32,
}

/// What came of a proposal or a step.
#[derive(Debug)]
pub struct StepReply {
    /// The agreement.
    pub hash: String,
    /// Its state now, as on the wire.
    pub state: i32,
    /// Of the public entry.
    pub proof: v1::Proof,
}

impl<S: Store> Hub<S> {
    /// Takes one party's signed step.
    ///
    /// # Errors
    /// `AGREEMENT_NOT_FOUND`, `AGREEMENT_HASH_MISMATCH`, `AGREEMENT_STATE_CONFLICT`,
    /// `CERTIFICATE_REFUSED`, `AGREEMENT_INVALID`.
    pub async fn agreement_step(
        &self,
        caller: &Caller,
        command: AgreementStep,
    ) -> Result<StepReply, HubError> {
        self.capable(caller, Capability::Agreement)?;
        let scope = idempotency::scope(caller.oin, method(command.kind), &command.idempotency);
        let (reply, replaced) = {
            let _turn = self.in_flight.turn(scope.clone()).await;
            if let Some(reply) = self.step_again(caller, &scope, &command.idempotency)? {
                return Ok(reply);
            }
            self.step_once(caller, &command, &scope).await?
        };
        // Once for each step: a hub that stops before this does it at its next start.
        self.wake_parties(&command.agreement)?;
        if matches!(command.kind, StepKind::Resume | StepKind::Leave) {
            self.free_held(Some(&command.agreement)).await;
        }
        if let Some(old) = replaced {
            self.wake_parties(&old)?;
            self.free_held(Some(&old)).await;
        }
        Ok(reply)
    }

    async fn step_once(
        &self,
        caller: &Caller,
        command: &AgreementStep,
        scope: &ReplyScope,
    ) -> Result<Taken, HubError> {
        self.log_in_time()?;
        let step = self.verified(caller, command)?;
        let mut attempt = 1;
        loop {
            match self.attempt_step(caller, command, scope, &step).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// The step, if the caller's organisation signed exactly it.
    fn verified(&self, caller: &Caller, command: &AgreementStep) -> Result<VerifiedStep, HubError> {
        let certificate = self
            .parts
            .trust
            .verify_chain(&command.statement.chain, self.now())
            .map_err(|e| HubError::told(ErrorCode::CertificateRefused, e.to_string()))?;
        if certificate.oin() != caller.oin {
            return Err(invalid(
                "the step is signed by another organisation than the caller",
            ));
        }
        let jws = Jws::parse(&command.statement.jws).map_err(|e| invalid(&e.to_string()))?;
        let payload = jws
            .verify(&certificate)
            .map_err(|e| invalid(&e.to_string()))?;
        let told = |e: StepError| HubError::told(e.code(), e.to_string());
        let claims = StepClaims::parse(payload).map_err(|e| match e {
            StepError::Form(_) => invalid(&e.to_string()),
            e => told(e),
        })?;
        claims.complete().map_err(told)?;
        if claims.kind != command.kind {
            return Err(invalid(
                "the signed step is another than the one that is asked",
            ));
        }
        if claims.hash != command.agreement {
            return Err(HubError::told(
                ErrorCode::AgreementHashMismatch,
                "the step was signed for another agreement",
            ));
        }
        Ok(VerifiedStep {
            oin: caller.oin,
            certificate_not_after: certificate.not_after(),
            claims,
        })
    }

    async fn attempt_step(
        &self,
        caller: &Caller,
        command: &AgreementStep,
        scope: &ReplyScope,
        step: &VerifiedStep,
    ) -> Result<Taken, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (revision, mut record) = self.own_agreement(&snapshot, caller, &command.agreement)?;
        let loaded = self
            .agreements
            .load(&command.agreement, &record, revision)?;
        let mut agreement = loaded.agreement.clone();
        let now = self.now();
        let predecessor = match command.kind {
            StepKind::Accept => {
                self.still_stands(&snapshot, &agreement)?;
                self.predecessor(&snapshot, &agreement, None)?
            }
            _ => None,
        };
        let state = agreement
            .apply(step.clone(), now)
            .map_err(|e| HubError::told(e.code(), e.to_string()))?;
        record.state = stored_state(state).into();
        record.left = agreement.left().iter().map(ToString::to_string).collect();
        record.suspended_by = agreement
            .suspended_by()
            .map(ToString::to_string)
            .unwrap_or_default();
        record.steps.push(StoredStep {
            oin: caller.oin.to_string(),
            kind: stored_kind(command.kind).into(),
            jws: command.statement.jws.clone(),
            chain: command.statement.chain.clone(),
            at_ms: now.0,
            not_after_ms: step.certificate_not_after.0,
        });
        leaves_room(command.kind, &record, agreement.content().parties.len())?;
        let hash = command.agreement.clone();
        let change = |change: ChangeSet| {
            change
                .expect(Row::Agreement(hash.clone()), revision)
                .write(Write::agreement(&hash, &record))
        };
        let facts = Facts {
            hash: hash.to_string(),
            state: record.state,
        };
        let verb = command.kind.as_str();
        let why = step.claims.reason.map(|reason| format!(" ({reason})"));
        let note = format!(
            "agreement {hash}: {verb} by {}{}, now {}",
            caller.oin,
            why.unwrap_or_default(),
            state.as_str()
        );
        let public = Public {
            name: change_name(command.kind),
            act: v1::Act::Agreement,
            note,
        };
        let facts = facts.encode_to_vec();
        let entry = self.public_entry(&public, scope, &command.idempotency, facts)?;
        let mut change = change(entry.change.clone());
        let mut replaced = None;
        if let Some(old) = predecessor {
            change = old.guard(change);
            if state == State::Valid {
                replaced = Some(old.hash().clone());
                change = self.succeed(change, old, &agreement, now)?;
            }
        }
        let reply = self
            .step_reply(caller, &hash, record.state, entry, change)
            .await?;
        Ok((reply, replaced))
    }

    pub(crate) async fn step_reply(
        &self,
        caller: &Caller,
        hash: &AgreementHash,
        state: i32,
        entry: PublicEntry,
        change: ChangeSet,
    ) -> Result<StepReply, HubError> {
        let proof = self.commit_public(caller, &entry, change).await?;
        Ok(StepReply {
            hash: hash.to_string(),
            state,
            proof,
        })
    }

    pub(crate) fn step_again(
        &self,
        caller: &Caller,
        scope: &ReplyScope,
        idempotency: &Idempotency,
    ) -> Result<Option<StepReply>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Some(reply) = idempotency::seen(&snapshot, scope, idempotency)? else {
            return Ok(None);
        };
        let (index, at) = kept(&reply)?;
        let facts = Facts::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
        Ok(Some(StepReply {
            hash: facts.hash,
            state: facts.state,
            proof,
        }))
    }

    /// An agreement the caller is a party to; anyone else learns only that there is none.
    pub(crate) fn own_agreement(
        &self,
        snapshot: &impl Snapshot,
        caller: &Caller,
        hash: &AgreementHash,
    ) -> Result<(Revision, AgreementRecord), HubError> {
        let Versioned { revision, value } = snapshot.agreement(hash)?;
        let not_found = || {
            HubError::told(
                ErrorCode::AgreementNotFound,
                "no agreement you are a party to has this hash",
            )
        };
        let record = value.ok_or_else(not_found)?;
        let loaded = self.agreements.load(hash, &record, revision)?;
        if loaded.agreement.content().party(&caller.oin).is_none() {
            return Err(not_found());
        }
        Ok((revision, record))
    }

    /// The streams of every party look again: what they wait for may have ended.
    fn wake_parties(&self, hash: &AgreementHash) -> Result<(), HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Versioned { revision, value } = snapshot.agreement(hash)?;
        let Some(record) = value else { return Ok(()) };
        let loaded = self.agreements.load(hash, &record, revision)?;
        for party in &loaded.agreement.content().parties {
            for desk in &party.desks {
                self.desks.tell(party.oin, desk);
            }
        }
        Ok(())
    }
}

/// A suspension may not use up the room in which every party can still leave: an agreement is one
/// row, and rows are bounded.
fn leaves_room(kind: StepKind, record: &AgreementRecord, parties: usize) -> Result<(), HubError> {
    let reserve = parties.saturating_mul(STEP_BYTES);
    let used = record.encoded_len().saturating_add(reserve);
    if kind != StepKind::Suspend || used <= MAX_VALUE {
        return Ok(());
    }
    Err(HubError::told(
        ErrorCode::AgreementStateConflict,
        "this agreement was suspended too often to be suspended again; leave it, or propose a new one",
    ))
}

pub(crate) fn invalid(message: &str) -> HubError {
    HubError::told(ErrorCode::AgreementInvalid, message)
}

const fn method(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Accept => "Accept",
        StepKind::Reject => "Reject",
        StepKind::Suspend => "Suspend",
        StepKind::Resume => "Resume",
        StepKind::Leave => "Leave",
    }
}

const fn change_name(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Accept => "accept",
        StepKind::Reject => "reject",
        StepKind::Suspend => "suspend",
        StepKind::Resume => "resume",
        StepKind::Leave => "leave",
    }
}

const fn stored_kind(kind: StepKind) -> StoredKind {
    match kind {
        StepKind::Accept => StoredKind::Accept,
        StepKind::Reject => StoredKind::Reject,
        StepKind::Suspend => StoredKind::Suspend,
        StepKind::Resume => StoredKind::Resume,
        StepKind::Leave => StoredKind::Leave,
    }
}

pub(crate) const fn stored_state(state: State) -> AgreementState {
    match state {
        State::Proposed => AgreementState::Proposed,
        State::Valid => AgreementState::Valid,
        State::Rejected => AgreementState::Rejected,
        State::Suspended => AgreementState::Suspended,
        State::Ended => AgreementState::Ended,
    }
}
