//! From files to a draft: every row read on its own, nothing looked up in another row yet.
//!
//! Owns: the keys of each small table. Must not know: rules between rows.

use super::draft::{Draft, LawRow, PurposeRow, Table};
use super::fault::Faults;
use super::read::{At, File, Row};
use super::{
    ClassCode, LawDef, LawKey, ListName, RegionDef, RoleCode, RoleDef, SubjectRoleDef, Visibility,
    inform, law, row_basis, row_class, row_field, row_more, row_type,
};
use seinhuis_types::{
    BasisCode, CodeValue, ParseError, PurposeCode, RegionCode, SignalType, SubjectRole,
};
use std::fmt::Display;
use toml::de::DeTable;

/// Reads every file. The second value tells whether each parsed as TOML.
pub(super) fn read(files: &[(String, String)], faults: &mut Faults) -> (Draft, bool) {
    let mut draft = Draft::default();
    let mut whole = true;
    for (index, (_, text)) in files.iter().enumerate() {
        let ends = File::ends(text);
        let file = File::new(index, &ends);
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            read_file(file, table.get_ref(), &mut draft, faults);
            continue;
        }
        whole = false;
        for error in errors {
            let at = file.place(&error.span().unwrap_or_default());
            let what = format!(
                "the file is not TOML: {}",
                error.message().replace('\n', " ")
            );
            faults.add(
                at,
                what,
                "mend this line; references are checked when every file can be read",
            );
        }
    }
    (draft, whole)
}

fn read_file<'t>(file: File<'t>, table: &'t DeTable<'t>, draft: &mut Draft, faults: &mut Faults) {
    let mut top = Row::new(file, table, file.place(&(0..0)), "");
    for row in top.rows("law", faults) {
        entry(
            row,
            "name",
            LawKey::parse,
            &mut draft.laws,
            faults,
            |row, key, faults| {
                let id = row
                    .legal("id", law::law_id, faults)
                    .map(|id| id.value)
                    .unwrap_or_default();
                LawDef {
                    key: key.clone(),
                    id,
                    label: row.label("label", faults),
                }
            },
        );
    }
    for row in top.rows("role", faults) {
        entry(
            row,
            "code",
            RoleCode::parse,
            &mut draft.roles,
            faults,
            |row, code, faults| RoleDef {
                code: code.clone(),
                label: row.label("label", faults),
                external: row.flag("external", faults).unwrap_or_default(),
            },
        );
    }
    for row in top.rows("subject_role", faults) {
        entry(
            row,
            "code",
            SubjectRole::parse,
            &mut draft.subject_roles,
            faults,
            subject_role,
        );
    }
    for row in top.rows("region", faults) {
        entry(
            row,
            "code",
            RegionCode::parse,
            &mut draft.regions,
            faults,
            |row, code, faults| {
                let national = row.flag("national", faults).unwrap_or_default();
                RegionDef {
                    code: code.clone(),
                    label: row.label("label", faults),
                    national,
                }
            },
        );
    }
    // What says anything of a signal, after what it is said with.
    meaning(&mut top, draft, faults);
    limits(&mut top, draft, faults);
    edition(&mut top, draft, faults);
    top.finish(faults);
}

/// Which rules of the loader a catalogue asks to be held to; said once, in any file.
fn edition(top: &mut Row<'_>, draft: &mut Draft, faults: &mut Faults) {
    let Some(edition) = top.number_opt("edition", 1..4, faults) else {
        return;
    };
    match &draft.edition {
        Some(first) => {
            let fix = format!("take one out; the first is at {}", faults.show(first.at));
            faults.add(edition.at, "`edition` is there twice", fix);
        }
        None => draft.edition = Some(edition),
    }
}

/// What stands in the way of a signal, or beside it.
fn limits(top: &mut Row<'_>, draft: &mut Draft, faults: &mut Faults) {
    for row in top.rows("theme", faults) {
        let (table, read) = (&mut draft.themes, row_more::theme);
        entry(row, "code", CodeValue::parse, table, faults, read);
    }
    for row in top.rows("age_rule", faults) {
        let (table, read) = (&mut draft.ages, row_more::age);
        entry(row, "code", CodeValue::parse, table, faults, read);
    }
    for row in top.rows("denied", faults) {
        let (table, read) = (&mut draft.denied, row_more::denied);
        entry(row, "code", CodeValue::parse, table, faults, read);
    }
    for row in top.rows("elsewhere", faults) {
        let (table, read) = (&mut draft.elsewhere, row_more::elsewhere);
        entry(row, "code", SignalType::parse, table, faults, read);
    }
    for row in top.rows("inform_rule", faults) {
        let (table, read) = (&mut draft.informs, inform::row);
        entry(row, "role", RoleCode::parse, table, faults, read);
    }
}

