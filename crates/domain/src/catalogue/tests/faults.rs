//! One broken catalogue for each kind of fault in laws, bases and small tables: file, line and fix.

use super::{SMALL, edited, load, required_lists};
use crate::catalogue::Catalogue;

/// Breaks the small catalogue and expects one fault, on the line where `at` stands, that says `what`
/// and how to `fix` it.
pub(super) fn fault(from: &str, to: &str, at: &str, what: &str, fix: &str) {
    let text = edited(from, to);
    let faults = load(&text).expect_err("must be refused");
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 1, "{shown:#?}");
    let line = text.split(at).next().unwrap().matches('\n').count() + 1;
    assert!(text.contains(at), "`{at}` must be there");
    assert_eq!(
        (faults[0].file.as_str(), faults[0].line),
        ("small.toml", line),
        "{shown:?}"
    );
    assert!(faults[0].what.contains(what), "{shown:?}");
    assert!(faults[0].fix.contains(fix), "{shown:?}");
}

#[test]
fn the_small_catalogue_has_no_fault() {
    assert!(load(SMALL).is_ok(), "{:#?}", load(SMALL).err());
}

#[test]
fn broken_toml_is_named_with_its_line() {
    let text = edited("max_subjects = 6", "max_subjects = = 6");
    let faults = load(&text).expect_err("must be refused");
    let line = text
        .split("max_subjects = =")
        .next()
        .unwrap()
        .matches('\n')
        .count()
        + 1;
    assert!(
        faults
            .iter()
            .all(|f| f.file == "small.toml" && f.line == line),
        "{faults:?}"
    );
    assert!(faults[0].what.contains("not TOML"), "{faults:?}");
}

#[test]
fn an_unknown_key_is_refused() {
    let at = "remark";
    fault(
        "max = 20",
        "max = 20\nremark = 1",
        at,
        "unknown key `remark`",
        "label",
    );
}

#[test]
fn an_unknown_table_is_refused() {
    fault(
        "[[region]]",
        "[[gebied]]",
        "gebied",
        "the file has an unknown key `gebied`",
        "region",
    );
}

#[test]
fn an_absent_dutch_text_is_refused() {
    let (from, to) = (
        "{ nl = \"Melden\", en = \"Report\" }",
        "{ en = \"Report\" }",
    );
    fault(
        from,
        to,
        to,
        "purpose `P-REPORT`: `label` has no Dutch text",
        "nl",
    );
}

#[test]
fn an_empty_english_text_is_refused() {
    let (from, to) = ("en = \"Report\"", "en = \" \"");
    fault(from, to, to, "has no English text", "en");
}

#[test]
fn an_absent_label_is_refused() {
    let from = "label = { nl = \"Kennemerland\", en = \"Kennemerland\" }\n";
    fault(
        from,
        "",
        "[[region]]",
        "region `kennemerland` has no `label`",
        "label",
    );
}

#[test]
fn a_code_that_is_there_twice_is_refused() {
    let again = "[[role]]\ncode = \"politie\" # again\nlabel = { nl = \"P\", en = \"P\" }\n";
    let first = SMALL
        .split("code = \"politie\"")
        .next()
        .unwrap()
        .matches('\n')
        .count();
    let last = first + 1;
    let fix = format!("the first is at small.toml:{last}");
    let to = format!("{again}\n[[subject_role]]");
    fault(
        "[[subject_role]]",
        &to,
        "code = \"politie\" # again",
        "role `politie` is there twice",
        &fix,
    );
}

#[test]
fn a_code_that_is_twice_in_a_list_is_refused() {
    let to = "code = \"physical\", label = { nl = \"Psychisch\"";
    let from = "code = \"psychological\", label = { nl = \"Psychisch\"";
    fault(from, to, to, "`physical` is there twice", "take one out");
}

#[test]
fn a_code_out_of_its_alphabet_is_refused() {
    let to = "code = \"Kennemer Land\"";
    fault(
        "code = \"kennemerland\"",
        to,
        to,
        "is `Kennemer Land`, not a region",
        "a-z",
    );
}

#[test]
fn a_basis_without_law_is_refused() {
    let from = "law = [{ law = \"Wpg\", article = \"5\", version = \"2025-07-01\", source_checked = true }]\n";
    fault(
        from,
        "",
        "[[basis]]\ncode = \"VT-SPECIAL\"",
        "basis `VT-SPECIAL` has no law",
        "article",
    );
}

#[test]
fn a_basis_with_an_empty_law_is_refused() {
    let from = "law = [{ law = \"Wpg\", article = \"5\", version = \"2025-07-01\", source_checked = true }]";
    fault(
        from,
        "law = []",
        "[[basis]]\ncode = \"VT-SPECIAL\"",
        "has no law",
        "article",
    );
}

