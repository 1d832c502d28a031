//! What a refusal says: all that a person needs to understand and mend it, and nothing about a person.
//!
//! A text of the policy set is fixed: it says that its condition is not met, and nothing else. So it
//! tells a fact about a person only if its condition asks about one that the caller neither stated nor
//! holds itself.

use super::Broken;
use super::attributes::{Origin, asked, attributes};
use crate::case;
use crate::explain::Explained;
use crate::law::Law;
use seinhuis_types::has_number;
use std::collections::BTreeMap;

/// Everything that is wrong with what the conditions tell.
pub(super) fn check(law: &Law) -> Vec<Broken> {
    let origins = origins();
    let mut broken = personal(law, |name| origins.get(name).copied());
    for rule in &law.forbids {
        if let Some(condition) = &rule.condition {
            broken.extend(text(&condition.explained));
        }
    }
    broken.extend(text(&Explained::policy_error()));
    broken
}

/// Where each attribute comes from.
pub(crate) fn origins() -> BTreeMap<&'static str, Origin> {
    let probe = case::probe();
    let all = probe.map(|facts| attributes(&facts)).unwrap_or_default();
    all.into_iter()
        .map(|attribute| (attribute.name, attribute.origin))
        .collect()
}

/// Conditions that ask about a person what the caller neither stated nor holds, or about what nobody gave an
/// origin.
pub(crate) fn personal(law: &Law, origin: impl Fn(&str) -> Option<Origin>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for rule in &law.forbids {
        let reason = rule.reason().map_or("", |reason| reason.as_str());
        let Ok(json) = rule.policy.to_json() else {
            broken.push(Broken::Text {
                reason,
                what: "its condition cannot be read".to_owned(),
            });
            continue;
        };
        for attribute in asked(&json) {
            if !origin(&attribute).is_some_and(Origin::may_be_told) {
                broken.push(Broken::Personal { reason, attribute });
            }
        }
    }
    broken
}

/// What a condition's texts lack, or have too much.
fn text(told: &Explained) -> Vec<Broken> {
    let texts = [
        ("law", &told.law),
        ("text in Dutch", &told.text_nl),
        ("text in English", &told.text_en),
        ("remedy in Dutch", &told.remedy_nl),
        ("remedy in English", &told.remedy_en),
    ];
    let reason = told.reason.as_str();
    let mut broken: Vec<Broken> = texts
        .iter()
        .filter_map(|(name, text)| {
            let what = if text.trim().is_empty() {
                format!("there is no {name}")
            } else if has_number(text.as_bytes()) || text.contains(['{', '%']) {
                format!("the {name} has a place for what must not be told")
            } else {
                return None;
            };
            Some(Broken::Text { reason, what })
        })
        .collect();
    if told.text_nl == told.text_en || told.remedy_nl == told.remedy_en {
        broken.push(Broken::Text {
            reason,
            what: "it is told in one language only".to_owned(),
        });
    }
    broken
}
