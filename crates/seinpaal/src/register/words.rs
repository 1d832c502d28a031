//! A record in words, in the order of AVG 30(1), Dutch or English.
//!
//! Owns: the wording. What is not known is said to be not known. Must not know: how it came about.

use super::Shown;
use crate::cli::Lang;
use seinhuis_domain::catalogue::{Label, LawRef};
use seinhuis_domain::register::{Basis, Ending, Entity, Record, Standing, duration, moment};

/// How an activity stands.
pub(super) fn standing(of: Standing, lang: Lang) -> &'static str {
    match of {
        Standing::InForce => lang.of("actief", "active"),
        Standing::Suspended => lang.of("opgeschort", "suspended"),
        Standing::Ended(Ending::Replaced) => lang.of("vervangen", "replaced"),
        Standing::Ended(Ending::Left) => lang.of("uitgetreden", "left"),
        Standing::Ended(Ending::Term) => lang.of("verlopen", "term over"),
    }
}

/// An organisation.
pub(super) fn entity(entity: &Entity, lang: Lang) -> String {
    let none = lang.of("niet in het convenant", "not in the agreement");
    [
        format!("{} (OIN {})", entity.name, entity.oin),
        format!(
            "{}: {}",
            lang.of("contactpunt", "contact point"),
            entity.contact.as_deref().unwrap_or(none)
        ),
    ]
    .join("\n")
}

/// Everything of one version.
pub(super) fn record(shown: &Shown<'_>, lang: Lang) -> String {
    let record = shown.record;
    let mut page = Page {
        lines: Vec::new(),
        lang,
    };
    page.lines.push(text(&record.name, lang).to_owned());
    page.lines.push(record.id.to_string());
    versions(&mut page, record);
    responsible(&mut page, shown);
    purpose_and_people(&mut page, record);
    recipients(&mut page, record);
    terms(&mut page, record);
    page.head("g", "Beveiligingsmaatregelen", "Security measures");
    for measure in &record.measures {
        page.item(text(&measure.text, lang));
    }
    bases(&mut page, record);
    sources(&mut page, shown);
    page.lines.join("\n")
}

/// Lines under headings.
struct Page {
    lines: Vec<String>,
    lang: Lang,
}

impl Page {
    fn head(&mut self, letter: &str, nl: &str, en: &str) {
        let letter = if letter.is_empty() {
            String::new()
        } else {
            format!("{letter}. ")
        };
        self.lines.push(String::new());
        self.lines.push(format!("{letter}{}", self.lang.of(nl, en)));
    }

    fn item(&mut self, line: &str) {
        self.lines.push(format!("   {line}"));
    }

    /// One line, in the language asked for.
    fn say(&mut self, nl: &str, en: &str) {
        let line = self.lang.of(nl, en).to_owned();
        self.item(&line);
    }
}

fn text(label: &Label, lang: Lang) -> &str {
    lang.of(&label.nl, &label.en)
}

fn named(entity: &Entity) -> String {
    format!("{} (OIN {})", entity.name, entity.oin)
}

fn versions(page: &mut Page, record: &Record) {
    let word = standing(record.standing, page.lang);
    let span = &record.span;
    let (from, until) = (moment(span.from), moment(span.until));
    page.lines.push(format!(
        "{} {}, {word}; {} {from} {} {until}",
        page.lang.of("versie", "version"),
        record.version,
        page.lang.of("geldig van", "valid from"),
        page.lang.of("tot", "until"),
    ));
    if span.in_force.len() != 1 || record.standing == Standing::Suspended {
        for period in &span.in_force {
            let (from, until) = (moment(period.from), moment(period.until));
            page.say(
                &format!("in werking van {from} tot {until}"),
                &format!("in force from {from} until {until}"),
            );
        }
    }
}

fn responsible(page: &mut Page, shown: &Shown<'_>) {
    let record = shown.record;
    page.head("a", "Verwerkingsverantwoordelijke", "Controller");
    page.item(&named(&record.controller));
    let contact = record.controller.contact.as_deref().unwrap_or_default();
    page.say(
        &format!("contactpunt: {contact}"),
        &format!("contact point: {contact}"),
    );
    match shown.officer {
        Some(at) => page.say(
            &format!("functionaris gegevensbescherming: {at}"),
            &format!("data protection officer: {at}"),
        ),
        None => page.say(
            "functionaris gegevensbescherming: niet bekend; zet `officer_contact` in `[register]` van de configuratie",
            "data protection officer: not known; set `officer_contact` in `[register]` of the configuration",
        ),
    }
    if !record.joint_with.is_empty() {
        let all: Vec<String> = record.joint_with.iter().map(named).collect();
        let all = all.join(", ");
        page.say(
            &format!("gezamenlijk met (AVG 26): {all}"),
            &format!("jointly with (AVG 26): {all}"),
        );
    }
    if let Some(contact) = &record.joint_contact {
        page.say(
            &format!("contactpunt van allen samen: OIN {contact}"),
            &format!("contact point of all together: OIN {contact}"),
        );
    }
}

fn purpose_and_people(page: &mut Page, record: &Record) {
    let lang = page.lang;
    let (code, what, not_for) = &record.purpose;
    page.head("b", "Doel", "Purpose");
    page.item(&format!("{code}: {}", text(what, lang)));
    if let Some(not_for) = not_for {
        let not_for = text(not_for, lang).to_owned();
        page.say(
            &format!("niet voor: {not_for}"),
            &format!("not for: {not_for}"),
        );
    }
    page.head(
        "c",
        "Betrokkenen en persoonsgegevens",
        "People and personal data",
    );
    for (code, label) in &record.people {
        page.item(&format!("{} ({code})", text(label, lang)));
    }
    for category in &record.categories {
        page.item(&format!("- {}", text(category, lang)));
    }
    let regimes = record.regimes.join(", ");
    page.say(
        &format!("gegevens onder: {regimes}"),
        &format!("data under: {regimes}"),
    );
    page.say(
        "profilering: geen; er wordt niemand gescoord",
        "profiling: none; nobody is scored",
    );
}

