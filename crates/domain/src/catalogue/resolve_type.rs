//! From draft to signal types.
//!
//! Owns: the rules a type must meet, with its fields, subjects and directions. Must not know: TOML.

use super::draft::{DirectionRow, Draft, TypeRow};
use super::fault::{Faults, Place};
use super::resolve::{find, found};
use super::value::NUMBER_DIGITS;
use super::{BasisDef, BasisKind, Direction, FieldDef, FieldKind, SpecialMark, TypeDef, code};
use seinhuis_types::{BasisCode, FieldPath, SignalType, limits};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn signal_type(
    draft: &Draft,
    fields: &BTreeMap<FieldPath, FieldDef>,
    bases: &BTreeMap<BasisCode, BasisDef>,
    code: &SignalType,
    at: Place,
    row: &TypeRow,
    faults: &mut Faults,
) -> Option<TypeDef> {
    let of = format!("type `{code}`");
    let names = found(&draft.fields, &row.fields, "field", &of, faults);
    let mine: BTreeMap<FieldPath, FieldDef> = fields
        .iter()
        .filter(|(path, _)| names.contains(*path))
        .map(own)
        .collect();
    for path in &row.minimum {
        if !row.fields.iter().any(|field| field.value == path.value) {
            let what = format!(
                "{of} has `{}` in its minimum and not among its fields",
                path.value
            );
            faults.add(
                path.at,
                what,
                "add it to `fields`, or take it out of `minimum`",
            );
        }
    }
    for (role, _) in &row.subjects {
        find(&draft.subject_roles, role, "subject role", &of, faults);
    }
    if let Some(urgency) = &row.urgency {
        find(&draft.urgencies, urgency, "urgency class", &of, faults);
    }
    if let Some(retention) = &row.retention {
        find(&draft.retentions, retention, "retention class", &of, faults);
    }
    urgencies(draft, &of, row, &names, faults);
    let themes = found(&draft.themes, &row.themes, "theme", &of, faults);
    secret_themes(draft, &of, row, faults);
    views(&of, row, &mine, faults);
    check_digits(&of, at, &mine, faults);
    check_room(&of, at, names.len(), row.max_subjects.value, faults);
    let marks: BTreeSet<SpecialMark> = mine.values().filter_map(|field| field.special).collect();
    let mut directions: Vec<Direction> = row
        .directions
        .iter()
        .map(|row| direction(draft, bases, &marks, &of, row, faults))
        .collect();
    directions.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    Some(TypeDef {
        code: code.clone(),
        version: row.version,
        label: row.label.clone(),
        directions,
        fields: mine,
        minimum: row.minimum.iter().map(|path| path.value.clone()).collect(),
        subject_roles: row
            .subjects
            .iter()
            .map(|(role, max)| (role.value.clone(), *max))
            .collect(),
        max_subjects: row.max_subjects.value,
        urgency: row.urgency.as_ref()?.value.clone(),
        retention: row.retention.as_ref()?.value.clone(),
        acknowledge: row.acknowledge,
        themes,
        restricted: row.restricted,
        urgency_at: row
            .urgency_at
            .iter()
            .map(|(severity, class)| (severity.value.clone(), class.value.clone()))
            .collect(),
    })
}

/// Urgency by severity: both exist, and the type tells its severity.
fn urgencies(
    draft: &Draft,
    of: &str,
    row: &TypeRow,
    fields: &BTreeSet<FieldPath>,
    faults: &mut Faults,
) {
    let severities = draft.lists.get("severity");
    for (severity, class) in &row.urgency_at {
        find(&draft.urgencies, class, "urgency class", of, faults);
        if !severities.is_some_and(|list| list.value.contains(severity.value.as_str())) {
            let what = format!(
                "{of} names the severity `{}`, which is nowhere",
                severity.value
            );
            faults.add(severity.at, what, "use a code of the list `severity`");
        } else if !fields.contains("severity") {
            let what = format!("{of} is more urgent by severity and does not tell its severity");
            faults.add(
                severity.at,
                what,
                "add the field `severity`, or take this out",
            );
        }
    }
}

/// What is about a theme of restricted desks only goes there only.
fn secret_themes(draft: &Draft, of: &str, row: &TypeRow, faults: &mut Faults) {
    let all = !row.themes.is_empty()
        && row.themes.iter().all(|theme| {
            draft
                .themes
                .get(&theme.value)
                .is_some_and(|theme| theme.value.restricted)
        });
    if let Some(first) = row.themes.first().filter(|_| all && !row.restricted) {
        let what = format!("{of} is only about restricted themes and goes to every desk");
        faults.add(first.at, what, "set `restricted = true`");
    }
}

