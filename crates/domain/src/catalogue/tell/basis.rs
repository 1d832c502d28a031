//! A legal basis, explained, with what a clause on it needs.

use super::page::{Lang, Page};
use super::parts::{joined, laws, no_advice, purposes, roles, yes_no};
use crate::catalogue::{BasisDef, BasisKind, Catalogue};
use crate::signal::Regime;

pub(super) fn basis(catalogue: &Catalogue, found: &BasisDef, lang: Lang) -> Page {
    let mut page = Page::new("basis", found.code.as_str(), lang.of(&found.label));
    page.fact(
        "answers",
        lang.word("Soort", "Kind"),
        [found.kind.as_str().to_owned()],
    );
    page.fact(
        "law",
        lang.word("Wet", "Law"),
        laws(catalogue, &found.law, lang),
    );
    let from = roles(catalogue, found.from.iter().map(|r| r.as_str()), lang);
    page.fact("from", lang.word("Wie verstrekt", "Who provides"), from);
    let to = roles(catalogue, found.to.iter().map(|r| r.as_str()), lang);
    page.fact("to", lang.word("Wie ontvangt", "Who receives"), to);
    page.fact(
        "purposes",
        lang.word("Waarvoor", "For what"),
        purposes(catalogue, &found.purposes, lang),
    );
    data(&mut page, found, lang);
    page.fact(
        "needs",
        lang.word("Wat een clausule nodig heeft", "What a clause needs"),
        needs(found, lang),
    );
    let check = found.check.as_ref().map(|check| lang.of(check).to_owned());
    page.fact(
        "check",
        lang.word("Nog na te gaan", "Still to be checked"),
        check,
    );
    let types = catalogue.signal_types().filter(|def| {
        def.directions.iter().any(|way| {
            found.kind != BasisKind::Special
                && found.covers_direction(way.from.as_str(), way.to.as_str())
                && way.purposes.iter().any(|purpose| found.serves(purpose))
        })
    });
    page.fact(
        "types",
        lang.word("Signalen", "Signals"),
        types.map(|def| format!("{}: {}", def.code, lang.of(&def.label))),
    );
    no_advice(&mut page, lang);
    page
}

/// What holds of the data on a basis: regime, marks, secrecy, what the recipient may do next.
fn data(page: &mut Page, found: &BasisDef, lang: Lang) {
    page.fact(
        "regime",
        lang.word("Regime", "Regime"),
        found.regime.map(Regime::as_str).map(str::to_owned),
    );
    let articles = found
        .wpg_articles
        .iter()
        .map(|article| article.as_str().to_owned());
    page.fact(
        "wpg_articles",
        lang.word("Artikelen van de Wpg", "Articles of the Wpg"),
        articles,
    );
    let special = if found.kind == BasisKind::Special {
        joined(found.covers.iter().map(|mark| mark.as_str()))
    } else {
        yes_no(false, lang).to_owned()
    };
    page.fact(
        "special",
        lang.word(
            "Bijzondere of strafrechtelijke gegevens",
            "Special or criminal data",
        ),
        [special],
    );
    let one = lang.word(
        "een signaal gaat over één persoon",
        "a signal is about one person",
    );
    page.fact(
        "single_subject",
        lang.word("Herleidbaarheid", "Traceability"),
        found.single_subject.then(|| one.to_owned()),
    );
    page.fact(
        "onward",
        lang.word("Verder", "Onward"),
        found.onward.as_ref().map(ToString::to_string),
    );
    let secrecy = found
        .secrecy
        .as_ref()
        .map(|secrecy| format!("{}: {}", secrecy.law, lang.of(&secrecy.reminder)));
    page.fact("secrecy", lang.word("Geheimhouding", "Secrecy"), secrecy);
    page.fact(
        "access",
        lang.word("Inzage", "Access"),
        [found.access.as_str().to_owned()],
    );
}

/// What each side attests: function, date, hash of the opinion, version of the law.
fn needs(found: &BasisDef, lang: Lang) -> Vec<String> {
    let version = found
        .law
        .iter()
        .map(|law| &*law.version)
        .max()
        .unwrap_or_default();
    let both = format!(
        "{} {version}",
        lang.word(
            "van beide kanten een verklaring: functie, datum, hash van het advies, wet in de versie van",
            "an attestation of both sides: function, date, hash of the opinion, law in the version of",
        )
    );
    let open = lang.word(
        "een open vraag of een ongelezen artikel: zonder die verklaring van elke kant wordt het convenant geweigerd",
        "an open question or an unread article: without that attestation of each side the agreement is refused",
    );
    let consent = lang.word("toestemming van de betrokkene", "the subject's consent");
    let open = found.needs_attestation().then(|| open.to_owned());
    let consent = found.consent.then(|| consent.to_owned());
    std::iter::once(both).chain(open).chain(consent).collect()
}
