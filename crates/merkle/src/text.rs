//! Strict pieces of the text formats: decimal numbers and base64. Must not know which format.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use seinhuis_types::{Digest, ParseError};

/// A decimal number without sign, leading zero, or anything around it.
pub(crate) fn decimal(what: &'static str, text: &str) -> Result<u64, ParseError> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    text.parse()
        .ok()
        .filter(|_| plain && canonical)
        .ok_or(ParseError::new(
            what,
            "a decimal number without sign or leading zeros",
        ))
}

/// Bytes from standard, padded base64 (RFC 4648 §4), of which there is exactly one spelling.
pub(crate) fn decode(what: &'static str, text: &str) -> Result<Vec<u8>, ParseError> {
    STANDARD
        .decode(text)
        .map_err(|_| ParseError::new(what, "standard base64 with padding"))
}

/// A hash from base64: 32 bytes, no more and no fewer.
pub(crate) fn decode_digest(what: &'static str, text: &str) -> Result<Digest, ParseError> {
    let bytes = decode(what, text)?;
    Digest::from_slice(&bytes).map_err(|_| ParseError::new(what, "32 bytes"))
}

/// Standard, padded base64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(decimal("n", "0"), Ok(0));
        assert_eq!(decimal("n", "70000"), Ok(70_000));
        assert_eq!(decimal("n", "18446744073709551615"), Ok(u64::MAX));
        for bad in [
            "", "00", "070000", "+70000", "-1", "70_000", " 1", "1 ", "0x1", "1.0", "١",
        ] {
            assert!(decimal("n", bad).is_err(), "{bad}");
        }
        assert!(decimal("n", "18446744073709551616").is_err());
    }

    #[test]
    fn base64_has_one_spelling() {
        let text = encode(&[0xff; 32]);
        assert_eq!(decode_digest("d", &text), Ok(Digest([0xff; 32])));
        for bad in [
            text.trim_end_matches('=').to_owned(),
            text.replace("8=", "9="),
            text.replace('/', "_"),
            format!("{text}\n"),
            format!(" {text}"),
            encode(&[0xff; 31]),
            encode(&[0xff; 33]),
            String::new(),
        ] {
            assert!(decode_digest("d", &bad).is_err(), "{bad}");
        }
    }
}
