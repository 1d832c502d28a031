//! The shortest and the longest a consent is recorded for.

use super::*;

/// Two years, one of them a leap year: 731 days.
#[test]
fn a_record_of_consent_lasts_from_a_millisecond_to_731_days() {
    let longest = 731 * Millis::DAY;
    for (lasts, expected) in [
        (0, "CONSENT_TERM"),
        (1, "ok"),
        (longest - 1, "ok"),
        (longest, "ok"),
        (longest + 1, "CONSENT_TERM"),
    ] {
        let mut record = good();
        record.until = Millis(record.from.0 + lasts);
        assert_eq!(code(&record), expected, "{lasts}");
        let last = Millis((record.from.0 + lasts).saturating_sub(1));
        assert_eq!(record.stands(last), expected == "ok", "{lasts}");
    }
    let mut back = good();
    back.until = Millis(back.from.0 - 1);
    assert_eq!(code(&back), "CONSENT_TERM");
}
