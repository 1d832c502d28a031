//! Leaves, roots and views, against vectors of the independent script and against altered ones.

mod form;

use super::*;
use crate::record::{RecordSealer, SEALED_KEY_BYTES, SealKeyPair};
use crate::testing::{kid, list, manifest, path, rng, text, unhex};
use proptest::prelude::*;
use seinhuis_types::hex;
use serde_json::Value;

type Clear = Vec<(Label, Cow<'static, [u8]>)>;

fn case(vector: &Value, name: &str) -> Value {
    list(vector, "cases")
        .iter()
        .find(|case| text(case, "name") == name)
        .unwrap()
        .clone()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap_or_else(|_| panic!("{text}"))
}

fn clear(case: &Value) -> Clear {
    list(case, "leaves")
        .iter()
        .map(|leaf| (label(text(leaf, "label")), unhex(&leaf["bytes"]).into()))
        .collect()
}

fn salts(case: &Value) -> Vec<u8> {
    list(case, "leaves")
        .iter()
        .flat_map(|leaf| unhex(&leaf["salt"]))
        .collect()
}

fn whole(case: &Value) -> Manifest<'static> {
    Manifest::assemble(Reader::Hub, clear(case), [], &salts(case)).unwrap()
}

fn signal() -> Value {
    case(&manifest(), "signal")
}

#[test]
fn the_vectors_roots_are_reproduced() {
    for case in list(&manifest(), "cases") {
        let manifest = whole(case);
        assert_eq!(
            hex(&manifest.root().0),
            text(case, "root"),
            "{}",
            text(case, "name")
        );
        assert_eq!(manifest.salts(), salts(case));
        for leaf in list(case, "leaves") {
            let label = label(text(leaf, "label"));
            assert_eq!(hex(&manifest.hash(&label).unwrap().0), text(leaf, "hash"));
            assert_eq!(manifest.bytes(&label).unwrap(), unhex(&leaf["bytes"]));
        }
    }
}

#[test]
fn the_vectors_signatures_are_over_this_message() {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, UnparsedPublicKey, VerificationAlgorithm,
    };
    let vector = manifest();
    let message = whole(&signal()).signing_message();
    assert_eq!(hex(&message), text(&vector, "message"));
    for signature in list(&vector, "signatures") {
        let algorithm: &dyn VerificationAlgorithm = match text(signature, "alg") {
            "ES256" => &ECDSA_P256_SHA256_FIXED,
            _ => &ECDSA_P384_SHA384_FIXED,
        };
        let key = UnparsedPublicKey::new(algorithm, unhex(&signature["public_key"]));
        let signed = unhex(&signature["signature"]);
        key.verify(&message, &signed).unwrap();
        let mut other = message;
        other[52] ^= 1;
        assert!(key.verify(&other, &signed).is_err());
    }
}

#[test]
fn the_vectors_views_keep_the_root() {
    let signal = signal();
    for view in list(&manifest(), "views") {
        let mut manifest = whole(&signal);
        let reader = match text(view, "reader") {
            "pseudonymiser" => {
                manifest.withhold_for_pseudonymiser();
                Reader::Pseudonymiser
            }
            "recipient" => {
                manifest.withhold_for_recipient(|path| {
                    !["arrest", "severity"].contains(&path.as_str())
                });
                Reader::Recipient
            }
            _ => Reader::Hub,
        };
        let withheld: Vec<_> = view["hidden"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hidden| Withheld {
                index: usize::try_from(hidden["index"].as_u64().unwrap()).unwrap(),
                label: label(text(hidden, "label")),
                hash: Digest::from_slice(&unhex(&hidden["hash"])).unwrap(),
            })
            .collect();
        assert_eq!(manifest.withheld().collect::<Vec<_>>(), withheld);
        let salts = match reader {
            Reader::Pseudonymiser => manifest.clear_salts(),
            _ => manifest.salts(),
        };
        assert_eq!(hex(&salts), text(view, "salts"));
        let mut shown = clear(&signal);
        shown.retain(|(label, _)| withheld.iter().all(|hidden| hidden.label != *label));
        let received = Manifest::assemble(reader, shown, withheld, &salts).unwrap();
        assert_eq!(hex(&received.root().0), text(&signal, "root"));
        assert_eq!(received.signing_message(), manifest.signing_message());
    }
}

#[test]
fn a_withheld_field_keeps_the_root() {
    let mut manifest = whole(&signal());
    let root = manifest.root();
    let nature = label("f/nature");
    assert!(manifest.withhold(&nature));
    assert!(!manifest.withhold(&label("f/absent")));
    assert_eq!(manifest.root(), root);
    assert_eq!(manifest.bytes(&nature), None);
    assert_eq!(
        manifest
            .withheld()
            .map(|leaf| leaf.label)
            .collect::<Vec<_>>(),
        [nature]
    );
}

