//! What can be read, and what the hash is over.

use super::*;
use proptest::prelude::*;
use seinhuis_types::{AgreementHash, Coded, ErrorCode};

fn parse(change: impl FnOnce(&mut Value)) -> Result<Content, ContentError> {
    let mut value = value();
    change(&mut value);
    Content::parse(&bytes(&value))
}

fn form_error(change: impl FnOnce(&mut Value)) -> String {
    match parse(change) {
        Err(ContentError::Form { path, rule }) => format!("{path}: {rule}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let path = format!(
        "{}/../../tests/vectors/agreement_hash.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let list = |key: &str| {
        file[key]
            .as_array()
            .filter(|list| !list.is_empty())
            .unwrap()
            .clone()
    };
    for case in list("cases") {
        let content = case["content"].as_str().unwrap().as_bytes();
        assert_eq!(
            canonical(content).unwrap(),
            case["canonical"].as_str().unwrap().as_bytes()
        );
        assert_eq!(
            hash(content).unwrap().as_str(),
            case["hash"],
            "{}",
            case["name"]
        );
    }
    for case in list("refused_contents") {
        assert!(
            hash(case["content"].as_str().unwrap().as_bytes()).is_err(),
            "{}",
            case["why"]
        );
    }
    for case in list("steps") {
        let claims = StepClaims::parse(&bytes(&case["payload"])).unwrap();
        assert_eq!(claims.hash.as_str(), file["agreement_hash"]);
        assert_eq!(claims.kind.as_str(), case["payload"]["type"]);
        assert_eq!(claims.initiator.as_str(), case["payload"]["initiator"]);
        assert_eq!(
            claims.signed_at.0,
            case["payload"]["signed_at"].as_u64().unwrap()
        );
    }
}

#[test]
fn every_part_of_a_content_is_read() {
    let content = parse(|_| {}).unwrap();
    assert_eq!(content.parties.len(), 3);
    let clause = content.clause(&"report".parse().unwrap()).unwrap();
    assert_eq!(clause.mode, Mode::Push);
    assert!(
        clause
            .granted(&"INC".parse().unwrap())
            .unwrap()
            .fields
            .contains("weapon")
    );
    assert!(clause.involves(&POLICE.parse().unwrap()));
    assert_eq!(
        clause.basis.special[0]
            .to
            .as_ref()
            .unwrap()
            .law_version
            .to_string(),
        "2026-07-01"
    );
}

#[test]
fn pull_is_refused_by_its_own_name() {
    let refused = parse(|v| v["clauses"][1]["mode"] = json!("pull")).unwrap_err();
    assert_eq!(refused, ContentError::PullReserved("feedback".to_owned()));
    assert_eq!(refused.code(), ErrorCode::AgreementInvalid);
    assert!(
        form_error(|v| v["clauses"][1]["mode"] = json!("poll")).starts_with("clauses[1].mode: ")
    );
}

#[test]
fn consent_is_needed_or_not_and_nothing_between() {
    let refused = parse(|v| v["clauses"][0]["consent"] = json!("explicit"));
    assert_eq!(
        refused,
        Err(ContentError::ConsentNotOffered("report".to_owned()))
    );
}

#[test]
fn unknown_missing_and_misshapen_keys_are_refused() {
    assert!(form_error(|v| v["note"] = json!("x")).contains("unknown field `note`"));
    let text = form_error(|v| v["parties"][1]["person"] = json!("x"));
    assert!(
        text.starts_with("parties[1].person: unknown field `person`"),
        "{text}"
    );
    let text = form_error(|v| _ = v["clauses"][2].as_object_mut().unwrap().remove("mode"));
    assert!(
        text.starts_with("clauses[2]: missing field `mode`"),
        "{text}"
    );
    for (pointer, bad) in [
        ("/parties/0/oin", json!("1")),
        ("/parties/0/role", json!("Politie")),
        ("/parties/0/name", json!("")),
        ("/parties/0/desks", json!(["hg", "hg"])),
        ("/parties/0/log_retention_days", json!(-1)),
        ("/catalogue_hash", json!("ab")),
        ("/catalogue_hash", json!("AB".repeat(32))),
        ("/policy_hash", json!("current")),
        ("/review", json!("20260101")),
        ("/review", json!("2026-02-30")),
        ("/validity/not_before", json!(1.5)),
        ("/clauses/0/max_subjects", json!(256)),
        ("/clauses/0/regimes", json!(["GDPR"])),
        ("/clauses/0/wpg_articles", json!(["11"])),
        ("/clauses/0/id_kinds", json!(["bsn"])),
        ("/clauses/0/visibility", json!("public")),
        ("/clauses/0/inform/by", json!("someone")),
        ("/clauses/0/retention", json!("long")),
    ] {
        form_error(|v| *v.pointer_mut(pointer).unwrap() = bad);
    }
    form_error(|v| v["replaces"] = json!("$1$1$short"));
    let replaced = parse(|v| v["replaces"] = json!(hash(b"{}").unwrap().as_str())).unwrap();
    assert_eq!(replaced.replaces, Some(hash(b"{}").unwrap()));
}

#[test]
fn texts_cannot_hold_a_citizen_number() {
    form_error(|v| v["title"]["nl"] = json!("Convenant 123456782"));
    form_error(|v| v["parties"][0]["contact_point"] = json!("tel:123456782"));
    assert!(parse(|v| v["parties"][0]["contact_point"] = json!("0881234567")).is_ok());
    form_error(|v| v["title"]["nl"] = json!("a\nb"));
    form_error(|v| v["title"]["nl"] = json!("a".repeat(201)));
}

#[test]
fn content_larger_than_a_message_is_refused_unread() {
    let mut large = bytes(&value());
    large.resize(64 * 1024, b' ');
    assert!(Content::parse(&large).is_ok());
    large.push(b' ');
    assert_eq!(
        Content::parse(&large).unwrap_err().code(),
        ErrorCode::MessageTooLarge
    );
}

#[test]
fn two_equal_names_are_not_a_content() {
    let text = String::from_utf8(bytes(&value())).unwrap();
    let twice = text.replacen("{", "{\"version\":2,", 1);
    assert!(matches!(
        Content::parse(twice.as_bytes()),
        Err(ContentError::Json(_))
    ));
}

#[test]
fn a_person_is_a_pseudonym() {
    for bad in [
        "",
        "jan jansen",
        "123456782",
        "p-123456782",
        "a@b",
        &"a".repeat(65),
    ] {
        assert!(PersonRef::parse(bad).is_err(), "{bad}");
    }
    let person = PersonRef::parse("p-1f0c").unwrap();
    assert_eq!(format!("{person:?}"), "PersonRef(..)");
}

/// `serde_json` tells its numbers in a shape that the TOML writer does not know.
fn authored(value: &Value) -> toml::Value {
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::Number(number) => number.as_i64().unwrap().into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(list) => list.iter().map(authored).collect::<Vec<_>>().into(),
        Value::Object(map) => {
            toml::Value::Table(map.iter().map(|(k, v)| (k.clone(), authored(v))).collect())
        }
        Value::Null => panic!("null"),
    }
}

