//! Tables of a signal file: finding keys, telling faults by line and place.
//!
//! Owns: that no fault repeats a value. Must not know: what the keys mean.

use crate::line;
use seinhuis_types::{Hour, Millis, ParseError};
use std::fmt;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

/// A fault in a file: where, and which rule. Never what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileError {
    /// From 1.
    pub(crate) line: usize,
    /// Such as `subjects[1].role`; empty for the whole.
    pub(crate) place: String,
    /// What should stand there.
    pub(crate) rule: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.rule)
    }
}

impl FileError {
    /// Text that is not TOML.
    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let line = error
            .span()
            .map_or(1, |span| line::number(text, span.start));
        // What the parser says may quote what it found.
        let message: String = error
            .message()
            .chars()
            .map(|c| if c.is_ascii_digit() { '#' } else { c })
            .collect();
        Self {
            line,
            place: String::new(),
            rule: format!("not TOML: {}", message.replace('\n', ", ")),
        }
    }
}

/// A value and where it stands.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// One table of the file.
pub(super) struct Row<'t> {
    text: &'t str,
    table: &'t DeTable<'t>,
    place: String,
    at: usize,
}

impl<'t> Row<'t> {
    pub(super) fn root(text: &'t str, table: &'t DeTable<'t>) -> Self {
        Self {
            text,
            table,
            place: String::new(),
            at: 0,
        }
    }

    /// A fault at a byte of the file.
    pub(super) fn fault_at(&self, at: usize, key: &str, rule: impl Into<String>) -> FileError {
        let place = match (self.place.as_str(), key) {
            (place, "") => place.to_owned(),
            ("", key) => key.to_owned(),
            (place, key) => format!("{place}.{key}"),
        };
        FileError {
            line: line::number(self.text, at),
            place,
            rule: rule.into(),
        }
    }

    /// A fault of the table as a whole.
    pub(super) fn fault(&self, rule: &str) -> FileError {
        self.fault_at(self.at, "", rule)
    }