#[test]
fn altered_leaves_change_the_root() {
    let vector = manifest();
    let signal = case(&vector, text(&vector, "signed"));
    for altered in list(&vector, "altered") {
        let mut leaves = clear(&signal);
        for (name, bytes) in altered["changes"].as_object().unwrap() {
            leaves
                .iter_mut()
                .find(|(l, _)| l.to_string() == *name)
                .unwrap()
                .1 = unhex(bytes).into();
        }
        let manifest = Manifest::assemble(Reader::Hub, leaves, [], &salts(&signal)).unwrap();
        assert_eq!(hex(&manifest.root().0), text(altered, "root"));
        assert_ne!(
            text(altered, "root"),
            text(&signal, "root"),
            "{}",
            text(altered, "why")
        );
    }
}

#[test]
fn another_salt_or_label_changes_the_root() {
    let signal = signal();
    let root = whole(&signal).root();
    let mut changed = salts(&signal);
    *changed.last_mut().unwrap() ^= 1;
    let manifest = Manifest::assemble(Reader::Hub, clear(&signal), [], &changed).unwrap();
    assert_ne!(manifest.root(), root);
    let mut renamed = clear(&signal);
    renamed.last_mut().unwrap().0 = label("f/severity2");
    let manifest = Manifest::assemble(Reader::Hub, renamed, [], &salts(&signal)).unwrap();
    assert_ne!(manifest.root(), root);
}

#[test]
fn a_withheld_label_must_exist_too() {
    let signal = signal();
    let mut manifest = whole(&signal);
    manifest.withhold_for_recipient(|_| false);
    let mut withheld: Vec<_> = manifest.withheld().collect();
    withheld.last_mut().unwrap().label = Label::Field(path("z/z"));
    let mut shown = clear(&signal);
    shown.retain(|(label, _)| manifest.bytes(label).is_some());
    let refused = Manifest::assemble(Reader::Recipient, shown, withheld, &manifest.salts());
    assert_eq!(refused.err(), Some(SealError::Order("f/z/z".into())));
}

#[test]
fn each_reader_gets_what_is_its_own_and_nothing_else() {
    let signal = signal();
    // Whether a view with just this leaf withheld, or just this leaf more, is taken.
    let given = |reader: Reader, toggled: &str| {
        let mut manifest = whole(&signal);
        match reader {
            Reader::Hub => {}
            Reader::Pseudonymiser => manifest.withhold_for_pseudonymiser(),
            Reader::Recipient => manifest.withhold_for_recipient(|_| true),
        }
        let toggled = label(toggled);
        let shown_before = manifest.bytes(&toggled).is_some();
        let mut withheld: Vec<_> = manifest.withheld().collect();
        let mut shown = clear(&signal);
        shown.retain(|(l, _)| {
            (manifest.bytes(l).is_some() && *l != toggled) || (*l == toggled && !shown_before)
        });
        withheld.retain(|leaf| leaf.label != toggled);
        let labels: Vec<Label> = manifest.labels().cloned().collect();
        if shown_before {
            let index = labels.iter().position(|l| *l == toggled).unwrap();
            withheld.push(Withheld {
                index,
                hash: manifest.hash(&toggled).unwrap(),
                label: toggled,
            });
            withheld.sort_by_key(|leaf| leaf.index);
        }
        let salts: Vec<u8> = (0..labels.len())
            .map(|at| withheld.iter().any(|leaf| leaf.index == at))
            .filter(|away| reader != Reader::Pseudonymiser || !away)
            .flat_map(|away| [if away { 0 } else { 7 }; SALT_BYTES])
            .collect();
        Manifest::assemble(reader, shown, withheld, &salts).err()
    };
    let clear = |name: &str| Some(SealError::MustBeClear(name.into()));
    let away = |name: &str| Some(SealError::MustBeWithheld(name.into()));
    for name in ["route", "header", "source", "ct/1", "key", "f/nature"] {
        assert_eq!(given(Reader::Hub, name), clear(name));
    }
    for name in ["route", "ct/0", "ct/2"] {
        assert_eq!(given(Reader::Pseudonymiser, name), clear(name));
    }
    for name in ["header", "source", "key", "f/nature", "f/identity/0"] {
        assert_eq!(given(Reader::Pseudonymiser, name), away(name));
    }
    for name in ["route", "header", "ct/0", "key"] {
        assert_eq!(given(Reader::Recipient, name), clear(name));
    }
    assert_eq!(given(Reader::Recipient, "source"), away("source"));
    assert_eq!(given(Reader::Recipient, "f/nature"), None);
}

#[test]
fn salts_fit_the_leaves() {
    let signal = signal();
    let hub = |salts: &[u8]| Manifest::assemble(Reader::Hub, clear(&signal), [], salts).err();
    let all = salts(&signal);
    assert_eq!(hub(&all), None);
    assert_eq!(hub(&all[1..]), Some(SealError::Salts));
    assert_eq!(hub(&all[SALT_BYTES..]), Some(SealError::Salts));
    assert_eq!(
        hub(&[&all[..], &[0; SALT_BYTES]].concat()),
        Some(SealError::Salts)
    );
    assert_eq!(hub(&[&all[..], &[0]].concat()), Some(SealError::Salts));
}

