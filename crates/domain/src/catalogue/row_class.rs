//! Reads one urgency class, and one retention class.
//!
//! Owns: their keys and terms. Must not know: which types use them.

use super::fault::Faults;
use super::read::{At, Row};
use super::{AckTerm, ClassCode, Retention, RetentionStart, Urgency};

/// Minutes of a week, hours of ten years, working days of a quarter: beyond these it is a slip.
const MOST_MINUTES: i64 = 10_081;
const MOST_DAYS: i64 = 66;
const MOST_HOURS: i64 = 87_673;

pub(super) fn urgency(row: &mut Row<'_>, code: &ClassCode, faults: &mut Faults) -> Urgency {
    let label = row.label("label", faults);
    let small = |number: At<i64>| u32::try_from(number.value).ok();
    let deliver_minutes = row
        .number_opt("deliver_minutes", 1..MOST_MINUTES, faults)
        .and_then(small);
    let minutes = row
        .number_opt("acknowledge_minutes", 1..MOST_MINUTES, faults)
        .and_then(small);
    let days = row
        .number_opt("acknowledge_working_days", 1..MOST_DAYS, faults)
        .and_then(small);
    if row.has("acknowledge_minutes") == row.has("acknowledge_working_days") {
        let what = format!("{} has not one term to acknowledge", row.name);
        let fix = "give `acknowledge_minutes` or `acknowledge_working_days`, one of the two";
        faults.add(row.at, what, fix);
    }
    let acknowledge = match (minutes, days) {
        (Some(minutes), _) => AckTerm::Minutes(minutes),
        (None, days) => AckTerm::WorkingDays(days.unwrap_or(1)),
    };
    Urgency {
        code: code.clone(),
        label,
        deliver_minutes,
        acknowledge,
    }
}

pub(super) fn retention(row: &mut Row<'_>, code: &ClassCode, faults: &mut Faults) -> Retention {
    let label = row.label("label", faults);
    let words = "`acknowledged`, `sent`, `state-ended`, `school-day`";
    if !row.has("after") {
        faults.add(
            row.at,
            format!("{} has no `after`", row.name),
            format!("add one of {words}"),
        );
    }
    let after = row.word("after", words, RetentionStart::parse, faults);
    let hours = row.number("hours", 0..MOST_HOURS, faults);
    let cap = row.number("cap_hours", 1..MOST_HOURS, faults);
    if let (Some(hours), Some(cap)) = (&hours, &cap)
        && hours.value > cap.value
    {
        let what = format!("{}: `hours` is above `cap_hours`", row.name);
        faults.add(
            hours.at,
            what,
            "the cap is the most, whatever happens: raise it or lower `hours`",
        );
    }
    let small = |number: Option<At<i64>>| {
        number
            .and_then(|number| u32::try_from(number.value).ok())
            .unwrap_or_default()
    };
    let after = after.map_or(RetentionStart::Sent, |after| after.value);
    Retention {
        code: code.clone(),
        label,
        after,
        hours: small(hours),
        cap_hours: small(cap),
    }
}
