//! The one canonical form of each kind of value.
//!
//! Owns: whether bytes are a value of a field. Must not know: sealing, padding.

use super::{FieldDef, FieldKind};
use seinhuis_types::{CodeValue, Oin, ParseError};
use std::collections::BTreeSet;

/// The longest coded value: what fits in a sealed field of 64 bytes after its two length bytes.
pub(super) const VALUE_BYTES: usize = 62;
/// Digits of a citizen number; nothing readable may hold so many.
pub(super) const NUMBER_DIGITS: usize = 9;
/// The last hour that can be told, in the year 3110; seven digits.
const LAST_HOUR: u32 = 9_999_999;

impl FieldDef {
    /// Checks that `value` is a value of this field in its canonical form. UTF-8 text, but for
    /// `opaque`:
    ///
    /// | kind | form |
    /// |---|---|
    /// | enum | the code |
    /// | enum-set | 1 to `max` different codes, sorted bytewise, joined by `,` |
    /// | date | `YYYY-MM-DD`, a day that exists, 1900 to 2199 |
    /// | hour | whole hours since 1970-01-01T00Z, decimal, at most seven digits |
    /// | int | decimal, no `+`, no leading zeros, within the field's bounds |
    /// | bool | `yes` or `no` |
    /// | oin | 20 characters (OIN-Stelsel 2.2.2) |
    /// | opaque | 16 bytes without nine ASCII digits in a row |
    ///
    /// # Errors
    /// When it is anything else. Never repeats the value.
    pub fn check_value(&self, value: &[u8]) -> Result<(), ParseError> {
        let text = std::str::from_utf8(value).ok();
        let (ok, rule) = match &self.kind {
            FieldKind::Enum { codes, .. } => (
                text.is_some_and(|t| codes.contains(t)),
                "a code of the field's list",
            ),
            FieldKind::EnumSet { codes, max, .. } => (
                text.is_some_and(|t| is_set(t, codes, *max)),
                "different codes of the field's list, sorted, joined by `,`, no more than its maximum",
            ),
            FieldKind::Date => (
                is_date(value),
                "a day that exists, `YYYY-MM-DD`, 1900 to 2199",
            ),
            FieldKind::Hour => (
                text.and_then(decimal)
                    .is_some_and(|n| (0..=i64::from(LAST_HOUR)).contains(&n)),
                "hours since 1970, decimal, at most seven digits",
            ),
            FieldKind::Int { min, max } => (
                text.and_then(decimal)
                    .is_some_and(|n| (*min..=*max).contains(&n)),
                "a whole number in plain decimal, within the field's bounds",
            ),
            FieldKind::Bool => (matches!(value, b"yes" | b"no"), "`yes` or `no`"),
            FieldKind::Oin => (
                text.is_some_and(|t| Oin::parse(t).is_ok()),
                "an OIN of 20 characters (OIN-Stelsel 2.2.2)",
            ),
            FieldKind::Opaque => (
                value.len() == 16 && !has_number(value),
                "16 bytes without nine digits in a row",
            ),
        };
        if ok {
            Ok(())
        } else {
            Err(ParseError::new("field value", rule))
        }
    }
}

/// Checks the value of the reserved field `case`: one to three references of 16 opaque bytes, the
/// partner's own first. A readable case number is refused where it has nine digits in a row.
///
/// # Errors
/// When it is anything else. Never repeats the value.
pub fn check_case(value: &[u8]) -> Result<(), ParseError> {
    if matches!(value.len(), 16 | 32 | 48) && !has_number(value) {
        Ok(())
    } else {
        Err(ParseError::new(
            "case",
            "one to three references of 16 opaque bytes",
        ))
    }
}

fn is_set(text: &str, codes: &BTreeSet<CodeValue>, max: usize) -> bool {
    let mut last = "";
    let mut count = 0_usize;
    for code in text.split(',') {
        count = count.saturating_add(1);
        if count > max || code <= last || !codes.contains(code) {
            return false;
        }
        last = code;
    }
    true
}

/// A number in the only decimal form it has.
fn decimal(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whether the bytes are a day that exists.
pub(super) fn is_date(bytes: &[u8]) -> bool {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
        return false;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |sum, digit| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + i16::from(digit.saturating_sub(b'0')))
        })
    };
    let day = |digits: &[u8]| number(digits).and_then(|n| i8::try_from(n).ok());
    let (Some(year), Some(month), Some(day)) = (
        number(&[*y1, *y2, *y3, *y4]),
        day(&[*m1, *m2]),
        day(&[*d1, *d2]),
    ) else {
        return false;
    };
    (1900..=2199).contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
}

/// Whether nine ASCII digits stand in a row: a citizen number, or room for one.
fn has_number(bytes: &[u8]) -> bool {
    bytes
        .windows(NUMBER_DIGITS)
        .any(|window| window.iter().all(u8::is_ascii_digit))
}
