//! The code words of the draft register API (Processing Activities Register API v0.1, DPV 2.1): which of
//! them say what agreements and catalogue say.
//!
//! Owns: that reading, which is engineering's, as the catalogue's is. Must not know: how they are shown.

use super::Side;
use crate::agreement::ControllershipKind;
use crate::catalogue::{BasisDef, BasisKind, Label};
use seinhuis_types::SubjectRole;
use std::collections::BTreeSet;

/// A label from its two texts.
pub(super) fn label(nl: impl Into<Box<str>>, en: impl Into<Box<str>>) -> Label {
    Label {
        nl: nl.into(),
        en: en.into(),
    }
}

/// A code that the catalogue at hand has no label for.
pub(super) fn bare(code: &str) -> Label {
    label(code, code)
}

/// The words for what a side does: the source makes a pseudonym and seals (Transform) and provides, the
/// recipient obtains and uses; the processor stores for both.
pub(super) const fn processing(side: Side) -> &'static [&'static str] {
    match side {
        Side::Source => &["Disclose", "Store", "Transform"],
        Side::Recipient => &["Obtain", "Store", "Use"],
    }
}

/// The words for people in a role. Of a role for which there is no word, `DataSubject`.
pub(super) fn subjects(role: &SubjectRole) -> &'static [&'static str] {
    match role.as_str() {
        "child" | "unborn" => &["VulnerableHuman"],
        "victim" => &["DataSubject", "VulnerableHuman"],
        "parent" => &["GuardianOfHuman", "ParentOfHuman"],
        "household-adult" => &["Adult"],
        _ => &["DataSubject"],
    }
}

/// The word for a basis to provide or to receive: by the article of the AVG it names (6(1)), by consent
/// where it rests on that, and otherwise a task by law. None for special data: they have no ground of
/// their own.
pub(super) fn legal_basis(basis: &BasisDef) -> Option<&'static str> {
    if basis.kind == BasisKind::Special {
        return None;
    }
    if basis.consent {
        return Some("Consent");
    }
    let named = basis.law.iter().filter(|law| law.law.as_str() == "AVG");
    let words: BTreeSet<&'static str> = named.filter_map(|law| ground(&law.article)).collect();
    words
        .first()
        .copied()
        .or(Some("OfficialAuthorityOfController"))
}

fn ground(article: &str) -> Option<&'static str> {
    let grounds = [
        ("6(1)(a)", "Consent"),
        ("6(1)(c)", "LegalObligation"),
        ("6(1)(d)", "VitalInterest"),
        ("6(1)(e)", "PublicInterest"),
    ];
    let found = grounds.iter().find(|(known, _)| article == *known);
    found.map(|(_, word)| *word)
}

/// The word for the role of a recipient of personal data under an agreement.
pub(super) const fn legal_role(kind: ControllershipKind) -> &'static str {
    match kind {
        ControllershipKind::Sole => "DataController",
        ControllershipKind::Joint => "JointDataControllers",
    }
}
