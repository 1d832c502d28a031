//! The two numbers a person can be named by, and their points in the group.
//!
//! A point is as telling as its number: a thousand million hashes find the number back. Neither is
//! ever printed. Must not know: keys, domains, ciphertexts.

use crate::{Error, Pseudonym, element};
use libpep::elgamal::arithmetic::group_elements::GroupElement;
use libpep::elgamal::arithmetic::hashing::hash_to_group;
use seinhuis_types::ParseError;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Citizen service number (burgerservicenummer, BSN): nine digits that pass the 11-test, not all
/// zero. The test (elfproef): the digits weighed 9, 8, 7, 6, 5, 4, 3, 2 and −1 add up to a multiple
/// of 11. Wiped from memory when dropped.
#[derive(PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CitizenNumber([u8; 9]);

impl CitizenNumber {
    /// Reads nine ASCII digits. The error never repeats them.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
        let wrong = |rule| Err(ParseError::new("citizen number", rule));
        let Ok(digits) = <[u8; 9]>::try_from(text.as_bytes()) else {
            return wrong("a citizen number has exactly nine digits");
        };
        // From here on the copy is wiped on every way out.
        let number = Self(digits);
        if !number.0.iter().all(u8::is_ascii_digit) {
            return wrong("a citizen number has exactly nine digits");
        }
        let values = number.0.iter().map(|digit| i32::from(digit - b'0'));
        let sum: i32 = values
            .zip(WEIGHTS)
            .map(|(digit, weight)| digit * weight)
            .sum();
        if sum % 11 != 0 || number.0 == *b"000000000" {
            return wrong("a citizen number passes the 11-test");
        }
        Ok(number)
    }

    /// The nine ASCII digits, for a tag or a sealed identity.
    pub fn digits(&self) -> &[u8] {
        &self.0
    }

    /// The point of `bsn/` and the nine digits.
    pub fn point(&self) -> Point {
        Point::of(b"bsn/", &self.0)
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenNumber(hidden)")
    }
}

/// Criminal-chain number (strafrechtsketennummer, SKN): 1 to 12 digits, kept exactly as written, so
/// leading zeros count. Wiped from memory when dropped.
#[derive(PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ChainNumber(Box<[u8]>);

impl ChainNumber {
    /// Reads 1 to 12 ASCII digits. The error never repeats them.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !(1..=12).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseError::new(
                "chain number",
                "a chain number has 1 to 12 digits",
            ));
        }
        Ok(Self(text.as_bytes().into()))
    }

    /// The ASCII digits, for a tag.
    pub fn digits(&self) -> &[u8] {
        &self.0
    }

    /// The point of `skn/` and the digits.
    pub fn point(&self) -> Point {
        Point::of(b"skn/", &self.0)
    }
}

impl fmt::Debug for ChainNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainNumber(hidden)")
    }
}

/// What is encrypted: the point of a number, or of the caller's own pseudonym.
///
/// A point of a number is `hash_to_ristretto255` (RFC 9380, appendix B; SHA-512) under the tag
/// `HashToGroup-nPEPV1-ristretto255-SHA512`, so that nobody knows a relation between two points:
/// conversion is linear and would keep it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point(GroupElement);

impl Point {
    fn of(prefix: &[u8], digits: &[u8]) -> Self {
        let input = Zeroizing::new([prefix, digits].concat());
        Self(hash_to_group(&input))
    }

    /// The element itself, for encryption.
    pub(crate) fn element(&self) -> &GroupElement {
        &self.0
    }

    /// The 32-byte encoding (RFC 9496). It betrays the number: keep it as secret as that.
    ///
    /// # Errors
    /// [`Error::Element`] if the point is the identity, which no known number hashes to.
    pub fn to_bytes(self) -> Result<[u8; 32], Error> {
        Ok(element::checked(self.0, "the point")?.to_bytes())
    }
}

impl From<&Pseudonym> for Point {
    fn from(pseudonym: &Pseudonym) -> Self {
        Self(*pseudonym.element())
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use seinhuis_types::hex;

    fn ninth(first: &[u8]) -> Option<u8> {
        let sum: u32 = first
            .iter()
            .zip((2..=9).rev())
            .map(|(d, w)| u32::from(*d) * w)
            .sum();
        u8::try_from(sum % 11).ok().filter(|digit| *digit < 10)
    }

    fn text(digits: &[u8]) -> String {
        digits
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect()
    }

    proptest! {
        #[test]
        fn exactly_one_last_digit_passes_and_every_slip_of_the_pen_is_caught(
            first in prop::array::uniform8(0u8..10), at in 0usize..9, other in 0u8..10, swap in 0usize..8,
        ) {
            let last = ninth(&first);
            let mut digits = [first.as_slice(), &[0]].concat();
            for candidate in 0..10 {
                digits[8] = candidate;
                let passes = Some(candidate) == last && digits != [0; 9];
                prop_assert_eq!(CitizenNumber::parse(&text(&digits)).is_ok(), passes);
            }
            if let Some(last) = last {
                digits[8] = last;
                let mut wrong = digits.clone();
                wrong[at] = other;
                prop_assert!(wrong == digits || CitizenNumber::parse(&text(&wrong)).is_err());
                let mut wrong = digits.clone();
                wrong.swap(swap, swap + 1);
                prop_assert!(wrong == digits || CitizenNumber::parse(&text(&wrong)).is_err());
            }
        }
    }

    #[test]
    fn other_lengths_alphabets_and_all_zeros_are_refused() {
        for bad in [
            "",
            "12345678",
            "1234567820",
            "12345678x",
            "１２３",
            "000000000",
            "+23456782",
        ] {
            let error = CitizenNumber::parse(bad).unwrap_err().to_string();
            assert!(
                bad.is_empty() || !error.contains(bad),
                "the error must not repeat the text"
            );
        }
        assert!(ChainNumber::parse("1").is_ok() && ChainNumber::parse("123456789012").is_ok());
        for bad in ["", "1234567890123", "12a", "-1"] {
            assert!(ChainNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_never_shows_a_number_or_its_point() {
        let number = CitizenNumber::parse("123456782").unwrap();
        let chain = ChainNumber::parse("123456782").unwrap();
        let shown = format!(
            "{number:?} {chain:?} {:?} {:?}",
            number.point(),
            chain.point()
        );
        assert!(
            !shown.contains("123456782") && !shown.contains("92a8"),
            "{shown}"
        );
    }

    #[test]
    fn the_prefix_keeps_the_two_kinds_of_number_apart() {
        let number = CitizenNumber::parse("123456782").unwrap().point();
        let chain = ChainNumber::parse("123456782").unwrap().point();
        assert_eq!(
            hex(&number.to_bytes().unwrap()),
            "92a8ebe5b16e8135e05dcb8ba2694a722645a9f9b48bf9c2af248b5a90f49216"
        );
        assert_ne!(number, chain);
    }

    #[test]
    fn the_identity_is_no_point_to_write_or_encrypt() {
        let rng = &mut <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
        let identity = Point(GroupElement::identity());
        let key = CitizenNumber::parse("111222333")
            .unwrap()
            .point()
            .to_bytes()
            .unwrap();
        assert_eq!(identity.to_bytes(), Err(Error::Element("the point")));
        assert_eq!(
            crate::encrypt(&identity, &key, rng),
            Err(Error::Element("the point"))
        );
    }
}
