//! The register in the shape of the draft Processing Activities Register API v0.1: three resources.
//!
//! Owns: those JSON documents, and not a key more (docs/formats/register.md). Must not know: how they are
//! served.

use super::{Activity, Entity, Measure, Record};
use crate::catalogue::tell::Lang;
use seinhuis_types::Millis;
use serde_json::{Map, Value, json};

/// `/processing_activities/{uuid}`.
pub fn activity_json(activity: &Activity<'_>, now: Millis) -> Value {
    json!({
        "active": activity.active(now),
        "latestVersion": activity.latest(),
        "id": activity.id.to_string(),
    })
}

/// `/processing_activities/{uuid}/versions/{n}`. Texts are in one language; who receives has no
/// `recipients`.
pub fn version_json(record: &Record, lang: Lang) -> Value {
    let (code, purpose, _) = &record.purpose;
    let categories = record.categories.iter().map(|label| lang.of(label));
    let mut document = json!({
        "name": lang.of(&record.name),
        "version": record.version,
        "validFrom": moment(record.span.from),
        "purpose": format!("{code}: {}", lang.of(purpose)),
        "legalBasis": record.legal_basis,
        "processingOptions": record.processing,
        "dataSubjects": record.data_subjects,
        "personalData": {
            "categories": categories.collect::<Vec<_>>(),
            "retentionPeriod": duration(record.content_hours()),
        },
        "measures": record.measures.iter().map(|one| measure(one, lang)).collect::<Vec<_>>(),
    });
    if let (Some((role, entity)), Some(fields)) = (&record.recipient, document.as_object_mut()) {
        let recipients = json!({ "legalRole": role, "entityId": entity.id.to_string() });
        fields.insert("recipients".to_owned(), recipients);
    }
    document
}

fn measure(measure: &Measure, lang: Lang) -> Value {
    let risks = measure.assessment.iter();
    json!({
        "measureType": measure.kind.as_str(),
        "measure": lang.of(&measure.text),
        "risks": risks.map(|uri| json!({ "assessment": uri })).collect::<Vec<_>>(),
    })
}

/// `/entities/{uuid}`. An address, telephone number and country are in no agreement, and are not there.
pub fn entity_json(entity: &Entity) -> Value {
    let mut fields = Map::new();
    fields.insert("type".to_owned(), "Organisation".into());
    fields.insert("id".to_owned(), entity.id.to_string().into());
    fields.insert("name".to_owned(), entity.name.clone().into());
    if let Some(email) = entity.email() {
        fields.insert("email".to_owned(), email.into());
    }
    Value::Object(fields)
}

/// Hours as a duration of ISO 8601: whole days where they are.
pub fn duration(hours: u32) -> String {
    if hours.is_multiple_of(24) && hours > 0 {
        format!("P{}D", hours / 24)
    } else {
        format!("PT{hours}H")
    }
}

/// A moment in UTC (RFC 3339).
pub fn moment(at: Millis) -> String {
    let stamp = i64::try_from(at.0)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| "never".to_owned(), |stamp| stamp.to_string())
}