fn authored_text() -> String {
    let mut root = authored(&value());
    let side = root["clauses"][0]["basis"]["provide"][0]["from"].clone();
    root["clauses"][0]["basis"]["provide"][0]["from"] = "police".into();
    root["validity"]["not_after"] = toml::Value::Datetime("1998-07-09T16:00:00Z".parse().unwrap());
    root["review"] = toml::Value::Datetime("1980-01-01".parse().unwrap());
    root["catalogue_hash"] = "current".into();
    let named: toml::Table = [("police".to_owned(), side)].into_iter().collect();
    let root = root.as_table_mut().unwrap();
    root.insert("attestations".to_owned(), named.into());
    root.to_string()
}

const NO_PLACEHOLDERS: Placeholders = Placeholders {
    catalogue_hash: None,
    policy_hash: None,
};

fn placeholders() -> Placeholders {
    Placeholders {
        catalogue_hash: Some(catalogue().hash()),
        ..NO_PLACEHOLDERS
    }
}

#[test]
fn the_authored_form_becomes_what_is_signed() {
    let made = from_toml(&authored_text(), &placeholders()).unwrap();
    assert_eq!(made, canonical(&bytes(&value())).unwrap());
}

fn placeholder(name: &str, path: &str) -> ContentError {
    ContentError::Placeholder {
        name: name.to_owned(),
        path: path.to_owned(),
    }
}

