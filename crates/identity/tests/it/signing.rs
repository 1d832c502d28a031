//! Signing chains: the same zoo, and a cache that never outlives what it was built on.

use crate::world::{NOW, World, partner, refusal_of, signer};
use seinhuis_identity::signing::{Algorithm, Signer, SigningKey, SigningTrust};
use seinhuis_identity::{CertificateRefusal, IdentityError};
use seinhuis_testkit::pki::{CRL_MS, Flaw, Issued, LEAF_MS, Purpose, SigningAlgorithm};
use std::sync::Arc;

const SIGNING: Purpose = Purpose::Signing(SigningAlgorithm::Es256);

fn issue(world: &World) -> Issued {
    world.pki.issue(&SIGNING, partner(), NOW).unwrap()
}

#[test]
fn both_algorithms_sign_and_verify() {
    let world = World::new();
    for (algorithm, expected) in [
        (SigningAlgorithm::Es256, Algorithm::Es256),
        (SigningAlgorithm::Es384, Algorithm::Es384),
    ] {
        let signer = world.signer(partner(), algorithm);
        let certificate = world.trust().verify_chain(signer.chain(), NOW).unwrap();
        assert_eq!(certificate.oin(), partner());
        assert_eq!(certificate.x5t(), signer.x5t());
        assert_eq!(certificate.algorithm(), expected);

        let signature = signer.sign_raw(b"message").unwrap();
        assert_eq!(signature.len(), expected.signature_bytes());
        certificate.verify_raw(b"message", &signature).unwrap();
        assert!(certificate.verify_raw(b"massage", &signature).is_err());
        let mut flipped = signature;
        flipped[10] ^= 1;
        assert!(certificate.verify_raw(b"message", &flipped).is_err());
        assert!(certificate.verify_raw(b"message", &flipped[1..]).is_err());
    }
}

#[test]
fn every_flaw_of_a_signing_certificate_is_refused_by_its_name() {
    for flaw in Flaw::ALL {
        let world = World::new();
        let issued = world
            .pki
            .issue_flawed(*flaw, &SIGNING, partner(), NOW)
            .unwrap();
        let refusal = world.trust().verify_chain(&issued.chain_der(), NOW);
        assert_eq!(refusal, Err(refusal_of(*flaw)), "{flaw:?}");
    }
}

#[test]
fn a_tls_certificate_signs_nothing() {
    let world = World::new();
    for issued in [world.client(), world.service()] {
        let refusal = world.trust().verify_chain(&issued.chain_der(), NOW);
        assert_eq!(refusal, Err(CertificateRefusal::WrongUsage));
    }
}

#[test]
fn a_remembered_chain_is_still_held_against_its_term_and_the_lists() {
    let world = World::new();
    let chain = issue(&world).chain_der();
    let trust = world.trust();
    let first = trust.verify_chain(&chain, NOW).unwrap();
    let again = trust
        .verify_chain(&chain, NOW.plus(CRL_MS - 1_000))
        .unwrap();
    assert!(
        Arc::ptr_eq(&first, &again),
        "the second answer comes from memory"
    );
    let refusal = trust.verify_chain(&chain, NOW.plus(CRL_MS));
    assert_eq!(refusal, Err(CertificateRefusal::CrlExpired));
    let refusal = trust.verify_chain(&chain, NOW.minus(seinhuis_types::Millis::DAY));
    assert_eq!(refusal, Err(CertificateRefusal::NotYetValid));

    let late = NOW.plus(LEAF_MS);
    world.pki.renew_crls(late).unwrap();
    let trust = world.trust();
    trust.verify_chain(&chain, late).unwrap();
    let refusal = trust.verify_chain(&chain, late.plus(1_000));
    assert_eq!(refusal, Err(CertificateRefusal::Expired));
}

#[test]
fn another_intermediate_is_another_chain() {
    let world = World::new();
    let issued = issue(&world);
    let trust = world.trust();
    let mut chain = issued.chain_der();
    trust.verify_chain(&chain, NOW).unwrap();
    // The leaf alone was never found good, though the whole was.
    chain.truncate(1);
    assert_eq!(
        trust.verify_chain(&chain, NOW),
        Err(CertificateRefusal::UnknownIssuer)
    );
}

#[test]
fn memory_is_bounded_and_refusals_take_none() {
    let world = World::new();
    let trust = SigningTrust::with_capacity(world.anchors(), 2);
    for _ in 0..5 {
        trust.verify_chain(&issue(&world).chain_der(), NOW).unwrap();
        assert!(trust.remembered() <= 2);
    }
    assert_eq!(trust.remembered(), 2);

    let trust = SigningTrust::with_capacity(world.anchors(), 2);
    let bad = world
        .pki
        .issue_flawed(Flaw::OtherRoot, &SIGNING, partner(), NOW)
        .unwrap();
    assert!(trust.verify_chain(&bad.chain_der(), NOW).is_err());
    assert_eq!(trust.remembered(), 0);
}

#[test]
fn a_signer_needs_the_key_of_its_certificate() {
    let world = World::new();
    let (one, two) = (issue(&world), issue(&world));
    let mixed = Signer::from_pem(one.key_pem().as_bytes(), two.chain_pem().as_bytes());
    assert!(matches!(
        mixed,
        Err(IdentityError::PrivateKey(
            "it is not the key of the certificate"
        ))
    ));
    assert!(matches!(
        SigningKey::from_pem(b"no key"),
        Err(IdentityError::PrivateKey(_))
    ));
}

#[test]
fn a_signer_is_loaded_from_the_files_the_pki_writes() {
    let world = World::new();
    let files = world.pki.partner("politie", partner(), NOW).unwrap();
    let loaded = Signer::load(&files.signing_key, &files.signing_chain).unwrap();
    assert_eq!(loaded.oin(), partner());
    std::fs::copy(&files.signing_key, world.path("open.key")).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(world.path("open.key"), open).unwrap();
    let refusal = Signer::load(&world.path("open.key"), &files.signing_chain);
    assert!(matches!(refusal, Err(IdentityError::SecretMode { .. })));
}

#[test]
fn a_key_does_not_show_itself() {
    let world = World::new();
    let issued = issue(&world);
    let shown = format!("{:?} {issued:?} {:?}", signer(&issued), world.pki);
    let secret = issued.key_pem();
    let body: Vec<_> = secret
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert!(body.iter().all(|line| !shown.contains(line)));
    assert!(!shown.contains("pair"), "{shown}");
}
