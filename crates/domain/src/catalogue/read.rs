//! Reads rows of TOML with the line of each value at hand.
//!
//! Owns: how a missing, mistyped or unknown key becomes a fault. Must not know: what any key means.

use super::RoleCode;
use super::code::digits;
use super::fault::{Faults, Place};
use super::value::NUMBER_DIGITS;
use seinhuis_types::ParseError;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the line it stands on.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) at: Place,
    pub(super) value: T,
}

/// Where the lines of a file end, to turn a span into a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'t> {
    pub(super) index: usize,
    ends: &'t [usize],
}

impl<'t> File<'t> {
    pub(super) fn new(index: usize, ends: &'t [usize]) -> Self {
        Self { index, ends }
    }

    /// Offsets of the line ends of `text`.
    pub(super) fn ends(text: &str) -> Vec<usize> {
        text.bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(offset, _)| offset)
            .collect()
    }

    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let before = self.ends.partition_point(|end| *end < span.start);
        Place {
            file: self.index,
            line: before.saturating_add(1),
        }
    }
}

/// One table of a file. Keys that were never asked for are unknown.
#[derive(Debug)]
pub(super) struct Row<'t> {
    pub(super) file: File<'t>,
    pub(super) table: &'t DeTable<'t>,
    pub(super) at: Place,
    /// How the row is named in faults, such as ``basis `POL-VT` ``.
    pub(super) name: String,
    pub(super) asked: BTreeSet<&'static str>,
}

impl<'t> Row<'t> {
    pub(super) fn new(file: File<'t>, table: &'t DeTable<'t>, at: Place, name: &str) -> Self {
        Self {
            file,
            table,
            at,
            name: name.to_owned(),
            asked: BTreeSet::new(),
        }
    }

    pub(super) fn value(&mut self, key: &'static str) -> Option<(Place, &'t DeValue<'t>)> {
        self.asked.insert(key);
        let value: &'t Spanned<DeValue<'t>> = self.table.get(key)?;
        Some((self.file.place(&value.span()), value.get_ref()))
    }

    /// Says that a required key is absent.
    fn missing(&self, key: &str, faults: &mut Faults) {
        let what = format!("{} has no `{key}`", self.name);
        faults.add(self.at, what, format!("add `{key} = ...`"));
    }

    pub(super) fn mistyped(&self, key: &str, at: Place, want: &str, faults: &mut Faults) {
        let what = format!("{}: `{key}` is not {want}", self.name);
        faults.add(at, what, format!("write {want}"));
    }

