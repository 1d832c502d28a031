//! A signal type, and a message that is none, explained.

use super::page::{Lang, Page};
use super::parts::{laws, no_advice, retention, urgency, way};
use crate::catalogue::{Catalogue, ElsewhereDef, FieldDef, SpecialMark, TypeDef};

pub(super) fn signal_type(catalogue: &Catalogue, def: &TypeDef, lang: Lang) -> Page {
    let mut page = Page::new("type", def.code.as_str(), lang.of(&def.label));
    let ways = def.directions.iter().flat_map(|d| way(catalogue, d, lang));
    let word = lang.word(
        "Wie aan wie, waarvoor, op welke grondslagen",
        "Who to whom, for what, on which bases",
    );
    page.fact("ways", word, ways);
    let fields = def.fields.values().map(|field| one_field(def, field, lang));
    page.fact("fields", lang.word("Velden", "Fields"), fields);
    let rule = lang.word(
        "Wat een clausule niet toelaat, wordt ingehouden en met naam genoemd. Zonder een verplicht veld gaat het signaal niet.",
        "What a clause does not grant is withheld, and named. Without a required field the signal does not go.",
    );
    page.fact(
        "withheld",
        lang.word("Ingehouden", "Withheld"),
        [rule.to_owned()],
    );
    let subjects = def.subject_roles.iter().map(|(code, most)| {
        let label = catalogue
            .subject_role(code)
            .map_or("", |role| lang.of(&role.label));
        format!(
            "{code}: {label}, {} {most}",
            lang.word("ten hoogste", "at most")
        )
    });
    let all = format!(
        "{} {}",
        lang.word("samen ten hoogste", "together at most"),
        def.max_subjects
    );
    page.fact(
        "subjects",
        lang.word("Betrokkenen", "Subjects"),
        subjects.chain([all]),
    );
    let at = def.urgency_at.iter().map(|(severity, class)| {
        format!("{severity}: {}", urgency(catalogue, class.as_str(), lang))
    });
    let usual = urgency(catalogue, def.urgency.as_str(), lang);
    page.fact(
        "urgency",
        lang.word("Urgentie", "Urgency"),
        std::iter::once(usual).chain(at),
    );
    let kept = retention(catalogue, def.retention.as_str(), lang);
    page.fact(
        "kept",
        lang.word("Hoe lang de hub het bewaart", "How long the hub keeps it"),
        [kept],
    );
    page.fact(
        "acknowledge",
        lang.word("Vraagt als ontvangst", "Asks as receipt"),
        [def.acknowledge.as_str().to_owned()],
    );
    let themes = def.themes.iter().filter_map(|code| catalogue.theme(code));
    let themes = themes.map(|theme| lang.of(&theme.label).to_owned());
    page.fact("themes", lang.word("Thema's", "Themes"), themes);
    let desks = lang.word("alleen aan besloten loketten", "to restricted desks only");
    page.fact(
        "desks",
        lang.word("Loketten", "Desks"),
        def.restricted.then(|| desks.to_owned()),
    );
    no_advice(&mut page, lang);
    page
}

/// A field: its kind, whether it is required, its mark, what it tells.
fn one_field(def: &TypeDef, field: &FieldDef, lang: Lang) -> String {
    let must = if def.minimum.contains(&field.path) {
        lang.word(", verplicht", ", required")
    } else {
        ""
    };
    let mark = field.special.map_or("", |mark| match mark {
        SpecialMark::Criminal => lang.word(", strafrechtelijk", ", criminal"),
        SpecialMark::Special => lang.word(", bijzonder", ", special"),
    });
    let (path, kind) = (&field.path, field.kind.as_str());
    format!("{path} ({kind}{must}{mark}): {}", lang.of(&field.label))
}

pub(super) fn elsewhere(catalogue: &Catalogue, message: &ElsewhereDef, lang: Lang) -> Page {
    let mut page = Page::new("elsewhere", message.code.as_str(), lang.of(&message.label));
    page.fact(
        "why",
        lang.word("Geen signaal", "No signal"),
        [lang.of(&message.why).to_owned()],
    );
    page.fact(
        "urgency",
        lang.word("Urgentie", "Urgency"),
        [urgency(catalogue, message.urgency.as_str(), lang)],
    );
    page.fact(
        "law",
        lang.word("Wet", "Law"),
        laws(catalogue, &message.law, lang),
    );
    page
}
