//! From draft to age rules, denied pairs, themes and messages that are no signals; and what a whole
//! catalogue must say of its purposes and bases.
//!
//! Owns: the rules between these rows. Must not know: TOML.

use super::draft::{AgeRow, DeniedRow, Draft, ElsewhereRow, ThemeRow};
use super::fault::{Faults, Place};
use super::resolve::{find, found, law};
use super::{
    AgeRule, BasisDef, BasisKind, DeniedDef, ElsewhereDef, LiftedBy, PurposeDef, ThemeDef, TypeDef,
};
use crate::question::{ANSWER, QUESTION};
use seinhuis_types::{BasisCode, CodeValue, PurposeCode, SignalType};
use std::collections::BTreeMap;

/// From this edition on a catalogue says of every open question what is to be checked, and of every
/// purpose that no type serves why it is there. Older ones, on which agreements were signed, still
/// load.
const COMPLETE: i64 = 2;

/// From this edition on a catalogue asks nothing that could never be answered.
const ANSWERABLE: i64 = 3;

pub(super) fn age(
    draft: &Draft,
    code: &CodeValue,
    at: Place,
    row: &AgeRow,
    faults: &mut Faults,
) -> Option<AgeRule> {
    let of = format!("age rule `{code}`");
    let regime = row.regime.as_ref()?;
    find(&draft.laws, regime, "law", &of, faults);
    // Two answers to one question: the first in order of code keeps it, the other is told.
    for (other, rule) in draft.ages.range::<CodeValue, _>(..code) {
        let same = rule.value.regime.as_ref().map(|r| &r.value) == Some(&regime.value);
        for right in row.rights.iter().filter(|right| {
            same && rule
                .value
                .rights
                .iter()
                .any(|other| other.value == right.value)
        }) {
            let what = format!(
                "{of} tells of `{}` under `{}`, as `{other}` does",
                right.value, regime.value
            );
            faults.add(at, what, "take it out of one of the two");
        }
    }
    Some(AgeRule {
        code: code.clone(),
        label: row.label.clone(),
        regime: regime.value.clone(),
        rights: row.rights.iter().map(|right| right.value.0).collect(),
        law: row
            .law
            .iter()
            .filter_map(|row| law(draft, row, &of, faults))
            .collect(),
        bands: row.bands.clone(),
    })
}

pub(super) fn denied(
    draft: &Draft,
    bases: &BTreeMap<BasisCode, BasisDef>,
    code: &CodeValue,
    at: Place,
    row: &DeniedRow,
    faults: &mut Faults,
) -> Option<DeniedDef> {
    let of = format!("denied pair `{code}`");
    let (from, to) = (row.from.as_ref()?, row.to.as_ref()?);
    find(&draft.roles, from, "partner role", &of, faults);
    find(&draft.roles, to, "partner role", &of, faults);
    for (other, same) in draft.denied.range::<CodeValue, _>(..code) {
        let pair = |row: &DeniedRow| {
            Some((
                row.from.as_ref()?.value.clone(),
                row.to.as_ref()?.value.clone(),
            ))
        };
        if pair(row) == pair(&same.value) {
            let what = format!("{of} is the pair of `{other}`");
            faults.add(at, what, "put both in one row");
        }
    }
    let made = DeniedDef {
        code: code.clone(),
        from: from.value.clone(),
        to: to.value.clone(),
        except: found(&draft.purposes, &row.except, "purpose", &of, faults),
        reason: row.reason.clone(),
        law: row
            .law
            .iter()
            .filter_map(|row| law(draft, row, &of, faults))
            .collect(),
        lifted_by: row.lifted_by,
    };
    let (from, to) = (from.value.as_str(), to.value.as_str());
    // A firm basis and a denial cannot both be the law.
    let firm = bases.values().find(|basis| {
        basis.kind == BasisKind::Provide
            && basis.verified
            && !basis.consent
            && basis.from.contains(from)
            && basis.to.contains(to)
            && basis
                .purposes
                .iter()
                .any(|purpose| !made.except.contains(purpose))
    });
    if let Some(basis) = firm {
        let what = format!("{of} denies what the firm basis `{}` allows", basis.code);
        let fix = "except its purposes, mark the basis open, or take the denial out";
        faults.add(at, what, fix);
    }
    Some(made)
}

pub(super) fn elsewhere(
    draft: &Draft,
    code: &SignalType,
    at: Place,
    row: &ElsewhereRow,
    faults: &mut Faults,
) -> Option<ElsewhereDef> {
    let of = format!("message `{code}`");
    if draft.types.contains_key(code) {
        let what = format!("{of} is a signal type as well");
        faults.add(
            at,
            what,
            "it travels as a signal or it does not: take one out",
        );
    }
    let urgency = row.urgency.as_ref()?;
    find(&draft.urgencies, urgency, "urgency class", &of, faults);
    Some(ElsewhereDef {
        code: code.clone(),
        label: row.label.clone(),
        why: row.why.clone(),
        law: row
            .law
            .iter()
            .filter_map(|row| law(draft, row, &of, faults))
            .collect(),
        urgency: urgency.value.clone(),
    })
}

