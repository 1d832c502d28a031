//! The hash of a catalogue.
//!
//! Owns: which parts of it are signed with an agreement. Labels and reminder texts are not, nor is
//! the order in which things were written. Must not know: how it was read.

use super::{
    AckTerm, AgeRule, BasisDef, Catalogue, DeniedDef, FieldDef, FieldKind, LawRef, ThemeDef,
    TypeDef,
};
use ring::digest::{SHA256, digest};
use seinhuis_types::Digest;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Display;

/// SHA-256 over the RFC 8785 form of [`structure`].
pub(super) fn hash(catalogue: &Catalogue) -> Result<Digest, String> {
    let bytes = serde_json_canonicalizer::to_vec(&structure(catalogue))
        .map_err(|error| error.to_string())?;
    Digest::from_slice(digest(&SHA256, &bytes).as_ref()).map_err(|error| error.to_string())
}

/// The structure that is hashed: one object per table, keyed by code.
pub(super) fn structure(catalogue: &Catalogue) -> Value {
    let edition = (catalogue.edition > 1).then(|| json!(catalogue.edition));
    let mut all = json!({
        "format": "seinhuis/v1/catalogue",
        "laws": table(&catalogue.laws, |law| json!({ "id": law.id })),
        "roles": table(&catalogue.roles, |role| {
            let mut all = json!({});
            add(&mut all, "external", some(json!(role.external)));
            all
        }),
        "subject_roles": table(&catalogue.subject_roles, |role| {
            json!({ "visibility": role.visibility.as_str() })
        }),
        "regions": table(&catalogue.regions, |region| json!({ "national": region.national })),
        "purposes": table(&catalogue.purposes, |purpose| {
            let mut all = json!({ "law": laws(&purpose.law) });
            add(&mut all, "break_glass", purpose.break_glass.then_some(json!(true)));
            all
        }),
        "bases": table(&catalogue.bases, basis),
        "lists": table(&catalogue.lists, |list| {
            table(&list.codes, |code| json!({ "official": code.official }))
        }),
        "fields": table(&catalogue.fields, field),
        "types": table(&catalogue.types, signal_type),
        "urgencies": table(&catalogue.urgencies, |urgency| {
            let (minutes, days) = match urgency.acknowledge {
                AckTerm::Minutes(minutes) => (Some(minutes), None),
                AckTerm::WorkingDays(days) => (None, Some(days)),
            };
            json!({
                "deliver_minutes": urgency.deliver_minutes,
                "acknowledge_minutes": minutes,
                "acknowledge_working_days": days,
            })
        }),
        "retentions": table(&catalogue.retentions, |retention| json!({
            "after": retention.after.as_str(),
            "hours": retention.hours,
            "cap_hours": retention.cap_hours,
        })),
    });
    add(&mut all, "edition", edition);
    add(&mut all, "themes", some(table(&catalogue.themes, theme)));
    add(&mut all, "age_rules", some(table(&catalogue.ages, age)));
    add(&mut all, "denied", some(table(&catalogue.denied, denied)));
    let elsewhere = table(
        &catalogue.elsewhere,
        |message| json!({ "law": laws(&message.law), "urgency": message.urgency.as_str() }),
    );
    add(&mut all, "elsewhere", some(elsewhere));
    let informs = table(&catalogue.informs, |rule| {
        json!({
            "within_days": rule.within_days,
            "step_days": rule.step_days,
            "law": laws(&rule.law),
        })
    });
    add(&mut all, "inform_rules", some(informs));
    all
}

/// What came after the first catalogues were signed is absent where it says nothing, so that those
/// keep their hash.
fn add(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Value::Object(object), Some(value)) = (object, value) {
        object.insert(key.to_owned(), value);
    }
}

