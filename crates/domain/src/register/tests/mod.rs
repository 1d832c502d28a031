//! Fixtures, and what is one activity, its identifier and its versions.

mod record;

use super::*;
use crate::agreement::tests::sequences::attempts;
use crate::agreement::tests::steps::{NOW, PARTIES, proposal, step};
use crate::agreement::tests::succession::{accepted, version};
use crate::agreement::tests::{POLICE, PROSECUTION, SAFE_HOME, bytes, examples, value};
use crate::agreement::{Agreement, ClauseState, RulesetHashes, RulesetWindow, StepKind, Term};
use crate::catalogue::Catalogue;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// The catalogue that is shipped.
pub(super) fn shipped() -> &'static Catalogue {
    static SHIPPED: LazyLock<Catalogue> = LazyLock::new(examples::shipped);
    &SHIPPED
}

/// An agreement that is shipped, accepted by all its parties a second after it began.
pub(super) fn example(file: &str) -> Agreement {
    let mut agreement = Agreement::propose(&examples::example(file, shipped())).unwrap();
    let oins: Vec<Oin> = agreement.content().parties.iter().map(|p| p.oin).collect();
    let now = agreement.content().validity.not_before.millis().plus(1_000);
    for oin in oins {
        let step = step(&agreement, oin.as_str(), StepKind::Accept, now.seconds());
        agreement.apply(step, now).unwrap();
    }
    agreement
}

fn oin(text: &str) -> Oin {
    text.parse().unwrap()
}

/// A step of a party at `at`.
fn take(agreement: &mut Agreement, by: &str, kind: StepKind, at: Millis) {
    let step = step(agreement, by, kind, at.seconds());
    agreement.apply(step, at).unwrap();
}

/// The activity of one side of one clause for one purpose.
fn one<'a>(all: &'a [Activity<'a>], clause: &str, purpose: &str) -> &'a Activity<'a> {
    let mut found = all.iter().filter(|activity| {
        activity.subject.clause.as_str() == clause && activity.subject.purpose.as_str() == purpose
    });
    let activity = found.next().unwrap();
    assert!(found.next().is_none());
    activity
}

#[test]
fn an_activity_is_one_side_of_a_clause_for_one_purpose() {
    let agreement = example("five-party.toml");
    let pasts = [Past::of(&agreement)];
    let now = agreement
        .content()
        .validity
        .not_before
        .millis()
        .plus(Millis::DAY);
    let mut ids = BTreeMap::new();
    for party in &agreement.content().parties {
        let found = activities(&party.oin, &pasts, now);
        let own = agreement
            .content()
            .clauses
            .iter()
            .filter(|c| c.involves(&party.oin));
        let expected: usize = own.map(|clause| clause.purposes.len()).sum();
        assert_eq!(found.len(), expected, "{}", party.oin);
        for activity in found {
            assert_eq!((activity.latest(), activity.active(now)), (1, true));
            let clause = activity.versions[0].clause;
            let (own, other) = match activity.subject.side {
                Side::Source => (clause.from, clause.to),
                Side::Recipient => (clause.to, clause.from),
            };
            assert_eq!((own, other), (party.oin, activity.subject.counterpart));
            assert!(ids.insert(activity.id, activity.subject).is_none());
        }
    }
    // Who is no party to it has nothing of it.
    let stranger = oin("00000099000000990000");
    assert!(activities(&stranger, &pasts, now).is_empty());
}

