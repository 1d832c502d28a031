//! What is wrong with a policy set is told at loading, with file and line.

use super::shipped;
use crate::{Engine, Fault};
use seinhuis_types::hex;

fn only(faults: Result<Engine, Vec<Fault>>) -> Fault {
    let mut faults = faults.unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

#[test]
fn each_annotation_of_a_forbid_must_be_there_and_no_other() {
    let shipped = shipped();
    for (name, value) in [
        ("@id", "mode-not-covered"),
        ("@reason", "MODE_NOT_COVERED"),
        ("@law", "Wpg 23(2); Bpg 4:6"),
        (
            "@text_en",
            "The clause does not have this mode of sharing (push or ask).",
        ),
        ("@remedy_nl", "Gebruik de wijze die de clausule noemt."),
    ] {
        let whole = format!("{name}(\"{value}\")");
        let faults = shipped.edited(&whole, "").unwrap_err();
        let missing = format!("`{name}` is missing or empty");
        assert!(
            faults.iter().any(|fault| fault.what == missing),
            "{faults:#?}"
        );
        let faults = shipped
            .edited(&whole, &format!("{name}(\" \")"))
            .unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.what == missing),
            "{faults:#?}"
        );
        assert!(
            faults
                .iter()
                .all(|fault| fault.file == "route.cedar" && [17, 18].contains(&fault.line))
        );
    }
    let fault = only(shipped.edited("@id(\"mode-not", "@remedy_fr(\"x\")\n@id(\"mode-not"));
    assert_eq!(fault.what, "`@remedy_fr` means nothing here");
    let fault = only(shipped.edited("@id(\"lawful-route\")\n", "@id(\"\")\n"));
    assert_eq!((fault.file.as_str(), fault.line), ("permit.cedar", 4));
}

#[test]
fn reasons_are_known_complete_and_told_once() {
    let shipped = shipped();
    let mode = "@reason(\"MODE_NOT_COVERED\")";
    for unknown in ["MODE_NOT_KNOWN", "POLICY_ERROR", "NOT_RELEASABLE"] {
        let fault = only(shipped.edited(mode, &format!("@reason(\"{unknown}\")")));
        assert!(fault.what.contains(unknown), "{fault}");
    }
    let fault = only(shipped.edited(mode, "@reason(\"DESK_NOT_COVERED\")"));
    assert_eq!(fault.what, "`@id` is not its reason's");

    let both = "@id(\"mode-not-covered\")\n@reason(\"MODE_NOT_COVERED\")";
    let again = "@id(\"desk-not-covered\")\n@reason(\"DESK_NOT_COVERED\")";
    let faults = shipped.edited(both, again).unwrap_err();
    assert_eq!(faults[0].what, "no forbid has reason `MODE_NOT_COVERED`");
    assert_eq!(
        faults[1].what,
        "a second forbid has reason `DESK_NOT_COVERED`"
    );
    assert_eq!(faults.len(), 2);
}

#[test]
fn the_permit_is_one() {
    let shipped = shipped();
    let permit = &shipped
        .policies
        .iter()
        .find(|(name, _)| name == "permit.cedar")
        .unwrap()
        .1;
    let twice = permit.replace("lawful-route", "other-route");
    let mut files = shipped.files();
    files.push(("more.cedar", &twice));
    let fault = only(Engine::load(&shipped.schema, &files));
    assert_eq!(fault.what, "there is a second permit");
    files.retain(|(name, _)| !["permit.cedar", "more.cedar"].contains(name));
    assert_eq!(
        only(Engine::load(&shipped.schema, &files)).what,
        "there is no permit"
    );
    files = shipped.files();
    files.retain(|(name, _)| *name != "rectify.cedar");
    let faults = Engine::load(&shipped.schema, &files).unwrap_err();
    assert_eq!(faults[0].what, "there is no permit to rectify");
    assert_eq!(faults[1].what, "no forbid has reason `NOT_RECEIVED`");
    // What all must meet to send is not what all must meet to rectify.
    let both = r#"action in [Action::"publish", Action::"release", Action::"rectify"]"#;
    let of_permit = r#"permit (principal, action in [Action::"rectify"]"#;
    let fault = only(shipped.edited(of_permit, &format!("permit (principal, {both}")));
    assert_eq!(fault.what, "the scope is not that of the law");
    let fault = only(shipped.edited("lawful-route", "mode-not-covered"));
    assert_eq!(fault.what, "a forbid has the id `mode-not-covered` too");
}

#[test]
fn a_scope_of_its_own_is_refused() {
    let shipped = shipped();
    let scope = r#"action in [Action::"publish", Action::"release"]"#;
    for other in [
        r#"action in [Action::"publish"]"#,
        r#"action == Action::"publish""#,
        "action",
        r#"action in [Action::"publish", Action::"rectify"]"#,
        r#"action in [Action::"rectify", Action::"publish", Action::"release"]"#,
    ] {
        let fault = only(shipped.edited(scope, other));
        assert_eq!(fault.what, "the scope is not that of the law", "{other}");
    }
    let fault = only(shipped.edited("forbid (principal,", "forbid (principal is Partner,"));
    assert_eq!(fault.what, "the scope is not that of the law");
}

