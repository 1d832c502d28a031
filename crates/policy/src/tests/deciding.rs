//! What a decision gives, and that anything going wrong inside is a refusal.

use super::shipped;
use crate::{Action, ClauseState, EngineError, Facts, Refusal, Verdict, minimise};
use cedar_policy::{PolicySet, Schema};
use seinhuis_types::{FieldPath, RefusalReason, Revision};
use std::collections::BTreeSet;
use std::sync::Arc;

fn refused(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refusal(refusal) => refusal,
        Verdict::Permit(permit) => panic!("permitted: {permit:?}"),
    }
}

fn reasons(verdict: Verdict) -> Vec<RefusalReason> {
    refused(verdict)
        .reasons
        .iter()
        .map(|told| told.reason)
        .collect()
}

fn fields(names: &[&str]) -> BTreeSet<FieldPath> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn policies(text: &str) -> PolicySet {
    text.parse().unwrap()
}

#[test]
fn a_permit_names_what_it_stands_on() {
    let shipped = shipped();
    let facts = Facts {
        action: Action::Release,
        ..shipped.facts()
    };
    let Verdict::Permit(permit) = shipped.engine().decide(&facts) else {
        panic!("refused")
    };
    let clause = facts.clause.as_ref().unwrap();
    assert_eq!(permit.action(), Action::Release);
    assert_eq!(
        (permit.from(), permit.to(), permit.desk()),
        (
            &facts.envelope.from,
            &facts.envelope.to,
            &facts.envelope.desk
        )
    );
    assert_eq!(permit.signal_type(), &facts.signal_type.code);
    assert_eq!(permit.agreement(), &facts.ground.agreement);
    assert_eq!(permit.clause(), &facts.ground.clause);
    assert_eq!(permit.purpose(), &facts.envelope.purpose);
    assert_eq!(permit.basis_provide(), &clause.basis.provide);
    assert_eq!(permit.basis_receive(), &clause.basis.receive);
    assert_eq!(permit.basis_special(), &clause.basis.special);
    assert_eq!(permit.granted(), &facts.envelope.granted);
    assert_eq!(permit.ruleset_root(), &facts.ground.ruleset_root);
    assert_eq!(permit.revisions(), facts.ground.revisions);
    assert_eq!(permit.valid_until(), facts.ground.valid_until);
}

#[test]
fn a_basis_for_special_data_is_named_only_when_there_are_any() {
    let shipped = shipped();
    let mut facts = shipped.facts();
    facts.envelope.special.clear();
    let Verdict::Permit(permit) = shipped.engine().decide(&facts) else {
        panic!("refused")
    };
    assert!(permit.basis_special().is_empty());
}

#[test]
fn a_refusal_brings_law_and_remedy_in_both_languages() {
    let shipped = shipped();
    let mut facts = shipped.facts();
    facts.envelope.wpg_article = Some(crate::WpgArticle::Art12);
    let refusal = refused(shipped.engine().decide(&facts));
    let told = &refusal.reasons[0];
    assert_eq!(told.reason, RefusalReason::WpgArticleNotShared);
    assert_eq!(&*told.law, "Bpg 4:2(1), 4:5(2)");
    assert!(told.text_nl.contains("Politiegegevens") && told.text_en.contains("Police data"));
    assert!(told.remedy_nl.contains("nooit") && told.remedy_en.contains("never"));
    assert_eq!(refusal.error, None);
}

#[test]
fn a_policy_that_errs_is_a_refusal_although_cedar_would_allow() {
    let shipped = shipped();
    let open = "permit (principal, action, resource);
        forbid (principal, action, resource) when { context.nothing };";
    let engine = shipped.engine().with_policies(policies(open));
    let refusal = refused(engine.decide(&shipped.facts()));
    assert_eq!(refusal.reasons[0].reason, RefusalReason::PolicyError);
    assert!(matches!(refusal.error, Some(EngineError::Evaluation(_))));
}

#[test]
fn a_refusal_without_a_named_condition_is_a_policy_error() {
    let shipped = shipped();
    let engine = shipped.engine().with_policies(policies(""));
    let refusal = refused(engine.decide(&shipped.facts()));
    assert_eq!(refusal.reasons[0].reason, RefusalReason::PolicyError);
    assert_eq!(refusal.error, Some(EngineError::Unexplained));
}

#[test]
fn no_permit_is_made_without_a_clause() {
    let shipped = shipped();
    let engine = shipped
        .engine()
        .with_policies(policies("permit (principal, action, resource);"));
    let facts = Facts {
        clause: None,
        ..shipped.facts()
    };
    assert_eq!(
        refused(engine.decide(&facts)).error,
        Some(EngineError::NoClause)
    );
}

#[test]
fn a_clause_the_schema_does_not_take_is_a_policy_error() {
    let shipped = shipped();
    let text = shipped
        .schema
        .replace("ruleset_ok: Bool", "ruleset_ok: Long");
    let schema = Schema::from_cedarschema_str(&text).unwrap().0;
    let refusal = refused(
        shipped
            .engine()
            .with_schema(schema)
            .decide(&shipped.facts()),
    );
    assert_eq!(refusal.reasons[0].reason, RefusalReason::PolicyError);
    assert!(matches!(refusal.error, Some(EngineError::Entities(_))));
}

