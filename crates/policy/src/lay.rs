//! From what is recorded of a question to the facts that the engine is asked: the one way in which
//! both the hub, when it decides, and whoever replays a decision make them.
//!
//! Owns: what a clause grants of a type, the law's view of a type, and how an envelope is cut to both.
//! Must not know: where content, catalogue and input come from, revisions, any moment.

use crate::facts::{Bases, ClauseFacts, EnvelopeFacts, Facts, Ground, TypeFacts, minimise};
use crate::words::{
    Action, ClauseState, Consent, IdKind, Mode, Regime, Restriction, Shield, WpgArticle,
};
use seinhuis_domain::agreement::{self, AttestedBasis, Clause, Content, InformedBy};
use seinhuis_domain::catalogue::{Catalogue, TypeDef};
use seinhuis_domain::decision::{Asked, CitedConsent, DecisionInput};
use seinhuis_domain::question::is_asked;
use seinhuis_domain::signal::{self, required_special};
use seinhuis_types::{BasisCode, CodeValue, Desk, FieldPath, PurposeCode, SignalType};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rules that an input is laid before.
#[derive(Debug, Clone)]
pub struct Under<'a> {
    /// The clause as it stands, with what it grants of the type; none that is known.
    pub clause: Option<Arc<ClauseFacts>>,
    /// The purposes of the clause as it was signed; none of a clause that is not known.
    pub signed_for: Option<&'a BTreeSet<PurposeCode>>,
    /// Whether the clause lets the recipient know who the people are.
    pub identity_sealed: bool,
    /// The longest time box the clause allows a break-glass, in hours; 0 when it allows none.
    pub box_hours: u8,
    /// The type, if the catalogue has it.
    pub definition: Option<&'a TypeDef>,
    /// The law's view of the type.
    pub signal_type: Arc<TypeFacts>,
    /// What the decision stands on.
    pub ground: Ground,
}

/// A question, ready to be asked.
#[derive(Debug, Clone)]
pub struct Laid {
    /// What the engine is asked.
    pub facts: Facts,
    /// The fields that would leave.
    pub granted: BTreeSet<FieldPath>,
    /// What was offered and would not leave, identities too.
    pub withheld: BTreeSet<FieldPath>,
}

/// Cuts what is offered to clause and type, and puts the question.
pub fn lay(input: &DecisionInput, under: Under<'_>) -> Laid {
    let clause = match under.definition {
        Some(_) => under.clause,
        None => under.clause.map(|facts| out_of_catalogue(&facts)),
    };
    let clause = match (input.asked, under.signed_for) {
        (Asked::Rectify, Some(purposes)) => clause.map(|facts| for_all_of(facts, purposes)),
        _ => clause,
    };
    let (granted, mut withheld) = minimise(&input.offered, clause.as_deref(), &under.signal_type);
    if !under.identity_sealed {
        withheld.extend(sealed_identities(input));
    }
    let special = under
        .definition
        .map(|definition| required_special(definition, &granted))
        .unwrap_or_default();
    let facts = Facts {
        action: action(input.asked),
        clause,
        signal_type: under.signal_type,
        envelope: envelope(input, &granted, special, under.box_hours),
        ground: under.ground,
    };
    Laid {
        facts,
        granted,
        withheld,
    }
}

/// A clause for a type that left the catalogue since the signal was sent: its agreement was signed on
/// another one.
fn out_of_catalogue(facts: &ClauseFacts) -> Arc<ClauseFacts> {
    Arc::new(ClauseFacts {
        ruleset_ok: false,
        ..facts.clone()
    })
}

/// A clause for telling those who received: a catalogue that no longer has the type for the purpose for which it
/// was sent takes nothing from that duty.
fn for_all_of(facts: Arc<ClauseFacts>, purposes: &BTreeSet<PurposeCode>) -> Arc<ClauseFacts> {
    if facts.purposes == *purposes {
        return facts;
    }
    Arc::new(ClauseFacts {
        purposes: purposes.clone(),
        ..(*facts).clone()
    })
}

