//! What published parsers let through and ours do not: one row for each spelling that is not the one
//! of the specification. Wherever a text can be signed, it is, so that the form alone refuses it.

use crate::testing::{entry, leaves, name, signer, size};
use crate::{Checkpoint, MerkleError, Note, TlogProof, inclusion_proof, leaf_hash, root_of};
use seinhuis_types::LeafIndex;

const ORIGIN: &str = "hub.example/log/2026h2";
const ENTRIES: u64 = 70;

/// A checkpoint over [`ENTRIES`] entries.
fn checkpoint() -> Checkpoint {
    let root = root_of(&leaves(ENTRIES));
    Checkpoint::new(name(ORIGIN), size(ENTRIES), root).unwrap()
}

/// The text under a true signature of the log.
fn signed(text: String) -> String {
    let note = Note::sign(text, &[&signer(ORIGIN, 1)]).unwrap();
    note.to_string()
}

fn open(note: &str) -> Result<Checkpoint, MerkleError> {
    let key = signer(ORIGIN, 1);
    Note::parse(note.as_bytes()).and_then(|note| Checkpoint::open(&note, key.verifier()))
}

/// Whether it is the form or the size that was refused, and not a signature or a hash.
fn by_form<T>(verdict: &Result<T, MerkleError>) -> bool {
    use MerkleError::{Malformed, NotEmptyRoot, TooLarge, WrongKey};
    matches!(
        verdict,
        Err(Malformed(_) | NotEmptyRoot | TooLarge(_) | WrongKey { .. })
    )
}

/// `text` with the one place that says `old` saying `new`.
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replace(old, new)
}

#[test]
fn a_signed_checkpoint_in_another_spelling_is_refused() {
    let good = checkpoint().to_text();
    assert_eq!(open(&signed(good.clone())).unwrap(), checkpoint());
    let root = good.lines().nth(2).unwrap();
    let nought = with(&good, "\n70\n", "\n0\n");
    let sized = |number: &str| with(&good, "\n70\n", &format!("\n{number}\n"));
    let rooted = |text: &str| with(&good, root, text);
    let (unpadded, first) = (root.trim_end_matches('='), root.get(..4).unwrap());
    for (what, text) in [
        ("a leading zero", sized("070")),
        ("a plus", sized("+70")),
        ("a minus", sized("-70")),
        ("a grouped number", sized("7_0")),
        ("a space before the size", sized(" 70")),
        ("a space after the size", sized("70 ")),
        ("digits of another script", sized("٧٠")),
        ("a hexadecimal size", sized("0x46")),
        ("no size", sized("")),
        ("a size above 2^48", sized("281474976710657")),
        ("a size of 2^63", sized("9223372036854775808")),
        ("the largest u64", sized("18446744073709551615")),
        ("a size of 2^64", sized("18446744073709551616")),
        ("nothing, with a root of something", nought),
        ("a root of 31 bytes", rooted(&crate::text::encode(&[7; 31]))),
        ("a root of 33 bytes", rooted(&crate::text::encode(&[7; 33]))),
        ("a root without padding", rooted(unpadded)),
        ("a root with padding twice", rooted(&format!("{root}="))),
        ("a stray character in the root", rooted(&format!("*{root}"))),
        (
            "a space in the root",
            rooted(&root.replacen(first, &format!("{first} "), 1)),
        ),
        ("a root that is not base64", rooted("garbage")),
        ("a root in hexadecimal", rooted(&"ab".repeat(32))),
        ("no root", with(&good, &format!("{root}\n"), "")),
        ("an extension line", format!("{good}extension\n")),
        ("an empty line at the end", format!("{good}\n")),
        ("an empty line at the start", format!("\n{good}")),
        ("a byte order mark", format!("\u{feff}{good}")),
        (
            "a space after the origin",
            with(&good, "2026h2\n", "2026h2 \n"),
        ),
        ("another origin", with(&good, "2026h2", "2026h1")),
    ] {
        let verdict = open(&signed(text));
        assert!(by_form(&verdict), "{what}: {verdict:?}");
    }
    // Base64 of 32 bytes leaves two bits over, which must be nought.
    let last = unpadded.chars().next_back().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let head = unpadded.strip_suffix(last).unwrap();
    let verdict = open(&signed(rooted(&format!("{head}{next}="))));
    assert!(by_form(&verdict), "bits left over: {verdict:?}");
}

