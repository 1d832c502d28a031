//! From rows to a decision: load, lay the facts before the law, say what came of it.
//!
//! Owns: which rows a decision stands on, the facts of an envelope, the `Decision` that is signed,
//! kept and explained. Must not know: payloads, how a change is committed.

use crate::agreements::{id_kind, regime, restriction, shield, wpg};
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::agreement::{RulesetHashes, RulesetWindow};
use seinhuis_domain::catalogue::{ClassCode, TypeDef};
use seinhuis_domain::signal::{Header, Route, Source, required_special};
use seinhuis_policy::{
    Action, ClauseFacts, EnvelopeFacts, Facts, Ground, Mode, Permit, Refusal, TypeFacts, Verdict,
    minimise,
};
use seinhuis_proto::v1;
use seinhuis_store::{Row, Snapshot, Store, Versioned};
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, Desk, Digest, FieldPath, Millis, Oin, Revision, SignalType,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long a permit stands, at most, in milliseconds: a commit follows its decision at once.
const PERMIT_MS: u64 = 30 * Millis::SECOND;

/// A decision, and everything its commit needs.
pub(crate) struct Decided {
    pub(crate) verdict: Verdict,
    /// The rows it stands on.
    pub(crate) stands_on: Vec<(Row, Revision)>,
    /// Fields that leave.
    pub(crate) granted: BTreeSet<FieldPath>,
    /// Fields that were offered and do not leave.
    pub(crate) withheld: BTreeSet<FieldPath>,
    /// What the clause asks of the recipient.
    pub(crate) obligations: Vec<String>,
    /// What the clause lets the recipient pass on; empty without a clause.
    pub(crate) onward: String,
    /// Who may see the entry, by its clause; empty without one.
    pub(crate) visibility: String,
    /// Whether the recipient may not know the person: it tells of arrival only.
    pub(crate) may_not_know: bool,
    /// The class that bounds how long the clause lets the hub keep what is sent under it.
    pub(crate) retention: Option<ClassCode>,
    /// `Decision`, as it will be sent.
    pub(crate) bytes: Vec<u8>,
}

impl Decided {
    pub(crate) fn permit(&self) -> Option<&Permit> {
        match &self.verdict {
            Verdict::Permit(permit) => Some(permit),
            Verdict::Refusal(_) => None,
        }
    }
}

/// What of the source leaf the law asks about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Responsible {
    pub(crate) acting_person: bool,
    pub(crate) decided_by: bool,
    pub(crate) second_approval: bool,
}

impl Responsible {
    /// A second approval counts only when the header says so and the source names who gave it.
    pub(crate) fn of(header: &Header, source: &Source) -> Self {
        Self {
            acting_person: !source.acting_person.is_empty(),
            decided_by: !source.decided_by.is_empty(),
            second_approval: header.second_approval && source.second_approval.is_some(),
        }
    }
}

/// Where an envelope would go, and under what: all of its route that is decided on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Towards<'a> {
    pub(crate) source: Oin,
    pub(crate) recipient: Oin,
    pub(crate) desk: &'a Desk,
    pub(crate) agreement: &'a AgreementHash,
    pub(crate) clause: &'a ClauseId,
}

impl<'a> Towards<'a> {
    fn of(route: &'a Route) -> Self {
        Self {
            source: route.source,
            recipient: route.recipient,
            desk: &route.desk,
            agreement: &route.agreement,
            clause: &route.clause,
        }
    }
}

/// What is asked of the law, beside the envelope.
#[derive(Clone, Copy)]
struct Asked {
    action: Action,
    responsible: Responsible,
    /// Of a rectification: whether the desk received what it is about.
    received: bool,
}

impl<S: Store> Hub<S> {
    /// Decides whether `header` may go along `route`.
    pub(crate) fn decide(
        &self,
        action: Action,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        responsible: Responsible,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let asked = Asked {
            action,
            responsible,
            received: false,
        };
        self.decide_on(asked, snapshot, route, header, now)
    }

