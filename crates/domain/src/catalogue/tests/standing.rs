//! Deny by default: what stands between two roles.

use super::shipped::shipped;
use crate::catalogue::{BasisKind, Catalogue, LiftedBy, Standing};

fn standing(catalogue: &Catalogue, from: &str, to: &str, purpose: &str) -> Standing {
    catalogue.pair(from, to, &purpose.parse().unwrap()).standing
}

#[test]
fn pairs_stand_as_the_law_says() {
    let catalogue = shipped();
    for (from, to, purpose, expected) in [
        ("politie", "veilig-thuis", "P-REPORT", Standing::Firm),
        ("om", "veilig-thuis", "P-RELEASE", Standing::Firm),
        ("veilig-thuis", "om", "P-SAFETY", Standing::Firm),
        ("om", "rvdk", "P-PROTECT", Standing::Attested),
        ("reclassering", "politie", "P-SAFETY", Standing::Attested),
        ("reclassering", "politie", "P-VITAL", Standing::Attested),
        ("rvdk", "politie", "P-SAFETY", Standing::Denied),
        ("rvdk", "om", "P-SAFETY", Standing::Denied),
        ("reclassering", "politie", "P-REPORT", Standing::Denied),
        ("om", "school", "P-HWC", Standing::Denied),
        ("veilig-thuis", "werkgever", "P-SAFETY", Standing::Denied),
        ("veilig-thuis", "politie", "P-REPORT", Standing::NoBasis),
        ("om", "politie", "P-HELP", Standing::NoBasis),
        ("politie", "nobody", "P-REPORT", Standing::NoBasis),
    ] {
        let found = standing(&catalogue, from, to, purpose);
        assert_eq!(found, expected, "{from} {to} {purpose}");
    }
}

/// No pair of roles and purpose is possible without a basis on both sides, over all of them; and
/// nothing that a type offers is not.
#[test]
fn without_a_basis_on_both_sides_nothing_goes() {
    let catalogue = shipped();
    let (mut possible, mut asked) = (0, 0);
    for from in catalogue.roles() {
        for to in catalogue.roles() {
            for purpose in catalogue.purposes() {
                asked += 1;
                let (from, to) = (from.code.as_str(), to.code.as_str());
                let pair = catalogue.pair(from, to, &purpose.code);
                let both = [BasisKind::Provide, BasisKind::Receive].map(|kind| {
                    catalogue.bases().any(|basis| {
                        basis.kind == kind
                            && basis.covers_direction(from, to)
                            && basis.serves(&purpose.code)
                    })
                });
                let barred = pair
                    .denied
                    .is_some_and(|d| d.lifted_by == LiftedBy::Nothing);
                assert_eq!(pair.standing.possible(), both == [true, true] && !barred);
                possible += usize::from(pair.standing.possible());
                for def in catalogue.types_between(from, to) {
                    let way = def.direction(from, to).unwrap();
                    if way.purposes.contains(&purpose.code) {
                        assert!(
                            pair.standing.possible(),
                            "{} {from} {to} {}",
                            def.code,
                            purpose.code
                        );
                    }
                }
            }
        }
    }
    assert_eq!(asked, 16 * 16 * 23);
    assert!((100..600).contains(&possible), "{possible}");
}

#[test]
fn a_form_of_a_restricted_theme_tells_it_and_no_other_value_does() {
    let catalogue = shipped();
    let tells = |field: &str, value: &str| {
        let field = catalogue.field(&field.parse().unwrap()).unwrap();
        field.check_value(value.as_bytes()).unwrap();
        catalogue.tells_restricted_theme(field, value.as_bytes())
    };
    assert!(tells("form", "honour") && tells("form", "forced-marriage"));
    let others = [
        "partner",
        "elder",
        "parent",
        "child-divorce",
        "domestic-other",
    ];
    assert!(others.into_iter().all(|form| !tells("form", form)));
    assert!(!tells("nature", "physical") && !tells("severity", "S4") && !tells("urgent", "yes"));
}
