//! The input of a decision in its one form.

use super::{
    Asked, CitedConsent, DecisionInput, InputBreakGlass, InputSubject, Standing, input_digest,
};
use crate::agreement::ClauseState;
use crate::signal::{IdKind, Regime, Restriction, SourceShield, WpgArticle};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, Digest, Millis, hex};

fn input() -> DecisionInput {
    let subject = |role: &str, identity_sealed| InputSubject {
        role: role.parse().unwrap(),
        kind: IdKind::Number,
        identity_sealed,
    };
    DecisionInput {
        asked: Asked::Publish,
        decided_at: Millis(1_795_363_200_000),
        source: "00000099000000010000".parse().unwrap(),
        recipient: "00000099000000050000".parse().unwrap(),
        desk: "intake".parse().unwrap(),
        agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        clause: "pol-vt-report".parse().unwrap(),
        region: "kennemerland".parse().unwrap(),
        purpose: "P-REPORT".parse().unwrap(),
        signal_type: "INC_HOME".parse().unwrap(),
        offered: ["form", "nature", "severity"]
            .map(|path| path.parse().unwrap())
            .into(),
        subjects: vec![subject("victim", true), subject("suspect", false)],
        regime: Regime::Wpg,
        wpg_article: Some(WpgArticle::Art8),
        onward_basis: None,
        source_shield: SourceShield::None,
        restriction: Restriction::None,
        restricted_theme: false,
        second_approval: false,
        acting_person: true,
        decided_by: true,
        received: false,
        machine_answer: false,
        over_budget: false,
        consent: CitedConsent::None,
        break_glass: None,
        standing: Standing {
            known: true,
            clause: ClauseState::Valid,
            ruleset_ok: true,
            in_term: true,
        },
        catalogue_hash: Digest([1; 32]),
        policy_hash: Digest([2; 32]),
    }
}

fn message() -> v1::DecisionInput {
    v1::DecisionInput::decode(input().encode().as_slice()).unwrap()
}

fn glass(called_ms: u64, until_ms: u64) -> v1::InputBreakGlass {
    v1::InputBreakGlass {
        called_ms,
        until_ms,
        sent_ms: 6,
    }
}

fn refused(message: &v1::DecisionInput) -> bool {
    DecisionInput::parse(&message.encode_to_vec()).is_err()
}

#[test]
fn an_input_is_read_as_it_was_written_whatever_stood_in_it() {
    let first = input();
    assert_eq!(DecisionInput::parse(&first.encode()), Ok(first));
    for asked in [
        Asked::Publish,
        Asked::Release,
        Asked::Rectify,
        Asked::Ask,
        Asked::Answer,
    ] {
        for clause in [
            ClauseState::None,
            ClauseState::Proposed,
            ClauseState::Valid,
            ClauseState::Suspended,
            ClauseState::Ended,
            ClauseState::Rejected,
            ClauseState::Replaced,
        ] {
            for flag in [false, true] {
                let other = DecisionInput {
                    asked,
                    received: flag,
                    machine_answer: flag,
                    over_budget: !flag,
                    second_approval: flag,
                    regime: Regime::Avg,
                    wpg_article: None,
                    subjects: Vec::new(),
                    standing: Standing {
                        known: flag || clause != ClauseState::None,
                        clause,
                        ruleset_ok: flag,
                        in_term: !flag,
                    },
                    ..input()
                };
                assert_eq!(DecisionInput::parse(&other.encode()), Ok(other));
            }
        }
    }
}

#[test]
fn what_hides_goes_on_is_restricted_or_breaks_the_glass_is_read_as_it_was_written() {
    let shields = [
        SourceShield::None,
        SourceShield::Origin,
        SourceShield::Existence,
    ];
    let restrictions = [
        Restriction::None,
        Restriction::Restricted,
        Restriction::Consent,
        Restriction::LegalClaim,
        Restriction::RightsOfOthers,
        Restriction::PublicInterest,
    ];
    for source_shield in shields {
        for restriction in restrictions {
            for called_at in [None, Some(Millis(5))] {
                let other = DecisionInput {
                    source_shield,
                    restriction,
                    restricted_theme: called_at.is_some(),
                    onward_basis: called_at.map(|_| "POL-VT".parse().unwrap()),
                    break_glass: Some(InputBreakGlass {
                        called_at,
                        until: Millis(7),
                        sent_at: Millis(6),
                    }),
                    ..input()
                };
                assert_eq!(DecisionInput::parse(&other.encode()), Ok(other));
            }
        }
    }
}