    /// What would be decided on such an envelope, of which there is none: it stands on no keys.
    pub(crate) fn decide_towards(
        &self,
        action: Action,
        snapshot: &impl Snapshot,
        towards: &Towards<'_>,
        header: &Header,
        responsible: Responsible,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let asked = Asked {
            action,
            responsible,
            received: false,
        };
        self.decided(asked, snapshot, towards, header, Vec::new(), now)
    }

    /// Decides whether a rectification may go along `route`, to a desk that `received` what it is about
    /// or did not.
    pub(crate) fn decide_rectifying(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        responsible: Responsible,
        received: bool,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let asked = Asked {
            action: Action::Rectify,
            responsible,
            received,
        };
        self.decide_on(asked, snapshot, route, header, now)
    }

    fn decide_on(
        &self,
        asked: Asked,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let keys = vec![
            keys_row(snapshot, route.recipient, &route.desk)?,
            keys_row(snapshot, route.source, &route.source_desk)?,
        ];
        self.decided(asked, snapshot, &Towards::of(route), header, keys, now)
    }

    fn decided(
        &self,
        asked: Asked,
        snapshot: &impl Snapshot,
        route: &Towards<'_>,
        header: &Header,
        keys: Vec<(Row, Revision)>,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let (window, ruleset) = self.window(snapshot)?;
        let directory = snapshot.directory()?.revision;
        let Versioned { revision, value } = snapshot.agreement(route.agreement)?;
        let loaded = value
            .map(|record| self.agreements.load(route.agreement, &record, revision))
            .transpose()?;
        // An agreement is the business of its parties only: for anyone else it is not known.
        let loaded = loaded.filter(|l| l.agreement.content().party(&route.source).is_some());
        let seen = loaded
            .as_ref()
            .map_or(Revision(0), |loaded| loaded.revision);
        let catalogue = &self.parts.rules.catalogue;
        let definition = catalogue.signal_type(&header.signal_type);
        let type_facts = self.type_facts(&header.signal_type);
        let clause = loaded.as_ref().and_then(|loaded| {
            loaded.clause_facts(route.clause, &header.signal_type, catalogue, &window, now)
        });
        let clause = match definition {
            Some(_) => clause,
            None => clause.map(|facts| out_of_catalogue(&facts)),
        };
        let (granted, mut withheld) = minimise(&header.fields, clause.as_deref(), &type_facts);
        let terms = loaded
            .as_ref()
            .and_then(|loaded| loaded.agreement.content().clause(route.clause));
        if !terms.is_some_and(|clause| clause.identity_sealed) {
            withheld.extend(sealed_identities(header));
        }
        let mut stands_on = vec![
            (Row::Ruleset, ruleset),
            (Row::Directory, directory),
            (Row::Agreement(route.agreement.clone()), revision),
        ];
        stands_on.extend(keys);
        let until = now.plus(PERMIT_MS);
        let facts = Facts {
            action: asked.action,
            clause,
            envelope: envelope_facts(
                route,
                header,
                asked,
                definition
                    .map(|definition| required_special(definition, &granted))
                    .unwrap_or_default(),
                &granted,
                loaded.as_ref().is_some_and(|loaded| loaded.in_term(now)),
            ),
            signal_type: type_facts,
            ground: Ground {
                agreement: route.agreement.clone(),
                clause: route.clause.clone(),
                clause_revision: seen,
                ruleset_root: self.parts.rules.root(),
                revisions: told(&stands_on, seen),
                valid_until: loaded
                    .as_ref()
                    // The duty to rectify outlives the agreement.
                    .filter(|_| asked.action != Action::Rectify)
                    .map_or(until, |loaded| until.min(loaded.term_end())),
            },
        };
        let verdict = self.parts.rules.policy.decide(&facts);
        let bytes = decision(&facts, &verdict, &withheld).encode_to_vec();
        Ok(Decided {
            verdict,
            stands_on,
            granted,
            withheld,
            obligations: terms.map_or_else(Vec::new, |clause| {
                clause.obligations.iter().map(ToString::to_string).collect()
            }),
            onward: terms.map_or_else(String::new, |clause| clause.onward.to_string()),
            visibility: terms.map_or_else(String::new, |clause| clause.class().text()),
            may_not_know: terms.is_some_and(|clause| clause.recipient_may_not_know),
            retention: terms.map(|clause| clause.retention.clone()),
            bytes,
        })
    }

