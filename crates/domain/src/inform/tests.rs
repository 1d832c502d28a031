//! The term and its steps, to the millisecond.

use super::{Closed, EndReason, Ended, InformDuty, InformFault, InformTask, Standing, Step, Told};
use crate::agreement::{Inform, InformedBy};
use proptest::prelude::*;
use seinhuis_types::Millis;

const DUTY: InformDuty = InformDuty {
    within_days: 28,
    step_days: 14,
};
const START: Millis = Millis(1_795_000_000_000);

fn day(days: u64) -> Millis {
    START.plus(days * Millis::DAY)
}

fn step(at: Millis, days: u16) -> Step {
    Step {
        at,
        days,
        reason: "safety-child".parse().unwrap(),
        person: "m-1".to_owned(),
    }
}

fn told(at: Millis) -> Told {
    Told {
        at,
        way: "in-person".parse().unwrap(),
        person: "m-1".to_owned(),
    }
}

#[test]
fn the_term_is_four_weeks_to_the_millisecond() {
    let task = InformTask::begin(DUTY, START);
    assert_eq!(task.due(), day(28));
    assert_eq!(task.standing(START), Standing::Open);
    assert_eq!(task.standing(day(14).minus(1)), Standing::Open);
    assert_eq!(task.standing(day(14)), Standing::Now);
    assert_eq!(task.standing(day(14).plus(1)), Standing::Now);
    assert_eq!(task.standing(day(28).minus(1)), Standing::Now);
    assert_eq!(task.standing(day(28)), Standing::Overdue);
    assert_eq!(task.standing(day(28).plus(1)), Standing::Overdue);
}

#[test]
fn a_step_is_taken_in_the_last_two_weeks_and_not_after() {
    let begun = InformTask::begin(DUTY, START);
    let taken = |at, days| {
        let mut task = begun.clone();
        task.postpone(step(at, days)).map(|()| task.due())
    };
    assert_eq!(
        taken(day(14).minus(1), 14),
        Err(InformFault::TooEarly(day(14)))
    );
    assert_eq!(taken(day(14), 14), Ok(day(42)));
    assert_eq!(taken(day(14).plus(1), 14), Ok(day(42)));
    assert_eq!(taken(day(28).minus(1), 1), Ok(day(29)));
    assert_eq!(taken(day(28), 1), Err(InformFault::Overdue(day(28))));
    let after = taken(day(28).plus(1), 1);
    assert_eq!(after, Err(InformFault::Overdue(day(28))));
    assert_eq!(taken(day(20), 0), Err(InformFault::StepLength(14)));
    assert_eq!(taken(day(20), 15), Err(InformFault::StepLength(14)));
    assert_eq!(
        taken(START.minus(1), 14),
        Err(InformFault::BeforeLast(START))
    );
}

#[test]
fn steps_repeat_and_are_never_piled_up() {
    let mut task = InformTask::begin(DUTY, START);
    task.postpone(step(day(14), 14)).unwrap();
    // The new term ends on day 42, so its last two weeks begin on day 28.
    assert_eq!(
        task.postpone(step(day(14), 14)),
        Err(InformFault::TooEarly(day(28)))
    );
    task.postpone(step(day(30), 14)).unwrap();
    assert_eq!(task.due(), day(56));
    assert_eq!(
        task.postpone(step(day(29), 14)),
        Err(InformFault::BeforeLast(day(30)))
    );
    assert_eq!(task.steps().len(), 2);
}

#[test]
fn who_was_told_is_told_once_and_late_is_seen() {
    let mut task = InformTask::begin(DUTY, START);
    task.tell(told(day(28).minus(1))).unwrap();
    assert!(!task.late());
    assert_eq!(task.standing(day(90)), Standing::Told);
    assert_eq!(task.tell(told(day(29))), Err(InformFault::ToldAlready));
    assert_eq!(
        task.postpone(step(day(27), 1)),
        Err(InformFault::ToldAlready)
    );
    let mut task = InformTask::begin(DUTY, START);
    task.tell(told(day(28))).unwrap();
    assert!(task.late());
    let mut after = InformTask::begin(DUTY, START);
    after.tell(told(day(28).plus(1))).unwrap();
    assert!(after.late());
    let mut early = InformTask::begin(DUTY, START);
    assert_eq!(
        early.tell(told(START.minus(1))),
        Err(InformFault::BeforeLast(START))
    );
}

