//! Legal bases (grondslagen): on what law one kind of partner may provide, or receive, or hold
//! special data.
//!
//! Owns: what a basis covers. Must not know: agreements; one that cites a basis does not make it.

use super::{Label, LawRef, RoleCode, SpecialMark};
use crate::signal::{Regime, WpgArticle};
use seinhuis_types::{BasisCode, CodeValue, PurposeCode};
use std::collections::BTreeSet;

/// Which of the three questions a basis answers. A signal needs an answer to each that arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BasisKind {
    /// May this provider tell this recipient.
    Provide,
    /// May this recipient receive and use it.
    Receive,
    /// May this recipient hold special or criminal data (AVG 9 and 10 and their counterparts).
    Special,
}

impl BasisKind {
    /// The name used in the catalogue and in agreements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provide => "provide",
            Self::Receive => "receive",
            Self::Special => "special",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Provide, Self::Receive, Self::Special]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// In what form a subject's request for access is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessForm {
    /// In writing.
    Written,
    /// Not in writing: execution data (Wjsg 51b(2)).
    OralOnly,
}

impl AccessForm {
    /// The name used in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::OralOnly => "oral-only",
        }
    }
}

/// The secrecy that travels with what is provided, of which the recipient is reminded (Bpg 4:8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrecy {
    /// Where the law sets it.
    pub law: LawRef,
    /// The reminder shown with every delivery. Not part of the hash.
    pub reminder: Label,
}

/// A legal basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasisDef {
    /// Its code.
    pub code: BasisCode,
    /// Which question it answers.
    pub kind: BasisKind,
    /// What it says, in a sentence.
    pub label: Label,
    /// The law it stands on; at least one article.
    pub law: Vec<LawRef>,
    /// The providers it is for; empty means any.
    pub from: BTreeSet<RoleCode>,
    /// The recipients it is for; empty means any.
    pub to: BTreeSet<RoleCode>,
    /// The purposes it serves; empty (special bases only) means any.
    pub purposes: BTreeSet<PurposeCode>,
    /// The law that governs the data. With every basis to provide, with no other.
    pub regime: Option<Regime>,
    /// Under the Wpg: the articles whose data it covers (Bpg 4:2(1), 4:5).
    pub wpg_articles: BTreeSet<WpgArticle>,
    /// The marks a special basis covers; empty with the other kinds.
    pub covers: BTreeSet<SpecialMark>,
    /// Whether a signal on this basis may be about one person only, because the form must prevent
    /// tracing to others (Wjsg 39f(2)(b), 51c(3)(b)).
    pub single_subject: bool,
    /// Whether the reading of the law is firm. `false` marks an open question: a clause that uses
    /// the basis should not be signed before a lawyer has answered it.
    pub verified: bool,
    /// What the recipient may do with it next: a code of the list `onward-rule`. With every basis to
    /// provide, with no other.
    pub onward: Option<CodeValue>,
    /// The secrecy that travels along. With every basis to provide, with no other.
    pub secrecy: Option<Secrecy>,
    /// In what form a subject's request for access is answered.
    pub access: AccessForm,
}

impl BasisDef {
    /// Whether the basis is one for data that go from `from` to `to`.
    pub fn covers_direction(&self, from: &str, to: &str) -> bool {
        (self.from.is_empty() || self.from.contains(from))
            && (self.to.is_empty() || self.to.contains(to))
    }

    /// The first day, `YYYY-MM-DD`, of the version of the law it stands on; of several laws the
    /// youngest: they were judged as they stood together. Empty without a law, which no catalogue
    /// that loads has.
    pub fn in_force_since(&self) -> &str {
        self.law
            .iter()
            .map(|law| &*law.version)
            .max()
            .unwrap_or_default()
    }

    /// Whether the basis serves `purpose`.
    pub fn serves(&self, purpose: &PurposeCode) -> bool {
        self.purposes.is_empty() || self.purposes.contains(purpose)
    }
}