/// The identities an envelope offers: they leave only under a clause that lets the recipient know who
/// the person is.
fn sealed_identities(input: &DecisionInput) -> impl Iterator<Item = FieldPath> {
    let subjects = input.subjects.iter().enumerate();
    subjects
        .filter(|(_, subject)| subject.identity_sealed)
        .map(|(ordinal, _)| FieldPath::identity(ordinal))
}

fn envelope(
    input: &DecisionInput,
    granted: &BTreeSet<FieldPath>,
    special: BTreeSet<&'static str>,
    box_hours: u8,
) -> EnvelopeFacts {
    let glass = input.break_glass.as_ref();
    let glass = glass.map(|glass| glass.standing(input.decided_at, box_hours));
    let glass = glass.unwrap_or_default();
    let subjects = || input.subjects.iter();
    EnvelopeFacts {
        from: input.source,
        to: input.recipient,
        desk: input.desk.clone(),
        region: input.region.clone(),
        mode: if is_asked(&input.signal_type) {
            Mode::Ask
        } else {
            Mode::Push
        },
        purpose: input.purpose.clone(),
        granted: granted.clone(),
        roles: subjects().map(|subject| subject.role.clone()).collect(),
        subjects: u32::try_from(input.subjects.len()).unwrap_or(u32::MAX),
        id_kinds: subjects().map(|subject| id_kind(subject.kind)).collect(),
        special: special
            .into_iter()
            .filter_map(|mark| CodeValue::parse(mark).ok())
            .collect(),
        regime: regime(input.regime),
        wpg_article: input.wpg_article.map(wpg),
        onward_basis: input.onward_basis.iter().cloned().collect(),
        source_shield: shield(input.source_shield),
        restriction: restriction(input.restriction),
        restricted_theme: input.restricted_theme,
        second_approval: input.second_approval,
        acting_person: input.acting_person,
        decided_by: input.decided_by,
        now_valid: input.standing.in_term,
        received: input.received,
        machine_answer: input.machine_answer,
        within_budget: !input.over_budget,
        consent: consent(input.consent),
        break_glass: glass.used,
        called: glass.called,
        call_recent: glass.call_recent,
        box_short: glass.box_short,
        box_open: glass.box_open,
    }
}

/// A type of the catalogue as the law asks about it.
pub fn type_facts(definition: &TypeDef) -> TypeFacts {
    TypeFacts {
        code: definition.code.clone(),
        fields: definition.fields.keys().cloned().collect(),
        minimum: definition.minimum.clone(),
        subject_roles: definition.subject_roles.keys().cloned().collect(),
        max_subjects: u32::try_from(definition.max_subjects).unwrap_or(u32::MAX),
        restricted: definition.restricted,
    }
}

/// The law's view of a type that is not in the catalogue: it allows nothing.
pub fn unknown_type(code: &SignalType) -> TypeFacts {
    TypeFacts {
        code: code.clone(),
        fields: BTreeSet::new(),
        minimum: BTreeSet::new(),
        subject_roles: BTreeSet::new(),
        max_subjects: 0,
        restricted: false,
    }
}

/// What a clause of `content` grants of a type. How it stands is not in its content: here it has ended.
pub fn clause_facts(
    content: &Content,
    clause: &Clause,
    signal_type: &SignalType,
    catalogue: &Catalogue,
) -> ClauseFacts {
    let codes = |bases: &[AttestedBasis]| {
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
    // A type that is not in the catalogue goes nowhere, whatever for: see `out_of_catalogue`.
    let purposes = catalogue.signal_type(signal_type).map_or_else(
        || clause.purposes.clone(),
        |definition| content.served(clause, definition),
    );
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
        attested: clause.void_attestations(catalogue).is_empty(),
        from: clause.from,
        to: clause.to,
        regions: clause.regions.clone(),
        mode: match clause.mode {
            agreement::Mode::Push => Mode::Push,
            agreement::Mode::Ask => Mode::Ask,
        },
        purposes,
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
        consent: clause.consent == agreement::ConsentRule::Needed,
        break_glass: clause.break_glass.is_some(),
        restricted_desks: restricted_desks(content, clause),
        informs: matches!(clause.inform.by, InformedBy::To | InformedBy::Both),
    }
}

