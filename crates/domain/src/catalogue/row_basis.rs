//! Reads one legal basis.
//!
//! Owns: its keys and which of them go with which kind. Must not know: other rows.

use super::draft::{Article, BasisRow, Mark};
use super::fault::Faults;
use super::read::Row;
use super::rows::{law_row, laws};
use super::{AccessForm, BasisKind};
use crate::signal::{Regime, WpgArticle};
use seinhuis_types::{BasisCode, CodeValue, PurposeCode};

pub(super) fn basis(row: &mut Row<'_>, _: &BasisCode, faults: &mut Faults) -> BasisRow {
    let kinds = "`provide`, `receive`, `special`";
    if !row.has("kind") {
        faults.add(
            row.at,
            format!("{} has no `kind`", row.name),
            format!("add one of {kinds}"),
        );
    }
    let kind = row
        .word("kind", kinds, BasisKind::parse, faults)
        .map(|kind| kind.value);
    let provide = kind == Some(BasisKind::Provide);
    let special = kind == Some(BasisKind::Special);
    let access = |text: &str| match text {
        "written" => Some(AccessForm::Written),
        "oral-only" => Some(AccessForm::OralOnly),
        _ => None,
    };
    let found = BasisRow {
        kind,
        label: row.label("label", faults),
        law: laws(row, faults),
        from: row.roles("from", provide, faults),
        to: row.roles("to", kind.is_some(), faults),
        purposes: row.codes(
            "purposes",
            kind.is_some() && !special,
            PurposeCode::parse,
            faults,
        ),
        regime: row.word("regime", "`WPG`, `WJSG`, `AVG`", Regime::parse, faults),
        wpg_articles: row.codes("wpg_articles", false, Article::parse, faults),
        covers: row.codes("covers", special, Mark::parse, faults),
        single_subject: row.flag("single_subject", faults).unwrap_or_default(),
        verified: row.must_flag("verified", faults),
        onward: row.code_opt("onward", CodeValue::parse, faults),
        secrecy: secrecy(row, faults),
        access: row
            .word("access", "`written`, `oral-only`", access, faults)
            .map_or(AccessForm::Written, |access| access.value),
        consent: row.flag("consent", faults).unwrap_or_default(),
        check: row.label_opt("check", faults),
    };
    if let Some(kind) = kind {
        only_with(row, kind, faults);
    }
    check_articles(row, &found, faults);
    found
}

fn secrecy(
    row: &mut Row<'_>,
    faults: &mut Faults,
) -> Option<(
    super::fault::Place,
    Option<super::draft::LawRow>,
    super::Label,
)> {
    let mut secrecy = row.table("secrecy", faults)?;
    let law = match secrecy.table("law", faults) {
        Some(law) => law_row(law, faults),
        None => {
            if !secrecy.has("law") {
                let what = format!("{} has no law", secrecy.name);
                faults.add(secrecy.at, what, "name the article that sets the secrecy");
            }
            None
        }
    };
    let reminder = secrecy.label("reminder", faults);
    let at = secrecy.at;
    secrecy.finish(faults);
    Some((at, law, reminder))
}

/// Keys that belong to one kind of basis only.
fn only_with(row: &Row<'_>, kind: BasisKind, faults: &mut Faults) {
    for key in ["regime", "onward", "secrecy"] {
        if row.has(key) != (kind == BasisKind::Provide) {
            let (what, fix) = if row.has(key) {
                (
                    format!("{}: `{key}` goes only with a basis to provide", row.name),
                    "take it out",
                )
            } else {
                (
                    format!("{} has no `{key}`", row.name),
                    "a basis to provide says it: add it",
                )
            };
            faults.add(row.at, what, fix);
        }
    }
    if row.has("consent") && kind != BasisKind::Provide {
        let what = format!("{}: `consent` goes only with a basis to provide", row.name);
        faults.add(row.at, what, "take it out");
    }
    if row.has("covers") && kind != BasisKind::Special {
        let what = format!("{}: `covers` goes only with a special basis", row.name);
        faults.add(row.at, what, "take it out");
    }
}

/// Wpg articles go with Wpg data, and never those that may not be shared at all.
fn check_articles(row: &Row<'_>, found: &BasisRow, faults: &mut Faults) {
    let wpg = found
        .regime
        .as_ref()
        .is_some_and(|regime| regime.value == Regime::Wpg);
    if wpg && found.wpg_articles.is_empty() {
        let what = format!(
            "{} is about police data and names no Wpg articles",
            row.name
        );
        faults.add(
            row.at,
            what,
            "add `wpg_articles = [\"8\", \"13.1\"]` (Bpg 4:2(1))",
        );
    }
    for article in &found.wpg_articles {
        if !wpg {
            let what = format!(
                "{} names Wpg articles and is not about police data",
                row.name
            );
            faults.add(article.at, what, "take them out, or set `regime = \"WPG\"`");
        }
        if matches!(article.value.0, WpgArticle::Art10Lid1B | WpgArticle::Art12) {
            let what = format!(
                "{}: data of Wpg {} are never shared",
                row.name, article.value
            );
            faults.add(article.at, what, "take it out (Bpg 4:5(2))");
        }
    }
}
