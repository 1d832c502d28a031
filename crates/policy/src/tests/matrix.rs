//! The enumeration holds over the shipped law, and whatever is broken in it shows.

use super::shipped;
use crate::{Bounds, Broken, planted, prove};
use std::num::NonZeroUsize;

fn bounds() -> Bounds {
    Bounds {
        pairs: false,
        rounds: 0,
        seed: 1,
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

#[test]
fn permit_and_forbids_say_the_same_in_every_block_and_every_attribute_is_varied() {
    let shipped = shipped();
    let proven = prove(&shipped.schema, &shipped.files(), &bounds()).unwrap();
    let values: usize = proven.blocks.iter().map(|block| block.values).sum();
    assert_eq!(proven.combinations, u64::try_from(values).unwrap());
    assert!(proven.combinations > 3_000, "{}", proven.combinations);
    assert!(proven.permits > 0);
    assert_eq!(proven.told.len(), 40, "every condition was seen unmet");
    assert!(proven.attributes.iter().all(|(_, values)| *values > 1));
    assert!(proven.blocks.iter().all(|block| block.stands > 1));
}

#[test]
fn an_attribute_that_no_block_varies_is_named() {
    let shipped = shipped();
    let schema =
        shipped
            .schema
            .replacen("decided_by: Bool,", "decided_by: Bool, shielded?: Bool,", 1);
    let broken = prove(&schema, &shipped.files(), &bounds()).unwrap_err();
    assert_eq!(
        broken,
        [Broken::NotEnumerated("context.shielded".to_owned())]
    );
}

#[test]
fn every_part_taken_out_of_the_law_shows_in_a_block() {
    let shipped = shipped();
    let planted = planted(&shipped.schema, &shipped.files()).unwrap();
    assert!(planted.all > 80, "{}", planted.all);
    assert!(planted.unseen.is_empty(), "{:#?}", planted.unseen);
    // Suspended, ended and replaced are told by their own names, and by no other, and so is a consent that
    // ended, also where none is taken: no verdict hangs on it.
    let (agreement, consent): (Vec<_>, Vec<_>) = planted
        .worded
        .iter()
        .partition(|one| one.starts_with("agreement-not-valid"));
    assert!(
        agreement.len() == 4
            && consent
                == [
                    "consent-needed: \"expired\"",
                    "consent-expired: resource.consent",
                ],
        "{:#?}",
        planted.worded
    );
}

#[test]
fn a_forbid_that_says_less_is_shown_with_what_it_lets_through() {
    let shipped = shipped();
    let broken = shipped.broken(
        "when { [\"9\", \"10\"].contains(context.wpg_article) && !context.second_approval };",
        "when { [\"9\"].contains(context.wpg_article) && !context.second_approval };",
    );
    let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .any(|line| line.contains("the forbids alone yes")
                && line.contains("context.wpg_article = 10")),
        "{told:#?}"
    );
}

#[test]
fn a_condition_about_a_person_may_not_be_told() {
    use crate::matrix::{Origin, origins, personal};
    let law = shipped().law();
    let origins = origins();
    let real = |name: &str| origins.get(name).copied();
    assert_eq!(personal(&law, real), []);

    // What the hub itself holds of the caller is no statement of the caller's.
    let held: Vec<&str> = origins
        .iter()
        .filter_map(|(name, origin)| (*origin == Origin::Held).then_some(*name))
        .collect();
    let own = [
        "context.consent",
        "context.received",
        "context.within_budget",
    ];
    assert_eq!(held, own);

    // One that nobody gave an origin, or that is of a person, is named with the condition.
    for planted in [None, Some(Origin::Person)] {
        let broken = personal(&law, |name| match name {
            "context.second_approval" => planted,
            other => real(other),
        });
        assert_eq!(
            broken,
            [Broken::Personal {
                reason: "SECOND_APPROVAL_MISSING",
                attribute: "context.second_approval".to_owned(),
            }]
        );
    }
}

#[test]
fn a_refusal_in_one_language_is_no_refusal() {
    let shipped = shipped();
    let broken = shipped.broken(
        "@text_en(\"It is not named who acts.\")",
        "@text_en(\"Er is niet genoemd wie handelt.\")",
    );
    assert!(
        matches!(
            broken.as_slice(),
            [Broken::Text {
                reason: "ACTING_PERSON_MISSING",
                ..
            }]
        ),
        "{broken:?}"
    );
}
