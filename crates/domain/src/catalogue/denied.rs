//! What is denied between two roles with the reason, what does not travel as a signal, and themes.
//!
//! Owns: their rows. Must not know: how a signal is decided on.

use super::{ClassCode, Label, LawRef, RoleCode};
use seinhuis_types::{CodeValue, PurposeCode, SignalType};
use std::collections::BTreeSet;

/// What can lift a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiftedBy {
    /// An agreement whose two sides attest the basis they stand on.
    Attestation,
    /// Nothing: no direction of a type and no clause may run this way.
    Nothing,
}

impl LiftedBy {
    /// The word in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Nothing => "nothing",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Attestation, Self::Nothing]
            .into_iter()
            .find(|lifted| lifted.as_str() == text)
    }
}

/// An ordered pair of roles between which nothing goes, said aloud. What has no basis is denied
/// anyway; this is for pairs of which somebody would expect otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedDef {
    /// Its code.
    pub code: CodeValue,
    /// The provider.
    pub from: RoleCode,
    /// The recipient.
    pub to: RoleCode,
    /// Purposes it does not touch.
    pub except: BTreeSet<PurposeCode>,
    /// Why.
    pub reason: Label,
    /// The law that was looked at; at least one article.
    pub law: Vec<LawRef>,
    /// What can lift it.
    pub lifted_by: LiftedBy,
}

impl DeniedDef {
    /// Whether it denies `from` to tell `to` for `purpose`.
    pub fn denies(&self, from: &str, to: &str, purpose: &PurposeCode) -> bool {
        self.from.as_str() == from && self.to.as_str() == to && !self.except.contains(purpose)
    }
}

/// A message of the field that is no signal type here: the hub does it by a call of its own, or it
/// holds nobody's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElsewhereDef {
    /// Its code in the field's list of messages.
    pub code: SignalType,
    /// What it tells.
    pub label: Label,
    /// How it is done instead.
    pub why: Label,
    /// Where the law sets it, if it does.
    pub law: Vec<LawRef>,
    /// How urgent it is.
    pub urgency: ClassCode,
}

/// A theme: one of the specific groups that violence at home is looked at by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeDef {
    /// Its code.
    pub code: CodeValue,
    /// What it is.
    pub label: Label,
    /// Codes of the list `form` that belong to it; may be none.
    pub forms: BTreeSet<CodeValue>,
    /// Whether what is about it goes to restricted desks only, because word gets round.
    pub restricted: bool,
}
