//! The content of an agreement, read strictly from JSON: every key known, every value parsed.

use super::{Clause, ContentError, Date, Term, Text, UnixSeconds, read};
use crate::catalogue::{Direction, RoleCode, TypeDef};
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, Desk, Digest, Millis, Oin, PurposeCode, limits, strict_json,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the parties agree on. Never changes; a new version replaces an earlier hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// What it is called.
    pub title: Title,
    /// Version, from 1.
    pub version: u32,
    /// When the content was made.
    pub created: UnixSeconds,
    /// When it is in force.
    pub validity: Validity,
    /// The day by which the parties look at it again.
    #[serde(deserialize_with = "read::one")]
    pub review: Date,
    /// Who agrees.
    pub parties: Vec<Party>,
    /// Who processes for them (AVG 28, Wpg 6c).
    #[serde(default)]
    pub processors: Vec<Processor>,
    /// Who answers for the processing (AVG 26).
    pub controllership: Controllership,
    /// The heavy public interest it serves (Wpg 20(2)), as a code.
    #[serde(default, deserialize_with = "read::maybe")]
    pub public_interest: Option<CodeValue>,
    /// The data protection impact assessment (AVG 35, Wpg 4c).
    pub dpia: Option<Impact>,
    /// The advice of each party's privacy officer (AVG 39, Wpg 36).
    #[serde(default)]
    pub fg_advice: Vec<FgAdvice>,
    /// Prior consultation of the supervisory authority (AVG 36, Wpg 33b, Wjsg 26h).
    pub prior_consultation: PriorConsultation,
    /// Hash of the catalogue it was signed on.
    #[serde(deserialize_with = "read::digest")]
    pub catalogue_hash: Digest,
    /// Hash of the policy set it was signed on.
    #[serde(deserialize_with = "read::digest")]
    pub policy_hash: Digest,
    /// The agreement it replaces.
    #[serde(default, deserialize_with = "read::replaces")]
    pub replaces: Option<AgreementHash>,
    /// Who may send what to whom, and why.
    pub clauses: Vec<Clause>,
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// In Dutch.
    #[serde(deserialize_with = "read::one")]
    pub nl: Text,
    /// In English.
    #[serde(deserialize_with = "read::one")]
    pub en: Text,
}

/// When an agreement is in force: from `not_before` up to and including `not_after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first second.
    pub not_before: UnixSeconds,
    /// The last second.
    pub not_after: UnixSeconds,
}

impl Validity {
    /// The first millisecond after it.
    pub fn end(&self) -> Millis {
        self.not_after.millis().plus(Millis::SECOND)
    }

    /// Where `now` lies in the term.
    pub fn term(&self, now: Millis) -> Term {
        if now < self.not_before.millis() {
            Term::NotYetBegun
        } else if now.seconds() > self.not_after.0 {
            Term::Over
        } else {
            Term::Running
        }
    }
}

/// A party: a controller of the chain, never the operator of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its OIN, as in its certificates.
    #[serde(deserialize_with = "read::one")]
    pub oin: Oin,
    /// Its role in the chain: a role of the catalogue.
    #[serde(deserialize_with = "read::role")]
    pub role: RoleCode,
    /// Its name.
    #[serde(deserialize_with = "read::one")]
    pub name: Text,
    /// Its desks: functions, never persons.
    #[serde(deserialize_with = "read::set")]
    pub desks: BTreeSet<Desk>,
    /// Those of its desks that only few people at it can see: what the catalogue restricts goes to these
    /// alone.
    #[serde(default, deserialize_with = "read::set")]
    pub restricted_desks: BTreeSet<Desk>,
    /// Entries in its register of processing (AVG 30, Wpg 31d).
    #[serde(deserialize_with = "read::set")]
    pub processing_activity_ids: BTreeSet<Text>,
    /// Where a person concerned or another party can turn: a function, never a person.
    #[serde(deserialize_with = "read::one")]
    pub contact_point: Text,
    /// How long it keeps its parts of log entries, in days.
    pub log_retention_days: u32,
}

