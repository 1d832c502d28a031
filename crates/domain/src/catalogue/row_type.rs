//! Reads one signal type.
//!
//! Owns: its keys. Must not know: other rows.

use super::draft::{DirectionRow, TypeRow};
use super::fault::Faults;
use super::read::{At, Row};
use super::row_more::urgency_at;
use super::{AckLevel, ClassCode, RoleCode};
use seinhuis_types::{CodeValue, FieldPath, PurposeCode, SignalType, SubjectRole, limits};
use toml::de::DeValue;

/// Versions of one type; far more than there will be.
const MOST_VERSIONS: i64 = 10_000;

pub(super) fn signal_type(row: &mut Row<'_>, _: &SignalType, faults: &mut Faults) -> TypeRow {
    let label = row.label("label", faults);
    let version = row.number("version", 1..MOST_VERSIONS, faults);
    let most = i64::try_from(limits::SUBJECTS)
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let max_subjects = row.number("max_subjects", 1..most, faults);
    let words = "`delivered`, `opened`";
    let level = |text: &str| {
        [AckLevel::Delivered, AckLevel::Opened]
            .into_iter()
            .find(|level| level.as_str() == text)
    };
    if !row.has("acknowledge") {
        let what = format!("{} has no `acknowledge`", row.name);
        faults.add(row.at, what, format!("add one of {words}"));
    }
    let acknowledge = row.word("acknowledge", words, level, faults);
    let max_subjects = max_subjects.map_or(
        At {
            at: row.at,
            value: limits::SUBJECTS,
        },
        |max| At {
            at: max.at,
            value: usize::try_from(max.value).unwrap_or_default(),
        },
    );
    TypeRow {
        version: version
            .and_then(|v| u32::try_from(v.value).ok())
            .unwrap_or_default(),
        label,
        directions: directions(row, faults),
        fields: row.codes("fields", true, FieldPath::parse, faults),
        minimum: row.codes("minimum", true, FieldPath::parse, faults),
        subjects: subjects(row, &max_subjects, faults),
        max_subjects,
        urgency: row.code("urgency", ClassCode::parse, faults),
        retention: row.code("retention", ClassCode::parse, faults),
        acknowledge: acknowledge.map_or(AckLevel::Opened, |acknowledge| acknowledge.value),
        themes: row.codes("themes", false, CodeValue::parse, faults),
        restricted: row.flag("restricted", faults).unwrap_or_default(),
        urgency_at: urgency_at(row, faults),
    }
}

fn directions(row: &mut Row<'_>, faults: &mut Faults) -> Vec<DirectionRow> {
    let mut found: Vec<DirectionRow> = Vec::new();
    if !row.has("direction") {
        let what = format!("{} has no direction", row.name);
        faults.add(
            row.at,
            what,
            "add a `[[type.direction]]` with `from`, `to` and `purposes`",
        );
    }
    for mut row in row.rows("direction", faults) {
        let from = row.code("from", RoleCode::parse, faults);
        let to = row.code("to", RoleCode::parse, faults);
        let purposes = row.codes("purposes", true, PurposeCode::parse, faults);
        let at = row.at;
        let name = row.name.clone();
        row.finish(faults);
        let (Some(from), Some(to)) = (from, to) else {
            continue;
        };
        if found
            .iter()
            .any(|d| d.from.value == from.value && d.to.value == to.value)
        {
            let what = format!(
                "{name} from `{}` to `{}` is there twice",
                from.value, to.value
            );
            faults.add(at, what, "put the purposes of both in one");
            continue;
        }
        found.push(DirectionRow {
            at,
            from,
            to,
            purposes,
        });
    }
    found
}

/// `subjects = { child = 6, ... }`: each role with the most subjects in it.
fn subjects(
    row: &mut Row<'_>,
    max: &At<usize>,
    faults: &mut Faults,
) -> Vec<(At<SubjectRole>, usize)> {
    let Some(table) = row.table("subjects", faults) else {
        if !row.has("subjects") {
            let what = format!("{} has no `subjects`", row.name);
            faults.add(
                row.at,
                what,
                "add `subjects = { child = 1 }`: roles, each with a maximum",
            );
        }
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in table.keyed() {
        let most = match value.get_ref() {
            DeValue::Integer(number) => usize::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        match (SubjectRole::parse(key.value), most) {
            (Ok(role), Some(most)) if (1..=max.value).contains(&most) => {
                found.push((
                    At {
                        at: key.at,
                        value: role,
                    },
                    most,
                ));
            }
            (Ok(role), _) => {
                let what = format!(
                    "{}: `{role}` has no maximum from 1 to {}",
                    table.name, max.value
                );
                faults.add(key.at, what, "write a number no larger than `max_subjects`");
            }
            (Err(error), _) => {
                let what = format!("{}: `{}` is not a {}", table.name, key.value, error.what);
                faults.add(key.at, what, format!("write {}", error.rule));
            }
        }
    }
    if table.keyed().next().is_none() {
        let what = format!("{} names no role", table.name);
        faults.add(table.at, what, "name at least one subject role");
    }
    found
}
