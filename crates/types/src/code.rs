//! Codes that come from the catalogue or from an agreement: short, ASCII, never free text.

use crate::ParseError;
use std::fmt;

fn check(text: &str, max: usize, ok: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= max && text.bytes().all(ok) && !has_number(text.as_bytes())
}

/// Whether nine digits stand in a row: what could be a citizen number has no place in a code.
pub fn has_number(bytes: &[u8]) -> bool {
    bytes
        .windows(9)
        .any(|nine| nine.iter().all(u8::is_ascii_digit))
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $rule:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads the code; the rule it must meet is in the error.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                if check(text, $max, $ok) {
                    Ok(Self(text.into()))
                } else {
                    Err(ParseError::new($what, $rule))
                }
            }
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = ParseError;
            fn try_from(text: String) -> Result<Self, ParseError> {
                Self::parse(&text)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

fn lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
}
fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-'
}
fn snake(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'
}

code!(
    /// A desk of a partner: the function, never a person, that receives signals, such as `intake`.
    Desk, "desk", 32, "1 to 32 of a-z, 0-9 and -", lower
);
code!(
    /// A clause of an agreement, unique within it, such as `pol-vt-report`.
    ClauseId, "clause", 48, "1 to 48 of a-z, 0-9 and -", lower
);
code!(
    /// A purpose (doel) of the catalogue, such as `P-REPORT`.
    PurposeCode, "purpose", 24, "1 to 24 of A-Z, 0-9, _ and -", upper
);
code!(
    /// A legal basis (grondslag) of the catalogue, such as `POL-VT`.
    BasisCode, "basis", 24, "1 to 24 of A-Z, 0-9, _ and -", upper
);
code!(
    /// A signal type of the catalogue, such as `INC_HOME`.
    SignalType, "signal type", 24, "1 to 24 of A-Z, 0-9, _ and -", upper
);
code!(
    /// A region of the catalogue, such as `kennemerland`.
    RegionCode, "region", 32, "1 to 32 of a-z, 0-9 and -", lower
);
code!(
    /// A subject's role *in one signal*, such as `child`. Never a property of the person.
    SubjectRole, "subject role", 24, "1 to 24 of a-z, 0-9 and -", lower
);
code!(
    /// A value of a code list, such as `physical`, `08`, or `C`.
    CodeValue, "code", 24, "1 to 24 of a-z, A-Z, 0-9, _ and -",
    |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
);
code!(
    /// The path of a sealed field, such as `nature`, `case` or `identity/0`.
    FieldPath, "field", 32, "1 to 32 of a-z, 0-9, _ and at most one / before an ordinal",
    |b| snake(b) || b == b'/'
);
code!(
    /// The identifier of a published key, unique for its owner, such as `intake-hpke-e1`.
    KeyId, "key id", 48, "1 to 48 of a-z, 0-9 and -", lower
);

impl FieldPath {
    /// The path of the sealed identity of the subject at `ordinal`.
    pub fn identity(ordinal: usize) -> Self {
        Self(format!("identity/{ordinal}").into())
    }

    /// The ordinal, if this is `identity/<ordinal>` with a plain decimal number below 12.
    pub fn identity_ordinal(&self) -> Option<usize> {
        let rest = self.0.strip_prefix("identity/")?;
        let ordinal: usize = rest.parse().ok()?;
        (ordinal < crate::limits::SUBJECTS && ordinal.to_string() == rest).then_some(ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_hold_their_alphabet_and_length() {
        assert!(Desk::parse("intake").is_ok());
        assert!(Desk::parse("Intake").is_err());
        assert!(Desk::parse("").is_err());
        assert!(Desk::parse(&"a".repeat(33)).is_err());
        assert!(SignalType::parse("INC_HOME").is_ok());
        assert!(FieldPath::parse("identity/0").is_ok());
    }

    #[test]
    fn no_code_can_be_a_citizen_number() {
        assert!(KeyId::parse("seal-e1-12345678").is_ok());
        for number in ["123456782", "a-123456782", "1234567820-x"] {
            assert!(KeyId::parse(number).is_err(), "{number}");
            assert!(Desk::parse(number).is_err(), "{number}");
        }
    }

    #[test]
    fn identity_ordinals_are_plain() {
        assert_eq!(FieldPath::identity(3).identity_ordinal(), Some(3));
        for bad in [
            "identity/03",
            "identity/12",
            "identity/",
            "nature",
            "identity/1/1",
        ] {
            assert_eq!(
                FieldPath::parse(bad).unwrap().identity_ordinal(),
                None,
                "{bad}"
            );
        }
    }
}
