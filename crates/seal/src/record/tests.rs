//! Sealing and opening, against vectors of the independent script and against what must not open.

use super::*;
use crate::fields::{CODED_BYTES, IDENTITY_BYTES};
use crate::testing::{kid, list, path, rng, sealed_record, text, unhex};
use proptest::prelude::*;
use serde_json::Value;

const ROUTE: &[u8] = b"route";
const HEADER: &[u8] = b"header";

fn pair() -> SealKeyPair {
    SealKeyPair::generate(&mut rng(1)).unwrap()
}

fn sealer(pair: &SealKeyPair) -> RecordSealer {
    RecordSealer::new(pair.public(), &kid("k1"), ROUTE, HEADER, &mut rng(2)).unwrap()
}

fn vector_record(vector: &Value) -> SealedRecord {
    SealedRecord::parse(
        1,
        kid(text(vector, "kid")),
        &unhex(&vector["sealed_key"]),
        [],
    )
    .unwrap()
}

fn vector_key(vector: &Value) -> RecordKey {
    let pair = SealKeyPair::from_bytes(&unhex(&vector["private_key"])).unwrap();
    let (route, header) = (unhex(&vector["route_leaf"]), unhex(&vector["header_leaf"]));
    pair.open(&vector_record(vector), &route, &header).unwrap()
}

#[test]
fn the_vectors_record_key_opens() {
    let vector = sealed_record();
    let pair = SealKeyPair::from_bytes(&unhex(&vector["private_key"])).unwrap();
    assert_eq!(pair.public().to_bytes(), unhex(&vector["public_key"]));
    assert_eq!(pair.to_bytes().as_slice(), unhex(&vector["private_key"]));
    let (route, header) = (unhex(&vector["route_leaf"]), unhex(&vector["header_leaf"]));
    assert_eq!(
        info(&kid(text(&vector, "kid")), &route, &header),
        unhex(&vector["info"])
    );
    assert_eq!(
        vector_key(&vector).key.as_slice(),
        unhex(&vector["record_key"])
    );
}

#[test]
fn the_vectors_fields_are_sealed_and_opened_alike() {
    let vector = sealed_record();
    let key = vector_key(&vector);
    for field in list(&vector, "fields") {
        let path = path(text(field, "path"));
        let (value, sealed) = (unhex(&field["value"]), unhex(&field["sealed"]));
        assert_eq!(
            fields::key(&key.key, &path).unwrap().as_slice(),
            unhex(&field["key"])
        );
        assert_eq!(
            fields::seal(&key.key, &key.route, &path, &value).unwrap(),
            sealed
        );
        assert_eq!(*key.open_field(&path, &sealed).unwrap(), value);
    }
}

#[test]
fn the_vectors_bad_fields_do_not_open() {
    let vector = sealed_record();
    let key = vector_key(&vector);
    for bad in list(&vector, "refused_fields") {
        let path = path(text(bad, "path"));
        let why = text(bad, "why");
        let expected = match why {
            _ if why.contains("padding") || why.contains("length") => {
                SealError::FieldPadding(path.clone())
            }
            _ if why.contains("size") => SealError::FieldLength(path.clone()),
            _ => SealError::FieldNotOpened(path.clone()),
        };
        assert_eq!(
            key.open_field(&path, &unhex(&bad["sealed"])),
            Err(expected),
            "{why}"
        );
    }
}

#[test]
fn a_record_key_opens_for_its_own_recipient_key_id_route_and_header_only() {
    let vector = sealed_record();
    for change in list(&vector, "does_not_open") {
        let with = |name: &str| {
            if change[name].is_null() {
                &vector[name]
            } else {
                &change[name]
            }
        };
        let pair = SealKeyPair::from_bytes(&unhex(with("private_key"))).unwrap();
        let record = SealedRecord {
            kid: kid(with("kid").as_str().unwrap()),
            ..vector_record(&vector)
        };
        let opened = pair.open(
            &record,
            &unhex(with("route_leaf")),
            &unhex(with("header_leaf")),
        );
        assert_eq!(
            opened.err(),
            Some(SealError::RecordNotOpened),
            "{}",
            text(change, "why")
        );
    }
}

#[test]
fn a_changed_sealed_key_does_not_open() {
    let pair = pair();
    let record = sealer(&pair).finish();
    for at in [0, ENC_BYTES - 1, ENC_BYTES, SEALED_KEY_BYTES - 1] {
        let mut changed = record.clone();
        changed.sealed_key[at] ^= 1;
        let opened = pair.open(&changed, ROUTE, HEADER);
        assert_eq!(opened.err(), Some(SealError::RecordNotOpened), "{at}");
    }
}

#[test]
fn a_path_is_sealed_once() {
    let mut sealer = sealer(&pair());
    sealer.seal(&path("nature"), b"physical").unwrap();
    let before = sealer.record.clone();
    let again = sealer.seal(&path("nature"), b"threat");
    assert_eq!(again, Err(SealError::FieldTwice(path("nature"))));
    assert_eq!(sealer.finish(), before);
}

#[test]
fn a_longer_value_than_fits_is_refused() {
    let mut sealer = sealer(&pair());
    for (name, size) in [("nature", CODED_BYTES), ("identity/3", IDENTITY_BYTES)] {
        let path = path(name);
        let long = sealer.seal(&path, &vec![0; size - 1]);
        assert_eq!(long, Err(SealError::ValueLength(path.clone())));
        sealer.seal(&path, &vec![0; size - 2]).unwrap();
    }
}

