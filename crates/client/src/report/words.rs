//! What a report says, in words: follows from its content alone, so that it can be compared with it.
//!
//! Owns: the sentences, in Dutch and English. Must not know: who reads them. To the person they tell of
//! one class and never that there are others.

use super::AccessReport;
use seinhuis_domain::entry::{Absence, Class, Contradiction, Leaf, Run};
use seinhuis_proto::v1;
use seinhuis_types::{Hour, LeafIndex, hex};

/// Dutch and English side by side, so that neither says more.
struct Both {
    nl: String,
    en: String,
}

impl Both {
    fn line(&mut self, nl: impl AsRef<str>, en: impl AsRef<str>) {
        for (text, line) in [(&mut self.nl, nl.as_ref()), (&mut self.en, en.as_ref())] {
            text.push_str(line);
            text.push('\n');
        }
    }
}

/// The words of a report.
pub(super) fn of(report: &AccessReport) -> (String, String) {
    let mut text = Both {
        nl: String::new(),
        en: String::new(),
    };
    let for_subject = report.content.audience() == v1::Audience::Subject;
    let (maker, size) = (report.maker, report.under.checkpoint.size().get());
    let origin = report.under.checkpoint.origin();
    if for_subject {
        text.line(
            format!("Inzage voor de betrokkene in het log van {maker} ({origin}, {size} regels)."),
            format!("Access for the person to the log of {maker} ({origin}, {size} entries)."),
        );
    } else {
        text.line(
            format!(
                "Overzicht van het log van {maker} over één persoon, voor functionaris of \
                 toezichthouder ({origin}, {size} regels). Niet voor de betrokkene."
            ),
            format!(
                "The log of {maker} about one person, for an officer or the supervisory authority \
                 ({origin}, {size} entries). Not for the person."
            ),
        );
    }
    if report.chains.is_empty() {
        text.line(
            "Er zijn geen regels te tonen.",
            "There are no entries to show.",
        );
    }
    for entry in &report.content.entries {
        let by = report.said_erased.get(&LeafIndex(entry.index)).copied();
        entry_line(entry, by.flatten(), for_subject, &mut text);
    }
    for chain in &report.chains {
        chain_lines(chain, for_subject, &mut text);
    }
    others(report, for_subject, &mut text);
    let unplaced = report.chains.iter().map(|one| &one.verdict);
    let unplaced = unplaced.map(|verdict| verdict.count(Absence::Unplaced));
    if report.is_whole() && unplaced.fold(0, u32::saturating_add) > 0 {
        text.line(
            "Er is geen gat aangetoond. Of er niets ontbreekt is niet aan te tonen: van gewiste nummers is \
             niet meer te zien welke regels het waren.",
            "No gap is shown. That nothing is missing cannot be shown: of erased numbers it cannot be seen \
             any more which entries they were.",
        );
    } else if report.is_whole() {
        text.line(
            "Er ontbreekt niets in de getoonde reeksen.",
            "Nothing is missing in the chains that are shown.",
        );
    } else {
        text.line(
            "ER ONTBREEKT IETS, of regels spreken elkaar tegen: zie hierboven.",
            "SOMETHING IS MISSING, or entries contradict each other: see above.",
        );
    }
    text.line(
        "Elke regel staat bewezen in het log. Niet bewezen: dat de organisatie alles wat zij deed heeft \
         vastgelegd, dat er geen andere tellende systemen zijn, en wat na het laatste nummer komt. Ook \
         niet: of een toegestaan signaal is verstrekt, ook als er geen regel van een verstrekking staat. \
         Van wat gewist is staat erbij in welke regel de organisatie dat zelf deed; die regel schreef de \
         beheerder van het log op.",
        "Each entry is proven to be in the log. Not proven: that the organisation recorded all it did, \
         that no other of its systems counts, and what comes after the last number. Nor whether a \
         permitted signal was released, also where there is no entry of a release. Of what \
         is erased it is said in which entry the organisation did so itself; the hub wrote that entry.",
    );
    (text.nl, text.en)
}

