//! Which agreement may take another's place, from when, and that one of a chain decides at any moment.

use super::steps::{NOW, PARTIES, proposal, standing, step};
use super::*;
use seinhuis_types::{Coded, ErrorCode, Millis, Oin};

/// The next version of `of`, in force from `not_before` (seconds).
pub(crate) fn version(of: &Agreement, number: u32, not_before: u64) -> Agreement {
    let mut next = value();
    next["version"] = json!(number);
    next["replaces"] = json!(of.hash().as_str());
    next["validity"]["not_before"] = json!(not_before);
    Agreement::propose(&bytes(&next)).unwrap()
}

pub(crate) fn accepted(mut agreement: Agreement, now: Millis) -> Agreement {
    for oin in PARTIES {
        let step = step(&agreement, oin, StepKind::Accept, now.seconds());
        agreement.apply(step, now).unwrap();
    }
    agreement
}

pub(crate) fn in_force(agreement: &Agreement, now: Millis) -> bool {
    standing(agreement, "report", now).in_force()
}

#[test]
fn a_valid_successor_ends_the_old_one_at_once() {
    let mut old = accepted(proposal(), NOW);
    let next = accepted(version(&old, 2, 2_000_000), NOW);
    let later = NOW.plus(Millis::HOUR);
    assert!(in_force(&old, later));
    let replaced = next.replace(&mut old, later).unwrap();
    assert_eq!((&replaced.by, replaced.from), (next.hash(), later));
    assert_eq!(old.state_at(later), State::Ended);
    assert_eq!(standing(&old, "report", later).state, ClauseState::Replaced);
    assert!(!in_force(&old, later) && in_force(&next, later));
    for kind in [StepKind::Suspend, StepKind::Leave] {
        let late = step(&old, POLICE, kind, later.seconds());
        let state = State::Ended;
        let wrong = StepError::WrongState { kind, state };
        assert_eq!(old.apply(late, later), Err(wrong));
    }
}

#[test]
fn a_successor_that_begins_later_leaves_no_gap_and_no_overlap() {
    let mut old = accepted(proposal(), NOW);
    let begins = NOW.seconds() + 86_400;
    let next = accepted(version(&old, 2, begins), NOW);
    let replaced = next.replace(&mut old, NOW).unwrap();
    assert_eq!(replaced.from, Millis(begins * 1000));
    for (now, decides) in [
        (NOW, &old),
        (Millis(begins * 1000 - 1), &old),
        (Millis(begins * 1000), &next),
    ] {
        for agreement in [&old, &next] {
            assert_eq!(in_force(agreement, now), agreement.hash() == decides.hash());
        }
    }
    // Until then the parties of the old one may still stop it.
    let stop = step(&old, POLICE, StepKind::Suspend, NOW.seconds() + 1);
    assert_eq!(old.apply(stop, NOW.plus(1_000)), Ok(State::Suspended));
    assert_eq!(old.state_at(replaced.from), State::Ended);
}

#[test]
fn what_may_not_be_replaced_stays() {
    let old = accepted(proposal(), NOW);
    let good = accepted(version(&old, 2, 2_000_000), NOW);
    let refuse = |next: &Agreement, old: &Agreement, code| {
        let mut changed = old.clone();
        let refused = next.replace(&mut changed, NOW).unwrap_err();
        assert_eq!((refused.code(), &changed), (code, old), "{refused}");
        refused
    };
    // Another's successor, and one that nobody made.
    let other = accepted(version(&good, 3, 2_000_000), NOW);
    refuse(&other, &old, ErrorCode::AgreementInvalid);
    refuse(&old, &old, ErrorCode::AgreementInvalid);
    // Not valid itself yet.
    let open = version(&old, 2, 2_000_000);
    refuse(&open, &old, ErrorCode::AgreementStateConflict);
    // What never came into force.
    let never = proposal();
    let told = refuse(
        &version(&never, 2, 2_000_000),
        &never,
        ErrorCode::AgreementStateConflict,
    );
    assert_eq!(told, SuccessionError::NeverInForce(State::Proposed));
    // Versions that do not go up.
    let same = accepted(version(&old, 1, 2_000_000), NOW);
    refuse(&same, &old, ErrorCode::AgreementInvalid);
    // A second successor.
    let mut ended = old.clone();
    good.replace(&mut ended, NOW).unwrap();
    let second = accepted(version(&old, 3, 2_000_000), NOW);
    let told = refuse(&second, &ended, ErrorCode::AgreementStateConflict);
    assert_eq!(told, SuccessionError::ReplacedBefore(good.hash().clone()));
}

#[test]
fn no_party_loses_its_place_by_a_version_it_did_not_sign() {
    let old = accepted(proposal(), NOW);
    let mut fewer = value();
    fewer["version"] = json!(2);
    fewer["replaces"] = json!(old.hash().as_str());
    let gone: Oin = PROSECUTION.parse().unwrap();
    for list in ["parties", "fg_advice"] {
        let list = fewer[list].as_array_mut().unwrap();
        list.retain(|item| item["oin"] != PROSECUTION);
    }
    fewer["clauses"].as_array_mut().unwrap().pop();
    let next = Agreement::propose(&bytes(&fewer)).unwrap();
    assert_eq!(
        next.may_replace(&old),
        Err(SuccessionError::PartyMissing(gone))
    );
    // Whoever left needs no place.
    let mut left = old.clone();
    let leave = step(&old, PROSECUTION, StepKind::Leave, NOW.seconds() + 1);
    left.apply(leave, NOW.plus(1_000)).unwrap();
    assert_eq!(next.may_replace(&left), Ok(()));
}

