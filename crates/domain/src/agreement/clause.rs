//! One clause: what one party may send to one other, for which purpose, on which legal bases.

use super::read::{self, set_by};
use super::{Date, Text, VisibleFrom};
use crate::catalogue::{ClassCode, Visibility};
use crate::entry::Class;
use crate::signal::{IdKind, Regime, WpgArticle};
use seinhuis_types::{
    BasisCode, ClauseId, CodeValue, Desk, Digest, FieldPath, Oin, ParseError, PurposeCode,
    RegionCode, SignalType, SubjectRole,
};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// A clause, for one ordered pair of parties.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Unique in the agreement.
    #[serde(deserialize_with = "read::one")]
    pub id: ClauseId,
    /// Who sends.
    #[serde(deserialize_with = "read::one")]
    pub from: Oin,
    /// Who receives.
    #[serde(deserialize_with = "read::one")]
    pub to: Oin,
    /// How.
    pub mode: Mode,
    /// For which purposes (doelen).
    #[serde(deserialize_with = "read::set")]
    pub purposes: BTreeSet<PurposeCode>,
    /// On which legal bases (grondslagen).
    pub basis: Bases,
    /// Which signal types, and which of their fields.
    pub types: Vec<GrantedType>,
    /// Which roles a person may have in the signal.
    #[serde(deserialize_with = "read::set")]
    pub subject_roles: BTreeSet<SubjectRole>,
    /// The most persons in one signal: 1 to 12.
    pub max_subjects: u8,
    /// Which kinds of identifier the sender may encrypt.
    #[serde(deserialize_with = "id_kinds")]
    pub id_kinds: BTreeSet<IdKind>,
    /// Whether the recipient may know who the person is: a number, or name, birth date, postcode
    /// and house number, sealed for it (Wmo 5.2.9).
    pub identity_sealed: bool,
    /// Desks of the recipient.
    #[serde(deserialize_with = "read::set")]
    pub desks: BTreeSet<Desk>,
    /// Regions of the event.
    #[serde(deserialize_with = "read::set")]
    pub regions: BTreeSet<RegionCode>,
    /// Regimes of law the data may come from.
    #[serde(deserialize_with = "regimes")]
    pub regimes: BTreeSet<Regime>,
    /// Articles of the Wpg the data may be processed under; only with regime `WPG`.
    #[serde(default, deserialize_with = "wpg_articles")]
    pub wpg_articles: BTreeSet<WpgArticle>,
    /// Whether the subjects' consent is asked.
    pub consent: ConsentRule,
    /// Who informs the subject, and when.
    pub inform: Inform,
    /// The retention class that bounds how long the hub keeps what is sent under it.
    #[serde(deserialize_with = "read::class")]
    pub retention: ClassCode,
    /// What the recipient may pass on: a code of the list `onward-rule`.
    #[serde(deserialize_with = "read::one")]
    pub onward: CodeValue,
    /// What the recipient must do: codes of the list `obligation`.
    #[serde(default, deserialize_with = "read::set")]
    pub obligations: BTreeSet<CodeValue>,
    /// Who may see the entry in a report to the subject.
    #[serde(deserialize_with = "read::visibility")]
    pub visibility: Visibility,
    /// Since when the subject may, where that has to wait; only with visibility `subject`.
    #[serde(default)]
    pub visible_from: Option<VisibleFrom>,
    /// Whether the recipient may turn out not to know the person, and must then drop the signal
    /// unread: no answer tells the sender which it was.
    pub recipient_may_not_know: bool,
}

impl Clause {
    /// The class of what is done under the clause, before roles and shields narrow it.
    pub fn class(&self) -> Class {
        match (self.visibility, self.visible_from) {
            (Visibility::Subject, Some(wait)) => Class::After(wait.date),
            (visibility, _) => visibility.into(),
        }
    }

    /// What is granted of `signal_type`.
    pub fn granted(&self, signal_type: &SignalType) -> Option<&GrantedType> {
        self.types
            .iter()
            .find(|granted| granted.code == *signal_type)
    }

    /// Whether `oin` sends or receives under the clause.
    pub fn involves(&self, oin: &Oin) -> bool {
        self.from == *oin || self.to == *oin
    }
}

/// How a signal comes about. `pull` is a reserved word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The sender decides to send.
    Push,
    /// The sender asks; the recipient decides whether to answer.
    Ask,
}

impl Mode {
    /// The word in agreements and in the policy set.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Ask => "ask",
        }
    }
}

/// The bases of a clause. Both sides need one; special data need one more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bases {
    /// To provide.
    #[serde(default)]
    pub provide: Vec<AttestedBasis>,
    /// To receive.
    #[serde(default)]
    pub receive: Vec<AttestedBasis>,
    /// For special and criminal data (AVG 9 and 10).
    #[serde(default)]
    pub special: Vec<AttestedBasis>,
}

/// A basis, and who vouches for it on each side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedBasis {
    /// Basis of the catalogue.
    #[serde(deserialize_with = "read::one")]
    pub code: BasisCode,
    /// The sender's attestation.
    pub from: Option<Attestation>,
    /// The recipient's attestation.
    pub to: Option<Attestation>,
}

/// That a function of one party has judged that the basis holds for this clause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The function, never a person.
    #[serde(deserialize_with = "read::one")]
    pub function: Text,
    /// When it was judged.
    #[serde(deserialize_with = "read::one")]
    pub date: Date,
    /// SHA-256 of the written opinion, which stays with the party.
    #[serde(deserialize_with = "read::digest")]
    pub opinion_hash: Digest,
    /// The version of the law that was judged, by its first day.
    #[serde(deserialize_with = "read::one")]
    pub law_version: Date,
}

/// A signal type and the fields of it that may leave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantedType {
    /// Type of the catalogue.
    #[serde(deserialize_with = "read::one")]
    pub code: SignalType,
    /// Its coded fields that may leave.
    #[serde(deserialize_with = "read::set")]
    pub fields: BTreeSet<FieldPath>,
}

/// The consent rule. Between these partners consent is mostly not the basis: it is asked where every
/// basis to provide rests on it, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentRule {
    /// No consent is asked, taken or heeded: a statutory task carries the clause.
    None,
    /// Nothing goes without consent that stands.
    Needed,
}

/// The duty to inform the subject (AVG 13 and 14, Wpg 24b, Wmo 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inform {
    /// Whose duty it is.
    pub by: InformedBy,
    /// Within how many days; 0 only where nobody informs.
    pub within_days: u16,
}

/// Whose duty it is to inform the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InformedBy {
    /// The sender's.
    From,
    /// The recipient's.
    To,
    /// Both.
    Both,
    /// Nobody's for this exchange: general information is enough.
    None,
}

fn id_kinds<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<IdKind>, D::Error> {
    let rule = ParseError::new("identifier kind", "`number`, `skn` or `own`");
    set_by(from, |text| IdKind::parse(text).ok_or_else(|| rule.clone()))
}

fn regimes<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<Regime>, D::Error> {
    let rule = ParseError::new("regime", "`WPG`, `WJSG` or `AVG`");
    set_by(from, |text| Regime::parse(text).ok_or_else(|| rule.clone()))
}

fn wpg_articles<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<WpgArticle>, D::Error> {
    let rule = ParseError::new("wpg article", "`8`, `13.1`, `9`, `10`, `10.1.b` or `12`");
    set_by(from, |text| {
        WpgArticle::parse(text).ok_or_else(|| rule.clone())
    })
}
