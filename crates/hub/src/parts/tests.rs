//! Who opens which part, and who does not.

use super::*;

fn oin(n: u8) -> Oin {
    Oin::parse(&format!("00000099000000{n:02}0000")).unwrap()
}

fn keys(id: u32, byte: u8) -> WrappingKeys {
    WrappingKeys::new(&[(id, [byte; 32])]).unwrap()
}

fn prepared(keys: &WrappingKeys) -> Prepared {
    let draft = Draft {
        provider: Some(oin(1)),
        recipient: Some(oin(2)),
        shared: Some(b"shared".to_vec()),
        provider_part: Some(b"who acted at the source".to_vec()),
        recipient_part: None,
        outcome: b"outcome".to_vec(),
        ..Draft::default()
    };
    let mut rng = rand::rng();
    let head = LeafHead::new(seinhuis_types::Hour(490_000), 1, Digest([0; 32])).unwrap();
    draft
        .prepare(head, &Slip::random(&mut rng), keys, &mut rng)
        .unwrap()
}

#[test]
fn each_side_opens_its_own_parts_and_no_others() {
    let keys = keys(1, 7);
    let prepared = prepared(&keys);
    let kinds = |oin: &Oin| {
        let parts = open_for(oin, &prepared.sealed, prepared.leaf.commitments(), &keys).unwrap();
        assert_eq!(parts, prepared.open_for(oin));
        parts.iter().map(OpenPart::part).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&oin(1)),
        [Part::Shared, Part::Provider, Part::Outcome]
    );
    assert_eq!(kinds(&oin(2)), [Part::Shared, Part::Outcome]);
    assert_eq!(kinds(&oin(3)), []);
}

#[test]
fn parts_do_not_open_with_another_key_or_under_another_leaf() {
    let right = keys(1, 7);
    let prepared = prepared(&right);
    assert_eq!(
        open_for(
            &oin(1),
            &prepared.sealed,
            prepared.leaf.commitments(),
            &keys(1, 8)
        ),
        Err(Unopened)
    );
    let mut other = *prepared.leaf.commitments();
    other.shared.0[0] ^= 1;
    assert_eq!(
        open_for(&oin(1), &prepared.sealed, &other, &right),
        Err(Unopened)
    );
}

#[test]
fn a_stored_part_is_not_readable() {
    let prepared = prepared(&keys(1, 7));
    let needle = b"who acted".as_slice();
    assert!(!prepared.sealed.windows(needle.len()).any(|w| w == needle));
}
