//! The table holds, and every name is its own.

use super::*;

const POLICE: &str = "00000099000000010000";
const CARE: &str = "00000099000000020000";
const COURT: &str = "00000099000000030000";

fn oin(text: &str) -> Oin {
    text.parse().unwrap()
}

fn partner(text: &str, epoch: u32) -> Domain {
    Domain::Partner {
        oin: oin(text),
        epoch,
    }
}

fn key(text: &str, epoch: u32) -> KeyContext {
    KeyContext {
        oin: oin(text),
        desk: "intake".parse().unwrap(),
        epoch,
    }
}

fn not_in_table<T: fmt::Debug>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotInTable { .. }))
}

#[test]
fn numbers_convert_to_any_partner_also_to_the_caller_itself() {
    for from in [Domain::Number, Domain::Skn] {
        for to in [POLICE, CARE] {
            assert_eq!(allowed(&from, &partner(to, 1), &oin(POLICE)), Ok(()));
        }
    }
}

#[test]
fn nothing_converts_to_a_number() {
    for from in [Domain::Number, Domain::Skn, partner(POLICE, 1)] {
        for to in [Domain::Number, Domain::Skn] {
            assert!(
                not_in_table(&allowed(&from, &to, &oin(POLICE))),
                "{from} {to}"
            );
            assert!(not_in_table(&Conversion::new(
                from,
                key(POLICE, 1),
                to,
                key(CARE, 1)
            )));
        }
    }
}

#[test]
fn own_pseudonyms_convert_to_another_partner_of_the_same_epoch() {
    assert_eq!(
        allowed(&partner(POLICE, 3), &partner(CARE, 3), &oin(POLICE)),
        Ok(())
    );
    for (from, to) in [(3, 4), (4, 3)] {
        let pair = (partner(POLICE, from), partner(CARE, to));
        assert_eq!(allowed(&pair.0, &pair.1, &oin(POLICE)), Err(Error::Epoch));
    }
}

#[test]
fn pseudonyms_of_another_are_never_converted() {
    for caller in [CARE, COURT] {
        assert!(not_in_table(&allowed(
            &partner(POLICE, 1),
            &partner(CARE, 1),
            &oin(caller)
        )));
    }
    let taken = Conversion::new(
        partner(CARE, 1),
        key(POLICE, 1),
        partner(COURT, 1),
        key(COURT, 1),
    );
    assert!(not_in_table(&taken));
}

#[test]
fn a_pseudonym_is_not_converted_to_its_own_domain() {
    for epoch in [1, 2] {
        assert!(not_in_table(&allowed(
            &partner(POLICE, 1),
            &partner(POLICE, epoch),
            &oin(POLICE)
        )));
    }
}

#[test]
fn the_target_key_is_one_of_the_owner_of_the_target_domain() {
    let taken = Conversion::new(
        Domain::Number,
        key(POLICE, 1),
        partner(CARE, 1),
        key(COURT, 1),
    );
    assert!(matches!(taken, Err(Error::ForeignKey { .. })));
}

#[test]
fn every_key_is_of_the_epoch_of_the_target_domain() {
    for (from, domain, to) in [(1, 1, 2), (2, 1, 1), (1, 2, 1), (1, 2, 2)] {
        let mixed = Conversion::new(
            Domain::Skn,
            key(POLICE, from),
            partner(CARE, domain),
            key(CARE, to),
        );
        assert_eq!(mixed, Err(Error::Epoch), "{from} {domain} {to}");
    }
    assert!(Conversion::new(Domain::Skn, key(POLICE, 2), partner(CARE, 2), key(CARE, 2)).is_ok());
}

#[test]
fn names_are_those_of_the_format() {
    assert_eq!(Domain::Number.to_string(), "number");
    assert_eq!(Domain::Skn.to_string(), "skn");
    assert_eq!(partner(CARE, 12).to_string(), format!("P/{CARE}/e12"));
    assert_eq!(key(CARE, 12).to_string(), format!("{CARE}/intake/e12"));
}