#[test]
fn an_identifier_is_made_from_what_it_names() {
    let old = accepted(proposal(), NOW);
    let other = accepted(
        Agreement::propose(&{
            let mut other = value();
            other["title"]["nl"] = json!("Een ander convenant");
            bytes(&other)
        })
        .unwrap(),
        NOW,
    );
    let now = NOW.plus(Millis::HOUR);
    let forward = [Past::of(&old), Past::of(&other)];
    let backward = [Past::of(&other), Past::of(&old)];
    let ids = |pasts: &[Past<'_>]| -> Vec<RegisterId> {
        let found = activities(&oin(POLICE), pasts, now);
        found.iter().map(|activity| activity.id).collect()
    };
    let all = ids(&forward);
    assert_eq!(all, ids(&backward));
    // Two lines of agreements with the same clauses are not one.
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (6, 6));
    for id in all {
        let text = id.to_string();
        assert_eq!(RegisterId::parse(&text), Ok(id));
        let at = |place| text.chars().nth(place).unwrap();
        assert_eq!((text.len(), at(14)), (36, '8'), "{text}");
        assert!("89ab".contains(at(19)), "{text}");
        for wrong in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{text} "),
        ] {
            assert!(RegisterId::parse(&wrong).is_err(), "{wrong}");
        }
    }
    // The same bytes on any machine; made from docs/formats/register.md by other software.
    let subject = Subject {
        controller: oin(POLICE),
        first: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        side: Side::Source,
        counterpart: oin(SAFE_HOME),
        clause: "report".parse().unwrap(),
        purpose: "P-REPORT".parse().unwrap(),
    };
    assert_eq!(
        RegisterId::of_activity(&subject).to_string(),
        "40b09545-5b66-8326-ba56-e1a1bb6ae8b5"
    );
    assert_eq!(
        RegisterId::of_entity(&oin(POLICE)).to_string(),
        "dfb10225-fb15-8b2e-be34-b32806bc7110"
    );
}

#[test]
fn each_agreement_of_the_line_is_a_version_and_history_stays_readable() {
    let hours = |n: u64| NOW.plus(n * Millis::HOUR);
    let mut first = accepted(proposal(), NOW);
    let mut second = accepted(version(&first, 2, 2_000_000), hours(1));
    second.replace(&mut first, hours(1)).unwrap();
    // The third leaves the feedback out, and begins later than it was accepted.
    let mut content = value();
    content["version"] = json!(5);
    content["replaces"] = json!(second.hash().as_str());
    content["validity"]["not_before"] = json!(hours(5).seconds());
    content["clauses"].as_array_mut().unwrap().remove(1);
    let third = accepted(Agreement::propose(&bytes(&content)).unwrap(), hours(3));
    third.replace(&mut second, hours(3)).unwrap();
    let pasts = [Past::of(&third), Past::of(&first), Past::of(&second)];
    let at = |now: Millis, clause: &str, purpose: &str| {
        let all = activities(&oin(POLICE), &pasts, now);
        let activity = one(&all, clause, purpose);
        let begins = activity
            .versions
            .iter()
            .map(|v| v.span.from)
            .collect::<Vec<_>>();
        (activity.id, activity.latest(), activity.active(now), begins)
    };
    let (id, ..) = at(NOW, "report", "P-SAFETY");
    for (now, latest) in [(NOW, 1), (hours(1), 2), (hours(4), 2), (hours(5), 3)] {
        let begins = [NOW, hours(1), hours(5)][..latest].to_vec();
        let number = u32::try_from(latest).unwrap();
        assert_eq!(at(now, "report", "P-SAFETY"), (id, number, true, begins));
    }
    let (feedback, ..) = at(NOW, "feedback", "P-FEEDBACK");
    let (again, latest, active, _) = at(hours(5), "feedback", "P-FEEDBACK");
    assert_eq!((again, latest, active), (feedback, 2, false));
    let all = activities(&oin(POLICE), &pasts, hours(9));
    let activity = one(&all, "report", "P-REPORT");
    let number = |moment| activity.version_at(moment).map(|version| version.number);
    assert_eq!(number(NOW.minus(1)), None);
    assert_eq!(number(hours(1).minus(1)), Some(1));
    assert_eq!(number(hours(1)), Some(2));
    assert_eq!(number(hours(5).minus(1)), Some(2));
    assert_eq!(number(hours(5)), Some(3));
    assert!(activity.version(4).is_none() && activity.version(0).is_none());
}

