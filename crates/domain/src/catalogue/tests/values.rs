//! The canonical form of each kind of value.

use crate::catalogue::{FieldDef, FieldKind, Label, ListName, check_case};
use proptest::prelude::*;
use std::sync::Arc;

fn field(kind: FieldKind) -> FieldDef {
    FieldDef {
        path: "x".parse().unwrap(),
        label: Label::default(),
        kind,
        special: None,
    }
}

fn set(max: usize) -> FieldDef {
    let codes = ["a", "b", "b-1", "c"]
        .into_iter()
        .map(|code| code.parse().unwrap())
        .collect();
    field(FieldKind::EnumSet {
        list: ListName::parse("x").unwrap(),
        codes: Arc::new(codes),
        max,
    })
}

fn one() -> FieldDef {
    let codes = ["a", "b"]
        .into_iter()
        .map(|code| code.parse().unwrap())
        .collect();
    field(FieldKind::Enum {
        list: ListName::parse("x").unwrap(),
        codes: Arc::new(codes),
    })
}

fn holds(field: &FieldDef, good: &[&str], bad: &[&str]) {
    for value in good {
        assert!(
            field.check_value(value.as_bytes()).is_ok(),
            "{:?} {value}",
            field.kind
        );
    }
    for value in bad {
        assert!(
            field.check_value(value.as_bytes()).is_err(),
            "{:?} {value}",
            field.kind
        );
    }
}

#[test]
fn each_kind_has_one_form() {
    holds(&one(), &["a", "b"], &["", "c", "A", "a ", "a,b"]);
    holds(
        &set(2),
        &["a", "a,b", "b,b-1"],
        &["", "b,a", "a,a", "a,b,c", "a, b", "a,", ",a", "a,d"],
    );
    holds(
        &field(FieldKind::Date),
        &["2026-02-28", "2024-02-29", "1900-01-01", "2199-12-31"],
        &[
            "2026-02-29",
            "2026-2-28",
            "1899-12-31",
            "2200-01-01",
            "20260228",
            "2026-13-01",
            "+026-01-01",
        ],
    );
    holds(
        &field(FieldKind::Hour),
        &["0", "497000", "9999999"],
        &["-1", "01", "10000000", "+1", ""],
    );
    holds(
        &field(FieldKind::Int { min: -5, max: 20 }),
        &["-5", "0", "20"],
        &["-6", "21", "-0", "007", "+1", "1.0", " 1", ""],
    );
    holds(
        &field(FieldKind::Bool),
        &["yes", "no"],
        &["true", "Yes", "1", ""],
    );
    holds(
        &field(FieldKind::Oin),
        &["00000099000000010000"],
        &["00000099000000010001", "x"],
    );
}

#[test]
fn opaque_values_have_no_readable_number() {
    let opaque = field(FieldKind::Opaque);
    assert!(opaque.check_value(&[7; 16]).is_ok());
    assert!(opaque.check_value(&[7; 15]).is_err());
    assert!(opaque.check_value(&[7; 17]).is_err());
    assert!(opaque.check_value(b"zaak-12345678-ab").is_ok());
    assert!(opaque.check_value(b"zaak-123456782-a").is_err());
}

#[test]
fn a_case_is_one_to_three_opaque_references() {
    for length in [16, 32, 48] {
        assert!(check_case(&vec![1; length]).is_ok(), "{length}");
    }
    for length in [0, 15, 17, 64] {
        assert!(check_case(&vec![1; length]).is_err(), "{length}");
    }
    assert!(check_case(b"2026-123456782-x").is_err());
}

#[test]
fn values_that_are_not_text_are_refused() {
    for kind in [
        FieldKind::Date,
        FieldKind::Hour,
        FieldKind::Bool,
        FieldKind::Oin,
    ] {
        assert!(field(kind).check_value(&[0xff, 0xfe]).is_err());
    }
    assert!(one().check_value(&[0xff]).is_err());
}

proptest! {
    #[test]
    fn a_number_has_one_form_and_its_bounds(n in -200_i64..200, min in -100_i64..0, max in 0_i64..100) {
        let field = field(FieldKind::Int { min, max });
        prop_assert_eq!(field.check_value(n.to_string().as_bytes()).is_ok(), (min..=max).contains(&n));
        let padded = format!("0{n}");
        prop_assert!(field.check_value(padded.as_bytes()).is_err());
    }

    #[test]
    fn no_kind_takes_nine_digits(digits in "[0-9]{9}") {
        let kinds = [
            FieldKind::Date,
            FieldKind::Hour,
            FieldKind::Int { min: -99_999_999, max: 99_999_999 },
            FieldKind::Bool,
            FieldKind::Oin,
            FieldKind::Opaque,
        ];
        let padded = format!("{digits}-------");
        for kind in kinds {
            let field = field(kind);
            // A number that only looks long through leading zeros has another form.
            prop_assert!(field.check_value(digits.as_bytes()).is_err());
            prop_assert!(field.check_value(padded.as_bytes()).is_err());
        }
        prop_assert!(one().check_value(digits.as_bytes()).is_err());
        prop_assert!(set(4).check_value(digits.as_bytes()).is_err());
    }

    #[test]
    fn whatever_passes_fits_a_sealed_field(value in prop::collection::vec(any::<u8>(), 0..80)) {
        for field in [one(), set(4), field(FieldKind::Opaque), field(FieldKind::Date)] {
            if field.check_value(&value).is_ok() {
                prop_assert!(value.len() <= crate::catalogue::value::VALUE_BYTES);
            }
        }
    }

    #[test]
    fn a_day_that_exists_passes(year in 1900_i16..2200, month in 1_i8..=12, day in 1_i8..=31) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let exists = jiff::civil::Date::new(year, month, day).is_ok();
        prop_assert_eq!(field(FieldKind::Date).check_value(text.as_bytes()).is_ok(), exists);
    }
}
