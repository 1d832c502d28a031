//! What is shown on standard output: tables and facts for people, JSON for machines.
//!
//! Owns: layout, and that nothing that came from elsewhere can steer a terminal. Must not know: what
//! is shown.

use crate::cli::Lang;
use crate::exit::Failure;
use serde_json::Value;
use std::io::{self, Write};

/// Between two columns.
const GAP: &str = "  ";

/// Standard output, in one of its two forms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    json: bool,
    lang: Lang,
}

impl Out {
    pub(crate) const fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// The language of law texts.
    pub(crate) const fn lang(self) -> Lang {
        self.lang
    }

    /// Writes the document, or what people read of it.
    pub(crate) fn show(
        self,
        document: &Value,
        words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.json {
            document.to_string()
        } else {
            plain(&words())
        };
        self.write(text.as_bytes())
    }

    /// Writes bytes exactly as they are, and a line's end where there is none.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut to = io::stdout().lock();
        to.write_all(bytes)
            .and_then(|()| {
                if bytes.ends_with(b"\n") {
                    Ok(())
                } else {
                    to.write_all(b"\n")
                }
            })
            .and_then(|()| to.flush())
            .map_err(Failure::Output)
    }
}

/// Columns under their names; lines end where their text ends.
pub(crate) fn table(names: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "none".to_owned();
    }
    let head: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
    let width = |column: usize| {
        let cells = std::iter::once(&head)
            .chain(rows)
            .filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{:width$}", one_line(cell)))
            .collect();
        padded.join(GAP).trim_end().to_owned()
    };
    let lines: Vec<String> = std::iter::once(&head).chain(rows).map(line).collect();
    lines.join("\n")
}

/// Names and what they are, one a line; empty values are left out.
pub(crate) fn facts(rows: &[(&str, String)]) -> String {
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let shown = rows.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<String> = shown
        .map(|(name, value)| format!("{name:width$}{GAP}{}", one_line(value)))
        .collect();
    lines.join("\n")
}

/// A value on one line, so that it cannot pass for another line.
fn one_line(value: &str) -> String {
    value.replace('\n', " ")
}

/// The text without characters that steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The text without anything that could be a citizen number: nine digits in a row, and no more,
/// that pass the 11-test.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain(std::iter::once('\n')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let number = seinhuis_pseudonym::CitizenNumber::parse(&digits).is_ok();
        shown.push_str(if number { "(hidden)" } else { &digits });
        digits.clear();
        shown.push(c);
    }
    shown.truncate(shown.len().saturating_sub(1));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_names() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let shown = table(&["oin", "é"], &[row("1", "x"), row("12345", "")]);
        assert_eq!(shown, "OIN    É\n1      x\n12345");
        assert_eq!(table(&["oin"], &[]), "none");
        assert_eq!(
            facts(&[("a", "1".into()), ("long", String::new())]),
            "a     1"
        );
        assert_eq!(facts(&[("a", "1\nb  2".into())]), "a  1 b  2");
    }

    #[test]
    fn nothing_shown_steers_a_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}"), "a\u{fffd}[2Jb\nc\u{fffd}");
    }

    #[test]
    fn a_citizen_number_is_hidden_and_other_digits_are_not() {
        assert_eq!(without_numbers("'123456782'"), "'(hidden)'");
        assert_eq!(without_numbers("x 111222333"), "x (hidden)");
        for other in [
            "123456789",
            "00000099000000010000",
            "1234567820",
            "entry 42",
            "",
        ] {
            assert_eq!(without_numbers(other), other);
        }
    }
}
