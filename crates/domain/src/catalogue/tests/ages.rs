//! Who may act: each law's ages, to the day.

use super::shipped::shipped;
use crate::catalogue::{Acts, Catalogue, Right, age_on, birthday};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn acts(catalogue: &Catalogue, regime: &str, right: Right, birth: Date, on: Date) -> Acts {
    let rule = catalogue.age_rule(regime, right).expect("a rule");
    rule.who_may_act(birth, on, true).expect("a day").acts
}

/// Every rule of the shipped catalogue: whose act counts at 11, 12 to 15, 16 and 17, and from 18 on.
#[test]
fn each_law_has_its_ages() {
    use Acts::{Both, Either, Representative as Rep, Subject as Own};
    let catalogue = shipped();
    let birth = date(2010, 6, 15);
    let mut asked = 0;
    for (regime, right, expected) in [
        ("AVG", Right::Consent, [Rep, Rep, Own, Own]),
        ("AVG", Right::Withdraw, [Rep, Either, Either, Own]),
        ("AVG", Right::Access, [Rep, Either, Own, Own]),
        ("AVG", Right::Rectification, [Rep, Either, Own, Own]),
        ("AVG", Right::Erasure, [Rep, Either, Own, Own]),
        ("AVG", Right::Restriction, [Rep, Either, Own, Own]),
        ("AVG", Right::Objection, [Rep, Either, Own, Own]),
        ("Wmo", Right::Consent, [Rep, Own, Own, Own]),
        ("Wmo", Right::Withdraw, [Rep, Own, Own, Own]),
        ("Wmo", Right::Access, [Rep, Either, Own, Own]),
        ("Wmo", Right::Rectification, [Rep, Either, Own, Own]),
        ("Wmo", Right::Erasure, [Rep, Own, Own, Own]),
        ("Jeugdwet", Right::Consent, [Rep, Own, Own, Own]),
        ("Jeugdwet", Right::Withdraw, [Rep, Own, Own, Own]),
        ("Jeugdwet", Right::HelpConsent, [Rep, Both, Own, Own]),
        ("Jeugdwet", Right::Access, [Rep, Own, Own, Own]),
        ("Jeugdwet", Right::Erasure, [Rep, Own, Own, Own]),
        ("Wpg", Right::Access, [Rep, Rep, Own, Own]),
        ("Wpg", Right::Rectification, [Rep, Rep, Own, Own]),
        ("Wpg", Right::Erasure, [Rep, Rep, Own, Own]),
        ("Wjsg", Right::Access, [Rep, Rep, Own, Own]),
        ("Wjsg", Right::Rectification, [Rep, Rep, Own, Own]),
        ("Wjsg", Right::Erasure, [Rep, Rep, Own, Own]),
    ] {
        // The last day of each age, and the birthday on which the next begins.
        let days = [
            (date(2022, 6, 14), expected[0]),
            (date(2022, 6, 15), expected[1]),
            (date(2026, 6, 14), expected[1]),
            (date(2026, 6, 15), expected[2]),
            (date(2028, 6, 14), expected[2]),
            (date(2028, 6, 15), expected[3]),
            (date(2060, 1, 1), expected[3]),
        ];
        for (on, expected) in days {
            let found = acts(&catalogue, regime, right, birth, on);
            assert_eq!(found, expected, "{regime} {} on {on}", right.as_str());
        }
        asked += 1;
    }
    let rules: usize = catalogue.age_rules().map(|rule| rule.rights.len()).sum();
    assert_eq!(asked, rules, "every rule of the catalogue is asked here");
}

#[test]
fn a_law_without_a_rule_gives_no_answer() {
    let catalogue = shipped();
    for (regime, right) in [
        ("Wpg", Right::Consent),
        ("Wjsg", Right::Consent),
        ("Wmo", Right::HelpConsent),
        ("WGS", Right::Access),
    ] {
        assert!(catalogue.age_rule(regime, right).is_none(), "{regime}");
    }
}

