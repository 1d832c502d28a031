//! One broken catalogue for each kind of fault in codes, fields and types: file, line and fix.

use super::faults::fault;

#[test]
fn an_int_of_nine_digits_is_refused() {
    let text = super::edited("max = 20", "max = 100000000");
    let faults = super::load(&text).expect_err("must be refused");
    let line = text
        .split("max = 100000000")
        .next()
        .unwrap()
        .matches('\n')
        .count()
        + 1;
    assert!(
        faults
            .iter()
            .any(|f| f.line == line && f.what.contains("`count` could carry 9 digits")),
        "{faults:?}"
    );
    assert!(
        faults.iter().all(|f| f.what.contains("9 digits")),
        "{faults:?}"
    );
}

#[test]
fn ints_that_together_have_nine_digits_are_refused() {
    let field = "\n[[field]]\nname = \"more\"\nkind = \"int\"\nmin = 0\nmax = 9999999\n\
                 label = { nl = \"x\", en = \"x\" }\n\n[[urgency]]";
    let text = super::edited("[[urgency]]", field)
        .replace("\"count\", \"ref\"]", "\"count\", \"more\", \"ref\"]");
    let faults = super::load(&text).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].what.contains("whole numbers together"),
        "{faults:?}"
    );
    let line = text
        .split("code = \"INC_HOME\"")
        .next()
        .unwrap()
        .matches('\n')
        .count()
        + 1;
    assert_eq!(faults[0].line, line);
    assert!(faults[0].fix.contains("narrow"));
}

#[test]
fn a_code_of_nine_digits_is_refused() {
    let to = "code = \"c123456782\", label = { nl = \"Psychisch\"";
    let from = "code = \"psychological\", label = { nl = \"Psychisch\"";
    fault(from, to, to, "nine digits", "citizen number");
}

#[test]
fn a_set_of_codes_with_nine_digits_is_refused() {
    let text = super::edited("code = \"physical\"", "code = \"12345\"")
        .replace("code = \"psychological\"", "code = \"6789\"");
    let faults = super::load(&text).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0]
            .what
            .contains("field `nature` could carry 9 digits"),
        "{faults:?}"
    );
    assert!(faults[0].fix.contains("use words"));
}

#[test]
fn a_set_that_does_not_fit_a_sealed_field_is_refused() {
    let long = ["a", "b", "c"].map(|code| {
        let code = code.repeat(22);
        format!("  {{ code = \"{code}\", label = {{ nl = \"x\", en = \"x\" }} }},\n")
    });
    let text = super::edited("code = [\n", &format!("code = [\n{}", long.concat()))
        .replace("max = 2\n", "max = 3\n");
    let faults = super::load(&text).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].what.contains("68 bytes long, more than the 62"),
        "{faults:?}"
    );
}

#[test]
fn opaque_is_sixteen_bytes() {
    let to = "kind = \"opaque\"\nbytes = 32";
    fault(
        "kind = \"opaque\"",
        to,
        "bytes = 32",
        "`bytes` is not a whole number from 16 to 16",
        "16",
    );
}

#[test]
fn there_is_no_kind_for_text() {
    let to = "kind = \"text\"";
    fault(
        "kind = \"opaque\"",
        to,
        to,
        "field `ref`: `kind` is `text`",
        "`enum`",
    );
}

#[test]
fn reserved_and_prefixed_field_names_are_refused() {
    for name in ["case", "identity", "identity/0"] {
        let text = super::edited("name = \"ref\"", &format!("name = \"{name}\""))
            .replace("\"count\", \"ref\"]", "\"count\"]");
        let faults = super::load(&text).expect_err("must be refused");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].what.contains("not a field name"), "{faults:?}");
        assert!(faults[0].fix.contains("without `/`"), "{faults:?}");
    }
}

#[test]
fn a_list_of_a_field_exists() {
    let (from, to) = ("list = \"nature\"", "list = \"natures\"");
    let text = super::edited(from, to);
    let faults = super::load(&text).expect_err("must be refused");
    let line = text.split(to).next().unwrap().matches('\n').count() + 1;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].line, line);
    assert!(
        faults[0]
            .what
            .contains("the code list `natures`, which is nowhere"),
        "{faults:?}"
    );
}

#[test]
fn a_minimum_is_within_the_maximum() {
    let from = "fields = [\"nature\", \"count\", \"ref\"]\nminimum = [\"nature\"]";
    let to = "fields = [\"nature\", \"ref\"]\nminimum = [\"nature\", \"count\"]";
    fault(
        from,
        to,
        "minimum = [",
        "`count` in its minimum and not among its fields",
        "add it to",
    );
}

#[test]
fn a_field_of_a_type_exists() {
    let to = "fields = [\"nature\", \"count\", \"ref\", \"mood\"]";
    let from = "fields = [\"nature\", \"count\", \"ref\"]";
    fault(
        from,
        to,
        to,
        "names the field `mood`, which is nowhere",
        "`nature`",
    );
}

#[test]
fn a_field_is_named_once_in_a_type() {
    let to = "fields = [\"nature\", \"count\", \"ref\", \"ref\"]";
    fault(
        "fields = [\"nature\", \"count\", \"ref\"]",
        to,
        to,
        "names `ref` twice",
        "take one out",
    );
}

