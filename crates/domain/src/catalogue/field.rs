//! Fields and code lists: everything that a signal can say.
//!
//! Owns: the closed set of kinds a value can have. There is no kind for text. Must not know: which
//! type uses which field.

use super::{Label, ListName};
use seinhuis_types::{CodeValue, FieldPath};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A mark on a field whose value tells special or criminal data; such a field leaves only on a
/// special basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecialMark {
    /// Special categories of AVG 9, such as health or sexual life.
    Special,
    /// Data of a criminal nature, AVG 10 and UAVG 1.
    Criminal,
}

impl SpecialMark {
    /// The name used in the catalogue and in the policy set.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Special => "special",
            Self::Criminal => "criminal",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Special, Self::Criminal]
            .into_iter()
            .find(|mark| mark.as_str() == text)
    }
}

/// One code of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeDef {
    /// What it means.
    pub label: Label,
    /// The number of the same code in the official list it was taken from, if any, 1 to 8 characters.
    pub official: Option<Box<str>>,
}

/// A closed list of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeList {
    /// Its name.
    pub name: ListName,
    /// What it is a list of.
    pub label: Label,
    /// Its codes; at least one.
    pub codes: BTreeMap<CodeValue, CodeDef>,
}

impl CodeList {
    /// Whether the list has this code.
    pub fn contains(&self, code: &str) -> bool {
        self.codes.contains_key(code)
    }
}

/// What a field's value can be. The canonical form of each is told at [`FieldDef::check_value`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One code of a list.
    Enum {
        /// The list.
        list: ListName,
        /// Its codes.
        codes: Arc<BTreeSet<CodeValue>>,
    },
    /// One to `max` different codes of a list.
    EnumSet {
        /// The list.
        list: ListName,
        /// Its codes.
        codes: Arc<BTreeSet<CodeValue>>,
        /// The most codes at once.
        max: usize,
    },
    /// A day.
    Date,
    /// An hour.
    Hour,
    /// A whole number, `min` to `max`, both of at most eight digits.
    Int {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Yes or no.
    Bool,
    /// An organisation.
    Oin,
    /// 16 bytes that only the partner that made them can read.
    Opaque,
}

impl FieldKind {
    /// The name used in the catalogue.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Enum { .. } => "enum",
            Self::EnumSet { .. } => "enum-set",
            Self::Date => "date",
            Self::Hour => "hour",
            Self::Int { .. } => "int",
            Self::Bool => "bool",
            Self::Oin => "oin",
            Self::Opaque => "opaque",
        }
    }
}

/// The list of how a subject can see the sharing; its words are those of [`crate::consent::SubjectView`].
pub(super) const SUBJECT_VIEW: &str = "subject-view";

/// A field. One name has one meaning in every type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDef {
    /// Its name in the header and its path when sealed: plain snake case, no prefix, no `/`.
    pub path: FieldPath,
    /// What it tells.
    pub label: Label,
    /// What its value can be.
    pub kind: FieldKind,
    /// Whether its value tells special or criminal data.
    pub special: Option<SpecialMark>,
}

impl FieldDef {
    /// The list that its codes are of, if it has codes.
    pub fn list(&self) -> Option<&ListName> {
        match &self.kind {
            FieldKind::Enum { list, .. } | FieldKind::EnumSet { list, .. } => Some(list),
            _ => None,
        }
    }

    /// Whether it tells how a subject sees the sharing. Such a field decides nothing.
    pub fn is_view(&self) -> bool {
        self.list()
            .is_some_and(|list| list.as_str() == SUBJECT_VIEW)
    }
}
