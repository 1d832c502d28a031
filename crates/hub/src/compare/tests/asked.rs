//! Clauses for questions: who asks and who answers, told to each side in both languages.

use super::{catalogue, changed};
use seinhuis_domain::agreement::compare::{Change, How, compare, lets};
use seinhuis_domain::agreement::{Content, Mode};
use seinhuis_domain::catalogue::Catalogue;
use std::collections::BTreeSet;

/// How each sentence about questions and answers begins, in Dutch and English.
fn told(
    catalogue: &Catalogue,
    before: &Content,
    after: &Content,
    change: Change,
) -> BTreeSet<(String, String)> {
    let found = compare(&lets(before, catalogue), &lets(after, catalogue)).unwrap();
    let parties = found.by_party(Some(before), after, catalogue);
    let sentences = parties.into_iter().flat_map(|party| party.sentences);
    sentences
        .filter(|one| one.part.way.how != How::Send)
        .map(|one| {
            assert_eq!(one.change, change, "{}", one.nl);
            let start = |text: &str| text.split(": ").next().unwrap().to_owned();
            (start(&one.nl), start(&one.en))
        })
        .collect()
}

/// The same of these verbs: who asks, who is asked, who answers, who gets the answer.
fn wanted(verbs: [[&str; 2]; 4]) -> BTreeSet<(String, String)> {
    let (vt, police) = (
        "Veilig Thuis Kennemerland",
        "Politie, eenheid Noord-Holland",
    );
    let (ask, answer) = ("vt-pol-ask", "pol-vt-answer");
    let sides = [
        (vt, police, ask),
        (police, vt, ask),
        (police, vt, answer),
        (vt, police, answer),
    ];
    let both = sides
        .iter()
        .zip(verbs)
        .map(|((own, to, clause), [nl, en])| {
            let said = |verb: &str| format!("{own} {} ({clause})", verb.replace("{}", to));
            (said(nl), said(en))
        });
    both.collect()
}

#[test]
fn who_asks_and_who_answers_is_told_to_each() {
    let catalogue = catalogue();
    let with = changed("agreements/four-party.toml", &[]);
    let mut without = with.clone();
    without.clauses.retain(|clause| clause.mode != Mode::Ask);
    let mut other = with.clone();
    for clause in &mut other.clauses {
        clause.recipient_may_not_know = true;
    }
    assert_eq!(
        told(&catalogue, &without, &with, Change::Gains),
        wanted([
            ["mag nieuw vragen aan {}", "may newly ask {}"],
            [
                "kan nieuw worden bevraagd door {}",
                "can newly be asked by {}"
            ],
            ["mag nieuw antwoorden aan {}", "may newly answer {}"],
            ["krijgt nieuw antwoord van {}", "newly gets answers from {}"],
        ])
    );
    assert_eq!(
        told(&catalogue, &with, &without, Change::Loses),
        wanted([
            ["mag niet meer vragen aan {}", "may no longer ask {}"],
            [
                "kan niet meer worden bevraagd door {}",
                "can no longer be asked by {}"
            ],
            ["mag niet meer antwoorden aan {}", "may no longer answer {}"],
            [
                "krijgt geen antwoord meer van {}",
                "no longer gets answers from {}"
            ],
        ])
    );
    assert_eq!(
        told(&catalogue, &with, &other, Change::Changes),
        wanted([
            [
                "blijft vragen aan {}, op andere voorwaarden",
                "still asks {}, on other terms"
            ],
            [
                "blijft bevraagd door {}, op andere voorwaarden",
                "is still asked by {}, on other terms"
            ],
            [
                "blijft antwoorden aan {}, op andere voorwaarden",
                "still answers {}, on other terms"
            ],
            [
                "blijft antwoord krijgen van {}, op andere voorwaarden",
                "still gets answers from {}, on other terms",
            ],
        ])
    );
}
