//! What the law may be asked: codes, names of fields, numbers of people, yes and no. Never a value,
//! an identifier or a date of a person. Also the form in which case files write facts.

use crate::words::{
    Action, ClauseState, Consent, IdKind, Mode, Regime, Restriction, Shield, WpgArticle,
};
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, CodeValue, Desk, Digest, FieldPath, Millis, Oin,
    PurposeCode, RegionCode, Revision, SignalType, SubjectRole,
};
use serde::de::{Deserialize, Deserializer, Error};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One question to the law: may this envelope go, under this clause, now?
#[derive(Debug, Clone)]
pub struct Facts {
    /// What is to be done.
    pub action: Action,
    /// The clause the envelope names, as it stands for the type in question. `None`: no agreement
    /// known to the hub has it; decided against `Clause::"none"`.
    pub clause: Option<Arc<ClauseFacts>>,
    /// The signal type, from the catalogue.
    pub signal_type: Arc<TypeFacts>,
    /// The envelope.
    pub envelope: EnvelopeFacts,
    /// What the decision stands on; not asked about, but told in the permit.
    pub ground: Ground,
}

/// A clause (clausule), for one ordered pair of parties and one signal type.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseFacts {
    /// How the agreement stands, for this clause.
    #[serde(deserialize_with = "one")]
    pub state: ClauseState,
    /// Whether the agreement was signed on the catalogue and policy set in force or the one before.
    pub ruleset_ok: bool,
    /// Whether every basis of the clause was judged on the version of the law that the catalogue in
    /// force has.
    pub attested: bool,
    /// Who sends.
    #[serde(deserialize_with = "one")]
    pub from: Oin,
    /// Who receives.
    #[serde(deserialize_with = "one")]
    pub to: Oin,
    /// Regions of the event. Empty covers none.
    #[serde(deserialize_with = "set")]
    pub regions: BTreeSet<RegionCode>,
    /// How.
    #[serde(deserialize_with = "one")]
    pub mode: Mode,
    /// For which purposes (doelen).
    #[serde(deserialize_with = "set")]
    pub purposes: BTreeSet<PurposeCode>,
    /// On which legal bases (grondslagen).
    pub basis: Bases,
    /// The catalogue's marks of special data that `basis.special` allows.
    #[serde(deserialize_with = "set")]
    pub special: BTreeSet<CodeValue>,
    /// Desks (loketten) of the recipient.
    #[serde(deserialize_with = "set")]
    pub desks: BTreeSet<Desk>,
    /// Signal types.
    #[serde(deserialize_with = "set")]
    pub types: BTreeSet<SignalType>,
    /// Coded fields it grants of the type in question; empty if it does not name the type.
    #[serde(deserialize_with = "set")]
    pub fields: BTreeSet<FieldPath>,
    /// Roles a subject may have.
    #[serde(deserialize_with = "set")]
    pub subject_roles: BTreeSet<SubjectRole>,
    /// Most subjects in one signal.
    pub max_subjects: u32,
    /// Kinds of identifier the sender may use.
    #[serde(deserialize_with = "set")]
    pub id_kinds: BTreeSet<IdKind>,
    /// Laws under which the data may have been gathered.
    #[serde(deserialize_with = "set")]
    pub regimes: BTreeSet<Regime>,
    /// Articles of the Wpg.
    #[serde(deserialize_with = "set")]
    pub wpg_articles: BTreeSet<WpgArticle>,
    /// Desks of the recipient that the agreement marks as restricted.
    #[serde(deserialize_with = "set")]
    pub restricted_desks: BTreeSet<Desk>,
    /// Whether the recipient is to tell the subject.
    pub informs: bool,
    /// Whether it was made for immediate danger to life, and for nothing else.
    #[serde(default)]
    pub break_glass: bool,
    /// Whether the subjects' consent is asked: only where no statutory task carries it.
    pub consent: bool,
}

/// The legal bases of a clause, by catalogue code.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bases {
    /// Of the sender, to provide.
    #[serde(deserialize_with = "set")]
    pub provide: BTreeSet<BasisCode>,
    /// Of the recipient, to receive.
    #[serde(deserialize_with = "set")]
    pub receive: BTreeSet<BasisCode>,
    /// For special and criminal data (AVG 9 and 10).
    #[serde(deserialize_with = "set")]
    pub special: BTreeSet<BasisCode>,
}

/// A signal type of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeFacts {
    /// Its code.
    #[serde(deserialize_with = "one")]
    pub code: SignalType,
    /// Its coded fields.
    #[serde(deserialize_with = "set")]
    pub fields: BTreeSet<FieldPath>,
    /// The fields without which it is refused.
    #[serde(deserialize_with = "set")]
    pub minimum: BTreeSet<FieldPath>,
    /// Roles a subject may have.
    #[serde(deserialize_with = "set")]
    pub subject_roles: BTreeSet<SubjectRole>,
    /// Most subjects in one signal.
    pub max_subjects: u32,
    /// Whether it goes to restricted desks only.
    pub restricted: bool,
}

