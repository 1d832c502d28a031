//! Facts about questions: they come back with what is lodged, their ticks come in order, and the questions
//! of a day stop at their cap and are forgotten.

use super::{Bench, Outcome, START, make, open_at};
use crate::records::{LodgedRecord, Question, QuestionRecord};
use crate::{ASKED_DAYS, QUESTION_TERM_MS, Row, Slot, Snapshot, Store, StoreError, Write};
use seinhuis_types::{ClauseId, DeliveryId, ManualClock, Millis};

/// A question comes back with what is lodged for it, its tick when it has come and not before; it goes a week
/// after its tick was dealt with.
pub async fn questions_tick_and_lapse(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let (first, second) = (DeliveryId([1; 16]), DeliveryId([2; 16]));
    let tick = START.plus(60_000);
    let mut question = Question {
        closed_at: Slot::EMPTY,
        body: QuestionRecord {
            asker_oin: "a".into(),
            answer_by_ms: tick.0,
            lodged: Some(LodgedRecord::default()),
            ..QuestionRecord::default()
        },
    };
    let change = make::change(0)
        .write(Write::question(first, &question))
        .write(Write::tick(tick.plus(1), second))
        .write(Write::tick(tick, first));
    store.commit(change).await?;
    let seen = store.snapshot()?;
    assert_eq!(seen.question(first)?.value.as_ref(), Some(&question));
    assert_eq!(seen.question(second)?.value, None);
    assert_eq!(seen.ticks(tick.minus(1), None, 9)?, []);
    assert_eq!(seen.ticks(tick, None, 9)?, [(tick, first)]);
    let later = (tick.plus(1), second);
    assert_eq!(seen.ticks(tick.plus(1), None, 9)?, [(tick, first), later]);
    let after = seen.ticks(tick.plus(1), Some((tick, first)), 9)?;
    assert_eq!(after, [later]);
    // However old: a question whose tick was not dealt with stays.
    clock.advance(3 * QUESTION_TERM_MS);
    assert_eq!(store.sweep(100).await?, 0);
    question.closed_at = Slot::at_commit();
    question.body.lodged = None;
    let change = make::change(1)
        .write(Write::question(first, &question))
        .write(Write::ticked(tick, first));
    store.commit(change).await?;
    assert_eq!(store.snapshot()?.ticks(tick, None, 9)?, []);
    clock.advance(QUESTION_TERM_MS);
    assert_eq!(store.sweep(100).await?, 0, "not a millisecond early");
    clock.advance(1);
    assert_eq!(store.sweep(100).await?, 1);
    assert_eq!(store.snapshot()?.question(first)?.value, None);
    Ok(())
}

/// The questions of one day, asker and clause stop at their cap, apart from conversions, and are counted on
/// for as long as they are looked back on.
pub async fn questions_of_a_day_stop_at_their_cap(bench: &impl Bench) -> Outcome {
    let clock = ManualClock::at(START);
    let store = open_at(bench, &clock)?;
    let (oin, clause) = (make::oin(1)?, ClauseId::parse("c")?);
    let day = u32::try_from(START.0 / Millis::DAY).unwrap_or(u32::MAX);
    for n in 0..2 {
        let asked = make::change(n).count_asked(oin, &clause, day, 2);
        let committed = store.commit(asked).await?;
        assert_eq!(committed.counters, [u64::from(n) + 1]);
    }
    let third = make::change(2).count_asked(oin, &clause, day, 2);
    let row = Row::Asked(oin, clause.clone(), day);
    assert_eq!(store.commit(third).await, Err(StoreError::OverCap { row }));
    let converted = make::change(3).count(oin, &clause, day, 1, 2);
    assert_eq!(store.commit(converted).await?.counters, [1]);
    let seen = store.snapshot()?;
    assert_eq!(seen.asked(oin, &clause, day)?, 2);
    assert_eq!(seen.asked(oin, &clause, day.saturating_add(1))?, 0);
    assert_eq!(seen.asked(make::oin(2)?, &clause, day)?, 0);
    clock.advance(u64::from(ASKED_DAYS) * Millis::DAY);
    store.sweep(100).await?;
    assert_eq!(store.snapshot()?.asked(oin, &clause, day)?, 2);
    clock.advance(3 * Millis::DAY);
    store.sweep(100).await?;
    assert_eq!(store.snapshot()?.asked(oin, &clause, day)?, 0);
    Ok(())
}
