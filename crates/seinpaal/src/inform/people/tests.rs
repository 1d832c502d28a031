//! Who has a task after what was received: of whom it begins, stays and ends.

use super::*;
use seinhuis_domain::catalogue::RoleCode;
use seinhuis_domain::inform::{InformDuty, Standing, Step, Told};
use seinhuis_types::Digest;

const DAY: u64 = Millis::DAY;
const FIRST: DeliveryId = DeliveryId([1; 16]);
const FIX: DeliveryId = DeliveryId([2; 16]);
const AGAIN: DeliveryId = DeliveryId([3; 16]);

/// A delivery about these people, each a role and a letter for its mark, to a partner who must tell.
fn received(
    delivery: DeliveryId,
    about: Option<RectificationKind>,
    people: &[(&str, &str)],
) -> Received {
    Received {
        delivery,
        about: about.map(|kind| (FIRST, kind)),
        epoch: 3,
        people: people
            .iter()
            .map(|(role, mark)| ((*role).to_owned(), mark.repeat(64)))
            .collect(),
        inform: Some(Begins {
            to: ToInform {
                duty: InformDuty {
                    within_days: 28,
                    step_days: 14,
                },
                law: vec!["Wmo 5.3.1".to_owned()],
                source_role: RoleCode::parse("politie").ok(),
            },
            signal_type: "INC_HOME".parse().unwrap(),
            purpose: "P-REPORT".parse().unwrap(),
        }),
        shield: SourceShield::None,
    }
}

const CORRECTED: Option<RectificationKind> = Some(RectificationKind::Corrected);
const FIXED: Option<RectificationKind> = Some(RectificationKind::IdentityFixed);
const WITHDRAWN: Option<RectificationKind> = Some(RectificationKind::Withdrawn);
const SHIELDED: Option<RectificationKind> = Some(RectificationKind::Shielded);

/// Ordinal, letter of the mark, and the day it is due or why it ended.
type Row = (u64, char, Result<u64, EndReason>);

struct Held(tempfile::TempDir);

impl Held {
    /// With a first delivery about a victim and a child, on day 1.
    fn household() -> Self {
        let held = Self(tempfile::tempdir().unwrap());
        let first = received(FIRST, None, &[("victim", "a"), ("child", "c")]);
        assert_eq!(held.take(&first, 1).begun, 2);
        held
    }

    fn tasks(&self) -> Tasks {
        Tasks::of(self.0.path())
    }

    fn take(&self, received: &Received, day: u64) -> Changed {
        self.tasks().received(received, Millis(day * DAY)).unwrap()
    }

    fn stand(&self) -> Vec<Row> {
        let all = self.tasks().of_delivery(&FIRST).unwrap();
        all.into_iter()
            .map(|kept| {
                let letter = kept.person.unwrap().mark.chars().next().unwrap();
                let how = match kept.task.ended() {
                    Some(ended) => Err(ended.reason),
                    None => Ok(kept.task.due().0 / DAY),
                };
                (kept.ordinal, letter, how)
            })
            .collect()
    }

    fn task(&self, ordinal: u64) -> Kept {
        self.tasks().one(&format!("{FIRST}-{ordinal}")).unwrap()
    }

    fn tell(&self, ordinal: u64, day: u64) {
        let mut kept = self.task(ordinal);
        let told = Told {
            at: Millis(day * DAY),
            way: "in-person".parse().unwrap(),
            person: "m-1".to_owned(),
        };
        kept.task.tell(told).unwrap();
        self.tasks().keep(&kept).unwrap();
    }
}

fn row(ordinal: u64, letter: char, how: Result<u64, EndReason>) -> Row {
    (ordinal, letter, how)
}

