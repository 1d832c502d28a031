//! From rows to a decision: load, lay the facts before the law, say what came of it.
//!
//! Owns: which rows a decision stands on, and what of an envelope it is made of. Must not know: payloads, how a
//! change is committed.

mod record;

use crate::consent::Found;
use crate::{Hub, HubError, Rules};
use prost::Message;
use record::{decision, told};
use seinhuis_domain::agreement::{BreakGlassTerms, Clause, RulesetHashes, RulesetWindow};
use seinhuis_domain::catalogue::ClassCode;
use seinhuis_domain::decision::{
    CitedConsent, DecisionInput, InputBreakGlass, InputSubject, Standing,
};
use seinhuis_domain::signal::{Header, Route, Source};
use seinhuis_policy::{
    Action, Ground, Laid, Permit, TypeFacts, Under, Verdict, asked, lay, stands, unknown_type,
};
use seinhuis_store::records::{Delivery, KeyUse};
use seinhuis_store::{Row, Snapshot, Store, Versioned};
use seinhuis_types::{
    AgreementHash, ClauseId, ConsentHandle, Desk, Digest, FieldPath, Millis, Oin, Revision,
    SignalType,
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
    /// The terms of a clause for break-glass.
    pub(crate) break_glass: Option<BreakGlassTerms>,
    /// `Decision`, as it will be sent.
    pub(crate) bytes: Vec<u8>,
    /// `DecisionInput`, whose digest the decision has: for the source's own part of the entry.
    pub(crate) input: Vec<u8>,
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
    /// When it was decided to send it, for a break-glass that is released later; now, where it is being
    /// sent.
    pub(crate) sent: Option<Millis>,
}

impl Responsible {
    /// Of a cover, in which nobody acts.
    pub(crate) const NOBODY_NEEDED: Self = Self {
        acting_person: true,
        decided_by: true,
        second_approval: false,
        sent: None,
    };

    /// A second approval counts only when the header says so and the source names who gave it.
    pub(crate) fn of(header: &Header, source: &Source) -> Self {
        Self {
            acting_person: !source.acting_person.is_empty(),
            decided_by: !source.decided_by.is_empty(),
            second_approval: header.second_approval && source.second_approval.is_some(),
            sent: None,
        }
    }
}

/// What of the delivery that a rectification is about the law asks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Original {
    /// Whether its desk received it.
    received: bool,
    /// The consent it rested on.
    consent: Option<ConsentHandle>,
}

