//! Terms: by when a delivery must have been opened, and how long the hub keeps what it carries.
//!
//! Owns: how a class of the catalogue becomes a moment. Pure: time goes in as an argument. Must not
//! know: deliveries as stored, who is told, any clock.
//!
//! Terms in days are counted in the Netherlands, with the Saturdays, Sundays and holidays of the
//! Algemene termijnenwet ([`calendar`]); terms in minutes and hours run by the clock, also through a
//! change of it.

pub mod calendar;

use crate::catalogue::{AckTerm, Retention, RetentionStart};
use seinhuis_types::Millis;

/// The longest a payload lives, from its publication: seven days, in milliseconds.
pub const PAYLOAD_CAP_MS: u64 = 7 * Millis::DAY;
/// The longest a payload lives after its last acknowledgement: 24 hours, in milliseconds.
pub const PAYLOAD_AFTER_MS: u64 = Millis::DAY;

/// The longest a rectification waits for its recipient, from when it was sent: thirty days, in
/// milliseconds. The duty to tell outlives the payload it is about.
pub const RECTIFICATION_CAP_MS: u64 = 30 * Millis::DAY;

/// By when a signal sent at `sent` must have been acknowledged as opened: the first moment that is
/// too late. Working days run to the end of the last one, not counting the day of sending.
pub fn acknowledge_by(term: AckTerm, sent: Millis) -> Millis {
    match term {
        AckTerm::Minutes(minutes) => sent.plus(u64::from(minutes).saturating_mul(60_000)),
        AckTerm::WorkingDays(days) => calendar::end_of_working_day(sent, days),
    }
}

/// When the payload of a signal sent at `sent` dies at the latest, whatever happens: after seven
/// days, or after the cap of its retention class if that is shorter. A class of a school day ends
/// with the calendar day.
pub fn payload_cap(class: Option<&Retention>, sent: Millis) -> Millis {
    let Some(class) = class else {
        return sent.plus(PAYLOAD_CAP_MS);
    };
    let end = sent.plus(PAYLOAD_CAP_MS.min(hours(class.cap_hours)));
    match class.after {
        RetentionStart::SchoolDay => end.min(calendar::end_of_day(sent)),
        _ => end,
    }
}

/// When a payload dies whose last acknowledgement came at `acknowledged`: 24 hours later, or sooner
/// where its class says so, and never after its `cap`.
pub fn payload_until(class: Option<&Retention>, cap: Millis, acknowledged: Millis) -> Millis {
    let after = match class {
        Some(class) if class.after == RetentionStart::Acknowledged => hours(class.hours),
        _ => PAYLOAD_AFTER_MS,
    };
    cap.min(acknowledged.plus(after.min(PAYLOAD_AFTER_MS)))
}

fn hours(hours: u32) -> u64 {
    u64::from(hours).saturating_mul(Millis::HOUR)
}

#[cfg(test)]
mod tests;
