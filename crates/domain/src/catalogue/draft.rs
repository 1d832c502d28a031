//! The catalogue as written: rows with the lines of what they refer to.
//!
//! Owns: the shape between reading and resolving. Must not know: TOML, rules between rows.

use super::fault::Place;
use super::read::At;
use super::{
    AccessForm, AckLevel, AgeBand, BasisKind, ClassCode, CodeList, FieldKind, Label, LawDef,
    LawKey, LiftedBy, ListName, RegionDef, Retention, RoleCode, RoleDef, SpecialMark,
    SubjectRoleDef, Urgency, row_more::RightWord,
};
use crate::signal::{Regime, WpgArticle};
use seinhuis_types::{
    BasisCode, CodeValue, FieldPath, ParseError, PurposeCode, RegionCode, SignalType, SubjectRole,
};
use std::collections::BTreeMap;
use std::fmt::Display;

pub(super) type Table<K, V> = BTreeMap<K, At<V>>;

#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) laws: Table<LawKey, LawDef>,
    pub(super) roles: Table<RoleCode, RoleDef>,
    pub(super) subject_roles: Table<SubjectRole, SubjectRoleDef>,
    pub(super) regions: Table<RegionCode, RegionDef>,
    pub(super) purposes: Table<PurposeCode, PurposeRow>,
    pub(super) bases: Table<BasisCode, BasisRow>,
    pub(super) lists: Table<ListName, CodeList>,
    pub(super) fields: Table<FieldPath, FieldRow>,
    pub(super) types: Table<SignalType, TypeRow>,
    pub(super) urgencies: Table<ClassCode, Urgency>,
    pub(super) retentions: Table<ClassCode, Retention>,
    pub(super) themes: Table<CodeValue, ThemeRow>,
    pub(super) ages: Table<CodeValue, AgeRow>,
    pub(super) denied: Table<CodeValue, DeniedRow>,
    pub(super) elsewhere: Table<SignalType, ElsewhereRow>,
    pub(super) informs: Table<RoleCode, InformRow>,
    pub(super) edition: Option<At<i64>>,
}

#[derive(Debug)]
pub(super) struct ThemeRow {
    pub(super) label: Label,
    pub(super) forms: Vec<At<CodeValue>>,
    pub(super) restricted: bool,
}

#[derive(Debug)]
pub(super) struct AgeRow {
    pub(super) label: Label,
    pub(super) regime: Option<At<LawKey>>,
    pub(super) rights: Vec<At<RightWord>>,
    pub(super) law: Vec<LawRow>,
    pub(super) bands: Vec<AgeBand>,
}

#[derive(Debug)]
pub(super) struct DeniedRow {
    pub(super) from: Option<At<RoleCode>>,
    pub(super) to: Option<At<RoleCode>>,
    pub(super) except: Vec<At<PurposeCode>>,
    pub(super) reason: Label,
    pub(super) law: Vec<LawRow>,
    pub(super) lifted_by: LiftedBy,
}

#[derive(Debug)]
pub(super) struct ElsewhereRow {
    pub(super) label: Label,
    pub(super) why: Label,
    pub(super) law: Vec<LawRow>,
    pub(super) urgency: Option<At<ClassCode>>,
}

#[derive(Debug)]
pub(super) struct InformRow {
    pub(super) label: Label,
    pub(super) within_days: u16,
    pub(super) step_days: u16,
    pub(super) law: Vec<LawRow>,
}

#[derive(Debug)]
pub(super) struct LawRow {
    pub(super) law: At<LawKey>,
    pub(super) article: Box<str>,
    pub(super) version: Box<str>,
    pub(super) source_checked: bool,
}

#[derive(Debug)]
pub(super) struct PurposeRow {
    pub(super) label: Label,
    pub(super) law: Vec<LawRow>,
    pub(super) not_for: Option<Label>,
    pub(super) uncarried: Option<Label>,
}

#[derive(Debug)]
pub(super) struct BasisRow {
    pub(super) kind: Option<BasisKind>,
    pub(super) label: Label,
    pub(super) law: Vec<LawRow>,
    pub(super) from: Vec<At<RoleCode>>,
    pub(super) to: Vec<At<RoleCode>>,
    pub(super) purposes: Vec<At<PurposeCode>>,
    pub(super) regime: Option<At<Regime>>,
    pub(super) wpg_articles: Vec<At<Article>>,
    pub(super) covers: Vec<At<Mark>>,
    pub(super) single_subject: bool,
    pub(super) verified: bool,
    pub(super) onward: Option<At<CodeValue>>,
    pub(super) secrecy: Option<(Place, Option<LawRow>, Label)>,
    pub(super) access: AccessForm,
    pub(super) consent: bool,
    pub(super) check: Option<Label>,
}

#[derive(Debug)]
pub(super) struct FieldRow {
    pub(super) label: Label,
    pub(super) kind: Option<KindRow>,
    pub(super) special: Option<SpecialMark>,
}

#[derive(Debug)]
pub(super) enum KindRow {
    Listed {
        list: At<ListName>,
        max: Option<usize>,
    },
    Plain(FieldKind),
}

#[derive(Debug)]
pub(super) struct DirectionRow {
    pub(super) at: Place,
    pub(super) from: At<RoleCode>,
    pub(super) to: At<RoleCode>,
    pub(super) purposes: Vec<At<PurposeCode>>,
}

#[derive(Debug)]
pub(super) struct TypeRow {
    pub(super) version: u32,
    pub(super) label: Label,
    pub(super) directions: Vec<DirectionRow>,
    pub(super) fields: Vec<At<FieldPath>>,
    pub(super) minimum: Vec<At<FieldPath>>,
    pub(super) subjects: Vec<(At<SubjectRole>, usize)>,
    pub(super) max_subjects: At<usize>,
    pub(super) urgency: Option<At<ClassCode>>,
    pub(super) retention: Option<At<ClassCode>>,
    pub(super) acknowledge: AckLevel,
    pub(super) themes: Vec<At<CodeValue>>,
    pub(super) restricted: bool,
    pub(super) urgency_at: Vec<(At<CodeValue>, At<ClassCode>)>,
}

/// A copy of an enum that can be read and shown as a code of a list.
macro_rules! named_text {
    ($(#[$doc:meta])* $name:ident($of:ty), $what:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $of);

        impl $name {
            pub(super) fn parse(text: &str) -> Result<Self, ParseError> {
                <$of>::parse(text).map(Self).ok_or(ParseError::new($what, $rule))
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0.as_str())
            }
        }
    };
}

named_text! {
    /// A Wpg article as written in a list.
    Article(WpgArticle), "Wpg article", "one of `8`, `13.1`, `9`, `10`"
}
named_text! {
    /// A special mark as written in a list.
    Mark(SpecialMark), "mark", "`special` or `criminal`"
}
