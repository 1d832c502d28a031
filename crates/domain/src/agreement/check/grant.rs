//! The rules about what a clause grants: types, fields, roles. A clause can only take away from
//! what a type allows.

use super::Faults;
use super::clause::Scope;
use crate::agreement::GrantedType;
use crate::agreement::compare::How;
use crate::catalogue::{SpecialMark, TypeDef};
use seinhuis_types::SignalType;
use std::collections::BTreeSet;

/// Adds the faults of the clause's types.
pub(super) fn check(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    if clause.types.is_empty() {
        faults.add(
            scope.at("types"),
            "no-types",
            "name at least one signal type",
        );
    }
    let mut seen = BTreeSet::new();
    for (index, granted) in clause.types.iter().enumerate() {
        let path = scope.at(&format!("types[{index}]"));
        let code = &granted.code;
        if !seen.insert(code) {
            faults.add(
                &path,
                "duplicate-type",
                format!("`{code}` is listed before; remove one"),
            );
        }
        let Some(def) = scope.catalogue.signal_type(code) else {
            let fix = format!("`{code}` is not a signal type of the catalogue");
            faults.add(&path, "unknown-type", fix);
            continue;
        };
        direction(scope, def, &path, faults);
        mode(scope, code, &path, faults);
        fields(granted, def, &path, faults);
        retention(scope, def, faults);
        let roles = &clause.subject_roles;
        if !roles
            .iter()
            .any(|role| def.subject_roles.contains_key(role))
        {
            let fix = format!("the clause allows none of the subject roles of `{code}`");
            faults.add(&path, "no-role-for-type", fix);
        }
    }
    purposes(scope, faults);
    people(scope, faults);
    special(scope, faults);
}

/// The clause's types that the catalogue has.
fn defs<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = &'a TypeDef> {
    scope
        .clause
        .types
        .iter()
        .filter_map(|granted| scope.catalogue.signal_type(&granted.code))
}

fn direction(scope: &Scope<'_>, def: &TypeDef, path: &str, faults: &mut Faults) {
    let Some((from, to)) = scope.roles() else {
        return;
    };
    let code = &def.code;
    match def.direction(from, to) {
        None => {
            let fix = format!("`{code}` does not go from `{from}` to `{to}`");
            faults.add(path, "type-direction", fix);
        }
        Some(way) if way.purposes.is_disjoint(&scope.clause.purposes) => {
            let fix = format!("`{code}` serves none of the clause's purposes this way");
            faults.add(path, "type-purpose", fix);
        }
        Some(_) => {}
    }
}

/// Signed all the same, nothing of it would ever go.
fn mode(scope: &Scope<'_>, code: &SignalType, path: &str, faults: &mut Faults) {
    let mode = How::of(code).mode();
    if scope.clause.mode != mode {
        let fix = format!(
            "`{code}` goes under clauses with `mode = \"{}\"` only; give it a clause of its own",
            mode.as_str()
        );
        faults.add(path, "type-mode", fix);
    }
}

fn fields(granted: &GrantedType, def: &TypeDef, path: &str, faults: &mut Faults) {
    let code = &def.code;
    for field in granted
        .fields
        .iter()
        .filter(|field| !def.fields.contains_key(*field))
    {
        let fix = format!("`{field}` is not a field of `{code}`");
        faults.add(format!("{path}.fields"), "unknown-field", fix);
    }
    for field in def.minimum.difference(&granted.fields) {
        let fix = format!("`{code}` says nothing without `{field}`; add it");
        faults.add(format!("{path}.fields"), "below-minimum", fix);
    }
}

fn retention(scope: &Scope<'_>, def: &TypeDef, faults: &mut Faults) {
    let class = &scope.clause.retention;
    let Some(bound) = scope.catalogue.retention(class.as_str()) else {
        let fix = format!("`{class}` is not a retention class of the catalogue");
        faults.add(scope.at("retention"), "unknown-retention", fix);
        return;
    };
    let own = scope.catalogue.retention(def.retention.as_str());
    if own.is_some_and(|own| own.cap_hours > bound.cap_hours) {
        let fix = format!("`{}` is kept longer than `{class}` allows", def.code);
        faults.add(scope.at("retention"), "retention-exceeded", fix);
    }
}

/// A purpose that none of the types can serve is a purpose nobody weighed.
fn purposes(scope: &Scope<'_>, faults: &mut Faults) {
    let Some((from, to)) = scope.roles() else {
        return;
    };
    for purpose in &scope.clause.purposes {
        let mut ways = defs(scope).filter_map(|def| def.direction(from, to));
        if !ways.any(|way| way.purposes.contains(purpose)) {
            let fix = format!("none of the clause's types serves `{purpose}` this way");
            faults.add(scope.at("purposes"), "purpose-without-type", fix);
        }
    }
}

fn people(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    for role in &clause.subject_roles {
        if !defs(scope).any(|def| def.subject_roles.contains_key(role)) {
            let fix = format!("none of the clause's types has a subject in role `{role}`");
            faults.add(scope.at("subject_roles"), "role-without-type", fix);
        }
    }
    let most = defs(scope).map(|def| def.max_subjects).max();
    if most.is_some_and(|most| usize::from(clause.max_subjects) > most) {
        let fix = "none of the clause's types holds so many people";
        faults.add(scope.at("max_subjects"), "max-subjects", fix);
    }
}

/// Special and criminal data need a basis of their own.
fn special(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let covered: BTreeSet<SpecialMark> = clause
        .basis
        .special
        .iter()
        .filter_map(|basis| scope.catalogue.basis(&basis.code))
        .flat_map(|basis| basis.covers.iter().copied())
        .collect();
    for (index, granted) in clause.types.iter().enumerate() {
        let Some(def) = scope.catalogue.signal_type(&granted.code) else {
            continue;
        };
        for mark in def.marks(&granted.fields).difference(&covered) {
            let kind = mark.as_str();
            let fix = format!(
                "fields of `{}` hold {kind} data; name a basis for them",
                def.code
            );
            let path = scope.at(&format!("types[{index}].fields"));
            faults.add(path, "no-basis-for-special-data", fix);
        }
    }
}
