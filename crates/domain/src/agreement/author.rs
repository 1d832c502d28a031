//! The authored form: TOML, easier to write and compare than JSON. It becomes the canonical JSON
//! that the parties sign, and is itself signed by nobody.
//!
//! Three conveniences exist here and not in the content: an offset date-time stands for unix
//! seconds, a date for its text; `catalogue_hash` and `policy_hash` may be `"current"`; and
//! attestations may be written once under `[attestations.<name>]` and named in the clauses.

use super::hash::canonical_value;
use super::{Content, ContentError};
use seinhuis_types::{Digest, hex, line_at};
use serde_json::{Map, Number, Value};
use toml::Table;

const CURRENT: &str = "current";
const ATTESTATIONS: &str = "attestations";

/// What `"current"` stands for. Without a value, the word is an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct Placeholders {
    /// Hash of the catalogue in force.
    pub catalogue_hash: Option<Digest>,
    /// Hash of the policy set in force.
    pub policy_hash: Option<Digest>,
}

/// Turns the authored form into the RFC 8785 bytes of the content.
///
/// # Errors
/// [`ContentError`]: not TOML, an unknown or missing key, a value of another form, a placeholder or
/// attestation without a value. What can be read is judged by [`super::check`].
pub fn from_toml(text: &str, placeholders: &Placeholders) -> Result<Vec<u8>, ContentError> {
    let table: Table = text.parse().map_err(|error| not_toml(text, &error))?;
    let mut root = object(table, "")?;
    current(&mut root, "catalogue_hash", placeholders.catalogue_hash)?;
    current(&mut root, "policy_hash", placeholders.policy_hash)?;
    let attestations = root.remove(ATTESTATIONS).unwrap_or_default();
    for (at, clause) in items(root.get_mut("clauses")) {
        for kind in ["provide", "receive", "special"] {
            let bases = clause
                .get_mut("basis")
                .and_then(|bases| bases.get_mut(kind));
            for (of, basis) in items(bases) {
                for side in ["from", "to"] {
                    let path = || format!("clauses[{at}].basis.{kind}[{of}].{side}");
                    attest(basis.get_mut(side), &attestations, path)?;
                }
            }
        }
    }
    let value = Value::Object(root);
    Content::from_value(&value)?;
    canonical_value(&value)
}

/// The line and the rule, without the text of the line.
fn not_toml(text: &str, error: &toml::de::Error) -> ContentError {
    let start = error.span().map_or(0, |span| span.start);
    ContentError::Toml {
        line: line_at(text, start),
        rule: error.message().replace('\n', ", "),
    }
}

fn current(
    root: &mut Map<String, Value>,
    key: &str,
    value: Option<Digest>,
) -> Result<(), ContentError> {
    if let Some(place) = root.get_mut(key)
        && place.as_str() == Some(CURRENT)
    {
        let digest = value.ok_or_else(|| ContentError::Placeholder {
            name: key.to_owned(),
            path: key.to_owned(),
        })?;
        *place = Value::String(hex(&digest.0));
    }
    Ok(())
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = (usize, &mut Value)> {
    let items = list.and_then(Value::as_array_mut).into_iter().flatten();
    items.enumerate()
}

fn attest(
    place: Option<&mut Value>,
    attestations: &Value,
    path: impl Fn() -> String,
) -> Result<(), ContentError> {
    let Some(place) = place else { return Ok(()) };
    if let Some(name) = place.as_str() {
        let found = attestations.get(name);
        *place = found
            .ok_or_else(|| ContentError::Placeholder {
                name: name.to_owned(),
                path: path(),
            })?
            .clone();
    }
    Ok(())
}

fn object(table: Table, at: &str) -> Result<Map<String, Value>, ContentError> {
    table
        .into_iter()
        .map(|(key, value)| {
            let at = if at.is_empty() {
                key.clone()
            } else {
                format!("{at}.{key}")
            };
            Ok((key, json(value, &at)?))
        })
        .collect()
}

fn json(value: toml::Value, at: &str) -> Result<Value, ContentError> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(Number::from(number)),
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Array(list) => {
            let items = list.into_iter().enumerate();
            let items = items.map(|(index, item)| json(item, &format!("{at}[{index}]")));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => Value::Object(object(table, at)?),
        toml::Value::Datetime(moment) => moment_or_day(&moment).ok_or_else(|| {
            let form = "a date, or a date-time with offset and whole seconds";
            misshapen(at, format!("`{moment}`: write {form}"))
        })?,
        toml::Value::Float(number) => {
            let rule = format!("`{number}`: no fractions in an agreement");
            return Err(misshapen(at, rule));
        }
    })
}

fn misshapen(path: &str, rule: String) -> ContentError {
    let path = path.to_owned();
    ContentError::Form { path, rule }
}

fn moment_or_day(moment: &toml::value::Datetime) -> Option<Value> {
    match (moment.date, moment.time, moment.offset) {
        (Some(date), None, None) => Some(Value::String(date.to_string())),
        (Some(_), Some(_), Some(_)) => {
            let stamp: jiff::Timestamp = moment.to_string().parse().ok()?;
            let whole = stamp.subsec_nanosecond() == 0;
            whole.then(|| Value::Number(Number::from(stamp.as_second())))
        }
        _ => None,
    }
}
