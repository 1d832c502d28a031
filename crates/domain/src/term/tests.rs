//! Known days and terms, and properties of all of them. Must not know: the code they are of beyond its
//! public functions.

use super::calendar::{day_of, easter, end_of_day, end_of_working_day, is_holiday, is_working_day};
use super::*;
use crate::catalogue::{ClassCode, Label};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// A moment by the clocks of Amsterdam.
fn at(text: &str) -> Millis {
    let civil: jiff::civil::DateTime = text.parse().unwrap();
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let moment = civil.to_zoned(zone).unwrap().timestamp();
    Millis(moment.as_millisecond().try_into().unwrap())
}

#[test]
fn easter_falls_when_it_fell() {
    for (year, month, day) in [
        (1961, 4, 2),
        (2000, 4, 23),
        (2008, 3, 23),
        (2011, 4, 24),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2038, 4, 25),
        (2285, 3, 22),
    ] {
        assert_eq!(easter(year), Some(date(year, month, day)), "{year}");
    }
}

#[test]
fn the_holidays_of_2026_are_those_of_the_law() {
    let mut day = date(2026, 1, 1);
    let mut found = Vec::new();
    while day.year() == 2026 {
        if is_holiday(day) {
            found.push((day.month(), day.day()));
        }
        day = day.tomorrow().unwrap();
    }
    let law = [
        (1, 1),
        (4, 3),
        (4, 5),
        (4, 6),
        (4, 27),
        (5, 5),
        (5, 14),
        (5, 24),
        (5, 25),
        (12, 25),
        (12, 26),
    ];
    assert_eq!(found, law);
}

#[test]
fn the_kings_day_is_never_a_sunday() {
    // 27 April is a Sunday in 2025 and 2031.
    for (on, is) in [
        (date(2025, 4, 26), true),
        (date(2025, 4, 27), false),
        (date(2031, 4, 26), true),
        (date(2026, 4, 27), true),
        (date(2026, 4, 26), false),
    ] {
        assert_eq!(is_holiday(on), is, "{on}");
    }
    // Not a year of jubilee, and still one of the law.
    assert!(is_holiday(date(2027, 5, 5)));
}

#[test]
fn urgency_classes_end_when_the_law_lets_them() {
    let day = |days| AckTerm::WorkingDays(days);
    for (term, sent, end) in [
        (AckTerm::Minutes(15), "2026-09-21T23:50", "2026-09-22T00:05"),
        (
            AckTerm::Minutes(240),
            "2026-12-25T22:00",
            "2026-12-26T02:00",
        ),
        // A Monday, a Friday, a Saturday night.
        (day(1), "2026-09-21T09:00", "2026-09-23T00:00"),
        (day(1), "2026-09-25T23:59", "2026-09-29T00:00"),
        (day(1), "2026-09-26T23:30", "2026-09-29T00:00"),
        // Maundy Thursday: Good Friday, the weekend and Easter Monday do not count.
        (day(1), "2026-04-02T12:00", "2026-04-08T00:00"),
        (day(5), "2026-04-02T12:00", "2026-04-14T00:00"),
        // Christmas 2026 is a Friday and a Saturday; New Year's Day 2027 a Friday.
        (day(5), "2026-12-24T12:00", "2027-01-05T00:00"),
    ] {
        assert_eq!(acknowledge_by(term, at(sent)), at(end), "{term:?} {sent}");
    }
}

#[test]
fn a_day_has_23_or_25_hours_when_the_clock_changes() {
    for (sent, hours) in [
        ("2026-03-29T00:00", 23),
        ("2026-10-25T00:00", 25),
        ("2026-10-26T00:00", 24),
    ] {
        let length = end_of_day(at(sent)).0 - at(sent).0;
        assert_eq!(length, hours * Millis::HOUR, "{sent}");
    }
    // By the clock: four hours are four hours, also in the night in which 02:00 comes twice.
    let sent = at("2026-10-25T00:30");
    assert_eq!(
        acknowledge_by(AckTerm::Minutes(240), sent),
        at("2026-10-25T03:30")
    );
}

