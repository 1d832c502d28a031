//! What only a recipient opens: pseudonyms and their ciphertexts, sealed records, manifests.

use seinhuis_pseudonym::{
    CIPHERTEXT_BYTES, ChainNumber, CitizenNumber, Pseudonym, SessionKey, TranscryptorSecrets,
    decrypt,
};
use seinhuis_seal::manifest::{Label, Manifest, Reader, Withheld};
use seinhuis_seal::record::{SealKeyPair, SealPublicKey, SealedRecord};
use seinhuis_types::{Digest, FieldPath, KeyId};
use std::borrow::Cow;
use std::str;
use std::sync::OnceLock;

/// The session key of nobody.
fn session() -> Option<&'static SessionKey> {
    static KEY: OnceLock<Option<SessionKey>> = OnceLock::new();
    let made = KEY.get_or_init(|| {
        let scalar = |n: u8| {
            let mut bytes = [0; 32];
            if let Some(first) = bytes.first_mut() {
                *first = n;
            }
            bytes
        };
        SessionKey::combine(&[scalar(2), scalar(3)], &[scalar(5), scalar(7)]).ok()
    });
    made.as_ref()
}

/// Elements, ciphertexts, numbers, and a transcryptor's file of secrets.
pub(super) fn pseudonym(bytes: &[u8]) {
    if let Some((element, rest)) = bytes.split_first_chunk::<32>() {
        if let Ok(pseudonym) = Pseudonym::from_bytes(element) {
            assert_eq!(
                pseudonym.to_bytes(),
                *element,
                "an element has one written form"
            );
            assert_ne!(*element, [0; 32], "the identity is no pseudonym");
        }
        let shares = rest.as_chunks::<32>().0;
        let _ = SessionKey::combine(&[*element, *element], shares);
    }
    if let (Some((ciphertext, _)), Some(key)) =
        (bytes.split_first_chunk::<CIPHERTEXT_BYTES>(), session())
        && let Ok(opened) = decrypt(key, ciphertext)
    {
        assert_ne!(opened.to_bytes(), [0; 32]);
    }
    if let Ok(secrets) = TranscryptorSecrets::from_bytes(bytes) {
        assert_eq!(
            secrets.to_bytes().as_slice(),
            bytes,
            "a file of secrets has one written form"
        );
    }
    if let Ok(text) = str::from_utf8(bytes) {
        if let Ok(number) = CitizenNumber::parse(text) {
            assert_eq!(number.digits(), bytes);
        }
        if let Ok(number) = ChainNumber::parse(text) {
            assert_eq!(number.digits(), bytes);
        }
    }
}

/// The key that seeds were sealed for: the one of `tests/vectors/sealed_record.json`.
fn pair() -> Option<&'static SealKeyPair> {
    static KEY: OnceLock<Option<SealKeyPair>> = OnceLock::new();
    KEY.get_or_init(|| SealKeyPair::from_bytes(&super::seeds::sealing_key()?).ok())
        .as_ref()
}

/// A record with its fields, opened; and the manifest around it. The input is cut into parts, each
/// after its length in two bytes.
pub(super) fn record(bytes: &[u8]) {
    let _ = SealPublicKey::from_bytes(bytes);
    let mut parts = Parts(bytes);
    let (Some(sealed_key), Some(route), Some(header)) = (parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let (Ok(kid), Some(pair)) = (KeyId::parse("intake-seal-e1"), pair()) else {
        return;
    };
    let mut fields = Vec::new();
    let mut clear = Vec::new();
    let mut withheld = Vec::new();
    let mut salts = Vec::new();
    while let (Some(label), Some(bytes)) = (parts.next(), parts.next()) {
        let Ok(label) = str::from_utf8(label) else {
            continue;
        };
        if let Ok(path) = FieldPath::parse(label) {
            fields.push((path, bytes.to_vec()));
        }
        let Ok(label) = Label::parse(label) else {
            continue;
        };
        if let (Ok(hash), true) = (<[u8; 32]>::try_from(bytes), salts.len() % 48 == 0) {
            let index = clear.len().saturating_add(withheld.len());
            let hash = Digest(hash);
            withheld.push(Withheld { index, label, hash });
            salts.extend([0; 16]);
        } else {
            clear.push((label, Cow::Borrowed(bytes)));
            salts.extend([1; 16]);
        }
    }
    let count = clear.len().saturating_add(withheld.len());
    if let Ok(manifest) = Manifest::assemble(Reader::Recipient, clear, withheld, &salts) {
        assert_eq!(manifest.labels().len(), count);
        assert_eq!(manifest.salts(), salts);
    }
    if let Ok(record) = SealedRecord::parse(1, kid, sealed_key, fields) {
        assert_eq!(record.sealed_key(), sealed_key);
        let paths: Vec<_> = record.fields().map(|(path, _)| path.clone()).collect();
        assert!(paths.is_sorted() && paths.len() <= 32);
        if let Ok(key) = pair.open(&record, route, header) {
            for (path, sealed) in record.fields() {
                if let Ok(value) = key.open_field(path, sealed) {
                    assert!(value.len() < sealed.len());
                }
            }
        }
    }
}

/// Parts of an input, each after its length.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        Some(part)
    }
}
