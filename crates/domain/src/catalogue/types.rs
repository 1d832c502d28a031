//! Signal types: what one signal of a kind may hold, and between whom it may go.
//!
//! Owns: minimum and maximum of fields and subjects. Must not know: agreements; a clause can only
//! take away from what a type allows.

use super::{ClassCode, FieldDef, Label, RoleCode, SpecialMark};
use seinhuis_types::{CodeValue, FieldPath, PurposeCode, SignalType, SubjectRole};
use std::collections::{BTreeMap, BTreeSet};

/// Which acknowledgement a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AckLevel {
    /// That the recipient's system has it.
    Delivered,
    /// That a person opened it.
    Opened,
}

impl AckLevel {
    /// The name used in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Opened => "opened",
        }
    }
}

/// One way a signal type may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direction {
    /// The role of the provider.
    pub from: RoleCode,
    /// The role of the recipient.
    pub to: RoleCode,
    /// For what; at least one.
    pub purposes: BTreeSet<PurposeCode>,
}

/// A signal type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDef {
    /// Its code.
    pub code: SignalType,
    /// Its version, from 1; a change of fields or meaning makes a new one.
    pub version: u32,
    /// What it tells, in a sentence.
    pub label: Label,
    /// The ways it may go, sorted; at least one.
    pub directions: Vec<Direction>,
    /// The maximum: every field it can have.
    pub fields: BTreeMap<FieldPath, FieldDef>,
    /// The minimum: fields without which it is refused rather than gutted. Within `fields`.
    pub minimum: BTreeSet<FieldPath>,
    /// The roles subjects can have in it, each with the most subjects in that role.
    pub subject_roles: BTreeMap<SubjectRole, usize>,
    /// The most subjects in all, 1 to 12.
    pub max_subjects: usize,
    /// The urgency a sender starts from.
    pub urgency: ClassCode,
    /// How long the hub keeps it.
    pub retention: ClassCode,
    /// The acknowledgement it asks for.
    pub acknowledge: AckLevel,
    /// The themes it can be about; none for one that is about no theme in particular.
    pub themes: BTreeSet<CodeValue>,
    /// Whether it goes to restricted desks only.
    pub restricted: bool,
    /// The urgency from a severity on, where it is another than `urgency`.
    pub urgency_at: BTreeMap<CodeValue, ClassCode>,
}

impl TypeDef {
    /// The way from a provider's to a recipient's role, if the type may go so.
    pub fn direction(&self, from: &str, to: &str) -> Option<&Direction> {
        self.directions
            .iter()
            .find(|d| d.from.as_str() == from && d.to.as_str() == to)
    }

    /// Whether the type may be sent for this purpose in any direction.
    pub fn has_purpose(&self, purpose: &PurposeCode) -> bool {
        self.directions
            .iter()
            .any(|direction| direction.purposes.contains(purpose))
    }

    /// The marks of those of `paths` that are fields of this type: what a special basis must cover.
    pub fn marks<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p FieldPath>,
    ) -> BTreeSet<SpecialMark> {
        paths
            .into_iter()
            .filter_map(|path| self.fields.get(path)?.special)
            .collect()
    }
}
