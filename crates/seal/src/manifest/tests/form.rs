//! Labels, their order, and the form of each leaf.

use super::*;

/// The signal with some leaves changed before anything is checked.
fn assembled(change: impl FnOnce(&mut Clear)) -> Result<Manifest<'static>, SealError> {
    let signal = signal();
    let mut leaves = clear(&signal);
    change(&mut leaves);
    let salts = vec![7; leaves.len() * SALT_BYTES];
    Manifest::assemble(Reader::Hub, leaves, [], &salts)
}

/// Leaves of good form with these labels.
fn shaped(labels: &[&str]) -> Clear {
    let form = |label: &Label| match label {
        Label::Subject(_) => [[1].as_slice(), &[0; CIPHERTEXT_BYTES]].concat(),
        Label::Key => key_leaf(&kid("k1"), &[0; SEALED_KEY_BYTES]),
        Label::Field(path) => vec![0; crate::fields::sealed_len(path).unwrap()],
        _ => b"leaf".to_vec(),
    };
    // The thirteenth subject has no label that can be read, only one that can be built.
    let read = |name: &&str| {
        if *name == "ct/12" {
            Label::Subject(12)
        } else {
            label(name)
        }
    };
    labels
        .iter()
        .map(read)
        .map(|label| (label.clone(), form(&label).into()))
        .collect()
}

#[test]
fn leaves_stand_in_the_one_order() {
    let good = [
        "route",
        "header",
        "source",
        "ct/0",
        "ct/1",
        "key",
        "f/a",
        "f/identity/10",
        "f/identity/2",
    ];
    let salts = |leaves: &Clear| vec![0; leaves.len() * SALT_BYTES];
    let leaves = shaped(&good);
    let all = salts(&leaves);
    Manifest::assemble(Reader::Hub, leaves, [], &all).unwrap();
    for refused in list(&manifest(), "refused_orders") {
        let names: Vec<&str> = list(refused, "labels")
            .iter()
            .map(|l| l.as_str().unwrap())
            .collect();
        let leaves = shaped(&names);
        let all = salts(&leaves);
        let error = Manifest::assemble(Reader::Hub, leaves, [], &all).err();
        let expected = text(refused, "why");
        if expected.starts_with("thirt") {
            assert!(
                matches!(error, Some(SealError::TooMany(_))),
                "{expected}: {error:?}"
            );
        } else {
            assert!(
                matches!(error, Some(SealError::Order(_))),
                "{expected}: {error:?}"
            );
        }
    }
}

#[test]
fn labels_have_one_written_form() {
    for refused in list(&manifest(), "refused_labels") {
        let name = refused.as_str().unwrap();
        assert_eq!(Label::parse(name), Err(SealError::Label), "{name}");
    }
    for leaf in list(&case(&manifest(), "largest"), "leaves") {
        assert_eq!(label(text(leaf, "label")).to_string(), text(leaf, "label"));
    }
}

#[test]
fn leaves_have_the_form_of_their_label() {
    let set = |name: &'static str, bytes: Vec<u8>| {
        assembled(move |leaves| {
            leaves
                .iter_mut()
                .find(|(l, _)| *l == label(name))
                .unwrap()
                .1 = bytes.into();
        })
        .err()
    };
    let shape = |name: &str| Some(SealError::Shape(name.into()));
    let sealed = [0; SEALED_KEY_BYTES];
    assert_eq!(set("ct/0", [&[3][..], &[0; 64]].concat()), None);
    assert_eq!(set("ct/0", [&[0][..], &[0; 64]].concat()), shape("ct/0"));
    assert_eq!(set("ct/0", [&[4][..], &[0; 64]].concat()), shape("ct/0"));
    assert_eq!(set("ct/0", vec![1; 64]), shape("ct/0"));
    assert_eq!(set("ct/0", vec![1; 66]), shape("ct/0"));
    assert_eq!(set("key", key_leaf(&kid("k"), &sealed)), None);
    assert_eq!(set("key", key_leaf(&kid("k"), &sealed[1..])), shape("key"));
    assert_eq!(
        set("key", [&[2, 1, b'k'][..], &sealed].concat()),
        shape("key")
    );
    assert_eq!(
        set("key", [&[1, 1, b'K'][..], &sealed].concat()),
        shape("key")
    );
    assert_eq!(set("key", [&[1, 0][..], &sealed].concat()), shape("key"));
    assert_eq!(set("key", vec![]), shape("key"));
    assert_eq!(set("f/nature", vec![0; 79]), shape("f/nature"));
    assert_eq!(set("f/identity/0", vec![0; 80]), shape("f/identity/0"));
}
