//! Fixtures: a small catalogue, and an agreement of three parties in which every rule holds.

mod break_glass;
mod chain;
pub(crate) mod examples;
mod faults;
mod form;
mod members;
pub(crate) mod sequences;
pub(crate) mod steps;
pub(crate) mod succession;

use super::*;
use crate::catalogue::Catalogue;
use seinhuis_types::{Digest, hex};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(crate) const POLICE: &str = "00000099000000010000";
pub(crate) const PROSECUTION: &str = "00000099000000020000";
pub(crate) const SAFE_HOME: &str = "00000099000000050000";
const OPERATOR: &str = "00000099000000900000";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = include_str!("catalogue.toml").to_owned();
    Catalogue::load(&[("catalogue.toml".to_owned(), text)]).unwrap()
});

pub(crate) fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

fn attested(code: &str, version: &str) -> Value {
    let side = |function: &str| {
        json!({ "function": function, "date": "2026-10-01", "opinion_hash": "ab".repeat(32),
                "law_version": version })
    };
    json!({ "code": code, "from": side("jurist van de bron"), "to": side("jurist") })
}

fn party(oin: &str, role: &str, desk: &str) -> Value {
    json!({ "oin": oin, "role": role, "name": role, "desks": [desk],
            "processing_activity_ids": [format!("https://register.example/{role}/1")],
            "contact_point": format!("fg@{role}.example"), "log_retention_days": 1826 })
}

/// Clause 0: police to Veilig Thuis; 1: feedback; 2: prosecution to Veilig Thuis.
pub(crate) fn value() -> Value {
    let clause = |id: &str, from: &str, to: &str, desk: &str| {
        json!({ "id": id, "from": from, "to": to, "mode": "push", "id_kinds": ["number"],
                "identity_sealed": false, "desks": [desk], "regions": ["kennemerland"],
                "consent": "none", "inform": { "by": "to", "within_days": 28 },
                "retention": "R0", "onward": "none", "obligations": [],
                "visibility": "authority", "recipient_may_not_know": false })
    };
    let with = |mut clause: Value, rest: Value| {
        clause
            .as_object_mut()
            .unwrap()
            .append(&mut rest.as_object().unwrap().clone());
        clause
    };
    let report = with(
        clause("report", POLICE, SAFE_HOME, "intake"),
        json!({ "purposes": ["P-REPORT", "P-SAFETY"], "regimes": ["WPG"],
                "wpg_articles": ["8", "13.1"], "onward": "within-vt-task",
                "obligations": ["feedback"], "identity_sealed": true, "max_subjects": 6,
                "subject_roles": ["victim", "child", "suspect"],
                "types": [{ "code": "INC", "fields": ["nature", "weapon"] }],
                "basis": { "provide": [attested("POL-VT", "2025-07-01")],
                           "receive": [attested("VT-TASK", "2026-07-01")],
                           "special": [attested("VT-SPECIAL", "2026-07-01")] } }),
    );
    let feedback = with(
        clause("feedback", SAFE_HOME, POLICE, "hg"),
        json!({ "purposes": ["P-FEEDBACK"], "regimes": ["AVG"], "max_subjects": 6,
                "subject_roles": ["victim", "suspect"],
                "types": [{ "code": "TAKEN", "fields": ["day"] }],
                "basis": { "provide": [attested("VT-REPORTER", "2026-07-01")],
                           "receive": [attested("POL-TASK", "2025-07-01")] } }),
    );
    let release = with(
        clause("release", PROSECUTION, SAFE_HOME, "intake"),
        json!({ "purposes": ["P-SAFETY"], "regimes": ["WJSG"], "retention": "R2",
                "max_subjects": 1, "subject_roles": ["suspect"],
                "types": [{ "code": "RELEASE", "fields": ["day"] }],
                "basis": { "provide": [attested("OM-VT", "2026-09-01")],
                           "receive": [attested("VT-TASK", "2026-07-01")] } }),
    );
    let advice = |oin: &str| json!({ "oin": oin, "date": "2026-10-02", "reference": "FG-7" });
    json!({
        "title": { "nl": "Convenant", "en": "Agreement" },
        "version": 1,
        "created": 1_000_000,
        "validity": { "not_before": 2_000_000, "not_after": 900_000_000 },
        "review": "1980-01-01",
        "parties": [party(POLICE, "politie", "hg"), party(PROSECUTION, "om", "executie"),
                    party(SAFE_HOME, "veilig-thuis", "intake")],
        "processors": [{ "oin": OPERATOR, "name": "Beheer", "task": "hub", "contract": "VWO-1" }],
        "controllership": { "kind": "joint", "contact": SAFE_HOME },
        "public_interest": "safety",
        "dpia": { "reference": "DPIA-1", "date": "2026-09-01" },
        "fg_advice": [advice(POLICE), advice(PROSECUTION), advice(SAFE_HOME)],
        "prior_consultation": { "needed": false },
        "catalogue_hash": hex(&catalogue().hash().0),
        "policy_hash": hex(&[7; 32]),
        "clauses": [report, feedback, release]
    })
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

pub(crate) fn options() -> Options {
    Options {
        allow_test_oins: true,
        policy_hash: Some(Digest([7; 32])),
    }
}
