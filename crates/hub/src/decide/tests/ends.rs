//! Until when a permit stands.

use crate::decide::permit_end;
use crate::testing::{BEGIN, header};
use seinhuis_types::Millis;

#[test]
fn a_permit_stands_for_thirty_seconds() {
    let end = BEGIN.plus(30_000);
    assert_eq!(permit_end(&header(None), BEGIN), end);
}

#[test]
fn a_permit_for_a_break_glass_ends_with_its_time_box() {
    let end = BEGIN.plus(30_000);
    for (until, expected) in [
        (BEGIN.plus(1), BEGIN.plus(1)),
        (end.minus(1), end.minus(1)),
        (end, end),
        (end.plus(1), end),
        (BEGIN.plus(4 * Millis::HOUR), end),
    ] {
        assert_eq!(permit_end(&header(Some(until)), BEGIN), expected);
    }
}
