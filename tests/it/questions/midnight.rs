//! The questions of a day are counted by UTC days, to the millisecond.

use super::*;

/// Asks at this moment of the hub: what refused it, or nothing. Who asks goes by the clock of the machine, as
/// the pseudonymiser does.
async fn asked_at(stage: &Stage, vt: &Partner, at: Millis) -> Vec<String> {
    stage.go_to(at).await;
    let tick = tick_at(at.plus(20 * MINUTE));
    let (one, to) = (question(1, &[story::ADULT]), stage.to("vt-pol-ask"));
    let asked = vt.ask(&desk("intake"), &one, &to, tick).await.unwrap();
    let outcome = asked.outcome;
    assert_eq!(outcome.permitted, outcome.reasons.is_empty());
    let reasons = outcome.reasons.into_iter();
    reasons.map(|reason| reason.code).collect()
}

#[test]
fn a_question_counts_for_the_day_by_utc_that_it_is_asked_on() {
    run(async {
        let stage = Stage::start(1).await;
        let vt = stage.chain.partner("veilig-thuis");
        let midnight = Millis((stage.clock.now().0 / Millis::DAY + 1) * Millis::DAY);
        let spent = ["QUESTION_BUDGET_SPENT"];
        // The one of this day, in its last millisecond but one; then none is left of it.
        assert!(asked_at(&stage, vt, midnight.minus(2)).await.is_empty());
        assert_eq!(asked_at(&stage, vt, midnight.minus(1)).await, spent);
        assert!(asked_at(&stage, vt, midnight).await.is_empty());
        assert_eq!(asked_at(&stage, vt, midnight.plus(1)).await, spent);
    });
}

/// Decided in the last millisecond of a day and committed in the first of the next, it counts for the day
/// that it was decided on.
#[test]
fn a_question_that_commits_after_midnight_counts_for_the_day_it_was_decided_on() {
    run(async {
        let stage = Stage::start(1).await;
        let vt = stage.chain.partner("veilig-thuis");
        let midnight = Millis((stage.clock.now().0 / Millis::DAY + 1) * Millis::DAY);
        let mut commit = stage.local.gate.hold("ask");
        let late = async {
            commit.reached().await;
            stage.clock.advance(1);
            commit.go();
        };
        let (asked, ()) = tokio::join!(asked_at(&stage, vt, midnight.minus(1)), late);
        assert!(asked.is_empty());
        let seen = stage.local.gate.snapshot().unwrap();
        let clause = "vt-pol-ask".parse().unwrap();
        let day = u32::try_from(midnight.0 / Millis::DAY).unwrap();
        let counted = |day| seen.asked(vt.oin(), &clause, day).unwrap();
        assert_eq!([counted(day - 1), counted(day)], [1, 0]);
        assert!(asked_at(&stage, vt, midnight).await.is_empty());
    });
}
