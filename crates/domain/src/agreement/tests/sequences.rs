//! The states and steps, over any sequence of them.

use super::steps::{NOW, PARTIES, proposal, standing, step};
use super::*;
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) by: usize,
    pub(crate) kind: StepKind,
    one_person: bool,
    other_hash: bool,
    pub(crate) after_ms: u64,
}

pub(crate) fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let kind = prop_oneof![
        6 => Just(StepKind::Accept),
        1 => Just(StepKind::Reject),
        3 => Just(StepKind::Suspend),
        3 => Just(StepKind::Resume),
        1 => Just(StepKind::Leave),
    ];
    let one = (
        0_usize..4,
        kind,
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.05),
        0_u64..5_000,
    )
        .prop_map(|(by, kind, one_person, other_hash, after_ms)| Attempt {
            by,
            kind,
            one_person,
            other_hash,
            after_ms,
        });
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_sequence_of_steps_breaks_the_agreement(attempts in attempts()) {
        let mut agreement = proposal();
        let content = agreement.bytes().to_vec();
        let mut now = NOW;
        let mut dead = [false; 3];
        for attempt in attempts {
            now = now.plus(attempt.after_ms);
            let oin = PARTIES.get(attempt.by).copied().unwrap_or(OPERATOR);
            let mut step = step(&agreement, oin, attempt.kind, now.seconds());
            if attempt.one_person {
                step.claims.approver = step.claims.initiator.clone();
            }
            if attempt.other_hash {
                step.claims.hash = hash(b"{}").unwrap();
            }
            let before = agreement.clone();
            let result = agreement.apply(step.clone(), now);
            if result.is_err() {
                prop_assert_eq!(&agreement, &before);
            } else {
                prop_assert!(oin != OPERATOR && !attempt.one_person && !attempt.other_hash);
                prop_assert!(!before.left().contains(&step.oin));
                if before.state() == State::Suspended && agreement.state() == State::Valid {
                    prop_assert_eq!(before.suspended_by(), Some(&step.oin));
                }
            }
            // Content never changes, and what was left, rejected or ended never lives again.
            prop_assert_eq!(agreement.bytes(), content.as_slice());
            prop_assert_eq!(agreement.hash(), &hash(&content).unwrap());
            for (dead, clause) in dead.iter_mut().zip(["report", "feedback", "release"]) {
                let facts = standing(&agreement, clause, now);
                prop_assert!(!(*dead && facts.in_force()));
                *dead |= matches!(facts.state, ClauseState::Ended | ClauseState::Rejected);
            }
            // Nothing is in force that not all parties accepted.
            if agreement.state() != State::Proposed && agreement.state() != State::Rejected {
                for oin in PARTIES {
                    let accepted = agreement.steps().iter().any(|taken| {
                        taken.step.oin.as_str() == oin && taken.step.claims.kind == StepKind::Accept
                    });
                    prop_assert!(accepted);
                }
            }
            let read = Arc::new(Proposal::read(agreement.bytes()).unwrap());
            let again = Agreement::replay(read, agreement.steps().to_vec());
            prop_assert_eq!(again, Ok(agreement.clone()));
        }
    }
}