#[test]
fn a_proposal_that_nobody_answers_lapses() {
    let open = proposal().proposed_at(NOW);
    let by = open.answer_by().unwrap();
    assert_eq!(by, NOW.plus(PROPOSAL_DAYS * Millis::DAY));
    let accept = |agreement: &mut Agreement, now: Millis| {
        let step = step(agreement, POLICE, StepKind::Accept, now.seconds());
        agreement.apply(step, now)
    };
    assert_eq!(open.state_at(by.minus(1)), State::Proposed);
    assert_eq!(accept(&mut open.clone(), by.minus(1)), Ok(State::Proposed));
    assert_eq!(open.state_at(by), State::Rejected);
    assert_eq!(accept(&mut open.clone(), by), Err(StepError::Lapsed));
    assert_eq!(standing(&open, "report", by).state, ClauseState::Rejected);
    // No longer than its term; and what was accepted by all does not lapse.
    let end = open.content().validity.end();
    let late = proposal().proposed_at(end.minus(5));
    assert_eq!(late.answer_by(), Some(end));
    assert_eq!(accept(&mut late.clone(), end), Err(StepError::TermOver));
    let valid = accepted(open, NOW);
    assert_eq!(valid.state_at(by), State::Valid);
}

#[test]
fn who_acts_as_administrator_does_not_act_as_privacy_officer() {
    let mut agreement = proposal();
    let function = |code: &str| Some(code.parse().unwrap());
    let by = |initiator: (&str, &str), approver: (&str, &str), kind, at: u64| {
        let mut step = step(&proposal(), POLICE, kind, NOW.seconds() + at);
        step.claims.initiator = PersonRef::parse(initiator.0).unwrap();
        step.claims.initiator_function = function(initiator.1);
        step.claims.approver = PersonRef::parse(approver.0).unwrap();
        step.claims.approver_function = function(approver.1);
        step
    };
    let now = NOW.plus(Millis::HOUR);
    let first = by(("p-1", "administrator"), ("p-2", "fg"), StepKind::Accept, 0);
    agreement.apply(first, now).unwrap();
    for oin in [PROSECUTION, SAFE_HOME] {
        let step = step(&agreement, oin, StepKind::Accept, NOW.seconds());
        agreement.apply(step, now).unwrap();
    }
    for (initiator, approver) in [
        (("P-2", "administrator"), ("p-3", "fg")),
        (("p-3", "fg"), ("p-2", "administrator")),
        (("p-1", "fg"), ("p-3", "administrator")),
    ] {
        let mixed = by(initiator, approver, StepKind::Suspend, 9);
        let refused = agreement.apply(mixed, now).unwrap_err();
        assert_eq!(refused, StepError::FunctionsCombined);
        assert_eq!(refused.code(), ErrorCode::FunctionsCombined);
    }
    // Another function of the same person is its employer's business; another party's people are
    // others, whatever they are called.
    let same = by(("p-1", "director"), ("p-2", "fg"), StepKind::Suspend, 9);
    assert_eq!(agreement.clone().apply(same, now), Ok(State::Suspended));
    let mut elsewhere = by(
        ("p-2", "administrator"),
        ("p-1", "fg"),
        StepKind::Suspend,
        9,
    );
    elsewhere.oin = SAFE_HOME.parse().unwrap();
    assert_eq!(agreement.apply(elsewhere, now), Ok(State::Suspended));
}

#[test]
fn a_reason_is_one_of_its_step_and_needed_where_others_are_stopped() {
    let claims = |kind: &str, reason: Option<&str>| {
        let mut payload = json!({ "agreement_content_hash": proposal().hash().as_str(), "type": kind,
            "signed_at": 1, "initiator": "p-1", "approver": "p-2" });
        if let Some(reason) = reason {
            payload["reason"] = json!(reason);
        }
        StepClaims::parse(&bytes(&payload))
    };
    for reason in StepReason::ALL {
        let good = claims(reason.kind().as_str(), Some(reason.as_str())).unwrap();
        assert_eq!((good.reason, good.complete()), (Some(*reason), Ok(())));
        assert!(!reason.nl().is_empty() && !reason.en().is_empty());
        assert_eq!(StepReason::parse(reason.as_str()), Some(*reason));
        for kind in StepKind::ALL
            .into_iter()
            .filter(|kind| *kind != reason.kind())
        {
            let refused = claims(kind.as_str(), Some(reason.as_str())).unwrap_err();
            assert!(
                matches!(refused, StepError::OtherReason { .. }),
                "{refused}"
            );
        }
    }
    for kind in StepKind::ALL {
        let none = claims(kind.as_str(), None).unwrap();
        let needed = matches!(kind, StepKind::Suspend | StepKind::Resume);
        assert_eq!(none.complete().is_err(), needed, "{kind:?}");
    }
    let unknown = claims("suspend", Some("because")).unwrap_err();
    assert!(matches!(unknown, StepError::Form(_)), "{unknown}");
}

#[test]
fn a_change_of_law_makes_its_attestations_void() {
    let agreement = proposal();
    let report = &agreement.content().clauses[0];
    assert_eq!(report.void_attestations(catalogue()), []);
    let text = include_str!("catalogue.toml");
    let basis = &report.basis.provide[0].code;
    let changed = text.replace("2025-07-01", "2026-10-01");
    let load = |text: String| Catalogue::load(&[("c.toml".to_owned(), text)]).unwrap();
    let void = report.void_attestations(&load(changed));
    assert_eq!(void.len(), 1, "{void:?}");
    assert_eq!(&void[0].basis, basis);
    assert_eq!(void[0].in_force_since.as_deref(), Some("2026-10-01"));
    // Of a clause on other laws nothing changed.
    let release = &agreement.content().clauses[2];
    let changed = load(text.replace("2025-07-01", "2026-10-01"));
    assert_eq!(release.void_attestations(&changed), []);
}