fn entry_line(
    entry: &v1::ReportedEntry,
    erased_by: Option<LeafIndex>,
    for_subject: bool,
    text: &mut Both,
) {
    let facts = entry.facts.clone().unwrap_or_default();
    let hour = Leaf::parse(&entry.leaf).map(|leaf| moment(leaf.hour()));
    let hour = hour.unwrap_or_default();
    let index = entry.index;
    if entry.erased {
        erased_line(index, &hour, erased_by, text);
        return;
    }
    let (act_nl, act_en) = act(facts.act());
    let mut nl = format!("- regel {index}, {hour}: {act_nl}");
    let mut en = format!("- entry {index}, {hour}: {act_en}");
    if !facts.permitted {
        nl.push_str(" (geweigerd)");
        en.push_str(" (refused)");
    }
    let told: [(&str, &str, String); 7] = [
        ("van", "from", facts.source_oin),
        (
            "aan",
            "to",
            slash(&facts.recipient_oin, &facts.recipient_desk),
        ),
        ("convenant", "agreement", facts.agreement_hash),
        ("clausule", "clause", facts.clause_id),
        ("doel", "purpose", facts.purpose),
        ("grondslag", "basis", facts.basis.join(", ")),
        ("soort", "type", facts.signal_type),
    ];
    for (name_nl, name_en, value) in told.iter().filter(|(_, _, value)| !value.is_empty()) {
        nl.push_str(&format!("; {name_nl} {value}"));
        en.push_str(&format!("; {name_en} {value}"));
    }
    match facts.access_form.as_str() {
        "oral-only" if for_subject => {
            nl.push_str("; hierover wordt alleen mondeling inzage gegeven, op uw verzoek");
            en.push_str("; access to this is given orally only, at your request");
        }
        "oral-only" => {
            nl.push_str("; inzage door de betrokkene: alleen mondeling");
            en.push_str("; access by the person: orally only");
        }
        "written" => {
            nl.push_str("; inzage: schriftelijk");
            en.push_str("; access: in writing");
        }
        _ => {}
    }
    for ground in &facts.withheld {
        let (ground_nl, ground_en) = match ground.as_str() {
            "source-shield" => ("de bron is afgeschermd", "the source is shielded"),
            "visibility" => (
                "de regel is niet voor de betrokkene",
                "the entry is not for the person",
            ),
            other => (other, other),
        };
        if let Some(Class::After(day)) = Class::parse(ground) {
            nl.push_str(&format!(
                "; nog niet te vertellen: voor de betrokkene vanaf {day}"
            ));
            en.push_str(&format!(
                "; not to be told yet: for the person from {day} on"
            ));
            continue;
        }
        nl.push_str(&format!("; niet te vertellen: {ground_nl}"));
        en.push_str(&format!("; not to be told: {ground_en}"));
    }
    text.line(nl, en);
}

fn erased_line(index: u64, hour: &str, erased_by: Option<LeafIndex>, text: &mut Both) {
    match erased_by {
        Some(by) => text.line(
            format!("- regel {index}, {hour}: inhoud gewist na de bewaartermijn, in regel {by}"),
            format!("- entry {index}, {hour}: content erased after its term, in entry {by}"),
        ),
        None => text.line(
            format!(
                "- regel {index}, {hour}: ONTBREEKT: de inhoud heet gewist, en geen regel toont dat de \
                 organisatie die wiste"
            ),
            format!(
                "- entry {index}, {hour}: MISSING: its content is said to be erased, and no entry \
                 shows that the organisation erased it"
            ),
        ),
    }
}

