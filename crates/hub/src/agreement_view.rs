//! Looking at agreements: those one is a party to, and no others.

use crate::agreement::stored_state;
use crate::agreements::Loaded;
use crate::command::Caller;
use crate::directory::Capability;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::agreement::State;
use seinhuis_proto::v1;
use seinhuis_store::records::{AgreementRecord, StepKind as StoredKind};
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::{AgreementHash, ErrorCode, Millis};

/// A page of a list ends after about this many bytes.
const PAGE_BYTES: usize = 1024 * 1024;

impl<S: Store> Hub<S> {
    /// One agreement of the caller's; or with capability `audit` of the controller's under its grant,
    /// and then only the one the grant is about, if it names one.
    ///
    /// # Errors
    /// `AGREEMENT_NOT_FOUND`, `GRANT_NOT_IN_FORCE`, `CAPABILITY_MISSING`.
    pub fn agreement(
        &self,
        caller: &Caller,
        hash: &AgreementHash,
        grant: Option<[u8; 16]>,
    ) -> Result<v1::Agreement, HubError> {
        self.system(caller)?;
        let snapshot = self.parts.store.snapshot()?;
        let grant = self.granted(caller, grant)?;
        if let Some(grant) = &grant {
            self.capable(caller, Capability::Audit)?;
            // A grant about one agreement shows no other.
            if !grant.shows(hash) {
                return Err(HubError::told(
                    ErrorCode::AgreementNotFound,
                    "the grant is about another agreement",
                ));
            }
        }
        let party = Caller {
            oin: grant.map_or(caller.oin, |grant| grant.controller()),
            ..caller.clone()
        };
        let (revision, record) = self.own_agreement(&snapshot, &party, hash)?;
        let loaded = self.agreements.load(hash, &record, revision)?;
        Ok(message(&loaded, record, self.now()))
    }

    /// The caller's agreements, in the order of their hashes, after `after`; at most `max`, with the
    /// hash to go on after.
    ///
    /// # Errors
    /// The store's.
    pub fn agreements(
        &self,
        caller: &Caller,
        mut after: Option<AgreementHash>,
        max: usize,
    ) -> Result<(Vec<v1::Agreement>, Option<AgreementHash>), HubError> {
        self.system(caller)?;
        let snapshot = self.parts.store.snapshot()?;
        let mut found = Vec::new();
        let mut bytes = 0usize;
        loop {
            let page = snapshot.agreements(after.as_ref(), 64)?;
            let Some((last, _)) = page.last() else {
                return Ok((found, None));
            };
            after = Some(last.clone());
            for (hash, Versioned { revision, value }) in page {
                let loaded = self.agreements.load(&hash, &value, revision)?;
                if loaded.agreement.content().party(&caller.oin).is_some() {
                    bytes = bytes.saturating_add(value.encoded_len());
                    found.push(message(&loaded, value, self.now()));
                    if found.len() == max || bytes >= PAGE_BYTES {
                        return Ok((found, Some(hash)));
                    }
                }
            }
        }
    }
}

fn message(loaded: &Loaded, record: AgreementRecord, now: Millis) -> v1::Agreement {
    let (agreement, revision) = (&loaded.agreement, loaded.revision);
    let state = agreement.state_at(now);
    let open = agreement.answer_by().filter(|_| state == State::Proposed);
    let steps = record.steps.into_iter().map(|step| v1::PartyStep {
        r#type: word(step.kind()).to_owned(),
        oin: step.oin,
        step: Some(v1::SignedStep {
            jws: step.jws,
            signing_chain: step.chain,
        }),
        at_ms: step.at_ms,
    });
    v1::Agreement {
        agreement_hash: agreement.hash().to_string(),
        state: stored_state(state).into(),
        content: record.content,
        steps: steps.collect(),
        left: record.left,
        // Of one that was replaced meanwhile there is nothing to resume.
        suspended_by: match state {
            State::Suspended => record.suspended_by,
            _ => String::new(),
        },
        replaced_by: record.replaced_by,
        replaced_from_ms: record.replaced_from_ms,
        proposed_by: record.proposed_by,
        proposed_ms: record.proposed_ms,
        answer_by_ms: open.unwrap_or_default().0,
        revision: revision.0,
    }
}

const fn word(kind: StoredKind) -> &'static str {
    match kind {
        StoredKind::Accept => "accept",
        StoredKind::Reject => "reject",
        StoredKind::Suspend => "suspend",
        StoredKind::Resume => "resume",
        StoredKind::Leave => "leave",
        StoredKind::Unspecified => "",
    }
}