fn meaning(top: &mut Row<'_>, draft: &mut Draft, faults: &mut Faults) {
    for row in top.rows("purpose", faults) {
        entry(
            row,
            "code",
            PurposeCode::parse,
            &mut draft.purposes,
            faults,
            |row, _, faults| PurposeRow {
                label: row.label("label", faults),
                law: laws(row, faults),
                not_for: row.label_opt("not_for", faults),
                uncarried: row.label_opt("uncarried", faults),
                break_glass: row.flag("break_glass", faults).unwrap_or_default(),
            },
        );
    }
    for row in top.rows("basis", faults) {
        entry(
            row,
            "code",
            BasisCode::parse,
            &mut draft.bases,
            faults,
            row_basis::basis,
        );
    }
    for row in top.rows("list", faults) {
        entry(
            row,
            "name",
            ListName::parse,
            &mut draft.lists,
            faults,
            row_field::list,
        );
    }
    for row in top.rows("field", faults) {
        entry(
            row,
            "name",
            row_field::field_name,
            &mut draft.fields,
            faults,
            row_field::field,
        );
    }
    for row in top.rows("type", faults) {
        entry(
            row,
            "code",
            SignalType::parse,
            &mut draft.types,
            faults,
            row_type::signal_type,
        );
    }
    for row in top.rows("urgency", faults) {
        entry(
            row,
            "code",
            ClassCode::parse,
            &mut draft.urgencies,
            faults,
            row_class::urgency,
        );
    }
    for row in top.rows("retention", faults) {
        entry(
            row,
            "code",
            ClassCode::parse,
            &mut draft.retentions,
            faults,
            row_class::retention,
        );
    }
}

/// Reads one row under its key and puts it in its table, where its key must be new.
fn entry<K: Ord + Display, V>(
    mut row: Row<'_>,
    key: &'static str,
    read_key: impl Fn(&str) -> Result<K, ParseError>,
    table: &mut Table<K, V>,
    faults: &mut Faults,
    read: impl FnOnce(&mut Row<'_>, &K, &mut Faults) -> V,
) {
    // A row without a readable key is left out whole: its one fault is enough to begin with.
    let Some(code) = row.key(key, read_key, faults) else {
        return;
    };
    let value = read(&mut row, &code.value, faults);
    if let Some(first) = table.get(&code.value) {
        let what = format!("{} is there twice", row.name);
        let fix = format!("take one out; the first is at {}", faults.show(first.at));
        faults.add(code.at, what, fix);
    } else {
        table.insert(code.value, At { at: code.at, value });
    }
    row.finish(faults);
}

pub(super) fn laws(row: &mut Row<'_>, faults: &mut Faults) -> Vec<LawRow> {
    let rows = row.rows("law", faults);
    if rows.is_empty() {
        let what = format!("{} has no law", row.name);
        let fix = "add `law = [{ law = \"Wpg\", article = \"18(1)\", version = \"2025-07-01\", \
                   source_checked = true }]`";
        faults.add(row.at, what, fix);
    }
    rows.into_iter()
        .filter_map(|row| law_row(row, faults))
        .collect()
}

pub(super) fn law_row(mut row: Row<'_>, faults: &mut Faults) -> Option<LawRow> {
    let law = row.code("law", LawKey::parse, faults);
    let article = row.legal("article", law::article, faults);
    let version = row.legal("version", law::version, faults);
    let source_checked = row.must_flag("source_checked", faults);
    row.finish(faults);
    Some(LawRow {
        law: law?,
        article: article?.value,
        version: version?.value,
        source_checked,
    })
}

fn subject_role(row: &mut Row<'_>, code: &SubjectRole, faults: &mut Faults) -> SubjectRoleDef {
    let read = |text: &str| match text {
        "subject" => Some(Visibility::Subject),
        "authority" => Some(Visibility::Authority),
        _ => None,
    };
    let visibility = row.word("visibility", "`subject`, `authority`", read, faults);
    SubjectRoleDef {
        code: code.clone(),
        label: row.label("label", faults),
        // Left unsaid, the careful one.
        visibility: visibility.map_or(Visibility::Authority, |visibility| visibility.value),
    }
}