#[test]
fn a_note_in_another_spelling_is_refused() {
    let good = signed(checkpoint().to_text());
    assert!(open(&good).is_ok());
    let (_, line) = good.split_once("\n\n").unwrap();
    // 68 bytes of key id and signature: one character of padding.
    let unpadded = good.trim_end().trim_end_matches('=');
    for (what, note) in [
        ("no newline at the end", good.trim_end().to_owned()),
        ("a newline too many", format!("{good}\n")),
        ("a line after the signatures", format!("{good}more\n")),
        ("a hyphen for the dash", good.replace('—', "-")),
        ("a short dash", good.replace('—', "–")),
        ("two spaces after the dash", good.replace("— ", "—  ")),
        ("a tab after the dash", good.replace("— ", "—\t")),
        ("a space before the dash", good.replace("— ", " — ")),
        (
            "a space after the signature",
            format!("{} \n", good.trim_end()),
        ),
        ("CR and LF throughout", good.replace('\n', "\r\n")),
        ("CR and LF at the end", format!("{}\r\n", good.trim_end())),
        ("CR and LF in the text", good.replacen('\n', "\r\n", 1)),
        ("a signature without padding", format!("{unpadded}\n")),
        ("a signature with padding twice", format!("{unpadded}==\n")),
        (
            "a stray character in the signature",
            format!("{unpadded}*=\n"),
        ),
        (
            "a key id alone",
            with(&good, line, &format!("— {ORIGIN} XVzsyA==\n")),
        ),
        ("no signature", with(&good, line, "")),
        ("no empty line", good.replace("\n\n", "\n")),
        ("a second empty line", good.replace("\n\n", "\n\n\n")),
        ("a zero byte", format!("{good}\0")),
        ("a byte order mark", format!("\u{feff}{good}")),
    ] {
        // What is in the signed text itself breaks the signature too; which says no is all one.
        let verdict = open(&note);
        let broken = matches!(verdict, Err(MerkleError::BadSignature(_)));
        assert!(by_form(&verdict) || broken, "{what}: {verdict:?}");
        let text = ["a second empty line", "a byte order mark"].contains(&what);
        assert_eq!(broken, text, "{what}: {verdict:?}");
    }
    let mut bytes = good.into_bytes();
    bytes[0] = 0xff;
    assert!(by_form(&Note::parse(&bytes)));
}

#[test]
fn a_proof_in_another_spelling_is_refused() {
    let index = LeafIndex(7);
    let hashes = inclusion_proof(&leaves(ENTRIES), index).unwrap();
    let note = checkpoint().sign(&signer(ORIGIN, 1)).unwrap();
    let good = TlogProof::new(index, hashes, note).unwrap().to_string();
    let verify = |text: &str| {
        let leaf = leaf_hash(&entry(index.0));
        TlogProof::parse(text.as_bytes())
            .and_then(|proof| proof.verify(&leaf, signer(ORIGIN, 1).verifier()))
    };
    verify(&good).unwrap();
    let hash = good.lines().nth(2).unwrap();
    let indexed = |number: &str| with(&good, "index 7\n", &format!("index {number}\n"));
    let hashed = |text: &str| with(&good, hash, text);
    let many = vec![hash; 49].join("\n");
    for (what, text) in [
        ("a leading zero", indexed("07")),
        ("a plus", indexed("+7")),
        ("a space after the index", indexed("7 ")),
        ("an index of 2^64", indexed("18446744073709551616")),
        ("a hash without padding", hashed(hash.trim_end_matches('='))),
        ("a hash of 31 bytes", hashed(&crate::text::encode(&[7; 31]))),
        ("a stray character in a hash", hashed(&format!("*{hash}"))),
        ("more hashes than a tree is high", hashed(&many)),
        ("another version", with(&good, "@v1\n", "@v2\n")),
        (
            "no heading",
            good.replacen("c2sp.org/tlog-proof@v1\n", "", 1),
        ),
        (
            "the index twice",
            with(&good, "index 7\n", "index 7\nindex 7\n"),
        ),
        ("CR and LF throughout", good.replace('\n', "\r\n")),
        ("no newline at the end", good.trim_end().to_owned()),
    ] {
        let verdict = verify(&text);
        assert!(by_form(&verdict), "{what}: {verdict:?}");
    }
    // The note then has more text than was signed.
    let parted = verify(&hashed(&format!("{hash}\n")));
    assert!(matches!(parted, Err(MerkleError::BadSignature(_))));
    for number in ["70", "9223372036854775808", "18446744073709551615"] {
        let verdict = verify(&indexed(number));
        assert!(matches!(verdict, Err(MerkleError::IndexOutOfRange { .. })));
    }
}
