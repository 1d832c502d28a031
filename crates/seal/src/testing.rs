//! What the tests share: vectors made by the independent Python script, and a seeded rng.

use rand::SeedableRng;
use rand::rngs::StdRng;
use seinhuis_types::{FieldPath, KeyId};
use serde_json::Value;

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

pub(crate) fn kid(text: &str) -> KeyId {
    KeyId::parse(text).unwrap()
}

pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    let digit = |c: u8| u8::try_from(char::from(c).to_digit(16).unwrap()).unwrap();
    let (pairs, rest) = value.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let items = value[name].as_array().unwrap();
    assert!(!items.is_empty(), "{name}");
    items
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(crate) fn sealed_record() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/sealed_record.json")).unwrap()
}

pub(crate) fn manifest() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/manifest.json")).unwrap()
}
