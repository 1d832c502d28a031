//! The states and steps, by example.

use super::*;
use seinhuis_types::{ClauseId, Coded, ErrorCode, Millis, Oin};
use std::sync::Arc;

pub(crate) const NOW: Millis = Millis(3_000_000_000);
pub(crate) const PARTIES: [&str; 3] = [POLICE, PROSECUTION, SAFE_HOME];

pub(crate) fn proposal() -> Agreement {
    Agreement::propose(&bytes(&value())).unwrap()
}

pub(crate) fn step(
    agreement: &Agreement,
    oin: &str,
    kind: StepKind,
    signed_at: u64,
) -> VerifiedStep {
    VerifiedStep {
        oin: oin.parse().unwrap(),
        certificate_not_after: Millis(u64::MAX),
        claims: StepClaims {
            hash: agreement.hash().clone(),
            kind,
            signed_at: UnixSeconds(signed_at),
            initiator: PersonRef::parse("p-1").unwrap(),
            approver: PersonRef::parse("p-2").unwrap(),
            initiator_function: None,
            approver_function: None,
            reason: None,
        },
    }
}

/// Takes steps one second after another.
fn take(agreement: &mut Agreement, oin: &str, kind: StepKind) -> Result<State, StepError> {
    let second = NOW.seconds() + agreement.steps().len() as u64;
    let step = step(agreement, oin, kind, second);
    agreement.apply(step, Millis(second * 1000))
}

fn valid() -> Agreement {
    let mut agreement = proposal();
    for (oin, state) in PARTIES
        .iter()
        .zip([State::Proposed, State::Proposed, State::Valid])
    {
        assert_eq!(take(&mut agreement, oin, StepKind::Accept), Ok(state));
    }
    agreement
}

fn window(agreement: &Agreement) -> RulesetWindow {
    let content = agreement.content();
    let current = RulesetHashes {
        catalogue: content.catalogue_hash,
        policy: content.policy_hash,
    };
    RulesetWindow {
        current,
        previous: None,
    }
}

pub(crate) fn standing(agreement: &Agreement, clause: &str, now: Millis) -> ClauseFacts {
    let id: ClauseId = clause.parse().unwrap();
    agreement.clause_state(&id, now, &window(agreement))
}

fn wrong(kind: StepKind, state: State) -> Result<State, StepError> {
    Err(StepError::WrongState { kind, state })
}

#[test]
fn the_last_accept_makes_it_valid() {
    let agreement = valid();
    let facts = standing(&agreement, "report", NOW);
    assert_eq!(facts.state, ClauseState::Valid);
    assert!(facts.in_force());
    assert_eq!(agreement.bytes(), bytes(&value()));
}

#[test]
fn a_proposal_sends_nothing() {
    let mut agreement = proposal();
    take(&mut agreement, POLICE, StepKind::Accept).unwrap();
    take(&mut agreement, SAFE_HOME, StepKind::Accept).unwrap();
    let facts = standing(&agreement, "report", NOW);
    assert_eq!(facts.state, ClauseState::Proposed);
    assert!(!facts.in_force());
}

#[test]
fn one_rejection_ends_the_proposal() {
    let mut agreement = proposal();
    take(&mut agreement, POLICE, StepKind::Accept).unwrap();
    assert_eq!(
        take(&mut agreement, SAFE_HOME, StepKind::Reject),
        Ok(State::Rejected)
    );
    let late = take(&mut agreement, PROSECUTION, StepKind::Accept);
    assert_eq!(late, wrong(StepKind::Accept, State::Rejected));
    assert_eq!(
        standing(&agreement, "report", NOW).state,
        ClauseState::Rejected
    );
}

#[test]
fn a_party_answers_once() {
    let mut agreement = proposal();
    take(&mut agreement, POLICE, StepKind::Accept).unwrap();
    let police: Oin = POLICE.parse().unwrap();
    for kind in [StepKind::Accept, StepKind::Reject] {
        assert_eq!(
            take(&mut agreement, POLICE, kind),
            Err(StepError::AnsweredBefore(police))
        );
    }
}