#[test]
fn a_condition_is_strict_cedar_and_no_template() {
    let shipped = shipped();
    let mode = "unless { resource.mode == context.mode };";
    let faults = shipped
        .edited(mode, "unless { resource.mood == context.mode };")
        .unwrap_err();
    assert!(
        faults
            .iter()
            .all(|f| f.file == "route.cedar" && f.line == 17),
        "{faults:#?}"
    );
    assert!(
        shipped
            .edited(mode, "unless { resource.mode == context.subjects };")
            .is_err()
    );
    let fault = only(shipped.edited(mode, "unless { resource.mode = context.mode };"));
    assert_eq!((fault.file.as_str(), fault.line), ("route.cedar", 17));
    assert_eq!(
        only(shipped.edited(mode, ";")).what,
        "there is no condition"
    );
    let fault = only(shipped.edited("forbid (principal,", "forbid (principal == ?principal,"));
    assert!(fault.fix.contains("no template"));
    // A warning is a fault: this policy can never apply.
    assert!(
        shipped
            .edited(mode, "when { resource.mode == \"x\" && false };")
            .is_err()
    );
}

#[test]
fn what_is_asked_after_is_told_earlier() {
    let shipped = shipped();
    for bad in [
        "DECIDED_BY_MISSING",
        "PURPOSE_NOT_COVERED",
        "NO_SUCH_REASON",
    ] {
        let here = "@after(\"DIRECTION_NOT_COVERED\")\nforbid (principal, action in [Action::\"publish\", Action::\"release\", Action::\"rectify\"], resource)\nunless { resource.purposes";
        let fault = only(shipped.edited(here, &here.replace("DIRECTION_NOT_COVERED", bad)));
        assert!(fault.what.contains(bad), "{fault}");
    }
}

#[test]
fn a_broken_schema_is_told_with_its_line() {
    let shipped = shipped();
    let broken = shipped.schema.replace("entity Partner;", "entity Partner");
    let fault = only(Engine::load(&broken, &shipped.files()));
    assert_eq!(
        (fault.file.as_str(), fault.line),
        ("schema.cedarschema", 8),
        "{fault}"
    );
}

#[test]
fn a_schema_that_does_not_fit_the_facts_is_told_at_loading() {
    let shipped = shipped();
    for (from, to) in [
        (
            "  decided_by: Bool,",
            "  decided_by: Bool,\n  weather: String,",
        ),
        (
            "  desks: Set<String>,",
            "  desks: Set<String>,\n  colour: String,",
        ),
    ] {
        let fault = only(Engine::load(
            &shipped.schema.replace(from, to),
            &shipped.files(),
        ));
        assert_eq!(
            fault.fix, "keep the schema in step with the facts",
            "{fault}"
        );
    }
}

#[test]
fn the_hash_covers_id_reason_law_and_condition_and_no_wording() {
    let shipped = shipped();
    let hash = shipped.engine().hash();
    let of = |from: &str, to: &str| shipped.edited(from, to).unwrap().hash();
    for (from, to) in [
        ("Wpg 23(2); Bpg 4:6", "Wpg 23(2)"),
        (
            "resource.mode == context.mode }",
            "context.mode == resource.mode }",
        ),
        (
            "context.acting_person && context.decided_by",
            "context.decided_by && context.acting_person",
        ),
        ("lawful-route", "lawful-way"),
        ("[\"9\", \"10\"]", "[\"10\", \"9\"]"),
    ] {
        assert_ne!(of(from, to), hash, "{from}");
    }
    for (from, to) in [
        ("Use the mode the clause names.", "Use another mode."),
        ("Every condition of the law", "Each condition of the law"),
        ("// People decide.", "// Or machines?"),
        (
            "unless { resource.mode == context.mode }",
            "unless {\n    (resource.mode ==\n context.mode) }",
        ),
        (
            "@after(\"AGREEMENT_NOT_VALID AGREEMENT_SUSPENDED",
            "@after(\"AGREEMENT_SUSPENDED",
        ),
    ] {
        assert_eq!(of(from, to), hash, "{from}");
    }
    let mut turned = shipped.files();
    turned.reverse();
    assert_eq!(Engine::load(&shipped.schema, &turned).unwrap().hash(), hash);
}

/// Agreements are signed on the hash, so a new version of Cedar must not write policies otherwise.
#[test]
fn cedar_writes_a_policy_as_it_did_when_the_hash_was_made() {
    let text = "@reason(\"A\") // x\n@text_nl(\"n\")\n@id(\"a\")\n@law(\"L \\\"q\\\"\")\n\
        forbid (principal, action in [Action::\"publish\", Action::\"release\"], resource)\n\
        when { !context.a.isEmpty() && (resource.b.c.containsAll(context.a) || context.n > 3) }\n\
        unless { [\"x\",\"y\"].contains(resource.s) };";
    let policy = cedar_policy::Policy::parse(None, text).unwrap();
    assert_eq!(crate::load::render(&policy).unwrap(), PINNED);
    let rule = crate::law::Rule {
        scope: crate::law::Scope {
            route: true,
            rectify: false,
        },
        id: "a".to_owned(),
        rendered: PINNED.to_owned(),
        policy,
        condition: None,
        file: String::new(),
        line: 1,
    };
    let hash = crate::hash::policy_hash([rule].iter());
    // Made apart, in Python: sha256(b"seinhuis/v1/policy\0" + pack(">I", len(p)) + p).
    assert_eq!(
        hex(&hash.0),
        "5d2b930706757d5c7bb6a8383b90add81fc0cf80c22bd1a6b228962e1c6074dd"
    );
}

const PINNED: &str = r#"@id("a")
@law("L \"q\"")
@reason("A")
forbid(principal, action in [Action::"publish", Action::"release"], resource) when { (!context.a.isEmpty()) && (resource.b.c.containsAll(context.a) || (context.n > 3)) } unless { ["x", "y"].contains(resource.s) };"#;
