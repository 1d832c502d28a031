//! Faults are told by line and place and repeat nothing; the examples in `config/examples` are read.

use super::*;
use seinhuis_types::Hour;

const NOW: Millis = Millis(1_790_000_000_000);
const EXAMPLE: &str = include_str!("../../../../config/examples/inc-home.toml");
const QUESTION: &str = include_str!("../../../../config/examples/ask.toml");

fn fault(text: &str) -> FileError {
    read(text, NOW, None).unwrap_err()
}

/// The example with one text in the place of another; the fault, and the line of the change.
fn changed(from: &str, to: &str) -> (FileError, usize) {
    assert!(EXAMPLE.contains(from), "{from}");
    let line = crate::line::number(EXAMPLE, EXAMPLE.find(from).unwrap());
    (fault(&EXAMPLE.replacen(from, to, 1)), line)
}

#[test]
fn the_example_is_a_signal() {
    let file = read(EXAMPLE, NOW, None).unwrap();
    assert_eq!(file.desk.as_str(), "huiselijk-geweld");
    assert_eq!(file.to.len(), 1);
    assert_eq!(file.to[0].clause.as_str(), "pol-vt-report");
    let other = AgreementHash::parse(&format!("$1$1${}", "B".repeat(86))).unwrap();
    assert_eq!(
        read(EXAMPLE, NOW, Some(&other)).unwrap().to[0].agreement,
        other
    );
    let shown = format!("{file:?}");
    assert!(
        !shown.contains("123456782") && !shown.contains("medewerker"),
        "{shown}"
    );
}

#[test]
fn the_example_of_a_question_is_one() {
    let file = read(QUESTION, NOW, None).unwrap();
    assert_eq!(file.to.len(), 1);
    let shown = format!("{:?}", file.signal);
    for named in ["signal_type: ASK,", "[due, question, question_ref]"] {
        assert!(shown.contains(named), "{shown}");
    }
    assert!(!shown.contains("111222333"), "{shown}");
}

#[test]
fn a_fault_is_told_by_its_line_and_place() {
    let cases = [
        ("type = \"INC_HOME\"", "type = \"inc home\"", "type"),
        ("regime = \"WPG\"", "regime = \"wpg\"", "regime"),
        ("wpg_article = \"8\"", "wpg_article = 8", "wpg_article"),
        ("event = \"now\"", "event = \"soon\"", "event"),
        ("event = \"now\"", "event = 2026-09-14T10:00:00", "event"),
        (
            "role = \"suspect\"",
            "role = \"Suspect!\"",
            "subjects[0].role",
        ),
        (
            "number = \"123456782\"",
            "number = \"123456789\"",
            "subjects[0].number",
        ),
        (
            "number = \"123456782\"",
            "number = 123456782",
            "subjects[0].number",
        ),
        (
            "identity = \"number\"",
            "identity = \"name\"",
            "subjects[0].identity",
        ),
        (
            "children_count = 2",
            "children_count = 2.5",
            "fields.children_count",
        ),
        (
            "[\"physical\", \"psychological\"]",
            "[\"physical\", \"physical\"]",
            "fields.nature",
        ),
        ("own = \"", "own = \"x", "case.own"),
        (
            "person = \"medewerker-17\"",
            "person = \"123456782\"",
            "source.person",
        ),
        ("oin = \"00000099000000050000\"", "oin = \"5\"", "to[0].oin"),
    ];
    for (from, to, place) in cases {
        let (fault, line) = changed(from, to);
        assert_eq!(
            (fault.line, fault.place.as_str()),
            (line, place),
            "{to}: {fault}"
        );
        assert!(!fault.to_string().contains("12345678"), "{fault}");
    }
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let (missing, _) = changed("purpose = \"P-REPORT\"", "");
    assert_eq!(missing.place, "purpose");
    let (unknown, line) = changed("purpose = ", "doel = ");
    assert_eq!(unknown.line, line);
    assert!(unknown.rule.contains("purpose"), "{unknown}");
    let (unknown, _) = changed("role = \"suspect\"", "naam = \"x\"\nrole = \"suspect\"");
    assert!(unknown.to_string().starts_with("line"), "{unknown}");
    assert_eq!(unknown.place, "subjects[0]");
    let (recipients, rest) = EXAMPLE.split_at(EXAMPLE.find("[[subjects]]").unwrap());
    let (root, _) = recipients.split_at(recipients.find("[[to]]").unwrap());
    assert_eq!(fault(&format!("{root}{rest}")).place, "to");
}

