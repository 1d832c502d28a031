//! The Dutch organisation identification number.

use crate::ParseError;
use std::fmt;

/// Organisatie-identificatienummer: 20 positions, prefix (8), main number (8 or 9), suffix (`0000`
/// or `000`). Source: OIN-Stelsel 2.2.2 (Logius). Digits and capitals only.
///
/// A partner's OIN is read from the subject serialNumber of its verified certificate, never from a
/// request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oin([u8; 20]);

impl Oin {
    /// Reads an OIN, checking length, prefix, alphabet and suffix.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let bytes: [u8; 20] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ParseError::new("oin", "an OIN has exactly 20 characters"))?;
        let (prefix, main) = bytes.split_at(8);
        let known = matches!(
            prefix,
            [b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'1'..=b'9']
        ) || prefix == b"00000010"
            || prefix == b"00000099";
        if !known {
            return Err(ParseError::new(
                "oin",
                "the prefix is not in the OIN register",
            ));
        }
        if !main
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        {
            return Err(ParseError::new(
                "oin",
                "only digits and capitals are allowed",
            ));
        }
        if !bytes.ends_with(b"000") {
            return Err(ParseError::new("oin", "an OIN ends in 000 or 0000"));
        }
        Ok(Self(bytes))
    }

    /// The 20 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether this is a test OIN (prefix 00000099), refused in production.
    pub fn is_test(&self) -> bool {
        self.0.starts_with(b"00000099")
    }
}

impl fmt::Display for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Oin {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Oin {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_prefixes_and_suffixes_are_held() {
        assert!(Oin::parse("00000099000000010000").is_ok());
        assert!(Oin::parse("00000001123456789000").is_ok());
        for bad in [
            "0000009900000001000",
            "000000990000000100000",
            "00000098000000010000",
            "00000099000000010001",
            "0000009900000001000a",
            "00000099a00000010000",
            "00000099-00000010000",
            "",
            "0000009900000001000é",
        ] {
            assert!(Oin::parse(bad).is_err(), "{bad}");
        }
    }
}