/// What the recipient gets of the signal, changed; `source` stands at place 2.
fn to_recipient(change: impl FnOnce(&mut Vec<Withheld>, &mut Vec<u8>)) -> Option<SealError> {
    let signal = signal();
    let mut manifest = whole(&signal);
    manifest.withhold_for_recipient(|path| path.as_str() != "arrest");
    let mut shown = clear(&signal);
    shown.retain(|(label, _)| manifest.bytes(label).is_some());
    let mut withheld = manifest.withheld().collect();
    let mut salts = manifest.salts();
    change(&mut withheld, &mut salts);
    Manifest::assemble(Reader::Recipient, shown, withheld, &salts).err()
}

#[test]
fn a_withheld_leaf_has_no_salt() {
    assert_eq!(to_recipient(|_, _| {}), None);
    let refused = to_recipient(|_, salts| salts[2 * SALT_BYTES] = 1);
    assert_eq!(refused, Some(SealError::Salts));
}

#[test]
fn places_of_withheld_leaves_ascend_and_exist() {
    let refused = |change: fn(&mut Vec<Withheld>)| to_recipient(|withheld, _| change(withheld));
    assert_eq!(
        refused(|withheld| withheld.reverse()),
        Some(SealError::Places)
    );
    assert_eq!(
        refused(|withheld| withheld[1].index = 99),
        Some(SealError::Places)
    );
    assert_eq!(
        refused(|withheld| withheld[1].index = 2),
        Some(SealError::Places)
    );
}

#[test]
fn the_source_leaf_is_not_shown() {
    assert!(!format!("{:?}", whole(&signal())).contains("bytes"));
    assert_eq!(
        format!("{:?}", whole(&case(&manifest(), "smallest"))),
        "[Route, Header, Source, Key]"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_built_manifest_keeps_its_root_whatever_is_withheld(
        seed: u64,
        subjects in proptest::collection::vec(1_u8..=3, 0..=12),
        coded in proptest::collection::btree_set("[a-z_]{1,12}", 0..=20),
        granted: u32,
    ) {
        let rng = &mut rng(seed);
        let pair = SealKeyPair::generate(rng).unwrap();
        let mut sealer = RecordSealer::new(pair.public(), &kid("k"), b"r", b"h", rng).unwrap();
        for name in &coded {
            sealer.seal(&path(name), b"value").unwrap();
        }
        for ordinal in 0..subjects.len() {
            sealer.seal(&FieldPath::identity(ordinal), b"n:123456782").unwrap();
        }
        let record = sealer.finish();
        let mut builder = Builder::new(b"r", b"h", b"s", &record);
        for kind in &subjects {
            builder = builder.subject(*kind, &[*kind; CIPHERTEXT_BYTES]);
        }
        let built = builder.finish(rng).unwrap();
        let root = built.root();
        let copies = || -> Clear {
            built
                .labels()
                .map(|label| (label.clone(), built.bytes(label).unwrap().to_vec().into()))
                .collect()
        };
        let again = Manifest::assemble(Reader::Hub, copies(), [], &built.salts()).unwrap();
        prop_assert_eq!(again.root(), root);
        for reader in [Reader::Recipient, Reader::Pseudonymiser] {
            let mut view = Manifest::assemble(Reader::Hub, copies(), [], &built.salts()).unwrap();
            let mut bit = granted;
            let salts = if reader == Reader::Recipient {
                let picked: Vec<_> = record
                    .fields()
                    .filter(|_| { bit = bit.rotate_left(1); bit & 1 == 1 })
                    .map(|(path, _)| path.clone())
                    .collect();
                view.withhold_for_recipient(|path| picked.contains(path));
                view.salts()
            } else {
                view.withhold_for_pseudonymiser();
                view.clear_salts()
            };
            let mut shown = copies();
            shown.retain(|(label, _)| view.bytes(label).is_some());
            let got = Manifest::assemble(reader, shown, view.withheld(), &salts).unwrap();
            prop_assert_eq!(got.root(), root);
            prop_assert_eq!(got.labels().len(), built.labels().len());
        }
    }

    #[test]
    fn every_leaf_counts(pick: proptest::sample::Index, at: proptest::sample::Index) {
        let signal = signal();
        let mut leaves = clear(&signal);
        // `ct/n` and `key` begin with bytes of which not all values are of good form.
        let (_, bytes) = pick.get_mut(&mut leaves);
        let at = at.index(bytes.len());
        bytes.to_mut()[at] ^= 1;
        if let Ok(manifest) = Manifest::assemble(Reader::Hub, leaves, [], &salts(&signal)) {
            prop_assert_ne!(hex(&manifest.root().0), text(&signal, "root"));
        }
    }
}