    /// The rulesets an agreement may have been signed on, and the revision of that row.
    pub(crate) fn window(
        &self,
        snapshot: &impl Snapshot,
    ) -> Result<(RulesetWindow, Revision), HubError> {
        let Versioned { revision, value } = snapshot.ruleset()?;
        let record = value.ok_or(HubError::Internal("no ruleset is in force"))?;
        let pair = |catalogue: &[u8], policy: &[u8]| {
            let catalogue = Digest::from_slice(catalogue).ok()?;
            Some(RulesetHashes {
                catalogue,
                policy: Digest::from_slice(policy).ok()?,
            })
        };
        let current = pair(&record.catalogue_hash, &record.policy_hash)
            .ok_or(HubError::Internal("the stored ruleset is damaged"))?;
        let previous = pair(
            &record.previous_catalogue_hash,
            &record.previous_policy_hash,
        );
        Ok((RulesetWindow { current, previous }, revision))
    }

    /// The law's view of a type; of one that is not in the catalogue, that it allows nothing.
    fn type_facts(&self, code: &SignalType) -> Arc<TypeFacts> {
        self.types.get(code).cloned().unwrap_or_else(|| {
            Arc::new(TypeFacts {
                code: code.clone(),
                fields: BTreeSet::new(),
                minimum: BTreeSet::new(),
                subject_roles: BTreeSet::new(),
                max_subjects: 0,
                restricted: false,
            })
        })
    }
}

fn keys_row(snapshot: &impl Snapshot, oin: Oin, desk: &Desk) -> Result<(Row, Revision), HubError> {
    let revision = snapshot.keys(oin, desk)?.revision;
    Ok((Row::Keys(oin, desk.clone()), revision))
}

/// A clause for a type that left the catalogue since the signal was sent: its agreement was signed on
/// another one.
fn out_of_catalogue(facts: &ClauseFacts) -> Arc<ClauseFacts> {
    Arc::new(ClauseFacts {
        ruleset_ok: false,
        ..facts.clone()
    })
}

/// The identities an envelope offers: they leave only under a clause that lets the recipient know who
/// the person is.
fn sealed_identities(header: &Header) -> impl Iterator<Item = FieldPath> {
    let subjects = header.subjects.iter().enumerate();
    subjects
        .filter(|(_, s)| s.identity_sealed)
        .map(|(ordinal, _)| FieldPath::identity(ordinal))
}

/// A type of the catalogue as the law asks about it.
pub(crate) fn type_facts(definition: &TypeDef) -> TypeFacts {
    TypeFacts {
        code: definition.code.clone(),
        fields: definition.fields.keys().cloned().collect(),
        minimum: definition.minimum.clone(),
        subject_roles: definition.subject_roles.keys().cloned().collect(),
        max_subjects: u32::try_from(definition.max_subjects).unwrap_or(u32::MAX),
        restricted: definition.restricted,
    }
}

fn envelope_facts(
    route: &Towards<'_>,
    header: &Header,
    asked: Asked,
    special: BTreeSet<&'static str>,
    granted: &BTreeSet<FieldPath>,
    now_valid: bool,
) -> EnvelopeFacts {
    EnvelopeFacts {
        from: route.source,
        to: route.recipient,
        desk: route.desk.clone(),
        region: header.region.clone(),
        mode: Mode::Push,
        purpose: header.purpose.clone(),
        granted: granted.clone(),
        roles: header
            .subjects
            .iter()
            .map(|subject| subject.role.clone())
            .collect(),
        subjects: u32::try_from(header.subjects.len()).unwrap_or(u32::MAX),
        id_kinds: header
            .subjects
            .iter()
            .map(|subject| id_kind(subject.kind))
            .collect(),
        special: special
            .into_iter()
            .filter_map(|mark| CodeValue::parse(mark).ok())
            .collect(),
        regime: regime(header.regime),
        wpg_article: header.wpg_article.map(wpg),
        onward_basis: header.onward_basis.iter().cloned().collect(),
        source_shield: shield(header.source_shield),
        restriction: restriction(header.restriction),
        second_approval: asked.responsible.second_approval,
        acting_person: asked.responsible.acting_person,
        decided_by: asked.responsible.decided_by,
        now_valid,
        received: asked.received,
    }
}