#[test]
fn a_law_that_is_nowhere_is_refused() {
    let to = "law = \"Wgp\", article = \"5\"";
    fault(
        "law = \"Wpg\", article = \"5\"",
        to,
        to,
        "the law `Wgp`, which is nowhere",
        "`Wpg`",
    );
}

#[test]
fn a_law_reference_says_whether_it_was_read() {
    let from = "article = \"5\", version = \"2025-07-01\", source_checked = true";
    let to = "article = \"5\", version = \"2025-07-01\"";
    fault(from, to, to, "has no `source_checked`", "source_checked");
}

#[test]
fn a_version_is_a_day() {
    let to = "article = \"5\", version = \"2025\"";
    let from = "article = \"5\", version = \"2025-07-01\"";
    fault(from, to, to, "not a version", "YYYY-MM-DD");
}

#[test]
fn a_law_has_a_bwb_id_or_a_celex_number() {
    let to = "id = \"BWBR22463\"";
    fault("id = \"BWBR0022463\"", to, to, "law identifier", "CELEX");
    assert!(load(&edited("id = \"BWBR0022463\"", "id = \"32016R0679\"")).is_ok());
}

#[test]
fn a_purpose_of_a_basis_exists() {
    let from = "purposes = [\"P-REPORT\"]\nregime";
    let to = "purposes = [\"P-REPORT\", \"P-HELP\"]\nregime";
    fault(
        from,
        to,
        to,
        "basis `POL-VT` names the purpose `P-HELP`",
        "`P-REPORT`",
    );
}

#[test]
fn a_role_of_a_basis_exists() {
    let (from, to) = ("from = [\"politie\"]", "from = [\"politie\", \"school\"]");
    fault(from, to, to, "the partner role `school`", "`politie`");
}

#[test]
fn an_onward_rule_exists() {
    let (from, to) = ("onward = \"none\"", "onward = \"free\"");
    fault(from, to, to, "the onward rule `free`", "`none`");
}

#[test]
fn a_basis_to_provide_says_regime_and_secrecy_and_others_do_not() {
    let at = "[[basis]]\ncode = \"POL-VT\"";
    fault(
        "onward = \"none\"\n",
        "",
        at,
        "basis `POL-VT` has no `onward`",
        "add it",
    );
    let at = "[[basis]]\ncode = \"VT-TASK\"";
    let from = "kind = \"receive\"\n";
    fault(
        from,
        "kind = \"receive\"\nregime = \"AVG\"\n",
        at,
        "only with a basis to provide",
        "out",
    );
    let to = "kind = \"receive\"\ncovers = [\"special\"]\n";
    fault(from, to, at, "only with a special basis", "out");
}

#[test]
fn police_data_name_their_articles_and_never_informants() {
    let at = "[[basis]]\ncode = \"POL-VT\"";
    fault(
        "wpg_articles = [\"8\"]\n",
        "",
        at,
        "names no Wpg articles",
        "13.1",
    );
    let to = "wpg_articles = [\"8\", \"12\"]";
    fault(
        "wpg_articles = [\"8\"]",
        to,
        to,
        "Wpg 12 are never shared",
        "Bpg 4:5(2)",
    );
    let to = "kind = \"receive\"\nwpg_articles = [\"8\"]";
    fault(
        "kind = \"receive\"",
        to,
        "wpg_articles = [\"8\"]\nlabel = { nl = \"Taak\"",
        "not about police",
        "out",
    );
}

#[test]
fn an_urgency_has_one_term() {
    let to = "acknowledge_minutes = 15\nacknowledge_working_days = 1";
    fault(
        "acknowledge_minutes = 15",
        to,
        "[[urgency]]",
        "has not one term",
        "one of the two",
    );
}

#[test]
fn a_retention_is_no_longer_than_its_cap() {
    fault(
        "hours = 24\n",
        "hours = 200\n",
        "hours = 200",
        "`hours` is above `cap_hours`",
        "raise it",
    );
}

#[test]
fn a_missing_required_list_is_named() {
    let lists = required_lists().replace("\"necessity\"", "\"necessities\"");
    let faults = Catalogue::load(&[
        ("small.toml".to_owned(), SMALL.to_owned()),
        ("lists.toml".to_owned(), lists),
    ])
    .expect_err("must be refused");
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(
        shown[0].starts_with("catalogue:0: there is no code list `necessity`; add"),
        "{shown:?}"
    );
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let text = edited("max = 20", "max = 2000000000")
        .replace("onward = \"none\"", "onward = \"free\"")
        .replace("subjects = { child = 4 }", "subjects = { adult = 4 }");
    let faults = load(&text).expect_err("must be refused");
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(faults.len(), 4, "{faults:#?}");
    assert!(lines.is_sorted(), "{lines:?}");
    assert!(faults.iter().all(|fault| !fault.fix.is_empty()));
}
