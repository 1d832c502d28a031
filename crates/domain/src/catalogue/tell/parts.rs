//! Parts of pages: laws, roles, terms, how a way stands.

use super::page::{Lang, Page};
use crate::catalogue::{
    AckTerm, Acts, BasisDef, Catalogue, Direction, LawRef, RetentionStart, Standing,
};
use seinhuis_types::PurposeCode;
use std::collections::BTreeSet;

/// The name of a role, or its code where it is nowhere.
pub(super) fn role(catalogue: &Catalogue, code: &str, lang: Lang) -> String {
    let found = catalogue.role(code);
    found.map_or(code, |role| lang.of(&role.label)).to_owned()
}

/// Names of roles; `any` for none.
pub(super) fn roles<'r>(
    catalogue: &Catalogue,
    codes: impl IntoIterator<Item = &'r str>,
    lang: Lang,
) -> Vec<String> {
    codes
        .into_iter()
        .map(|code| role(catalogue, code, lang))
        .collect()
}

pub(super) fn joined<T: ToString>(codes: impl IntoIterator<Item = T>) -> String {
    let codes: Vec<String> = codes.into_iter().map(|code| code.to_string()).collect();
    codes.join(", ")
}

/// Articles with their law, identifier, version, and whether they were read in it.
pub(super) fn laws(catalogue: &Catalogue, laws: &[LawRef], lang: Lang) -> Vec<String> {
    laws.iter()
        .map(|law| {
            let name = catalogue.law(law.law.as_str());
            let name = name.map_or("", |law| lang.of(&law.label));
            let read = if law.source_checked {
                lang.word("gelezen", "read")
            } else {
                lang.word("niet gelezen", "not read")
            };
            let version = lang.word("versie van", "version of");
            format!(
                "{law}: {name}, {}, {version} {}, {read}",
                law.id, law.version
            )
        })
        .collect()
}

pub(super) fn standing(standing: Standing, lang: Lang) -> &'static str {
    match standing {
        Standing::Firm => lang.word("vast", "firm"),
        Standing::Attested => lang.word(
            "alleen met de verklaring van beide kanten",
            "only with the attestation of both sides",
        ),
        Standing::NoBasis => lang.word("geen grondslag", "no basis"),
        Standing::Denied => lang.word("geweigerd", "denied"),
    }
}

/// Bases of one purpose both ways: `POL-VT + WMO-4-1-1-2`.
pub(super) fn bases(provide: &[&BasisDef], receive: &[&BasisDef]) -> String {
    let codes = |list: &[&BasisDef]| joined(list.iter().map(|basis| &basis.code));
    format!("{} + {}", codes(provide), codes(receive))
}

/// One line a purpose of a way: who to whom, for what, on which bases, how it stands.
pub(super) fn way(catalogue: &Catalogue, way: &Direction, lang: Lang) -> Vec<String> {
    let (from, to) = (way.from.as_str(), way.to.as_str());
    let roles = format!(
        "{} -> {}",
        role(catalogue, from, lang),
        role(catalogue, to, lang)
    );
    way.purposes
        .iter()
        .map(|purpose| {
            let pair = catalogue.pair(from, to, purpose);
            let bases = bases(&pair.provide, &pair.receive);
            format!(
                "{roles}, {purpose}: {bases}; {}",
                standing(pair.standing, lang)
            )
        })
        .collect()
}

/// The purposes among `codes`, each with what it is.
pub(super) fn purposes(
    catalogue: &Catalogue,
    codes: &BTreeSet<PurposeCode>,
    lang: Lang,
) -> Vec<String> {
    codes
        .iter()
        .map(|code| {
            let label = catalogue.purpose(code).map_or("", |p| lang.of(&p.label));
            format!("{code}: {label}")
        })
        .collect()
}

/// Within what term: in hours where it is counted in hours.
pub(super) fn term(term: AckTerm, lang: Lang) -> String {
    match term {
        AckTerm::Minutes(minutes) if minutes % 60 == 0 => {
            format!("{} {}", minutes / 60, lang.word("uur", "hours"))
        }
        AckTerm::Minutes(minutes) => format!("{minutes} {}", lang.word("minuten", "minutes")),
        AckTerm::WorkingDays(days) => {
            format!("{days} {}", lang.word("werkdagen", "working days"))
        }
    }
}

/// An urgency class: code, term, what it means.
pub(super) fn urgency(catalogue: &Catalogue, code: &str, lang: Lang) -> String {
    catalogue.urgency(code).map_or_else(
        || code.to_owned(),
        |class| {
            format!(
                "{code}, {}: {}",
                term(class.acknowledge, lang),
                lang.of(&class.label)
            )
        },
    )
}

/// A retention class: code, hours, cap, what it means.
pub(super) fn retention(catalogue: &Catalogue, code: &str, lang: Lang) -> String {
    let Some(class) = catalogue.retention(code) else {
        return code.to_owned();
    };
    let (hours, most) = (class.hours, class.cap_hours);
    let after = match class.after {
        RetentionStart::Acknowledged => {
            lang.word("na de laatste ontvangst", "after the last receipt")
        }
        RetentionStart::Sent => lang.word("na verzending", "after sending"),
        RetentionStart::StateEnded => lang.word("na het einde", "after the end"),
        RetentionStart::SchoolDay => lang.word("na de schooldag", "after the school day"),
    };
    let (unit, cap) = (
        lang.word("uur", "hours"),
        lang.word("ten hoogste", "at most"),
    );
    format!(
        "{code}, {hours} {unit} {after}, {cap} {most}: {}",
        lang.of(&class.label)
    )
}

pub(super) fn acts(acts: Acts, lang: Lang) -> &'static str {
    match acts {
        Acts::Subject => lang.word("de betrokkene zelf", "the subject alone"),
        Acts::Representative => lang.word("de vertegenwoordiger", "the representative"),
        Acts::Both => lang.word("beiden samen", "both together"),
        Acts::Either => lang.word("een van beiden", "either of them"),
    }
}

pub(super) const fn yes_no(said: bool, lang: Lang) -> &'static str {
    if said {
        lang.word("ja", "yes")
    } else {
        lang.word("nee", "no")
    }
}

/// Said under each page on law.
pub(super) fn no_advice(page: &mut Page, lang: Lang) {
    let text = lang.word(
        "Dit is software, geen juridisch advies. Geen jurist heeft deze lezing bevestigd.",
        "This is software, not legal advice. No lawyer has confirmed this reading.",
    );
    page.fact("note", lang.word("Let op", "Note"), [text.to_owned()]);
}
