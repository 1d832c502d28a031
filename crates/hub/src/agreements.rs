//! Agreements as the decisions need them: read from their stored row once per revision.
//!
//! Owns: the cache of agreements and of what their clauses grant. Must not know: envelopes.

use crate::HubError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_domain::agreement::{
    Agreement, Proposal, RecordedStep, Replacement, RulesetWindow, StepClaims, Term, VerifiedStep,
};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_policy::{ClauseFacts, ClauseState, clause_facts, state};
use seinhuis_store::records::{AgreementRecord, AgreementStep};
use seinhuis_types::{AgreementHash, ClauseId, Millis, Oin, Revision, SignalType};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most agreements kept ready; a country has fewer.
const KEPT: usize = 1024;
const NO_REPLAY: &str = "a stored agreement does not replay";

/// An agreement at one revision, with what its clauses grant.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) agreement: Agreement,
    pub(crate) revision: Revision,
    granted: Mutex<HashMap<(ClauseId, SignalType), Arc<ClauseFacts>>>,
}

/// Agreements read before, by hash.
#[derive(Debug, Default)]
pub(crate) struct Agreements {
    /// At the revision last asked for.
    kept: Mutex<HashMap<AgreementHash, Arc<Loaded>>>,
    /// Before any step: reading one takes most of the time that loading takes.
    proposals: Mutex<HashMap<AgreementHash, Arc<Proposal>>>,
}

impl Agreements {
    /// With nothing that a step or a clock could change.
    pub(crate) fn restarted(self) -> Self {
        Self {
            kept: Mutex::default(),
            proposals: self.proposals,
        }
    }

    /// An agreement that was read before, at whatever revision: its content never changes.
    pub(crate) fn known(&self, hash: &AgreementHash) -> Option<Arc<Loaded>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(hash).map(Arc::clone)
    }

    /// The agreement in a stored row.
    pub(crate) fn load(
        &self,
        hash: &AgreementHash,
        record: &AgreementRecord,
        revision: Revision,
    ) -> Result<Arc<Loaded>, HubError> {
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(loaded) = kept.get(hash).filter(|loaded| loaded.revision == revision) {
                return Ok(Arc::clone(loaded));
            }
        }
        let agreement = replayed(record, self.proposal(hash, record)?)?;
        let loaded = Arc::new(Loaded {
            agreement,
            revision,
            granted: Mutex::default(),
        });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(hash.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    /// The content of a stored row, read now or, of the same bytes, before.
    fn proposal(
        &self,
        hash: &AgreementHash,
        record: &AgreementRecord,
    ) -> Result<Arc<Proposal>, HubError> {
        let proposals = || {
            self.proposals
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = proposals().get(hash).map(Arc::clone);
        if let Some(read) = known.filter(|read| read.bytes() == record.content) {
            return Ok(read);
        }
        // Not under the lock: others go on meanwhile.
        let read = Proposal::read(&record.content).map_err(|_| HubError::Internal(NO_REPLAY))?;
        let read = Arc::new(read);
        let mut proposals = proposals();
        if proposals.len() >= KEPT {
            proposals.clear();
        }
        proposals.insert(hash.clone(), Arc::clone(&read));
        Ok(read)
    }
}

/// Replays the stored steps over the stored content.
fn replayed(record: &AgreementRecord, proposal: Arc<Proposal>) -> Result<Agreement, HubError> {
    let steps = record
        .steps
        .iter()
        .map(recorded)
        .collect::<Result<Vec<_>, _>>()?;
    let agreement =
        Agreement::replay(proposal, steps).map_err(|_| HubError::Internal(NO_REPLAY))?;
    Ok(agreement
        .proposed_at(Millis(record.proposed_ms))
        .replaced_before(replaced(record)?))
}

fn replaced(record: &AgreementRecord) -> Result<Option<Replacement>, HubError> {
    if record.replaced_by.is_empty() {
        return Ok(None);
    }
    let by = AgreementHash::parse(&record.replaced_by)
        .map_err(|_| HubError::Internal("a stored agreement is damaged"))?;
    Ok(Some(Replacement {
        by,
        from: Millis(record.replaced_from_ms),
    }))
}

fn recorded(step: &AgreementStep) -> Result<RecordedStep, HubError> {
    let damaged = HubError::Internal("a stored step is damaged");
    let payload = step
        .jws
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|payload| StepClaims::parse(&payload).ok());
    let (Some(claims), Ok(oin)) = (payload, Oin::parse(&step.oin)) else {
        return Err(damaged);
    };
    let step_at = Millis(step.at_ms);
    let certificate_not_after = Millis(step.not_after_ms);
    Ok(RecordedStep {
        step: VerifiedStep {
            oin,
            certificate_not_after,
            claims,
        },
        at: step_at,
    })
}

impl Loaded {
    /// What a clause grants of a type at `now`, as the policy set asks it. `None`: no such clause.
    pub(crate) fn clause_facts(
        &self,
        clause: &ClauseId,
        signal_type: &SignalType,
        catalogue: &Catalogue,
        window: &RulesetWindow,
        now: Millis,
    ) -> Option<Arc<ClauseFacts>> {
        let facts = self.lasting_facts(clause, signal_type, catalogue, window)?;
        if self.agreement.is_replaced(now) {
            return Some(Arc::new(ClauseFacts {
                state: ClauseState::Replaced,
                ..(*facts).clone()
            }));
        }
        Some(facts)
    }

    /// What holds whatever the hour, and is therefore kept.
    fn lasting_facts(
        &self,
        clause: &ClauseId,
        signal_type: &SignalType,
        catalogue: &Catalogue,
        window: &RulesetWindow,
    ) -> Option<Arc<ClauseFacts>> {
        let key = (clause.clone(), signal_type.clone());
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = granted.get(&key) {
            return Some(Arc::clone(facts));
        }
        let found = self.agreement.content().clause(clause)?;
        let standing = self
            .agreement
            .clause_state(clause, Millis::default(), window);
        let facts = ClauseFacts {
            state: state(standing.state)?,
            ruleset_ok: standing.ruleset_ok,
            ..clause_facts(self.agreement.content(), found, signal_type, catalogue)
        };
        let facts = Arc::new(facts);
        // As many as there are types, whatever a caller makes up.
        if catalogue.signal_type(signal_type).is_some() {
            granted.insert(key, Arc::clone(&facts));
        }
        Some(facts)
    }

    /// Whether `now` lies within the agreement's term.
    pub(crate) fn in_term(&self, now: Millis) -> bool {
        self.agreement.content().validity.term(now) == Term::Running
    }

    /// Until when a decision under it may stand: the first moment after its term, or that at which a
    /// later version takes its place.
    pub(crate) fn term_end(&self) -> Millis {
        let end = self.agreement.content().validity.end();
        let replaced = self.agreement.replaced();
        replaced.map_or(end, |replaced| end.min(replaced.from))
    }
}

#[cfg(test)]
mod tests;
