//! A record whole, as JSON: what the draft register API has a place for, and what it has none for.
//!
//! Owns: the names of its keys (docs/partners/register.md). Must not know: how it came about.

use super::Shown;
use seinhuis_domain::catalogue::{BasisKind, Label, LawRef};
use seinhuis_domain::register::{Basis, Entity, Record, duration, moment};
use serde_json::{Value, json};

pub(super) fn record(shown: &Shown<'_>) -> Value {
    let record = shown.record;
    let span = &record.span;
    let period = |from, until| json!({ "from": moment(from), "until": moment(until) });
    let mut document = facts(record);
    let rest = json!({
        "id": record.id.to_string(),
        "version": record.version,
        "standing": record.standing.as_str(),
        "valid_from": moment(span.from),
        "valid_until": moment(span.until),
        "in_force": span.in_force.iter().map(|one| period(one.from, one.until)).collect::<Vec<_>>(),
        "officer_contact": shown.officer,
        "steps_proven": !shown.unproven,
        "duties": record.duties.iter()
            .map(|duty| json!({ "law": duty.law, "source_checked": duty.source_checked }))
            .collect::<Vec<_>>(),
    });
    if let (Some(to), Value::Object(rest)) = (document.as_object_mut(), rest) {
        to.extend(rest);
    }
    document
}

/// What agreement and catalogue say.
fn facts(record: &Record) -> Value {
    let (purpose, what, not_for) = &record.purpose;
    let people = record.people.iter();
    let processor = |one: &seinhuis_domain::agreement::Processor| {
        json!({
            "oin": one.oin.as_str(),
            "name": one.name.as_str(),
            "task": one.task.as_str(),
            "contract": one.contract.as_str(),
        })
    };
    let reference = |of: &Option<(String, String)>| {
        of.as_ref()
            .map(|(at, on)| json!({ "reference": at, "date": on }))
    };
    let (consulted, consultation) = &record.references.consultation;
    let agreement = &record.agreement;
    json!({
        "name_nl": record.name.nl,
        "name_en": record.name.en,
        "side": record.side.as_str(),
        "controller": entity(&record.controller),
        "joint_with": record.joint_with.iter().map(entity).collect::<Vec<_>>(),
        "joint_contact": record.joint_contact.as_ref().map(ToString::to_string),
        "purpose": { "code": purpose, "nl": what.nl, "en": what.en, "not_for": not_for.as_ref().map(label) },
        "people": people
            .map(|(code, label)| json!({ "code": code, "nl": label.nl, "en": label.en }))
            .collect::<Vec<_>>(),
        "data_subjects": record.data_subjects,
        "categories": record.categories.iter().map(label).collect::<Vec<_>>(),
        "counterpart": entity(&record.counterpart),
        "recipient": record.recipient.as_ref()
            .map(|(role, of)| json!({ "legal_role": role, "entity": of.id.to_string() })),
        "processors": record.processors.iter().map(processor).collect::<Vec<_>>(),
        "third_countries": [],
        "profiling": false,
        "retention": {
            "hub_content": duration(record.payload_hours),
            "hub_correction": duration(record.correction_hours),
            "hub_that_it_was_sent": "no-end",
            "log_parts": format!("P{}D", record.log_days),
            "own_files": null,
        },
        "measures": record.measures.iter()
            .map(|one| json!({
                "type": one.kind.as_str(),
                "nl": one.text.nl,
                "en": one.text.en,
                "assessment": one.assessment,
            }))
            .collect::<Vec<_>>(),
        "legal_basis": record.legal_basis,
        "bases": record.bases.iter().map(basis).collect::<Vec<_>>(),
        "processing": record.processing,
        "regimes": record.regimes,
        "own_register": record.own_register,
        "dpia": reference(&record.references.dpia),
        "officer_advice": reference(&record.references.advice),
        "prior_consultation": { "needed": consulted, "reference": consultation },
        "agreement": {
            "hash": agreement.hash,
            "title": label(&agreement.title),
            "version": agreement.version,
            "clause": agreement.clause,
            "other_catalogue": agreement.other_catalogue,
        },
    })
}

fn label(of: &Label) -> Value {
    json!({ "nl": of.nl, "en": of.en })
}

fn entity(of: &Entity) -> Value {
    json!({
        "id": of.id.to_string(),
        "oin": of.oin.as_str(),
        "name": of.name,
        "role": of.role,
        "contact_point": of.contact,
    })
}

fn basis(basis: &Basis) -> Value {
    let law = |law: &LawRef| {
        json!({
            "law": law.to_string(),
            "id": law.id,
            "version": law.version,
            "source_checked": law.source_checked,
        })
    };
    let judged = basis.judged.as_ref();
    json!({
        "code": basis.code.as_str(),
        "kind": basis.kind.map(BasisKind::as_str),
        "label": label(&basis.label),
        "law": basis.law.iter().map(law).collect::<Vec<_>>(),
        "firm": basis.firm,
        "judged_by": judged.map(|(by, _)| by),
        "judged_on": judged.map(|(_, on)| on),
        "void_since": basis.void_since,
    })
}
