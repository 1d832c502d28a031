//! What a source states beside its content: how the subject sees the sharing, which sways nothing, and a theme of
//! restricted desks, which sways where it may go.

use super::world::{Logged, World, agreement};
use super::{SEED, at_hand, flips};
use crate::compare::tests::content;
use seinhuis_domain::decision::{Recorded, Told};
use seinhuis_types::FieldPath;

/// What is left of what a decision says when nothing is said of one field.
fn without(told: &Told, field: &str) -> Told {
    let mut told = told.clone();
    told.granted.remove(field);
    told.withheld.remove(field);
    told
}

#[test]
fn no_view_of_the_subject_changes_a_decision() {
    let mut world = World::new(SEED + 8);
    let (mut granted, mut withheld, mut refused) = (0, 0, 0);
    for number in 0..6_000 {
        // The value is sealed: all that a decision can see is that there is one.
        let both = world.twice(number, |input| {
            let view = FieldPath::parse("subject_view").unwrap();
            if !input.offered.remove(&view) {
                input.offered.insert(view);
            }
        });
        let [as_it_is, changed] = both.as_slice() else {
            panic!("two")
        };
        let told = |logged: &Logged| Recorded::parse(&logged.decision).unwrap().told;
        let (as_it_is, changed) = (told(as_it_is), told(changed));
        let [one, other] = [&as_it_is, &changed].map(|told| without(told, "subject_view"));
        assert!(one.same(&other), "{as_it_is:?} {changed:?}");
        for told in [&as_it_is, &changed] {
            granted += usize::from(told.granted.contains("subject_view"));
            withheld += usize::from(told.withheld.contains("subject_view"));
        }
        refused += usize::from(!as_it_is.permitted);
    }
    let met = [granted, withheld, refused];
    assert!(met.iter().all(|met| *met > 300), "{met:?}");
}

#[test]
fn a_desk_marked_restricted_lets_through_what_is_about_a_restricted_theme_and_nothing_else() {
    let mut world = World::new(SEED + 9);
    let log = world.log(6_000);
    let marked = "desks = [\"intake\"]\nrestricted_desks = [\"intake\"]";
    let mut replay = at_hand();
    replay.try_agreement(agreement().0, content(&[("desks = [\"intake\"]", marked)]));
    let mut met = 0;
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        let only =
            |told: &Told| told.reasons.len() == 1 && told.reasons[0].code == "RESTRICTED_DESK";
        let opened = only(&was.told) && input.desk.as_str() == "intake";
        if opened {
            let flip = flip.as_ref().unwrap();
            assert!(input.restricted_theme || input.signal_type.as_str() == "HONOUR_ALERT");
            assert!(flip.would_be.permitted, "{flip:?}");
            met += 1;
        } else if input.standing.ruleset_ok && !input.restricted_theme {
            // What is under older rules stands otherwise under the candidate, whatever it is about.
            let restricted = was
                .told
                .reasons
                .iter()
                .any(|why| why.code == "RESTRICTED_DESK");
            assert!(flip.is_none() || restricted, "{flip:?}");
        }
    }
    assert!(met > 10, "{met}");
}
