//! Everything the register says of one version of an activity: AVG 30(1), and beside it what LED 24(1)
//! (Wpg 31d) asks for more.
//!
//! Owns: gathering it from agreement and catalogue. Must not know: how it is shown, and in which language.

use super::entity::of_party;
use super::measures::measures;
use super::words::{bare, label, legal_basis, legal_role, processing, subjects};
use super::{Activity, Entity, Measure, RegisterId, Side, Standing, Version};
use crate::agreement::{
    AttestedBasis, Clause, ControllershipKind, Mode, Party, Processor, VoidAttestation,
};
use crate::catalogue::{BasisKind, Catalogue, Label, LawRef, SpecialMark, TypeDef};
use crate::term::{PAYLOAD_CAP_MS, RECTIFICATION_CAP_MS};
use seinhuis_types::{BasisCode, Millis, Oin};
use std::collections::BTreeSet;

/// An article that asks for a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// The article.
    pub law: &'static str,
    /// Whether its text was read for this register.
    pub source_checked: bool,
}

/// What a register is kept for. None of these texts was read in the version in force: that the record has
/// what they ask is engineering's knowledge, for a jurist to confirm.
const DUTIES: [Duty; 3] = [
    Duty {
        law: "AVG 30(1)",
        source_checked: false,
    },
    Duty {
        law: "Wpg 31d",
        source_checked: false,
    },
    Duty {
        law: "Richtlijn (EU) 2016/680 24(1)",
        source_checked: false,
    },
];

/// A legal basis of the activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Its code.
    pub code: BasisCode,
    /// Which question it answers; `None` when the catalogue at hand does not have it.
    pub kind: Option<BasisKind>,
    /// What it says.
    pub label: Label,
    /// The law it stands on, each article with whether its text was read.
    pub law: Vec<LawRef>,
    /// Whether the reading of the law is firm; otherwise it stands on the parties' own judgement.
    pub firm: bool,
    /// Who of the controller judged that it holds, a function, and when, `YYYY-MM-DD`.
    pub judged: Option<(String, String)>,
    /// Since when that judgement is about another version of the law than the one in force: nothing
    /// goes on it. Empty when the basis is gone.
    pub void_since: Option<String>,
}

/// One version of an activity.
#[derive(Debug, Clone)]
pub struct Record {
    /// The activity.
    pub id: RegisterId,
    /// The version.
    pub version: u32,
    /// When it holds.
    pub span: super::Span,
    /// How it stands at the moment it was asked for.
    pub standing: Standing,
    /// What it is called.
    pub name: Label,
    /// On which side the controller stands.
    pub side: Side,
    /// Who is responsible (a).
    pub controller: Entity,
    /// With whom it is responsible together (AVG 26); empty when it is alone.
    pub joint_with: Vec<Entity>,
    /// Where a person concerned can turn for all of them, when they are responsible together.
    pub joint_contact: Option<Oin>,
    /// Purpose (b): its code, what it is, and what it is not for.
    pub purpose: (String, Label, Option<Label>),
    /// Categories of people (c), as codes with labels.
    pub people: Vec<(String, Label)>,
    /// The same, in the words of the draft register API.
    pub data_subjects: BTreeSet<&'static str>,
    /// Categories of personal data (c).
    pub categories: Vec<Label>,
    /// The organisation on the other side of the clause.
    pub counterpart: Entity,
    /// To whom it provides (d), with the word for its role; nobody when it receives.
    pub recipient: Option<(&'static str, Entity)>,
    /// Who processes for it (d).
    pub processors: Vec<Processor>,
    /// How long the hub keeps the content of a signal (f), in hours, at most. That something was sent has no
    /// end there.
    pub payload_hours: u32,
    /// The same of the content of a correction, from when that is sent.
    pub correction_hours: u32,
    /// How long the controller keeps its parts of log entries (f), in days, at least: then it erases them
    /// itself.
    pub log_days: u32,
    /// Security measures (g).
    pub measures: Vec<Measure>,
    /// Its legal bases, and those of the other side.
    pub bases: Vec<Basis>,
    /// The words for those of its own.
    pub legal_basis: BTreeSet<&'static str>,
    /// What is done, in words.
    pub processing: &'static [&'static str],
    /// The law the data come from: `WPG`, and of that the articles.
    pub regimes: Vec<String>,
    /// Entries of the controller's own register that the agreement names.
    pub own_register: Vec<String>,
    /// The assessment, the controller's officer's advice and the prior consultation, as referred to.
    pub references: References,
    /// The agreement.
    pub agreement: Source,
    /// What the register is kept for.
    pub duties: &'static [Duty],
}