/// Nothing for `false` and for an empty list or table.
fn some(value: Value) -> Option<Value> {
    let empty = match &value {
        Value::Bool(said) => !said,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    (!empty).then_some(value)
}

fn theme(theme: &ThemeDef) -> Value {
    json!({ "forms": texts(&theme.forms), "restricted": theme.restricted })
}

fn age(rule: &AgeRule) -> Value {
    let bands: Value = rule
        .bands
        .iter()
        .map(|band| {
            json!({
                "from": band.from,
                "acts": band.acts.as_str(),
                "incapable": band.incapable.map(super::Acts::as_str),
            })
        })
        .collect();
    json!({
        "regime": rule.regime.as_str(),
        "rights": texts(rule.rights.iter().map(|right| right.as_str())),
        "law": laws(&rule.law),
        "bands": bands,
    })
}

fn denied(denied: &DeniedDef) -> Value {
    json!({
        "from": denied.from.as_str(),
        "to": denied.to.as_str(),
        "except": texts(&denied.except),
        "law": laws(&denied.law),
        "lifted_by": denied.lifted_by.as_str(),
    })
}

fn table<K: Display, V>(rows: &BTreeMap<K, V>, show: impl Fn(&V) -> Value) -> Value {
    Value::Object(
        rows.iter()
            .map(|(key, row)| (key.to_string(), show(row)))
            .collect::<Map<_, _>>(),
    )
}

fn texts<T: Display>(codes: impl IntoIterator<Item = T>) -> Value {
    codes
        .into_iter()
        .map(|code| Value::String(code.to_string()))
        .collect()
}

/// Articles in one order, whatever the order they were written in.
fn laws(laws: &[LawRef]) -> Value {
    let mut sorted: Vec<&LawRef> = laws.iter().collect();
    sorted.sort_by(|a, b| (&a.id, &a.article, &a.version).cmp(&(&b.id, &b.article, &b.version)));
    sorted.into_iter().map(law).collect()
}

fn law(law: &LawRef) -> Value {
    json!({
        "id": law.id,
        "article": law.article,
        "version": law.version,
        "source_checked": law.source_checked,
    })
}

fn basis(basis: &BasisDef) -> Value {
    let mut all = json!({
        "kind": basis.kind.as_str(),
        "law": laws(&basis.law),
        "from": texts(&basis.from),
        "to": texts(&basis.to),
        "purposes": texts(&basis.purposes),
        "regime": basis.regime.map(crate::signal::Regime::as_str),
        "wpg_articles": texts(basis.wpg_articles.iter().map(|article| article.as_str())),
        "covers": texts(basis.covers.iter().map(|mark| mark.as_str())),
        "single_subject": basis.single_subject,
        "verified": basis.verified,
        "onward": basis.onward.as_ref().map(ToString::to_string),
        "secrecy": basis.secrecy.as_ref().map(|secrecy| law(&secrecy.law)),
        "access": basis.access.as_str(),
    });
    add(&mut all, "consent", some(json!(basis.consent)));
    all
}

fn field(field: &FieldDef) -> Value {
    let (list, most) = match &field.kind {
        FieldKind::Enum { list, .. } => (Some(list.as_str()), None),
        FieldKind::EnumSet { list, max, .. } => (Some(list.as_str()), Some(*max)),
        _ => (None, None),
    };
    let (min, max) = match field.kind {
        FieldKind::Int { min, max } => (Some(min), Some(max)),
        _ => (None, None),
    };
    json!({
        "kind": field.kind.as_str(),
        "list": list,
        "most": most,
        "min": min,
        "max": max,
        "special": field.special.map(super::SpecialMark::as_str),
    })
}

fn signal_type(t: &TypeDef) -> Value {
    let directions: Value = t
        .directions
        .iter()
        .map(|way| {
            json!({
                "from": way.from.as_str(),
                "to": way.to.as_str(),
                "purposes": texts(&way.purposes),
            })
        })
        .collect();
    let mut all = json!({
        "version": t.version,
        "directions": directions,
        "fields": texts(t.fields.keys()),
        "minimum": texts(&t.minimum),
        "subjects": table(&t.subject_roles, |max| json!(max)),
        "max_subjects": t.max_subjects,
        "urgency": t.urgency.as_str(),
        "retention": t.retention.as_str(),
        "acknowledge": t.acknowledge.as_str(),
    });
    add(&mut all, "themes", some(texts(&t.themes)));
    add(&mut all, "restricted", some(json!(t.restricted)));
    let urgency_at = table(&t.urgency_at, |class| json!(class.as_str()));
    add(&mut all, "urgency_at", some(urgency_at));
    all
}