#[test]
fn whoever_is_no_party_cannot_act_and_learns_nothing() {
    let mut agreement = proposal();
    let refused = take(&mut agreement, OPERATOR, StepKind::Accept).unwrap_err();
    assert_eq!(refused, StepError::NotAParty(OPERATOR.parse().unwrap()));
    assert_eq!(refused.code(), ErrorCode::AgreementNotFound);
}

#[test]
fn a_step_is_for_this_content_by_two_people_under_a_living_certificate() {
    let mut agreement = proposal();
    let good = step(&agreement, POLICE, StepKind::Accept, NOW.seconds());
    let before = agreement.clone();
    let mut refuse = |change: &dyn Fn(&mut VerifiedStep), expected: StepError| {
        let mut bad = good.clone();
        change(&mut bad);
        assert_eq!(agreement.apply(bad, NOW), Err(expected));
        assert_eq!(agreement, before);
    };
    refuse(
        &|s| s.claims.hash = hash(b"{}").unwrap(),
        StepError::OtherAgreement,
    );
    refuse(
        &|s| s.claims.approver = s.claims.initiator.clone(),
        StepError::SamePerson,
    );
    refuse(
        &|s| s.claims.approver = PersonRef::parse("P-1").unwrap(),
        StepError::SamePerson,
    );
    refuse(
        &|s| s.certificate_not_after = NOW.minus(1),
        StepError::CertificateExpired,
    );
    refuse(&|s| s.claims.signed_at.0 += 301, StepError::SignedInFuture);
    let mut last_moment = good;
    last_moment.certificate_not_after = NOW;
    last_moment.claims.signed_at.0 += 300;
    assert_eq!(agreement.apply(last_moment, NOW), Ok(State::Proposed));
}

#[test]
fn nobody_accepts_after_the_term() {
    let mut agreement = proposal();
    let last = agreement.content().validity.not_after;
    let on_time = step(&agreement, POLICE, StepKind::Accept, last.0);
    assert_eq!(
        agreement.apply(on_time, last.millis().plus(999)),
        Ok(State::Proposed)
    );
    let late = step(&agreement, SAFE_HOME, StepKind::Accept, last.0);
    assert_eq!(
        agreement.apply(late, last.millis().plus(1000)),
        Err(StepError::TermOver)
    );
}

#[test]
fn any_party_suspends_and_only_that_party_resumes() {
    let mut agreement = valid();
    assert_eq!(
        take(&mut agreement, PROSECUTION, StepKind::Suspend),
        Ok(State::Suspended)
    );
    assert_eq!(
        standing(&agreement, "report", NOW).state,
        ClauseState::Suspended
    );
    let suspender: Oin = PROSECUTION.parse().unwrap();
    let refused = take(&mut agreement, SAFE_HOME, StepKind::Resume);
    assert_eq!(refused, Err(StepError::NotTheSuspender(suspender)));
    let again = take(&mut agreement, SAFE_HOME, StepKind::Suspend);
    assert_eq!(again, wrong(StepKind::Suspend, State::Suspended));
    assert_eq!(
        take(&mut agreement, PROSECUTION, StepKind::Resume),
        Ok(State::Valid)
    );
    assert_eq!(agreement.suspended_by(), None);
    assert!(standing(&agreement, "report", NOW).in_force());
}

#[test]
fn a_proposal_is_not_suspended_or_left() {
    let mut agreement = proposal();
    for kind in [StepKind::Suspend, StepKind::Resume, StepKind::Leave] {
        assert_eq!(
            take(&mut agreement, POLICE, kind),
            wrong(kind, State::Proposed)
        );
    }
}

