//! When a party is warned that something of an agreement comes to an end.
//!
//! Owns: how long before an end, and which of a party's ends an agreement knows. Must not know: whether
//! a warning was given before, and certificates.

use super::{Agreement, State};
use seinhuis_types::{Millis, Oin};

/// How long before an end its parties are warned, in days, the last warning first.
pub const WARN_DAYS: [u64; 3] = [7, 30, 90];

/// Which warning is due at `now` for something that is over from `end` on: the number of days it is
/// called by. `None` when the end is further off than the first warning, or has come. Of warnings that
/// nobody could give, only the last one is due.
pub fn warning_due(end: Millis, now: Millis) -> Option<u64> {
    let left = end.0.checked_sub(now.0).filter(|left| *left > 0)?;
    WARN_DAYS
        .into_iter()
        .find(|days| left <= days.saturating_mul(Millis::DAY))
}

impl Agreement {
    /// Whether `oin` still has anything to lose by the agreement's end at `now`: it is in force for it,
    /// and no later version takes its place.
    pub fn binds(&self, oin: &Oin, now: Millis) -> bool {
        let lives = matches!(self.state_at(now), State::Valid | State::Suspended);
        lives
            && self.replaced().is_none()
            && self.content().party(oin).is_some()
            && !self.left().contains(oin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_is_due_from_its_day_until_the_next() {
        let end = Millis(1_000 * Millis::DAY);
        for (left_ms, due) in [
            (91 * Millis::DAY, None),
            (90 * Millis::DAY + 1, None),
            (90 * Millis::DAY, Some(90)),
            (30 * Millis::DAY + 1, Some(90)),
            (30 * Millis::DAY, Some(30)),
            (7 * Millis::DAY + 1, Some(30)),
            (7 * Millis::DAY, Some(7)),
            (1, Some(7)),
            (0, None),
        ] {
            assert_eq!(warning_due(end, end.minus(left_ms)), due, "{left_ms}");
        }
        assert_eq!(warning_due(end, end.plus(1)), None);
    }
}
