//! What a record has, and the shape it is told in.

use super::*;
use crate::agreement::ControllershipKind;
use crate::catalogue::BasisKind;
use crate::catalogue::tell::Lang;
use crate::term;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every record of the five-party agreement, of every party, with its activity's subject.
fn records(catalogue: &Catalogue) -> Vec<(Subject, Record)> {
    let agreement = example("five-party.toml");
    let pasts = [Past::of(&agreement)];
    let now = agreement
        .content()
        .validity
        .not_before
        .millis()
        .plus(Millis::DAY);
    let mut found = Vec::new();
    for party in &agreement.content().parties {
        for activity in activities(&party.oin, &pasts, now) {
            let record = activity.record(1, catalogue, shipped(), now).unwrap();
            assert!(activity.record(2, catalogue, shipped(), now).is_none());
            found.push((activity.subject.clone(), record));
        }
    }
    found
}

#[test]
fn every_record_has_what_a_register_must_have() {
    let all = records(shipped());
    assert!(all.len() >= 16, "{}", all.len());
    let agreement = example("five-party.toml");
    let joint = agreement.content().controllership.kind == ControllershipKind::Joint;
    for (subject, record) in all {
        // a
        assert_eq!(record.controller.oin, subject.controller);
        assert!(!record.controller.name.is_empty() && record.controller.contact.is_some());
        assert_eq!(record.joint_with.len(), if joint { 4 } else { 0 });
        // b
        assert_eq!(record.purpose.0, subject.purpose.as_str());
        assert_ne!(
            &*record.purpose.1.nl, record.purpose.0,
            "a label, and not the code"
        );
        // c
        assert!(!record.people.is_empty() && !record.data_subjects.is_empty());
        assert!(record.categories.len() >= 2, "{:?}", record.categories);
        // d
        assert_eq!(record.recipient.is_some(), subject.side == Side::Source);
        assert_eq!(record.counterpart.oin, subject.counterpart);
        assert!(!record.processors.is_empty());
        // f
        assert!(record.payload_hours > 0 && record.log_days >= 1_461);
        // g
        assert!(record.measures.len() >= 6);
        // and what the register of police data has beside
        assert!(!record.legal_basis.is_empty() && !record.regimes.is_empty());
        assert!(
            record
                .bases
                .iter()
                .all(|basis| !basis.law.is_empty() && basis.judged.is_some())
        );
        assert!(record.bases.iter().all(|basis| basis.void_since.is_none()));
        for kind in [BasisKind::Provide, BasisKind::Receive] {
            assert!(record.bases.iter().any(|basis| basis.kind == Some(kind)));
        }
        assert!(!record.agreement.other_catalogue);
    }
}

/// The figures are held to what the hub counts with (`term`), class by class.
#[test]
fn no_content_outlives_the_terms_that_the_register_tells() {
    let agreement = example("five-party.toml");
    let role = |oin: &Oin| agreement.content().party(oin).unwrap().role.to_string();
    let ms = |hours: u32| u64::from(hours) * Millis::HOUR;
    for (subject, record) in records(shipped()) {
        let clause = agreement.content().clause(&subject.clause).unwrap();
        let (from, to) = (role(&clause.from), role(&clause.to));
        let sent = Millis(0);
        let cap = |class: &str| term::payload_cap(shipped().retention(class), sent);
        let mut longest = 0;
        for granted in &clause.types {
            let def = shipped().signal_type(&granted.code).unwrap();
            let way = def.direction(&from, &to).unwrap();
            if way.purposes.contains(&subject.purpose) {
                let end = cap(def.retention.as_str()).min(cap(clause.retention.as_str()));
                longest = longest.max(end.0);
            }
        }
        assert!(longest > 0 && longest <= term::PAYLOAD_CAP_MS);
        assert!(ms(record.payload_hours) >= longest, "{}", clause.id);
        assert!(ms(record.payload_hours) <= term::PAYLOAD_CAP_MS);
        // A correction waits longer than its signal, whatever the class.
        assert_eq!(ms(record.correction_hours), term::RECTIFICATION_CAP_MS);
        let told = &version_json(&record, Lang::Nl)["personalData"]["retentionPeriod"];
        assert_eq!(*told, duration(record.correction_hours));
        assert!(record.correction_hours >= record.payload_hours);
    }
}

