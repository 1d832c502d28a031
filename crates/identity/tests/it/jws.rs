//! Compact JWS: what is forged, foreign or loosely written is refused.

use crate::world::{NOW, World, other_partner, partner};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use seinhuis_identity::IdentityError;
use seinhuis_identity::jws::{Jws, sign};
use seinhuis_identity::signing::{Signer, SigningCertificate};
use seinhuis_testkit::pki::SigningAlgorithm;
use std::sync::{Arc, LazyLock};

const PAYLOAD: &[u8] = br#"{"a":1}"#;

struct Party {
    signer: Signer,
    certificate: Arc<SigningCertificate>,
}

fn party(world: &World, algorithm: SigningAlgorithm) -> Party {
    let signer = world.signer(partner(), algorithm);
    let certificate = world.trust().verify_chain(signer.chain(), NOW).unwrap();
    Party {
        signer,
        certificate,
    }
}

static PARTY: LazyLock<Party> = LazyLock::new(|| party(&World::new(), SigningAlgorithm::Es256));

/// A JWS with any header, with a signature that holds.
fn with_header(signer: &Signer, header: &str) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(PAYLOAD)
    );
    let signature = signer.sign_raw(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn x5t(signer: &Signer) -> String {
    URL_SAFE_NO_PAD.encode(signer.x5t().0)
}

fn rule(result: Result<&[u8], IdentityError>) -> &'static str {
    match result {
        Err(IdentityError::Jws(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

fn parse_rule(compact: &str) -> &'static str {
    rule(Jws::parse(compact).map(|_| PAYLOAD))
}

#[test]
fn both_algorithms_round_trip() {
    let world = World::new();
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Es384] {
        let Party {
            signer,
            certificate,
        } = party(&world, algorithm);
        for typ in [None, Some("agreement-step+jws")] {
            let compact = sign(&signer, typ, PAYLOAD).unwrap();
            let read = Jws::parse(&compact).unwrap();
            assert_eq!((read.typ(), read.x5t()), (typ, signer.x5t()));
            assert_eq!(read.verify(&certificate).unwrap(), PAYLOAD);
        }
    }
    assert!(sign(&PARTY.signer, Some("a\"b"), PAYLOAD).is_err());
}

#[test]
fn a_header_is_written_in_canonical_form() {
    let compact = sign(&PARTY.signer, Some("t"), PAYLOAD).unwrap();
    let header = URL_SAFE_NO_PAD
        .decode(compact.split('.').next().unwrap())
        .unwrap();
    let expected = format!(
        r#"{{"alg":"ES256","typ":"t","x5t#S256":"{}"}}"#,
        x5t(&PARTY.signer)
    );
    assert_eq!(String::from_utf8(header).unwrap(), expected);
}

#[test]
fn a_forged_signature_is_refused() {
    let Party {
        signer,
        certificate,
    } = &*PARTY;
    let compact = sign(signer, None, PAYLOAD).unwrap();
    let (signed, signature) = compact.rsplit_once('.').unwrap();

    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[40] ^= 1;
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(flipped));
    let refusal = Jws::parse(&forged)
        .unwrap()
        .verify(certificate)
        .map(<[u8]>::to_vec);
    assert!(matches!(refusal, Err(IdentityError::Signature)));

    let header = compact.split('.').next().unwrap();
    let other = format!(
        "{header}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(br#"{"a":2}"#)
    );
    let refusal = Jws::parse(&other)
        .unwrap()
        .verify(certificate)
        .map(<[u8]>::to_vec);
    assert!(matches!(refusal, Err(IdentityError::Signature)));
}

#[test]
fn anothers_certificate_is_refused() {
    let world = World::new();
    let mine = party(&world, SigningAlgorithm::Es256);
    let theirs = world.signer(other_partner(), SigningAlgorithm::Es256);
    let their_certificate = world.trust().verify_chain(theirs.chain(), NOW).unwrap();

    let compact = sign(&mine.signer, None, PAYLOAD).unwrap();
    let read = Jws::parse(&compact).unwrap();
    assert_eq!(
        rule(read.verify(&their_certificate)),
        "it names another certificate"
    );

    // Their key, my name.
    let header = format!(r#"{{"alg":"ES256","x5t#S256":"{}"}}"#, x5t(&mine.signer));
    let forged = with_header(&theirs, &header);
    let refusal = Jws::parse(&forged)
        .unwrap()
        .verify(&mine.certificate)
        .map(<[u8]>::to_vec);
    assert!(matches!(refusal, Err(IdentityError::Signature)));
}

#[test]
fn the_algorithm_must_be_the_keys() {
    let world = World::new();
    let Party {
        signer,
        certificate,
    } = party(&world, SigningAlgorithm::Es384);
    let es256 = party(&world, SigningAlgorithm::Es256);
    // A 64-byte signature under the name of the certificate with the longer key.
    let header = format!(r#"{{"alg":"ES256","x5t#S256":"{}"}}"#, x5t(&signer));
    let confused = with_header(&es256.signer, &header);
    let read = Jws::parse(&confused).unwrap();
    assert_eq!(
        rule(read.verify(&certificate)),
        "it names another algorithm than its key's"
    );

    let header = format!(r#"{{"alg":"ES384","x5t#S256":"{}"}}"#, x5t(&es256.signer));
    let short = with_header(&es256.signer, &header);
    assert_eq!(
        parse_rule(&short),
        "the signature is not as long as its algorithm says"
    );
}

#[test]
fn headers_that_say_more_or_less_are_refused() {
    let signer = &PARTY.signer;
    let x5t = x5t(signer);
    let not_allowed = "the header has a name that is not allowed";
    for (header, expected) in [
        (
            format!(r#"{{"alg":"ES256","alg":"ES256","x5t#S256":"{x5t}"}}"#),
            "a name occurs twice in one object",
        ),
        (
            format!(r#"{{"alg":"ES256","\u0061lg":"none","x5t#S256":"{x5t}"}}"#),
            "a name occurs twice in one object",
        ),
        (
            format!(r#"{{"alg":"ES256","crit":["b64"],"x5t#S256":"{x5t}"}}"#),
            not_allowed,
        ),
        (
            format!(r#"{{"alg":"ES256","kid":"1","x5t#S256":"{x5t}"}}"#),
            not_allowed,
        ),
        (
            format!(r#"{{"alg":"ES256","jwk":{{}},"x5t#S256":"{x5t}"}}"#),
            not_allowed,
        ),
        (
            format!(r#"{{"alg":"none","x5t#S256":"{x5t}"}}"#),
            "alg is not ES256 or ES384",
        ),
        (
            format!(r#"{{"alg":"HS256","x5t#S256":"{x5t}"}}"#),
            "alg is not ES256 or ES384",
        ),
        (
            format!(r#"{{"x5t#S256":"{x5t}"}}"#),
            "alg is not ES256 or ES384",
        ),
        (
            format!(r#"{{"alg":["ES256"],"x5t#S256":"{x5t}"}}"#),
            "a header value is not a string",
        ),
        (
            r#"{"alg":"ES256"}"#.to_owned(),
            "the header has no x5t#S256",
        ),
        (
            r#"{"alg":"ES256","x5t#S256":"AAAA"}"#.to_owned(),
            "x5t#S256 is not 32 bytes",
        ),
        (
            format!(r#"{{"alg":"ES256","typ":"","x5t#S256":"{x5t}"}}"#),
            "typ is not of its form",
        ),
        (
            format!(r#"["ES256","{x5t}"]"#),
            "the header is not an object",
        ),
        (
            format!(r#"{{"alg":"ES256","x5t#S256":"{x5t}"}} x"#),
            "there is text after the value",
        ),
    ] {
        assert_eq!(
            parse_rule(&with_header(signer, &header)),
            expected,
            "{header}"
        );
    }
}

#[test]
fn loose_writing_is_refused() {
    let compact = sign(&PARTY.signer, None, b"{}").unwrap();
    let parts: Vec<_> = compact.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("{compact}")
    };
    let base64url = "a part is not canonical base64url";
    assert_eq!(payload, "e30");
    for (text, expected) in [
        (
            format!("{header}.{payload}"),
            "it does not have three parts",
        ),
        (
            format!("{compact}.{signature}"),
            "it does not have three parts",
        ),
        (String::new(), "it does not have three parts"),
        (
            format!("{header}.{}.{signature}", URL_SAFE.encode(b"{}")),
            base64url,
        ),
        // The last character of `e30` has two unused bits.
        (format!("{header}.e31.{signature}"), base64url),
        (format!("{header}.e3 0.{signature}"), base64url),
        (format!("{header}.+/+/.{signature}"), base64url),
        (format!("{header}.{payload}.{signature}\n"), base64url),
        (
            format!("{header}.{payload}."),
            "the signature is not as long as its algorithm says",
        ),
        ("A".repeat(70_000), "it is larger than a message can be"),
    ] {
        assert_eq!(parse_rule(&text), expected, "{text:.80}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_changed_character_goes_unseen(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let Party { signer, certificate } = &*PARTY;
        let compact = sign(signer, None, PAYLOAD).unwrap();
        let mut changed = compact.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = to.as_bytes()[0];
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != compact);
        let seen = Jws::parse(&changed).and_then(|jws| jws.verify(certificate).map(<[u8]>::to_vec));
        prop_assert!(seen.is_err());
    }
}
