//! Person assertions: only one's own organisation's, for one call and request, for five minutes.

use crate::world::{NOW, World, other_partner, partner};
use seinhuis_identity::person_assertion::{
    AHEAD_MS, ActingPerson, AssertedCall, PersonAssertion, VALID_MS,
};
use seinhuis_identity::{CertificateRefusal, IdentityError, jws};
use seinhuis_testkit::pki::{Flaw, Purpose, SigningAlgorithm};
use seinhuis_types::{Digest, Millis};

const CALL: AssertedCall<'static> = AssertedCall {
    method: "/seinhuis.v1.AuditService/GetEntry",
    request: Digest([7; 32]),
};

fn officer() -> ActingPerson {
    ActingPerson::parse("officer-1", "fg", "lawfulness", "review/2026:3").unwrap()
}

fn made(world: &World, algorithm: SigningAlgorithm) -> (String, Vec<Vec<u8>>) {
    let signer = world.signer(partner(), algorithm);
    let compact = PersonAssertion::sign(&signer, &officer(), &CALL, NOW, [9; 16]).unwrap();
    (compact, signer.chain().to_vec())
}

fn taken(
    world: &World,
    (compact, chain): &(String, Vec<Vec<u8>>),
    call: &AssertedCall<'_>,
    at: Millis,
) -> Result<PersonAssertion, IdentityError> {
    PersonAssertion::verify(compact, chain, &world.trust(), partner(), call, at)
}

fn rule(result: Result<PersonAssertion, IdentityError>) -> &'static str {
    match result {
        Err(IdentityError::PersonAssertion(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_assertion_comes_back_as_it_was_made() {
    let world = World::new();
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Es384] {
        let read = taken(&world, &made(&world, algorithm), &CALL, NOW).unwrap();
        assert_eq!(read.acting, officer());
        assert_eq!((read.iss, read.iat, read.jti), (partner(), NOW, [9; 16]));
    }
}

#[test]
fn an_assertion_serves_one_call_and_one_request() {
    let world = World::new();
    let made = made(&world, SigningAlgorithm::Es256);
    let method = "/seinhuis.v1.DecisionService/Explain";
    let other_call = AssertedCall { method, ..CALL };
    assert_eq!(
        rule(taken(&world, &made, &other_call, NOW)),
        "it is for another call"
    );
    let request = Digest([8; 32]);
    let other_request = AssertedCall { request, ..CALL };
    let refused = rule(taken(&world, &made, &other_request, NOW));
    assert_eq!(refused, "it is for another request");
}

#[test]
fn an_assertion_is_good_for_five_minutes_and_for_clocks_that_differ_a_little() {
    let world = World::new();
    let made = made(&world, SigningAlgorithm::Es256);
    let at = |at| taken(&world, &made, &CALL, at);
    assert!(at(NOW.minus(AHEAD_MS)).is_ok());
    assert!(at(NOW.plus(VALID_MS - 1)).is_ok());
    let late = rule(at(NOW.plus(VALID_MS)));
    assert_eq!(late, "it was made more than 5 minutes ago");
    let early = rule(at(NOW.minus(AHEAD_MS + 1)));
    assert_eq!(early, "it was made more than 30 seconds ahead of now");
}

#[test]
fn an_assertion_of_another_organisation_or_of_a_revoked_certificate_is_refused() {
    let world = World::new();
    let other = world.signer(other_partner(), SigningAlgorithm::Es256);
    let compact = PersonAssertion::sign(&other, &officer(), &CALL, NOW, [9; 16]).unwrap();
    let made = (compact, other.chain().to_vec());
    let refused = rule(taken(&world, &made, &CALL, NOW));
    assert_eq!(refused, "it is signed by another organisation");

    let signing = Purpose::Signing(SigningAlgorithm::Es256);
    let flawed = world
        .pki
        .issue_flawed(Flaw::Revoked, &signing, partner(), NOW);
    let revoked = crate::world::signer(&flawed.unwrap());
    let compact = PersonAssertion::sign(&revoked, &officer(), &CALL, NOW, [9; 16]).unwrap();
    let refused = taken(&world, &(compact, revoked.chain().to_vec()), &CALL, NOW);
    assert!(
        matches!(
            refused,
            Err(IdentityError::Certificate(CertificateRefusal::Revoked))
        ),
        "{refused:?}"
    );
}

const PAYLOAD: &str = concat!(
    r#"{"function":"fg","iat":1790000000,"iss":"00000099000000010000","#,
    r#""jti":"CQkJCQkJCQkJCQkJCQkJCQ","method":"/seinhuis.v1.AuditService/GetEntry","#,
    r#""reason":"lawfulness","reference":"review/2026:3","#,
    r#""request_sha256":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","sub":"officer-1"}"#
);

#[test]
fn the_payload_is_the_canonical_form_with_every_member_and_no_other() {
    let world = World::new();
    let signer = world.signer(partner(), SigningAlgorithm::Es256);
    let read = |payload: &str| {
        let compact = jws::sign(&signer, None, payload.as_bytes()).unwrap();
        taken(&world, &(compact, signer.chain().to_vec()), &CALL, NOW)
    };
    assert_eq!(read(PAYLOAD).unwrap().acting, officer());
    let missing = "a text is missing or not of its form";
    for (from, to, told) in [
        (":", ": ", "it is not in canonical form"),
        ("1790000000", "1790000000.0", "it is not in canonical form"),
        (
            r#""sub":"#,
            r#""sub":"officer-1","x":"#,
            "it has a name that is not allowed",
        ),
        (r#""function":"fg","#, "", missing),
        (r#""iat":1790000000,"#, "", "iat is missing or out of range"),
        ("officer-1", "officer 1", missing),
        ("officer-1", "x-123456782", missing),
        ("review/2026:3", "", missing),
        ("CQkJCQkJCQkJCQkJCQkJCQ", "CQkJ", missing),
        (
            "00000099000000010000",
            "00000099000000020000",
            "it is issued in another organisation's name",
        ),
    ] {
        let altered = PAYLOAD.replacen(from, to, 1);
        assert_ne!(altered, PAYLOAD);
        assert_eq!(rule(read(&altered)), told, "{altered}");
    }
}
