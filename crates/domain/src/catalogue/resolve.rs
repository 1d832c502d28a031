//! From draft to catalogue: what refers to another row finds it.
//!
//! Owns: the rules between rows, but those of types. Must not know: TOML.

use super::draft::{BasisRow, Draft, FieldRow, KindRow, LawRow, PurposeRow, Table};
use super::fault::{Faults, Place};
use super::read::At;
use super::value::{NUMBER_DIGITS, VALUE_BYTES};
use super::{
    BasisDef, BasisKind, Catalogue, CodeList, FieldDef, FieldKind, LawRef, PurposeDef,
    REQUIRED_LISTS, Secrecy, code, hash, inform, resolve_more, resolve_type,
};
use seinhuis_types::{BasisCode, CodeValue, Digest, FieldPath, PurposeCode};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

/// Resolves everything; `None` when a row could not be made, which then has a fault.
pub(super) fn resolve(draft: Draft, faults: &mut Faults) -> Option<Catalogue> {
    for name in REQUIRED_LISTS {
        if !draft.lists.contains_key(name) {
            let what = format!("there is no code list `{name}`");
            faults.absent(what, format!("add a `[[list]]` with `name = \"{name}\"`"));
        }
    }
    let purposes = each(&draft.purposes, |code, at, row| {
        purpose(&draft, code, at, row, faults)
    });
    let bases = each(&draft.bases, |code, at, row| {
        basis(&draft, code, at, row, faults)
    });
    let fields = each(&draft.fields, |path, at, row| {
        field(&draft, path, at, row, faults)
    });
    let types = each(&draft.types, |code, at, row| {
        resolve_type::signal_type(&draft, &fields, &bases, code, at, row, faults)
    });
    let themes = each(&draft.themes, |code, _, row| {
        Some(resolve_more::theme(&draft, code, row, faults))
    });
    let ages = each(&draft.ages, |code, at, row| {
        resolve_more::age(&draft, code, at, row, faults)
    });
    let denied = each(&draft.denied, |code, at, row| {
        resolve_more::denied(&draft, &bases, code, at, row, faults)
    });
    let elsewhere = each(&draft.elsewhere, |code, at, row| {
        resolve_more::elsewhere(&draft, code, at, row, faults)
    });
    let informs = each(&draft.informs, |role, at, row| {
        inform::resolve(&draft, role, at, row, faults)
    });
    resolve_more::denied_ways(&draft, &types, &denied, faults);
    resolve_more::complete(&draft, &bases, &purposes, &types, faults);
    let whole = purposes.len() == draft.purposes.len()
        && bases.len() == draft.bases.len()
        && fields.len() == draft.fields.len()
        && types.len() == draft.types.len()
        && ages.len() == draft.ages.len()
        && denied.len() == draft.denied.len()
        && elsewhere.len() == draft.elsewhere.len()
        && informs.len() == draft.informs.len();
    if !whole {
        return None;
    }
    let mut catalogue = Catalogue {
        laws: plain(draft.laws),
        roles: plain(draft.roles),
        subject_roles: plain(draft.subject_roles),
        regions: plain(draft.regions),
        purposes,
        bases,
        lists: plain(draft.lists),
        fields,
        types,
        urgencies: plain(draft.urgencies),
        retentions: plain(draft.retentions),
        themes,
        ages,
        denied,
        elsewhere,
        informs,
        edition: draft.edition.map_or(1, |edition| edition.value),
        hash: Digest([0; 32]),
    };
    match hash::hash(&catalogue) {
        Ok(digest) => catalogue.hash = digest,
        Err(error) => {
            faults.absent(
                format!("the catalogue cannot be hashed: {error}"),
                "report this as a bug",
            );
        }
    }
    Some(catalogue)
}

/// Finds what `wanted` refers to, or says that it is nowhere.
pub(super) fn find<'t, K, V, Q>(
    table: &'t Table<K, V>,
    wanted: &At<Q>,
    what: &str,
    of: &str,
    faults: &mut Faults,
) -> Option<&'t V>
where
    K: Ord + Borrow<str> + Display,
    Q: Borrow<str> + Display,
{
    let found = table.get(wanted.value.borrow());
    if found.is_none() {
        let known: Vec<String> = table.keys().map(|key| format!("`{key}`")).collect();
        let message = format!("{of} names the {what} `{}`, which is nowhere", wanted.value);
        let fix = match known.as_slice() {
            [] => format!("add it; there is no {what} yet"),
            known => format!("add it, or use one of {}", known.join(", ")),
        };
        faults.add(wanted.at, message, fix);
    }
    found.map(|found| &found.value)
}

/// The codes that were found, as a set.
pub(super) fn found<K, V, Q>(
    table: &Table<K, V>,
    wanted: &[At<Q>],
    what: &str,
    of: &str,
    faults: &mut Faults,
) -> BTreeSet<Q>
where
    K: Ord + Borrow<str> + Display,
    Q: Ord + Clone + Borrow<str> + Display,
{
    wanted
        .iter()
        .filter(|code| find(table, code, what, of, faults).is_some())
        .map(|code| code.value.clone())
        .collect()
}

fn each<K: Ord + Clone, R, V>(
    rows: &Table<K, R>,
    mut make: impl FnMut(&K, Place, &R) -> Option<V>,
) -> BTreeMap<K, V> {
    rows.iter()
        .filter_map(|(key, row)| Some((key.clone(), make(key, row.at, &row.value)?)))
        .collect()
}

