//! The catalogue: what may be said at all, by which kind of partner, for what, on which law.
//!
//! Owns: reading the catalogue from TOML text, every check of it, lookups, the form of field values,
//! and its hash. Must not know: where the files lie, any agreement, any signal that was sent, how a
//! value is sealed. Data decides here, not code: a new signal type, code or basis is an edit of
//! `config/catalogue/*.toml` and no release of the software.

mod age;
mod basis;
mod code;
mod denied;
mod draft;
mod fault;
mod field;
mod hash;
mod inform;
mod law;
mod read;
mod read_nested;
mod resolve;
mod resolve_more;
mod resolve_type;
mod row_basis;
mod row_class;
mod row_field;
mod row_more;
mod row_type;
mod rows;
mod standing;
mod table;
pub mod tell;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod value;

pub use age::{Acts, AgeBand, AgeRule, MayAct, Right, age_on, birthday};
pub use basis::{AccessForm, BasisDef, BasisKind, Secrecy};
pub use code::{ClassCode, LawKey, ListName, RoleCode};
pub use denied::{DeniedDef, ElsewhereDef, LiftedBy, ThemeDef};
pub use fault::Fault;
pub use field::{CodeDef, CodeList, FieldDef, FieldKind, SpecialMark};
pub use inform::InformRule;
pub use law::{Label, LawDef, LawRef};
pub use standing::{Pair, Standing};
pub use table::{
    AckTerm, PurposeDef, RegionDef, Retention, RetentionStart, RoleDef, SubjectRoleDef, Urgency,
    Visibility,
};
pub use types::{AckLevel, Direction, TypeDef};
pub use value::check_case;

use seinhuis_types::{
    BasisCode, CodeValue, Digest, FieldPath, PurposeCode, RegionCode, SignalType, SubjectRole,
};
use std::collections::BTreeMap;

/// Code lists that headers, source leaves, handling and agreements read from; a catalogue without one of
/// them is refused.
pub const REQUIRED_LISTS: [&str; 7] = [
    "acting-role",
    "age-band",
    "informed",
    "necessity",
    "obligation",
    "onward-rule",
    "public-interest",
];

/// A catalogue in which every rule of [`Catalogue::load`] holds.
#[derive(Debug, Clone)]
pub struct Catalogue {
    laws: BTreeMap<LawKey, LawDef>,
    roles: BTreeMap<RoleCode, RoleDef>,
    subject_roles: BTreeMap<SubjectRole, SubjectRoleDef>,
    regions: BTreeMap<RegionCode, RegionDef>,
    purposes: BTreeMap<PurposeCode, PurposeDef>,
    bases: BTreeMap<BasisCode, BasisDef>,
    lists: BTreeMap<ListName, CodeList>,
    fields: BTreeMap<FieldPath, FieldDef>,
    types: BTreeMap<SignalType, TypeDef>,
    urgencies: BTreeMap<ClassCode, Urgency>,
    retentions: BTreeMap<ClassCode, Retention>,
    themes: BTreeMap<CodeValue, ThemeDef>,
    ages: BTreeMap<CodeValue, AgeRule>,
    denied: BTreeMap<CodeValue, DeniedDef>,
    elsewhere: BTreeMap<SignalType, ElsewhereDef>,
    informs: BTreeMap<RoleCode, InformRule>,
    edition: i64,
    hash: Digest,
}

impl Catalogue {
    /// Reads the catalogue from (file name, TOML text) pairs, in any order. Which file holds which
    /// table is free; the name is only used to say where a fault is.
    ///
    /// # Errors
    /// Every fault found, in order of file and line: TOML that does not parse, unknown keys, a
    /// missing Dutch or English label, duplicate codes, references to what does not exist, a basis
    /// without a law, a type that could carry nine digits (and so a citizen number), a minimum that
    /// is not within the maximum, a direction that no basis serves, a value that does not fit a
    /// sealed field. While a file does not parse as TOML, references are not checked.
    pub fn load(files: &[(String, String)]) -> Result<Self, Vec<Fault>> {
        let mut faults = fault::Faults::new(files.iter().map(|(name, _)| name.clone()).collect());
        let (draft, whole) = rows::read(files, &mut faults);
        let catalogue = if whole {
            resolve::resolve(draft, &mut faults)
        } else {
            None
        };
        match (catalogue, faults.into_sorted()) {
            (Some(catalogue), faults) if faults.is_empty() => Ok(catalogue),
            (_, faults) => Err(faults),
        }
    }

