//! The shipped catalogue against the list of the law: what must be in it, and what holds of all of it.

use super::shipped::shipped;
use crate::catalogue::{BasisKind, FieldKind, RetentionStart, Standing};
use std::collections::BTreeSet;

const PURPOSES: [&str; 23] = [
    "P-ADVICE",
    "P-AUDIT",
    "P-BARRING",
    "P-FEEDBACK",
    "P-HANDOVER",
    "P-HELP",
    "P-HWC",
    "P-INVOLVE",
    "P-MEASURE",
    "P-ORDER",
    "P-PLAN",
    "P-PROSECUTE",
    "P-PROTECT",
    "P-RELEASE",
    "P-REPORT",
    "P-SAFETY",
    "P-STAT",
    "P-SUPERVISE",
    "P-VICTIM",
    "P-VITAL",
    "P-YOUTHCRIM",
    "P-YOUTHHELP",
    "P-ZVH",
];

const TYPES: [&str; 53] = [
    "ABSCOND",
    "ACUTE_UNSAFE",
    "ANSWER",
    "ASK",
    "BAN_BREACH",
    "BAN_END",
    "BAN_SET",
    "BAR_BREACH",
    "BAR_ENDED",
    "BAR_EXTENDED",
    "BAR_IMPOSED",
    "COND_BREACH",
    "COND_SET",
    "CUSTODY_IN",
    "DISCLOSURE",
    "EM_ALERT",
    "HANDOVER",
    "HEARING",
    "HONOUR_ALERT",
    "HWC_NOTICE",
    "INC_CHILD",
    "INC_HOME",
    "INVOLVED",
    "MDA_REQ",
    "MEAS_DEC",
    "MEAS_END",
    "MEAS_REQ",
    "PHASE_CHANGE",
    "PLAN_AGREED",
    "PLAN_BREACH",
    "PLAN_CLOSED",
    "PROB_ADVICE",
    "PROS_DECISION",
    "QUAD_SET",
    "RELEASED",
    "RELEASE_SOON",
    "RVDK_INTAKE",
    "RVDK_OUT",
    "RVDK_START",
    "STRUCT_UNSAFE",
    "SUP_END",
    "SUP_START",
    "TRAINING",
    "UNBORN_RISK",
    "VERDICT",
    "VICTIM_INFO",
    "VT_INV_OUT",
    "VT_MOVE",
    "VT_NOTIFY",
    "VT_TAKEN",
    "VT_TRIAGE",
    "VT_VTO",
    "ZVH_REF",
];

const ELSEWHERE: [&str; 7] = [
    "ACK",
    "BOTTLENECK",
    "CORRECTION",
    "IDENTITY_FIX",
    "RESTRICT",
    "SHIELD",
    "WITHDRAW",
];

/// Bases to provide that the law's table names, by provider.
const PROVIDE: [&str; 62] = [
    "POL-VT",
    "POL-RVDK",
    "POL-REC",
    "POL-OM",
    "POL-MAYOR",
    "POL-COLLEGE",
    "POL-SHN",
    "POL-CONV",
    "POL-HWC",
    "POL-INC",
    "POL-ZVH",
    "POL-VITAL",
    "OM-POL",
    "OM-REC",
    "OM-VT",
    "OM-RVDK",
    "OM-SHN",
    "OM-MAYOR",
    "OM-ZVH",
    "OM-REC-ADVICE",
    "JUS-ANY",
    "JUS-COLLEGE",
    "CORV-REC",
    "DJI-REC",
    "RVDK-COLLEGE",
    "RVDK-REQ",
    "RVDK-COURT",
    "RVDK-VT",
    "RVDK-POL",
    "RVDK-OM",
    "RVDK-REC",
    "RVDK-ZVH",
    "RVDK-MEASURE",
    "REC-OM",
    "REC-VT",
    "REC-RVDK",
    "REC-POL",
    "REC-ZVH",
    "REC-VICTIM",
    "REC-OM-ADVICE",
    "VT-POL",
    "VT-OM",
    "VT-RVDK",
    "VT-REC",
    "VT-SHN",
    "VT-HELP",
    "VT-COLLEGE",
    "VT-REPORTER",
    "VT-VT",
    "VT-ZVH",
    "VT-THIRD",
    "VT-STAT",
    "VT-PLAN",
    "PROF-VT",
    "PROF-RVDK",
    "PROF-GI",
    "PROF-YOUTH",
    "MAYOR-VT",
    "COURT-BARRING",
    "VIR",
    "VITAL",
    "CONSENT",
];

#[test]
fn every_purpose_type_and_basis_of_the_list_is_there_and_no_other() {
    let catalogue = shipped();
    let found: Vec<&str> = catalogue.purposes().map(|p| p.code.as_str()).collect();
    assert_eq!(found, PURPOSES);
    let found: Vec<&str> = catalogue.signal_types().map(|t| t.code.as_str()).collect();
    assert_eq!(found, TYPES);
    let found: Vec<&str> = catalogue.elsewhere().map(|e| e.code.as_str()).collect();
    assert_eq!(found, ELSEWHERE);
    let found: BTreeSet<&str> = catalogue
        .bases()
        .filter(|basis| basis.kind == BasisKind::Provide)
        .map(|basis| basis.code.as_str())
        .collect();
    assert_eq!(found, PROVIDE.into_iter().collect());
}

/// A purpose of every direction of every type has a basis on both sides: every type can be reached.
#[test]
fn every_type_can_be_sent_on_a_pair_of_bases() {
    let catalogue = shipped();
    for def in catalogue.signal_types() {
        for way in &def.directions {
            for purpose in &way.purposes {
                let pair = catalogue.pair(way.from.as_str(), way.to.as_str(), purpose);
                let way = format!("{} {} {} {purpose}", def.code, way.from, way.to);
                assert!(pair.standing.possible(), "{way}");
                assert!(
                    !pair.provide.is_empty() && !pair.receive.is_empty(),
                    "{way}"
                );
            }
        }
    }
}

