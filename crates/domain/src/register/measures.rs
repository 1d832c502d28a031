//! Security measures (AVG 30(1)(g)): what holds for every exchange, and what a clause adds.
//!
//! Owns: their words. Must not know: how each is held; docs/rules.md says that. What a partner does in its
//! own house is not known here.

use super::words::label;
use crate::agreement::{Clause, Content, Impact};
use crate::catalogue::{Catalogue, Label};

/// Of which kind a measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeasureKind {
    /// By technical means.
    Technical,
    /// By how people work.
    Organisational,
}

impl MeasureKind {
    /// The code word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Technical => "Technical",
            Self::Organisational => "Organisational",
        }
    }
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Of which kind.
    pub kind: MeasureKind,
    /// What is done.
    pub text: Label,
    /// Where the risk assessment is found, if the agreement says so by an address.
    pub assessment: Option<String>,
}

/// What holds for everything that goes through the hub.
const ALWAYS: [(MeasureKind, &str, &str); 6] = [
    (
        MeasureKind::Technical,
        "Waarden zijn versleuteld voor de ontvanger; de verwerker kan ze niet lezen",
        "Values are sealed for the recipient; the processor cannot read them",
    ),
    (
        MeasureKind::Technical,
        "Personen staan onder een ander pseudoniem bij elke ontvanger, blind omgezet door twee organisaties",
        "Persons stand under another pseudonym at each recipient, converted blindly by two organisations",
    ),
    (
        MeasureKind::Technical,
        "Verbindingen zijn versleuteld en aan beide kanten bewezen met certificaten op OIN",
        "Connections are encrypted and proven at both ends by certificates with an OIN",
    ),
    (
        MeasureKind::Technical,
        "Elk besluit en elke verstrekking staat in een log dat niet ongemerkt kan worden veranderd",
        "Every decision and disclosure is in a log that cannot be altered unnoticed",
    ),
    (
        MeasureKind::Organisational,
        "Twee personen per partij tekenen het convenant; wie beheert, houdt er geen toezicht op",
        "Two persons of each party sign the agreement; who administers it does not oversee it",
    ),
    (
        MeasureKind::Organisational,
        "Elk signaal wordt aan wet en convenant getoetst voordat het vertrekt; alleen toegestane velden gaan mee",
        "Each signal is judged by law and agreement before it leaves; only permitted fields go",
    ),
];

/// The measures for `clause`.
pub(super) fn measures(content: &Content, clause: &Clause, catalogue: &Catalogue) -> Vec<Measure> {
    let assessment = content.dpia.as_ref().and_then(address);
    let one = |kind, text| Measure {
        kind,
        text,
        assessment: assessment.clone(),
    };
    let mut found: Vec<Measure> = ALWAYS
        .iter()
        .map(|(kind, nl, en)| one(*kind, label(*nl, *en)))
        .collect();
    let onward = catalogue
        .code_list("onward-rule")
        .and_then(|list| list.codes.get(clause.onward.as_str()));
    if let Some(rule) = onward {
        let nl = format!("Doorgeven door de ontvanger: {}", rule.label.nl);
        let en = format!("What the recipient may pass on: {}", rule.label.en);
        found.push(one(MeasureKind::Organisational, label(nl, en)));
    }
    let restricted = content.party(&clause.to).is_some_and(|party| {
        !clause.desks.is_empty() && clause.desks.is_subset(&party.restricted_desks)
    });
    if restricted {
        found.push(one(
            MeasureKind::Organisational,
            label(
                "Alleen loketten met beperkte toegang ontvangen",
                "Only desks with restricted access receive",
            ),
        ));
    }
    if clause.break_glass.is_some() {
        found.push(one(
            MeasureKind::Organisational,
            label(
                "Elk gebruik wordt binnen een werkdag door twee personen beoordeeld",
                "Each use is reviewed by two persons within a working day",
            ),
        ));
    }
    found
}

/// The address of an assessment; nothing where the reference is none.
fn address(impact: &Impact) -> Option<String> {
    let reference = impact.reference.as_str();
    let (scheme, rest) = reference.split_once("://")?;
    let ok = ["https", "http"].contains(&scheme)
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic());
    ok.then(|| reference.to_owned())
}