#[test]
fn a_fault_never_repeats_what_stands_there() {
    for text in [
        "123456782 = 1",
        "type = 123456782",
        "type = \"123456782\"",
        "= 123456782",
        "a = 123456782x",
        "type = 1\n123456782",
    ] {
        let told = fault(text).to_string();
        assert!(!told.contains("12345678"), "{told}");
    }
    let (fault, _) = changed("form = \"partner\"", "\"123456782\" = 1");
    assert!(!fault.to_string().contains("12345678"), "{fault}");
}

#[test]
fn a_subject_is_named_in_exactly_one_way() {
    let (two, _) = changed(
        "number = \"123456782\"",
        "number = \"123456782\"\nskn = \"42\"",
    );
    assert!(two.rule.contains("exactly one"), "{two}");
    let (none, _) = changed("number = \"111222333\"\n", "");
    assert!(none.rule.contains("exactly one"), "{none}");
    let child = "role = \"child\"\nage_band = \"0-11\"\nidentity = \"number\"";
    let unnamed = EXAMPLE.replace(child, "role = \"child\"\nage_band = \"0-11\"");
    let skn = unnamed.replacen("number = \"999990019\"", "skn = \"42\"", 1);
    assert!(read(&skn, NOW, None).is_ok());
    let bad = EXAMPLE.replacen("number = \"999990019\"", "own = \"ff\"", 1);
    assert_eq!(fault(&bad).place, "subjects[2].own");
}

#[test]
fn a_person_without_a_number_is_sealed_by_name() {
    let person = "identity = { family_name = \"Voorbeeld\", initials = \"V.\", birth_date = \"1980-01-00\", \
                  postcode = \"1234AB\", house_number = \"1\" }";
    let text = EXAMPLE.replacen("identity = \"number\"", person, 1);
    assert!(read(&text, NOW, None).is_ok());
    let wrong = fault(&text.replacen("1980-01-00", "1980", 1));
    assert_eq!(wrong.place, "subjects[0].identity");
    assert!(!wrong.to_string().contains("Voorbeeld"), "{wrong}");
}

#[test]
fn values_get_their_one_canonical_form() {
    let canonical = |value: &str| {
        let parsed = toml::de::DeValue::parse(value).unwrap();
        value::canonical(parsed.get_ref()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let is = |value, wanted: &str| assert_eq!(canonical(value).as_deref(), Some(wanted), "{value}");
    is("\"partner\"", "partner");
    is("true", "yes");
    is("false", "no");
    is("-7", "-7");
    is("1_000", "1000");
    is("[\"b\", \"a\"]", "a,b");
    is("2026-09-14", "2026-09-14");
    is("1970-01-02T01:59:00+01:00", "24");
    is(
        "{ hex = \"4142434445464748494a4b4c4d4e4f50\" }",
        "ABCDEFGHIJKLMNOP",
    );
    for bad in [
        "1.5",
        "[1]",
        "[\"a,b\"]",
        "{ hex = \"00\" }",
        "{ hex = \"0\", x = 1 }",
        "2026-09-14T10:00:00",
    ] {
        assert_eq!(canonical(bad), None, "{bad}");
    }
}

#[test]
fn an_hour_is_the_one_the_moment_falls_in() {
    let moment = "1970-01-02T01:59:00+01:00".parse().unwrap();
    assert_eq!(table::hour(&moment), Some(Hour(24)));
    let local = "1970-01-02T01:59:00".parse().unwrap();
    assert_eq!(table::hour(&local), None);
}
