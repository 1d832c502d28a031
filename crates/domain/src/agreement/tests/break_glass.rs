//! A clause for break-glass: on the shipped catalogue, what it must say and what it may not.

use super::examples::{example, shipped};
use super::*;

const PROBATION: &str = "00000099000000040000";

/// The example of five, with a clause from probation to the police.
fn content(change: impl FnOnce(&mut Value)) -> (Catalogue, Content) {
    let catalogue = shipped();
    let mut value: Value = serde_json::from_slice(&example("five-party.toml", &catalogue)).unwrap();
    for (party, desk) in [(0, "huiselijk-geweld"), (3, "toezicht")] {
        value["parties"][party]["desks"] = json!(["fg", desk]);
    }
    let attested = |law_version: &str| {
        json!({ "function": "Jurist", "date": "2026-09-02", "law_version": law_version,
            "opinion_hash": "68af36d3b4095d662435fe4834657194078a07e84de04440fb5e3886310dd068" })
    };
    let basis = |code: &str, version: &str| json!([{ "code": code, "from": attested(version), "to": attested(version) }]);
    let mut clause = json!({
        "id": "rec-pol-vital", "from": PROBATION, "to": POLICE, "mode": "push",
        "purposes": ["P-VITAL"], "subject_roles": ["victim"], "max_subjects": 4,
        "id_kinds": ["number"], "identity_sealed": false, "desks": ["huiselijk-geweld"],
        "regions": ["kennemerland"], "regimes": ["AVG"], "consent": "none",
        "inform": { "by": "from", "within_days": 28 }, "retention": "R0",
        "onward": "within-task", "obligations": [], "visibility": "authority",
        "recipient_may_not_know": false,
        "types": [{ "code": "ACUTE_UNSAFE", "fields": ["form", "severity"] }],
        "basis": { "provide": basis("VITAL", "2026-09-01"),
            "receive": basis("VITAL-TASK", "2018-05-25"),
            "special": basis("WPG-5", "2025-07-01") },
        "break_glass": { "officer_from": "fg", "officer_to": "fg", "most_hours": 4,
            "attended_always": true },
    });
    change(&mut clause);
    value["clauses"].as_array_mut().unwrap().push(clause);
    let bytes = canonical(value.to_string().as_bytes()).unwrap();
    (catalogue, Content::parse(&bytes).unwrap())
}

fn rules(change: impl FnOnce(&mut Value)) -> Vec<(String, &'static str)> {
    let (catalogue, content) = content(change);
    let place = format!("clauses[{}].", content.clauses.len() - 1);
    let faults = check(&content, &catalogue, &options()).into_iter();
    let of = |path: String| path.strip_prefix(&place).map(str::to_owned).unwrap_or(path);
    faults.map(|fault| (of(fault.path), fault.rule)).collect()
}

fn one(path: &str, rule: &'static str) -> Vec<(String, &'static str)> {
    vec![(path.to_owned(), rule)]
}

#[test]
fn a_clause_for_break_glass_says_for_what_where_and_how_long() {
    assert_eq!(rules(|_| ()), []);
    let set = |pointer: &'static str, value: Value| {
        rules(move |clause| *clause.pointer_mut(pointer).unwrap() = value)
    };
    let terms = rules(|clause| {
        clause.as_object_mut().unwrap().remove("break_glass");
    });
    assert_eq!(terms, one("purposes", "break-glass-terms"));
    let hours = "break_glass.most_hours";
    for (value, fault) in [(0, true), (1, false), (24, false), (25, true)] {
        let found = set("/break_glass/most_hours", json!(value));
        let expected = if fault {
            one(hours, "break-glass-hours")
        } else {
            vec![]
        };
        assert_eq!(found, expected, "{value}");
    }
    let unattended = set("/break_glass/attended_always", json!(false));
    assert_eq!(
        unattended,
        one("break_glass.attended_always", "break-glass-desk")
    );
    for key in ["officer_from", "officer_to"] {
        let found = rules(|clause| clause["break_glass"][key] = json!("elsewhere"));
        assert_eq!(found, one(&format!("break_glass.{key}"), "unknown-desk"));
    }
    let same = set("/break_glass/officer_to", json!("huiselijk-geweld"));
    assert_eq!(same, one("break_glass.officer_to", "break-glass-officer"));
    let asked = set("/mode", json!("ask"));
    assert!(
        asked.contains(&("mode".to_owned(), "break-glass-mode")),
        "{asked:?}"
    );
}

#[test]
fn it_is_for_nothing_but_danger_to_life_and_attested_by_both_sides() {
    let wider = rules(|clause| clause["purposes"] = json!(["P-VITAL", "P-SAFETY"]));
    let purpose = ("purposes".to_owned(), "break-glass-purpose");
    assert!(wider.contains(&purpose), "{wider:?}");
    for (kind, side) in [
        ("provide", "from"),
        ("provide", "to"),
        ("receive", "from"),
        ("receive", "to"),
    ] {
        let found = rules(|clause| {
            clause["basis"][kind][0]
                .as_object_mut()
                .unwrap()
                .remove(side);
        });
        assert_eq!(
            found,
            one(&format!("basis.{kind}[0].{side}"), "basis-unverified")
        );
    }
    // Another task of the recipient's is no reason to break the glass.
    let (other, version) = ("WPG-3-8", "2025-07-01");
    let found = rules(|clause| {
        clause["basis"]["receive"][0]["code"] = json!(other);
        for side in ["from", "to"] {
            clause["basis"]["receive"][0][side]["law_version"] = json!(version);
        }
    });
    let basis = ("basis.receive[0]".to_owned(), "break-glass-basis");
    assert!(found.contains(&basis), "{found:?}");
}
