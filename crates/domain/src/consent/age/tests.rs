//! The table that a partner's program judges records by says the same as the catalogue's age rules, by
//! which the hub judges.

use super::*;
use crate::catalogue::tests::shipped::shipped;
use crate::catalogue::{Acts, Right};
use crate::consent::{ActorRole, EvidenceLevel, RegisteredAct};
use seinhuis_types::Digest;

const ASKED: [(Asked, Right); 2] = [
    (Asked::Give, Right::Consent),
    (Asked::Withdraw, Right::Withdraw),
];

const fn as_acts(needed: Needed) -> Acts {
    match needed {
        Needed::Subject => Acts::Subject,
        Needed::Representative => Acts::Representative,
        Needed::Either => Acts::Either,
    }
}

/// The band of an age in full years.
fn band_of(age: u8) -> AgeBand {
    let mut bands = AgeBand::ALL.into_iter().rev();
    bands.find(|band| band.first() <= age).unwrap()
}

#[test]
fn at_every_age_the_table_and_the_catalogue_name_the_same_who_may_act() {
    let catalogue = shipped();
    for law in ConsentLaw::ALL {
        for (asked, right) in ASKED {
            let rule = catalogue.age_rule(law.as_str(), right).unwrap();
            for age in 0..=120 {
                for capable in [true, false] {
                    let row = rule.bands.iter().rfind(|row| row.from <= age).unwrap();
                    let other = row.incapable.filter(|_| !capable);
                    let written = other.unwrap_or(row.acts);
                    let needed = Needed::of(law, asked, band_of(age), capable);
                    let at = format!("{law:?} {right:?} {age} {capable}");
                    assert_eq!(as_acts(needed), written, "{at}");
                }
            }
        }
    }
}

#[test]
fn no_rule_of_the_catalogue_on_consent_is_of_a_law_that_the_table_has_not() {
    let catalogue = shipped();
    let on_consent = |(_, right): (Asked, Right)| {
        let rules = catalogue.age_rules();
        let mut laws: Vec<String> = rules
            .filter(|rule| rule.rights.contains(&right))
            .map(|rule| rule.regime.to_string())
            .collect();
        laws.sort_unstable();
        laws
    };
    let mut known = ConsentLaw::ALL.map(ConsentLaw::as_str);
    known.sort_unstable();
    for one in ASKED {
        assert_eq!(on_consent(one), known);
    }
    // And every basis that rests on consent stands on one of them: its consent can be recorded.
    let mut resting = catalogue.bases().filter(|basis| basis.consent).peekable();
    assert!(resting.peek().is_some());
    for basis in resting {
        let known = |law: &str| ConsentLaw::parse(law).is_some();
        let stands = basis.law.iter().any(|law| known(law.law.as_str()));
        assert!(stands, "{}", basis.code);
    }
}

/// Whoever acts, alone or together: what is good at the partner is good at the hub, and the other way round.
#[test]
fn whoever_acts_counts_at_the_partner_as_it_does_at_the_hub() {
    let catalogue = shipped();
    let who = [
        vec![ActorRole::Subject],
        vec![ActorRole::Parent],
        vec![ActorRole::Judge],
        vec![ActorRole::Subject, ActorRole::Guardian],
    ];
    for law in ConsentLaw::ALL {
        for (asked, right) in ASKED {
            for age in AgeBand::ALL {
                for (capable, by) in [true, false].into_iter().flat_map(|capable| {
                    let each = who.iter().cloned();
                    each.map(move |by| (capable, by))
                }) {
                    let subject = by.contains(&ActorRole::Subject);
                    let represented = by.iter().any(|role| role.represents());
                    let here = Needed::of(law, asked, age, capable).met(subject, represented);
                    let at = format!("{law:?} {right:?} {age:?} {capable} {by:?}");
                    let rule = catalogue.age_rule(law.as_str(), right).unwrap();
                    let act = RegisteredAct {
                        age_rule: rule.code.clone(),
                        age,
                        capable,
                        by,
                        level: EvidenceLevel::Signed,
                        evidence: Digest([9; 32]),
                        notice_version: 1,
                    };
                    assert_eq!(act.counts(right, &catalogue).is_ok(), here, "{at}");
                }
            }
        }
    }
}