/// How a subject sees the sharing is told beside it and decides nothing: a minimum would refuse who does not
/// ask, and a mark who has no basis for it.
fn views(of: &str, row: &TypeRow, fields: &BTreeMap<FieldPath, FieldDef>, faults: &mut Faults) {
    for path in &row.fields {
        let field = fields.get(&path.value).filter(|field| field.is_view());
        if field.is_some_and(|field| field.special.is_some()) {
            let what = format!(
                "{of}: the view of the subject (`{}`) has a mark and would ask a basis",
                path.value
            );
            faults.add(path.at, what, "take `special` out of the field");
        }
    }
    for path in &row.minimum {
        if fields.get(&path.value).is_some_and(FieldDef::is_view) {
            let what = format!("{of} needs the view of the subject (`{}`)", path.value);
            faults.add(
                path.at,
                what,
                "take it out of `minimum`: it may always be left out",
            );
        }
    }
}

fn own((path, field): (&FieldPath, &FieldDef)) -> (FieldPath, FieldDef) {
    (path.clone(), field.clone())
}

/// Whole numbers of one type together have fewer digits than a citizen number, so that it cannot be
/// spread over them.
fn check_digits(of: &str, at: Place, fields: &BTreeMap<FieldPath, FieldDef>, faults: &mut Faults) {
    let digits: usize = fields
        .values()
        .map(|field| match field.kind {
            FieldKind::Int { min, max } => {
                code::digits(&min.to_string()).max(code::digits(&max.to_string()))
            }
            _ => 0,
        })
        .sum();
    if digits >= NUMBER_DIGITS {
        let what = format!("{of} could carry {NUMBER_DIGITS} digits in its whole numbers together");
        faults.add(
            at,
            what,
            "narrow the bounds of its `int` fields, or use code lists",
        );
    }
}

/// Everything a type can hold fits one envelope: its fields, `case`, and an identity per subject.
fn check_room(of: &str, at: Place, fields: usize, subjects: usize, faults: &mut Faults) {
    let all = fields.saturating_add(1).saturating_add(subjects);
    if all > limits::FIELDS {
        let most = limits::FIELDS;
        let what = format!(
            "{of} can hold {all} sealed fields with `case` and identities, more than {most}"
        );
        faults.add(at, what, "take out fields, or lower `max_subjects`");
    }
}

fn direction(
    draft: &Draft,
    bases: &BTreeMap<BasisCode, BasisDef>,
    marks: &BTreeSet<SpecialMark>,
    of: &str,
    row: &DirectionRow,
    faults: &mut Faults,
) -> Direction {
    let from = find(&draft.roles, &row.from, "partner role", of, faults).is_some();
    let to = find(&draft.roles, &row.to, "partner role", of, faults).is_some();
    let purposes = found(&draft.purposes, &row.purposes, "purpose", of, faults);
    let made = Direction {
        from: row.from.value.clone(),
        to: row.to.value.clone(),
        purposes,
    };
    // A role that is nowhere has its fault already; no basis could serve it.
    if from && to {
        check_served(bases, marks, of, row.at, &made, faults);
    }
    made
}

/// A direction that no basis serves could never be used lawfully, so it is not offered.
fn check_served(
    bases: &BTreeMap<BasisCode, BasisDef>,
    marks: &BTreeSet<SpecialMark>,
    of: &str,
    at: Place,
    way: &Direction,
    faults: &mut Faults,
) {
    let of_kind = |kind: BasisKind| {
        bases.values().filter(move |basis| {
            basis.kind == kind && basis.covers_direction(way.from.as_str(), way.to.as_str())
        })
    };
    let fix = "add the basis with its law, or take the purpose or direction out";
    for (kind, verb) in [
        (BasisKind::Provide, "to provide"),
        (BasisKind::Receive, "to receive"),
    ] {
        for purpose in &way.purposes {
            if !of_kind(kind).any(|basis| basis.serves(purpose)) {
                let what = format!(
                    "{of}: no basis {verb} from `{}` to `{}` for `{purpose}`",
                    way.from, way.to
                );
                faults.add(at, what, fix);
            }
        }
    }
    for mark in marks {
        if !of_kind(BasisKind::Special).any(|basis| basis.covers.contains(mark)) {
            let what = format!(
                "{of}: no basis for {} data from `{}` to `{}`",
                mark.as_str(),
                way.from,
                way.to
            );
            faults.add(
                at,
                what,
                "add the special basis with its law, or take the direction out",
            );
        }
    }
}
