//! A record of consent in JSON-LD: the structure of ISO/IEC TS 27560:2023 in terms of W3C DPV.
//!
//! Owns: the mapping (docs/formats/consent.md). Must not know: who the subject is: `pii_principal_id`
//! is the registrant's own reference.

use super::context::context;
use super::{Act, ConsentFault, ConsentParty, ConsentRecord, ConsentState};
use seinhuis_types::{Millis, Oin, hex};
use serde_json::{Value, json};

impl ConsentRecord {
    /// The record as a document for another administration; `parties` has who shares and who receives.
    ///
    /// # Errors
    /// [`ConsentFault::Party`] when one of them is not in it.
    pub fn to_json_ld(&self, parties: &[ConsentParty]) -> Result<Value, ConsentFault> {
        let listed = self.listed(parties)?;
        let of_catalogue = |code: &str| format!("catalogue:{code}");
        let received: Vec<String> = self
            .recipients
            .iter()
            .map(|oin| format!("oin:{oin}"))
            .collect();
        let id = uuid(&self.id.0);
        let purposes = self.purposes.iter().map(|code| of_catalogue(code.as_str()));
        let types = self.types.iter().map(|code| of_catalogue(code.as_str()));
        Ok(json!({
            "@context": context(),
            "@id": format!("urn:uuid:{id}"),
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": "ISO/IEC TS 27560:2023",
            "header": {
                "schema_version": "seinhuis-consent-2",
                "record_id": id,
                "pii_principal_id": self.subject.as_str(),
            },
            "processing": {
                "privacy_notice": {
                    "reference": self.notice.reference.as_str(),
                    "version": self.notice.version,
                    "sha256": hex(&self.notice.sha256.0),
                },
                "language": self.notice.language.as_str(),
                "purpose": purposes.collect::<Vec<_>>(),
                "lawful_basis": lawful_basis(self.special),
                "pii_information": types.map(|code| json!({
                    "pii_type": code,
                    "special_pii_category": self.special,
                })).collect::<Vec<_>>(),
                "pii_controllers": [format!("oin:{}", self.controller)],
                "recipient_third_parties": received,
                "storage_locations": ["loc:NL"],
                "jurisdiction": "loc:NL",
                "retention_period": { "until": at(self.until) },
                "withdrawal_method": "dpv:WithdrawConsent",
                "processing_method": ["dpv:Disclose", "dpv:Pseudonymise"],
                "authority_rule": self.law.articles(),
            },
            "parties": listed,
            "subject": {
                "view": self.view.as_str(),
            },
            "registration": {
                "registrant": self.registrant.as_str(),
                "no_acting_representative_is_a_suspect": self.attested,
            },
            "events": self.acts.iter().map(|act| self.event(act)).collect::<Vec<_>>(),
        }))
    }

    /// Who shares and who receives.
    fn listed(&self, parties: &[ConsentParty]) -> Result<Vec<Value>, ConsentFault> {
        let party = |oin: Oin, kind: &str| {
            let found = ConsentParty::of(parties, oin)?;
            Ok(json!({
                "@id": format!("oin:{oin}"),
                "party_id": oin.as_str(),
                "party_type": kind,
                "party_name": found.name.as_str(),
                "party_address": found.address.as_str(),
                "party_contact": found.contact.as_str(),
            }))
        };
        let controller = std::iter::once(party(self.controller, "dpv:DataController"));
        let recipients = self.recipients.iter();
        let recipients = recipients.map(|oin| party(*oin, "dpv:Recipient"));
        let listed = controller.chain(recipients);
        listed.collect()
    }

    /// One act.
    fn event(&self, act: &Act) -> Value {
        json!({
            "event_time": at(act.at),
            "event_type": "explicit",
            "event_state": act.state.as_str(),
            "consent_status": format!("dpv:{}", status(act.state)),
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
    }
}

fn at(ms: Millis) -> Option<String> {
    let stamp = i64::try_from(ms.0).ok();
    let stamp = stamp.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map(|stamp| stamp.to_string())
}

const fn status(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Given => "ConsentGiven",
        ConsentState::Refused => "ConsentRefused",
        ConsentState::Withdrawn => "ConsentWithdrawn",
    }
}

fn lawful_basis(special: bool) -> Vec<&'static str> {
    let of_special = special.then_some("eu-gdpr:A9-2-a");
    std::iter::once("eu-gdpr:A6-1-a")
        .chain(of_special)
        .collect()
}

/// The id in the form of a UUID, which the standard asks; its bits are random.
pub(super) fn uuid(bytes: &[u8; 16]) -> String {
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