fn chain_lines(one: &super::ChainReport, for_subject: bool, text: &mut Both) {
    let (chain, verdict) = (&one.chain, &one.verdict);
    let system: String = hex(&chain.holder).chars().take(8).collect();
    let (kind_nl, kind_en) = match chain.kind() {
        v1::IdKind::Number => ("burgerservicenummer", "citizen number"),
        v1::IdKind::Skn => ("strafrechtsketennummer", "criminal-chain number"),
        _ => ("eigen pseudoniem", "own pseudonym"),
    };
    let (class_nl, class_en) = match Class::parse(&chain.visibility) {
        Some(Class::After(day)) => (
            format!(", zichtbaar voor de betrokkene vanaf {day}"),
            format!(", visible to the person from {day} on"),
        ),
        _ if for_subject => (String::new(), String::new()),
        Some(Class::Subject) => (
            ", zichtbaar voor de betrokkene".to_owned(),
            ", visible to the person".to_owned(),
        ),
        _ => (
            ", alleen voor de toezichthouder".to_owned(),
            ", for the authority only".to_owned(),
        ),
    };
    let (epoch, last, shown) = (chain.epoch, verdict.last, verdict.shown);
    text.line(
        format!(
            "Reeks van systeem {system}, bekend door {kind_nl}, sleutelperiode {epoch}{class_nl}: \
             nummers 1 tot en met {last}, waarvan {shown} getoond."
        ),
        format!(
            "Chain of system {system}, known by {kind_en}, key epoch {epoch}{class_en}: numbers 1 up \
             to and including {last}, of which {shown} are shown."
        ),
    );
    for run in &verdict.absent {
        run_line(run, text);
    }
    for contradiction in &verdict.contradictions {
        match contradiction {
            Contradiction::Twice { number, index } => text.line(
                format!("  nummer {number} komt tweemaal voor, ook in regel {index}"),
                format!("  number {number} stands twice, also in entry {index}"),
            ),
            Contradiction::Replaced { number, index } => text.line(
                format!("  de regel na nummer {number} noemt een andere dan regel {index}"),
                format!("  the entry after number {number} names another than entry {index}"),
            ),
        }
    }
    if chain.taken > 0 {
        let taken = chain.taken;
        text.line(
            format!("  De eigen telling van dat systeem staat op {taken}."),
            format!("  That system's own count stands at {taken}."),
        );
    } else {
        text.line(
            "  Zonder de eigen telling van dat systeem: wat na het laatste nummer komt is niet \
             aangetoond.",
            "  Without that system's own count: what comes after the last number is not shown.",
        );
    }
}

fn run_line(run: &Run, text: &mut Both) {
    let Run { first, last, what } = *run;
    let (before, after) = (first.saturating_sub(1), last.saturating_add(1));
    let (nl, en) = match what {
        Absence::Void => (
            "gebruikt en nooit beantwoord; zo gezegd in latere regels".to_owned(),
            "taken and never answered; later entries say so".to_owned(),
        ),
        Absence::Erased => (
            "gewist na de bewaartermijn; de regel staat nog in het log".to_owned(),
            "erased after its term; the entry is still in the log".to_owned(),
        ),
        Absence::Unplaced => (
            "gewist na de bewaartermijn; welke regels het waren is niet meer aan te tonen"
                .to_owned(),
            "erased after their term; which entries they were cannot be shown any more".to_owned(),
        ),
        Absence::Missing => (
            format!("ONTBREEKT: er is iets weggelaten tussen nummer {before} en {after}"),
            format!("MISSING: something was left out between number {before} and {after}"),
        ),
    };
    text.line(
        format!("  nummers {first} tot en met {last}: {nl}"),
        format!("  numbers {first} up to and including {last}: {en}"),
    );
}

