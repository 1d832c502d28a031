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
use seinhuis_domain::agreement::{self, Agreement};
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
        let set = self.parts.store.snapshot()?.agreement_set()?;
        let known = self.parts.store.snapshot()?.agreement(&hash)?;
        if known.revision != Revision(0) {
            return Err(HubError::told(
                ErrorCode::AgreementStateConflict,
                "this content was proposed before; accept or reject it",
            ));
        }
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
        let change = change(entry.change.clone());
        self.step_reply(caller, &hash, record.state, entry, change)
            .await
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
