//! Each rule of an agreement, broken once.

use super::*;

fn faults_with(options: &Options, change: impl FnOnce(&mut Value)) -> Vec<(String, &'static str)> {
    let mut value = value();
    change(&mut value);
    let content = Content::parse(&bytes(&value)).unwrap();
    let found = check(&content, catalogue(), options);
    assert!(found.iter().all(|fault| !fault.fix.is_empty()));
    found
        .into_iter()
        .map(|fault| (fault.path, fault.rule))
        .collect()
}

/// That the change breaks exactly these rules, each at its place.
#[track_caller]
fn breaks(expected: &[(&str, &str)], change: impl FnOnce(&mut Value)) {
    let found = faults_with(&options(), change);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(path, rule)| (path.as_str(), *rule))
        .collect();
    assert_eq!(found, expected);
}

macro_rules! rules {
    ($($name:ident: $expected:expr, |$v:ident| $change:expr;)*) => {
        $(#[test]
        fn $name() {
            breaks(&$expected, |$v| $change);
        })*
    };
}

fn push(value: &mut Value, item: Value) {
    value.as_array_mut().unwrap().push(item);
}

fn drop_key(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn a_lawful_agreement_has_no_faults() {
    breaks(&[], |_| {});
}

#[test]
fn every_fault_is_told_at_once() {
    let found = faults_with(&Options::default(), |v| {
        v["clauses"][0]["basis"]["receive"] = json!([]);
        v["version"] = json!(0);
    });
    let rules: Vec<&str> = found.iter().map(|(_, rule)| *rule).collect();
    let test = "test-oin";
    assert_eq!(
        rules,
        ["version", test, test, test, test, "no-basis-to-receive"]
    );
}

#[test]
fn oins_for_tests_are_refused_unless_allowed() {
    let found = faults_with(&Options::default(), |_| {});
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "parties[0].oin",
            "parties[1].oin",
            "parties[2].oin",
            "processors[0].oin"
        ]
    );
    assert!(found.iter().all(|(_, rule)| *rule == "test-oin"));
}

#[test]
fn another_policy_set_is_told_where_it_is_known() {
    let other = Options {
        policy_hash: Some(Digest([8; 32])),
        ..options()
    };
    assert_eq!(
        faults_with(&other, |_| {}),
        [("policy_hash".to_owned(), "policy-hash")]
    );
    let unknown = Options {
        policy_hash: None,
        ..options()
    };
    assert_eq!(faults_with(&unknown, |_| {}), []);
}

// The agreement as a whole.
rules! {
    versions_count_from_one: [("version", "version")], |v| v["version"] = json!(0);
    an_agreement_has_clauses: [("clauses", "no-clauses")], |v| v["clauses"] = json!([]);
    one_party_alone_agrees_on_nothing:
        [("parties", "too-few-parties"), ("clauses[0].from", "unknown-party"),
         ("clauses[1].to", "unknown-party"), ("clauses[2].from", "unknown-party")], |v| {
            v["parties"] = json!([v["parties"][2]]);
            v["fg_advice"] = json!([v["fg_advice"][2]]);
        };
    a_party_is_listed_once: [("parties[3].oin", "duplicate-party")], |v| {
        let again = v["parties"][0].clone();
        push(&mut v["parties"], again);
    };
    a_party_has_a_role_of_the_catalogue: [("parties[1].role", "unknown-role"),
        ("clauses[2].basis.provide[0]", "basis-direction"), ("clauses[2].types[0]", "type-direction"),
        ("clauses[2].purposes", "purpose-without-type")],
        |v| v["parties"][1]["role"] = json!("school");
    a_party_names_its_register: [("parties[0].processing_activity_ids", "no-processing-activity")],
        |v| v["parties"][0]["processing_activity_ids"] = json!([]);
    log_parts_are_kept_four_years: [("parties[0].log_retention_days", "log-retention-short")],
        |v| v["parties"][0]["log_retention_days"] = json!(1460);
    the_operator_is_named: [("processors", "no-processor")], |v| v["processors"] = json!([]);
    a_processor_is_no_party: [("processors[0].oin", "processor-is-party")],
        |v| v["processors"][0]["oin"] = json!(POLICE);
    the_contact_point_is_a_party: [("controllership.contact", "unknown-party")],
        |v| v["controllership"]["contact"] = json!(OPERATOR);
    the_public_interest_is_a_code: [("public_interest", "unknown-code")],
        |v| v["public_interest"] = json!("fame");
    no_agreement_without_assessment: [("dpia", "dpia-missing")], |v| drop_key(v, "dpia");
    every_privacy_officer_advises: [("parties[1]", "fg-advice-missing")], |v| {
        v["fg_advice"].as_array_mut().unwrap().remove(1);
    };
    advice_is_of_a_party: [("fg_advice[0].oin", "unknown-party"), ("parties[0]", "fg-advice-missing")],
        |v| v["fg_advice"][0]["oin"] = json!(OPERATOR);
    a_needed_consultation_is_referred_to:
        [("prior_consultation.reference", "prior-consultation-missing")],
        |v| v["prior_consultation"]["needed"] = json!(true);
    a_term_ends_after_it_begins: [("validity", "validity-order"), ("review", "review-outside-term")],
        |v| v["validity"]["not_after"] = json!(2_000_000);
    a_term_ends_after_the_content_was_made: [("validity.not_after", "validity-past")],
        |v| v["created"] = json!(900_000_000);
    the_review_lies_in_the_term: [("review", "review-outside-term")],
        |v| v["review"] = json!("1999-01-01");
    the_review_is_not_before_the_term: [("review", "review-outside-term")],
        |v| v["review"] = json!("1970-01-23");
    another_catalogue_is_told: [("catalogue_hash", "catalogue-hash")],
        |v| v["catalogue_hash"] = json!("00".repeat(32));
}

