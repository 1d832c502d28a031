//! A chain holds to its vectors, opens for one person and class, and to nobody who altered a byte.

use super::*;
use crate::catalogue::Visibility;
use crate::entry::tests::{bytes as unhex, cases, rng, subject, vectors};
use proptest::prelude::*;
use serde_json::Value;

const LOG: &str = "hub.example/log/2026h2";

fn tag_key(byte: u8) -> TagKey {
    TagKey::from_slice(&[byte; 32]).unwrap()
}

fn number(digits: &str) -> SubjectValue {
    SubjectValue::number(digits).unwrap()
}

fn link(number: u32) -> Link {
    Link {
        number,
        step: Step::Decision,
        shield: SourceShield::None,
        open: Open::NONE,
        previous: [9; 16],
    }
}

fn class_of(value: &Value) -> Class {
    let text = value.as_str().unwrap();
    Class::parse(text).unwrap()
}

#[test]
fn chains_are_those_of_the_vectors() {
    let file = vectors("chain.json");
    let tag_key = TagKey::from_slice(&unhex(&file["tag_key"])).unwrap();
    let origin = file["origin"].as_str().unwrap();
    for case in cases(&file, "cases") {
        let chain = Chain::parse(&unhex(&case["chain"])).unwrap();
        assert_eq!(chain.nonce().as_slice(), unhex(&case["nonce"]));
        assert_eq!(chain.holder().0.as_slice(), unhex(&case["holder"]));
        for told in case["links"].as_array().unwrap() {
            let value = subject(&told["kind"], &told["value"]);
            let key = ChainKey::new(&tag_key, &value, class_of(&told["class"]), origin);
            assert_eq!(key.as_bytes().as_slice(), unhex(&told["class_key"]));
            assert_eq!(key.name().as_slice(), unhex(&told["name"]));
            let ordinal = u8::try_from(told["ordinal"].as_u64().unwrap()).unwrap();
            let found = chain.open(&key, ordinal).unwrap();
            assert_eq!(found.to_bytes().as_slice(), unhex(&told["plain"]));
            assert_eq!(u64::from(found.number), told["number"].as_u64().unwrap());
            let row = told["open_in_a_row"].as_u64().unwrap();
            assert_eq!(u64::from(found.open.run()), row);
            // Sealed anew at the same place it is the same bytes.
            let head = &chain.0[..HEAD];
            let place = HEAD + usize::from(ordinal) * PLACE;
            let sealed = seal(&key, head, ordinal, found).unwrap();
            assert_eq!(sealed, chain.0[place..place + PLACE]);
        }
    }
    for refused in cases(&file, "refused") {
        assert!(
            Chain::parse(&unhex(&refused["chain"])).is_err(),
            "{}",
            refused["why"]
        );
    }
}

#[test]
fn a_link_opens_for_its_person_class_log_place_and_epoch_alone() {
    let (me, other) = (number("123456782"), number("111222333"));
    let mine = ChainKey::new(&tag_key(1), &me, Visibility::Subject, LOG);
    let chain = Chain::make(Holder([7; 16]), &[Some((&mine, link(3)))], &mut rng(1)).unwrap();
    assert_eq!(chain.open(&mine, 0), Some(link(3)));
    assert_eq!(chain.open(&mine, 1), None, "another place");
    assert_eq!(chain.open(&mine, 200), None, "no place");
    for (key, value, class, log) in [
        (1, &me, Visibility::Authority, LOG),
        (1, &other, Visibility::Subject, LOG),
        (2, &me, Visibility::Subject, LOG),
        (1, &me, Visibility::Subject, "hub.example/log/2027h1"),
    ] {
        let key = ChainKey::new(&tag_key(key), value, class, log);
        assert_eq!(chain.open(&key, 0), None);
        assert_ne!(key.name(), mine.name());
    }
    let days = ["after-2027-03-01", "after-2027-03-02"].map(|text| Class::parse(text).unwrap());
    let later = days.map(|class| ChainKey::new(&tag_key(1), &me, class, LOG));
    assert!(later.iter().all(|key| chain.open(key, 0).is_none()));
    assert_ne!(later[0].name(), later[1].name());
    assert_eq!(format!("{mine:?}"), "ChainKey(..)");
}

#[test]
fn every_chain_is_as_long_and_shows_neither_count_nor_class() {
    let about = |links: &[Option<(&ChainKey, Link)>]| {
        Chain::make(Holder([7; 16]), links, &mut rng(5)).unwrap()
    };
    let key = ChainKey::new(&tag_key(1), &number("123456782"), Visibility::Subject, LOG);
    let nobody = about(&[]);
    let twelve = about(&[Some((&key, link(1))); SUBJECTS]);
    assert_eq!(nobody.as_bytes().len(), Chain::LEN);
    assert_eq!(Chain::LEN, 525);
    // The same numbers at two places are no two equal places.
    let places: std::collections::BTreeSet<_> = twelve.0[HEAD..].chunks(PLACE).collect();
    assert_eq!(places.len(), SUBJECTS);
    assert!(Chain::make(Holder([7; 16]), &[Some((&key, link(1))); 13], &mut rng(5)).is_err());
}

