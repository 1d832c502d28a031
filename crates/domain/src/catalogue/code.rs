//! Codes that only the catalogue and its readers name: partner roles, lists, classes, laws.
//!
//! Owns: their alphabets. Must not know: which of them exist.

use seinhuis_types::ParseError;
use std::fmt;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $rule:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads the code; the rule it must meet is in the error.
            ///
            /// # Errors
            /// When the text is empty, too long, or outside the alphabet.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                let ok: fn(u8) -> bool = $ok;
                if !text.is_empty() && text.len() <= $max && text.bytes().all(ok) {
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

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

code!(
    /// The kind of organisation a partner is, such as `politie`; the police of every region share it.
    RoleCode, "partner role", 24, "1 to 24 of a-z, 0-9 and -",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);
code!(
    /// The name of a code list, such as `necessity`.
    ListName, "code list", 24, "1 to 24 of a-z, 0-9 and -",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);
code!(
    /// An urgency or retention class, such as `U1` or `R0`.
    ClassCode, "class", 4, "1 to 4 of A-Z and 0-9",
    |b| b.is_ascii_uppercase() || b.is_ascii_digit()
);
code!(
    /// The short name by which a law is cited, such as `Wpg`.
    LawKey, "law", 16, "1 to 16 of a-z, A-Z, 0-9 and -",
    |b| b.is_ascii_alphanumeric() || b == b'-'
);

/// Digits in a text; nine of them could be a citizen number.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