// The route, the people and the terms of a clause.
rules! {
    clause_ids_are_unique: [("clauses[1].id", "duplicate-clause")],
        |v| v["clauses"][1]["id"] = json!("report");
    the_sender_is_a_party: [("clauses[2].from", "unknown-party")],
        |v| v["clauses"][2]["from"] = json!(OPERATOR);
    the_recipient_is_a_party: [("clauses[2].to", "unknown-party")],
        |v| v["clauses"][2]["to"] = json!(OPERATOR);
    nobody_sends_to_itself: [("clauses[1].to", "same-party"), ("clauses[1].desks", "unknown-desk"),
        ("clauses[1].basis.provide[0]", "basis-direction"),
        ("clauses[1].basis.receive[0]", "basis-direction"), ("clauses[1].types[0]", "type-direction"),
        ("clauses[1].purposes", "purpose-without-type")],
        |v| v["clauses"][1]["to"] = json!(SAFE_HOME);
    a_clause_names_desks: [("clauses[0].desks", "no-desks")], |v| v["clauses"][0]["desks"] = json!([]);
    a_desk_is_the_recipients: [("clauses[0].desks", "unknown-desk")],
        |v| v["clauses"][0]["desks"] = json!(["intake", "hg"]);
    a_clause_names_regions: [("clauses[0].regions", "no-regions")],
        |v| v["clauses"][0]["regions"] = json!([]);
    a_region_is_of_the_catalogue: [("clauses[0].regions", "unknown-region")],
        |v| v["clauses"][0]["regions"] = json!(["atlantis"]);
    a_clause_names_purposes: [("clauses[1].purposes", "no-purposes"),
        ("clauses[1].basis.provide[0]", "basis-purpose"), ("clauses[1].basis.receive[0]", "basis-purpose"),
        ("clauses[1].types[0]", "type-purpose")], |v| v["clauses"][1]["purposes"] = json!([]);
    a_purpose_is_of_the_catalogue: [("clauses[1].purposes", "unknown-purpose"),
        ("clauses[1].basis.provide", "purpose-without-basis"),
        ("clauses[1].basis.receive", "purpose-without-basis"),
        ("clauses[1].purposes", "purpose-without-type")],
        |v| push(&mut v["clauses"][1]["purposes"], json!("P-FUN"));
    a_clause_is_about_somebody: [("clauses[0].max_subjects", "max-subjects")],
        |v| v["clauses"][0]["max_subjects"] = json!(0);
    twelve_people_are_the_most: [("clauses[0].max_subjects", "max-subjects"),
        ("clauses[0].max_subjects", "max-subjects")], |v| v["clauses"][0]["max_subjects"] = json!(13);
    no_more_people_than_the_type_holds: [("clauses[0].max_subjects", "max-subjects")],
        |v| v["clauses"][0]["max_subjects"] = json!(7);
    a_clause_names_subject_roles: [("clauses[0].subject_roles", "no-subject-roles"),
        ("clauses[0].types[0]", "no-role-for-type")],
        |v| v["clauses"][0]["subject_roles"] = json!([]);
    a_subject_role_is_of_the_catalogue: [("clauses[0].subject_roles", "unknown-subject-role"),
        ("clauses[0].subject_roles", "role-without-type")],
        |v| push(&mut v["clauses"][0]["subject_roles"], json!("witness"));
    a_subject_role_is_of_a_type: [("clauses[2].subject_roles", "role-without-type")],
        |v| push(&mut v["clauses"][2]["subject_roles"], json!("child"));
    every_type_has_a_role: [("clauses[1].types[0]", "no-role-for-type"),
        ("clauses[1].subject_roles", "role-without-type")],
        |v| v["clauses"][1]["subject_roles"] = json!(["child"]);
    a_clause_names_identifier_kinds: [("clauses[0].id_kinds", "no-id-kinds")],
        |v| v["clauses"][0]["id_kinds"] = json!([]);
    who_informs_has_a_term: [("clauses[0].inform.within_days", "inform-term")],
        |v| v["clauses"][0]["inform"]["within_days"] = json!(0);
    who_does_not_inform_has_no_term: [("clauses[0].inform.within_days", "inform-term")],
        |v| v["clauses"][0]["inform"]["by"] = json!("none");
    a_day_to_wait_for_goes_with_the_subject: [("clauses[0].visible_from", "visible-from")],
        |v| v["clauses"][0]["visible_from"] = json!({ "date": "2027-03-01", "ground": "investigation" });
    an_onward_rule_is_of_the_catalogue: [("clauses[1].onward", "unknown-code"),
        ("clauses[1].onward", "onward-rule")], |v| v["clauses"][1]["onward"] = json!("anyone");
    an_obligation_is_of_the_catalogue: [("clauses[0].obligations", "unknown-code")],
        |v| v["clauses"][0]["obligations"] = json!(["dance"]);
}