/// Born on a leap day: a year older on 1 March of a year without that day, never on 28 February.
#[test]
fn a_leap_day_comes_round_on_the_first_of_march() {
    let catalogue = shipped();
    let birth = date(2012, 2, 29);
    let who = |on| acts(&catalogue, "AVG", Right::Consent, birth, on);
    // Sixteen in 2028, a leap year; twelve in 2024, too; eighteen in 2030, which is none.
    assert_eq!(who(date(2028, 2, 28)), Acts::Representative);
    assert_eq!(who(date(2028, 2, 29)), Acts::Subject);
    let withdraw = |on| acts(&catalogue, "AVG", Right::Withdraw, birth, on);
    assert_eq!(withdraw(date(2024, 2, 28)), Acts::Representative);
    assert_eq!(withdraw(date(2024, 2, 29)), Acts::Either);
    assert_eq!(withdraw(date(2030, 2, 28)), Acts::Either);
    assert_eq!(withdraw(date(2030, 3, 1)), Acts::Subject);
    assert_eq!(birthday(birth, 18), Some(date(2030, 3, 1)));
    assert_eq!(birthday(birth, 12), Some(date(2024, 2, 29)));
    assert_eq!(
        (
            age_on(birth, date(2030, 2, 28)),
            age_on(birth, date(2030, 3, 1))
        ),
        (17, 18)
    );
}

#[test]
fn who_cannot_weigh_the_matter_is_represented_also_when_of_age() {
    let catalogue = shipped();
    let rule = catalogue.age_rule("Wmo", Right::Access).unwrap();
    let birth = date(1990, 1, 1);
    let able = rule.who_may_act(birth, date(2026, 1, 1), true).unwrap();
    let not = rule.who_may_act(birth, date(2026, 1, 1), false).unwrap();
    assert_eq!((able.acts, not.acts), (Acts::Subject, Acts::Representative));
    assert_eq!(able.until, None);
    assert!(not.unless.unwrap().nl.contains("belang van het kind"));
    // A band that says nothing of it asks the same of everybody.
    let rule = catalogue.age_rule("AVG", Right::Access).unwrap();
    let child = rule.who_may_act(date(2020, 1, 1), date(2026, 1, 1), false);
    assert_eq!(child.unwrap().acts, Acts::Representative);
}

#[test]
fn a_decision_is_judged_again_on_the_birthday_that_changes_it() {
    let catalogue = shipped();
    let rule = catalogue.age_rule("Jeugdwet", Right::HelpConsent).unwrap();
    let birth = date(2014, 3, 31);
    let until = |on| rule.who_may_act(birth, on, true).unwrap().until;
    assert_eq!(
        until(date(2013, 12, 1)),
        Some(date(2026, 3, 31)),
        "not born yet"
    );
    assert_eq!(until(date(2026, 3, 30)), Some(date(2026, 3, 31)));
    assert_eq!(until(date(2026, 3, 31)), Some(date(2030, 3, 31)));
    assert_eq!(until(date(2030, 3, 31)), None);
}

fn day() -> impl Strategy<Value = Date> {
    (0..40_000i32).prop_map(|days| date(1940, 1, 1).checked_add(days.days()).unwrap())
}

proptest! {
    /// On the day told nobody is treated as older than before it, and the day itself changes it.
    #[test]
    fn the_day_told_is_the_first_of_the_change(birth in day(), on in day()) {
        let catalogue = shipped_once();
        for rule in catalogue.age_rules() {
            let now = rule.who_may_act(birth, on, true).unwrap();
            let Some(until) = now.until else { continue };
            prop_assert!(until > on);
            let before = rule.who_may_act(birth, until.yesterday().unwrap(), true).unwrap();
            prop_assert_eq!(before.acts, now.acts);
            prop_assert_eq!(before.until, Some(until));
            let after = rule.who_may_act(birth, until, true).unwrap();
            prop_assert_ne!(after.until, Some(until));
        }
    }

    /// An age never goes down as days pass, and goes up by one at most.
    #[test]
    fn an_age_only_grows(birth in day(), on in day()) {
        let next = age_on(birth, on.tomorrow().unwrap());
        let now = age_on(birth, on);
        prop_assert!(next == now || next == now + 1);
    }
}

fn shipped_once() -> &'static Catalogue {
    static ONCE: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(shipped);
    &ONCE
}
