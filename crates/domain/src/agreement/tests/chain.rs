//! The life of a chain of versions, over any sequence of steps, proposals and time.

use super::steps::{NOW, PARTIES, proposal, step};
use super::succession::{in_force, version};
use super::*;
use proptest::prelude::*;
use seinhuis_types::{Millis, Oin};

/// One thing that happens in the life of a chain of versions.
#[derive(Debug, Clone)]
enum Event {
    /// A party takes a step under one of the versions.
    Step(usize, usize, StepKind, bool),
    /// A next version of one of them is proposed, in force after so many seconds.
    Propose(usize, u64),
    /// Time passes, in milliseconds.
    Wait(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![
        8 => Just(StepKind::Accept),
        1 => Just(StepKind::Reject),
        2 => Just(StepKind::Suspend),
        2 => Just(StepKind::Resume),
        1 => Just(StepKind::Leave),
    ];
    let event = prop_oneof![
        12 => (0_usize..4, 0_usize..4, kind, prop::bool::weighted(0.1))
            .prop_map(|(which, by, kind, alone)| Event::Step(which, by, kind, alone)),
        2 => (0_usize..4, prop_oneof![Just(0), 1_u64..4_000]).prop_map(|(of, after)| Event::Propose(of, after)),
        4 => prop_oneof![8 => 1_u64..5_000, 1 => Just(40 * Millis::DAY)].prop_map(Event::Wait),
    ];
    prop::collection::vec(event, 0..120)
}

/// Takes a step as a hub does: what becomes valid takes the place of what it replaces.
fn take(chain: &mut [Agreement], which: usize, step: VerifiedStep, now: Millis) -> Option<()> {
    let mut next = chain.get(which)?.clone();
    let old = next.content().replaces.clone();
    let old = old.and_then(|hash| chain.iter().position(|found| *found.hash() == hash));
    let accepts = step.claims.kind == StepKind::Accept;
    if let (true, Some(old)) = (accepts, old) {
        next.may_replace(&chain[old]).ok()?;
    }
    let state = next.apply(step, now).ok()?;
    if let (true, State::Valid, Some(old)) = (accepts, state, old) {
        next.replace(&mut chain[old], now).unwrap();
    }
    chain[which] = next;
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever anybody does in whatever order: no single person brings a version to valid, what ended
    /// never lives again, only the suspender resumes, each has one successor, and of a chain at most
    /// one is in force at any moment, with no moment in which a chain that was in force is left
    /// without one by the change of version itself.
    #[test]
    fn a_chain_of_versions_has_one_that_decides(events in events()) {
        let mut chain = vec![proposal().proposed_at(NOW)];
        let mut now = NOW;
        let mut over: Vec<bool> = vec![false];
        for event in events {
            let before = chain.clone();
            match event {
                Event::Wait(ms) => now = now.plus(ms),
                Event::Propose(of, after) => {
                    let Some(of) = chain.get(of) else { continue };
                    let next = version(of, u32::try_from(chain.len()).unwrap() + 1, now.seconds() + after);
                    let known = chain.iter().any(|known| known.hash() == next.hash());
                    if !known && next.may_replace(of).is_ok() && chain.len() < 4 {
                        chain.push(next.proposed_at(now));
                        over.push(false);
                    }
                }
                Event::Step(which, by, kind, alone) => {
                    let Some(agreement) = chain.get(which) else { continue };
                    let oin = PARTIES.get(by).copied().unwrap_or(OPERATOR);
                    let mut step = step(agreement, oin, kind, now.seconds());
                    if alone {
                        step.claims.approver = PersonRef::parse("P-1").unwrap();
                    }
                    let was = agreement.clone();
                    let taken = take(&mut chain, which, step, now);
                    prop_assert!(taken.is_none() || (!alone && oin != OPERATOR));
                    if was.state() == State::Suspended && chain[which].state() == State::Valid {
                        prop_assert_eq!(was.suspended_by().map(Oin::as_str), Some(oin));
                    }
                }
            }
            for (at, agreement) in chain.iter().enumerate() {
                // All parties, each by two persons.
                if matches!(agreement.state(), State::Valid | State::Suspended | State::Ended) {
                    for oin in PARTIES {
                        let signed = agreement.steps().iter().any(|taken| {
                            let claims = &taken.step.claims;
                            taken.step.oin.as_str() == oin && claims.kind == StepKind::Accept
                                && !claims.initiator.same_person(&claims.approver)
                        });
                        prop_assert!(signed);
                    }
                }
                let state = agreement.state_at(now);
                prop_assert!(!over[at] || matches!(state, State::Ended | State::Rejected));
                over[at] = matches!(state, State::Ended | State::Rejected);
                // One successor, for good, and one that all accepted.
                if let Some(replaced) = agreement.replaced() {
                    prop_assert_eq!(chain.iter().filter(|next| *next.hash() == replaced.by).count(), 1);
                    if let Some(was) = before.get(at).and_then(Agreement::replaced) {
                        prop_assert_eq!(was, replaced);
                    }
                    let by = chain.iter().find(|next| *next.hash() == replaced.by).unwrap();
                    prop_assert!(!matches!(by.state(), State::Proposed | State::Rejected));
                    // No gap and no overlap: the last moment of the one is followed by the first of the
                    // other.
                    let term = by.content().validity.term(replaced.from);
                    prop_assert_eq!(term, Term::Running);
                    prop_assert!(!agreement.is_replaced(replaced.from.minus(1)));
                    prop_assert!(agreement.is_replaced(replaced.from));
                }
            }
            let deciding = chain.iter().filter(|agreement| in_force(agreement, now)).count();
            prop_assert!(deciding <= 1, "{deciding} versions decide");
        }
    }
}
