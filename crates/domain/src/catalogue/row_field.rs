//! Reads one code list, and one field.
//!
//! Owns: their keys, and the bounds of one field by itself. Must not know: other rows.

use super::draft::{FieldRow, KindRow};
use super::fault::Faults;
use super::read::Row;
use super::value::NUMBER_DIGITS;
use super::{CodeDef, CodeList, FieldKind, ListName, SpecialMark};
use seinhuis_types::{CodeValue, FieldPath, ParseError};
use std::collections::BTreeMap;

/// The largest whole number a field may hold: eight digits, one less than a citizen number.
const LARGEST_INT: i64 = 99_999_999;

pub(super) fn list(row: &mut Row<'_>, name: &ListName, faults: &mut Faults) -> CodeList {
    let label = row.label("label", faults);
    let mut codes = BTreeMap::new();
    for mut row in row.rows("code", faults) {
        let Some(code) = row.key("code", CodeValue::parse, faults) else {
            continue;
        };
        let official = |text: &str| {
            let ok =
                !text.is_empty() && text.len() <= 8 && text.bytes().all(|b| b.is_ascii_graphic());
            ok.then(|| Box::<str>::from(text)).ok_or(ParseError::new(
                "number of an official list",
                "1 to 8 characters",
            ))
        };
        let official = row
            .code_opt("official", official, faults)
            .map(|official| official.value);
        let label = row.label("label", faults);
        if codes
            .insert(code.value, CodeDef { label, official })
            .is_some()
        {
            faults.add(
                code.at,
                format!("{} is there twice", row.name),
                "take one out",
            );
        }
        row.finish(faults);
    }
    if codes.is_empty() {
        let what = format!("{} has no codes", row.name);
        faults.add(
            row.at,
            what,
            "add a `[[list.code]]` with `code` and `label`",
        );
    }
    CodeList {
        name: name.clone(),
        label,
        codes,
    }
}

/// Names of fields are plain: `case` and `identity` have a meaning of their own, and a `/` is for
/// the ordinal of an identity.
pub(super) fn field_name(text: &str) -> Result<FieldPath, ParseError> {
    let path = FieldPath::parse(text)?;
    if text.contains('/') || text == "case" || text == "identity" {
        return Err(ParseError::new(
            "field name",
            "a name without `/`, not `case` nor `identity`",
        ));
    }
    Ok(path)
}

pub(super) fn field(row: &mut Row<'_>, _: &FieldPath, faults: &mut Faults) -> FieldRow {
    let label = row.label("label", faults);
    let marks = "`special`, `criminal`";
    let special = row
        .word("special", marks, SpecialMark::parse, faults)
        .map(|mark| mark.value);
    let kinds = "`enum`, `enum-set`, `date`, `hour`, `int`, `bool`, `oin`, `opaque`";
    let kind = |text: &str| {
        [
            "enum", "enum-set", "date", "hour", "int", "bool", "oin", "opaque",
        ]
        .into_iter()
        .find(|kind| *kind == text)
    };
    if !row.has("kind") {
        faults.add(
            row.at,
            format!("{} has no `kind`", row.name),
            format!("add one of {kinds}"),
        );
    }
    let kind = row
        .word("kind", kinds, kind, faults)
        .and_then(|kind| match kind.value {
            "enum" => {
                let list = row.code("list", ListName::parse, faults)?;
                Some(KindRow::Listed { list, max: None })
            }
            "enum-set" => {
                let list = row.code("list", ListName::parse, faults)?;
                let max = row.number("max", 1..32, faults)?;
                Some(KindRow::Listed {
                    list,
                    max: usize::try_from(max.value).ok(),
                })
            }
            "int" => int(row, faults),
            "opaque" => {
                // Said or not, 16 bytes; more would be room for text.
                let _ = row.number_opt("bytes", 16..17, faults);
                Some(KindRow::Plain(FieldKind::Opaque))
            }
            "date" => Some(KindRow::Plain(FieldKind::Date)),
            "hour" => Some(KindRow::Plain(FieldKind::Hour)),
            "bool" => Some(KindRow::Plain(FieldKind::Bool)),
            _ => Some(KindRow::Plain(FieldKind::Oin)),
        });
    FieldRow {
        label,
        kind,
        special,
    }
}

fn int(row: &mut Row<'_>, faults: &mut Faults) -> Option<KindRow> {
    let min = row.number("min", i64::MIN..i64::MAX, faults);
    let max = row.number("max", i64::MIN..i64::MAX, faults);
    let (min, max) = (min?, max?);
    for bound in [&min, &max] {
        if !(-LARGEST_INT..=LARGEST_INT).contains(&bound.value) {
            let what = format!("{} could carry {NUMBER_DIGITS} digits", row.name);
            let fix = format!("keep `min` and `max` within {LARGEST_INT}, or use a code list");
            faults.add(bound.at, what, fix);
        }
    }
    if min.value > max.value {
        let what = format!("{}: `min` is above `max`", row.name);
        faults.add(min.at, what, "put the smaller number in `min`");
    }
    Some(KindRow::Plain(FieldKind::Int {
        min: min.value,
        max: max.value,
    }))
}
