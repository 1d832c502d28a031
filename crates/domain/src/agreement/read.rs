//! How the newtypes of an agreement are read by serde: by their own parsers, so that a content that
//! was read needs no second look at form.

use crate::catalogue::{ClassCode, RoleCode, Visibility};
use seinhuis_types::{AgreementHash, Digest, ParseError};
use serde::de::{Deserialize, Deserializer, Error};
use std::collections::BTreeSet;
use std::str::FromStr;

/// One value by its own parser.
pub(super) fn one<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseError>,
{
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

/// A value that may be left out.
pub(super) fn maybe<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseError>,
{
    one(from).map(Some)
}

/// A list without doubles.
pub(super) fn set<'de, D, T>(from: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseError> + Ord,
{
    set_by(from, |text| text.parse())
}

/// A list without doubles, of names that `read` knows.
pub(super) fn set_by<'de, D, T>(
    from: D,
    read: impl Fn(&str) -> Result<T, ParseError>,
) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Ord,
{
    let mut out = BTreeSet::new();
    for text in Vec::<String>::deserialize(from)? {
        let value = read(&text).map_err(D::Error::custom)?;
        if !out.insert(value) {
            return Err(D::Error::custom(format!("`{text}` is listed twice")));
        }
    }
    Ok(out)
}

/// A digest of 32 bytes in lower-case hexadecimal.
pub(super) fn digest<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(from)?;
    parse_digest(&text)
        .ok_or_else(|| D::Error::custom("hash: 64 characters of lower-case hexadecimal"))
}

fn parse_digest(text: &str) -> Option<Digest> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some((nibble(*high)? << 4) | nibble(*low)?))
        .collect();
    Digest::from_slice(&bytes?).ok()
}

const fn nibble(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    }
}

/// The hash of the agreement that this one replaces.
pub(super) fn replaces<'de, D>(from: D) -> Result<Option<AgreementHash>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    AgreementHash::parse(&text)
        .map(Some)
        .map_err(D::Error::custom)
}

/// A partner role of the catalogue.
pub(super) fn role<'de, D: Deserializer<'de>>(from: D) -> Result<RoleCode, D::Error> {
    RoleCode::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// A retention class of the catalogue.
pub(super) fn class<'de, D: Deserializer<'de>>(from: D) -> Result<ClassCode, D::Error> {
    ClassCode::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Who may see an entry.
pub(super) fn visibility<'de, D: Deserializer<'de>>(from: D) -> Result<Visibility, D::Error> {
    let text = String::deserialize(from)?;
    [Visibility::Subject, Visibility::Authority]
        .into_iter()
        .find(|visibility| visibility.as_str() == text)
        .ok_or_else(|| D::Error::custom("visibility: `subject` or `authority`"))
}