#[test]
fn what_never_came_into_force_is_in_no_register() {
    let now = NOW.plus(Millis::HOUR);
    let none = |agreement: &Agreement, now| {
        assert!(activities(&oin(POLICE), &[Past::of(agreement)], now).is_empty());
    };
    let mut open = proposal();
    none(&open, now);
    for by in [POLICE, SAFE_HOME] {
        take(&mut open, by, StepKind::Accept, NOW);
    }
    none(&open, now);
    let mut rejected = open.clone();
    take(&mut rejected, PROSECUTION, StepKind::Reject, NOW);
    none(&rejected, now);
    // Accepted, and its term lies ahead: from its first moment on, and not before.
    let mut content = value();
    content["validity"]["not_before"] = json!(NOW.seconds() + 7_200);
    let later = accepted(Agreement::propose(&bytes(&content)).unwrap(), NOW);
    let begins = NOW.plus(2 * Millis::HOUR);
    none(&later, begins.minus(1));
    assert!(!activities(&oin(POLICE), &[Past::of(&later)], begins).is_empty());
    // Left before it began: of nobody's clauses with the one that left.
    let mut left = later.clone();
    take(&mut left, POLICE, StepKind::Leave, now);
    none(&left, begins);
    let of_care = [Past::of(&left)];
    let rest = activities(&oin(SAFE_HOME), &of_care, begins);
    assert!(!rest.is_empty());
    assert!(
        rest.iter()
            .all(|a| a.subject.counterpart == oin(PROSECUTION))
    );
}

#[test]
fn pauses_and_endings_are_told_with_their_moments() {
    let hours = |n: u64| NOW.plus(n * Millis::HOUR);
    let mut agreement = accepted(proposal(), NOW);
    take(&mut agreement, SAFE_HOME, StepKind::Suspend, hours(1));
    take(&mut agreement, SAFE_HOME, StepKind::Resume, hours(2));
    take(&mut agreement, PROSECUTION, StepKind::Suspend, hours(3));
    // Who suspended it leaves, and it goes on for the others.
    take(&mut agreement, PROSECUTION, StepKind::Leave, hours(4));
    take(&mut agreement, POLICE, StepKind::Leave, hours(6));
    let pasts = [Past::of(&agreement)];
    let all = activities(&oin(SAFE_HOME), &pasts, hours(9));
    let span = |clause, purpose| one(&all, clause, purpose).versions[0].span.clone();
    let period = |from, until| Period {
        from: hours(from),
        until: hours(until),
    };
    let report = span("report", "P-REPORT");
    assert_eq!(report.in_force, [period(0, 1), period(2, 3), period(4, 6)]);
    assert_eq!((report.until, report.ending), (hours(6), Ending::Left));
    let told: Vec<&str> = (0..7).map(|n| report.standing(hours(n)).as_str()).collect();
    let (on, off) = ("in-force", "suspended");
    assert_eq!(told, [on, off, on, off, on, on, "left"]);
    let release = span("release", "P-SAFETY");
    assert_eq!(release.in_force, [period(0, 1), period(2, 3)]);
    assert_eq!(release.until, hours(4));

    let whole = accepted(proposal(), NOW);
    let pasts = [Past::of(&whole)];
    let end = whole.content().validity.end();
    let all = activities(&oin(POLICE), &pasts, end);
    let activity = one(&all, "report", "P-REPORT");
    assert!(activity.active(end.minus(1)) && !activity.active(end));
    let span = &activity.versions[0].span;
    assert_eq!(span.standing(end), Standing::Ended(Ending::Term));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What the register says is in force is what the hub decides by, whatever the parties did.
    #[test]
    fn the_register_is_active_exactly_while_the_clause_is_in_force(attempts in attempts(), ahead in 0_u64..40) {
        let mut content = value();
        content["validity"]["not_before"] = json!(NOW.seconds() + ahead);
        content["validity"]["not_after"] = json!(NOW.seconds() + 60);
        let mut agreement = Agreement::propose(&bytes(&content)).unwrap();
        let mut now = NOW;
        for by in PARTIES {
            take(&mut agreement, by, StepKind::Accept, now);
        }
        for attempt in attempts {
            now = now.plus(attempt.after_ms);
            let Some(by) = PARTIES.get(attempt.by) else { continue };
            let step = step(&agreement, by, attempt.kind, now.seconds());
            let _ = agreement.apply(step, now);
            let pasts = [Past::of(&agreement)];
            for controller in PARTIES {
                let own = oin(controller);
                let register = activities(&own, &pasts, now);
                for clause in agreement.content().clauses.iter().filter(|c| c.involves(&own)) {
                    let facts = agreement.clause_state(&clause.id, now, &window(&agreement));
                    let in_force = facts.state == ClauseState::Valid && facts.term == Term::Running;
                    let found = register.iter().filter(|a| a.subject.clause == clause.id);
                    let active = found.filter(|activity| activity.active(now)).count();
                    prop_assert_eq!(active, if in_force { clause.purposes.len() } else { 0 });
                }
            }
        }
    }
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