// The bases of a clause.
rules! {
    an_agreement_creates_no_basis_to_provide: [("clauses[1].basis.provide", "no-basis-to-provide"),
        ("clauses[1].regimes", "regime-mismatch")],
        |v| v["clauses"][1]["basis"]["provide"] = json!([]);
    an_agreement_creates_no_basis_to_receive: [("clauses[1].basis.receive", "no-basis-to-receive")],
        |v| v["clauses"][1]["basis"]["receive"] = json!([]);
    an_unknown_basis_is_none: [("clauses[1].basis.receive[0]", "unknown-basis"),
        ("clauses[1].basis.receive", "purpose-without-basis")],
        |v| v["clauses"][1]["basis"]["receive"][0]["code"] = json!("SO-AGREED");
    a_basis_answers_its_own_question: [("clauses[0].basis.receive[1]", "basis-kind")],
        |v| push(&mut v["clauses"][0]["basis"]["receive"], attested("VT-SPECIAL", "2026-07-01"));
    a_basis_goes_one_way: [("clauses[1].basis.provide[1]", "basis-direction"),
        ("clauses[1].basis.provide[1]", "basis-purpose"), ("clauses[1].regimes", "regime-mismatch")],
        |v| push(&mut v["clauses"][1]["basis"]["provide"], attested("POL-VT", "2025-07-01"));
    a_basis_serves_its_purposes: [("clauses[2].basis.provide", "purpose-without-basis"),
        ("clauses[2].purposes", "purpose-without-type")],
        |v| push(&mut v["clauses"][2]["purposes"], json!("P-REPORT"));
    a_basis_is_listed_once: [("clauses[1].basis.receive[1]", "duplicate-basis")], |v| {
        push(&mut v["clauses"][1]["basis"]["receive"], attested("POL-TASK", "2025-07-01"));
    };
    an_open_question_is_judged_by_the_sender: [("clauses[0].basis.provide[1].from", "basis-unverified")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-OPEN", "2025-07-01"));
        drop_key(&mut v["clauses"][0]["basis"]["provide"][1], "from");
        v["clauses"][0]["onward"] = json!("none");
    };
    an_open_question_is_judged_by_the_recipient: [("clauses[0].basis.provide[1].to", "basis-unverified")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-OPEN", "2025-07-01"));
        drop_key(&mut v["clauses"][0]["basis"]["provide"][1], "to");
        v["clauses"][0]["onward"] = json!("none");
    };
    an_article_that_was_not_read_is_judged_by_both_sides:
        [("clauses[0].basis.provide[1].from", "basis-unverified"),
        ("clauses[0].basis.provide[1].to", "basis-unverified")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], json!({ "code": "POL-UNREAD" }));
        v["clauses"][0]["onward"] = json!("none");
    };
    an_open_question_is_judged_on_the_law_that_is_meant:
        [("clauses[0].basis.provide[1].from.law_version", "law-version"),
        ("clauses[0].basis.provide[1].to.law_version", "law-version")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-OPEN", "2024-07-01"));
        v["clauses"][0]["onward"] = json!("none");
    };
    an_open_question_that_both_sides_judged_is_a_basis: [], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-OPEN", "2025-07-01"));
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-UNREAD", "2025-07-01"));
        v["clauses"][0]["onward"] = json!("none");
    };
    a_basis_of_consent_asks_a_rule_of_consent:
        [("clauses[0].basis.provide[1]", "consent-needed")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-ASKED", "2025-07-01"));
        v["clauses"][0]["onward"] = json!("none");
    };
    a_clause_on_consent_asks_it: [], |v| {
        v["clauses"][0]["basis"]["provide"] = json!([attested("POL-ASKED", "2025-07-01")]);
        v["clauses"][0]["wpg_articles"] = json!(["8"]);
        v["clauses"][0]["consent"] = json!("needed");
        v["clauses"][0]["onward"] = json!("none");
    };
    what_rests_on_consent_goes_to_who_knows_the_person:
        [("clauses[0].recipient_may_not_know", "consent-may-not-know")], |v| {
        v["clauses"][0]["basis"]["provide"] = json!([attested("POL-ASKED", "2025-07-01")]);
        v["clauses"][0]["wpg_articles"] = json!(["8"]);
        v["clauses"][0]["consent"] = json!("needed");
        v["clauses"][0]["onward"] = json!("none");
        v["clauses"][0]["recipient_may_not_know"] = json!(true);
    };
    a_statutory_clause_asks_no_consent: [("clauses[0].consent", "consent-not-taken")],
        |v| v["clauses"][0]["consent"] = json!("needed");
    consent_stands_beside_no_statutory_basis:
        [("clauses[0].basis.provide[0]", "consent-beside-statute")], |v| {
        push(&mut v["clauses"][0]["basis"]["provide"], attested("POL-ASKED", "2025-07-01"));
        v["clauses"][0]["consent"] = json!("needed");
        v["clauses"][0]["onward"] = json!("none");
    };
    a_denied_pair_is_no_clause: [("clauses[1].basis.provide[0]", "basis-direction"),
        ("clauses[1].to", "pair-denied"), ("clauses[1].types[0]", "type-direction"),
        ("clauses[1].purposes", "purpose-without-type")], |v| {
        // Prosecution to police: nothing lifts that denial in this catalogue.
        v["clauses"][1]["from"] = json!(PROSECUTION);
    };
    both_sides_attest: [("clauses[0].basis.provide[0].from", "attestation-missing"),
        ("clauses[0].basis.special[0].to", "attestation-missing")], |v| {
        drop_key(&mut v["clauses"][0]["basis"]["provide"][0], "from");
        drop_key(&mut v["clauses"][0]["basis"]["special"][0], "to");
    };
    the_law_was_judged_in_the_version_meant:
        [("clauses[0].basis.provide[0].to.law_version", "law-version")],
        |v| v["clauses"][0]["basis"]["provide"][0]["to"]["law_version"] = json!("2024-01-01");
    one_person_where_the_law_says_so: [("clauses[2].max_subjects", "single-subject"),
        ("clauses[2].max_subjects", "max-subjects")],
        |v| v["clauses"][2]["max_subjects"] = json!(2);
    a_clause_passes_on_no_more_than_its_basis: [("clauses[1].onward", "onward-rule")],
        |v| v["clauses"][1]["onward"] = json!("within-vt-task");
    a_clause_may_pass_on_less: [], |v| v["clauses"][0]["onward"] = json!("none");
    a_clause_names_regimes: [("clauses[1].regimes", "no-regimes"), ("clauses[1].regimes", "regime-mismatch")],
        |v| v["clauses"][1]["regimes"] = json!([]);
    a_regime_is_of_a_basis: [("clauses[1].regimes", "regime-mismatch")],
        |v| push(&mut v["clauses"][1]["regimes"], json!("WJSG"));
    police_data_name_their_articles: [("clauses[0].wpg_articles", "wpg-articles-missing")],
        |v| v["clauses"][0]["wpg_articles"] = json!([]);
    other_data_have_no_wpg_articles: [("clauses[1].wpg_articles", "wpg-articles-without-wpg"),
        ("clauses[1].wpg_articles", "wpg-article-not-in-basis")],
        |v| v["clauses"][1]["wpg_articles"] = json!(["8"]);
    informants_are_never_shared: [("clauses[0].wpg_articles", "wpg-article-never"),
        ("clauses[0].wpg_articles", "wpg-article-never")], |v| {
        push(&mut v["clauses"][0]["wpg_articles"], json!("10.1.b"));
        push(&mut v["clauses"][0]["wpg_articles"], json!("12"));
    };
    an_article_is_of_a_basis: [("clauses[0].wpg_articles", "wpg-article-not-in-basis")],
        |v| push(&mut v["clauses"][0]["wpg_articles"], json!("9"));
    special_fields_have_a_special_basis: [("clauses[0].types[0].fields", "no-basis-for-special-data")],
        |v| v["clauses"][0]["basis"]["special"] = json!([]);
    without_special_fields_none_is_needed: [], |v| {
        v["clauses"][0]["basis"]["special"] = json!([]);
        v["clauses"][0]["types"][0]["fields"] = json!(["nature"]);
    };
    a_basis_of_another_kind_covers_nothing_special: [("clauses[0].basis.special[0]", "basis-kind"),
        ("clauses[0].types[0].fields", "no-basis-for-special-data")],
        |v| v["clauses"][0]["basis"]["special"] = json!([attested("VT-TASK", "2026-07-01")]);
}