/// A processor for all parties, such as the operator of the hub or of the pseudonymiser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Its OIN.
    #[serde(deserialize_with = "read::one")]
    pub oin: Oin,
    /// Its name.
    #[serde(deserialize_with = "read::one")]
    pub name: Text,
    /// What it does for the parties.
    #[serde(deserialize_with = "read::one")]
    pub task: CodeValue,
    /// The processing contract.
    #[serde(deserialize_with = "read::one")]
    pub contract: Text,
}

/// Who answers for the processing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controllership {
    /// Each for its own part, or jointly.
    pub kind: ControllershipKind,
    /// The party that is the contact point (AVG 26(1)).
    #[serde(deserialize_with = "read::one")]
    pub contact: Oin,
}

/// How the parties share responsibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControllershipKind {
    /// Each party for its own processing.
    Sole,
    /// Together (AVG 26).
    Joint,
}

/// A data protection impact assessment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// Where it is found.
    #[serde(deserialize_with = "read::one")]
    pub reference: Text,
    /// When it was done.
    #[serde(deserialize_with = "read::one")]
    pub date: Date,
}

/// The advice of one party's privacy officer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FgAdvice {
    /// The party.
    #[serde(deserialize_with = "read::one")]
    pub oin: Oin,
    /// When it was given.
    #[serde(deserialize_with = "read::one")]
    pub date: Date,
    /// Where it is found.
    #[serde(deserialize_with = "read::one")]
    pub reference: Text,
}

/// Whether the supervisory authority had to be consulted, and where that is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorConsultation {
    /// Whether the assessment left a high risk.
    pub needed: bool,
    /// Where the consultation is found.
    #[serde(default, deserialize_with = "read::maybe")]
    pub reference: Option<Text>,
}

impl Content {
    /// Reads the JSON content of an agreement.
    ///
    /// # Errors
    /// [`ContentError`]: too large, not I-JSON, an unknown or missing key, a value of another form,
    /// a mode or consent rule that is not offered. What can be read is judged by [`super::check`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ContentError> {
        let max = limits::MESSAGE_BYTES;
        if bytes.len() > max {
            return Err(ContentError::TooLarge {
                found: bytes.len(),
                max,
            });
        }
        Self::from_value(&strict_json::parse(bytes)?)
    }

    pub(super) fn from_value(value: &Value) -> Result<Self, ContentError> {
        refuse_not_offered(value)?;
        serde_path_to_error::deserialize(value).map_err(|error| ContentError::Form {
            path: error.path().to_string(),
            rule: error.inner().to_string(),
        })
    }

    /// The way a type goes under a clause: between the roles of its two parties, if the catalogue lets it.
    pub fn way<'t>(&self, clause: &Clause, definition: &'t TypeDef) -> Option<&'t Direction> {
        let (from, to) = (self.party(&clause.from)?, self.party(&clause.to)?);
        definition.direction(from.role.as_str(), to.role.as_str())
    }

    /// For which of its purposes a clause lets a type go: no other than those for which the catalogue lets the
    /// type go this way. A clause lists purposes and types; it makes no pair that the law does not know.
    pub fn served(&self, clause: &Clause, definition: &TypeDef) -> BTreeSet<PurposeCode> {
        let way = self.way(clause, definition);
        way.map_or_else(BTreeSet::new, |way| {
            clause
                .purposes
                .intersection(&way.purposes)
                .cloned()
                .collect()
        })
    }

    /// The party with `oin`.
    pub fn party(&self, oin: &Oin) -> Option<&Party> {
        self.parties.iter().find(|party| party.oin == *oin)
    }

    /// The clause with `id`.
    pub fn clause(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == *id)
    }
}

/// Words that are known and refused get an error of their own, before serde calls them unknown.
fn refuse_not_offered(value: &Value) -> Result<(), ContentError> {
    let clauses = value.get("clauses").and_then(Value::as_array);
    for clause in clauses.into_iter().flatten() {
        let word = |key| clause.get(key).and_then(Value::as_str);
        let id = || word("id").unwrap_or("?").to_owned();
        if word("mode") == Some("pull") {
            return Err(ContentError::PullReserved(id()));
        }
        if clause
            .get("consent")
            .is_some_and(|rule| !matches!(rule.as_str(), Some("none" | "needed")))
        {
            return Err(ContentError::ConsentNotOffered(id()));
        }
    }
    Ok(())
}