#[test]
fn an_identity_fix_begins_the_term_of_the_right_person_and_ends_the_wrong_ones() {
    let held = Held::household();
    let fix = received(FIX, FIXED, &[("victim", "b"), ("child", "c")]);
    let changed = held.take(&fix, 9);
    assert_eq!(changed.begun, 1);
    let name = format!("{FIRST}-0");
    assert_eq!(changed.ended, [(name, EndReason::OtherPerson)]);
    let after = [
        row(0, 'a', Err(EndReason::OtherPerson)),
        row(1, 'c', Ok(29)),
        row(2, 'b', Ok(37)),
    ];
    assert_eq!(held.stand(), after);
    let wrong = held.task(0);
    assert_eq!(wrong.ended_by, Some(FIX.to_string()));
    assert_eq!(wrong.task.ended().unwrap().at, Millis(9 * DAY));
    assert_eq!(held.task(2).by, Some(FIX.to_string()));
    // Not acknowledged, it comes again: no second term, and nothing ends twice.
    let again = held.take(&fix, 12);
    assert!(again.begun == 0 && again.is_plain());
    assert_eq!(held.stand(), after);
    // A fix of the fix: whose task ended gets a new one, from then on.
    let back = received(AGAIN, FIXED, &[("victim", "a"), ("child", "c")]);
    assert_eq!(held.take(&back, 20).begun, 1);
    let after = [
        row(0, 'a', Err(EndReason::OtherPerson)),
        row(1, 'c', Ok(29)),
        row(2, 'b', Err(EndReason::OtherPerson)),
        row(3, 'a', Ok(48)),
    ];
    assert_eq!(held.stand(), after);
}

#[test]
fn a_correction_begins_terms_of_who_is_new_only() {
    let held = Held::household();
    let mut postponed = held.task(0);
    let step = Step {
        at: Millis(20 * DAY),
        days: 14,
        reason: "safety-child".parse().unwrap(),
        person: "m-1".to_owned(),
    };
    postponed.task.postpone(step).unwrap();
    held.tasks().keep(&postponed).unwrap();
    let people = [("child", "c"), ("suspect", "a"), ("suspect", "s")];
    let changed = held.take(&received(FIX, CORRECTED, &people), 25);
    assert!(changed.begun == 1 && changed.is_plain());
    let after = [
        row(0, 'a', Ok(43)),
        row(1, 'c', Ok(29)),
        row(2, 's', Ok(53)),
    ];
    assert_eq!(
        held.stand(),
        after,
        "whoever remains keeps the term and its steps"
    );
    assert_eq!(
        held.task(0).subject_role,
        "suspect",
        "the role is the new one"
    );
    assert_eq!(held.task(0).task.steps().len(), 1);
    // Whom it leaves out is not to be told of what is not said any more.
    let changed = held.take(&received(AGAIN, CORRECTED, &[("child", "c")]), 26);
    let reasons: Vec<_> = changed.ended.iter().map(|(_, why)| *why).collect();
    assert_eq!(reasons, [EndReason::LeftOut; 2]);
    assert_eq!(held.stand()[1], row(1, 'c', Ok(29)));
}

#[test]
fn a_withdrawal_ends_what_is_open_and_names_who_was_told() {
    let held = Held::household();
    held.tell(0, 4);
    let withdrawn = received(FIX, WITHDRAWN, &[]);
    let changed = held.take(&withdrawn, 9);
    assert_eq!(changed.begun, 0);
    assert_eq!(
        changed.ended,
        [(format!("{FIRST}-1"), EndReason::Withdrawn)]
    );
    assert_eq!(changed.told_before, [format!("{FIRST}-0")]);
    assert_eq!(held.task(0).task.standing(Millis(90 * DAY)), Standing::Told);
    assert!(held.take(&withdrawn, 10).ended.is_empty());
    // Another delivery's tasks are its own.
    let other = Held(tempfile::tempdir().unwrap());
    let elsewhere = received(AGAIN, None, &[("victim", "a")]);
    assert_eq!(other.take(&elsewhere, 1).begun, 1);
    assert!(other.take(&withdrawn, 2).is_plain());
    assert!(
        other.tasks().of_delivery(&AGAIN).unwrap()[0]
            .task
            .ended()
            .is_none()
    );
}

#[test]
fn who_was_told_of_a_signal_about_another_is_named_and_nobody_is_to_be_told_twice() {
    let held = Held::household();
    held.tell(0, 4);
    held.tell(1, 4);
    let fix = received(FIX, FIXED, &[("victim", "b"), ("child", "c")]);
    let changed = held.take(&fix, 9);
    assert_eq!(changed.told_before, [format!("{FIRST}-0")]);
    assert_eq!((changed.begun, changed.ended.len()), (1, 0));
    assert!(held.task(1).task.told().is_some());
}