    /// Every key and value of the table.
    pub(super) fn each(
        &self,
    ) -> impl Iterator<Item = (&'t str, usize, &'t Spanned<DeValue<'t>>)> + use<'t> {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span().start, value))
    }

    /// Refuses keys that are not of the form.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), FileError> {
        match self.each().find(|(key, _, _)| !known.contains(key)) {
            Some((_, at, _)) => {
                let rule = format!("this key is not known here; known are {}", known.join(", "));
                Err(self.fault_at(at, "", rule))
            }
            None => Ok(()),
        }
    }

    fn find(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.each()
            .find(|(found, _, _)| *found == key)
            .map(|(_, _, value)| value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    fn needed(&self, key: &str) -> FileError {
        self.fault_at(self.at, key, "this is needed")
    }

    /// The text at `key`, if the key is there.
    pub(super) fn maybe_text(&self, key: &str) -> Result<Option<Found<&'t str>>, FileError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => Ok(Some(Found {
                value: text.as_ref(),
                at,
            })),
            _ => Err(self.fault_at(at, key, "this is text, between quotes")),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Found<&'t str>, FileError> {
        self.maybe_text(key)?.ok_or_else(|| self.needed(key))
    }

    pub(super) fn maybe_parse<T: FromStr<Err = ParseError>>(
        &self,
        key: &str,
    ) -> Result<Option<T>, FileError> {
        let parse = |found: Found<&str>| {
            found
                .value
                .parse()
                .map_err(|error: ParseError| self.fault_at(found.at, key, error.rule))
        };
        self.maybe_text(key)?.map(parse).transpose()
    }

    pub(super) fn parse<T: FromStr<Err = ParseError>>(&self, key: &str) -> Result<T, FileError> {
        self.maybe_parse(key)?.ok_or_else(|| self.needed(key))
    }

    /// One of a closed set of names.
    pub(super) fn maybe_named<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        rule: &str,
    ) -> Result<Option<T>, FileError> {
        let read = |found: Found<&str>| {
            parse(found.value).ok_or_else(|| self.fault_at(found.at, key, rule))
        };
        self.maybe_text(key)?.map(read).transpose()
    }

    pub(super) fn named<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        rule: &str,
    ) -> Result<T, FileError> {
        self.maybe_named(key, parse, rule)?
            .ok_or_else(|| self.needed(key))
    }

    pub(super) fn maybe_bool(&self, key: &str) -> Result<Option<bool>, FileError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        match value.get_ref() {
            DeValue::Boolean(yes) => Ok(Some(*yes)),
            _ => Err(self.fault_at(value.span().start, key, "this is `true` or `false`")),
        }
    }

    /// The hour of a date-time with an offset.
    pub(super) fn hour(&self, key: &str, rule: &str) -> Result<Hour, FileError> {
        let value = self.find(key).ok_or_else(|| self.needed(key))?;
        let wrong = || self.fault_at(value.span().start, key, rule);
        match value.get_ref() {
            DeValue::Datetime(moment) => hour(moment).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// A day, as days since 1970-01-01.
    pub(super) fn day(&self, key: &str) -> Result<u32, FileError> {
        let value = self.find(key).ok_or_else(|| self.needed(key))?;
        let wrong = || self.fault_at(value.span().start, key, "this is a day, such as 2026-09-14");
        let DeValue::Datetime(Datetime {
            date: Some(date),
            time: None,
            ..
        }) = value.get_ref()
        else {
            return Err(wrong());
        };
        let day: Option<jiff::civil::Date> = date.to_string().parse().ok();
        let stamp = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
        let seconds = stamp.map(|stamp| stamp.timestamp().as_second());
        seconds
            .and_then(|seconds| u32::try_from(seconds.div_euclid(86_400)).ok())
            .ok_or_else(wrong)
    }

    /// The table at `key`, if the key is there.
    pub(super) fn maybe_table(&self, key: &str) -> Result<Option<Self>, FileError> {
        self.find(key).map(|value| self.row(key, value)).transpose()
    }

    /// The value at `key` as a table.
    fn row(&self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Result<Self, FileError> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::Table(table) => {
                let place = self.fault_at(at, key, "").place;
                Ok(Self {
                    text: self.text,
                    table,
                    place,
                    at,
                })
            }
            _ => Err(self.fault_at(at, key, "this is a table")),
        }
    }

    /// The tables of the list at `key`; none when the key is not there.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, FileError> {
        let Some(value) = self.find(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(items) = value.get_ref() else {
            let rule = format!("this is a list of tables, `[[{key}]]`");
            return Err(self.fault_at(value.span().start, key, rule));
        };
        let numbered = items.iter().enumerate();
        numbered
            .map(|(index, item)| self.row(&format!("{key}[{index}]"), item))
            .collect()
    }

    /// The texts of the list at `key`; none when the key is not there.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<Found<&'t str>>, FileError> {
        let Some(value) = self.find(key) else {
            return Ok(Vec::new());
        };
        let wrong = |at| self.fault_at(at, key, "this is a list of texts");
        let DeValue::Array(items) = value.get_ref() else {
            return Err(wrong(value.span().start));
        };
        let text = |item: &'t Spanned<DeValue<'t>>| match item.get_ref() {
            DeValue::String(text) => Ok(Found {
                value: text.as_ref(),
                at: item.span().start,
            }),
            _ => Err(wrong(item.span().start)),
        };
        items.iter().map(text).collect()
    }
}

/// The hour in which a moment falls; none without an offset, which `jiff` then refuses.
pub(super) fn hour(moment: &Datetime) -> Option<Hour> {
    let stamp: jiff::Timestamp = moment.to_string().parse().ok()?;
    u64::try_from(stamp.as_millisecond())
        .ok()
        .map(|ms| Millis(ms).hour())
}