/// What an agreement refers to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// The data protection impact assessment, with its date.
    pub dpia: Option<(String, String)>,
    /// The advice of the controller's privacy officer, with its date.
    pub advice: Option<(String, String)>,
    /// Whether prior consultation was needed, and where it is found.
    pub consultation: (bool, Option<String>),
}

/// What the version comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Hash of the agreement.
    pub hash: String,
    /// What it is called.
    pub title: Label,
    /// Its version, which may skip numbers that this activity's versions do not.
    pub version: u32,
    /// The clause.
    pub clause: String,
    /// Whether it is told by another catalogue than the one it was signed on: then labels, laws and terms
    /// are that one's, and what it no longer has stands as a code.
    pub other_catalogue: bool,
}

impl Record {
    /// How long the hub keeps any content, in hours, at most.
    pub fn content_hours(&self) -> u32 {
        self.payload_hours.max(self.correction_hours)
    }
}

impl Activity<'_> {
    /// What the register says of version `number` at `now`: told by `told_by`, preferably the catalogue
    /// the agreement was signed on; `in_force` says which judgements of law are void. Nothing when it has
    /// no such version.
    pub fn record(
        &self,
        number: u32,
        told_by: &Catalogue,
        in_force: &Catalogue,
        now: Millis,
    ) -> Option<Record> {
        let version = self.version(number)?;
        let content = version.past.content;
        let clause = version.clause;
        let own = content.party(&self.subject.controller)?;
        let other = content.party(&self.subject.counterpart)?;
        let told = Told {
            catalogue: told_by,
            activity: self,
            clause,
            types: self.types(version, told_by),
        };
        let joint = content.controllership.kind == ControllershipKind::Joint;
        let others = content.parties.iter().filter(|party| party.oin != own.oin);
        let bases = told.bases(&clause.void_attestations(in_force));
        let legal_basis = told.words(&bases);
        let source = self.subject.side == Side::Source;
        let recipient = (legal_role(content.controllership.kind), of_party(other));
        Some(Record {
            id: self.id,
            version: number,
            span: version.span.clone(),
            standing: version.span.standing(now),
            name: told.name(other),
            side: self.subject.side,
            controller: of_party(own),
            joint_with: others.filter(|_| joint).map(of_party).collect(),
            joint_contact: joint.then_some(content.controllership.contact),
            purpose: told.purpose(),
            people: told.people(),
            data_subjects: clause
                .subject_roles
                .iter()
                .flat_map(|role| subjects(role).iter().copied())
                .collect(),
            categories: told.categories(),
            counterpart: of_party(other),
            recipient: source.then_some(recipient),
            processors: content.processors.clone(),
            payload_hours: told.payload_hours(),
            correction_hours: hours(RECTIFICATION_CAP_MS),
            log_days: own.log_retention_days,
            measures: measures(content, clause, told_by),
            bases,
            legal_basis,
            processing: processing(self.subject.side),
            regimes: regimes(clause),
            own_register: own
                .processing_activity_ids
                .iter()
                .map(ToString::to_string)
                .collect(),
            references: references(version, own),
            agreement: Source {
                hash: version.past.hash.to_string(),
                title: label(content.title.nl.as_str(), content.title.en.as_str()),
                version: content.version,
                clause: clause.id.to_string(),
                other_catalogue: content.catalogue_hash != told_by.hash(),
            },
            duties: &DUTIES,
        })
    }

    /// The clause's types that serve the activity's purpose.
    fn types<'c>(&self, version: &Version<'_>, catalogue: &'c Catalogue) -> Vec<&'c TypeDef> {
        let role = |oin| version.past.content.party(oin).map(|party| &party.role);
        let clause = version.clause;
        let (Some(from), Some(to)) = (role(&clause.from), role(&clause.to)) else {
            return Vec::new();
        };
        let defs = clause
            .types
            .iter()
            .filter_map(|granted| catalogue.signal_type(&granted.code));
        defs.filter(|def| {
            let way = def.direction(from.as_str(), to.as_str());
            way.is_some_and(|way| way.purposes.contains(&self.subject.purpose))
        })
        .collect()
    }
}