#[test]
fn what_is_authored_by_name_has_a_value() {
    let text = authored_text();
    let missing = from_toml(&text, &NO_PLACEHOLDERS);
    assert_eq!(
        missing,
        Err(placeholder("catalogue_hash", "catalogue_hash"))
    );
    let misnamed = from_toml(&text.replace("\"police\"", "\"polis\""), &placeholders());
    let place = "clauses[0].basis.provide[0].from";
    assert_eq!(misnamed, Err(placeholder("polis", place)));
}

#[test]
fn the_authored_form_is_as_strict_as_the_content() {
    let unknown = format!("note = \"x\"\n{}", authored_text());
    assert!(matches!(
        from_toml(&unknown, &placeholders()),
        Err(ContentError::Form { path, .. }) if path == "note"
    ));
    for bad in [
        "version = 1.5",
        "version = 12:00:00",
        "version = 2026-11-01T00:00:00",
        "version = 2026-11-01T00:00:00.5Z",
    ] {
        let refused = from_toml(bad, &placeholders());
        assert!(
            matches!(&refused, Err(ContentError::Form { path, .. }) if path == "version"),
            "{bad}: {refused:?}"
        );
    }
    let refused = from_toml("\nversion =", &placeholders());
    assert!(
        matches!(refused, Err(ContentError::Toml { line: 2, .. })),
        "{refused:?}"
    );
}

/// Where its author finds what is wrong: a fault of form, and one of the rules.
#[test]
fn faults_of_the_authored_form_have_a_line() {
    let text = authored_text();
    let broken = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}: {text}");
        let text = text.replacen(from, to, 1);
        let placed = line_of(&text, to);
        let error = from_toml(&text, &placeholders()).unwrap_err();
        assert_eq!(error.line(&text), placed, "{to}: {error}");
        assert!(!error.fix().is_empty());
    };
    broken("mode = \"push\"", "mode = \"pull\"");
    broken("mode = \"push\"", "mode = \"poll\"");
    broken("consent = \"none\"", "consent = \"explicit\"");
    broken("from = \"police\"", "from = \"polis\"");
    broken("nl = ", "zz = ");
    broken("log_retention_days = 1826", "log_retention_days = 1826.5");
    broken(&format!("oin = \"{PROSECUTION}\""), "oin = \"1\"");

    let text = text.replacen("log_retention_days = 1826", "log_retention_days = 1", 1);
    let content = from_toml(&text, &placeholders()).unwrap();
    let content = Content::parse(&content).unwrap();
    let faults = check(&content, catalogue(), &Options::default());
    let short = faults.iter().find(|f| f.rule == "log-retention-short");
    assert_eq!(
        short.unwrap().line(&text),
        line_of(&text, "log_retention_days = 1\n")
    );
}

/// The line on which `needle` stands first.
fn line_of(text: &str, needle: &str) -> usize {
    seinhuis_types::line_at(text, text.find(needle).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_change_of_a_value_changes_the_hash(version in 2_u32.., days in 1_u32..1_826) {
        let base = hash(&bytes(&value())).unwrap();
        let changed = |change: &dyn Fn(&mut Value)| -> AgreementHash {
            let mut value = value();
            change(&mut value);
            hash(&bytes(&value)).unwrap()
        };
        prop_assert_ne!(&changed(&|v| v["version"] = json!(version)), &base);
        prop_assert_ne!(&changed(&|v| v["parties"][0]["log_retention_days"] = json!(days)), &base);
        prop_assert_eq!(&hash(&serde_json::to_vec_pretty(&value()).unwrap()).unwrap(), &base);
    }
}
