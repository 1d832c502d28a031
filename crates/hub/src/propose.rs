//! Propose: a party lays the content of an agreement before the others.
//!
//! The content is checked whole, against the catalogue, the policy set and the partners of this hub;
//! every fault is told at once. Nobody is bound by a proposal.

use crate::agreement::{Facts, StepReply, invalid};
use crate::command::{Caller, Idempotency};
use crate::directory::Capability;
use crate::public::Public;
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_domain::agreement::{self, Agreement, RulesetHashes, State};
use seinhuis_proto::v1;
use seinhuis_store::records::{AgreementRecord, AgreementState};
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, Write};
use seinhuis_types::{Coded, ErrorCode, Revision};

/// Lays a content before its parties.
#[derive(Debug)]
pub struct Propose {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// JSON, as proposed.
    pub content: Vec<u8>,
}

/// Most faults of a proposal that are told at once: they travel in one header.
const FAULTS: usize = 20;

impl<S: Store> Hub<S> {
    /// Takes a proposal, if its content keeps every rule and the caller is a party.
    ///
    /// # Errors
    /// `AGREEMENT_INVALID` with every fault, `AGREEMENT_STATE_CONFLICT` if it was proposed before.
    pub async fn propose(&self, caller: &Caller, command: Propose) -> Result<StepReply, HubError> {
        self.capable(caller, Capability::Agreement)?;
        let scope = idempotency::scope(caller.oin, "Propose", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some(reply) = self.step_again(caller, &scope, &command.idempotency)? {
            return Ok(reply);
        }
        self.log_in_time()?;
        let agreement = Agreement::propose(&command.content)
            .map_err(|e| HubError::told(e.code(), e.to_string()))?;
        if agreement.content().party(&caller.oin).is_none() {
            return Err(invalid("the proposer is not a party of the agreement"));
        }
        self.check_content(&agreement)?;
        let hash = agreement.hash().clone();
        let snapshot = self.parts.store.snapshot()?;
        let set = snapshot.agreement_set()?;
        let known = snapshot.agreement(&hash)?;
        if let Some(record) = known.value {
            let loaded = self.agreements.load(&hash, &record, known.revision)?;
            let before = loaded.agreement.state_at(self.now());
            return Err(HubError::told(
                ErrorCode::AgreementStateConflict,
                match before {
                    State::Proposed => "this content was proposed before; accept or reject it",
                    _ => {
                        "this content was proposed before and answered, or lapsed; propose it as \
                         another version"
                    }
                },
            ));
        }
        let predecessor = self.predecessor(&snapshot, &agreement, Some(&caller.oin))?;
        let record = AgreementRecord {
            content: command.content.clone(),
            state: AgreementState::Proposed.into(),
            proposed_by: caller.oin.to_string(),
            proposed_ms: self.now().0,
            ..AgreementRecord::default()
        };
        let change = |change: ChangeSet| {
            change
                .expect(Row::Agreement(hash.clone()), Revision(0))
                .expect(Row::AgreementSet, set)
                .write(Write::agreement(&hash, &record))
        };
        let facts = Facts {
            hash: hash.to_string(),
            state: record.state,
        };
        let note = format!("agreement {hash} proposed by {}", caller.oin);
        let public = Public {
            name: "propose",
            act: v1::Act::Agreement,
            note,
        };
        let facts = facts.encode_to_vec();
        let entry = self.public_entry(&public, &scope, &command.idempotency, facts)?;
        let mut change = change(entry.change.clone());
        if let Some(old) = predecessor {
            change = old.guard(change);
        }
        self.step_reply(caller, &hash, record.state, entry, change)
            .await
    }

    /// That what is accepted could still come into force: it rests on a catalogue that the hub reads,
    /// and every basis was judged on the law as it now is. Otherwise its parties would sign what no
    /// signal could go under.
    pub(crate) fn still_stands(
        &self,
        snapshot: &impl Snapshot,
        agreement: &Agreement,
    ) -> Result<(), HubError> {
        let content = agreement.content();
        let signed_on = RulesetHashes {
            catalogue: content.catalogue_hash,
            policy: content.policy_hash,
        };
        let conflict = |told: String| HubError::told(ErrorCode::AgreementStateConflict, told);
        if !self.window(snapshot)?.0.has(&signed_on) {
            return Err(conflict(
                "the proposal rests on a catalogue or policy set that is no longer read; reject it, and \
                 propose it as another version on those in force"
                    .to_owned(),
            ));
        }
        for clause in &content.clauses {
            if let Some(void) = clause
                .void_attestations(&self.parts.rules.catalogue)
                .first()
            {
                return Err(conflict(format!(
                    "clause `{}`: basis `{}` was judged on an earlier version of the law; reject the \
                     proposal, have the basis judged anew and propose it as another version",
                    clause.id, void.basis
                )));
            }
        }
        Ok(())
    }

    fn check_content(&self, agreement: &Agreement) -> Result<(), HubError> {
        let options = agreement::Options {
            allow_test_oins: self.parts.test_oins,
            policy_hash: Some(self.parts.rules.policy.hash()),
        };
        let mut faults: Vec<String> =
            agreement::check(agreement.content(), &self.parts.rules.catalogue, &options)
                .into_iter()
                .map(|fault| fault.to_string())
                .collect();
        let content = agreement.content();
        for party in &content.parties {
            if self.parts.directory.partner(&party.oin).is_none() {
                faults.push(format!(
                    "party `{}` is not a partner of this hub",
                    party.oin
                ));
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        let more = faults.len().saturating_sub(FAULTS);
        faults.truncate(FAULTS);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        Err(invalid(&faults.join("; ")))
    }
}