/// A version, and the catalogue it is told by.
struct Told<'a> {
    catalogue: &'a Catalogue,
    activity: &'a Activity<'a>,
    clause: &'a Clause,
    types: Vec<&'a TypeDef>,
}

impl Told<'_> {
    fn name(&self, other: &Party) -> Label {
        let (purpose, clause) = (&self.activity.subject.purpose, &self.clause.id);
        let (nl, en) = match (self.activity.subject.side, self.clause.mode) {
            (Side::Source, Mode::Push) => ("Signalen verstrekken aan", "Provide signals to"),
            (Side::Recipient, Mode::Push) => ("Signalen ontvangen van", "Receive signals from"),
            (Side::Source, Mode::Ask) => (
                "Vragen en antwoorden sturen aan",
                "Send questions and answers to",
            ),
            (Side::Recipient, Mode::Ask) => (
                "Vragen en antwoorden ontvangen van",
                "Receive questions and answers from",
            ),
        };
        let name = &other.name;
        label(
            format!("{nl} {name}: {purpose} ({clause})"),
            format!("{en} {name}: {purpose} ({clause})"),
        )
    }

    fn purpose(&self) -> (String, Label, Option<Label>) {
        let code = &self.activity.subject.purpose;
        let found = self.catalogue.purpose(code);
        (
            code.to_string(),
            found.map_or_else(|| bare(code.as_str()), |purpose| purpose.label.clone()),
            found.and_then(|purpose| purpose.not_for.clone()),
        )
    }

    /// Roles that the types for this purpose have; all of the clause's where no type is known.
    fn people(&self) -> Vec<(String, Label)> {
        let known = |role| {
            self.types
                .iter()
                .any(|def| def.subject_roles.contains_key(role))
        };
        let roles = self.clause.subject_roles.iter();
        let roles = roles.filter(|role| self.types.is_empty() || known(*role));
        roles
            .map(|role| {
                let found = self.catalogue.subject_role(role);
                let label = found.map_or_else(|| bare(role.as_str()), |def| def.label.clone());
                (role.to_string(), label)
            })
            .collect()
    }

    fn categories(&self) -> Vec<Label> {
        let mut found = vec![label(
            "Wie het betreft, onder een pseudoniem, met rol en leeftijdsgroep",
            "Who it is about, under a pseudonym, with role and age band",
        )];
        if self.clause.identity_sealed {
            found.push(label(
                "Burgerservicenummer, of naam, geboortedatum, postcode en huisnummer, alleen voor de ontvanger leesbaar",
                "Citizen number, or name, birth date, postcode and house number, readable to the recipient alone",
            ));
        }
        let mut seen = BTreeSet::new();
        for granted in &self.clause.types {
            let known = self.catalogue.signal_type(&granted.code);
            if known.is_some() && !self.types.iter().any(|def| def.code == granted.code) {
                continue;
            }
            for path in granted.fields.iter().filter(|path| seen.insert(*path)) {
                found.push(self.catalogue.field(path).map_or_else(
                    || bare(path.as_str()),
                    |field| marked(&field.label, field.special),
                ));
            }
        }
        found
    }

    fn bases(&self, void: &[VoidAttestation]) -> Vec<Basis> {
        let Clause { basis, .. } = self.clause;
        let purpose = &self.activity.subject.purpose;
        let all = [&basis.provide, &basis.receive, &basis.special];
        let all = all.into_iter().flatten();
        let serving = all.filter(|attested| {
            let known = self.catalogue.basis(&attested.code);
            known.is_none_or(|basis| basis.serves(purpose))
        });
        serving.map(|attested| self.basis(attested, void)).collect()
    }

    fn basis(&self, attested: &AttestedBasis, void: &[VoidAttestation]) -> Basis {
        let found = self.catalogue.basis(&attested.code);
        let judged = match self.activity.subject.side {
            Side::Source => &attested.from,
            Side::Recipient => &attested.to,
        };
        let void = void.iter().find(|void| void.basis == attested.code);
        Basis {
            code: attested.code.clone(),
            kind: found.map(|basis| basis.kind),
            label: found.map_or_else(|| bare(attested.code.as_str()), |def| def.label.clone()),
            law: found.map(|def| def.law.clone()).unwrap_or_default(),
            firm: found.is_some_and(|def| !def.needs_attestation()),
            judged: judged
                .as_ref()
                .map(|judged| (judged.function.to_string(), judged.date.to_string())),
            void_since: void.map(|void| void.in_force_since.clone().unwrap_or_default()),
        }
    }

    /// The words for the controller's own bases.
    fn words(&self, bases: &[Basis]) -> BTreeSet<&'static str> {
        let own = match self.activity.subject.side {
            Side::Source => BasisKind::Provide,
            Side::Recipient => BasisKind::Receive,
        };
        let own = bases.iter().filter(|basis| basis.kind == Some(own));
        own.filter_map(|basis| self.catalogue.basis(&basis.code))
            .filter_map(legal_basis)
            .collect()
    }

    /// The longest that any type's content is kept: by its class or the clause's, whichever is shorter,
    /// within the cap of all.
    fn payload_hours(&self) -> u32 {
        let cap = |class: &str| self.catalogue.retention(class).map(|class| class.cap_hours);
        let bound = cap(self.clause.retention.as_str());
        let own = self
            .types
            .iter()
            .filter_map(|def| cap(def.retention.as_str()));
        let longest = own.max().into_iter().chain(bound).min();
        let cap = hours(PAYLOAD_CAP_MS);
        longest.map_or(cap, |longest| longest.min(cap))
    }
}