#[test]
fn leaving_ends_only_the_leavers_clauses() {
    let mut agreement = valid();
    assert_eq!(
        take(&mut agreement, PROSECUTION, StepKind::Leave),
        Ok(State::Valid)
    );
    assert_eq!(
        standing(&agreement, "release", NOW).state,
        ClauseState::Ended
    );
    assert!(standing(&agreement, "report", NOW).in_force());
    let gone: Oin = PROSECUTION.parse().unwrap();
    for kind in StepKind::ALL {
        assert_eq!(
            take(&mut agreement, PROSECUTION, kind),
            Err(StepError::HasLeft(gone))
        );
    }
    assert_eq!(
        take(&mut agreement, POLICE, StepKind::Leave),
        Ok(State::Ended)
    );
    assert_eq!(
        standing(&agreement, "report", NOW).state,
        ClauseState::Ended
    );
    let refused = take(&mut agreement, SAFE_HOME, StepKind::Suspend);
    assert_eq!(refused, wrong(StepKind::Suspend, State::Ended));
}

#[test]
fn a_suspender_that_leaves_frees_the_others() {
    let mut agreement = valid();
    take(&mut agreement, PROSECUTION, StepKind::Suspend).unwrap();
    assert_eq!(
        take(&mut agreement, PROSECUTION, StepKind::Leave),
        Ok(State::Valid)
    );
    assert_eq!(agreement.suspended_by(), None);
    assert_eq!(
        standing(&agreement, "report", NOW).state,
        ClauseState::Valid
    );
    assert_eq!(
        standing(&agreement, "release", NOW).state,
        ClauseState::Ended
    );
}

#[test]
fn an_old_step_cannot_be_played_again() {
    let mut agreement = valid();
    let at = NOW.plus(Millis::HOUR);
    let suspend = step(&agreement, POLICE, StepKind::Suspend, at.seconds());
    let resume = step(&agreement, POLICE, StepKind::Resume, at.seconds());
    agreement.apply(suspend.clone(), at).unwrap();
    agreement.apply(resume, at).unwrap();
    assert_eq!(agreement.apply(suspend, at), Err(StepError::Stale));
    let older = step(&agreement, POLICE, StepKind::Leave, at.seconds() - 1);
    assert_eq!(agreement.apply(older, at), Err(StepError::Stale));
    let others = step(&agreement, SAFE_HOME, StepKind::Suspend, at.seconds() - 1);
    assert_eq!(agreement.apply(others, at), Ok(State::Suspended));
}

#[test]
fn a_clause_lives_in_its_term_and_on_its_ruleset() {
    let agreement = valid();
    let validity = agreement.content().validity;
    let term = |now| standing(&agreement, "report", now).term;
    assert_eq!(
        term(validity.not_before.millis().minus(1)),
        Term::NotYetBegun
    );
    assert_eq!(term(validity.not_before.millis()), Term::Running);
    assert_eq!(term(validity.not_after.millis().plus(999)), Term::Running);
    assert_eq!(term(validity.not_after.millis().plus(1000)), Term::Over);
    assert!(!standing(&agreement, "report", Millis(0)).in_force());
    assert_eq!(standing(&agreement, "nothing", NOW), ClauseFacts::NONE);

    let id: ClauseId = "report".parse().unwrap();
    let signed_on = window(&agreement).current;
    let other = RulesetHashes {
        catalogue: signed_on.catalogue,
        policy: Digest([1; 32]),
    };
    let before = RulesetWindow {
        current: other,
        previous: Some(signed_on),
    };
    assert!(agreement.clause_state(&id, NOW, &before).in_force());
    let third = RulesetHashes {
        catalogue: Digest([2; 32]),
        policy: signed_on.policy,
    };
    let mixed = RulesetWindow {
        current: other,
        previous: Some(third),
    };
    let facts = agreement.clause_state(&id, NOW, &mixed);
    assert!(!facts.ruleset_ok && !facts.in_force());
}

#[test]
fn damage_in_what_is_stored_is_told() {
    let agreement = valid();
    let proposal = Arc::new(Proposal::read(agreement.bytes()).unwrap());
    let mut steps = agreement.steps().to_vec();
    assert_eq!(
        Agreement::replay(Arc::clone(&proposal), steps.clone()),
        Ok(agreement.clone())
    );
    steps.push(steps[0].clone());
    let refused = Agreement::replay(proposal, steps).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Internal);
    assert!(Proposal::read(b"{}").is_err());
}
