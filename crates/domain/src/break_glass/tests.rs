//! Clock edges of a review's due time, and a seeded exploration of who can close one.

use super::*;
use crate::term::calendar::{day_of, end_of_day};
use std::collections::BTreeSet;

fn oin(n: u8) -> Oin {
    Oin::parse(&format!("000000990000000{n}0000")).unwrap()
}

/// Noon UTC of a day in 2026.
fn noon(month: i8, day: i8) -> Millis {
    let date = jiff::civil::date(2026, month, day);
    let at = date.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    Millis(u64::try_from(at.unwrap().timestamp().as_millisecond()).unwrap())
}

#[test]
fn a_review_is_due_at_the_end_of_the_next_working_day() {
    let end_of = |month, day| end_of_day(noon(month, day));
    // Wednesday; Friday; Thursday before Good Friday and Easter.
    assert_eq!(review_by(noon(9, 2)), end_of(9, 3));
    assert_eq!(review_by(noon(9, 4)), end_of(9, 7));
    assert_eq!(review_by(noon(4, 2)), end_of(4, 7));
    // The last millisecond of a day, and the first of the next one.
    let midnight = end_of(9, 2);
    assert_eq!(review_by(midnight.minus(1)), end_of(9, 3));
    assert_eq!(review_by(midnight), end_of(9, 4));
}

#[test]
fn it_is_told_late_at_its_due_time_and_once_a_working_day_after_it() {
    let mut review = Review::open(oin(1), oin(2), Vec::new(), noon(9, 3));
    let by = review.by;
    assert_eq!(by, end_of_day(noon(9, 4)), "Friday");
    assert!(!review.tell_late(by.minus(1)));
    assert!(review.tell_late(by));
    assert!(!review.tell_late(by.plus(1)));
    // Saturday and Sunday are no working days.
    let monday = end_of_day(noon(9, 7));
    assert_eq!(review.next_told, Some(monday));
    assert!(!review.tell_late(monday.minus(1)));
    assert!(review.tell_late(monday));
    // What nobody looked at for days is told once.
    assert!(review.tell_late(noon(9, 11)));
    assert!(!review.tell_late(noon(9, 11)));
    assert_eq!(review.told, 3);
    assert_eq!(
        review.next_told.and_then(|at| day_of(at.minus(1))),
        day_of(noon(9, 11))
    );
    review
        .take(oin(1), &[[1; 16], [2; 16]], Finding::Justified)
        .unwrap();
    assert!(!review.tell_late(noon(9, 30)), "closed");
}

#[test]
fn each_wrong_review_has_its_own_code_and_changes_nothing() {
    let (source, recipient) = (oin(1), oin(2));
    let opened = Review::open(source, recipient, vec![[7; 16], [8; 16]], noon(9, 2));
    let two = [[1; 16], [2; 16]];
    let wrong = |by, persons: &[Mark]| {
        let mut review = opened.clone();
        let error = review.take(by, persons, Finding::Justified).unwrap_err();
        assert_eq!(review, opened);
        error.code()
    };
    assert_eq!(wrong(oin(3), &two), ErrorCode::BreakGlassNotFound);
    assert_eq!(wrong(source, &[]), ErrorCode::SecondPersonNeeded);
    assert_eq!(wrong(source, &[[1; 16]]), ErrorCode::SecondPersonNeeded);
    assert_eq!(wrong(source, &[[1; 16]; 2]), ErrorCode::SecondPersonNeeded);
    for acted in [[7; 16], [8; 16]] {
        let code = wrong(source, &[[1; 16], acted]);
        assert_eq!(code, ErrorCode::ReviewerNotIndependent);
        let code = wrong(source, &[acted, [1; 16]]);
        assert_eq!(code, ErrorCode::ReviewerNotIndependent);
    }
    let mut review = opened;
    assert_eq!(
        review.take(recipient, &[[7; 16]], Finding::NotJustified),
        Ok(Side::Recipient)
    );
    assert!(!review.closed());
    let again = review.take(recipient, &two, Finding::Justified);
    assert_eq!(again, Err(ReviewError::Reviewed));
    let closed = review.take(source, &two, Finding::OtherClause);
    assert_eq!(closed, Ok(Side::Source));
    assert!(review.acted.is_empty(), "who acted is not kept longer");
    let again = review.take(source, &[[3; 16], [4; 16]], Finding::Justified);
    assert_eq!(again, Err(ReviewError::Reviewed));
    assert_eq!(review.finding, Some(Finding::OtherClause));
    assert_eq!(review.view, Some(Finding::NotJustified));
}

#[test]
fn marks_that_cannot_be_compared_close_nothing() {
    let (source, recipient) = (oin(1), oin(2));
    let mut review = Review {
        comparable: false,
        ..Review::open(source, recipient, vec![[7; 16]], noon(9, 2))
    };
    let before = review.clone();
    let two = [[1; 16], [2; 16]];
    let refused = review.take(source, &two, Finding::Justified);
    assert_eq!(refused, Err(ReviewError::KeyReplaced));
    assert_eq!(
        ReviewError::KeyReplaced.code(),
        ErrorCode::ReviewKeyReplaced
    );
    assert_eq!(review, before);
    // Nobody of the recipient acted, so there is nobody to be told apart; and late it is all the same.
    let viewed = review.take(recipient, &[[1; 16]], Finding::Justified);
    assert_eq!(viewed, Ok(Side::Recipient));
    assert!(review.tell_late(review.by));
}

/// A small generator, so that a run can be repeated by its seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, many: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % many
    }
}

#[test]
fn no_single_person_closes_a_break_glass() {
    let mut closed = 0;
    for seed in 1..=20_000_u64 {
        let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        // Four persons at each of three organisations; what acts is one or two of the source's.
        let person = |draw: &mut Draw| [u8::try_from(draw.below(4)).unwrap(); 16];
        let acted: Vec<Mark> = (0..=draw.below(2)).map(|_| person(&mut draw)).collect();
        let start = noon(9, 2).plus(draw.below(Millis::DAY));
        let mut review = Review::open(oin(1), oin(2), acted.clone(), start);
        let mut now = start;
        for _ in 0..12 {
            now = now.plus(draw.below(Millis::DAY));
            let before = review.clone();
            if draw.below(3) == 0 {
                let told = review.tell_late(now);
                assert_eq!(told, review.told > before.told);
                assert!(!told || (now >= before.by && !before.closed()));
                continue;
            }
            let by = oin(u8::try_from(draw.below(3) + 1).unwrap());
            let persons: Vec<Mark> = (0..draw.below(4)).map(|_| person(&mut draw)).collect();
            let finding = Finding::ALL[usize::try_from(draw.below(3)).unwrap()];
            let took = review.take(by, &persons, finding);
            if took.is_err() {
                assert_eq!(
                    review, before,
                    "seed {seed}: a refused step changed something"
                );
            }
            if review.closed() && !before.closed() {
                let different: BTreeSet<&Mark> = persons.iter().collect();
                assert_eq!(by, oin(1), "seed {seed}: closed by another");
                assert!(different.len() >= 2, "seed {seed}: closed by one person");
                assert!(
                    persons.iter().all(|mark| !acted.contains(mark)),
                    "seed {seed}: closed by who acted"
                );
                closed += 1;
            }
            if before.closed() {
                assert_eq!(review.finding, before.finding, "seed {seed}: opened again");
            }
        }
    }
    assert!(closed > 2_000, "the exploration closes reviews: {closed}");
}
