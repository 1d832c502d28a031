//! The register of processing activities (AVG 30, Wpg 31d): what an organisation does under its sharing
//! agreements, worked out from them and from the catalogue.
//!
//! Owns: what is one processing activity, what makes a new version of it, when it is in force, and
//! everything the register says of it. An activity is what one controller does on one side of one clause
//! for one purpose, along the agreements that replace each other. Pure: the same agreements give the same
//! register to whoever works it out. Must not know: where agreements come from, any signal, any person;
//! what neither agreement nor catalogue says is absent here and never made up.

mod entity;
mod history;
mod id;
mod measures;
mod record;
mod shape;
#[cfg(test)]
mod tests;
mod words;

pub use entity::{Entity, entities};
pub use history::{Ending, Past, Period, Span, Standing, Taken};
pub use id::RegisterId;
pub use measures::{Measure, MeasureKind};
pub use record::{Basis, Duty, Record};
pub use shape::{activity_json, duration, entity_json, moment, version_json};

use crate::agreement::Clause;
use seinhuis_types::{AgreementHash, ClauseId, Millis, Oin, PurposeCode};
use std::collections::BTreeMap;

/// On which side of a clause an organisation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// It provides.
    Source,
    /// It receives.
    Recipient,
}

impl Side {
    /// The word in identifiers and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Recipient => "recipient",
        }
    }
}

/// What stays the same through all versions of an activity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Whose register it stands in.
    pub controller: Oin,
    /// The first agreement of the line: the others replaced it, one after another.
    pub first: AgreementHash,
    /// On which side.
    pub side: Side,
    /// With whom.
    pub counterpart: Oin,
    /// Under which clause.
    pub clause: ClauseId,
    /// For what.
    pub purpose: PurposeCode,
}

/// A processing activity, with every version it had.
#[derive(Debug, Clone)]
pub struct Activity<'a> {
    /// Its identifier, the same for whoever works it out.
    pub id: RegisterId,
    /// What it is.
    pub subject: Subject,
    /// Its versions, from 1, none left out; at least one.
    pub versions: Vec<Version<'a>>,
}

/// One version of an activity: what one agreement of the line makes of it.
#[derive(Debug, Clone)]
pub struct Version<'a> {
    /// From 1.
    pub number: u32,
    /// The agreement.
    pub past: &'a Past<'a>,
    /// The clause.
    pub clause: &'a Clause,
    /// When it holds, and when not.
    pub span: Span,
}

impl Activity<'_> {
    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&Version<'_>> {
        self.versions
            .iter()
            .find(|version| version.number == number)
    }

    /// The number of the latest version.
    pub fn latest(&self) -> u32 {
        self.versions.last().map_or(0, |version| version.number)
    }

    /// Whether the latest version is in force at `now`.
    pub fn active(&self, now: Millis) -> bool {
        let latest = self.versions.last();
        latest.is_some_and(|version| version.span.standing(now) == Standing::InForce)
    }

    /// The one version that holds at `moment`, suspended or not.
    pub fn version_at(&self, moment: Millis) -> Option<&Version<'_>> {
        self.versions
            .iter()
            .find(|version| version.span.from <= moment && moment < version.span.until)
    }
}

/// The register of `controller` at `now`, from the agreements it is or was a party to, in any order; in
/// order of identifier. What was proposed and never came into force is not in it, nor what begins later.
pub fn activities<'a>(controller: &Oin, pasts: &'a [Past<'a>], now: Millis) -> Vec<Activity<'a>> {
    let own: Vec<(&Past<'_>, Millis)> = pasts
        .iter()
        .filter(|past| past.content.party(controller).is_some())
        .filter_map(|past| Some((past, past.begins()?)))
        .collect();
    let mut found: BTreeMap<Subject, Vec<Version<'_>>> = BTreeMap::new();
    for (past, _) in own.iter().filter(|(_, begins)| *begins <= now) {
        // Looked for among all that were accepted, so that it stays the same when another begins.
        let first = first_of(past, &own);
        for clause in &past.content.clauses {
            let (side, counterpart) = match (clause.from == *controller, clause.to == *controller) {
                (true, _) => (Side::Source, clause.to),
                (_, true) => (Side::Recipient, clause.from),
                _ => continue,
            };
            let Some(span) = past.span(clause) else {
                continue;
            };
            for purpose in &clause.purposes {
                let subject = Subject {
                    controller: *controller,
                    first: first.clone(),
                    side,
                    counterpart,
                    clause: clause.id.clone(),
                    purpose: purpose.clone(),
                };
                found.entry(subject).or_default().push(Version {
                    number: 0,
                    past,
                    clause,
                    span: span.clone(),
                });
            }
        }
    }
    let mut register: Vec<Activity<'_>> = found.into_iter().map(activity).collect();
    register.sort_by_key(|activity| activity.id);
    register
}

fn activity<'a>((subject, mut versions): (Subject, Vec<Version<'a>>)) -> Activity<'a> {
    versions.sort_by_key(|version| version.span.from);
    for (number, version) in (1..).zip(&mut versions) {
        version.number = number;
    }
    Activity {
        id: RegisterId::of_activity(&subject),
        subject,
        versions,
    }
}

/// The first agreement of the line that `past` is in, as far as it is one of `own`.
fn first_of(past: &Past<'_>, own: &[(&Past<'_>, Millis)]) -> AgreementHash {
    let mut first = past;
    // As many steps back as there are agreements: a line is no ring.
    for _ in own {
        let before = first.content.replaces.as_ref();
        let before = before.and_then(|hash| own.iter().find(|(other, _)| other.hash == hash));
        match before {
            Some((before, _)) => first = before,
            None => break,
        }
    }
    first.hash.clone()
}
