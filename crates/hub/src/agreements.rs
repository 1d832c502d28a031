//! Agreements as the decisions need them: read from their stored row once per revision.
//!
//! Owns: the cache of agreements and of what their clauses grant. Must not know: envelopes.

use crate::HubError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_domain::agreement::{
    Agreement, Clause, Content, InformedBy, RecordedStep, Replacement, RulesetWindow, StepClaims,
    Term, VerifiedStep,
};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::signal::SourceShield;
use seinhuis_policy::{
    Bases, ClauseFacts, ClauseState, IdKind, Mode, Regime, Restriction, Shield, WpgArticle,
};
use seinhuis_store::records::{AgreementRecord, AgreementStep};
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, CodeValue, Desk, Millis, Oin, Revision, SignalType,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Most agreements kept ready; a country has fewer.
const KEPT: usize = 1024;

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
    kept: Mutex<HashMap<AgreementHash, Arc<Loaded>>>,
}

impl Agreements {
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
        let agreement = read(record)?;
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
}

/// Replays the stored steps over the stored content.
pub(crate) fn read(record: &AgreementRecord) -> Result<Agreement, HubError> {
    let steps = record
        .steps
        .iter()
        .map(recorded)
        .collect::<Result<Vec<_>, _>>()?;
    let agreement = Agreement::replay(&record.content, steps)
        .map_err(|_| HubError::Internal("a stored agreement does not replay"))?;
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
            attested: found.void_attestations(catalogue).is_empty(),
            restricted_desks: restricted_desks(self.agreement.content(), found),
            ..facts(found, signal_type, catalogue)
        };
        let facts = Arc::new(facts);
        granted.insert(key, Arc::clone(&facts));
        Some(facts)
    }

    /// Whether `now` lies within the agreement's term.
    pub(crate) fn in_term(&self, now: Millis) -> bool {
        self.agreement.content().validity.term(now) == Term::Running
    }

    /// Until when a decision under it may stand: the end of its term, or the moment at which a later
    /// version takes its place.
    pub(crate) fn term_end(&self) -> Millis {
        let end = self.agreement.content().validity.not_after.millis();
        let replaced = self.agreement.replaced();
        replaced.map_or(end, |replaced| end.min(replaced.from))
    }
}

/// The recipient's desks that the agreement marks as restricted.
pub(crate) fn restricted_desks(content: &Content, clause: &Clause) -> BTreeSet<Desk> {
    let party = content.party(&clause.to);
    party.map_or_else(BTreeSet::new, |party| party.restricted_desks.clone())
}

/// What a clause grants of a type. State, ruleset and restricted desks are the agreement's to tell.
pub(crate) fn facts(
    clause: &Clause,
    signal_type: &SignalType,
    catalogue: &Catalogue,
) -> ClauseFacts {
    let codes = |bases: &[seinhuis_domain::agreement::AttestedBasis]| {
        bases
            .iter()
            .map(|basis| basis.code.clone())
            .collect::<BTreeSet<BasisCode>>()
    };
    let basis = Bases {
        provide: codes(&clause.basis.provide),
        receive: codes(&clause.basis.receive),
        special: codes(&clause.basis.special),
    };
    let special = basis
        .special
        .iter()
        .filter_map(|code| catalogue.basis(code))
        .flat_map(|found| found.covers.iter())
        .filter_map(|mark| CodeValue::parse(mark.as_str()).ok())
        .collect();
    ClauseFacts {
        state: ClauseState::Ended,
        ruleset_ok: false,
        attested: false,
        restricted_desks: BTreeSet::new(),
        informs: matches!(clause.inform.by, InformedBy::To | InformedBy::Both),
        from: clause.from,
        to: clause.to,
        regions: clause.regions.clone(),
        mode: match clause.mode {
            seinhuis_domain::agreement::Mode::Push => Mode::Push,
            seinhuis_domain::agreement::Mode::Ask => Mode::Ask,
        },
        purposes: clause.purposes.clone(),
        special,
        basis,
        desks: clause.desks.clone(),
        types: clause
            .types
            .iter()
            .map(|granted| granted.code.clone())
            .collect(),
        fields: clause
            .granted(signal_type)
            .map(|g| g.fields.clone())
            .unwrap_or_default(),
        subject_roles: clause.subject_roles.clone(),
        max_subjects: clause.max_subjects.into(),
        id_kinds: clause.id_kinds.iter().map(|kind| id_kind(*kind)).collect(),
        regimes: clause.regimes.iter().map(|found| regime(*found)).collect(),
        wpg_articles: clause
            .wpg_articles
            .iter()
            .map(|article| wpg(*article))
            .collect(),
    }
}

/// The policy set's word for how a clause stands; none for a clause that is not there.
fn state(found: seinhuis_domain::agreement::ClauseState) -> Option<ClauseState> {
    use seinhuis_domain::agreement::ClauseState as Found;
    match found {
        Found::None => None,
        Found::Proposed => Some(ClauseState::Proposed),
        Found::Valid => Some(ClauseState::Valid),
        Found::Suspended => Some(ClauseState::Suspended),
        Found::Ended => Some(ClauseState::Ended),
        Found::Rejected => Some(ClauseState::Rejected),
        Found::Replaced => Some(ClauseState::Replaced),
    }
}

/// The policy set's word for a kind of identifier.
pub(crate) fn id_kind(kind: seinhuis_domain::signal::IdKind) -> IdKind {
    match kind {
        seinhuis_domain::signal::IdKind::Number => IdKind::Number,
        seinhuis_domain::signal::IdKind::Skn => IdKind::Skn,
        seinhuis_domain::signal::IdKind::Own => IdKind::Own,
    }
}

/// The policy set's word for what the source hides.
pub(crate) fn shield(found: SourceShield) -> Shield {
    match found {
        SourceShield::None => Shield::None,
        SourceShield::Origin => Shield::Origin,
        SourceShield::Existence => Shield::Existence,
    }
}

/// The policy set's word for a restriction.
pub(crate) fn restriction(found: seinhuis_domain::signal::Restriction) -> Restriction {
    use seinhuis_domain::signal::Restriction as Found;
    match found {
        Found::None => Restriction::None,
        Found::Restricted => Restriction::Restricted,
        Found::Consent => Restriction::Consent,
        Found::LegalClaim => Restriction::LegalClaim,
        Found::RightsOfOthers => Restriction::RightsOfOthers,
        Found::PublicInterest => Restriction::PublicInterest,
    }
}

/// The policy set's word for a regime.
pub(crate) fn regime(found: seinhuis_domain::signal::Regime) -> Regime {
    match found {
        seinhuis_domain::signal::Regime::Wpg => Regime::Wpg,
        seinhuis_domain::signal::Regime::Wjsg => Regime::Wjsg,
        seinhuis_domain::signal::Regime::Avg => Regime::Avg,
    }
}

/// The policy set's word for an article of the Wpg.
pub(crate) fn wpg(article: seinhuis_domain::signal::WpgArticle) -> WpgArticle {
    use seinhuis_domain::signal::WpgArticle as Article;
    match article {
        Article::Art8 => WpgArticle::Art8,
        Article::Art13Lid1 => WpgArticle::Art13Lid1,
        Article::Art9 => WpgArticle::Art9,
        Article::Art10 => WpgArticle::Art10,
        Article::Art10Lid1B => WpgArticle::Art10Lid1B,
        Article::Art12 => WpgArticle::Art12,
    }
}
