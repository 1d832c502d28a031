//! A record of the register as a message. Must not know: how a record is made.

use seinhuis_domain::catalogue::{BasisKind, LawRef};
use seinhuis_domain::register::{Basis, Duty, Entity, Measure, Period, Record, duration};
use seinhuis_proto::v1;

pub(super) fn entity(entity: Entity) -> v1::RegisterEntity {
    v1::RegisterEntity {
        id: entity.id.to_string(),
        oin: entity.oin.to_string(),
        name: entity.name,
        role: entity.role.unwrap_or_default(),
        contact_point: entity.contact.unwrap_or_default(),
    }
}

pub(super) fn version(record: Record) -> v1::ProcessingActivityVersion {
    let words = |words: &mut dyn Iterator<Item = &&'static str>| -> Vec<String> {
        words.map(|word| (*word).to_owned()).collect()
    };
    let (purpose, label, not_for) = record.purpose.clone();
    let not_for = not_for.unwrap_or_default();
    let recipients = record.recipient.as_ref();
    let categories = record.categories.iter();
    v1::ProcessingActivityVersion {
        name_nl: record.name.nl.to_string(),
        name_en: record.name.en.to_string(),
        version: record.version,
        valid_from_ms: record.span.from.0,
        purpose,
        purpose_nl: label.nl.into(),
        purpose_en: label.en.into(),
        not_for_nl: not_for.nl.into(),
        not_for_en: not_for.en.into(),
        legal_basis: words(&mut record.legal_basis.iter()),
        processing_options: words(&mut record.processing.iter()),
        data_subjects: words(&mut record.data_subjects.iter()),
        personal_data: Some(v1::RegisteredData {
            categories_nl: categories.clone().map(|one| one.nl.to_string()).collect(),
            categories_en: categories.map(|one| one.en.to_string()).collect(),
            retention_period: duration(record.content_hours()),
        }),
        recipients: recipients.map(|(role, entity)| v1::RegisteredRecipients {
            legal_role: (*role).to_owned(),
            entity_id: entity.id.to_string(),
        }),
        measures: record.measures.iter().map(measure).collect(),
        record: Some(whole(record)),
    }
}

fn whole(record: Record) -> v1::RegisterRecord {
    let reference = |(reference, date)| v1::RegisterReference { reference, date };
    let (consulted, consultation) = record.references.consultation;
    let agreement = record.agreement;
    v1::RegisterRecord {
        activity_id: record.id.to_string(),
        side: record.side.as_str().to_owned(),
        controller: Some(entity(record.controller)),
        joint_with: record.joint_with.into_iter().map(entity).collect(),
        joint_contact_oin: record
            .joint_contact
            .map(|oin| oin.to_string())
            .unwrap_or_default(),
        counterpart: Some(entity(record.counterpart)),
        processors: record
            .processors
            .iter()
            .map(|processor| v1::RegisterProcessor {
                oin: processor.oin.to_string(),
                name: processor.name.to_string(),
                task: processor.task.to_string(),
                contract: processor.contract.to_string(),
            })
            .collect(),
        people: record
            .people
            .into_iter()
            .map(|(code, label)| v1::RegisterPeople {
                code,
                label_nl: label.nl.into(),
                label_en: label.en.into(),
            })
            .collect(),
        bases: record.bases.into_iter().map(basis).collect(),
        regimes: record.regimes,
        payload_retention: duration(record.payload_hours),
        correction_retention: duration(record.correction_hours),
        log_retention_days: record.log_days,
        third_countries: Vec::new(),
        profiling: false,
        own_register: record.own_register,
        dpia: record.references.dpia.map(reference),
        officer_advice: record.references.advice.map(reference),
        prior_consultation_needed: consulted,
        prior_consultation: consultation.unwrap_or_default(),
        agreement_hash: agreement.hash,
        agreement_title_nl: agreement.title.nl.into(),
        agreement_title_en: agreement.title.en.into(),
        agreement_version: agreement.version,
        clause_id: agreement.clause,
        other_catalogue: agreement.other_catalogue,
        standing: record.standing.as_str().to_owned(),
        valid_until_ms: record.span.until.0,
        in_force: record.span.in_force.iter().map(period).collect(),
        duties: record.duties.iter().map(duty).collect(),
    }
}

fn measure(measure: &Measure) -> v1::RegisteredMeasure {
    v1::RegisteredMeasure {
        measure_type: measure.kind.as_str().to_owned(),
        measure_nl: measure.text.nl.to_string(),
        measure_en: measure.text.en.to_string(),
        assessment: measure.assessment.clone().unwrap_or_default(),
    }
}

fn basis(basis: Basis) -> v1::RegisterBasis {
    let (judged_by, judged_on) = basis.judged.unwrap_or_default();
    v1::RegisterBasis {
        code: basis.code.to_string(),
        kind: basis.kind.map_or("", BasisKind::as_str).to_owned(),
        label_nl: basis.label.nl.into(),
        label_en: basis.label.en.into(),
        law: basis.law.iter().map(law).collect(),
        firm: basis.firm,
        judged_by,
        judged_on,
        judgement_void: basis.void_since.is_some(),
        void_since: basis.void_since.unwrap_or_default(),
    }
}

fn law(law: &LawRef) -> v1::RegisterLaw {
    v1::RegisterLaw {
        law: law.to_string(),
        id: law.id.to_string(),
        version: law.version.to_string(),
        source_checked: law.source_checked,
    }
}

fn duty(duty: &Duty) -> v1::RegisterLaw {
    v1::RegisterLaw {
        law: duty.law.to_owned(),
        source_checked: duty.source_checked,
        ..v1::RegisterLaw::default()
    }
}

fn period(period: &Period) -> v1::RegisterPeriod {
    v1::RegisterPeriod {
        from_ms: period.from.0,
        until_ms: period.until.0,
    }
}