/// The rows a decision stands on, as it tells them; of an agreement only what its parties may see.
fn told(stands_on: &[(Row, Revision)], agreement: Revision) -> Vec<(String, u64)> {
    let revision = |row: &Row, found: &Revision| match row {
        Row::Agreement(_) => agreement.0,
        _ => found.0,
    };
    stands_on
        .iter()
        .map(|(row, found)| (name(row), revision(row, found)))
        .collect()
}

/// The name of a row in a decision: which kind, never a key that could tell of a person.
fn name(row: &Row) -> String {
    match row {
        Row::Ruleset => "ruleset".to_owned(),
        Row::Directory => "directory".to_owned(),
        Row::Agreement(_) => "agreement".to_owned(),
        Row::Keys(oin, desk) => format!("keys/{oin}/{desk}"),
        _ => "row".to_owned(),
    }
}

fn decision(facts: &Facts, verdict: &Verdict, withheld: &BTreeSet<FieldPath>) -> v1::Decision {
    let Facts {
        envelope,
        ground,
        signal_type,
        ..
    } = facts;
    let mut decision = v1::Decision {
        act: match facts.action {
            Action::Publish => v1::Act::Publish,
            Action::Release => v1::Act::Release,
            Action::Rectify => v1::Act::Rectify,
        }
        .into(),
        source_oin: envelope.from.to_string(),
        recipient_oin: envelope.to.to_string(),
        recipient_desk: envelope.desk.to_string(),
        signal_type: signal_type.code.to_string(),
        agreement_hash: ground.agreement.to_string(),
        clause_id: ground.clause.to_string(),
        purpose: envelope.purpose.to_string(),
        ruleset_root: ground.ruleset_root.0.to_vec(),
        revisions: ground
            .revisions
            .iter()
            .map(|(row, revision)| v1::Revision {
                row: row.clone(),
                revision: *revision,
            })
            .collect(),
        withheld: withheld
            .iter()
            .map(|path| withheld_field(path, ground))
            .collect(),
        ..v1::Decision::default()
    };
    match verdict {
        Verdict::Permit(permit) => {
            let texts = |set: &BTreeSet<_>| set.iter().map(ToString::to_string).collect();
            decision.permitted = true;
            decision.basis_provide = texts(permit.basis_provide());
            decision.basis_receive = texts(permit.basis_receive());
            decision.basis_special = texts(permit.basis_special());
            decision.granted = permit.granted().iter().map(ToString::to_string).collect();
            decision.valid_until_ms = permit.valid_until().0;
        }
        Verdict::Refusal(refusal) => decision.reasons = reasons(refusal),
    }
    decision
}

fn withheld_field(path: &FieldPath, ground: &Ground) -> v1::Withheld {
    v1::Withheld {
        path: path.to_string(),
        reason: seinhuis_types::RefusalReason::FieldNotCovered
            .as_str()
            .to_owned(),
        law: format!("clause `{}`", ground.clause),
    }
}

fn reasons(refusal: &Refusal) -> Vec<v1::Reason> {
    if let Some(error) = &refusal.error {
        tracing::error!(%error, "the policy engine could not decide");
    }
    refusal
        .reasons
        .iter()
        .map(|reason| v1::Reason {
            code: reason.reason.as_str().to_owned(),
            law: reason.law.to_string(),
            text_nl: reason.text_nl.to_string(),
            text_en: reason.text_en.to_string(),
            remedy_nl: reason.remedy_nl.to_string(),
            remedy_en: reason.remedy_en.to_string(),
        })
        .collect()
}
