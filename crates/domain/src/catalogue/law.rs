//! Labels and references to law.
//!
//! Owns: how a law and an article are named. Must not know: what they allow.

use super::LawKey;
use seinhuis_types::ParseError;
use std::fmt;

/// A text for people, in the two languages every text has. Never part of the hash.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// Dutch.
    pub nl: Box<str>,
    /// English.
    pub en: Box<str>,
}

/// A law, named once so that its identifier cannot be mistyped in each reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawDef {
    /// The short name by which it is cited.
    pub key: LawKey,
    /// `BWBR` and seven digits (Basiswettenbestand), or the CELEX number of a European regulation.
    pub id: Box<str>,
    /// Its citation title.
    pub label: Label,
}

/// An article of a law, in the version that was read or is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawRef {
    /// The short name of the law.
    pub law: LawKey,
    /// The BWB id or CELEX number of the law.
    pub id: Box<str>,
    /// The article with its paragraphs, such as `4:2(1)(i)`.
    pub article: Box<str>,
    /// The day from which the version is in force, `YYYY-MM-DD`.
    pub version: Box<str>,
    /// Whether the text of the article was read in this version. It does not say that a lawyer
    /// agreed with what the catalogue makes of it.
    pub source_checked: bool,
}

impl fmt::Display for LawRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.law, self.article)
    }
}

/// Reads the identifier of a law.
pub(super) fn law_id(text: &str) -> Result<Box<str>, ParseError> {
    let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
    let bwb = text
        .strip_prefix("BWBR")
        .is_some_and(|rest| digits(rest, 7));
    let celex = text
        .strip_prefix('3')
        .and_then(|rest| rest.split_once('R'))
        .is_some_and(|(year, number)| digits(year, 4) && digits(number, 4));
    if bwb || celex {
        Ok(text.into())
    } else {
        let rule = "`BWBR` and seven digits, or a CELEX number such as `32016R0679`";
        Err(ParseError::new("law identifier", rule))
    }
}

/// Reads an article with its paragraphs.
pub(super) fn article(text: &str) -> Result<Box<str>, ParseError> {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b".:(),-".contains(&b);
    let starts = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    if starts && text.len() <= 32 && text.bytes().all(ok) {
        Ok(text.into())
    } else {
        let rule = "an article such as `4:2(1)(i)`, 1 to 32 of a-z, A-Z, 0-9 and .:(),-";
        Err(ParseError::new("article", rule))
    }
}

/// Reads the day of a version.
pub(super) fn version(text: &str) -> Result<Box<str>, ParseError> {
    if super::value::is_date(text.as_bytes()) {
        Ok(text.into())
    } else {
        Err(ParseError::new(
            "version",
            "the day it came into force, `YYYY-MM-DD`",
        ))
    }
}