fn plain<K: Ord, V>(table: Table<K, V>) -> BTreeMap<K, V> {
    table
        .into_iter()
        .map(|(key, row)| (key, row.value))
        .collect()
}

pub(super) fn law(draft: &Draft, row: &LawRow, of: &str, faults: &mut Faults) -> Option<LawRef> {
    let law = find(&draft.laws, &row.law, "law", of, faults)?;
    Some(LawRef {
        law: law.key.clone(),
        id: law.id.clone(),
        article: row.article.clone(),
        version: row.version.clone(),
        source_checked: row.source_checked,
    })
}

fn purpose(
    draft: &Draft,
    code: &PurposeCode,
    _: Place,
    row: &PurposeRow,
    faults: &mut Faults,
) -> Option<PurposeDef> {
    let of = format!("purpose `{code}`");
    let laws = row
        .law
        .iter()
        .filter_map(|row| law(draft, row, &of, faults))
        .collect();
    Some(PurposeDef {
        code: code.clone(),
        label: row.label.clone(),
        law: laws,
        not_for: row.not_for.clone(),
        uncarried: row.uncarried.clone(),
    })
}

fn basis(
    draft: &Draft,
    code: &BasisCode,
    _: Place,
    row: &BasisRow,
    faults: &mut Faults,
) -> Option<BasisDef> {
    let of = format!("basis `{code}`");
    let laws = row
        .law
        .iter()
        .filter_map(|row| law(draft, row, &of, faults))
        .collect();
    let secrecy = row.secrecy.as_ref().and_then(|(_, secrecy, reminder)| {
        let law = law(draft, secrecy.as_ref()?, &of, faults)?;
        Some(Secrecy {
            law,
            reminder: reminder.clone(),
        })
    });
    if let (Some(onward), Some(list)) = (&row.onward, draft.lists.get("onward-rule"))
        && !list.value.contains(onward.value.as_str())
    {
        let what = format!(
            "{of} has the onward rule `{}`, which is nowhere",
            onward.value
        );
        let known: Vec<String> = list
            .value
            .codes
            .keys()
            .map(|key| format!("`{key}`"))
            .collect();
        faults.add(onward.at, what, format!("use one of {}", known.join(", ")));
    }
    let roles = &draft.roles;
    Some(BasisDef {
        code: code.clone(),
        kind: row.kind?,
        label: row.label.clone(),
        law: laws,
        from: found(roles, &row.from, "partner role", &of, faults),
        to: found(roles, &row.to, "partner role", &of, faults),
        purposes: found(&draft.purposes, &row.purposes, "purpose", &of, faults),
        regime: row.regime.as_ref().map(|regime| regime.value),
        wpg_articles: row
            .wpg_articles
            .iter()
            .map(|article| article.value.0)
            .collect(),
        covers: row.covers.iter().map(|mark| mark.value.0).collect(),
        single_subject: row.single_subject,
        verified: row.verified,
        onward: row.onward.as_ref().map(|onward| onward.value.clone()),
        secrecy,
        access: row.access,
        consent: row.consent,
        check: row.check.clone(),
    })
    .filter(|basis| basis.kind != BasisKind::Provide || basis.secrecy.is_some())
}

fn field(
    draft: &Draft,
    path: &FieldPath,
    at: Place,
    row: &FieldRow,
    faults: &mut Faults,
) -> Option<FieldDef> {
    let of = format!("field `{path}`");
    let kind = match row.kind.as_ref()? {
        KindRow::Plain(kind) => kind.clone(),
        KindRow::Listed { list, max } => {
            let found = find(&draft.lists, list, "code list", &of, faults)?;
            check_room(&of, at, found, max.unwrap_or(1), faults);
            let codes: Arc<BTreeSet<CodeValue>> = Arc::new(found.codes.keys().cloned().collect());
            match *max {
                Some(max) => FieldKind::EnumSet {
                    list: found.name.clone(),
                    codes,
                    max,
                },
                None => FieldKind::Enum {
                    list: found.name.clone(),
                    codes,
                },
            }
        }
    };
    Some(FieldDef {
        path: path.clone(),
        label: row.label.clone(),
        kind,
        special: row.special,
    })
}

/// The longest value of `max` codes must fit a sealed field, and the one with most digits must have
/// fewer than a citizen number.
fn check_room(of: &str, at: Place, list: &CodeList, max: usize, faults: &mut Faults) {
    let largest = |measure: fn(&str) -> usize| -> usize {
        let mut sizes: Vec<usize> = list
            .codes
            .keys()
            .map(|code| measure(code.as_str()))
            .collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.into_iter().take(max).sum()
    };
    let commas = max.min(list.codes.len()).saturating_sub(1);
    let bytes = largest(str::len).saturating_add(commas);
    if bytes > VALUE_BYTES {
        let what =
            format!("{of} can be {bytes} bytes long, more than the {VALUE_BYTES} of a field");
        faults.add(at, what, "lower `max`, or shorten the codes of the list");
    }
    if largest(code::digits) >= NUMBER_DIGITS {
        let what = format!("{of} could carry {NUMBER_DIGITS} digits");
        faults.add(
            at,
            what,
            "lower `max`, or use words for the codes of the list",
        );
    }
}
