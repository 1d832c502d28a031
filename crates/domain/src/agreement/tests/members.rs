//! What two contents do not share is named by its key, also what decides nothing of what may be sent.

use super::*;
use crate::agreement::compare::differing_members;

fn content(value: &Value) -> Content {
    Content::parse(&bytes(value)).unwrap()
}

#[test]
fn every_member_that_differs_is_named_and_no_other() {
    let old = value();
    assert_eq!(differing_members(&content(&old), &content(&old)), [""; 0]);
    let date = json!("1990-01-01");
    let attestation = "clauses.report.basis";
    let terms = json!({ "officer_from": "hg", "officer_to": "intake", "most_hours": 4, "attended_always": true });
    let retention = format!("parties.{POLICE}.log_retention_days");
    let contact = format!("parties.{SAFE_HOME}.contact_point");
    for (pointer, new, key) in [
        ("/title/nl", json!("Ander convenant"), "title"),
        ("/version", json!(2), "version"),
        ("/validity/not_after", json!(900_000_001), "validity"),
        ("/review", json!("1980-01-02"), "review"),
        ("/processors/0/contract", json!("VWO-2"), "processors"),
        ("/controllership/kind", json!("sole"), "controllership"),
        ("/controllership/contact", json!(POLICE), "controllership"),
        ("/dpia/reference", json!("DPIA-2"), "dpia"),
        ("/fg_advice/0/date", date.clone(), "fg_advice"),
        (
            "/prior_consultation/needed",
            json!(true),
            "prior_consultation",
        ),
        ("/policy_hash", json!(hex(&[8; 32])), "policy_hash"),
        ("/parties/0/log_retention_days", json!(2000), &*retention),
        ("/parties/2/contact_point", json!("x@y.example"), &*contact),
        ("/clauses/0/basis/provide/0/from/date", date, attestation),
        (
            "/clauses/0/max_subjects",
            json!(5),
            "clauses.report.max_subjects",
        ),
    ] {
        let mut changed = old.clone();
        *changed.pointer_mut(pointer).expect(pointer) = new;
        let found = differing_members(&content(&old), &content(&changed));
        assert_eq!(found, [key], "{pointer}");
    }
    let mut changed = old.clone();
    changed["clauses"][0]["break_glass"] = terms;
    let mut moved = changed.clone();
    moved["clauses"][0]["break_glass"]["officer_to"] = json!("hg");
    let found = differing_members(&content(&changed), &content(&moved));
    assert_eq!(found, ["clauses.report.break_glass"]);
}

#[test]
fn who_or_what_only_one_of_them_has_is_named_as_a_whole_and_order_is_no_difference() {
    let old = value();
    let mut less = old.clone();
    less["parties"].as_array_mut().unwrap().remove(1);
    less["clauses"].as_array_mut().unwrap().pop();
    let keys = [
        format!("parties.{PROSECUTION}"),
        "clauses.release".to_owned(),
    ];
    assert_eq!(differing_members(&content(&old), &content(&less)), keys);
    assert_eq!(differing_members(&content(&less), &content(&old)), keys);
    let mut turned = old.clone();
    turned["parties"].as_array_mut().unwrap().reverse();
    turned["clauses"].as_array_mut().unwrap().reverse();
    assert_eq!(
        differing_members(&content(&old), &content(&turned)),
        [""; 0]
    );
}