#[test]
fn paths_with_a_slash_are_identities() {
    let mut sealer = sealer(&pair());
    for bad in [
        "identity/12",
        "identity/03",
        "identity/",
        "nature/1",
        "identity/1/1",
        "/",
    ] {
        let refused = sealer.seal(&path(bad), b"");
        assert_eq!(refused, Err(SealError::Path(path(bad))));
    }
    sealer.seal(&path("identity/11"), b"").unwrap();
}

#[test]
fn every_value_of_a_path_has_one_size() {
    let mut sealer = sealer(&pair());
    for (name, value, size) in [
        ("a", &b""[..], 80),
        ("b", &[7; 62], 80),
        ("identity/0", b"", 528),
        ("identity/1", &[7; 510], 528),
    ] {
        sealer.seal(&path(name), value).unwrap();
        assert_eq!(sealer.record.fields[&path(name)].len(), size);
    }
}

#[test]
fn a_record_from_the_wire_is_checked() {
    let sealed = vec![0; SEALED_KEY_BYTES];
    let parse = |suite, sealed: &[u8], names: &[(&str, usize)]| {
        let fields: Vec<_> = names
            .iter()
            .map(|(n, len)| (path(n), vec![0; *len]))
            .collect();
        SealedRecord::parse(suite, kid("k1"), sealed, fields).map(|_| ())
    };
    assert_eq!(
        parse(1, &sealed, &[("a", 80), ("identity/0", 528), ("z", 80)]),
        Ok(())
    );
    assert_eq!(parse(2, &sealed, &[]), Err(SealError::Suite(2)));
    assert_eq!(parse(257, &sealed, &[]), Err(SealError::Suite(257)));
    assert_eq!(parse(1, &sealed[1..], &[]), Err(SealError::SealedKeyLength));
    assert_eq!(
        parse(1, &sealed, &[("a", 81)]),
        Err(SealError::FieldLength(path("a")))
    );
    assert_eq!(
        parse(1, &sealed, &[("a", 528)]),
        Err(SealError::FieldLength(path("a")))
    );
    assert_eq!(
        parse(1, &sealed, &[("a", 80), ("a", 80)]),
        Err(SealError::FieldTwice(path("a")))
    );
    assert_eq!(
        parse(1, &sealed, &[("b", 80), ("a", 80)]),
        Err(SealError::FieldOrder(path("a")))
    );
    let names: Vec<String> = (0..33).map(|n| format!("a{n:02}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), 80)).collect();
    assert_eq!(parse(1, &sealed, &many[..32]), Ok(()));
    assert_eq!(
        parse(1, &sealed, &many),
        Err(SealError::TooMany("a32".into()))
    );
}

#[test]
fn keys_of_another_length_are_refused() {
    let pair = pair();
    let public = pair.public().to_bytes();
    assert_eq!(public.len(), PUBLIC_KEY_BYTES);
    assert_eq!(SealPublicKey::from_bytes(&public).unwrap(), *pair.public());
    assert_eq!(SealPublicKey::from_bytes(&public[1..]), Err(SealError::Key));
    // Coefficients of an ML-KEM key are below 3329 (FIPS 203 §7.2).
    assert_eq!(
        SealPublicKey::from_bytes(&[0xff; PUBLIC_KEY_BYTES]),
        Err(SealError::Key)
    );
    assert_eq!(
        SealKeyPair::from_bytes(&[0; 31]).err(),
        Some(SealError::Key)
    );
    assert_eq!(
        SealKeyPair::from_bytes(&[0; 33]).err(),
        Some(SealError::Key)
    );
}

#[test]
fn secrets_are_not_shown() {
    let pair = pair();
    let sealer = sealer(&pair);
    let shown = format!("{pair:?} {sealer:?} {:?}", sealer.key);
    assert_eq!(shown, "SealKeyPair(..) RecordSealer(..) RecordKey(..)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_opens(
        seed: u64,
        coded in proptest::collection::vec(any::<u8>(), 0..=62),
        identity in proptest::collection::vec(any::<u8>(), 0..=510),
        route: Vec<u8>,
        header: Vec<u8>,
    ) {
        let rng = &mut rng(seed);
        let pair = SealKeyPair::generate(rng).unwrap();
        let mut sealer = RecordSealer::new(pair.public(), &kid("k"), &route, &header, rng).unwrap();
        let (case, person) = (path("case"), path("identity/7"));
        sealer.seal(&person, &identity).unwrap();
        sealer.seal(&case, &coded).unwrap();
        let record = sealer.finish();
        let wire = SealedRecord::parse(
            1,
            record.kid().clone(),
            record.sealed_key(),
            record.fields().map(|(path, sealed)| (path.clone(), sealed.to_vec())),
        ).unwrap();
        prop_assert_eq!(&wire, &record);
        let key = pair.open(&wire, &route, &header).unwrap();
        prop_assert_eq!(&*key.open_field(&case, wire.field(&case).unwrap()).unwrap(), &coded);
        prop_assert_eq!(&*key.open_field(&person, wire.field(&person).unwrap()).unwrap(), &identity);
    }

    #[test]
    fn a_changed_byte_of_a_sealed_field_does_not_open(at in 0_usize..80, bit in 0_u8..8) {
        let pair = pair();
        let mut sealer = sealer(&pair);
        sealer.seal(&path("nature"), b"physical").unwrap();
        let record = sealer.finish();
        let mut sealed = record.field(&path("nature")).unwrap().to_vec();
        sealed[at] ^= 1 << bit;
        let opened = pair.open(&record, ROUTE, HEADER).unwrap().open_field(&path("nature"), &sealed);
        prop_assert_eq!(opened, Err(SealError::FieldNotOpened(path("nature"))));
    }
}