/// One envelope, as far as the law asks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeFacts {
    /// The sender, from its certificate.
    #[serde(deserialize_with = "one")]
    pub from: Oin,
    /// The recipient.
    #[serde(deserialize_with = "one")]
    pub to: Oin,
    /// The recipient's desk.
    #[serde(deserialize_with = "one")]
    pub desk: Desk,
    /// Region of the event.
    #[serde(deserialize_with = "one")]
    pub region: RegionCode,
    /// How it comes about.
    #[serde(deserialize_with = "one")]
    pub mode: Mode,
    /// For which purpose.
    #[serde(deserialize_with = "one")]
    pub purpose: PurposeCode,
    /// The coded fields that would leave; make it with [`minimise`].
    #[serde(deserialize_with = "set")]
    pub granted: BTreeSet<FieldPath>,
    /// The roles of the subjects in this signal.
    #[serde(deserialize_with = "set")]
    pub roles: BTreeSet<SubjectRole>,
    /// How many subjects.
    pub subjects: u32,
    /// Kinds of identifier used.
    #[serde(deserialize_with = "set")]
    pub id_kinds: BTreeSet<IdKind>,
    /// The catalogue's marks of special data on the granted fields and the roles.
    #[serde(deserialize_with = "set")]
    pub special: BTreeSet<CodeValue>,
    /// The law under which the data were gathered.
    #[serde(deserialize_with = "one")]
    pub regime: Regime,
    /// Article of the Wpg, if any; `none` in a case file.
    #[serde(deserialize_with = "article")]
    pub wpg_article: Option<WpgArticle>,
    /// The basis on which data received from another are passed on; empty for own data.
    #[serde(deserialize_with = "set")]
    pub onward_basis: BTreeSet<BasisCode>,
    /// What the source hides from the subject.
    #[serde(deserialize_with = "one")]
    pub source_shield: Shield,
    /// Whether the source states that processing is restricted.
    #[serde(deserialize_with = "one")]
    pub restriction: Restriction,
    /// Whether the source states that it is about a theme of restricted desks.
    pub restricted_theme: bool,
    /// Whether the designated functionary approved (Bpg 4:5(2)).
    pub second_approval: bool,
    /// Whether the source named who acted, where anyone did: nobody acts in a cover.
    pub acting_person: bool,
    /// Whether the source named who decided that this leaves.
    pub decided_by: bool,
    /// Whether now lies within the agreement's term.
    pub now_valid: bool,
    /// Of a rectification: whether the desk received the signal it is about.
    #[serde(default)]
    pub received: bool,
    /// Whether it says that it is a break-glass.
    #[serde(default)]
    pub break_glass: bool,
    /// Of a break-glass: whether a call was made before it.
    #[serde(default)]
    pub called: bool,
    /// Of a break-glass: whether that call, if any, lies within the hour before it was sent.
    #[serde(default)]
    pub call_recent: bool,
    /// Of a break-glass: whether its time box is no longer than the clause allows.
    #[serde(default)]
    pub box_short: bool,
    /// Of a break-glass: whether its time box has not ended.
    #[serde(default)]
    pub box_open: bool,
    /// The consent it cites, as its own registrant registered it; of a rectification, that of what it is
    /// about.
    #[serde(deserialize_with = "one")]
    pub consent: Consent,
    /// Of an answer: no person is named by a verified assertion, and it is no cover.
    pub machine_answer: bool,
    /// Of a question: one more today, under this clause, is not too many. True of anything else.
    pub within_budget: bool,
}

/// What a decision stands on. Goes unread into the permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The agreement the envelope names.
    pub agreement: AgreementHash,
    /// The clause the envelope names.
    pub clause: ClauseId,
    /// The revision of the agreement's state. The engine keeps what it made of a clause by
    /// (agreement, clause, this, ruleset root, type), and makes it again when the facts differ.
    pub clause_revision: Revision,
    /// The catalogue and policy set of this decision (docs/formats/ruleset.md).
    pub ruleset_root: Digest,
    /// Every row read, with its revision; a commit must find the same.
    pub revisions: Vec<(String, u64)>,
    /// Until when a permit stands, UTC.
    pub valid_until: Millis,
}

/// The fields that may leave, *offered ∩ clause ∩ type*, and those withheld by name. An unknown
/// clause grants nothing.
pub fn minimise(
    offered: &BTreeSet<FieldPath>,
    clause: Option<&ClauseFacts>,
    signal_type: &TypeFacts,
) -> (BTreeSet<FieldPath>, BTreeSet<FieldPath>) {
    offered.iter().cloned().partition(|field| {
        clause.is_some_and(|clause| clause.fields.contains(field))
            && signal_type.fields.contains(field)
    })
}

fn one<'de, D: Deserializer<'de>, T>(from: D) -> Result<T, D::Error>
where
    T: TryFrom<String, Error: std::fmt::Display>,
{
    T::try_from(String::deserialize(from)?).map_err(D::Error::custom)
}

fn set<'de, D: Deserializer<'de>, T>(from: D) -> Result<BTreeSet<T>, D::Error>
where
    T: TryFrom<String, Error: std::fmt::Display> + Ord,
{
    Vec::<String>::deserialize(from)?
        .into_iter()
        .map(|text| T::try_from(text).map_err(D::Error::custom))
        .collect()
}

fn article<'de, D: Deserializer<'de>>(from: D) -> Result<Option<WpgArticle>, D::Error> {
    match String::deserialize(from)?.as_str() {
        "none" => Ok(None),
        text => WpgArticle::parse(text).map(Some).map_err(D::Error::custom),
    }
}