fn class(after: RetentionStart, hours: u32, cap_hours: u32) -> Retention {
    Retention {
        code: ClassCode::parse("R0").unwrap(),
        label: Label {
            nl: "n".into(),
            en: "e".into(),
        },
        after,
        hours,
        cap_hours,
    }
}

#[test]
fn payloads_die_a_day_after_and_seven_days_at_most() {
    let sent = at("2026-09-21T09:00");
    let r0 = class(RetentionStart::Acknowledged, 24, 168);
    let cap = payload_cap(Some(&r0), sent);
    assert_eq!(cap, sent.plus(7 * Millis::DAY));
    let soon = sent.plus(Millis::HOUR);
    assert_eq!(payload_until(Some(&r0), cap, soon), soon.plus(Millis::DAY));
    let late = sent.plus(7 * Millis::DAY - 1);
    assert_eq!(payload_until(Some(&r0), cap, late), cap);
    // A class that keeps a stub for years keeps no payload longer.
    for long in [
        class(RetentionStart::Sent, 720, 720),
        class(RetentionStart::StateEnded, 720, 43_824),
    ] {
        assert_eq!(payload_cap(Some(&long), sent), cap);
        assert_eq!(
            payload_until(Some(&long), cap, soon),
            soon.plus(Millis::DAY)
        );
    }
    assert_eq!(payload_cap(None, sent), cap);
}

#[test]
fn what_a_school_is_told_dies_with_the_day() {
    let r3 = class(RetentionStart::SchoolDay, 0, 24);
    let sent = at("2026-10-25T08:00");
    assert_eq!(payload_cap(Some(&r3), sent), at("2026-10-26T00:00"));
    // The day of 25 hours does not stretch the cap of 24.
    let sent = at("2026-10-25T00:00");
    assert_eq!(payload_cap(Some(&r3), sent), sent.plus(Millis::DAY));
}

/// Moments from 2015 to 2100.
fn moments() -> impl Strategy<Value = Millis> {
    (1_420_000_000_000u64..4_100_000_000_000).prop_map(Millis)
}

fn working_days_between(from: Date, to: Date) -> u32 {
    let mut day = from;
    let mut found = 0;
    while day < to {
        day = day.tomorrow().unwrap();
        found += u32::from(day < to && is_working_day(day));
    }
    found
}

proptest! {
    #[test]
    fn a_term_ends_at_midnight_after_that_many_working_days(sent in moments(), days in 1u32..30) {
        let end = end_of_working_day(sent, days);
        prop_assert!(end > sent);
        let (first, last) = (day_of(sent).unwrap(), day_of(end.minus(1)).unwrap());
        // The last day counts, and with it exactly as many as were given.
        prop_assert!(is_working_day(last));
        prop_assert_eq!(working_days_between(first, day_of(end).unwrap()), days);
        // The end is the first moment of a day.
        prop_assert_eq!(day_of(end).unwrap(), last.tomorrow().unwrap());
        prop_assert_eq!(end_of_day(end.minus(1)), end);
    }

    #[test]
    fn who_sends_later_is_never_due_earlier(a in moments(), gap in 0u64..40 * Millis::DAY, days in 0u32..12) {
        let b = a.plus(gap);
        prop_assert!(end_of_working_day(a, days) <= end_of_working_day(b, days));
        prop_assert!(end_of_working_day(a, days) < end_of_working_day(a, days + 1));
    }

    #[test]
    fn easter_is_a_sunday_in_its_weeks(year in 1583i16..4000) {
        let easter = easter(year).unwrap();
        prop_assert_eq!(easter.weekday(), jiff::civil::Weekday::Sunday);
        prop_assert!(easter >= date(year, 3, 22) && easter <= date(year, 4, 25));
    }

    #[test]
    fn no_moment_makes_it_fail(sent in any::<u64>(), days in 0u32..66) {
        let sent = Millis(sent);
        prop_assert!(end_of_working_day(sent, days) >= sent);
        prop_assert!(payload_cap(None, sent) >= sent);
    }
}
