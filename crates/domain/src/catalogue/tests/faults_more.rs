//! One broken catalogue for each kind of fault in themes, age rules, denied pairs, messages that are no
//! signals, and what a catalogue of a later edition must say.

use super::{SMALL, load, required_lists};
use crate::catalogue::Catalogue;

/// What the second edition can say besides; whole with `SMALL`.
pub(super) const MORE: &str = r#"
[[role]]
code = "school"
external = true
label = { nl = "School", en = "School" }

[[list]]
name = "form"
label = { nl = "Vorm", en = "Form" }
code = [{ code = "honour", label = { nl = "Eer", en = "Honour" } }]

[[list]]
name = "severity"
label = { nl = "Ernst", en = "Severity" }
code = [{ code = "S3", label = { nl = "Acuut", en = "Acute" } }]

[[urgency]]
code = "U2"
acknowledge_minutes = 240
label = { nl = "Vandaag", en = "Today" }

[[theme]]
code = "honour"
forms = ["honour"]
restricted = false
label = { nl = "Eer", en = "Honour" }

[[age_rule]]
code = "wpg-consent"
regime = "Wpg"
rights = ["consent"]
law = [{ law = "Wpg", article = "26(2)", version = "2025-07-01", source_checked = true }]
label = { nl = "Toestemming", en = "Consent" }
band = [
  { from = 0, acts = "representative" },
  { from = 12, acts = "either", incapable = "representative" },
  { from = 16, acts = "subject" },
]

[[denied]]
code = "police-school"
from = "politie"
to = "school"
except = []
reason = { nl = "Geen norm", en = "No norm" }
law = [{ law = "Wpg", article = "18(1)", version = "2025-07-01", source_checked = true }]
lifted_by = "attestation"

[[inform_rule]]
role = "veilig-thuis"
within_days = 28
step_days = 14
law = [{ law = "Wpg", article = "24a", version = "2025-07-01", source_checked = true }]
label = { nl = "Vier weken", en = "Four weeks" }

[[elsewhere]]
code = "ACK"
urgency = "U2" # ack
label = { nl = "Ontvangen", en = "Received" }
why = { nl = "Een aanroep", en = "A call" }
"#;

/// Breaks the catalogue and expects one fault, on the line where `at` stands.
fn fault(from: &str, to: &str, at: &str, what: &str, fix: &str) {
    let full = format!("{SMALL}{MORE}");
    assert_eq!(full.matches(from).count(), 1, "`{from}` must be there once");
    let text = full.replacen(from, to, 1);
    let faults = load(&text).expect_err("must be refused");
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 1, "{shown:#?}");
    assert!(text.contains(at), "`{at}` must be there");
    let line = text.split(at).next().unwrap().matches('\n').count() + 1;
    assert_eq!(
        (faults[0].file.as_str(), faults[0].line),
        ("small.toml", line),
        "{shown:?}"
    );
    assert!(faults[0].what.contains(what), "{shown:?}");
    assert!(faults[0].fix.contains(fix), "{shown:?}");
}

macro_rules! faults {
    ($($name:ident: $from:expr, $to:expr, $at:expr, $what:expr, $fix:expr;)*) => {
        $(#[test]
        fn $name() {
            fault($from, $to, $at, $what, $fix);
        })*
    };
}

#[test]
fn the_whole_of_the_second_edition_has_no_fault() {
    let whole = load(&format!("{SMALL}{MORE}"));
    assert!(whole.is_ok(), "{:#?}", whole.err());
}

const EITHER: &str = "{ from = 12, acts = \"either\", incapable = \"representative\" }";