/// Under another epoch everybody has another pseudonym: nothing ends on a guess, nobody is left out.
#[test]
fn what_cannot_be_compared_stays_and_who_is_named_is_to_be_told() {
    let held = Held::household();
    let fix = Received {
        epoch: 4,
        ..received(FIX, FIXED, &[("victim", "e")])
    };
    let changed = held.take(&fix, 9);
    assert_eq!((changed.begun, changed.ended.len()), (1, 0));
    assert_eq!(changed.not_compared.len(), 2);
    assert_eq!(held.stand()[0], row(0, 'a', Ok(29)));
    // A withdrawal needs nobody to be recognised.
    assert_eq!(
        held.take(&received(AGAIN, WITHDRAWN, &[]), 10).ended.len(),
        3
    );
}

#[test]
fn without_a_duty_nothing_begins_and_what_was_wrong_still_ends() {
    let held = Held::household();
    let fix = Received {
        inform: None,
        ..received(FIX, FIXED, &[("victim", "b"), ("child", "c")])
    };
    let changed = held.take(&fix, 9);
    assert_eq!((changed.begun, changed.ended.len()), (0, 1));
    let none = Held(tempfile::tempdir().unwrap());
    let police = Received {
        inform: None,
        ..received(FIRST, None, &[("victim", "a")])
    };
    assert_eq!(none.take(&police, 1).begun, 0);
    // Who never had the first is told of what says it anew.
    assert_eq!(
        none.take(&received(FIX, CORRECTED, &[("victim", "a")]), 2)
            .begun,
        1
    );
}

#[test]
fn a_shield_that_is_set_later_hides_what_was_to_be_told() {
    let held = Held::household();
    let now = |shield| {
        let notice = Received {
            shield,
            ..received(FIX, SHIELDED, &[])
        };
        assert!(held.take(&notice, 2).is_plain());
        let kept = held.task(0);
        (kept.source, kept.existence_shielded)
    };
    let source = Some("politie".to_owned());
    assert_eq!(now(SourceShield::None), (source, false));
    assert_eq!(now(SourceShield::Origin), (None, false));
    // It holds for whom a correction names after it, though the correction itself hides nothing.
    let mut people = vec![("victim", "a"), ("child", "c"), ("suspect", "s")];
    assert_eq!(held.take(&received(AGAIN, CORRECTED, &people), 3).begun, 1);
    let kept = held.task(2);
    assert_eq!((kept.source, kept.existence_shielded), (None, false));
    assert_eq!(now(SourceShield::Existence), (None, true));
    assert_eq!(now(SourceShield::None), (None, true), "it is not lifted");
    people.push(("witness", "w"));
    assert_eq!(held.take(&received(FIX, CORRECTED, &people), 4).begun, 1);
    assert!(held.task(3).existence_shielded);
}

/// A desk that may not know the person drops what is about nobody it knows, and still ends what it had to
/// tell its own client: who stays named, known or not, keeps the term.
#[test]
fn what_is_dropped_unread_ends_the_task_of_who_is_not_in_it_any_more() {
    let held = Held::household();
    let [fixed, notice] = [
        RectificationKind::IdentityFixed,
        RectificationKind::Shielded,
    ]
    .map(|kind| Unread {
        id: FIX,
        epoch: 3,
        marks: vec![Digest([0xbb; 32]), Digest([0xcc; 32])],
        source_shield: SourceShield::Origin,
        rectifies: Some(seinhuis_client::Told {
            delivery: FIRST,
            told: seinhuis_domain::signal::Rectification {
                kind,
                reason: "wrong-person".parse().unwrap(),
            },
        }),
    });
    let take = |unread: &Unread| held.tasks().take_unread(unread, Millis(9 * DAY)).unwrap();
    let of_its_own = Unread {
        rectifies: None,
        ..fixed.clone()
    };
    for nothing in [&of_its_own, &notice] {
        let changed = take(nothing);
        assert!(changed.is_plain() && changed.begun == 0, "{changed:?}");
    }
    let changed = take(&fixed);
    let name = format!("{FIRST}-0");
    assert_eq!(changed.ended, [(name, EndReason::OtherPerson)]);
    assert_eq!((changed.begun, changed.not_compared.len()), (0, 0));
    let after = [
        row(0, 'a', Err(EndReason::OtherPerson)),
        row(1, 'c', Ok(29)),
    ];
    assert_eq!(held.stand(), after);
    assert_eq!(held.task(1).source, None, "the shield holds");
    // It comes again when it was not acknowledged: nothing ends twice.
    assert!(take(&fixed).is_plain());
}
