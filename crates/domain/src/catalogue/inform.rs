//! Who must tell a person that data about them were recorded, and within which term.
//!
//! Owns: the rules as data, reading their rows, and that each names a role that takes part. Must not
//! know: a delivery, any clock, how a person is reached.

use super::draft::{Draft, InformRow};
use super::fault::{Faults, Place};
use super::read::Row;
use super::resolve::law;
use super::rows::laws;
use super::{Catalogue, Label, LawRef, RoleCode};

/// Bounds of a term, in days: beyond a year it is a slip.
const MOST_DAYS: i64 = 366;

/// The duty of one kind of partner to tell a person, of its own accord, for each recording (Wmo
/// 5.3.1; AVG 14). A role without a rule has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InformRule {
    /// Whose duty it is.
    pub role: RoleCode,
    /// What it says.
    pub label: Label,
    /// Within so many days of recording, 1 to 365.
    pub within_days: u16,
    /// The longest of one postponement, in days, 1 to 365.
    pub step_days: u16,
    /// Where it stands.
    pub law: Vec<LawRef>,
}

pub(super) fn row(row: &mut Row<'_>, _: &RoleCode, faults: &mut Faults) -> InformRow {
    let mut days = |key| {
        row.number(key, 1..MOST_DAYS, faults)
            .and_then(|days| u16::try_from(days.value).ok())
            .unwrap_or(1)
    };
    let (within_days, step_days) = (days("within_days"), days("step_days"));
    InformRow {
        label: row.label("label", faults),
        within_days,
        step_days,
        law: laws(row, faults),
    }
}

pub(super) fn resolve(
    draft: &Draft,
    role: &RoleCode,
    at: Place,
    row: &InformRow,
    faults: &mut Faults,
) -> Option<InformRule> {
    let of = format!("the duty to inform of `{role}`");
    let known = draft.roles.get(role);
    if known.is_none_or(|found| found.value.external) {
        let what = format!("{of}: that is no role that takes part");
        faults.add(at, what, "name a role that is not external, or take it out");
        return None;
    }
    let law = row
        .law
        .iter()
        .filter_map(|row| law(draft, row, &of, faults));
    Some(InformRule {
        role: role.clone(),
        label: row.label.clone(),
        within_days: row.within_days,
        step_days: row.step_days,
        law: law.collect(),
    })
}

impl Catalogue {
    /// The duty of this role to inform the subject for each recording; none where there is none.
    pub fn inform_rule(&self, role: &str) -> Option<&InformRule> {
        self.informs.get(role)
    }

    /// Every duty to inform, by role.
    pub fn inform_rules(&self) -> impl Iterator<Item = &InformRule> {
        self.informs.values()
    }
}
