//! What a leaf, a slip and a commitment hold to, against the published vectors.

use super::*;
use crate::signal::IdKind;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use ring::digest::{SHA256, digest};
use seinhuis_types::{Digest, Hour};
use serde_json::Value;

pub(super) fn vectors(file: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(super) fn cases<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value[key].as_array().unwrap();
    assert!(!list.is_empty());
    list
}

pub(super) fn bytes(value: &Value) -> Vec<u8> {
    let (pairs, []) = value.as_str().unwrap().as_bytes().as_chunks::<2>() else {
        panic!("odd length");
    };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

fn digest_of(value: &Value) -> Digest {
    Digest::from_slice(&bytes(value)).unwrap()
}

pub(super) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(super) fn subject(kind: &Value, value: &Value) -> SubjectValue {
    let value = bytes(value);
    let text = || String::from_utf8(value.clone()).unwrap();
    match kind.as_u64().unwrap() {
        1 => SubjectValue::number(&text()).unwrap(),
        2 => SubjectValue::skn(&text()).unwrap(),
        3 => SubjectValue::own_pseudonym(&value.try_into().unwrap()),
        other => panic!("kind {other}"),
    }
}

#[test]
fn leaves_are_those_of_the_vectors() {
    let file = vectors("leaf.json");
    for case in cases(&file, "cases") {
        let parts = cases(case, "parts");
        let opening = |i: usize| Opening::from_slice(&bytes(&parts[i]["opening"])).unwrap();
        let data: Vec<Vec<u8>> = parts.iter().map(|part| bytes(&part["bytes"])).collect();
        let head = LeafHead::new(
            Hour(u32::try_from(case["hour"].as_u64().unwrap()).unwrap()),
            u16::try_from(case["epoch"].as_u64().unwrap()).unwrap(),
            digest_of(&case["ruleset_root"]),
        )
        .unwrap();
        let slip = Slip::parse(&bytes(&case["nonce"]), &bytes(&case["tags"])).unwrap();
        let parts_of = Parts {
            shared: &data[0],
            provider: &data[1],
            recipient: &data[2],
            outcome: &data[3],
        };
        let openings = Openings {
            shared: opening(0),
            provider: opening(1),
            recipient: opening(2),
            outcome: opening(3),
        };
        let leaf = head.seal_with(&slip, &parts_of, &openings);
        let expected = bytes(&case["leaf"]);
        assert_eq!(leaf.to_bytes().as_slice(), expected, "{}", case["name"]);
        assert_eq!(Leaf::parse(&expected).unwrap(), leaf);
        let prefixed: Vec<u8> = [0].into_iter().chain(leaf.to_bytes()).collect();
        assert_eq!(
            digest(&SHA256, &prefixed).as_ref(),
            bytes(&case["leaf_hash"])
        );
        for (part, described) in Part::ALL.into_iter().zip(parts) {
            assert_eq!(
                *leaf.commitments().part(part),
                digest_of(&described["commitment"])
            );
            assert!(leaf.opens(part, openings.part(part), parts_of.part(part)));
        }
    }
    for case in cases(&file, "refused") {
        assert!(
            Leaf::parse(&bytes(&case["leaf"])).is_err(),
            "{}",
            case["why"]
        );
    }
}

#[test]
fn tags_are_those_of_the_vectors() {
    let file = vectors("tag.json");
    let key = TagKey::from_slice(&bytes(&file["tag_key"])).unwrap();
    for case in cases(&file, "cases") {
        let value = subject(&case["kind"], &case["value"]);
        let nonce: [u8; 16] = bytes(&case["nonce"]).try_into().unwrap();
        let ordinal = u8::try_from(case["ordinal"].as_u64().unwrap()).unwrap();
        assert_eq!(
            tag(&key, &value, &nonce, ordinal).as_slice(),
            bytes(&case["tag"])
        );
    }
    let slip = Slip::parse(
        &bytes(&file["slip"]["nonce"]),
        &bytes(&file["slip"]["tags"]),
    )
    .unwrap();
    for case in cases(&file["slip"], "subjects") {
        let value = subject(&case["kind"], &case["value"]);
        let ordinal = u8::try_from(case["ordinal"].as_u64().unwrap()).unwrap();
        let kind = value.kind();
        assert_eq!(
            Scanner::new(&key, &[value]).find(&slip),
            [Hit { ordinal, kind }]
        );
    }
}

#[test]
fn ruleset_roots_are_those_of_the_vectors() {
    let file = vectors("ruleset.json");
    for case in cases(&file, "cases") {
        let root = ruleset_root(
            &digest_of(&case["catalogue_hash"]),
            &digest_of(&case["policy_hash"]),
        );
        assert_eq!(root, digest_of(&case["ruleset_root"]));
    }
}

#[test]
fn an_absent_part_is_not_seen_and_not_shared_between_leaves() {
    let head = LeafHead::new(Hour(500_000), 1, Digest([7; 32])).unwrap();
    let mut rng = rng(1);
    let slip = Slip::random(&mut rng);
    let (one, openings) = head.seal(&slip, &Parts::default(), &mut rng);
    let (two, _) = head.seal(&slip, &Parts::default(), &mut rng);
    let all: std::collections::BTreeSet<_> = [&one, &two]
        .iter()
        .flat_map(|l| Part::ALL.map(|p| *l.commitments().part(p)))
        .collect();
    assert_eq!(all.len(), 8);
    assert!(one.opens(Part::Recipient, &openings.recipient, b""));
    assert!(!one.opens(Part::Recipient, &openings.recipient, b"x"));
    assert!(!one.opens(Part::Recipient, &openings.shared, b""));
}

#[test]
fn an_hour_beyond_24_bits_has_no_leaf() {
    let root = Digest([0; 32]);
    assert!(LeafHead::new(Hour(0x00ff_ffff), 0, root).is_ok());
    let hour = Hour(0x0100_0000);
    assert_eq!(
        LeafHead::new(hour, 0, root),
        Err(EntryError::HourTooLarge { hour })
    );
}

#[test]
fn slips_hold_twelve_subjects_and_no_more() {
    let key = TagKey::random(&mut rng(2));
    let many = vec![SubjectValue::own_pseudonym(&[1; 32]); 13];
    assert!(Slip::make(&key, &many[..12], &mut rng(3)).is_ok());
    let refused = Slip::make(&key, &many, &mut rng(3));
    assert_eq!(refused, Err(EntryError::TooManySubjects { found: 13 }));
    assert_eq!(
        Slip::parse(&[0; 16], &[0; 191]),
        Err(EntryError::SlipLength)
    );
    assert_eq!(
        Slip::parse(&[0; 16], &[0; 176]),
        Err(EntryError::SlipLength)
    );
    assert_eq!(
        Slip::parse(&[0; 15], &[0; 192]),
        Err(EntryError::SlipLength)
    );
}

#[test]
fn a_scan_tries_every_value_and_only_the_right_key_finds() {
    let key = TagKey::random(&mut rng(4));
    let number = SubjectValue::number("123456782").unwrap();
    let skn = SubjectValue::skn("20123456").unwrap();
    let own = SubjectValue::own_pseudonym(&[9; 32]);
    let slip = Slip::make(&key, &[own.clone(), number.clone()], &mut rng(5)).unwrap();
    let known_by = [number, skn, own];
    let hits = Scanner::new(&key, &known_by).find(&slip);
    let expected = [
        Hit {
            ordinal: 0,
            kind: IdKind::Own,
        },
        Hit {
            ordinal: 1,
            kind: IdKind::Number,
        },
    ];
    assert_eq!(hits, expected);
    assert!(
        Scanner::new(&TagKey::random(&mut rng(6)), &known_by)
            .find(&slip)
            .is_empty()
    );
}

#[test]
fn the_same_person_leaves_other_tags_in_every_slip_and_place() {
    let key = TagKey::random(&mut rng(7));
    let value = SubjectValue::number("123456782").unwrap();
    let subjects = [value.clone(), value];
    let one = Slip::make(&key, &subjects, &mut rng(8)).unwrap();
    let two = Slip::make(&key, &subjects, &mut rng(9)).unwrap();
    let tags: std::collections::BTreeSet<_> = one.tags().iter().chain(two.tags()).collect();
    assert_eq!(tags.len(), 24);
}

#[test]
fn subject_values_have_one_form_and_are_not_printed() {
    for bad in ["12345678", "1234567890", "12345678a", "", "１２３"] {
        let refused = SubjectValue::number(bad).unwrap_err();
        assert!(bad.is_empty() || !refused.to_string().contains(bad));
    }
    assert!(SubjectValue::skn("").is_err());
    assert!(SubjectValue::skn("1234567890123").is_err());
    let value = SubjectValue::number("123456782").unwrap();
    assert_eq!(format!("{value:?}"), "SubjectValue(number, ..)");
    assert_eq!(format!("{:?}", TagKey::random(&mut rng(1))), "TagKey(..)");
    assert_eq!(format!("{:?}", Opening::random(&mut rng(1))), "Opening(..)");
}

proptest! {
    #[test]
    fn every_374_bytes_of_format_1_are_one_leaf(rest in prop::collection::vec(any::<u8>(), 373)) {
        let raw: Vec<u8> = [1].into_iter().chain(rest).collect();
        let leaf = Leaf::parse(&raw).unwrap();
        prop_assert_eq!(leaf.to_bytes().to_vec(), raw);
    }

    #[test]
    fn whoever_is_tagged_is_found_where_they_stand(seed: u64, people in 0_usize..=12) {
        let mut rng = rng(seed);
        let key = TagKey::random(&mut rng);
        let value = |i: usize| SubjectValue::skn(&format!("{i}")).unwrap();
        let subjects: Vec<_> = (0..people).map(value).collect();
        let slip = Slip::make(&key, &subjects, &mut rng).unwrap();
        for i in 0..12 {
            let hits = Scanner::new(&key, &[value(i)]).find(&slip);
            prop_assert_eq!(hits.len(), usize::from(i < people));
            prop_assert!(hits.iter().all(|hit| usize::from(hit.ordinal) == i));
        }
    }
}