fn others(report: &AccessReport, for_subject: bool, text: &mut Both) {
    let list = |indexes: &[LeafIndex]| {
        let all: Vec<String> = indexes.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    if !report.unlinked.is_empty() {
        let unlinked = list(&report.unlinked);
        text.line(
            format!("Regels zonder schakel die bij hun blad past: {unlinked}."),
            format!("Entries without a link that fits their leaf: {unlinked}."),
        );
    }
    if !for_subject && !report.copied.is_empty() {
        let copied = list(&report.copied);
        text.line(
            format!("Incident, een briefje is overgenomen in regels van anderen: {copied}."),
            format!("Incident, a slip was copied into entries of others: {copied}."),
        );
    }
    if report.overdrawn {
        text.line(
            "Er heten meer nummers gewist dan er gewiste regels zijn.",
            "More numbers are said to be erased than there are erased entries.",
        );
    }
}

fn slash(oin: &str, desk: &str) -> String {
    match (oin.is_empty(), desk.is_empty()) {
        (true, _) => String::new(),
        (false, true) => oin.to_owned(),
        (false, false) => format!("{oin}/{desk}"),
    }
}

fn act(act: v1::Act) -> (&'static str, &'static str) {
    match act {
        v1::Act::Publish => ("besluit over een signaal", "decision on a signal"),
        v1::Act::Release => ("verstrekking aan de ontvanger", "release to the recipient"),
        v1::Act::Acknowledge => ("ontvangstmelding", "acknowledgement"),
        v1::Act::Convert => (
            "omzetting van eigen gegevens",
            "conversion of own identifiers",
        ),
        v1::Act::Rectify => (
            "rechtzetting van een eerder signaal",
            "rectification of an earlier signal",
        ),
        v1::Act::Consent => ("toestemming vastgelegd", "consent registered"),
        v1::Act::WithdrawConsent => ("toestemming ingetrokken", "consent taken back"),
        v1::Act::AcknowledgeWithdrawal => (
            "melding dat een intrekking is gezien",
            "acknowledgement of a withdrawal",
        ),
        v1::Act::Ask => ("besluit over een vraag", "decision on a question"),
        v1::Act::Answer => (
            "vastgelegd wat op een vraag antwoordt",
            "what answers a question was lodged",
        ),
        v1::Act::Tick => ("tijdstip van een vraag", "the tick of a question"),
        v1::Act::Search => ("zoekvraag in het log", "search of the log"),
        v1::Act::Read => ("inzage in regels", "reading of entries"),
        _ => ("andere handeling", "another act"),
    }
}

/// The beginning of an hour, UTC: days to a date of the Gregorian calendar.
fn moment(hour: Hour) -> String {
    let (days, hour) = (hour.0 / 24, hour.0 % 24);
    // Years begin in March, so that a leap day is the last of its year.
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = of_era / 36_524 - of_era / 146_096;
    let year_of_era = (of_era - of_era / 1_460 + leaps) / 365;
    let before = 365 * year_of_era + year_of_era / 4 - year_of_era / 100;
    let of_year = of_era - before;
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_of_era + era * 400 + next;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:00 UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_that_is_about_a_person_has_a_name() {
        let other = act(v1::Act::Unspecified);
        let named = [
            v1::Act::Publish,
            v1::Act::Release,
            v1::Act::Acknowledge,
            v1::Act::Convert,
            v1::Act::Rectify,
            v1::Act::Consent,
            v1::Act::WithdrawConsent,
            v1::Act::AcknowledgeWithdrawal,
            v1::Act::Search,
            v1::Act::Read,
        ];
        let names: std::collections::BTreeSet<_> = named.into_iter().map(act).collect();
        assert_eq!(names.len(), named.len());
        assert!(!names.contains(&other));
        assert!(act(v1::Act::Rectify).0.contains("rechtzetting"));
    }

    #[test]
    fn hours_are_dates() {
        for (hour, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (24 * 59 + 23, "1970-03-01 23:00 UTC"),
            (24 * 11_016, "2000-02-29 00:00 UTC"),
            (24 * 11_017 + 1, "2000-03-01 01:00 UTC"),
            (492_336, "2026-03-02 00:00 UTC"),
            (24 * 47_540, "2100-02-28 00:00 UTC"),
            (24 * 47_541, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(moment(Hour(hour)), expected);
        }
    }
}
