//! The export: every part that the standard asks, and no key that a JSON-LD processor would drop.

use super::receipt_tests::receipt;
use super::tests::{good, subject, withdrawn};
use super::*;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const PARTIES: &str = r#"
[[party]]
oin = "00000099000000050000"
name = "Veilig Thuis Kennemerland"
address = "Postbus 1, 2000 AA Haarlem"
contact = "privacy@vt-kennemerland.example"

[[party]]
oin = "00000099000000030000"
name = "Raad voor de Kinderbescherming"
address = "Postbus 2, 3500 AB Utrecht"
contact = "privacy@rvdk.example"
"#;

pub(super) fn parties() -> Vec<ConsentParty> {
    ConsentParty::parse_all(PARTIES).unwrap()
}

#[test]
fn the_export_has_every_part_that_the_standard_asks() {
    let document = withdrawn(good(), vec![subject()])
        .to_json_ld(&parties())
        .unwrap();
    assert_eq!(document["dct:conformsTo"], "ISO/IEC TS 27560:2023");
    let header = &document["header"];
    assert_eq!(header["record_id"], "a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90");
    assert_eq!(header["pii_principal_id"], "dossier/17");
    let processing = &document["processing"];
    for key in [
        "privacy_notice",
        "language",
        "purpose",
        "pii_information",
        "pii_controllers",
        "storage_locations",
        "retention_period",
        "jurisdiction",
        "recipient_third_parties",
        "withdrawal_method",
        "lawful_basis",
    ] {
        assert!(!processing[key].is_null(), "{key}");
    }
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["event_state"], "withdrawn");
    assert_eq!(events[1]["consent_status"], "dpv:ConsentWithdrawn");
    assert_eq!(events[0]["event_time"], "2026-09-14T08:00:00Z");
    assert_eq!(processing["lawful_basis"][0], "eu-gdpr:A6-1-a");
}

#[test]
fn the_export_has_who_shares_and_who_receives_with_name_address_and_contact() {
    let document = good().to_json_ld(&parties()).unwrap();
    let listed = document["parties"].as_array().unwrap();
    let of = |key: &str| -> Vec<&str> {
        listed
            .iter()
            .map(|one| one[key].as_str().unwrap())
            .collect()
    };
    assert_eq!(of("party_type"), ["dpv:DataController", "dpv:Recipient"]);
    assert_eq!(
        of("party_id"),
        ["00000099000000050000", "00000099000000030000"]
    );
    assert_eq!(of("party_name")[1], "Raad voor de Kinderbescherming");
    assert_eq!(of("party_address")[0], "Postbus 1, 2000 AA Haarlem");
    assert_eq!(of("party_contact")[1], "privacy@rvdk.example");
    // Who is named in the processing is the node of that party.
    let processing = &document["processing"];
    assert_eq!(processing["pii_controllers"][0], listed[0]["@id"]);
    assert_eq!(processing["recipient_third_parties"][0], listed[1]["@id"]);
    // Nothing is made up of who is not in the list, sharer or receiver.
    for left in 0..2 {
        let mut fewer = parties();
        let gone = fewer.remove(left);
        let fault = good().to_json_ld(&fewer).unwrap_err();
        assert_eq!(fault, ConsentFault::Party(gone.oin));
        assert_eq!(fault.code(), "CONSENT_PARTY");
        assert!(fault.to_string().contains(gone.oin.as_str()), "{fault}");
    }
    for broken in [
        PARTIES.replace("Postbus 1, 2000 AA Haarlem", ""),
        PARTIES.replace("contact = \"privacy@rvdk.example\"", ""),
        PARTIES.replace("Postbus 2", "123456782"),
    ] {
        let fault = ConsentParty::parse_all(&broken).unwrap_err();
        assert_eq!(fault.code(), "CONSENT_FORM", "{fault}");
    }
}

/// The IRI that a term or a compact IRI is under `context`.
fn iri(context: &Map<String, Value>, term: &str) -> Option<String> {
    let (prefix, rest) = term.split_once(':')?;
    let base = context.get(prefix)?.get("@id")?.as_str()?;
    let good = base.starts_with("http") && !rest.is_empty() && !rest.starts_with("//");
    good.then(|| format!("{base}{rest}"))
}

/// Walks the document as a processor does; gives the keys it met.
fn walk(context: &Map<String, Value>, value: &Value, met: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| walk(context, one, met)),
        Value::Object(keys) => {
            for (key, value) in keys.iter().filter(|(key, _)| *key != "@context") {
                met.insert(key.clone());
                let term = context.get(key);
                match term {
                    Some(Value::String(keyword)) if keyword == "@nest" => {
                        assert!(value.is_object(), "{key}");
                    }
                    Some(Value::String(keyword)) => {
                        assert_eq!((keyword.as_str(), value.is_string()), ("@type", true));
                        assert!(iri(context, value.as_str().unwrap()).is_some(), "{value}");
                    }
                    Some(of) => {
                        let id = of["@id"].as_str().unwrap();
                        assert!(iri(context, id).is_some(), "{key}: {id}");
                        assert!(!value.is_null(), "{key} is dropped");
                        let each = value.as_array().cloned();
                        for one in each.unwrap_or_else(|| vec![value.clone()]) {
                            let node = of.get("@type").is_some_and(|kind| kind == "@id");
                            let named = || iri(context, one.as_str().unwrap()).is_some();
                            assert!(!node || named(), "{key}: {one} is no term");
                        }
                    }
                    None if key == "@id" || key == "@type" => {
                        let named = value.as_str().unwrap();
                        let urn = named.starts_with("urn:uuid:");
                        assert!(urn || iri(context, named).is_some(), "{named}");
                    }
                    None => assert!(iri(context, key).is_some(), "{key} is mapped to nothing"),
                }
                walk(context, value, met);
            }
        }
        _ => {}
    }
}

#[test]
fn no_key_of_the_export_is_dropped_by_a_processor_of_json_ld() {
    let mut record = withdrawn(good(), vec![subject()]);
    record.special = true;
    let document = record.to_json_ld(&parties()).unwrap();
    let context = document["@context"].as_object().unwrap();
    // Without a vocabulary for what is not named, so that each key must be named.
    assert!(!context.contains_key("@vocab"));
    let mut met = BTreeSet::new();
    walk(context, &document, &mut met);
    // And the context names nothing that is not there: it is of this document.
    for (key, _) in context.iter().filter(|(_, of)| of.get("@prefix").is_none()) {
        assert!(key == "@version" || met.contains(key), "{key} is nowhere");
    }
    // The format's page tells each.
    let page = include_str!("../../../../docs/formats/consent.md");
    for key in context.keys().filter(|key| !key.starts_with('@')) {
        assert!(page.contains(&format!("`{key}`")), "{key} is not told");
    }
}

#[test]
fn a_receipt_has_an_id_of_its_own_for_each_state_of_the_record() {
    let given = good();
    let id = given.receipt_id();
    assert_eq!(id, good().receipt_id());
    let digit = |place| id.chars().nth(place).unwrap();
    assert_eq!((id.len(), digit(14)), (36, '8'));
    assert!("89ab".contains(digit(19)), "{id}");
    assert!(receipt(&given).contains(&id));
    let back = withdrawn(good(), vec![subject()]);
    assert_ne!(back.receipt_id(), id);
    let mut other = good();
    other.id = ConsentId([7; 16]);
    assert_ne!(other.receipt_id(), id);
    assert!(!id.contains("a1b2c3d4"));
}
