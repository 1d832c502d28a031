//! A record of consent in JSON-LD: the structure of ISO/IEC TS 27560:2023 in terms of W3C DPV.
//!
//! Owns: the mapping (docs/formats/consent.md). Must not know: who the subject is: `pii_principal_id`
//! is the registrant's own reference.

use super::{Act, ConsentLaw, ConsentRecord, ConsentState};
use seinhuis_types::{Millis, hex};
use serde_json::{Value, json};

/// What purpose, law and special data are called in DPV.
const DPV: &str = "https://w3id.org/dpv#";
const GDPR: &str = "https://w3id.org/dpv/legal/eu/gdpr#";

impl ConsentRecord {
    /// The record as a document for another administration.
    pub fn to_json_ld(&self) -> Value {
        let at = |ms: Millis| {
            let stamp = i64::try_from(ms.0).ok();
            let stamp = stamp.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            stamp.map(|stamp| stamp.to_string())
        };
        let event = |act: &Act| {
            json!({
                "event_time": at(act.at),
                "event_type": "explicit",
                "event_state": act.state.as_str(),
                "dpv:hasConsentStatus": format!("dpv:{}", status(act.state)),
                "validity_duration": { "from": at(self.from), "until": at(self.ends()) },
                "subject": { "age_band": act.age.as_str(), "capable": act.capable },
                "entity_id": act.by.iter().map(|by| by.role.as_str()).collect::<Vec<_>>(),
                "authority_sha256": act
                    .by
                    .iter()
                    .filter_map(|by| by.authority.as_ref())
                    .map(|hash| hex(&hash.0))
                    .collect::<Vec<_>>(),
                "evidence": {
                    "level": act.evidence.level.as_str(),
                    "sha256": hex(&act.evidence.sha256.0),
                },
            })
        };
        let recipients: Vec<&str> = self.recipients.iter().map(|oin| oin.as_str()).collect();
        let purposes: Vec<&str> = self.purposes.iter().map(|code| code.as_str()).collect();
        let types: Vec<&str> = self.types.iter().map(|code| code.as_str()).collect();
        json!({
            "@context": {
                "dpv": DPV,
                "eu-gdpr": GDPR,
                "dct": "http://purl.org/dc/terms/",
            },
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": "ISO/IEC TS 27560:2023",
            "header": {
                "schema_version": "seinhuis-consent-1",
                "record_id": uuid(&self.id.0),
                "pii_principal_id": self.subject.as_str(),
            },
            "processing": {
                "privacy_notice": {
                    "reference": self.notice.reference.as_str(),
                    "version": self.notice.version,
                    "sha256": hex(&self.notice.sha256.0),
                },
                "language": self.notice.language.as_str(),
                "purpose": purposes,
                "lawful_basis": lawful_basis(self.law, self.special),
                "pii_information": types.iter().map(|code| json!({
                    "pii_type": code,
                    "special_pii_category": self.special,
                })).collect::<Vec<_>>(),
                "pii_controllers": [self.controller.as_str()],
                "recipient_third_parties": recipients,
                "storage_locations": ["NL"],
                "jurisdiction": "NL",
                "retention_period": { "until": at(self.until) },
                "withdrawal_method": "dpv:WithdrawConsent",
                "processing_method": ["dpv:Disclose", "dpv:Pseudonymise"],
                "authority_rule": self.law.articles(),
            },
            "parties": [
                { "party_id": self.controller.as_str(), "party_type": "dpv:DataController" },
                { "party_id": self.subject.as_str(), "party_type": "dpv:DataSubject" },
            ],
            "subject": {
                "view": self.view.as_str(),
            },
            "registration": {
                "registrant": self.registrant.as_str(),
                "no_acting_representative_is_a_suspect": self.attested,
            },
            "events": self.acts.iter().map(event).collect::<Vec<_>>(),
        })
    }
}

const fn status(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Given => "ConsentGiven",
        ConsentState::Refused => "ConsentRefused",
        ConsentState::Withdrawn => "ConsentWithdrawn",
    }
}

fn lawful_basis(law: ConsentLaw, special: bool) -> Vec<String> {
    let mut basis = vec!["eu-gdpr:A6-1-a".to_owned()];
    if special {
        basis.push("eu-gdpr:A9-2-a".to_owned());
    }
    basis.push(law.articles().to_owned());
    basis
}

/// The id in the form of a UUID, which the standard asks; its bits are random.
fn uuid(bytes: &[u8; 16]) -> String {
    let text = hex(bytes);
    let mut out = String::with_capacity(36);
    for (place, digit) in text.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}
