//! Holes are at fixed places and are filled with what the commit gave.

use super::*;

#[test]
fn holes_are_filled_at_fixed_offsets() {
    let holes = [
        Slot::<LeafIndex>::of_entry(1).hole(),
        Slot::<Position>::EMPTY.hole(),
        Slot::is(Millis(5)).hole(),
        Slot::at_commit().hole(),
    ];
    let template = Template::new(1, &holes, b"body");
    let value = template
        .fill(9, |next| match next {
            Next::LeafIndex(1) => Some(41),
            Next::CommitMs => Some(1_000),
            _ => None,
        })
        .unwrap();
    assert_eq!(&value[9..17], &41u64.to_be_bytes());
    let mut stored = Stored::read(&value).unwrap();
    assert_eq!((stored.format, stored.revision), (1, 9));
    assert_eq!(
        stored.slot::<LeafIndex>().unwrap().get(),
        Some(LeafIndex(41))
    );
    assert_eq!(stored.slot::<Position>().unwrap().get(), None);
    assert_eq!(stored.slot::<Millis>().unwrap().get(), Some(Millis(5)));
    assert_eq!(stored.slot::<Millis>().unwrap().get(), Some(Millis(1_000)));
    assert_eq!(stored.body(), b"body");
    assert!(stored.slot::<Millis>().is_none());
}

#[test]
fn a_hole_that_points_nowhere_is_not_filled() {
    let template = Template::new(1, &[Slot::<Position>::of_release(3).hole()], &[]);
    assert_eq!(template.fill(1, |_| None), None);
}

#[test]
fn an_unfilled_slot_tells_no_number() {
    assert_eq!(Slot::<Millis>::at_commit().get(), None);
    assert_eq!(Slot::<LeafIndex>::of_entry(0).get(), None);
}
