//! Consent at the hub: a handle for one envelope, and what it may rest on.
//!
//! Owns: registering it. Must not know: whose it is. A handle is drawn for one envelope and cited by one,
//! evidence is blinded and hours are those of sending, so nothing here is the same for two envelopes about
//! one person (docs/adr/0022).

mod acknowledge;
mod cited;
mod status;
mod withdraw;

pub use acknowledge::AcknowledgeWithdrawal;
pub(crate) use cited::{Found, cite};
pub use withdraw::WithdrawConsent;

use crate::command::{Caller, Idempotency, Signed, SlipBytes};
use crate::directory::Capability;
use crate::parts::{Draft, Prepared};
use crate::publish::{ATTEMPTS, kept, slip_reused};
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_domain::agreement::ConsentRule;
use seinhuis_domain::catalogue::Right;
use seinhuis_domain::consent::{
    ActorRole, AgeBand, EvidenceLevel, RegisteredAct, RegisteredFault, judge,
};
use seinhuis_domain::signal::Source;
use seinhuis_proto::v1;
use seinhuis_store::records::{ConsentActRecord, ConsentRecord, Reply, ReplyRecord};
use seinhuis_store::{
    ChangeSet, Committed, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{AgreementHash, ClauseId, ConsentHandle, ErrorCode, Hour, Oin, Revision};

/// The longest that a registration stands, in hours: the time a payload can wait, and ample room. It is
/// no term of consent, which its registrant keeps: a moment further off would tell birthdays.
const LONGEST_HOURS: u32 = 31 * 24;

/// Registers consent for one envelope.
#[derive(Debug)]
pub struct RegisterConsent {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// The handle, drawn by the caller.
    pub consent: ConsentHandle,
    /// The agreement it is for.
    pub agreement: AgreementHash,
    /// The clause it is for.
    pub clause: ClauseId,
    /// Who consented, one for each person.
    pub acts: Vec<RegisteredAct>,
    /// From when.
    pub from: Hour,
    /// The first hour after it.
    pub until: Hour,
    /// That no acting representative is a suspect in the matter.
    pub attested: bool,
    /// Who registers it.
    pub source: Signed<Source>,
    /// For the entry.
    pub slip: SlipBytes,
}

impl<S: Store> Hub<S> {
    /// Registers consent.
    ///
    /// # Errors
    /// `CONSENT_NOT_TAKEN`, `CONSENT_AGE`, `CONSENT_NOT_ATTESTED`, `CONSENT_TERM`, and those of every
    /// mutating call.
    pub async fn register_consent(
        &self,
        caller: &Caller,
        command: RegisterConsent,
    ) -> Result<v1::RegisterConsentResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        responsible(&command.source)?;
        let scope = idempotency::scope(caller.oin, "RegisterConsent", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
            return Ok(registered(proof));
        }
        self.log_in_time()?;
        self.may_register(caller, &snapshot, &command)?;
        let mut attempt = 1;
        loop {
            match self.attempt_register(caller, &command, &scope).await {
                Err(HubError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Whether the clause takes consent of the caller, and these acts are those of who may act.
    fn may_register(
        &self,
        caller: &Caller,
        snapshot: &impl Snapshot,
        command: &RegisterConsent,
    ) -> Result<(), HubError> {
        let lasts = command.until.0.checked_sub(command.from.0);
        let now = self.now();
        let far = command.until.0 > now.hour().0.saturating_add(LONGEST_HOURS);
        if command.until.start() <= now
            || far
            || lasts.is_none_or(|lasts| lasts == 0 || lasts > LONGEST_HOURS)
        {
            return Err(HubError::told(
                ErrorCode::ConsentTerm,
                "from_hour and until_hour: it ends after now and after it begins, and within 31 days",
            ));
        }
        let Versioned { revision, value } = snapshot.agreement(&command.agreement)?;
        let loaded = value
            .map(|record| self.agreements.load(&command.agreement, &record, revision))
            .transpose()?;
        let content = loaded.as_ref().map(|loaded| loaded.agreement.content());
        let content = content.filter(|content| content.party(&caller.oin).is_some());
        let content = content.ok_or_else(|| {
            HubError::told(
                ErrorCode::AgreementNotFound,
                "no agreement of yours has this hash",
            )
        })?;
        let clause = content.clause(&command.clause);
        let clause = clause.filter(|clause| clause.from == caller.oin);
        let clause = clause.filter(|clause| clause.consent == ConsentRule::Needed);
        let clause = clause.ok_or_else(|| {
            HubError::told(
                ErrorCode::ConsentNotTaken,
                format!(
                    "clause `{}` is none under which you send on consent: a statutory task needs none, \
                     and none widens it",
                    command.clause
                ),
            )
        })?;
        let catalogue = &self.parts.rules.catalogue;
        if !command.acts.iter().all(|act| act.is_of(clause, catalogue)) {
            return Err(fault(RegisteredFault::Rule));
        }
        judge(&command.acts, Right::Consent, command.attested, catalogue).map_err(fault)
    }

    async fn attempt_register(
        &self,
        caller: &Caller,
        command: &RegisterConsent,
        scope: &ReplyScope,
    ) -> Result<v1::RegisterConsentResponse, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let found = snapshot.consent(caller.oin, command.consent)?;
        if found.revision != Revision(0) {
            return Err(HubError::invalid(
                "consent_id: it was used before; draw a new one",
            ));
        }
        let record = ConsentRecord {
            agreement_hash: command.agreement.to_string(),
            clause: command.clause.to_string(),
            acts: command.acts.iter().map(act_record).collect(),
            from_hour: command.from.0,
            until_hour: command.until.0,
            attested: command.attested,
            withdrawn_ms: 0,
        };
        let recorded = v1::ConsentRecorded {
            consent_id: command.consent.0.to_vec(),
            acts: record.acts.iter().map(act_message).collect(),
            from_hour: record.from_hour,
            until_hour: record.until_hour,
            no_representative_is_a_suspect: record.attested,
        };
        let provider = v1::ProviderPart {
            source_leaf: command.source.bytes.clone(),
            chain: command.slip.chain.clone(),
            system: caller.system.0.to_vec(),
            consent: Some(recorded),
            ..v1::ProviderPart::default()
        };
        let draft = Draft {
            provider: Some(caller.oin),
            shared: Some(
                shared(v1::Act::Consent, caller.oin, command.consent, &record).encode_to_vec(),
            ),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome(v1::Act::Consent),
            agreement: Some(command.agreement.clone()),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &command.slip.slip()?, self.now())?;
        let change = ChangeSet::new("consent", prepared.entry())
            .expect(Row::Consent(caller.oin, command.consent), Revision(0))
            .write(Write::consent(caller.oin, command.consent, &record));
        let change = self.once(caller, change, scope, &command.idempotency, &command.slip)?;
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(registered(self.own_proof(caller, &prepared, &committed)?))
    }

    /// What makes a call about consent happen once: its reply, and its slip.
    fn once(
        &self,
        caller: &Caller,
        change: ChangeSet,
        scope: &ReplyScope,
        idempotency: &Idempotency,
        slip: &SlipBytes,
    ) -> Result<ChangeSet, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        if snapshot.slip_nonce(caller.oin, slip.nonce)?.revision != Revision(0) {
            return Err(slip_reused());
        }
        let (row, absent) = idempotency::unused(scope);
        let entries = u32::try_from(change.entries()).unwrap_or(u32::MAX);
        Ok(change
            .expect(row, absent)
            .expect(Row::SlipNonce(caller.oin, slip.nonce), Revision(0))
            .write(Write::slip_nonce(caller.oin, slip.nonce))
            .write(Write::reply(
                scope.clone(),
                &Reply {
                    committed_at: Slot::at_commit(),
                    first_index: Slot::of_entry(0),
                    body: ReplyRecord {
                        fingerprint: idempotency.fingerprint.0.to_vec(),
                        facts: Vec::new(),
                        entries,
                    },
                },
            )))
    }

    fn own_proof(
        &self,
        caller: &Caller,
        prepared: &Prepared,
        committed: &Committed,
    ) -> Result<v1::Proof, HubError> {
        let index = committed.indexes.first();
        let index = *index.ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(prepared, index, &[], committed.at, &caller.oin)
    }
}

fn registered(proof: v1::Proof) -> v1::RegisterConsentResponse {
    v1::RegisterConsentResponse {
        revision: proof.index.saturating_add(1),
        proof: Some(proof),
    }
}

/// Who registers is named, in the registrant's own part.
fn responsible(source: &Signed<Source>) -> Result<(), HubError> {
    if source.value.acting_person.is_empty() || source.value.decided_by.is_empty() {
        return Err(HubError::invalid(
            "source_leaf: name who acts and who decided (avg 5(2), 7(1))",
        ));
    }
    Ok(())
}

fn not_found() -> HubError {
    HubError::told(
        ErrorCode::ConsentNotFound,
        "no consent of yours has this id",
    )
}

fn fault(fault: RegisteredFault) -> HubError {
    let (code, message) = match fault {
        RegisteredFault::Rule => (
            ErrorCode::ConsentAge,
            "age_rule: name the catalogue's rule on consent of the law that the clause's basis stands on",
        ),
        RegisteredFault::Age => (
            ErrorCode::ConsentAge,
            "by: who acted may not, at that age under this rule; see `seinhuis catalogue explain`",
        ),
        RegisteredFault::NotAttested => (
            ErrorCode::ConsentNotAttested,
            "no_representative_is_a_suspect: a representative who is a suspect in the matter decides \
             nothing in it; attest that none is, or have another act",
        ),
        RegisteredFault::Spoken => (
            ErrorCode::MessageInvalid,
            "evidence_level: consent for a child is written, signed or confirmed",
        ),
    };
    HubError::told(code, message)
}

fn shared(
    act: v1::Act,
    source: Oin,
    consent: ConsentHandle,
    record: &ConsentRecord,
) -> v1::SharedPart {
    v1::SharedPart {
        act: act.into(),
        source_oin: source.to_string(),
        agreement_hash: record.agreement_hash.clone(),
        clause_id: record.clause.clone(),
        consent_id: consent.0.to_vec(),
        ..v1::SharedPart::default()
    }
}

fn outcome(act: v1::Act) -> Vec<u8> {
    v1::OutcomePart {
        act: act.into(),
        permitted: true,
        decision_digest: Vec::new(),
    }
    .encode_to_vec()
}

fn act_record(act: &RegisteredAct) -> ConsentActRecord {
    ConsentActRecord {
        age_rule: act.age_rule.to_string(),
        age_band: act.age.as_str().to_owned(),
        capable: act.capable,
        by: act.by.iter().map(|role| role.as_str().to_owned()).collect(),
        evidence_level: act.level.as_str().to_owned(),
        evidence: act.evidence.0.to_vec(),
        notice_version: act.notice_version,
    }
}

fn act_message(act: &ConsentActRecord) -> v1::ConsentAct {
    v1::ConsentAct {
        age_rule: act.age_rule.clone(),
        age_band: act.age_band.clone(),
        capable: act.capable,
        by: act.by.clone(),
        evidence_level: act.evidence_level.clone(),
        evidence: act.evidence.clone(),
        notice_version: act.notice_version,
    }
}

fn read_act(act: &ConsentActRecord) -> Result<RegisteredAct, HubError> {
    let damaged = || HubError::Internal("a stored consent is damaged");
    let by = act.by.iter().map(|role| ActorRole::parse(role));
    Ok(RegisteredAct {
        age_rule: act.age_rule.parse().map_err(|_| damaged())?,
        age: AgeBand::parse(&act.age_band).ok_or_else(damaged)?,
        capable: act.capable,
        by: by.collect::<Option<_>>().ok_or_else(damaged)?,
        level: EvidenceLevel::parse(&act.evidence_level).ok_or_else(damaged)?,
        evidence: seinhuis_types::Digest::from_slice(&act.evidence).map_err(|_| damaged())?,
        notice_version: act.notice_version,
    })
}

#[cfg(test)]
mod tests;
