//! Key statements: only the owner's, under one's own root, in term and in canonical form.

use crate::world::{NOW, World, other_partner, partner};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_identity::signing::Signer;
use seinhuis_identity::{CertificateRefusal, IdentityError, jws};
use seinhuis_testkit::pki::SigningAlgorithm;
use seinhuis_types::{Desk, KeyId, Millis};

fn statement() -> KeyStatement {
    KeyStatement {
        oin: partner(),
        desk: Desk::parse("intake").unwrap(),
        key_use: KeyUse::Seal,
        kid: KeyId::parse("seal-1").unwrap(),
        suite: 1,
        key: vec![7; 1_216],
        epoch: 3,
        not_before: NOW,
        not_after: NOW.plus(Millis::DAY),
    }
}

fn owner(world: &World) -> Signer {
    world.signer(partner(), SigningAlgorithm::Es256)
}

fn rule(result: Result<KeyStatement, IdentityError>) -> &'static str {
    match result {
        Err(IdentityError::KeyStatement(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

/// A statement with any payload, with a signature that holds.
fn read(world: &World, payload: &str) -> Result<KeyStatement, IdentityError> {
    let signer = owner(world);
    let compact = jws::sign(&signer, None, payload.as_bytes()).unwrap();
    KeyStatement::verify(&compact, signer.chain(), &world.trust(), partner(), NOW)
}

const PSEUDONYM: &str = concat!(
    r#"{"desk":"intake","epoch":3,"key":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","kid":"p-1","#,
    r#""not_after":1790086400,"not_before":1790000000,"oin":"00000099000000010000","suite":1,"#,
    r#""use":"pseudonym"}"#
);

#[test]
fn statements_of_both_uses_round_trip() {
    let world = World::new();
    let signer = owner(&world);
    let pseudonym = KeyStatement {
        key_use: KeyUse::Pseudonym,
        kid: KeyId::parse("p-1").unwrap(),
        key: vec![7; 32],
        ..statement()
    };
    for stated in [statement(), pseudonym] {
        let compact = stated.sign(&signer).unwrap();
        let trust = world.trust();
        let read = KeyStatement::verify(&compact, signer.chain(), &trust, partner(), NOW).unwrap();
        assert_eq!(read, stated);
    }
}

#[test]
fn the_payload_is_the_canonical_form() {
    let world = World::new();
    let stated = read(&world, PSEUDONYM).unwrap();
    assert_eq!((stated.key_use, stated.key.len()), (KeyUse::Pseudonym, 32));
    for loose in [
        PSEUDONYM.replacen(':', ": ", 1),
        PSEUDONYM.replace(r#""epoch":3"#, r#""epoch":3.0"#),
        PSEUDONYM.replace("intake", "\\u0069ntake"),
        PSEUDONYM.replacen(
            r#""desk":"intake","epoch":3,"#,
            r#""epoch":3,"desk":"intake","#,
            1,
        ),
    ] {
        assert_eq!(
            rule(read(&world, &loose)),
            "it is not in canonical form",
            "{loose}"
        );
    }
}

#[test]
fn a_statement_under_a_foreign_root_is_refused() {
    let world = World::new();
    let foreign = World::new();
    let signer = owner(&foreign);
    let compact = statement().sign(&signer).unwrap();
    let refusal =
        KeyStatement::verify(&compact, signer.chain(), &world.trust(), partner(), NOW).unwrap_err();
    // The foreign root bears the same name, so it is its signature that gives it away.
    assert!(matches!(
        refusal,
        IdentityError::Certificate(CertificateRefusal::BadSignature)
    ));
}

#[test]
fn a_statement_for_another_is_refused() {
    let world = World::new();
    let theirs = world.signer(other_partner(), SigningAlgorithm::Es256);
    // They cannot make it with this code ...
    let made = statement().sign(&theirs);
    assert!(matches!(made, Err(IdentityError::KeyStatement(_))));
    // ... and made otherwise it is refused, whichever owner the reader asks for.
    let compact = jws::sign(&theirs, None, PSEUDONYM.as_bytes()).unwrap();
    let ask = |of| KeyStatement::verify(&compact, theirs.chain(), &world.trust(), of, NOW);
    assert_eq!(rule(ask(partner())), "it is signed by another organisation");
    let not_theirs = "its owner is not the organisation that signed it";
    assert_eq!(rule(ask(other_partner())), not_theirs);
}

#[test]
fn a_statement_is_held_to_its_term() {
    let world = World::new();
    let signer = owner(&world);
    let compact = statement().sign(&signer).unwrap();
    let trust = world.trust();
    let at = |at| KeyStatement::verify(&compact, signer.chain(), &trust, partner(), at);
    let outside = "it is outside its term";
    assert_eq!(rule(at(NOW.minus(1))), outside);
    assert!(at(NOW).is_ok());
    assert!(at(NOW.plus(Millis::DAY - 1)).is_ok());
    assert_eq!(rule(at(NOW.plus(Millis::DAY))), outside);
}

#[test]
fn a_statement_by_a_revoked_certificate_is_refused() {
    let world = World::new();
    let signer = owner(&world);
    let compact = statement().sign(&signer).unwrap();
    let leaf = signer.chain()[0].clone().into();
    world.pki.revoke(&leaf, NOW).unwrap();
    let refusal =
        KeyStatement::verify(&compact, signer.chain(), &world.trust(), partner(), NOW).unwrap_err();
    assert!(matches!(
        refusal,
        IdentityError::Certificate(CertificateRefusal::Revoked)
    ));
}

#[test]
fn payloads_of_another_form_are_refused() {
    let world = World::new();
    let number = "a number is missing or out of range";
    let text = "a text is missing or not of its form";
    for (from, to, expected) in [
        (
            r#","use":"pseudonym""#,
            r#","use":"pseudonym","x":1"#,
            "it has a name that is not allowed",
        ),
        (
            r#","suite":1"#,
            r#","suite":1,"suite":1"#,
            "a name occurs twice in one object",
        ),
        (r#""suite":1"#, r#""suite":2"#, "its suite is unknown"),
        (r#""suite":1"#, r#""suite":257"#, number),
        (r#""epoch":3"#, r#""epoch":-1"#, number),
        (r#""epoch":3"#, r#""epoch":65536"#, number),
        (r#""epoch":3,"#, "", number),
        (r#""use":"pseudonym""#, r#""use":"sign""#, text),
        (
            r#""use":"pseudonym""#,
            r#""use":"seal""#,
            "its key is not as long as its use asks",
        ),
        ("intake", "In Take", text),
        (r#""oin":"0"#, r#""oin":"1"#, text),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", "Bwc=", text),
        ("1790086400", "1790000000", "its term ends before it begins"),
    ] {
        let payload = PSEUDONYM.replacen(from, to, 1);
        assert_ne!(payload, PSEUDONYM);
        assert_eq!(rule(read(&world, &payload)), expected, "{payload}");
    }
    assert_eq!(rule(read(&world, "[]")), "it is not an object");
}