#[test]
fn facts_a_condition_cannot_read_are_a_policy_error() {
    let shipped = shipped();
    let open = "permit (principal, action, resource);
        forbid (principal, action, resource) when { context.subjects.contains(1) };";
    let engine = shipped.engine().with_policies(policies(open));
    assert_eq!(
        reasons(engine.decide(&shipped.facts())),
        [RefusalReason::PolicyError]
    );
}

#[test]
fn rectifying_outlives_the_agreement_and_goes_to_who_received_alone() {
    let shipped = shipped();
    let engine = shipped.engine();
    let facts = Facts {
        action: Action::Rectify,
        ..shipped.facts()
    };
    for state in [
        ClauseState::Valid,
        ClauseState::Suspended,
        ClauseState::Ended,
    ] {
        let mut late = facts.clone();
        let clause = Arc::make_mut(late.clause.as_mut().unwrap());
        (clause.state, clause.ruleset_ok) = (state, false);
        late.envelope.now_valid = false;
        let Verdict::Permit(permit) = engine.decide(&late) else {
            panic!("{state:?}")
        };
        let clause = facts.clause.as_ref().unwrap();
        let rectify: seinhuis_types::BasisCode = "RECTIFY".parse().unwrap();
        for (told, once) in [
            (permit.basis_provide(), &clause.basis.provide),
            (permit.basis_receive(), &clause.basis.receive),
        ] {
            assert!(told.contains(&rectify) && told.is_superset(once));
            assert_eq!(told.len(), once.len() + 1);
        }
        late.envelope.received = false;
        assert_eq!(
            reasons(engine.decide(&late)),
            [RefusalReason::NotReceived],
            "{state:?}"
        );
        late.action = Action::Release;
        assert!(matches!(engine.decide(&late), Verdict::Refusal(_)));
    }
}

/// What was kept of one question does not answer the other.
#[test]
fn each_question_has_its_own_conditions() {
    let shipped = shipped();
    let engine = shipped.engine();
    let mut facts = shipped.facts();
    facts.envelope.received = false;
    assert!(matches!(engine.decide(&facts), Verdict::Permit(_)));
    facts.action = Action::Rectify;
    assert_eq!(reasons(engine.decide(&facts)), [RefusalReason::NotReceived]);
}

#[test]
fn what_was_kept_of_a_clause_is_not_used_for_other_facts() {
    let shipped = shipped();
    let engine = shipped.engine();
    let mut facts = shipped.facts();
    assert!(matches!(engine.decide(&facts), Verdict::Permit(_)));
    // Same agreement, clause, revision and ruleset; only what was read differs.
    Arc::make_mut(facts.clause.as_mut().unwrap()).ruleset_ok = false;
    assert_eq!(
        reasons(engine.decide(&facts)),
        [RefusalReason::RulesetMismatch]
    );
    let mut facts = shipped.facts();
    Arc::make_mut(&mut facts.signal_type).max_subjects = 1;
    assert_eq!(
        reasons(engine.decide(&facts)),
        [RefusalReason::TooManySubjects]
    );
    assert!(matches!(
        engine.decide(&shipped.facts()),
        Verdict::Permit(_)
    ));
}

#[test]
fn names_of_unknown_clauses_do_not_fill_the_store() {
    let shipped = shipped();
    let engine = shipped.engine();
    let before = engine.slices();
    for n in 0..50 {
        let mut facts = Facts {
            clause: None,
            ..shipped.facts()
        };
        facts.ground.clause = format!("no-such-{n}").parse().unwrap();
        assert_eq!(
            reasons(engine.decide(&facts)),
            [RefusalReason::AgreementNotValid]
        );
    }
    assert_eq!(engine.slices(), before + 1);
}

#[test]
fn what_is_kept_is_bounded() {
    let shipped = shipped();
    let engine = shipped.engine();
    let mut facts = shipped.facts();
    for n in 0..1_100 {
        facts.ground.clause_revision = Revision(n);
        assert!(matches!(engine.decide(&facts), Verdict::Permit(_)));
    }
    assert!(engine.slices() <= 1_024);
}

#[test]
fn fields_outside_clause_or_type_are_withheld() {
    let mut facts = shipped().facts();
    // `arrested` is in the type only, `weapon` from here on in the clause only, `address` in neither.
    let of_type = Arc::make_mut(&mut facts.signal_type);
    of_type.fields.remove("weapon");
    let offered = fields(&["nature", "arrested", "severity", "weapon", "address"]);
    let clause = facts.clause.as_deref();
    let (granted, withheld) = minimise(&offered, clause, &facts.signal_type);
    assert_eq!(granted, fields(&["nature", "severity"]));
    assert_eq!(withheld, fields(&["arrested", "weapon", "address"]));
    let (granted, withheld) = minimise(&offered, None, &facts.signal_type);
    assert!(granted.is_empty());
    assert_eq!(withheld, offered);
}