faults! {
    an_age_that_no_law_knows_is_refused: EITHER, "{ from = 13, acts = \"either\" }",
        "{ from = 13", "at the age of 13", "0, 12, 16 or 18";
    bands_are_in_order_of_age: EITHER, "{ from = 0, acts = \"either\" }",
        "{ from = 0, acts = \"either\"", "does not come after", "in order";
    the_youngest_have_a_band: "{ from = 0, acts = \"representative\" },", "",
        "[[age_rule]]", "nothing of the youngest", "from 0";
    nobody_else_acts_for_those_of_age: "{ from = 16, acts = \"subject\" }",
        "{ from = 16, acts = \"both\" }", "[[age_rule]]", "those of age", "`subject`";
    a_band_says_who_acts: "{ from = 16, acts = \"subject\" }", "{ from = 16 }",
        "{ from = 16 }", "has no `acts`", "`representative`";
    a_right_is_one_of_few: "rights = [\"consent\"]", "rights = [\"oblivion\"]",
        "rights = [\"oblivion\"]", "not a right", "`erasure`";
    an_age_rule_names_a_law_that_is_there: "regime = \"Wpg\"\nrights", "regime = \"Wgbo\"\nrights",
        "regime = \"Wgbo\"", "the law `Wgbo`, which is nowhere", "Wpg";
    one_question_has_one_answer: "[[denied]]", concat!("[[age_rule]]\ncode = \"wpg-other\"\n",
        "regime = \"Wpg\"\nrights = [\"consent\"]\nlaw = [{ law = \"Wpg\", article = \"26\", ",
        "version = \"2025-07-01\", source_checked = true }]\nlabel = { nl = \"x\", en = \"x\" }\n",
        "band = [{ from = 0, acts = \"subject\" }]\n\n[[denied]]"),
        "code = \"wpg-other\"", "as `wpg-consent` does", "one of the two";
    a_denied_pair_is_of_roles_that_are_there: "to = \"school\"", "to = \"club\"", "to = \"club\"",
        "the partner role `club`, which is nowhere", "`school`";
    a_denied_pair_has_its_law: concat!("law = [{ law = \"Wpg\", article = \"18(1)\", ",
        "version = \"2025-07-01\", source_checked = true }]\nlifted_by"), "lifted_by",
        "[[denied]]", "has no law", "article";
    a_denied_pair_says_what_lifts_it: "lifted_by = \"attestation\"\n", "", "[[denied]]",
        "has no `lifted_by`", "`nothing`";
    a_denied_pair_has_its_reason_in_both_languages: "{ nl = \"Geen norm\", en = \"No norm\" }",
        "{ nl = \"Geen norm\" }", "{ nl = \"Geen norm\" }", "no English text", "en";
    a_pair_is_denied_once: "[[elsewhere]]", concat!("[[denied]]\ncode = \"police-school-2\"\n",
        "from = \"politie\"\nto = \"school\"\nreason = { nl = \"x\", en = \"x\" }\n",
        "law = [{ law = \"Wpg\", article = \"18(1)\", version = \"2025-07-01\", ",
        "source_checked = true }]\nlifted_by = \"nothing\"\n\n[[elsewhere]]"),
        "code = \"police-school-2\"", "is the pair of `police-school`", "in one row";
    a_firm_basis_and_a_denial_are_not_both_the_law: "to = \"school\"", "to = \"veilig-thuis\"",
        "code = \"police-school\"", "denies what the firm basis `POL-VT` allows", "mark the basis open";
    a_message_is_a_signal_or_it_is_not: "code = \"ACK\"", "code = \"INC_HOME\" # again",
        "code = \"INC_HOME\" # again", "is a signal type as well", "take one out";
    a_message_says_how_it_is_done_instead: "why = { nl = \"Een aanroep\", en = \"A call\" }\n", "",
        "[[elsewhere]]", "has no `why`", "why";
    a_theme_names_forms_that_are_there: "forms = [\"honour\"]", "forms = [\"honor\"]",
        "forms = [\"honor\"]", "the form `honor`, which is nowhere", "list `form`";
    a_type_names_themes_that_are_there: "acknowledge = \"opened\"",
        "acknowledge = \"opened\"\nthemes = [\"honor\"]", "themes = [\"honor\"]",
        "the theme `honor`, which is nowhere", "`honour`";
    urgency_by_severity_is_of_a_severity: "acknowledge = \"opened\"",
        "acknowledge = \"opened\"\nurgency_at = { S9 = \"U2\" }", "urgency_at",
        "the severity `S9`, which is nowhere", "list `severity`";
    urgency_by_severity_needs_the_severity: "acknowledge = \"opened\"",
        "acknowledge = \"opened\"\nurgency_at = { S3 = \"U2\" }", "urgency_at",
        "does not tell its severity", "add the field";
    urgency_by_severity_is_of_a_class: "acknowledge = \"opened\"",
        "acknowledge = \"opened\"\nurgency_at = { S3 = 2 }", "urgency_at",
        "`S3` has no urgency class", "S3";
    consent_is_of_a_basis_to_provide: "covers = [\"criminal\"]\n",
        "covers = [\"criminal\"]\nconsent = true\n", "[[basis]]\ncode = \"VT-SPECIAL\"",
        "`consent` goes only with a basis to provide", "take it out";
    an_open_question_says_what_is_to_be_checked: "covers = [\"criminal\"]\nverified = true",
        "covers = [\"criminal\"]\nverified = false", "code = \"VT-SPECIAL\"",
        "does not say what is to be checked", "check";
    an_article_that_was_not_read_says_what_is_to_be_checked:
        "article = \"5\", version = \"2025-07-01\", source_checked = true",
        "article = \"5\", version = \"2025-07-01\", source_checked = false", "code = \"VT-SPECIAL\"",
        "does not say what is to be checked", "check";
    what_is_checked_says_nothing_of_it: "covers = [\"criminal\"]\n",
        "covers = [\"criminal\"]\ncheck = { nl = \"x\", en = \"x\" }\n", "code = \"VT-SPECIAL\"",
        "is checked and says", "source_checked";
    a_purpose_that_nothing_serves_says_why: "[[elsewhere]]", concat!("[[purpose]]\n",
        "code = \"P-STAT\"\nlabel = { nl = \"x\", en = \"x\" }\nlaw = [{ law = \"Wpg\", ",
        "article = \"22\", version = \"2025-07-01\", source_checked = true }]\n\n[[elsewhere]]"),
        "code = \"P-STAT\"", "no type serves purpose `P-STAT`", "uncarried";
    a_purpose_that_a_type_serves_does_not_say_otherwise:
        "label = { nl = \"Melden\", en = \"Report\" }",
        "label = { nl = \"Melden\", en = \"Report\" }\nuncarried = { nl = \"x\", en = \"x\" }",
        "code = \"P-REPORT\"", "and one does", "take `uncarried` out";
    who_informs_takes_part: "role = \"veilig-thuis\"\nwithin", "role = \"school\"\nwithin",
        "role = \"school\"", "no role that takes part", "not external";
    a_term_to_inform_has_days: "within_days = 28", "within_days = 0", "within_days = 0",
        "`within_days` is not a whole number from 1 to 365", "365";
    a_step_of_informing_has_days: "step_days = 14\n", "", "[[inform_rule]]",
        "has no `step_days`", "step_days";
    a_duty_to_inform_has_its_law: concat!("law = [{ law = \"Wpg\", article = \"24a\", ",
        "version = \"2025-07-01\", source_checked = true }]\n"), "", "[[inform_rule]]",
        "has no law", "article";
    an_edition_that_is_to_come_is_refused: "edition = 2", "edition = 4", "edition = 4",
        "`edition` is not a whole number from 1 to 3", "1 to 3";
}