pub(super) fn theme(
    draft: &Draft,
    code: &CodeValue,
    row: &ThemeRow,
    faults: &mut Faults,
) -> ThemeDef {
    let forms = draft.lists.get("form");
    for form in &row.forms {
        if !forms.is_some_and(|list| list.value.contains(form.value.as_str())) {
            let what = format!(
                "theme `{code}` names the form `{}`, which is nowhere",
                form.value
            );
            faults.add(form.at, what, "add it to the list `form`, or take it out");
        }
    }
    ThemeDef {
        code: code.clone(),
        label: row.label.clone(),
        forms: row.forms.iter().map(|form| form.value.clone()).collect(),
        restricted: row.restricted,
    }
}

/// A way that nothing can lift the denial of could never be used, so no type offers it.
pub(super) fn denied_ways(
    draft: &Draft,
    types: &BTreeMap<SignalType, TypeDef>,
    denied: &BTreeMap<CodeValue, DeniedDef>,
    faults: &mut Faults,
) {
    for (code, row) in &draft.types {
        let Some(def) = types.get(code) else { continue };
        for way in &row.value.directions {
            let (from, to) = (way.from.value.as_str(), way.to.value.as_str());
            let external = draft
                .roles
                .get(from)
                .is_some_and(|role| role.value.external);
            if external {
                let what = format!("type `{code}` goes out from `{from}`, who only receives");
                let fix = "take the direction out: outside parties send nothing through the hub";
                faults.add(way.at, what, fix);
            }
            let purposes = def.direction(from, to).map(|way| &way.purposes);
            let barred = denied.values().find(|denied| {
                denied.lifted_by == LiftedBy::Nothing
                    && purposes
                        .into_iter()
                        .flatten()
                        .any(|p| denied.denies(from, to, p))
            });
            if let Some(barred) = barred {
                let what = format!("type `{code}` goes from `{from}` to `{to}`, which is denied");
                let fix = format!("take the direction out; the reason is at `{}`", barred.code);
                faults.add(way.at, what, fix);
            }
        }
    }
}

/// An answer goes back for the purpose of its question. So a way to ask without the way back could never be
/// answered, and a way to answer without a question never be used: no type offers it.
fn asked_ways(draft: &Draft, types: &BTreeMap<SignalType, TypeDef>, faults: &mut Faults) {
    for (code, other) in [(QUESTION, ANSWER), (ANSWER, QUESTION)] {
        let Some(row) = draft.types.get(code) else {
            continue;
        };
        for way in &row.value.directions {
            let (from, to) = (way.from.value.as_str(), way.to.value.as_str());
            let back = types.get(other).and_then(|def| def.direction(to, from));
            for purpose in &way.purposes {
                if back.is_some_and(|back| back.purposes.contains(&purpose.value)) {
                    continue;
                }
                let what = format!(
                    "type `{code}` goes from `{from}` to `{to}` for `{}`, and `{other}` does not go back for it",
                    purpose.value
                );
                let fix = "add the way back if there are bases for it, or take the purpose or direction out";
                faults.add(way.at, what, fix);
            }
        }
    }
}

/// What a catalogue of the present edition says besides.
pub(super) fn complete(
    draft: &Draft,
    bases: &BTreeMap<BasisCode, BasisDef>,
    purposes: &BTreeMap<PurposeCode, PurposeDef>,
    types: &BTreeMap<SignalType, TypeDef>,
    faults: &mut Faults,
) {
    // What is broken is mended before it is asked to be complete.
    if !faults.is_empty() {
        return;
    }
    let edition = draft.edition.as_ref().map_or(1, |edition| edition.value);
    if edition < COMPLETE {
        return;
    }
    if edition >= ANSWERABLE {
        asked_ways(draft, types, faults);
    }
    for (code, row) in &draft.bases {
        let Some(basis) = bases.get(code) else {
            continue;
        };
        if basis.needs_attestation() == basis.check.is_some() {
            continue;
        }
        let (what, fix) = if basis.check.is_none() {
            (
                format!("basis `{code}` is not checked and does not say what is to be checked"),
                "add `check = { nl = \"...\", en = \"...\" }`",
            )
        } else {
            (
                format!("basis `{code}` is checked and says that something is to be checked"),
                "take `check` out, or set `verified` or `source_checked` to false",
            )
        };
        faults.add(row.at, what, fix);
    }
    for (code, row) in &draft.purposes {
        let Some(purpose) = purposes.get(code) else {
            continue;
        };
        let carried = types.values().any(|def| def.has_purpose(code));
        if carried != purpose.uncarried.is_some() {
            continue;
        }
        let (what, fix) = if carried {
            (
                format!("purpose `{code}` says that no type serves it, and one does"),
                "take `uncarried` out",
            )
        } else {
            (
                format!("no type serves purpose `{code}`"),
                "say why with `uncarried = { nl = \"...\", en = \"...\" }`, or add the direction",
            )
        };
        faults.add(row.at, what, fix);
    }
}