// What a clause grants.
rules! {
    a_clause_names_types: [("clauses[1].types", "no-types"), ("clauses[1].purposes", "purpose-without-type"),
        ("clauses[1].subject_roles", "role-without-type"), ("clauses[1].subject_roles", "role-without-type")],
        |v| v["clauses"][1]["types"] = json!([]);
    a_type_is_of_the_catalogue: [("clauses[1].types[1]", "unknown-type")],
        |v| push(&mut v["clauses"][1]["types"], json!({ "code": "GOSSIP", "fields": [] }));
    a_type_is_listed_once: [("clauses[1].types[1]", "duplicate-type")],
        |v| push(&mut v["clauses"][1]["types"], json!({ "code": "TAKEN", "fields": ["day"] }));
    a_type_goes_its_own_way: [("clauses[2].types[1]", "type-direction")],
        |v| push(&mut v["clauses"][2]["types"], json!({ "code": "TAKEN", "fields": ["day"] }));
    a_type_goes_by_the_mode_of_its_clause: [("clauses[1].types[0]", "type-mode")],
        |v| v["clauses"][1]["mode"] = json!("ask");
    a_field_is_of_the_type: [("clauses[1].types[0].fields", "unknown-field")],
        |v| push(&mut v["clauses"][1]["types"][0]["fields"], json!("nature"));
    the_minimum_is_granted: [("clauses[0].types[0].fields", "below-minimum")],
        |v| v["clauses"][0]["types"][0]["fields"] = json!(["weapon"]);
    a_retention_class_is_of_the_catalogue: [("clauses[0].retention", "unknown-retention")],
        |v| v["clauses"][0]["retention"] = json!("R9");
    nothing_is_kept_longer_than_agreed: [("clauses[2].retention", "retention-exceeded")],
        |v| v["clauses"][2]["retention"] = json!("R0");
}
