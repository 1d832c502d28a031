//! Who a subject is, sealed for one recipient: a citizen number, or what finds a person without one.
//!
//! Owns: the canonical bytes of `identity/<ordinal>` (docs/formats/sealed-record.md). Never printed;
//! wiped when dropped. Must not know: whether a clause lets it leave.

use seinhuis_pseudonym::CitizenNumber;
use seinhuis_types::ParseError;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Longest value of a sealed identity, in bytes.
const MOST: usize = 510;
/// Between the parts of a person's identity.
const SEPARATOR: char = '\u{1f}';

/// The identity of a subject.
#[derive(PartialEq, Eq)]
pub enum Identity {
    /// The citizen number.
    Number(CitizenNumber),
    /// Name, birth date and address, where there is no number.
    Person(PersonIdentity),
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Identity(number)",
            Self::Person(_) => "Identity(person)",
        })
    }
}

/// What finds a person who has no citizen number (Wmo 5.2.9). Made by [`PersonIdentity::new`] alone.
#[derive(PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonIdentity {
    family_name: String,
    initials: String,
    birth_date: String,
    postcode: String,
    house_number: String,
}

impl fmt::Debug for PersonIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonIdentity(hidden)")
    }
}

impl PersonIdentity {
    /// Takes the five parts. The family name is needed; the birth date is `YYYY-MM-DD`, with zeros
    /// for a month or day that is not known; postcode (`1234AB`) and house number are empty for who
    /// has no address here. No control characters, no nine digits in a row.
    ///
    /// # Errors
    /// The rule that is broken; never what was given.
    pub fn new(
        family_name: &str,
        initials: &str,
        birth_date: &str,
        postcode: &str,
        house_number: &str,
    ) -> Result<Self, ParseError> {
        let wrong = |rule| Err(ParseError::new("identity", rule));
        let parts = [family_name, initials, birth_date, postcode, house_number];
        if parts.iter().any(|part| part.chars().any(char::is_control)) {
            return wrong("no control characters");
        }
        if parts.iter().any(|part| nine_digits(part)) {
            return wrong("no nine digits in a row: a citizen number is sealed as one");
        }
        if family_name.is_empty() {
            return wrong("a family name");
        }
        if !is_date(birth_date.as_bytes()) {
            return wrong("a birth date `YYYY-MM-DD`, with zeros for what is not known");
        }
        if !postcode.is_empty() && !is_postcode(postcode.as_bytes()) {
            return wrong("a postcode `1234AB`, or none");
        }
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > MOST - "i:".len() - (parts.len() - 1) {
            return wrong("at most 504 bytes in all");
        }
        Ok(Self {
            family_name: family_name.into(),
            initials: initials.into(),
            birth_date: birth_date.into(),
            postcode: postcode.into(),
            house_number: house_number.into(),
        })
    }

    /// The family name.
    pub fn family_name(&self) -> &str {
        &self.family_name
    }

    /// The initials.
    pub fn initials(&self) -> &str {
        &self.initials
    }

    /// The birth date, `YYYY-MM-DD`.
    pub fn birth_date(&self) -> &str {
        &self.birth_date
    }

    /// The postcode, `1234AB`, or empty.
    pub fn postcode(&self) -> &str {
        &self.postcode
    }

    /// The house number with its additions, or empty.
    pub fn house_number(&self) -> &str {
        &self.house_number
    }
}

impl Identity {
    /// The canonical bytes: `n:` and nine digits, or `i:` and five parts between 0x1f.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room at once: a buffer that grows leaves the value behind in old memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST));
        match self {
            Self::Number(number) => {
                bytes.extend_from_slice(b"n:");
                bytes.extend_from_slice(number.digits());
            }
            Self::Person(person) => {
                bytes.extend_from_slice(b"i:");
                let parts = [
                    &person.family_name,
                    &person.initials,
                    &person.birth_date,
                    &person.postcode,
                    &person.house_number,
                ];
                for (place, part) in parts.into_iter().enumerate() {
                    if place > 0 {
                        bytes.push(0x1f);
                    }
                    bytes.extend_from_slice(part.as_bytes());
                }
            }
        }
        bytes
    }

    /// Reads the canonical bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if let Some(digits) = text.strip_prefix("n:") {
            return CitizenNumber::parse(digits).map(Self::Number);
        }
        let parts = text
            .strip_prefix("i:")
            .map(|rest| rest.split(SEPARATOR).collect::<Vec<_>>());
        match parts.as_deref() {
            Some(&[name, initials, birth, postcode, house]) => {
                PersonIdentity::new(name, initials, birth, postcode, house).map(Self::Person)
            }
            _ => Err(ParseError::new(
                "identity",
                "`n:` and nine digits, or `i:` and five parts",
            )),
        }
    }
}

fn nine_digits(text: &str) -> bool {
    text.as_bytes()
        .windows(9)
        .any(|window| window.iter().all(u8::is_ascii_digit))
}

fn is_date(bytes: &[u8]) -> bool {
    let form = b"0000-00-00";
    bytes.len() == form.len()
        && bytes.iter().zip(form).all(|(byte, form)| match form {
            b'-' => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn is_postcode(bytes: &[u8]) -> bool {
    bytes
        .split_first_chunk::<4>()
        .is_some_and(|(digits, letters)| {
            digits.iter().all(u8::is_ascii_digit)
                && letters.len() == 2
                && letters.iter().all(u8::is_ascii_uppercase)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_survive_the_way_to_bytes_and_back() {
        let number = Identity::Number(CitizenNumber::parse("123456782").unwrap());
        assert_eq!(number.to_bytes().as_slice(), b"n:123456782");
        assert_eq!(Identity::parse(b"n:123456782").unwrap(), number);
        let person = PersonIdentity::new("Jansen", "A.B.", "1980-00-00", "2011AB", "1a").unwrap();
        let person = Identity::Person(person);
        let bytes = person.to_bytes();
        assert_eq!(
            bytes.as_slice(),
            "i:Jansen\u{1f}A.B.\u{1f}1980-00-00\u{1f}2011AB\u{1f}1a".as_bytes()
        );
        assert_eq!(Identity::parse(&bytes).unwrap(), person);
        assert!(!format!("{person:?}{number:?}").contains("Jansen"));
    }

    #[test]
    fn what_is_no_identity_is_refused_without_repeating_it() {
        for bad in ["", "n:123456789", "n:12345678", "i:a\u{1f}b", "x:1"] {
            assert!(Identity::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let new =
            |name: &str, birth: &str, code: &str| PersonIdentity::new(name, "A", birth, code, "1");
        assert!(new("J", "1980-01-01", "").is_ok());
        assert!(new("", "1980-01-01", "").is_err());
        assert!(new("J", "1980", "").is_err());
        assert!(new("J", "1980-01-01", "2011 AB").is_err());
        assert!(new("J\u{1f}K", "1980-01-01", "").is_err());
        assert!(new("123456782", "1980-01-01", "").is_err());
        assert!(new(&"é".repeat(260), "1980-01-01", "").is_err());
    }
}