/// The recipient's desks that the agreement marks as restricted.
fn restricted_desks(content: &Content, clause: &Clause) -> BTreeSet<Desk> {
    let party = content.party(&clause.to);
    party.map_or_else(BTreeSet::new, |party| party.restricted_desks.clone())
}

/// The policy set's word for what is to be done.
pub fn action(asked: Asked) -> Action {
    match asked {
        Asked::Publish => Action::Publish,
        Asked::Release => Action::Release,
        Asked::Rectify => Action::Rectify,
        Asked::Ask => Action::Ask,
        Asked::Answer => Action::Answer,
    }
}

/// What is to be done, as an input has it.
pub fn asked(action: Action) -> Asked {
    match action {
        Action::Publish => Asked::Publish,
        Action::Release => Asked::Release,
        Action::Rectify => Asked::Rectify,
        Action::Ask => Asked::Ask,
        Action::Answer => Asked::Answer,
    }
}

/// The policy set's word for what there is of the consent that is cited.
fn consent(cited: CitedConsent) -> Consent {
    match cited {
        CitedConsent::None => Consent::None,
        CitedConsent::Stands => Consent::Stands,
        CitedConsent::Expired => Consent::Expired,
        CitedConsent::Fails => Consent::Fails,
    }
}

/// The policy set's word for how a clause stands; none for a clause that is not there.
pub fn state(found: agreement::ClauseState) -> Option<ClauseState> {
    use agreement::ClauseState as Found;
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

/// How a clause stands, as an input has it.
pub fn stands(clause: Option<&ClauseFacts>) -> agreement::ClauseState {
    use agreement::ClauseState as Found;
    match clause.map(|facts| facts.state) {
        None => Found::None,
        Some(ClauseState::Proposed) => Found::Proposed,
        Some(ClauseState::Valid) => Found::Valid,
        Some(ClauseState::Suspended) => Found::Suspended,
        Some(ClauseState::Ended) => Found::Ended,
        Some(ClauseState::Rejected) => Found::Rejected,
        Some(ClauseState::Replaced) => Found::Replaced,
    }
}

/// The policy set's word for a kind of identifier.
pub fn id_kind(kind: signal::IdKind) -> IdKind {
    match kind {
        signal::IdKind::Number => IdKind::Number,
        signal::IdKind::Skn => IdKind::Skn,
        signal::IdKind::Own => IdKind::Own,
    }
}

/// The policy set's word for what the source hides.
fn shield(found: signal::SourceShield) -> Shield {
    match found {
        signal::SourceShield::None => Shield::None,
        signal::SourceShield::Origin => Shield::Origin,
        signal::SourceShield::Existence => Shield::Existence,
    }
}

/// The policy set's word for a restriction.
fn restriction(found: signal::Restriction) -> Restriction {
    use signal::Restriction as Found;
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
pub fn regime(found: signal::Regime) -> Regime {
    match found {
        signal::Regime::Wpg => Regime::Wpg,
        signal::Regime::Wjsg => Regime::Wjsg,
        signal::Regime::Avg => Regime::Avg,
    }
}

/// The policy set's word for an article of the Wpg.
pub fn wpg(article: signal::WpgArticle) -> WpgArticle {
    use signal::WpgArticle as Article;
    match article {
        Article::Art8 => WpgArticle::Art8,
        Article::Art13Lid1 => WpgArticle::Art13Lid1,
        Article::Art9 => WpgArticle::Art9,
        Article::Art10 => WpgArticle::Art10,
        Article::Art10Lid1B => WpgArticle::Art10Lid1B,
        Article::Art12 => WpgArticle::Art12,
    }
}