#[test]
fn an_outside_party_sends_nothing_and_gets_nothing_that_is_denied() {
    let way = "\n[[type.direction]]\nfrom = \"school\"\nto = \"veilig-thuis\"\npurposes = [\"P-REPORT\"]\n";
    let small = format!("{SMALL}{way}{MORE}");
    let faults = load(&small).expect_err("must be refused");
    assert!(
        faults
            .iter()
            .any(|f| f.what == "type `INC_HOME` goes out from `school`, who only receives"),
        "{faults:?}"
    );
    let way =
        "\n[[type.direction]]\nfrom = \"politie\"\nto = \"school\"\npurposes = [\"P-REPORT\"]\n";
    let small = format!("{SMALL}{way}{MORE}");
    let barred = "type `INC_HOME` goes from `politie` to `school`, which is denied";
    let told = |text: &str| {
        let faults = load(text).expect_err("must be refused");
        faults.iter().any(|f| f.what == barred)
    };
    assert!(!told(&small), "attestation lifts it");
    assert!(told(&small.replace("\"attestation\"", "\"nothing\"")));
}

#[test]
fn what_is_only_about_restricted_themes_goes_to_restricted_desks() {
    let whole = format!("{SMALL}{MORE}").replace("restricted = false", "restricted = true");
    let open = whole.replace(
        "acknowledge = \"opened\"",
        "acknowledge = \"opened\"\nthemes = [\"honour\"]",
    );
    let faults = load(&open).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].what.contains("goes to every desk"), "{faults:?}");
    assert!(faults[0].fix.contains("restricted = true"), "{faults:?}");
    let closed = open.replace("themes = [", "restricted = true\nthemes = [");
    assert!(load(&closed).is_ok());
}