/// A term in whole hours; never less than it is.
fn hours(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(Millis::HOUR)).unwrap_or(u32::MAX)
}

/// A category of data, with the mark on special and criminal data.
fn marked(of: &Label, mark: Option<SpecialMark>) -> Label {
    match mark {
        None => of.clone(),
        Some(SpecialMark::Special) => label(
            format!("{} (bijzondere gegevens, AVG 9)", of.nl),
            format!("{} (special data, AVG 9)", of.en),
        ),
        Some(SpecialMark::Criminal) => label(
            format!("{} (strafrechtelijke gegevens, AVG 10)", of.nl),
            format!("{} (criminal data, AVG 10)", of.en),
        ),
    }
}

fn regimes(clause: &Clause) -> Vec<String> {
    let mut found: Vec<String> = clause
        .regimes
        .iter()
        .map(|regime| regime.as_str().to_owned())
        .collect();
    let articles = clause.wpg_articles.iter();
    found.extend(articles.map(|article| format!("WPG {}", article.as_str())));
    found
}

fn references(version: &Version<'_>, own: &Party) -> References {
    let content = version.past.content;
    let mut advice = content.fg_advice.iter();
    References {
        dpia: (content.dpia.as_ref())
            .map(|dpia| (dpia.reference.to_string(), dpia.date.to_string())),
        advice: advice
            .find(|advice| advice.oin == own.oin)
            .map(|advice| (advice.reference.to_string(), advice.date.to_string())),
        consultation: (
            content.prior_consultation.needed,
            (content.prior_consultation.reference.as_ref()).map(ToString::to_string),
        ),
    }
}