#[test]
fn what_was_altered_by_hand_is_not_restored() {
    let steps = vec![step(day(14), 14), step(day(28), 14)];
    let whole = InformTask::restore(DUTY, START, steps.clone(), None).unwrap();
    assert_eq!(whole.due(), day(56));
    let mut stretched = steps.clone();
    stretched[0].days = 60;
    assert_eq!(
        InformTask::restore(DUTY, START, stretched, None),
        Err(InformFault::StepLength(14))
    );
    let dropped = steps[1..].to_vec();
    assert_eq!(
        InformTask::restore(DUTY, START, dropped, None),
        Err(InformFault::Overdue(day(28)))
    );
    assert_eq!(
        InformTask::restore(
            DUTY,
            START,
            steps.clone(),
            Some(Closed::Told(told(day(20))))
        ),
        Err(InformFault::BeforeLast(day(28)))
    );
    let ended = |at| {
        Some(Closed::Ended(Ended {
            at,
            reason: EndReason::OtherPerson,
        }))
    };
    assert_eq!(
        InformTask::restore(DUTY, START, steps.clone(), ended(day(20))),
        Err(InformFault::BeforeLast(day(28)))
    );
    assert!(InformTask::restore(DUTY, START, steps, ended(day(28))).is_ok());
}

#[test]
fn a_task_without_a_reason_ends_once_and_nothing_is_recorded_on_it_after() {
    for reason in EndReason::ALL {
        let mut task = InformTask::begin(DUTY, START);
        task.postpone(step(day(14), 14)).unwrap();
        assert!(task.end(day(15), reason));
        assert_eq!(task.standing(day(90)), Standing::Ended);
        assert_eq!(
            task.ended(),
            Some(&Ended {
                at: day(15),
                reason
            })
        );
        assert_eq!(task.tell(told(day(16))), Err(InformFault::Ended(reason)));
        let put_off = task.postpone(step(day(29), 1));
        assert_eq!(put_off, Err(InformFault::Ended(reason)));
        assert!(!task.end(day(17), EndReason::Withdrawn), "it ended before");
        assert_eq!(task.ended().unwrap().reason, reason);
        assert_eq!(EndReason::parse(reason.as_str()), Ok(reason));
        // Who reads the error reads the reason, too.
        let shown = InformFault::Ended(reason).to_string();
        assert!(shown.contains(reason.en()) && !reason.nl().is_empty());
    }
    assert!(EndReason::parse("because").is_err());
}

#[test]
fn who_was_told_stays_told_and_a_clock_that_runs_behind_keeps_no_task_open() {
    let mut task = InformTask::begin(DUTY, START);
    task.tell(told(day(3))).unwrap();
    assert!(!task.end(day(4), EndReason::OtherPerson));
    assert!(task.ended().is_none() && task.told().is_some());
    let mut behind = InformTask::begin(DUTY, START);
    behind.postpone(step(day(20), 14)).unwrap();
    assert!(behind.end(day(2), EndReason::Withdrawn));
    assert_eq!(behind.ended().unwrap().at, day(20));
    let steps = behind.steps().to_vec();
    let kept = behind.ended().copied().map(Closed::Ended);
    assert_eq!(InformTask::restore(DUTY, START, steps, kept), Ok(behind));
}

/// Who has the duty: what the clause says, of those of whom the law asks it.
#[test]
fn the_duty_is_the_recipients_where_clause_and_law_both_say_so() {
    let catalogue = crate::catalogue::tests::shipped::shipped();
    let of = |by: InformedBy, within_days: u16, role: &str| {
        InformDuty::of_recipient(Inform { by, within_days }, role, &catalogue)
    };
    for by in [InformedBy::To, InformedBy::Both] {
        assert_eq!(of(by, 28, "veilig-thuis"), Some(DUTY));
        assert_eq!(
            of(by, 90, "veilig-thuis"),
            Some(DUTY),
            "the law's is shorter"
        );
        let sooner = InformDuty {
            within_days: 7,
            ..DUTY
        };
        assert_eq!(of(by, 7, "veilig-thuis"), Some(sooner));
        assert!(of(by, 28, "rvdk").is_some() && of(by, 28, "reclassering").is_some());
        assert_eq!(of(by, 28, "politie"), None);
        assert_eq!(of(by, 28, "om"), None);
    }
    for by in [InformedBy::From, InformedBy::None] {
        assert_eq!(of(by, 28, "veilig-thuis"), None);
    }
}

proptest! {
    /// Whatever is tried, the term never lies further off than the longer of the first term and one
    /// step from the last decision.
    #[test]
    fn the_term_never_runs_ahead(tries in prop::collection::vec((0_u64..200, 0_u16..40), 0..30)) {
        let mut task = InformTask::begin(DUTY, START);
        for (at, days) in tries {
            let at = day(at);
            let before = task.due();
            match task.postpone(step(at, days)) {
                Ok(()) => {
                    prop_assert!(at < before && task.due() > before);
                    prop_assert!(task.due() <= at.plus(28 * Millis::DAY));
                }
                Err(_) => prop_assert_eq!(task.due(), before),
            }
        }
    }
}
