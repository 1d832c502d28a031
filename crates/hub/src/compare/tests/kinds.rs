//! Every kind of clause put to the engine: restricted desks and types, questions and answers, consent, break-glass.

use super::{Cell, agree, catalogue, cells, changed, content};
use seinhuis_domain::agreement::compare::{How, compare, lets};
use seinhuis_domain::agreement::{ConsentRule, Content};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::signal::IdKind;
use seinhuis_types::{Desk, SignalType};

/// Police report to two desks of Veilig Thuis, one type that is restricted by itself among them.
fn report(marked: &str) -> Content {
    let desks =
        format!("desks = [\"intake\", \"veilig\"]\nrestricted_desks = [{marked}]\nprocessing");
    let mut content = content(&[
        ("desks = [\"intake\"]\nprocessing", &desks),
        (
            "identity_sealed = true\ndesks = [\"intake\"]",
            "identity_sealed = true\ndesks = [\"intake\", \"veilig\"]",
        ),
        (
            "[clauses.basis]",
            "[[clauses.types]]\ncode = \"HONOUR_ALERT\"\nfields = [\"form\", \"severity\"]\n\n[clauses.basis]",
        ),
    ]);
    content.clauses.truncate(1);
    content
}

/// Those whose people and identifiers are as a clause has them: what the other tests vary stays.
fn few(contents: &[Content], catalogue: &Catalogue) -> Vec<Cell> {
    let mut all = cells(&contents.iter().collect::<Vec<_>>(), catalogue);
    all.retain(|cell| {
        let clauses = || contents.iter().flat_map(|content| &content.clauses);
        let fits = |people: u8| clauses().any(|clause| clause.max_subjects == people);
        fits(cell.people) && (cell.kind == IdKind::Number || cell.way.how == How::Answer)
    });
    all
}

#[test]
fn a_restricted_theme_is_gained_and_lost_by_desk_exactly_as_the_engine_says() {
    let catalogue = catalogue();
    let contents = [
        report(""),
        report("\"veilig\""),
        report("\"intake\", \"veilig\""),
    ];
    let all = few(&contents, &catalogue);
    let (_, open) = agree(&catalogue, &contents, &all);
    let safe = Desk::parse("veilig").unwrap();
    let honour = SignalType::parse("HONOUR_ALERT").unwrap();
    for (restricted_type, theme) in [(false, false), (false, true), (true, false), (true, true)] {
        let found = open.iter().filter(|cell| {
            (cell.signal_type == honour) == restricted_type
                && cell.restricted_theme == theme
                && cell.desk == safe
        });
        assert!(found.count() > 0, "{restricted_type} {theme}");
    }
    let [old, new, _] = &contents;
    let found = compare(&lets(old, &catalogue), &lets(new, &catalogue)).unwrap();
    let told = found.by_party(Some(old), new, &catalogue);
    let all: Vec<_> = told.iter().flat_map(|party| &party.sentences).collect();
    let says = |nl: &str, en: &str| {
        all.iter()
            .any(|one| one.nl.contains(nl) && one.en.contains(en))
    };
    assert!(
        says(
            "loket veilig, alleen over een afgeschermd thema (",
            "desk veilig, only about a restricted theme ("
        ),
        "{all:?}"
    );
    assert!(
        all.iter().all(|one| !one.nl.contains("loket intake")),
        "{all:?}"
    );
}

#[test]
fn questions_answers_consent_and_break_glass_are_gained_exactly_as_the_engine_says() {
    let catalogue = catalogue();
    let whole = changed("agreements/four-party.toml", &[]);
    let mut other = whole.clone();
    for clause in &mut other.clauses {
        clause.subject_roles.retain(|role| role.as_str() != "child");
        clause.break_glass = None;
        clause.consent = ConsentRule::None;
        clause.max_subjects = 1;
    }
    let contents = [whole, other];
    let all = few(&contents, &catalogue);
    let (gained, open) = agree(&catalogue, &contents, &all);
    assert!(gained > 0);
    let [whole, _] = &contents;
    for clause in &whole.clauses {
        let granted = clause.types.iter().map(|granted| &granted.code);
        for code in granted {
            let of = open.iter().filter(|cell| {
                cell.signal_type == *code
                    && cell.way.from == clause.from
                    && cell.way.to == clause.to
            });
            assert!(of.count() > 0, "{} {code}", clause.id);
        }
    }
    for how in [How::Send, How::Ask, How::Answer] {
        assert!(open.iter().any(|cell| cell.way.how == how), "{how:?}");
    }
    let count = |kind: &dyn Fn(&seinhuis_domain::agreement::Clause) -> bool| {
        whole.clauses.iter().filter(|clause| kind(clause)).count()
    };
    assert!(count(&|clause| clause.consent == ConsentRule::Needed) > 0);
    assert!(count(&|clause| clause.break_glass.is_some()) > 0);
}
