//! The few human texts of an agreement, and its dates. They are about organisations, not persons.

use jiff::civil;
use seinhuis_types::{Millis, ParseError};
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// A line of human text: 1 to 200 characters, no control characters, and no run of exactly nine
/// digits, so that a citizen number cannot stand in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

impl Text {
    /// Reads the text, trimmed of nothing.
    ///
    /// # Errors
    /// Names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let length = text.chars().count();
        if !(1..=200).contains(&length) || text.chars().any(char::is_control) {
            return Err(ParseError::new(
                "text",
                "1 to 200 characters without control characters",
            ));
        }
        if has_nine_digits(text) {
            return Err(ParseError::new(
                "text",
                "no nine digits in a row: that is a citizen number",
            ));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` has a run of exactly nine ASCII digits.
pub(super) fn has_nine_digits(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit())
        .any(|run| run.len() == 9)
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Text {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// A calendar day, written `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// Reads `YYYY-MM-DD` and no other form of ISO 8601.
    ///
    /// # Errors
    /// Names the rule.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let date: Option<civil::Date> = text.parse().ok();
        // The written form is compared, because the parser also reads other forms of a date.
        date.filter(|date| date.to_string() == text)
            .map(Self)
            .ok_or(ParseError::new("date", "YYYY-MM-DD"))
    }

    /// The first millisecond of the day, in UTC; `None` before 1970.
    pub fn start(self) -> Option<Millis> {
        let start = self.0.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        u64::try_from(start.timestamp().as_millisecond())
            .ok()
            .map(Millis)
    }

    /// The first moment of the day in the Netherlands; `None` before 1970.
    pub fn begins(self) -> Option<Millis> {
        crate::term::calendar::beginning_of(self.0)
    }

    /// The day a moment falls on, in UTC.
    pub(super) fn of(moment: UnixSeconds) -> Option<Self> {
        let seconds = i64::try_from(moment.0).ok()?;
        let stamp = jiff::Timestamp::from_second(seconds).ok()?;
        Some(Self(stamp.to_zoned(jiff::tz::TimeZone::UTC).date()))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Date {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// Whole seconds since 1970-01-01T00:00:00Z, as in an FSC contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// The first millisecond of the second.
    pub const fn millis(self) -> Millis {
        Millis(self.0.saturating_mul(Millis::SECOND))
    }
}