#[test]
fn an_edition_is_said_once() {
    let faults = Catalogue::load(&[
        ("a.toml".to_owned(), SMALL.to_owned()),
        (
            "b.toml".to_owned(),
            format!("edition = 2\n{}", required_lists()),
        ),
    ])
    .expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].file.as_str(), faults[0].line), ("b.toml", 1));
    assert!(
        faults[0].fix.contains("the first is at a.toml:2"),
        "{faults:?}"
    );
}

/// Agreements were signed on catalogues of before the second edition: they still load.
#[test]
fn an_older_catalogue_is_not_held_to_later_rules() {
    let older = SMALL.replace("edition = 2\n", "").replace(
        "covers = [\"criminal\"]\nverified = true",
        "covers = [\"criminal\"]\nverified = false",
    );
    assert!(load(&older).is_ok(), "{:?}", load(&older).err());
}

/// `SMALL`, open to two purposes both ways, with a question from police to Veilig Thuis, an answer back for
/// the purpose `answer` if it is one, or both.
fn asking(edition: &str, ask: bool, answer: &str) -> String {
    let kind = |code: &str, way: &str| {
        let row = SMALL.split("[[type]]").nth(1).unwrap();
        let row = row.split("[[type.direction]]").next().unwrap();
        let row = row.replace("INC_HOME", code);
        format!("[[type]]{row}[[type.direction]] # {code}\n{way}")
    };
    let there = "from = \"politie\"\nto = \"veilig-thuis\"\npurposes = [\"P-REPORT\"]\n";
    let back = "from = \"veilig-thuis\"\nto = \"politie\"\npurposes = [\"P-REPORT\"]\n";
    // Every basis is for both ways, and for another purpose too.
    let both = "[\"politie\", \"veilig-thuis\"]";
    let small = SMALL
        .replace("edition = 2", edition)
        .replace("from = [\"politie\"]", &format!("from = {both}"))
        .replace("to = [\"veilig-thuis\"]", &format!("to = {both}"))
        .replace(
            "purposes = [\"P-REPORT\"]\nregime",
            "purposes = [\"P-REPORT\", \"P-OTHER\"]\nregime",
        )
        .replace(
            "purposes = [\"P-REPORT\"]\nverified",
            "purposes = [\"P-REPORT\", \"P-OTHER\"]\nverified",
        );
    let other = "[[purpose]]\ncode = \"P-OTHER\"\nlabel = { nl = \"x\", en = \"x\" }\n\
        law = [{ law = \"Wpg\", article = \"18(1)\", version = \"2025-07-01\", source_checked = true }]\n\
        uncarried = { nl = \"x\", en = \"x\" }\n";
    let mut text = format!("{small}\n{other}");
    if ask {
        text.push_str(&kind("ASK", there));
    }
    match answer {
        "" => {}
        purpose => text.push_str(&kind("ANSWER", &back.replace("P-REPORT", purpose))),
    }
    if answer == "P-OTHER" {
        text = text.replace("uncarried = { nl = \"x\", en = \"x\" }\n", "");
    }
    text
}

#[test]
fn what_cannot_be_answered_is_not_asked() {
    let refused = |text: &str| -> Vec<String> {
        let faults = load(text).expect_err("must be refused");
        for fault in &faults {
            let code = fault.what.split('`').nth(1).unwrap();
            let at = format!("[[type.direction]] # {code}\n");
            let line = text.split(&at).next().unwrap().matches('\n').count() + 1;
            assert_eq!(fault.line, line, "{faults:?}");
            assert!(fault.fix.starts_with("add the way back"), "{faults:?}");
        }
        faults.into_iter().map(|fault| fault.what).collect()
    };
    let asked = "type `ASK` goes from `politie` to `veilig-thuis` for `P-REPORT`, and `ANSWER` does not go back for it";
    let answered = |purpose: &str| {
        format!(
            "type `ANSWER` goes from `veilig-thuis` to `politie` for `{purpose}`, and `ASK` does not go back for it"
        )
    };
    let third = "edition = 3";
    let whole = load(&asking(third, true, "P-REPORT"));
    assert!(whole.is_ok(), "{:?}", whole.err());
    assert_eq!(refused(&asking(third, true, "")), [asked]);
    assert_eq!(
        refused(&asking(third, false, "P-REPORT")),
        [answered("P-REPORT")]
    );
    // Back for another purpose is not back.
    let other = refused(&asking(third, true, "P-OTHER"));
    assert_eq!(other, [asked.to_owned(), answered("P-OTHER")]);
    // Agreements were signed on the second edition.
    assert!(load(&asking("edition = 2", true, "")).is_ok());
}
