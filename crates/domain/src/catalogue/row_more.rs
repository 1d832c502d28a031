//! Reads one age rule, one denied pair, one message that is no signal, one theme.
//!
//! Owns: their keys, and the bounds of one row by itself. Must not know: other rows.

use super::draft::{AgeRow, DeniedRow, ElsewhereRow, ThemeRow};
use super::fault::Faults;
use super::read::{At, Row};
use super::rows::{law_row, laws};
use super::{Acts, AgeBand, ClassCode, LawKey, LiftedBy, Right, RoleCode};
use seinhuis_types::{CodeValue, ParseError, PurposeCode, SignalType};
use std::fmt;

/// The ages at which Dutch law changes who acts.
const AGES: [u8; 4] = [0, 12, 16, 18];

/// A right as written in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RightWord(pub(super) Right);

impl fmt::Display for RightWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

fn right(text: &str) -> Result<RightWord, ParseError> {
    let rule = "one of `consent`, `withdraw`, `help-consent`, `access`, `rectification`, \
                `erasure`, `restriction`, `objection`";
    Right::parse(text)
        .map(RightWord)
        .ok_or(ParseError::new("right", rule))
}

pub(super) fn age(row: &mut Row<'_>, _: &CodeValue, faults: &mut Faults) -> AgeRow {
    AgeRow {
        label: row.label("label", faults),
        regime: row.code("regime", LawKey::parse, faults),
        rights: row.codes("rights", true, right, faults),
        law: laws(row, faults),
        bands: bands(row, faults),
    }
}

fn bands(row: &mut Row<'_>, faults: &mut Faults) -> Vec<AgeBand> {
    let mut found: Vec<AgeBand> = Vec::new();
    let mut whole = true;
    let (at, name) = (row.at, row.name.clone());
    let words = "`subject`, `representative`, `both`, `either`";
    for mut row in row.rows("band", faults) {
        let from = row.number("from", 0..19, faults);
        if !row.has("acts") {
            let what = format!("{} has no `acts`", row.name);
            faults.add(row.at, what, format!("add one of {words}"));
        }
        let acts = row.word("acts", words, Acts::parse, faults);
        let incapable = row.word("incapable", words, Acts::parse, faults);
        let unless = row.label_opt("unless", faults);
        row.finish(faults);
        let (Some(from), Some(acts)) = (from, acts) else {
            whole = false;
            continue;
        };
        let years = u8::try_from(from.value).unwrap_or_default();
        if !AGES.contains(&years) {
            let what = format!("{name}: no law changes who acts at the age of {years}");
            faults.add(from.at, what, "begin a band at 0, 12, 16 or 18");
        }
        if found.last().is_some_and(|before| before.from >= years) {
            let what = format!("{name}: the band from {years} does not come after the one before");
            faults.add(from.at, what, "put the bands in order of age");
        }
        found.push(AgeBand {
            from: years,
            acts: acts.value,
            incapable: incapable.map(|acts| acts.value),
            unless,
        });
    }
    // A band that could not be read has its fault already.
    if !whole {
        return found;
    }
    if found.first().is_none_or(|band| band.from != 0) {
        let what = format!("{name} says nothing of the youngest");
        faults.add(at, what, "begin with a band from 0");
    }
    if found.last().is_some_and(|band| band.acts != Acts::Subject) {
        let what = format!("{name}: somebody else acts for those of age");
        let fix = "end with a band in which the `subject` acts, from 18 at the latest";
        faults.add(at, what, fix);
    }
    found
}

pub(super) fn denied(row: &mut Row<'_>, _: &CodeValue, faults: &mut Faults) -> DeniedRow {
    let words = "`attestation`, `nothing`";
    if !row.has("lifted_by") {
        let what = format!("{} has no `lifted_by`", row.name);
        faults.add(row.at, what, format!("add one of {words}"));
    }
    DeniedRow {
        from: row.code("from", RoleCode::parse, faults),
        to: row.code("to", RoleCode::parse, faults),
        except: row.codes("except", false, PurposeCode::parse, faults),
        reason: row.label("reason", faults),
        law: laws(row, faults),
        // Left unsaid, the careful one.
        lifted_by: row
            .word("lifted_by", words, LiftedBy::parse, faults)
            .map_or(LiftedBy::Nothing, |lifted| lifted.value),
    }
}

pub(super) fn elsewhere(row: &mut Row<'_>, _: &SignalType, faults: &mut Faults) -> ElsewhereRow {
    let law = row
        .rows("law", faults)
        .into_iter()
        .filter_map(|row| law_row(row, faults))
        .collect();
    ElsewhereRow {
        label: row.label("label", faults),
        why: row.label("why", faults),
        law,
        urgency: row.code("urgency", ClassCode::parse, faults),
    }
}

pub(super) fn theme(row: &mut Row<'_>, _: &CodeValue, faults: &mut Faults) -> ThemeRow {
    ThemeRow {
        label: row.label("label", faults),
        forms: row.codes("forms", false, CodeValue::parse, faults),
        restricted: row.flag("restricted", faults).unwrap_or_default(),
    }
}

/// `urgency_at = { S3 = "U2" }`: from which severity a signal is more urgent.
pub(super) fn urgency_at(
    row: &mut Row<'_>,
    faults: &mut Faults,
) -> Vec<(At<CodeValue>, At<ClassCode>)> {
    let Some(table) = row.table("urgency_at", faults) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in table.keyed() {
        let class = value
            .get_ref()
            .as_str()
            .and_then(|text| ClassCode::parse(text).ok());
        let (Ok(severity), Some(class)) = (CodeValue::parse(key.value), class) else {
            let what = format!("{}: `{}` has no urgency class", table.name, key.value);
            faults.add(
                key.at,
                what,
                "write a severity and a class, such as `S3 = \"U2\"`",
            );
            continue;
        };
        let at = key.at;
        found.push((
            At {
                at,
                value: severity,
            },
            At { at, value: class },
        ));
    }
    found
}