#[test]
fn what_was_not_read_in_the_law_is_told() {
    let all = records(shipped());
    for (_, record) in &all {
        // Nobody read the articles that ask for the register: nothing here may claim it.
        assert!(record.duties.iter().all(|duty| !duty.source_checked));
        for basis in &record.bases {
            let known = shipped().basis(&basis.code).unwrap();
            assert_eq!(basis.law, known.law);
            assert_eq!(basis.firm, !known.needs_attestation());
        }
    }
    let all: Vec<_> = all.iter().flat_map(|(_, record)| &record.bases).collect();
    let unread = |basis: &&&Basis| basis.law.iter().any(|law| !law.source_checked);
    assert!(all.iter().any(|basis| unread(&basis)) && all.iter().any(|basis| basis.firm));
}

#[test]
fn a_record_tells_the_types_and_bases_of_its_own_purpose_and_no_others() {
    let agreement = example("five-party.toml");
    let role = |oin: &Oin| agreement.content().party(oin).unwrap().role.to_string();
    for (subject, record) in records(shipped()) {
        let clause = agreement.content().clause(&subject.clause).unwrap();
        let (from, to) = (role(&clause.from), role(&clause.to));
        let mut expected = BTreeSet::new();
        for granted in &clause.types {
            let def = shipped().signal_type(&granted.code).unwrap();
            let way = def.direction(&from, &to).unwrap();
            if way.purposes.contains(&subject.purpose) {
                let fields = granted
                    .fields
                    .iter()
                    .map(|path| shipped().field(path).unwrap());
                expected.extend(fields.map(|field| field.label.nl.to_string()));
            }
        }
        let told = record.categories.iter().map(|label| label.nl.to_string());
        let told: BTreeSet<String> = told
            .map(|text| text.split(" (bijzondere").next().unwrap().to_owned())
            .map(|text| text.split(" (strafrechtelijke").next().unwrap().to_owned())
            .collect();
        assert!(expected.is_subset(&told), "{expected:?} {told:?}");
        let beside = told.len() - expected.len();
        assert_eq!(beside, if clause.identity_sealed { 2 } else { 1 });
        let serves = |basis: &Basis| {
            shipped()
                .basis(&basis.code)
                .unwrap()
                .serves(&subject.purpose)
        };
        assert!(record.bases.iter().all(serves));
    }
}

#[test]
fn of_two_purposes_each_tells_the_types_and_people_that_serve_it() {
    let mut content: Value =
        serde_json::from_slice(&examples::example("five-party.toml", shipped())).unwrap();
    let clauses = content["clauses"].as_array_mut().unwrap();
    let clause = clauses
        .iter_mut()
        .find(|clause| clause["id"] == "pol-vt-report")
        .unwrap();
    clause["purposes"] = json!(["P-REPORT", "P-SAFETY"]);
    clause["subject_roles"]
        .as_array_mut()
        .unwrap()
        .push(json!("unborn"));
    // One type serves the one purpose alone, and one the other.
    clause["types"] = json!([
        { "code": "UNBORN_RISK", "fields": ["severity"] },
        { "code": "CUSTODY_IN", "fields": ["next_decision"] },
    ]);
    let mut agreement = Agreement::propose(&bytes(&content)).unwrap();
    let now = agreement.content().validity.not_before.millis();
    let oins: Vec<Oin> = agreement.content().parties.iter().map(|p| p.oin).collect();
    for oin in oins {
        take(&mut agreement, oin.as_str(), StepKind::Accept, now);
    }
    let pasts = [Past::of(&agreement)];
    let all = activities(&oin(POLICE), &pasts, now);
    let next = &shipped()
        .field(&"next_decision".parse().unwrap())
        .unwrap()
        .label
        .nl;
    for (purpose, of_report) in [("P-REPORT", true), ("P-SAFETY", false)] {
        let activity = one(&all, "pol-vt-report", purpose);
        let record = activity.record(1, shipped(), shipped(), now).unwrap();
        let unborn = record.people.iter().any(|(code, _)| code == "unborn");
        let decision = record
            .categories
            .iter()
            .any(|label| label.nl.starts_with(&**next));
        assert_eq!((unborn, decision), (of_report, !of_report), "{purpose}");
    }
}

#[test]
fn what_another_catalogue_does_not_have_stands_as_a_code() {
    // The small catalogue of the tests of agreements knows none of the shipped types.
    for (_, record) in records(crate::agreement::tests::catalogue()) {
        assert!(record.agreement.other_catalogue);
        assert!(
            record.payload_hours > 0 && !record.categories.is_empty() && !record.people.is_empty()
        );
    }
}

