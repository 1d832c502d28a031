//! What the catalogue tells people: whole in both languages, and the matrix as it is.

use super::drawn::RENEW;
use super::shipped::shipped;
use crate::catalogue::Standing;
use crate::catalogue::tell::{Lang, What, explain, list, matrix, rows_json, rows_text};
use std::path::Path;

const EVERY: [What; 8] = [
    What::Types,
    What::Bases,
    What::Purposes,
    What::Codes,
    What::Roles,
    What::Ages,
    What::Denied,
    What::Themes,
];

#[test]
fn everything_that_is_listed_can_be_explained_in_both_languages() {
    let catalogue = shipped();
    let mut told = 0;
    for what in EVERY {
        let dutch = list(&catalogue, what, Lang::Nl);
        let english = list(&catalogue, what, Lang::En);
        assert_eq!(dutch.len(), english.len());
        for (nl, en) in dutch.iter().zip(&english) {
            assert_eq!(nl.code, en.code);
            assert!(!nl.label.is_empty() && !en.label.is_empty(), "{}", nl.code);
            let [nl, en] =
                [Lang::Nl, Lang::En].map(|lang| explain(&catalogue, &nl.code, lang).unwrap());
            let keys = |page: &crate::catalogue::tell::Page| -> Vec<&str> {
                page.facts.iter().map(|fact| fact.key).collect()
            };
            assert_eq!(keys(&nl), keys(&en), "{}", nl.code);
            assert!(!nl.facts.is_empty(), "{}", nl.code);
            assert_ne!(nl.text(), en.text(), "{}", nl.code);
            assert!(nl.text().contains(&nl.label) && nl.json()["code"] == nl.code.as_str());
            told += 1;
        }
        let lines = rows_text(&english);
        assert_eq!(lines.lines().count(), english.len());
        assert_eq!(rows_json(&english).as_array().unwrap().len(), english.len());
    }
    assert!(told > 230, "{told}");
}