#[test]
fn the_bytes_of_an_input_are_those_of_the_page() {
    // docs/formats/decision.md; kept values must stay readable.
    assert_eq!(
        hex(&input_digest(&input().encode()).0),
        "278e1288b4beef57a47603acc009c478095a780f3da911603712e6323fd3b968"
    );
}

#[test]
fn every_part_of_an_input_is_in_its_digest() {
    let changes: [fn(&mut v1::DecisionInput); 33] = [
        |i| i.act = v1::Act::Release.into(),
        |i| i.decided_ms += 1,
        |i| i.source_oin = "00000099000000020000".into(),
        |i| i.recipient_oin = "00000099000000020000".into(),
        |i| i.recipient_desk = "other".into(),
        |i| i.agreement_hash = format!("$1$1${}", "B".repeat(86)),
        |i| i.clause_id = "other".into(),
        |i| i.region = "other".into(),
        |i| i.purpose = "P-SAFETY".into(),
        |i| i.signal_type = "INC_CHILD".into(),
        |i| i.offered.truncate(2),
        |i| i.subjects[1].identity_sealed = true,
        |i| i.wpg_article = v1::WpgArticle::WpgArticle9.into(),
        |i| i.second_approval = true,
        |i| i.acting_person = false,
        |i| i.received = true,
        |i| i.machine_answer = true,
        |i| i.over_budget = true,
        |i| i.clause_standing = v1::ClauseStanding::Suspended.into(),
        |i| i.ruleset_ok = false,
        |i| i.in_term = false,
        |i| i.policy_hash = vec![3; 32],
        |i| i.consent = v1::CitedConsent::Stands.into(),
        |i| i.consent = v1::CitedConsent::Expired.into(),
        |i| i.consent = v1::CitedConsent::Fails.into(),
        |i| i.onward_basis = "POL-VT".into(),
        |i| i.source_shield = v1::SourceShield::Origin.into(),
        |i| i.source_shield = v1::SourceShield::Existence.into(),
        |i| i.restriction = v1::Restriction::Restricted.into(),
        |i| i.restriction = v1::Restriction::LegalClaim.into(),
        |i| i.restricted_theme = true,
        |i| i.break_glass = Some(glass(0, 7)),
        |i| i.break_glass = Some(glass(5, 7)),
    ];
    let mut seen = vec![input_digest(&input().encode())];
    for change in changes {
        let mut other = message();
        change(&mut other);
        let read = DecisionInput::parse(&other.encode_to_vec()).unwrap();
        assert_ne!(read, input());
        let digest = input_digest(&read.encode());
        assert!(!seen.contains(&digest), "{read:?}");
        seen.push(digest);
    }
}

#[test]
fn an_input_in_another_form_is_none() {
    let changes: [fn(&mut v1::DecisionInput); 21] = [
        |i| i.format = 0,
        |i| i.format = 2,
        |i| i.act = v1::Act::Acknowledge.into(),
        |i| i.act = 999,
        |i| i.source_oin.clear(),
        |i| i.agreement_hash = "x".into(),
        |i| i.offered.swap(0, 1),
        |i| i.offered.push("severity".into()),
        |i| i.offered = (0..200).map(|n| format!("field{n:03}")).collect(),
        |i| i.subjects = vec![i.subjects[0].clone(); 200],
        |i| i.subjects[0].kind = 0,
        |i| i.regime = 0,
        |i| i.wpg_article = 0,
        |i| i.clause_standing = 99,
        |i| i.consent = 4,
        |i| i.onward_basis = "lower case".into(),
        |i| i.source_shield = v1::SourceShield::None.into(),
        |i| i.source_shield = 4,
        |i| i.restriction = 6,
        |i| i.agreement_known = false,
        |i| i.catalogue_hash = vec![1; 31],
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut other = message();
        change(&mut other);
        assert!(refused(&other), "{place}");
    }
    let bytes = input().encode();
    for bent in [
        // A byte less, an unknown field, a field twice, nothing at all.
        bytes[..bytes.len() - 1].to_vec(),
        [bytes.as_slice(), &[0xf8, 0x3f, 1]].concat(),
        [bytes.as_slice(), &[0x08, 1]].concat(),
        Vec::new(),
    ] {
        assert!(DecisionInput::parse(&bent).is_err());
    }
}
