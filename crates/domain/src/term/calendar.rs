//! Working days in the Netherlands.
//!
//! Owns: which days count. Must not know: classes, signals.
//!
//! Law: Algemene termijnenwet (BWBR0002448) 1(1), a term that ends on a Saturday, Sunday or holiday
//! runs on to the next day that is none; 3(1) and 3(2), the holidays: New Year's Day, Good Friday,
//! Easter Monday, the King's birthday as it is celebrated, 5 May (of every year), Ascension Day, Whit
//! Monday, both days of Christmas. Days the Crown puts beside them (3(3)) are not known here, so a
//! term may end earlier than it has to, never later.

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use seinhuis_types::Millis;
use std::sync::OnceLock;

/// Europe/Amsterdam as this build knows it, so that two machines never differ.
fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let found = ZONE.get_or_init(|| {
        TimeZoneDatabase::bundled()
            .get("Europe/Amsterdam")
            // Bundled, so this is never reached; an hour off is then better than no term at all.
            .unwrap_or(TimeZone::fixed(jiff::tz::offset(1)))
    });
    found.clone()
}

/// The day in the Netherlands that `at` falls on; none past the year 9999.
pub fn day_of(at: Millis) -> Option<Date> {
    let at = i64::try_from(at.0).ok()?;
    let at = Timestamp::from_millisecond(at).ok()?;
    Some(at.to_zoned(zone()).date())
}

/// The first moment after `day`, which may be 23 or 25 hours after its first.
fn after(day: Date) -> Option<Millis> {
    beginning_of(day.tomorrow().ok()?)
}

/// The first moment of `day` in the Netherlands; none before 1970.
pub fn beginning_of(day: Date) -> Option<Millis> {
    let begins = day.to_zoned(zone()).ok()?.timestamp();
    u64::try_from(begins.as_millisecond()).ok().map(Millis)
}

/// The first moment after the day in the Netherlands that `at` falls on.
pub fn end_of_day(at: Millis) -> Millis {
    day_of(at)
        .and_then(after)
        .unwrap_or_else(|| at.plus(Millis::DAY))
}

/// The first moment after the `days`-th working day that follows the day of `from`; 0 is the day of
/// `from` itself.
pub fn end_of_working_day(from: Millis, days: u32) -> Millis {
    let found = day_of(from).and_then(|mut day| {
        let mut left = days;
        while left > 0 {
            day = day.checked_add(1.day()).ok()?;
            left -= u32::from(is_working_day(day));
        }
        after(day)
    });
    found.unwrap_or_else(|| from.plus(u64::from(days).saturating_mul(Millis::DAY)))
}

/// Whether `day` is none of the Saturdays, Sundays and holidays of the Algemene termijnenwet.
pub fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(day)
}

/// Whether `day` is a holiday of Algemene termijnenwet 3(1) or 3(2).
pub fn is_holiday(day: Date) -> bool {
    if matches!((day.month(), day.day()), (1, 1) | (5, 5) | (12, 25 | 26)) {
        return true;
    }
    if Some(day) == kings_day(day.year()) {
        return true;
    }
    // Good Friday, Easter and its Monday, Ascension Day, Whit Sunday and its Monday.
    easter(day.year()).is_some_and(|easter| {
        [-2, 0, 1, 39, 49, 50]
            .into_iter()
            .any(|days| easter.checked_add(days.days()).is_ok_and(|on| on == day))
    })
}

/// The day on which the King's birthday is celebrated: 27 April, or 26 April when that is a Sunday.
fn kings_day(year: i16) -> Option<Date> {
    let birthday = Date::new(year, 4, 27).ok()?;
    match birthday.weekday() {
        Weekday::Sunday => birthday.yesterday().ok(),
        _ => Some(birthday),
    }
}

/// Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.
pub fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (century, rest) = (y.div_euclid(100), y.rem_euclid(100));
    let golden = y.rem_euclid(19);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let month = i8::try_from(days / 31).ok()?;
    let day = i8::try_from(days % 31 + 1).ok()?;
    Date::new(year, month, day).ok()
}
