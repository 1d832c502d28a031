//! How a partner names its own people and its own files: by pseudonyms and references that only it
//! can read.
//!
//! Owns: their form, and when two pseudonyms are one person. Must not know: who anybody is.

use crate::{ParseError, has_number};
use std::fmt;

/// A partner's own pseudonym of one of its people: 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`, without
/// a run of nine digits. Only the partner can tell who it is; the hub compares two of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonRef(Box<str>);

impl PersonRef {
    /// Reads the pseudonym.
    ///
    /// # Errors
    /// Names the rule, never the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if fits(text, allowed) {
            Ok(Self(text.into()))
        } else {
            let rule = "1 to 64 of A-Z, a-z, 0-9, ., _ and -, without nine digits in a row";
            Err(ParseError::new("person", rule))
        }
    }

    /// The pseudonym.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both stand for the same person; a change of case does not make another person.
    pub fn same_person(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Debug for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRef(..)")
    }
}

/// A partner's own reference, such as the number of a review or of a request for access: 1 to 64 of
/// A-Z, a-z, 0-9, `.`, `_`, `/`, `:` and `-`, without a run of nine digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OwnReference(Box<str>);

impl OwnReference {
    /// Reads the reference.
    ///
    /// # Errors
    /// Names the rule, never the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let allowed =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':');
        if fits(text, allowed) {
            Ok(Self(text.into()))
        } else {
            let rule = "1 to 64 of A-Z, a-z, 0-9, ., _, /, : and -, without nine digits in a row";
            Err(ParseError::new("reference", rule))
        }
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OwnReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnReference(..)")
    }
}

fn fits(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && !has_number(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_files_hold_no_number_and_are_not_shown() {
        let long = "a".repeat(65);
        for bad in ["", "a b", "é", "x-123456782", long.as_str()] {
            assert!(PersonRef::parse(bad).is_err(), "{bad}");
            assert!(OwnReference::parse(bad).is_err(), "{bad}");
        }
        assert!(PersonRef::parse("a/b").is_err());
        let shown = format!(
            "{:?}{:?}",
            PersonRef::parse("p-1f0c").unwrap(),
            OwnReference::parse("inzage/2026:17").unwrap()
        );
        assert_eq!(shown, "PersonRef(..)OwnReference(..)");
        let [upper, lower] = ["P-1", "p-1"].map(|text| PersonRef::parse(text).unwrap());
        assert!(upper.same_person(&lower));
    }
}