/// Types of which no direction stands on firm bases: only on what both sides judged themselves.
#[test]
fn types_that_only_attestation_carries_are_few_and_known() {
    let catalogue = shipped();
    let open: Vec<&str> = catalogue
        .signal_types()
        .filter(|def| {
            !def.directions.iter().any(|way| {
                let (from, to) = (way.from.as_str(), way.to.as_str());
                let firm = |p| catalogue.pair(from, to, p).standing == Standing::Firm;
                way.purposes.iter().any(firm)
            })
        })
        .map(|def| def.code.as_str())
        .collect();
    assert_eq!(open, OPEN);
}

/// Where they go there is an article that was not read yet, or an open question of law.
const OPEN: [&str; 12] = [
    "HANDOVER",
    "HWC_NOTICE",
    "INC_CHILD",
    "INVOLVED",
    "PHASE_CHANGE",
    "PLAN_AGREED",
    "PLAN_CLOSED",
    "QUAD_SET",
    "VICTIM_INFO",
    "VT_MOVE",
    "VT_VTO",
    "ZVH_REF",
];

#[test]
fn every_field_of_every_type_is_bounded() {
    let catalogue = shipped();
    for def in catalogue.signal_types() {
        assert!(!def.minimum.is_empty() && def.minimum.iter().all(|f| def.fields.contains_key(f)));
        assert!((1..=12).contains(&def.max_subjects), "{}", def.code);
        assert!(
            def.subject_roles
                .values()
                .all(|most| *most <= def.max_subjects)
        );
        for field in def.fields.values() {
            match &field.kind {
                FieldKind::Enum { list, codes } | FieldKind::EnumSet { list, codes, .. } => {
                    assert_eq!(
                        codes.len(),
                        catalogue.code_list(list.as_str()).unwrap().codes.len(),
                        "{list}"
                    );
                }
                FieldKind::Int { min, max } => assert!(max - min < 1_000, "{}", field.path),
                _ => {}
            }
        }
    }
    for list in catalogue.code_lists() {
        assert!((1..=64).contains(&list.codes.len()), "{}", list.name);
    }
    let used: BTreeSet<&str> = catalogue
        .signal_types()
        .flat_map(|def| def.fields.keys().map(|path| path.as_str()))
        .collect();
    let all: BTreeSet<&str> = catalogue
        .fields()
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(used, all, "a field that no type uses");
}

#[test]
fn what_is_asked_now_is_not_kept_for_years() {
    let catalogue = shipped();
    for def in catalogue.signal_types() {
        let retention = catalogue.retention(def.retention.as_str()).unwrap();
        if def.urgency.as_str() == "U1" && retention.after == RetentionStart::StateEnded {
            // What stands until it ends: orders and bans.
            assert!(def.fields.contains_key("end"), "{}", def.code);
        }
        for class in def.urgency_at.values() {
            assert!(
                class < &def.urgency,
                "{}: later where it is graver",
                def.code
            );
        }
    }
    let school = catalogue
        .signal_type(&"HWC_NOTICE".parse().unwrap())
        .unwrap();
    assert_eq!(school.retention.as_str(), "R3");
    assert_eq!(school.fields.len(), 1, "the day, and nothing else");
}

/// Every open question says in both languages what is to be checked, and nothing that is firm does.
#[test]
fn what_is_open_says_what_is_to_be_checked() {
    let catalogue = shipped();
    let (mut open, mut all) = (0, 0);
    for basis in catalogue.bases() {
        all += 1;
        assert_eq!(
            basis.needs_attestation(),
            basis.check.is_some(),
            "{}",
            basis.code
        );
        open += usize::from(basis.needs_attestation());
        for law in &basis.law {
            assert!(
                law.id.starts_with("BWBR") || &*law.id == "32016R0679",
                "{law}"
            );
        }
    }
    assert_eq!(all, PROVIDE.len() + 19 + 7);
    assert!(open < all, "{open} of {all}");
    for code in [
        "REC-POL", "RVDK-POL", "RVDK-OM", "RVDK-REC", "OM-RVDK", "CORV-REC",
    ] {
        let basis = catalogue.basis(&code.parse().unwrap()).unwrap();
        assert!(!basis.verified, "{code} is settled by nobody");
    }
}

/// The police are told by the prosecutor, and by Veilig Thuis; never by probation or the Board, but to
/// avert danger to life.
#[test]
fn nothing_goes_straight_from_probation_or_board_to_the_police_but_for_life() {
    let catalogue = shipped();
    for from in ["reclassering", "rvdk"] {
        for def in catalogue.types_between(from, "politie") {
            let way = def.direction(from, "politie").unwrap();
            for purpose in &way.purposes {
                let pair = catalogue.pair(from, "politie", purpose);
                assert_eq!(pair.standing, Standing::Attested, "{} {purpose}", def.code);
            }
            assert!(way.purposes.contains("P-VITAL"), "{}", def.code);
        }
    }
}

#[test]
fn restricted_types_are_about_restricted_themes() {
    let catalogue = shipped();
    let restricted: Vec<&str> = catalogue
        .signal_types()
        .filter(|def| def.restricted)
        .map(|def| def.code.as_str())
        .collect();
    assert_eq!(restricted, ["HONOUR_ALERT"]);
    let themes: Vec<&str> = catalogue
        .themes()
        .filter(|t| t.restricted)
        .map(|t| t.code.as_str())
        .collect();
    assert_eq!(themes, ["honour", "trafficking"]);
}
