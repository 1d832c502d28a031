//! Tests of signed notes: the specification's vector, the rules of form, who is believed.

use super::*;
use crate::testing::{name, signer};
use proptest::prelude::*;

/// The example of the specification (C2SP signed-note, "Verifier keys").
const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n— example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn read(text: &str) -> Result<Note, MerkleError> {
    Note::parse(text.as_bytes())
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key = NoteVerifier::parse(VKEY).unwrap();
    assert_eq!(key.to_string(), VKEY);
    assert_eq!(key.key_id(), [0x53, 0x0d, 0x90, 0x3a]);
    let note = read(NOTE).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(note.verify(&[&key]).unwrap(), [&key]);
}

#[test]
fn one_flipped_bit_of_a_note_is_refused() {
    let key = NoteVerifier::parse(VKEY).unwrap();
    for bit in 0..NOTE.len() * 8 {
        let mut bytes = NOTE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified = Note::parse(&bytes).and_then(|note| note.verify(&[&key]).map(drop));
        assert!(verified.is_err(), "{bit}");
    }
}

#[test]
fn a_verifier_key_has_one_spelling() {
    for bad in [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/ foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert!(NoteVerifier::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn names_hold_no_spaces_controls_or_plus() {
    for bad in [
        "",
        "a b",
        "a+b",
        "a\u{a0}b",
        "a\u{2003}b",
        "a\u{1}b",
        "a\nb",
        "a\tb",
        "\u{7f}",
    ] {
        assert!(KeyName::parse(bad).is_err(), "{bad:?}");
    }
    assert!(KeyName::parse(&"a".repeat(255)).is_ok());
    assert!(KeyName::parse(&"a".repeat(256)).is_err());
}

#[test]
fn the_last_blank_line_divides() {
    let key = signer("a.example", 1);
    for text in [
        "\n",
        "\n\n",
        "a\n\nb\n",
        "a\n\n— b.example AAAAAAA=\n",
        "é\n\n\n",
    ] {
        let note = Note::sign(text.to_owned(), &[&key]).unwrap();
        let again = read(&note.to_string()).unwrap();
        assert_eq!(again.text(), text);
        assert_eq!(again.signatures().len(), 1);
        again.verify(&[key.verifier()]).unwrap();
    }
}

#[test]
fn other_forms_are_refused() {
    let line = NOTE.split_once("\n\n").unwrap().1;
    for bad in [
        String::new(),
        "\n".to_owned(),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        "text\n\n\n".to_owned(),
        format!("\n{line}"),
        format!("text\n{line}"),
        NOTE.trim_end().to_owned(),
        format!("{NOTE}\n"),
        format!("{NOTE}more\n"),
        format!("{NOTE}\n{line}x"),
        NOTE.replace('—', "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("foo Uw", "foo  Uw"),
        NOTE.replace("foo Uw", "f+o Uw"),
        NOTE.replace("foo Uw", "foo\u{2003}Uw"),
        NOTE.replace("aQM=", "aQM"),
        NOTE.replace("aQM=", "aQN="),
        NOTE.replace('\n', "\r\n"),
        NOTE.replace("This", "Thi\ts"),
        NOTE.replace("This", "Thi\0s"),
        "text\n\n— a.example AAAAAA==\n".to_owned(),
        "text\n\n—  AAAAAAA=\n".to_owned(),
    ] {
        assert!(read(&bad).is_err(), "{bad:?}");
    }
    assert!(Note::parse(b"te\xffxt\n\n\xe2\x80\x94 a.example AAAAAAA=\n").is_err());
    assert!(read("text\n\n— a.example AAAAAAA=\n").is_ok());
}

#[test]
fn a_note_takes_sixteen_large_signatures_and_is_bounded() {
    let large = |n: usize| NoteSignature {
        name: name(&format!("w{n}.example")),
        key_id: [1; 4],
        signature: vec![7; 5_000],
    };
    let key = signer("a.example", 1);
    let mut note = Note::sign("text\n".to_owned(), &[&key]).unwrap();
    for n in 0..15 {
        note = note.with(large(n)).unwrap();
    }
    read(&note.to_string())
        .unwrap()
        .verify(&[key.verifier()])
        .unwrap();
    assert!(
        (15..30)
            .try_fold(note, |note, n| note.with(large(n)))
            .is_err()
    );

    let small = "— a.example AAAAAAA=\n";
    assert!(read(&format!("text\n\n{}", small.repeat(64))).is_ok());
    assert!(read(&format!("text\n\n{}", small.repeat(65))).is_err());
    assert!(read(&format!("{}\n\n{small}", "x".repeat(MAX_NOTE_BYTES))).is_err());
    assert!(Note::sign("x".repeat(MAX_NOTE_BYTES) + "\n", &[&key]).is_err());
    assert!(Note::sign("text\n".to_owned(), &[]).is_err());
    assert!(Note::sign("text".to_owned(), &[&key]).is_err());
    let note = Note::sign("text\n".to_owned(), &[&key]).unwrap();
    assert!(
        note.with(NoteSignature {
            signature: Vec::new(),
            ..large(1)
        })
        .is_err()
    );
}

#[test]
fn signatures_of_unknown_keys_are_passed_over() {
    let (one, two, three) = (
        signer("a.example", 1),
        signer("b.example", 2),
        signer("a.example", 3),
    );
    let note = Note::sign("text\n".to_owned(), &[&one, &two]).unwrap();
    let [a, b, c] = [&one, &two, &three].map(NoteSigner::verifier);
    assert_eq!(note.verify(&[b]).unwrap(), [b]);
    assert_eq!(note.verify(&[b, a]).unwrap(), [b, a]);
    assert_eq!(note.verify(&[a, c]).unwrap(), [a]);
    assert!(matches!(note.verify(&[c]), Err(MerkleError::Unsigned)));
    assert!(matches!(note.verify(&[]), Err(MerkleError::Unsigned)));
    // The same name or the same id alone does not make a key known.
    let stray = |name: &KeyName, key_id| NoteSignature {
        name: name.clone(),
        key_id,
        signature: vec![0; 64],
    };
    let note = note.with(stray(a.name(), [9; 4])).unwrap();
    let note = note.with(stray(&name("c.example"), a.key_id())).unwrap();
    assert_eq!(note.verify(&[a]).unwrap(), [a]);
}

#[test]
fn one_bad_signature_of_a_known_key_rejects_the_note() {
    let (one, two) = (signer("a.example", 1), signer("b.example", 2));
    let [a, b] = [&one, &two].map(NoteSigner::verifier);
    let good = Note::sign("text\n".to_owned(), &[&one]).unwrap();
    let other = Note::sign("other\n".to_owned(), &[&one, &two]).unwrap();
    let bad = good.clone().with(other.signatures()[1].clone()).unwrap();
    assert_eq!(bad.verify(&[a]).unwrap(), [a]);
    let refused =
        |verdict| matches!(verdict, Err(MerkleError::BadSignature(name)) if name == "b.example");
    assert!(refused(bad.verify(&[a, b])));
    assert!(refused(bad.verify(&[b, a])));
    // A second, false signature of the same key counts as well.
    let twice = good.with(other.signatures()[0].clone()).unwrap();
    assert!(matches!(
        twice.verify(&[a]),
        Err(MerkleError::BadSignature(_))
    ));
}

#[test]
fn debug_of_a_signer_shows_the_public_half_only() {
    let key = signer("a.example", 7);
    assert_eq!(
        format!("{key:?}"),
        format!("NoteSigner({})", key.verifier())
    );
}

proptest! {
    #[test]
    fn a_note_that_can_be_read_is_written_the_same(
        text in "[ -~é\n—]{0,40}\n{0,3}",
        lines in prop::collection::vec("— [a-c+ ]{0,3} [A-Za-z0-9+/]{6}[A-Za-z0-9+/=]{1,2}", 0..3),
    ) {
        let note = format!("{text}{}\n", lines.join("\n"));
        if let Ok(read) = read(&note) {
            prop_assert_eq!(read.to_string(), note);
        }
    }

    #[test]
    fn random_bytes_are_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Note::parse(&bytes);
        let _ = Note::parse(&[b"a\n\n\xe2\x80\x94 a ".as_slice(), &bytes].concat());
    }
}