#[test]
fn a_judgement_on_another_version_of_the_law_is_void_in_the_register() {
    let mut content = value();
    content["clauses"][0]["basis"]["provide"][0]["to"]["law_version"] = json!("2020-01-01");
    let agreement = accepted(Agreement::propose(&bytes(&content)).unwrap(), NOW);
    let pasts = [Past::of(&agreement)];
    let all = activities(&oin(POLICE), &pasts, NOW);
    let own = crate::agreement::tests::catalogue();
    let record = one(&all, "report", "P-REPORT")
        .record(1, own, own, NOW)
        .unwrap();
    let void: Vec<_> = record
        .bases
        .iter()
        .filter_map(|basis| Some((basis.code.as_str(), basis.void_since.as_deref()?)))
        .collect();
    assert_eq!(void, [("POL-VT", "2025-07-01")]);
}

#[test]
fn the_shape_has_its_keys_and_no_others() {
    const KEYS: [&str; 9] = [
        "name",
        "version",
        "validFrom",
        "purpose",
        "legalBasis",
        "processingOptions",
        "dataSubjects",
        "personalData",
        "measures",
    ];
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<BTreeSet<_>>()
    };
    for (subject, record) in records(shipped()) {
        let [nl, en] = [Lang::Nl, Lang::En].map(|lang| version_json(&record, lang));
        let mut expected = KEYS.to_vec();
        if subject.side == Side::Source {
            expected.push("recipients");
            let id = RegisterId::of_entity(&subject.counterpart).to_string();
            assert_eq!(nl["recipients"]["entityId"], id);
            assert_eq!(keys(&nl["recipients"]), set(&["entityId", "legalRole"]));
        }
        assert_eq!(keys(&nl), set(&expected));
        assert_eq!(
            keys(&nl["personalData"]),
            set(&["categories", "retentionPeriod"])
        );
        assert_eq!(
            keys(&nl["measures"][0]),
            set(&["measure", "measureType", "risks"])
        );
        assert_ne!((&nl["name"], &nl["purpose"]), (&en["name"], &en["purpose"]));
        for key in [
            "version",
            "validFrom",
            "legalBasis",
            "processingOptions",
            "dataSubjects",
        ] {
            assert_eq!(nl[key], en[key], "{key}");
        }
    }
    let agreement = example("two-party.toml");
    let pasts = [Past::of(&agreement)];
    let now = agreement
        .content()
        .validity
        .not_before
        .millis()
        .plus(Millis::DAY);
    let police = activities(&oin(POLICE), &pasts, now);
    let document = activity_json(&police[0], now);
    assert_eq!(keys(&document), set(&["active", "id", "latestVersion"]));
    let named = entities(&police);
    assert_eq!(named.len(), 4, "two parties, two processors");
    let care = entity_json(&named[&RegisterId::of_entity(&oin(SAFE_HOME))]);
    assert_eq!(keys(&care), set(&["email", "id", "name", "type"]));
    assert_eq!(care["email"], "fg@vt-kennemerland.example");
    let hub = entity_json(&named[&RegisterId::of_entity(&oin("00000099000000900000"))]);
    assert_eq!(keys(&hub), set(&["id", "name", "type"]));
}

#[test]
fn durations_are_those_of_iso_8601() {
    for (hours, text) in [
        (0, "PT0H"),
        (1, "PT1H"),
        (24, "P1D"),
        (36, "PT36H"),
        (43_824, "P1826D"),
    ] {
        assert_eq!(duration(hours), text);
    }
    assert_eq!(moment(Millis(1_500)), "1970-01-01T00:00:01.5Z");
}

#[test]
fn an_assessment_is_linked_only_where_it_is_an_address() {
    for (reference, linked) in [
        ("DPIA-1", false),
        ("https://register.example/dpia/1", true),
        ("file://x", false),
        ("https://", false),
        ("https://a b", false),
    ] {
        let mut content = value();
        content["dpia"]["reference"] = json!(reference);
        let agreement = accepted(Agreement::propose(&bytes(&content)).unwrap(), NOW);
        let pasts = [Past::of(&agreement)];
        let all = activities(&oin(POLICE), &pasts, NOW);
        let own = crate::agreement::tests::catalogue();
        let record = one(&all, "report", "P-REPORT")
            .record(1, own, own, NOW)
            .unwrap();
        let risks = &version_json(&record, Lang::Nl)["measures"][0]["risks"];
        let expected = if linked {
            json!([{ "assessment": reference }])
        } else {
            json!([])
        };
        assert_eq!(*risks, expected, "{reference}");
        assert_eq!(record.references.dpia.as_ref().unwrap().0, reference);
    }
}