#[test]
fn a_type_has_room_for_case_and_identities() {
    let names: Vec<String> = (0..25)
        .map(|n| format!("f{}", char::from(b'a' + n)))
        .collect();
    let fields: String = names
        .iter()
        .map(|n| {
            format!(
                "[[field]]\nname = \"{n}\"\nkind = \"bool\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n"
            )
        })
        .collect();
    let quoted: Vec<String> = names.iter().map(|n| format!("\"{n}\"")).collect();
    let text = super::edited("[[urgency]]", &format!("{fields}[[urgency]]"))
        .replace("\"ref\"]", &format!("\"ref\", {}]", quoted.join(", ")));
    let faults = super::load(&text).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].what.contains("35 sealed fields"), "{faults:?}");
    assert!(faults[0].fix.contains("lower `max_subjects`"), "{faults:?}");
}

#[test]
fn a_direction_names_known_roles() {
    let (from, to) = ("from = \"politie\"\n", "from = \"school\"\n");
    fault(
        from,
        to,
        to,
        "the partner role `school`, which is nowhere",
        "`veilig-thuis`",
    );
}

#[test]
fn a_direction_without_a_basis_is_refused() {
    let from = "from = \"politie\"\nto = \"veilig-thuis\"";
    let to = "from = \"veilig-thuis\"\nto = \"veilig-thuis\"";
    let at = "[[type.direction]]";
    fault(
        from,
        to,
        at,
        "no basis to provide from `veilig-thuis`",
        "take the purpose or direction out",
    );
    let from = "to = [\"veilig-thuis\"]\npurposes = [\"P-REPORT\"]\nverified";
    fault(
        from,
        &from.replace("veilig-thuis", "politie"),
        at,
        "no basis to receive",
        "its law",
    );
}

#[test]
fn special_data_without_a_basis_are_refused() {
    let (from, to) = ("covers = [\"criminal\"]", "covers = [\"special\"]");
    fault(
        from,
        to,
        "[[type.direction]]",
        "no basis for criminal data",
        "add the special basis",
    );
}

#[test]
fn a_direction_is_there_once() {
    let from = "[[type.direction]]\n";
    let again = "[[type.direction]]\nfrom = \"politie\"\nto = \"veilig-thuis\"\n\
                 purposes = [\"P-REPORT\"]\n";
    let text = super::edited(from, &format!("{again}{from}"));
    let faults = super::load(&text).expect_err("must be refused");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0]
            .what
            .contains("from `politie` to `veilig-thuis` is there twice"),
        "{faults:?}"
    );
}

#[test]
fn a_type_without_a_direction_is_refused() {
    let from = "[[type.direction]]\nfrom = \"politie\"\nto = \"veilig-thuis\"\npurposes = [\"P-REPORT\"]\n";
    fault(
        from,
        "",
        "[[type]]",
        "type `INC_HOME` has no direction",
        "[[type.direction]]",
    );
}

#[test]
fn subjects_have_known_roles_and_a_maximum() {
    let from = "subjects = { child = 4 }";
    let to = "subjects = { adult = 4 }";
    fault(
        from,
        to,
        to,
        "the subject role `adult`, which is nowhere",
        "`child`",
    );
    let to = "subjects = { child = 7 }";
    fault(
        from,
        to,
        to,
        "`child` has no maximum from 1 to 6",
        "no larger than `max_subjects`",
    );
    let to = "max_subjects = 13";
    fault(
        "max_subjects = 6",
        to,
        to,
        "`max_subjects` is not a whole number from 1 to 12",
        "1 to 12",
    );
}

#[test]
fn classes_of_a_type_exist() {
    fault(
        "urgency = \"U1\"",
        "urgency = \"U9\"",
        "urgency = \"U9\"",
        "urgency class `U9`",
        "`U1`",
    );
    let (from, to) = ("retention = \"R0\"", "retention = \"R9\"");
    fault(from, to, to, "retention class `R9`", "`R0`");
}

/// `SMALL` with the view of the subject among the fields of its type.
fn with_view(field: &str, minimum: &str) -> String {
    let view = format!(
        "\n[[list]]\nname = \"subject-view\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n\
         code = [{{ code = \"opposes\", label = {{ nl = \"x\", en = \"x\" }} }}]\n\n\
         [[field]]\nname = \"view\"\nkind = \"enum\"\nlist = \"subject-view\"\n{field}\
         label = {{ nl = \"x\", en = \"x\" }}\n\n[[urgency]]"
    );
    super::edited("[[urgency]]", &view)
        .replace("\"count\", \"ref\"]", "\"count\", \"ref\", \"view\"]")
        .replace("minimum = [\"nature\"]", minimum)
}

#[test]
fn the_view_of_the_subject_is_never_required_and_never_asks_a_basis() {
    let nature = "minimum = [\"nature\"]";
    assert!(super::load(&with_view("", nature)).is_ok());
    let faults = super::load(&with_view("", "minimum = [\"nature\", \"view\"]")).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].what.contains("needs the view of the subject"));
    assert!(faults[0].fix.contains("may always be left out"));
    let faults = super::load(&with_view("special = \"criminal\"\n", nature)).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].what.contains("would ask a basis"), "{faults:?}");
}
