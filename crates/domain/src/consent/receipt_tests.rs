//! The receipt: in words that a citizen reads, and with nothing that may not lie on a table at home.

use super::export_tests::parties;
use super::tests::{good, of_age, parent, subject, withdrawn};
use super::*;

/// A receipt with the words of a catalogue.
pub(super) fn receipt(record: &ConsentRecord) -> String {
    let words = |code: &str| match code {
        "P-PLAN" => Some("één veiligheidsplan".to_owned()),
        "PLAN_AGREED" => Some("er is een plan afgesproken".to_owned()),
        _ => None,
    };
    let told = record.receipt(&parties(), words);
    told.unwrap_or_else(|fault| panic!("{fault}"))
}

fn says(receipt: &str, all: &[&str]) {
    for said in all {
        assert!(receipt.contains(said), "{said}: {receipt}");
    }
}

#[test]
fn the_subject_reads_in_its_own_language_what_it_agreed_to_and_how_to_take_it_back() {
    let told = receipt(&good());
    says(
        &told,
        &[
            "U hebt toestemming gegeven (2026-09-14)",
            "Wie deelt: Veilig Thuis Kennemerland\n",
            "Met wie: Raad voor de Kinderbescherming\n",
            "Waarvoor: één veiligheidsplan\n",
            "Wat: er is een plan afgesproken\n",
            "altijd intrekken, net zo makkelijk als u haar gaf, bij Veilig Thuis Kennemerland: \
             privacy@vt-kennemerland.example.",
            "a1b2c3d4",
        ],
    );
    // It may lie on a table at home: nobody who registered, no case, no representative is on it; and no
    // number or code that a citizen cannot read.
    for unsaid in [
        "worker-9",
        "dossier/17",
        "00000099",
        "P-PLAN",
        "PLAN_AGREED",
    ] {
        assert!(!told.contains(unsaid), "{unsaid}");
    }
    let mut english = withdrawn(good(), vec![subject()]);
    english.notice.language = Language::En;
    let told = receipt(&english);
    says(
        &told,
        &[
            "You took your consent back (2026-09-15)",
            "Any questions? Veilig Thuis Kennemerland: privacy@vt-kennemerland.example.",
        ],
    );
    assert!(!told.contains("at any time"), "{told}");
}

#[test]
fn what_another_did_for_the_subject_is_told_as_that_and_not_in_what_quality() {
    let mut child = of_age(AgeBand::Under12, ConsentLaw::Wmo, vec![parent(false)]);
    let given = receipt(&child);
    says(
        &given,
        &[
            "Voor u is toestemming gegeven door iemand",
            "hangt af van uw leeftijd en situatie",
        ],
    );
    assert!(!given.contains("U hebt toestemming gegeven"), "{given}");
    child.notice.language = Language::En;
    for (state, said) in [
        (ConsentState::Given, "Consent was given for you by somebody"),
        (
            ConsentState::Refused,
            "Consent was refused for you by somebody",
        ),
        (
            ConsentState::Withdrawn,
            "The consent was taken back by somebody",
        ),
    ] {
        child.acts[0].state = state;
        let told = receipt(&child);
        says(&told, &[said]);
        for quality in ["parent", "guardian", "curator", "judge"] {
            assert!(!told.contains(quality), "{quality}: {told}");
        }
    }
    // Whoever did it together with another did it.
    child.acts[0].state = ConsentState::Given;
    child.acts[0].by.push(subject());
    says(&receipt(&child), &["You gave consent"]);
}

#[test]
fn a_receipt_without_names_or_words_is_none() {
    for left in 0..2 {
        let mut fewer = parties();
        let gone = fewer.remove(left);
        let fault = good().receipt(&fewer, |_| Some(String::new()));
        assert_eq!(fault, Err(ConsentFault::Party(gone.oin)));
    }
    for unknown in ["P-PLAN", "PLAN_AGREED"] {
        let words = |code: &str| (code != unknown).then(String::new);
        let fault = good().receipt(&parties(), words).unwrap_err();
        assert_eq!(fault.code(), "CONSENT_WORDS");
        assert!(fault.to_string().contains(unknown), "{fault}");
    }
}
