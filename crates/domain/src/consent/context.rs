//! The JSON-LD context of an exported record: an IRI for every key.
//!
//! Owns: which key is which term: of W3C DPV 2 or Dublin Core where they have it, as DPV's guide to ISO/IEC TS
//! 27560 does, else of the project's own vocabulary. Must not know: a record.

use serde_json::{Map, Value, json};

/// Prefixes: of DPV and its extensions, of Dublin Core and XSD, and the project's own.
pub(super) const PREFIXES: [(&str, &str); 8] = [
    ("dpv", "https://w3id.org/dpv#"),
    ("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"),
    ("loc", "https://w3id.org/dpv/loc#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("own", "https://seinhuis.example/vocabulary/consent#"),
    ("catalogue", "https://seinhuis.example/catalogue#"),
    ("oin", "https://seinhuis.example/oin/"),
];

/// Keys whose values are text, numbers, truth or objects.
const PLAIN: [(&str, &str); 27] = [
    ("schema_version", "own:schemaVersion"),
    ("record_id", "dct:identifier"),
    ("pii_principal_id", "own:principalReference"),
    ("privacy_notice", "dpv:hasNotice"),
    ("reference", "dct:identifier"),
    ("version", "own:version"),
    ("language", "dct:language"),
    ("sha256", "own:sha256"),
    ("authority_rule", "own:ageLaw"),
    ("pii_information", "dpv:hasPersonalData"),
    ("special_pii_category", "own:specialCategory"),
    ("retention_period", "own:retentionPeriod"),
    ("validity_duration", "own:validity"),
    ("parties", "own:party"),
    ("party_id", "dct:identifier"),
    ("party_name", "dpv:hasName"),
    ("party_address", "dpv:hasAddress"),
    ("party_contact", "dpv:hasContact"),
    ("view", "own:viewOfSubject"),
    ("registrant", "own:registrant"),
    (
        "no_acting_representative_is_a_suspect",
        "own:noRepresentativeIsASuspect",
    ),
    ("events", "own:event"),
    ("event_type", "own:eventType"),
    ("event_state", "own:eventState"),
    ("entity_id", "own:actingQuality"),
    ("authority_sha256", "own:authoritySha256"),
    ("evidence", "own:evidence"),
];

/// Keys of one object each, whose values are text or truth.
const PLAIN_MORE: [(&str, &str); 3] = [
    ("level", "own:evidenceLevel"),
    ("age_band", "own:ageBand"),
    ("capable", "own:canWeighIt"),
];

/// Keys whose values are terms themselves.
const TERMS: [(&str, &str); 10] = [
    ("purpose", "dpv:hasPurpose"),
    ("lawful_basis", "dpv:hasLegalBasis"),
    ("pii_type", "dct:type"),
    ("pii_controllers", "dpv:hasDataController"),
    ("recipient_third_parties", "dpv:hasRecipient"),
    ("storage_locations", "own:storageLocation"),
    ("jurisdiction", "dpv:hasJurisdiction"),
    ("withdrawal_method", "dpv:hasConsentControl"),
    ("processing_method", "dpv:hasProcessing"),
    ("consent_status", "dpv:hasConsentStatus"),
];

/// Keys whose values are moments.
const MOMENTS: [(&str, &str); 3] = [
    ("event_time", "dpv:isIndicatedAtTime"),
    ("from", "own:from"),
    ("until", "own:until"),
];

/// Sections of the standard that say nothing by themselves: what stands in them is said of what they stand in.
const SECTIONS: [&str; 4] = ["header", "processing", "subject", "registration"];

/// The context.
pub(super) fn context() -> Value {
    let mut all = Map::new();
    all.insert("@version".to_owned(), json!(1.1));
    for (prefix, iri) in PREFIXES {
        all.insert(prefix.to_owned(), json!({ "@id": iri, "@prefix": true }));
    }
    for (key, term) in PLAIN.into_iter().chain(PLAIN_MORE) {
        all.insert(key.to_owned(), json!({ "@id": term }));
    }
    for (key, term) in TERMS {
        all.insert(key.to_owned(), json!({ "@id": term, "@type": "@id" }));
    }
    for (key, term) in MOMENTS {
        let moment = json!({ "@id": term, "@type": "xsd:dateTime" });
        all.insert(key.to_owned(), moment);
    }
    for section in SECTIONS {
        all.insert(section.to_owned(), json!("@nest"));
    }
    all.insert("party_type".to_owned(), json!("@type"));
    Value::Object(all)
}
