//! What the header of a break-glass says beside that of a signal: why no ordinary way was open, which
//! function was called before, and until when it may be released.
//!
//! Owns: its form against the catalogue, and how call and time box stand to a moment. Must not know: who
//! called and who was called (functions only, never a person or a number), what a clause allows beyond
//! the length of the box, and the review that follows.

use super::{Header, Invalid};
use crate::catalogue::{Catalogue, CodeList};
use seinhuis_types::{CodeValue, ErrorCode, Millis, limits};

/// The code list of reasons.
pub const BREAK_GLASS_REASONS: &str = "break-glass-reason";
/// The code list of functions that can be called.
pub const CALLED_FUNCTIONS: &str = "called-function";
/// The longest time box a clause may allow, in hours.
pub const LONGEST_BOX_HOURS: u8 = 24;
/// How long before sending the call may have been, at most: one hour, in milliseconds. What could wait
/// longer could be decided in the ordinary way.
pub const CALL_AGE_MS: u64 = Millis::HOUR;

/// What a break-glass says of itself, in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// Why: a code of the list `break-glass-reason`. None breaks the form.
    pub reason: Option<CodeValue>,
    /// The call before it; without one the law refuses.
    pub call: Option<Call>,
    /// The first moment at which nothing more of it is released, UTC.
    pub until: Millis,
}

/// A telephone call: to which function, and when. No name and no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// A code of the list `called-function`. That it is one of the recipient is the source's word: the list
    /// does not tie functions to roles.
    pub function: CodeValue,
    /// When, UTC.
    pub at: Millis,
}

/// How a break-glass stands to the law's conditions at a moment; all `false` for an ordinary signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BreakGlassStanding {
    /// Whether it is a break-glass at all.
    pub used: bool,
    /// Whether a call was made.
    pub called: bool,
    /// Whether the call, if there was one, lay within [`CALL_AGE_MS`] before sending, and not ahead of it.
    pub call_recent: bool,
    /// Whether the time box is no longer than the clause allows.
    pub box_short: bool,
    /// Whether the time box has not ended.
    pub box_open: bool,
}

impl BreakGlass {
    /// How it stands at `now`, having been sent at `sent`, under a clause that allows boxes of
    /// `most_hours`. A call may seem to lie ahead by as much as clocks differ
    /// ([`limits::EVENT_FUTURE_MS`]).
    pub fn standing(&self, sent: Millis, now: Millis, most_hours: u8) -> BreakGlassStanding {
        let called = self.call.as_ref().map(|call| call.at);
        BreakGlassStanding::of(called, self.until, sent, now, most_hours)
    }
}

impl BreakGlassStanding {
    /// How a break-glass stands that was `called` about and has its box `until` then; as
    /// [`BreakGlass::standing`].
    pub fn of(
        called: Option<Millis>,
        until: Millis,
        sent: Millis,
        now: Millis,
        most_hours: u8,
    ) -> Self {
        let earliest = sent.minus(CALL_AGE_MS);
        let latest = sent.plus(limits::EVENT_FUTURE_MS);
        let most = u64::from(most_hours.min(LONGEST_BOX_HOURS)).saturating_mul(Millis::HOUR);
        Self {
            used: true,
            called: called.is_some(),
            call_recent: called.is_none_or(|at| at >= earliest && at <= latest),
            box_short: until <= sent.plus(most),
            box_open: now < until,
        }
    }
}

/// Holds a break-glass against the catalogue.
///
/// # Errors
/// `BREAK_GLASS_INVALID`: no reason, a code that is not listed, or a rectification that says it is one.
pub(super) fn check(
    glass: &BreakGlass,
    header: &Header,
    catalogue: &Catalogue,
) -> Result<(), Invalid> {
    let listed = |list: &str, code: &CodeValue| {
        let has = |known: &CodeList| known.contains(code.as_str());
        if catalogue.code_list(list).is_some_and(has) {
            return Ok(());
        }
        Err(invalid(format!(
            "{list} `{code}` is not in the catalogue; see `seinpaal catalogue list {list}`"
        )))
    };
    let Some(reason) = &glass.reason else {
        return Err(invalid(format!(
            "break_glass: it has no reason; give a code of the list `{BREAK_GLASS_REASONS}`"
        )));
    };
    listed(BREAK_GLASS_REASONS, reason)?;
    if let Some(call) = &glass.call {
        listed(CALLED_FUNCTIONS, &call.function)?;
    }
    if header.rectification.is_some() {
        return Err(invalid(
            "break_glass: a rectification is none; it goes by Rectify without".to_owned(),
        ));
    }
    Ok(())
}

fn invalid(message: String) -> Invalid {
    Invalid {
        code: ErrorCode::BreakGlassInvalid,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Millis = Millis(1_790_000_000_000);

    fn glass(call: Option<Millis>, until: Millis) -> BreakGlass {
        BreakGlass {
            reason: Some("no-time".parse().unwrap()),
            call: call.map(|at| Call {
                function: "control-room".parse().unwrap(),
                at,
            }),
            until,
        }
    }

    #[test]
    fn a_call_counts_from_an_hour_before_to_the_difference_of_clocks() {
        let recent = |at: Millis| {
            let standing = glass(Some(at), SENT.plus(1)).standing(SENT, SENT, 24);
            assert!(standing.used && standing.called);
            standing.call_recent
        };
        assert!(recent(SENT));
        assert!(recent(SENT.minus(CALL_AGE_MS - 1)) && recent(SENT.minus(CALL_AGE_MS)));
        assert!(!recent(SENT.minus(CALL_AGE_MS + 1)));
        assert!(recent(SENT.plus(limits::EVENT_FUTURE_MS - 1)));
        assert!(recent(SENT.plus(limits::EVENT_FUTURE_MS)));
        assert!(!recent(SENT.plus(limits::EVENT_FUTURE_MS + 1)));
        let none = glass(None, SENT.plus(1)).standing(SENT, SENT, 24);
        assert!(!none.called && none.call_recent, "one reason is enough");
    }

    #[test]
    fn a_time_box_ends_to_the_millisecond_and_is_no_longer_than_its_clause_allows() {
        let until = SENT.plus(2 * Millis::HOUR);
        let at = |now: Millis, hours| {
            let standing = glass(Some(SENT), until).standing(SENT, now, hours);
            (standing.box_short, standing.box_open)
        };
        assert_eq!(at(SENT, 2), (true, true));
        assert_eq!(at(SENT, 1), (false, true));
        assert_eq!(at(until.minus(1), 2), (true, true));
        assert_eq!(at(until, 2), (true, false));
        assert_eq!(at(until.plus(1), 2), (true, false));
        let short = |until: Millis| glass(Some(SENT), until).standing(SENT, SENT, 2).box_short;
        assert!(short(until.minus(1)) && !short(until.plus(1)));
        let day = |ms| glass(None, SENT.plus(24 * Millis::HOUR + ms)).standing(SENT, SENT, 255);
        assert!(day(0).box_short && !day(1).box_short, "never over a day");
    }
}