fn recipients(page: &mut Page, record: &Record) {
    page.head("d", "Ontvangers", "Recipients");
    let other = named(&record.counterpart);
    match &record.recipient {
        Some((role, _)) => page.item(&format!("{other}: {role}")),
        None => page.say(
            &format!("geen onder dit convenant; ontvangen van {other}"),
            &format!("none under this agreement; received from {other}"),
        ),
    }
    for processor in &record.processors {
        let (name, task, contract) = (&processor.name, &processor.task, &processor.contract);
        page.say(
            &format!("verwerker: {name} ({task}), overeenkomst {contract}"),
            &format!("processor: {name} ({task}), contract {contract}"),
        );
    }
    page.head(
        "e",
        "Doorgifte aan derde landen",
        "Transfers to third countries",
    );
    page.say(
        "geen: een convenant heeft er geen vorm voor",
        "none: an agreement has no form for it",
    );
}

fn terms(page: &mut Page, record: &Record) {
    page.head("f", "Bewaartermijnen", "Erasure terms");
    let content = duration(record.payload_hours);
    let correction = duration(record.correction_hours);
    let log = record.log_days;
    page.say(
        &format!("inhoud bij de verwerker: ten hoogste {content}, van een correctie ten hoogste {correction}"),
        &format!("content at the processor: {content} at most, of a correction {correction} at most"),
    );
    page.say(
        "dat er iets is verstuurd, zonder de inhoud: bij de verwerker zonder einde",
        "that something was sent, without its content: without an end at the processor",
    );
    page.say(
        &format!("eigen delen van logregels: ten minste {log} dagen; daarna wist de organisatie ze zelf"),
        &format!("own parts of log entries: {log} days at least; then the organisation erases them itself"),
    );
    page.say(
        "eigen dossiers: niet in convenant of catalogus; zie de eigen selectielijst of wet",
        "own files: in neither agreement nor catalogue; see one's own schedule or law",
    );
}

fn bases(page: &mut Page, record: &Record) {
    page.head("", "Grondslagen", "Legal bases");
    let words: Vec<&str> = record.legal_basis.iter().copied().collect();
    page.item(&words.join(", "));
    for basis in &record.bases {
        let kind = basis.kind.map_or("?", |kind| kind.as_str());
        let label = text(&basis.label, page.lang);
        page.item(&format!("{} ({kind}): {label}", basis.code));
        for law in &basis.law {
            let law = article(law, page.lang);
            page.item(&format!("  {law}"));
        }
        judgement(page, basis);
    }
}

fn article(law: &LawRef, lang: Lang) -> String {
    let read = if law.source_checked {
        ""
    } else {
        lang.of(
            "; tekst niet gelezen (source_checked=false)",
            "; text not read (source_checked=false)",
        )
    };
    format!("{law}, {}, {}{read}", law.id, law.version)
}

fn judgement(page: &mut Page, basis: &Basis) {
    if let Some((by, on)) = &basis.judged {
        page.say(
            &format!("  beoordeeld door {by} op {on}"),
            &format!("  judged by {by} on {on}"),
        );
    }
    match basis.void_since.as_deref() {
        None => {}
        Some("") => page.say(
            "  de grondslag is vervallen: er gaat niets meer op",
            "  the basis is gone: nothing goes on it",
        ),
        Some(since) => page.say(
            &format!(
                "  het oordeel is vervallen: de wet is gewijzigd per {since}, er gaat niets meer op"
            ),
            &format!("  the judgement is void: the law changed on {since}, and nothing goes on it"),
        ),
    }
}

fn sources(page: &mut Page, shown: &Shown<'_>) {
    let (record, lang) = (shown.record, page.lang);
    page.head("", "Herkomst", "Where this comes from");
    let agreement = &record.agreement;
    page.item(&format!(
        "{} ({} {}, {} {})",
        text(&agreement.title, lang),
        lang.of("versie", "version"),
        agreement.version,
        lang.of("clausule", "clause"),
        agreement.clause,
    ));
    page.item(&agreement.hash);
    for own in &record.own_register {
        page.say(
            &format!("eigen register: {own}"),
            &format!("own register: {own}"),
        );
    }
    for (name, of) in [
        ("DPIA", &record.references.dpia),
        (
            lang.of("advies FG", "officer's advice"),
            &record.references.advice,
        ),
    ] {
        if let Some((reference, date)) = of {
            page.item(&format!("{name}: {reference} ({date})"));
        }
    }
    if agreement.other_catalogue {
        page.say(
            "verteld naar een andere catalogus dan waarop is getekend",
            "told by another catalogue than the one it was signed on",
        );
    }
    if shown.unproven {
        page.say(
            "van een stap kan de handtekening hier niet worden bewezen",
            "the signature of a step cannot be proven here",
        );
    }
    let duties: Vec<String> = record
        .duties
        .iter()
        .map(|duty| {
            let unread = if duty.source_checked {
                ""
            } else {
                " (source_checked=false)"
            };
            format!("{}{unread}", duty.law)
        })
        .collect();
    let duties = duties.join("; ");
    page.say(
        &format!("register volgens {duties}"),
        &format!("register under {duties}"),
    );
}