    /// The hash an agreement is signed on: SHA-256 over the RFC 8785 JSON of the parsed structure,
    /// without labels and reminder texts, so that a better wording asks for no new signatures. It
    /// does not depend on the order of files, tables, keys or list items.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The law with this short name, such as `Wpg`.
    pub fn law(&self, key: &str) -> Option<&LawDef> {
        self.laws.get(key)
    }

    /// The partner role with this code, such as `politie`.
    pub fn role(&self, code: &str) -> Option<&RoleDef> {
        self.roles.get(code)
    }

    /// The subject role with this code, such as `child`.
    pub fn subject_role(&self, code: &SubjectRole) -> Option<&SubjectRoleDef> {
        self.subject_roles.get(code)
    }

    /// The region with this code, such as `kennemerland`.
    pub fn region(&self, code: &RegionCode) -> Option<&RegionDef> {
        self.regions.get(code)
    }

    /// The purpose with this code, such as `P-REPORT`.
    pub fn purpose(&self, code: &PurposeCode) -> Option<&PurposeDef> {
        self.purposes.get(code)
    }

    /// The legal basis with this code, such as `POL-VT`.
    pub fn basis(&self, code: &BasisCode) -> Option<&BasisDef> {
        self.bases.get(code)
    }

    /// The code list with this name, such as `necessity`.
    pub fn code_list(&self, name: &str) -> Option<&CodeList> {
        self.lists.get(name)
    }

    /// The field with this name, such as `injury`, whichever types use it.
    pub fn field(&self, path: &FieldPath) -> Option<&FieldDef> {
        self.fields.get(path)
    }

    /// The signal type with this code, such as `INC_HOME`.
    pub fn signal_type(&self, code: &SignalType) -> Option<&TypeDef> {
        self.types.get(code)
    }

    /// The urgency class with this code, `U1` to `U4`.
    pub fn urgency(&self, code: &str) -> Option<&Urgency> {
        self.urgencies.get(code)
    }

    /// The retention class with this code, `R0` to `R3`.
    pub fn retention(&self, code: &str) -> Option<&Retention> {
        self.retentions.get(code)
    }

    /// Every law, by short name.
    pub fn laws(&self) -> impl Iterator<Item = &LawDef> {
        self.laws.values()
    }

    /// Every partner role, by code.
    pub fn roles(&self) -> impl Iterator<Item = &RoleDef> {
        self.roles.values()
    }

    /// Every subject role, by code.
    pub fn subject_roles(&self) -> impl Iterator<Item = &SubjectRoleDef> {
        self.subject_roles.values()
    }

    /// Every region, by code.
    pub fn regions(&self) -> impl Iterator<Item = &RegionDef> {
        self.regions.values()
    }

    /// Every purpose, by code.
    pub fn purposes(&self) -> impl Iterator<Item = &PurposeDef> {
        self.purposes.values()
    }

    /// Every legal basis, by code.
    pub fn bases(&self) -> impl Iterator<Item = &BasisDef> {
        self.bases.values()
    }

    /// Every code list, by name.
    pub fn code_lists(&self) -> impl Iterator<Item = &CodeList> {
        self.lists.values()
    }

    /// Every field, by name.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.fields.values()
    }

    /// Every signal type, by code.
    pub fn signal_types(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values()
    }

    /// Every urgency class, by code.
    pub fn urgencies(&self) -> impl Iterator<Item = &Urgency> {
        self.urgencies.values()
    }

    /// Every retention class, by code.
    pub fn retentions(&self) -> impl Iterator<Item = &Retention> {
        self.retentions.values()
    }
}
