//! The catalogue that is shipped.

use crate::catalogue::{BasisKind, Catalogue};
use seinhuis_types::SignalType;
use std::path::Path;

/// The files as they are in `config/catalogue`.
pub(super) fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/catalogue");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

pub(crate) fn shipped() -> Catalogue {
    Catalogue::load(&files()).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

#[test]
fn the_shipped_catalogue_has_no_fault() {
    assert_eq!(shipped().partner_roles().count(), 5);
}

#[test]
fn probation_and_board_tell_the_police_nothing_on_a_firm_basis() {
    let catalogue = shipped();
    for from in ["reclassering", "rvdk"] {
        let mut firm = catalogue.bases().filter(|basis| {
            basis.kind == BasisKind::Provide
                && basis.verified
                && !basis.consent
                && basis.covers_direction(from, "politie")
        });
        assert!(firm.next().is_none(), "{from}");
    }
}

#[test]
fn disclosures_under_wjsg_39f_and_51c_are_about_one_person() {
    let catalogue = shipped();
    for basis in catalogue.bases() {
        let traceable = basis
            .law
            .iter()
            .any(|law| law.to_string() == "Wjsg 39f(2)" || law.to_string() == "Wjsg 51c(3)");
        assert_eq!(basis.single_subject, traceable, "{}", basis.code);
    }
}

#[test]
fn police_data_go_with_a_reminder_of_secrecy() {
    let catalogue = shipped();
    let basis = catalogue.basis(&"POL-VT".parse().unwrap()).unwrap();
    let secrecy = basis.secrecy.as_ref().unwrap();
    assert_eq!(secrecy.law.to_string(), "Wpg 7(2)");
    assert!(secrecy.reminder.nl.contains("geheimhouding"));
}

#[test]
fn a_type_tells_its_marks_and_directions() {
    let catalogue = shipped();
    let inc_home = catalogue
        .signal_type(&SignalType::parse("INC_HOME").unwrap())
        .unwrap();
    let injury = "injury".parse().unwrap();
    let severity = "severity".parse().unwrap();
    let marks: Vec<&str> = inc_home
        .marks([&injury, &severity])
        .into_iter()
        .map(|mark| mark.as_str())
        .collect();
    assert_eq!(marks, ["special"]);
    assert!(inc_home.direction("politie", "veilig-thuis").is_some());
    assert!(inc_home.direction("veilig-thuis", "politie").is_none());
    assert!(inc_home.has_purpose(&"P-REPORT".parse().unwrap()));
    assert!(!inc_home.has_purpose(&"P-PROSECUTE".parse().unwrap()));
}

#[test]
fn the_view_of_the_subject_has_the_words_of_a_record_and_is_told_where_people_are_reported() {
    use crate::consent::SubjectView;
    let catalogue = shipped();
    let codes: Vec<&str> = catalogue
        .code_list("subject-view")
        .unwrap()
        .codes
        .keys()
        .map(|code| code.as_str())
        .collect();
    let mut words: Vec<&str> = SubjectView::ALL.iter().map(|view| view.as_str()).collect();
    words.sort_unstable();
    assert_eq!(codes, words);
    let told: Vec<&str> = catalogue
        .signal_types()
        .filter(|def| def.fields.values().any(|field| field.is_view()))
        .map(|def| def.code.as_str())
        .collect();
    for code in ["INC_HOME", "VT_NOTIFY", "VT_VTO", "HANDOVER"] {
        assert!(told.contains(&code), "{code}");
    }
    assert!(
        !told.contains(&"ASK") && !told.contains(&"ANSWER"),
        "of a question every field of the type is sealed, whatever the answer"
    );
}
