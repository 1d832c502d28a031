//! Identifiers of the register: made from what they name, so that nobody has to keep or agree on them.
//!
//! Owns: their form and how they are made (docs/formats/register.md). Must not know: what is registered.

use super::Subject;
use ring::digest::{SHA256, digest};
use seinhuis_types::{Oin, ParseError, hex};
use std::fmt;
use std::str::FromStr;

/// What the identifier of an activity is a hash of begins so.
const ACTIVITY: &str = "seinhuis/v1/processing-activity\n";
/// And that of an organisation.
const ENTITY: &str = "seinhuis/v1/entity\n";

/// A UUID of version 8 (RFC 9562): the first 16 bytes of a SHA-256, but for version and variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterId([u8; 16]);

impl RegisterId {
    /// Of an activity.
    pub fn of_activity(subject: &Subject) -> Self {
        let Subject {
            controller,
            first,
            side,
            counterpart,
            clause,
            purpose,
        } = subject;
        let side = side.as_str();
        Self::over(&format!(
            "{ACTIVITY}{controller}\n{first}\n{side}\n{counterpart}\n{clause}\n{purpose}\n"
        ))
    }

    /// Of an organisation.
    pub fn of_entity(oin: &Oin) -> Self {
        Self::over(&format!("{ENTITY}{oin}\n"))
    }

    fn over(text: &str) -> Self {
        let hash = digest(&SHA256, text.as_bytes());
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        *version = (*version & 0x0f) | 0x80;
        *variant = (*variant & 0x3f) | 0x80;
        Self(bytes)
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// An identifier of 16 bytes, whatever made it.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the text form: 32 hexadecimal digits in lowercase, with hyphens as 8-4-4-4-12.
    ///
    /// # Errors
    /// Names the rule.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let rule = || ParseError::new("identifier", "a UUID in lowercase, 8-4-4-4-12");
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        let mut bytes = [0; 16];
        if digits.len() != 32 {
            return Err(rule());
        }
        for (to, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| rule())?;
            *to = u8::from_str_radix(pair, 16).map_err(|_| rule())?;
        }
        let read = Self(bytes);
        // The written form is compared: other places of hyphens, capitals and signs are not it.
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(rule())
        }
    }
}

impl fmt::Display for RegisterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            f.write_str(&hex(&[*byte]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for RegisterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RegisterId {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}