impl Original {
    pub(crate) fn of(delivery: &Delivery) -> Result<Self, HubError> {
        Ok(Self {
            received: delivery.first_release.get().is_some(),
            consent: delivery.body.consent()?,
        })
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

/// What a decision stands on beside rules, directory and agreement: keys and a consent. Nothing, where
/// nothing is sent.
#[derive(Default)]
struct Beside {
    rows: Vec<(Row, Revision)>,
    /// Up to when keys and consent stand.
    until: Option<Millis>,
}

/// What is asked of the law, beside the envelope.
#[derive(Clone, Copy)]
struct Asked {
    action: Action,
    responsible: Responsible,
    /// Of a rectification: whether the desk received what it is about.
    received: bool,
    /// What there is of the consent it cites.
    consent: CitedConsent,
    /// Of an answer that is no cover: whether no person is named by assertion.
    machine_answer: bool,
    /// Of a question: whether one more today is not too many.
    within_budget: bool,
}

/// What is taken for granted of an envelope that is not there.
pub(crate) struct Supposed {
    pub(crate) action: Action,
    /// Of a rectification: whether the desk received what it is about.
    pub(crate) received: bool,
    /// Of an answer: whether no person is named by assertion.
    pub(crate) machine_answer: bool,
    /// Of a question: whether one more today is not too many.
    pub(crate) within_budget: bool,
}

impl Asked {
    /// Of what is neither rectification, question nor answer.
    const fn plain(action: Action, responsible: Responsible) -> Self {
        Self {
            action,
            responsible,
            received: false,
            consent: CitedConsent::None,
            machine_answer: false,
            within_budget: true,
        }
    }
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
        let found = self.consent_cited(snapshot, route, header, now)?;
        let asked = Asked {
            consent: found.consent,
            ..Asked::plain(action, responsible)
        };
        self.decide_on(asked, found, snapshot, route, header, now)
    }

    /// What would be decided on such an envelope, of which there is none: it stands on no keys and cites no
    /// consent.
    pub(crate) fn decide_towards(
        &self,
        supposed: &Supposed,
        snapshot: &impl Snapshot,
        towards: &Towards<'_>,
        header: &Header,
        responsible: Responsible,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let asked = Asked {
            received: supposed.received,
            machine_answer: supposed.machine_answer,
            within_budget: supposed.within_budget,
            ..Asked::plain(supposed.action, responsible)
        };
        self.decided(asked, snapshot, towards, header, Beside::default(), now)
    }

    /// Decides whether a rectification of `original` may go along `route`.
    pub(crate) fn decide_rectifying(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        responsible: Responsible,
        original: Original,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let Original { received, consent } = original;
        let found = self.consent_rectifying(snapshot, route.source, consent, header)?;
        let asked = Asked {
            received,
            consent: found.consent,
            ..Asked::plain(Action::Rectify, responsible)
        };
        self.decide_on(asked, found, snapshot, route, header, now)
    }

    /// Decides whether a question may go along `route`, by one who may ask one more today or may not.
    pub(crate) fn decide_asking(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        responsible: Responsible,
        within_budget: bool,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let found = self.consent_cited(snapshot, route, header, now)?;
        let asked = Asked {
            consent: found.consent,
            within_budget,
            ..Asked::plain(Action::Ask, responsible)
        };
        self.decide_on(asked, found, snapshot, route, header, now)
    }

    /// Decides whether what answers a question may go along `route`.
    pub(crate) fn decide_answering(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        responsible: Responsible,
        machine_answer: bool,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let found = self.consent_cited(snapshot, route, header, now)?;
        let asked = Asked {
            consent: found.consent,
            machine_answer,
            ..Asked::plain(Action::Answer, responsible)
        };
        self.decide_on(asked, found, snapshot, route, header, now)
    }

    fn decide_on(
        &self,
        asked: Asked,
        found: Found,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        now: Millis,
    ) -> Result<Decided, HubError> {
        let (to, to_end) = self.keys_row(snapshot, route.recipient, &route.desk, now)?;
        let (from, from_end) = self.keys_row(snapshot, route.source, &route.source_desk, now)?;
        let mut rows = vec![to, from];
        rows.extend(found.row);
        let ends = [found.until, to_end, from_end];
        let until = ends.into_iter().flatten().min();
        let beside = Beside { rows, until };
        self.decided(asked, snapshot, &Towards::of(route), header, beside, now)
    }

    /// The keys of a desk, and up to when those in force now are.
    fn keys_row(
        &self,
        snapshot: &impl Snapshot,
        oin: Oin,
        desk: &Desk,
        now: Millis,
    ) -> Result<((Row, Revision), Option<Millis>), HubError> {
        let Versioned { revision, value } = snapshot.keys(oin, desk)?;
        let stated = value.unwrap_or_default().statements;
        let newest = |usage| self.newest_key(&stated, usage, now);
        let in_force = [KeyUse::Seal, KeyUse::Pseudonym].map(newest);
        let end = in_force
            .into_iter()
            .flatten()
            .map(|key| self.key_end(key, now))
            .min();
        Ok(((Row::Keys(oin, desk.clone()), revision), end))
    }

    fn decided(
        &self,
        asked: Asked,
        snapshot: &impl Snapshot,
        route: &Towards<'_>,
        header: &Header,
        beside: Beside,
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
        let clause = loaded.as_ref().and_then(|loaded| {
            loaded.clause_facts(route.clause, &header.signal_type, catalogue, &window, now)
        });
        let terms = loaded
            .as_ref()
            .and_then(|loaded| loaded.agreement.content().clause(route.clause));
        let standing = Standing {
            known: loaded.is_some(),
            clause: stands(clause.as_deref()),
            ruleset_ok: clause.as_ref().is_some_and(|facts| facts.ruleset_ok),
            in_term: loaded.as_ref().is_some_and(|loaded| loaded.in_term(now)),
        };
        let rules = &self.parts.rules;
        let input = input(rules, &asked, route, header, standing, now);
        let mut stands_on = vec![
            (Row::Ruleset, ruleset),
            (Row::Directory, directory),
            (Row::Agreement(route.agreement.clone()), revision),
        ];
        stands_on.extend(beside.rows);
        let until = permit_end(header, now);
        let until = beside.until.map_or(until, |end| until.min(end));
        let ground = Ground {
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
        };
        let under = Under {
            clause,
            signed_for: terms.map(|clause| &clause.purposes),
            identity_sealed: terms.is_some_and(|clause| clause.identity_sealed),
            box_hours: terms.map_or(0, Clause::box_hours),
            definition: catalogue.signal_type(&header.signal_type),
            signal_type: self.type_facts(&header.signal_type),
            ground,
        };
        let Answered {
            verdict,
            granted,
            withheld,
            bytes,
            input,
        } = answer(rules, &input, under);
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
            break_glass: terms.and_then(|clause| clause.break_glass.clone()),
            bytes,
            input,
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
        let known = self.types.get(code).cloned();
        known.unwrap_or_else(|| Arc::new(unknown_type(code)))
    }
}

/// All that a decision is made of, beside the rules that it names: what is not here may not sway it, or
/// it could not be made again.
fn input(
    rules: &Rules,
    asking: &Asked,
    route: &Towards<'_>,
    header: &Header,
    standing: Standing,
    now: Millis,
) -> DecisionInput {
    let subjects = header.subjects.iter().map(|subject| InputSubject {
        role: subject.role.clone(),
        kind: subject.kind,
        identity_sealed: subject.identity_sealed,
    });
    DecisionInput {
        asked: asked(asking.action),
        decided_at: now,
        source: route.source,
        recipient: route.recipient,
        desk: route.desk.clone(),
        agreement: route.agreement.clone(),
        clause: route.clause.clone(),
        region: header.region.clone(),
        purpose: header.purpose.clone(),
        signal_type: header.signal_type.clone(),
        offered: header.fields.clone(),
        subjects: subjects.collect(),
        regime: header.regime,
        wpg_article: header.wpg_article,
        onward_basis: header.onward_basis.clone(),
        source_shield: header.source_shield,
        restriction: header.restriction,
        restricted_theme: header.restricted_theme,
        second_approval: asking.responsible.second_approval,
        acting_person: asking.responsible.acting_person,
        decided_by: asking.responsible.decided_by,
        received: asking.received,
        machine_answer: asking.machine_answer,
        over_budget: !asking.within_budget,
        consent: asking.consent,
        break_glass: glass(header, asking.responsible.sent, now),
        standing,
        catalogue_hash: rules.catalogue.hash(),
        policy_hash: rules.policy.hash(),
    }
}

/// Of a break-glass: its call, its time box, and when it was sent, which may be earlier than `now`.
fn glass(header: &Header, sent: Option<Millis>, now: Millis) -> Option<InputBreakGlass> {
    let glass = header.break_glass.as_ref()?;
    Some(InputBreakGlass {
        called_at: glass.call.as_ref().map(|call| call.at),
        until: glass.until,
        sent_at: sent.unwrap_or(now),
    })
}

/// An answer, as it is told and kept.
struct Answered {
    verdict: Verdict,
    granted: BTreeSet<FieldPath>,
    withheld: BTreeSet<FieldPath>,
    /// `Decision`.
    bytes: Vec<u8>,
    /// `DecisionInput`.
    input: Vec<u8>,
}

/// Puts the question to the law, and writes down the answer with what it was made of.
fn answer(rules: &Rules, input: &DecisionInput, under: Under<'_>) -> Answered {
    let Laid {
        facts,
        granted,
        withheld,
    } = lay(input, under);
    let verdict = rules.policy.decide(&facts);
    let input = input.encode();
    let decision = decision(&facts, &verdict, &withheld, &input);
    Answered {
        verdict,
        granted,
        withheld,
        bytes: decision.encode_to_vec(),
        input,
    }
}

/// Until when a permit decided at `now` stands at most: one for a break-glass ends with its time box.
fn permit_end(header: &Header, now: Millis) -> Millis {
    let until = now.plus(PERMIT_MS);
    let glass = header.break_glass.as_ref();
    glass.map_or(until, |glass| until.min(glass.until))
}

#[cfg(test)]
mod tests;