#[test]
fn a_type_tells_who_what_why_how_soon_and_how_long() {
    let catalogue = shipped();
    let text = explain(&catalogue, "INC_HOME", Lang::En).unwrap().text();
    for told in [
        "Police -> Veilig Thuis, advice and report centre, P-REPORT: POL-VT + WMO-4-1-1-2; firm",
        "form (enum, required, criminal): Form or occasion",
        "injury (enum, special): Injury",
        "Without a required field the signal does not go.",
        "child: Child, at most 8",
        "together at most 12",
        "U3, 1 working days",
        "S3: U2, 4 hours",
        "R0, 24 hours after the last receipt, at most 168",
        "not legal advice",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let text = explain(&catalogue, "HONOUR_ALERT", Lang::Nl)
        .unwrap()
        .text();
    assert!(text.contains("alleen aan besloten loketten"), "{text}");
    let text = explain(&catalogue, "SHIELD", Lang::Nl).unwrap().text();
    assert!(text.contains("Een eigen aanroep van de hub"), "{text}");
}

#[test]
fn a_basis_tells_its_law_and_what_a_clause_needs() {
    let catalogue = shipped();
    let text = explain(&catalogue, "OM-RVDK", Lang::En).unwrap().text();
    for told in [
        "Wjsg 39f(1)(f): Judicial and Criminal Procedure Data Act, BWBR0014194, version of 2026-09-01, read",
        "function, date, hash of the opinion, law in the version of 2026-09-01",
        "without that attestation of each side the agreement is refused",
        "Whether 39e(1)(g) or 39f carries this",
        "a signal is about one person",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let firm = explain(&catalogue, "POL-VT", Lang::En).unwrap();
    assert!(firm.facts.iter().all(|fact| fact.key != "check"));
    let consent = explain(&catalogue, "VT-THIRD", Lang::En).unwrap().text();
    assert!(consent.contains("the subject's consent"));
}

#[test]
fn what_is_nowhere_is_told_with_the_nearest() {
    let catalogue = shipped();
    let told = |code: &str| explain(&catalogue, code, Lang::En).unwrap_err().to_string();
    assert_eq!(
        told("INC_HOM"),
        "`INC_HOM` is not in the catalogue; did you mean `INC_HOME`?"
    );
    assert_eq!(
        told("pol-vt"),
        "`pol-vt` is not in the catalogue; did you mean `POL-VT`?"
    );
    assert!(told("P-SAFTY").contains("`P-SAFETY`"));
    assert_eq!(
        told("gardening"),
        "`gardening` is not in the catalogue; `list` shows what is"
    );
}

/// The matrix as it is. Where the law as data changes, this file changes with it, on purpose.
#[test]
fn the_matrix_is_as_it_was_drawn() {
    let catalogue = shipped();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue/tests");
    for (lang, file) in [(Lang::Nl, "matrix.nl.txt"), (Lang::En, "matrix.en.txt")] {
        let (drawn, file) = (matrix(&catalogue, lang).text(), folder.join(file));
        if std::env::var_os(RENEW).is_some() {
            std::fs::write(&file, &drawn).unwrap();
            continue;
        }
        let kept = std::fs::read_to_string(&file).unwrap();
        assert!(
            drawn == kept,
            "not as in tests/matrix.*.txt; if it was meant, draw it anew with {RENEW}=1 and read the \
             difference:\n{drawn}"
        );
    }
}

#[test]
fn the_matrix_marks_what_is_denied() {
    let catalogue = shipped();
    let matrix = matrix(&catalogue, Lang::En);
    assert_eq!((matrix.from.len(), matrix.to.len()), (5, 16));
    assert_eq!(matrix.cells.len(), 5 * 16);
    for cell in &matrix.cells {
        assert_eq!(cell.standing.possible(), !cell.bases.is_empty(), "{cell:?}");
        assert!(
            cell.types.is_empty() || cell.standing.possible(),
            "{cell:?}"
        );
    }
    let employer = matrix.cell("veilig-thuis", "werkgever").unwrap();
    assert_eq!(employer.standing, Standing::Denied);
    assert!(employer.types.is_empty() && employer.denied.is_some());
    let html = matrix.html();
    assert_eq!(html.matches("<tr>").count(), 6);
    assert!(html.contains("<td class=\"denied\" title=\"An employer is told nothing"));
    assert_eq!(matrix.json().as_array().unwrap().len(), 80);
}

/// Some types of a way are firm and others not: each counts for what it is.
#[test]
fn the_matrix_counts_as_firm_only_what_is() {
    let catalogue = shipped();
    let matrix = matrix(&catalogue, Lang::En);
    let mut partly = 0;
    for cell in matrix.cells.iter().filter(|cell| !cell.types.is_empty()) {
        for code in &cell.types {
            let def = catalogue.signal_type(&code.parse().unwrap()).unwrap();
            let way = def.direction(&cell.from, &cell.to).unwrap();
            let firm = way.purposes.iter().any(|purpose| {
                catalogue.pair(&cell.from, &cell.to, purpose).standing == Standing::Firm
            });
            let way = (&cell.from, &cell.to);
            assert_eq!(!cell.attested.contains(code), firm, "{way:?} {code}");
        }
        let none = cell.attested.len() == cell.types.len();
        assert_eq!(cell.standing == Standing::Firm, !none, "{cell:?}");
        assert_eq!(cell.partly, !none && !cell.attested.is_empty(), "{cell:?}");
        partly += usize::from(cell.partly);
    }
    assert!(partly > 0);
    let feedback = matrix.cell("veilig-thuis", "rvdk").unwrap();
    assert!(feedback.partly);
    assert_eq!((feedback.types.len(), feedback.attested.len()), (18, 15));
    let text = matrix.text();
    assert!(text.contains("  3 + 15?"), "{text}");
    assert!(
        text.contains("\n  firm: VT_INV_OUT, VT_TAKEN, VT_TRIAGE\n"),
        "{text}"
    );
    assert!(matrix.html().contains("<td class=\"partly\""));
}

/// Where no type goes for what is denied, an attestation lifts nothing.
#[test]
fn a_denial_that_no_type_goes_past_says_so() {
    let catalogue = shipped();
    for (code, attested) in [
        ("probation-police", true),
        ("board-probation", true),
        ("board-police", false),
        ("board-prosecutor", false),
    ] {
        let page = explain(&catalogue, code, Lang::En).unwrap().text();
        let lifts = page.contains("only with the attestation of both sides");
        assert_eq!(lifts, attested, "{page}");
        assert_eq!(page.contains("no signal type goes this way"), !attested);
        let page = explain(&catalogue, code, Lang::Nl).unwrap().text();
        assert_eq!(page.contains("geen soort signaal"), !attested, "{page}");
    }
}