    /// Whether the key is there at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// An optional text.
    pub(super) fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<At<&'t str>> {
        let (at, value) = self.value(key)?;
        if let Some(value) = value.as_str() {
            return Some(At { at, value });
        }
        self.mistyped(key, at, "a text between quotes", faults);
        None
    }

    /// Reads a code that may be seen on the wire, and so has no room for a citizen number.
    fn parse<T>(
        &self,
        key: &str,
        text: &At<&str>,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        if digits(text.value) >= NUMBER_DIGITS {
            let what = format!("{}: `{key}` is `{}`, nine digits", self.name, text.value);
            faults.add(
                text.at,
                what,
                "use a code that could not be a citizen number",
            );
            return None;
        }
        self.parse_any(key, text, read, faults)
    }

    fn parse_any<T>(
        &self,
        key: &str,
        text: &At<&str>,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        match read(text.value) {
            Ok(value) => Some(At { at: text.at, value }),
            Err(error) => {
                let what = format!(
                    "{}: `{key}` is `{}`, not a {}",
                    self.name, text.value, error.what
                );
                faults.add(text.at, what, format!("write {}", error.rule));
                None
            }
        }
    }

    /// A text about law that must be there; it is never on the wire.
    pub(super) fn legal<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        if !self.has(key) {
            self.missing(key, faults);
        }
        let text = self.text(key, faults)?;
        self.parse_any(key, &text, read, faults)
    }

    /// A code, if the key is there.
    pub(super) fn code_opt<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let text = self.text(key, faults)?;
        self.parse(key, &text, read, faults)
    }

    /// A code that must be there.
    pub(super) fn code<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        if !self.has(key) {
            self.asked.insert(key);
            self.missing(key, faults);
        }
        self.code_opt(key, read, faults)
    }

    /// The code that names this row; afterwards faults name the row by it.
    pub(super) fn key<T: Display>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let code = self.code(key, read, faults)?;
        self.name = format!("{} `{}`", self.name, code.value);
        Some(code)
    }

    /// One of a few words.
    pub(super) fn word<T>(
        &mut self,
        key: &'static str,
        words: &str,
        read: impl Fn(&str) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let text = self.text(key, faults)?;
        match read(text.value) {
            Some(value) => Some(At { at: text.at, value }),
            None => {
                let what = format!("{}: `{key}` is `{}`", self.name, text.value);
                faults.add(text.at, what, format!("write one of {words}"));
                None
            }
        }
    }

    /// A list of codes; empty when the key is absent, which is a fault if it is `required`.
    pub(super) fn codes<T: PartialEq + Display>(
        &mut self,
        key: &'static str,
        required: bool,
        read: impl Fn(&str) -> Result<T, ParseError>,
        faults: &mut Faults,
    ) -> Vec<At<T>> {
        let mut found: Vec<At<T>> = Vec::new();
        let Some((place, value)) = self.value(key) else {
            if required {
                self.missing(key, faults);
            }
            return found;
        };
        let Some(items) = value.as_array() else {
            self.mistyped(key, place, "a list of texts between [ and ]", faults);
            return found;
        };
        if required && items.is_empty() {
            let what = format!("{}: `{key}` is empty", self.name);
            faults.add(place, what, "name at least one");
        }
        for item in items.iter() {
            let at = self.file.place(&item.span());
            let Some(value) = item.get_ref().as_str() else {
                self.mistyped(key, at, "a list of texts between quotes", faults);
                continue;
            };
            let Some(code) = self.parse(key, &At { at, value }, &read, faults) else {
                continue;
            };
            if found.iter().any(|other| other.value == code.value) {
                let what = format!("{}: `{key}` names `{}` twice", self.name, code.value);
                faults.add(at, what, "take one out");
            } else {
                found.push(code);
            }
        }
        found
    }

    /// A list of partner roles.
    pub(super) fn roles(
        &mut self,
        key: &'static str,
        required: bool,
        faults: &mut Faults,
    ) -> Vec<At<RoleCode>> {
        self.codes(key, required, RoleCode::parse, faults)
    }

    /// `true` or `false`; `None` when the key is absent.
    pub(super) fn flag(&mut self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        let (at, value) = self.value(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.mistyped(key, at, "true or false", faults);
        }
        flag
    }

    /// `true` or `false`, which must be said.
    pub(super) fn must_flag(&mut self, key: &'static str, faults: &mut Faults) -> bool {
        if !self.has(key) {
            self.missing(key, faults);
        }
        self.flag(key, faults).unwrap_or_default()
    }

    /// A whole number within `bounds`, if the key is there.
    pub(super) fn number_opt(
        &mut self,
        key: &'static str,
        bounds: Range<i64>,
        faults: &mut Faults,
    ) -> Option<At<i64>> {
        let (at, value) = self.value(key)?;
        let number = value
            .as_integer()
            .and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| bounds.contains(number));
        if number.is_none() {
            let last = bounds.end.saturating_sub(1);
            let want = format!("a whole number from {} to {last}", bounds.start);
            self.mistyped(key, at, &want, faults);
        }
        number.map(|value| At { at, value })
    }

    /// A whole number within `bounds` that must be there.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        bounds: Range<i64>,
        faults: &mut Faults,
    ) -> Option<At<i64>> {
        if !self.has(key) {
            self.asked.insert(key);
            self.missing(key, faults);
        }
        self.number_opt(key, bounds, faults)
    }
}