#[test]
fn a_slip_commits_to_its_chain() {
    let me = number("123456782");
    let (key, rng) = (tag_key(1), &mut rng(3));
    let mine = ChainKey::new(&key, &me, Visibility::Subject, LOG);
    let chain = Chain::make(Holder([7; 16]), &[Some((&mine, link(1)))], rng).unwrap();
    let slip = crate::entry::Slip::chained(&key, std::slice::from_ref(&me), &chain, rng).unwrap();
    assert_eq!(*slip.nonce(), chain.nonce());
    let scanner = crate::entry::Scanner::new(&key, &[me]);
    assert_eq!(scanner.find(&slip).len(), 1);
}

#[test]
fn what_no_partner_seals_is_no_link() {
    let good = link(1).to_bytes();
    let altered = |at: usize, byte: u8| {
        let mut bytes = good;
        bytes[at] = byte;
        Link::parse(FORMAT, &bytes)
    };
    assert_eq!(Link::parse(FORMAT, &good), Some(link(1)));
    assert_eq!(Link::parse(SHORT, &good), Some(link(1)));
    assert_eq!(altered(3, 0), None, "number 0");
    for marks in [0, 1 | 3 << 2, 0xff] {
        assert_eq!(altered(4, marks), None, "{marks}");
    }
    assert_eq!(Link::parse(FORMAT, &good[1..]), None);
    assert_eq!(Link::parse(FORMAT, &[good.as_slice(), &[0]].concat()), None);
}

#[test]
fn a_link_tells_of_the_thirty_two_before_it_and_no_further() {
    let one = Link {
        open: Open::of_bits(0x8000_0001),
        ..link(40)
    };
    assert_eq!(one.open_at(39), Some(true));
    assert_eq!(one.open_at(38), Some(false));
    assert_eq!(one.open_at(8), Some(true));
    for other in [7, 40, 41, u32::MAX] {
        assert_eq!(one.open_at(other), None, "{other}");
    }
}

#[test]
fn a_row_of_any_length_is_told_and_written_in_one_way() {
    for row in [0, 31, 32, 33, 100, 5_000] {
        let open = (0..row).fold(Open::NONE, |open, _| open.taken());
        let one = Link {
            open,
            ..link(10_000)
        };
        let bytes = one.to_bytes();
        assert_eq!(Link::parse(FORMAT, &bytes), Some(one), "{row}");
        assert_eq!(bytes[4] & IN_A_ROW != 0, row >= 32);
        for back in 1..=row {
            assert_eq!(one.open_at(10_000 - back), Some(true), "{row} {back}");
        }
        assert_eq!(one.open_at(10_000 - row - 1), Some(false), "{row}");
    }
    let row = |marks: u8, told: u32| {
        let mut bytes = link(9).to_bytes();
        bytes[4] = marks;
        bytes[5..9].copy_from_slice(&told.to_be_bytes());
        bytes
    };
    let (plain, marked) = (1, 1 | IN_A_ROW);
    assert!(Link::parse(FORMAT, &row(marked, 32)).is_some());
    assert!(
        Link::parse(FORMAT, &row(marked, 31)).is_none(),
        "fits the bits"
    );
    assert!(
        Link::parse(FORMAT, &row(plain, u32::MAX)).is_none(),
        "a row"
    );
    // What was made before there were rows is read as it was.
    assert!(Link::parse(SHORT, &row(plain, u32::MAX)).is_some());
    assert!(Link::parse(SHORT, &row(marked, 32)).is_none());
}

proptest! {
    /// Any altered byte gives another nonce, so it is no longer the chain of its leaf; and a place
    /// that was altered does not open.
    #[test]
    fn no_altered_chain_is_taken(at in 0..Chain::LEN, flip in 1u8..) {
        let key = ChainKey::new(&tag_key(1), &number("123456782"), Visibility::Subject, LOG);
        let chain = Chain::make(Holder([7; 16]), &[Some((&key, link(1)))], &mut rng(9)).unwrap();
        let mut bytes = *chain.as_bytes();
        bytes[at] ^= flip;
        if let Ok(altered) = Chain::parse(&bytes) {
            prop_assert_ne!(altered.nonce(), chain.nonce());
            if at < HEAD + PLACE {
                prop_assert_eq!(altered.open(&key, 0), None);
            }
        }
    }
}
