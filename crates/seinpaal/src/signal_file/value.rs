//! Values of fields, from the form people write to the canonical one.

use super::table;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What may stand as the value of a field.
pub(super) const RULE: &str = "a field is text, a whole number, true or false, a day, a date-time \
     with an offset, a list of different codes, or { hex = \"32 hex digits\" }";

/// The canonical form. Whether the field takes it is the catalogue's to say.
pub(super) fn canonical(value: &DeValue<'_>) -> Option<Vec<u8>> {
    match value {
        DeValue::String(text) => Some(text.as_bytes().to_vec()),
        DeValue::Boolean(yes) => Some(if *yes {
            b"yes".to_vec()
        } else {
            b"no".to_vec()
        }),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(number.to_string().into_bytes())
        }
        DeValue::Datetime(moment) => match (moment.date, moment.time) {
            (Some(date), None) => Some(date.to_string().into_bytes()),
            _ => table::hour(moment).map(|hour| hour.0.to_string().into_bytes()),
        },
        DeValue::Array(items) => codes(items),
        DeValue::Table(table) => opaque(table),
        DeValue::Float(_) => None,
    }
}

/// Codes in the one order they have.
fn codes<'t>(items: impl IntoIterator<Item = &'t Spanned<DeValue<'t>>>) -> Option<Vec<u8>> {
    let texts = items.into_iter().map(|item| match item.get_ref() {
        DeValue::String(text) if !text.contains(',') => Some(text.as_ref()),
        _ => None,
    });
    let mut codes: Vec<&str> = texts.collect::<Option<_>>()?;
    codes.sort_unstable();
    let different = codes.windows(2).all(|pair| pair.first() != pair.last());
    different.then(|| codes.join(",").into_bytes())
}

fn opaque(table: &DeTable<'_>) -> Option<Vec<u8>> {
    let mut entries = table.iter();
    let (key, value) = entries.next()?;
    match (key.get_ref().as_ref(), value.get_ref(), entries.next()) {
        ("hex", DeValue::String(text), None) => bytes::<16>(text).map(|bytes| bytes.to_vec()),
        _ => None,
    }
}

/// Exactly `N` bytes as lower- or upper-case hexadecimal.
pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut found = [0; N];
    for (byte, [high, low]) in found.iter_mut().zip(pairs) {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(found)
}
