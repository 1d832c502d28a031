//! Lists of what is in the catalogue.

use super::page::{Lang, Row};
use super::parts::{joined, role, standing, term};
use crate::catalogue::{BasisKind, Catalogue, LiftedBy, Right, Standing};

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Signal types, and messages that are none.
    Types,
    /// Legal bases.
    Bases,
    /// Purposes.
    Purposes,
    /// Code lists.
    Codes,
    /// Partner roles and outside parties.
    Roles,
    /// Age rules.
    Ages,
    /// Denied pairs.
    Denied,
    /// Themes.
    Themes,
}

/// The list, in order of code.
pub fn list(catalogue: &Catalogue, what: What, lang: Lang) -> Vec<Row> {
    match what {
        What::Types => types(catalogue, lang),
        What::Bases => bases(catalogue, lang),
        What::Purposes => purposes(catalogue, lang),
        What::Codes => codes(catalogue, lang),
        What::Roles => roles(catalogue, lang),
        What::Ages => ages(catalogue, lang),
        What::Denied => denied(catalogue, lang),
        What::Themes => themes(catalogue, lang),
    }
}

fn row(code: &impl ToString, label: &str, note: String) -> Row {
    Row {
        code: code.to_string(),
        label: label.to_owned(),
        note,
    }
}

fn types(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    let signals = catalogue.signal_types().map(|def| {
        let term = catalogue
            .urgency(def.urgency.as_str())
            .map(|class| term(class.acknowledge, lang))
            .unwrap_or_default();
        let mut note = format!("{} {term}, {}", def.urgency, def.retention);
        if def.restricted {
            note.push_str(lang.word(", alleen besloten loketten", ", restricted desks only"));
        }
        row(&def.code, lang.of(&def.label), note)
    });
    let others = catalogue.elsewhere().map(|message| {
        let note = lang.word("geen signaal", "no signal").to_owned();
        row(&message.code, lang.of(&message.label), note)
    });
    signals.chain(others).collect()
}

fn bases(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .bases()
        .map(|basis| {
            let kind = match basis.kind {
                BasisKind::Provide => lang.word("verstrekken", "to provide"),
                BasisKind::Receive => lang.word("ontvangen", "to receive"),
                BasisKind::Special => lang.word("bijzonder", "special"),
            };
            let mut note = format!("{kind}; {}", joined(&basis.law));
            if basis.needs_attestation() {
                note.push_str("; ");
                note.push_str(standing(Standing::Attested, lang));
            }
            row(&basis.code, lang.of(&basis.label), note)
        })
        .collect()
}

fn purposes(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .purposes()
        .map(|purpose| {
            let carried = catalogue
                .signal_types()
                .filter(|def| def.has_purpose(&purpose.code))
                .count();
            let note = format!(
                "{carried} {}",
                lang.word("soorten signalen", "signal types")
            );
            row(&purpose.code, lang.of(&purpose.label), note)
        })
        .collect()
}

fn codes(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .code_lists()
        .map(|list| {
            let note = format!("{} {}", list.codes.len(), lang.word("codes", "codes"));
            row(&list.name, lang.of(&list.label), note)
        })
        .collect()
}

fn roles(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .roles()
        .map(|role| {
            let note = if role.external {
                lang.word("buiten; ontvangt alleen", "outside; only receives")
            } else {
                lang.word("partner", "partner")
            };
            row(&role.code, lang.of(&role.label), note.to_owned())
        })
        .collect()
}

fn ages(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .age_rules()
        .map(|rule| {
            let rights = joined(rule.rights.iter().copied().map(Right::as_str));
            let from = joined(rule.bands.iter().map(|band| band.from));
            let note = format!(
                "{}: {rights}; {} {from}",
                rule.regime,
                lang.word("vanaf", "from")
            );
            row(&rule.code, lang.of(&rule.label), note)
        })
        .collect()
}

fn denied(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .denied_pairs()
        .map(|denied| {
            let lifted = match denied.lifted_by {
                LiftedBy::Attestation => standing(Standing::Attested, lang),
                LiftedBy::Nothing => lang.word("nooit", "never"),
            };
            let note = format!(
                "{} -> {}; {lifted}; {}",
                role(catalogue, denied.from.as_str(), lang),
                role(catalogue, denied.to.as_str(), lang),
                joined(&denied.law)
            );
            row(&denied.code, lang.of(&denied.reason), note)
        })
        .collect()
}

fn themes(catalogue: &Catalogue, lang: Lang) -> Vec<Row> {
    catalogue
        .themes()
        .map(|theme| {
            let note = if theme.restricted {
                lang.word("alleen besloten loketten", "restricted desks only")
            } else {
                ""
            };
            row(&theme.code, lang.of(&theme.label), note.to_owned())
        })
        .collect()
}
