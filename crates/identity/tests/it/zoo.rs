//! Every bad certificate, at both ends of a real handshake.

use crate::world::{
    NOW, World, credentials, local_service, operator, other_partner, partner, refusal_of,
};
use rustls::NamedGroup;
use seinhuis_identity::acceptor::{AcceptLimits, HandshakeRefusal};
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::{Profile, client_config};
use seinhuis_identity::{
    CertificateRefusal, IdentityError, PeerIdentity, TestOins, TrustAnchors, Usage,
};
use seinhuis_testkit::pki::{
    BACKDATED_MS, CRL_MS, Flaw, Issued, LEAF_MS, Purpose, SigningAlgorithm,
};
use seinhuis_types::Millis;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How the server ends the handshake of a caller with this certificate.
async fn at_the_server(world: &World, issued: &Issued) -> Result<(), HandshakeRefusal> {
    let mut listening = world.listen(Profile::Goed).await;
    let calling = dial(
        world.caller(Profile::Goed, issued),
        "localhost",
        listening.port,
    );
    let (connected, outcome) = tokio::join!(calling, listening.outcome());
    drop(connected);
    outcome
}

/// How a caller ends the handshake with a server of this certificate.
async fn at_the_caller(world: &World, issued: &Issued, host: &str) -> Result<(), HandshakeRefusal> {
    let listening = world
        .listen_as(Profile::Goed, issued, AcceptLimits::default())
        .await;
    let caller = world.caller(Profile::Goed, &world.client());
    dial(caller, host, listening.port)
        .await
        .map(drop)
        .map_err(|error| HandshakeRefusal::from(&error))
}

fn refused(refusal: CertificateRefusal) -> Result<(), HandshakeRefusal> {
    Err(HandshakeRefusal::Certificate(refusal))
}

#[tokio::test]
async fn the_good_certificate_passes_with_its_oin_over_a_hybrid_exchange() {
    let world = World::new();
    let mut listening = world.listen(Profile::Goed).await;
    let issued = world.client();
    let caller = world.caller(Profile::Goed, &issued);
    let (connected, accepted) = tokio::join!(
        dial(caller, "localhost", listening.port),
        listening.listener.accept()
    );
    let (mut connected, mut accepted) = (connected.unwrap(), accepted.unwrap());

    assert_eq!(listening.outcome().await, Ok(()));
    assert_eq!(
        accepted.peer(),
        PeerIdentity::stated_by(issued.leaf()).unwrap()
    );
    assert_eq!(accepted.peer().oin, partner());
    assert_eq!(accepted.group(), Some(NamedGroup::X25519MLKEM768));
    assert_eq!(accepted.peer_chain(), issued.chain());

    connected.write_all(b"ping").await.unwrap();
    connected.flush().await.unwrap();
    let mut heard = [0; 4];
    accepted.read_exact(&mut heard).await.unwrap();
    accepted.write_all(&heard).await.unwrap();
    accepted.flush().await.unwrap();
    connected.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"ping");
}

#[tokio::test]
async fn every_flaw_of_a_caller_is_refused_by_its_name() {
    for flaw in Flaw::ALL {
        let world = World::new();
        let issued = world
            .pki
            .issue_flawed(*flaw, &Purpose::Client, partner(), NOW)
            .unwrap();
        assert_eq!(
            at_the_server(&world, &issued).await,
            refused(refusal_of(*flaw)),
            "{flaw:?}"
        );
    }
}

#[tokio::test]
async fn every_flaw_of_a_server_is_refused_by_its_name() {
    for flaw in Flaw::ALL {
        let world = World::new();
        let issued = world
            .pki
            .issue_flawed(*flaw, &local_service(), operator(), NOW)
            .unwrap();
        let outcome = at_the_caller(&world, &issued, "localhost").await;
        assert_eq!(outcome, refused(refusal_of(*flaw)), "{flaw:?}");
    }
}

#[tokio::test]
async fn a_server_must_be_the_one_that_was_called() {
    let world = World::new();
    assert_eq!(
        at_the_caller(&world, &world.service(), "127.0.0.1").await,
        Ok(())
    );

    let elsewhere = Purpose::Service {
        hosts: vec!["hub.example".to_owned()],
    };
    let elsewhere = world.pki.issue(&elsewhere, operator(), NOW).unwrap();
    let outcome = at_the_caller(&world, &elsewhere, "localhost").await;
    assert_eq!(outcome, refused(CertificateRefusal::WrongName));

    let another = world
        .pki
        .issue(&local_service(), other_partner(), NOW)
        .unwrap();
    let outcome = at_the_caller(&world, &another, "localhost").await;
    assert_eq!(outcome, refused(CertificateRefusal::OtherOrganisation));
}

#[tokio::test]
async fn a_signing_certificate_opens_no_connection() {
    let world = World::new();
    let signing = Purpose::Signing(SigningAlgorithm::Es256);
    let issued = world.pki.issue(&signing, partner(), NOW).unwrap();
    assert_eq!(
        at_the_server(&world, &issued).await,
        refused(CertificateRefusal::WrongUsage)
    );
}

#[tokio::test]
async fn a_revoked_intermediate_takes_everything_under_it_along() {
    let world = World::new();
    let issued = world.client();
    world.pki.revoke_intermediate(NOW).unwrap();
    let refusal = world
        .anchors()
        .verify(&issued.chain(), Usage::TlsClient, NOW)
        .unwrap_err();
    assert_eq!(refusal, CertificateRefusal::Revoked);
}

#[tokio::test]
async fn the_list_of_every_issuer_in_the_chain_is_needed() {
    let world = World::new();
    let issued = world.client();
    for crl in world.pki.crls() {
        let anchors = TrustAnchors::load(&[world.pki.root()], &[crl], TestOins::Allowed).unwrap();
        assert_eq!(
            anchors.verify(&issued.chain(), Usage::TlsClient, NOW),
            Err(CertificateRefusal::RevocationUnknown)
        );
    }
    let without = TrustAnchors::load(&[world.pki.root()], &[], TestOins::Allowed);
    assert!(matches!(
        without,
        Err(IdentityError::Trust("there is no revocation list"))
    ));
    let without = TrustAnchors::load(&[], &world.pki.crls(), TestOins::Allowed);
    assert!(matches!(
        without,
        Err(IdentityError::Trust("there is no root"))
    ));
}

#[tokio::test]
async fn an_expired_revocation_list_refuses_everyone_until_it_is_renewed() {
    let world = World::new();
    let issued = world.client();
    // The caller's clock stands still, so that it is the server that refuses.
    let caller = world.caller_at(NOW, Profile::Goed, &issued);
    world.clock.advance(CRL_MS);
    let mut listening = world.listen(Profile::Goed).await;
    let calling = dial(caller, "localhost", listening.port);
    let (_connected, outcome) = tokio::join!(calling, listening.outcome());
    assert_eq!(outcome, refused(CertificateRefusal::CrlExpired));
    assert_eq!(world.anchors().crls_due(), NOW.plus(CRL_MS));

    let before = world
        .pki
        .crls()
        .map(|crl| std::fs::read(crl).unwrap())
        .concat();
    world.pki.renew_crls(NOW.plus(CRL_MS)).unwrap();
    assert_eq!(at_the_server(&world, &issued).await, Ok(()));

    // An old list beside the new one does no harm, in whichever order they are read.
    let after = world
        .pki
        .crls()
        .map(|crl| std::fs::read(crl).unwrap())
        .concat();
    let root = std::fs::read(world.pki.root()).unwrap();
    for crls in [
        [before.clone(), after.clone()].concat(),
        [after, before].concat(),
    ] {
        let anchors = TrustAnchors::from_pem(&root, &crls, TestOins::Allowed).unwrap();
        assert!(
            anchors
                .verify(&issued.chain(), Usage::TlsClient, NOW.plus(CRL_MS))
                .is_ok()
        );
    }
}

#[tokio::test]
async fn a_forged_revocation_list_is_refused() {
    let world = World::new();
    let issued = world.client();
    // Another PKI with the same names, whose list says that nothing was revoked.
    let forger = World::new();
    let crls = forger.pki.crls();
    let anchors = TrustAnchors::load(&[world.pki.root()], &crls, TestOins::Allowed).unwrap();
    assert_eq!(
        anchors.verify(&issued.chain(), Usage::TlsClient, NOW),
        Err(CertificateRefusal::CrlInvalid)
    );
}

#[tokio::test]
async fn a_term_is_judged_by_the_clock_that_is_given() {
    let world = World::new();
    let issued = world.client();
    let judge = |at: Millis| {
        world.pki.renew_crls(at).unwrap();
        world
            .anchors()
            .verify(&issued.chain(), Usage::TlsClient, at)
            .map(|peer| peer.oin)
    };
    let first = NOW.minus(BACKDATED_MS);
    assert_eq!(
        judge(first.minus(1_000)),
        Err(CertificateRefusal::NotYetValid)
    );
    assert_eq!(judge(first), Ok(partner()));
    assert_eq!(judge(NOW.plus(LEAF_MS)), Ok(partner()));
    assert_eq!(
        judge(NOW.plus(LEAF_MS + 1_000)),
        Err(CertificateRefusal::Expired)
    );
}

#[tokio::test]
async fn production_refuses_oins_for_tests() {
    let world = World::new();
    let anchors = world.anchors_for(TestOins::Refused);
    let refusal = anchors.verify(&world.client().chain(), Usage::TlsClient, NOW);
    assert_eq!(refusal, Err(CertificateRefusal::TestOin));
}

#[tokio::test]
async fn a_chain_without_end_is_refused_before_any_signature() {
    let world = World::new();
    let issued = world.client();
    let mut chain = issued.chain();
    let intermediate = chain[1].clone();
    chain.extend(std::iter::repeat_n(intermediate, 5));
    let refusal = world.anchors().verify(&chain, Usage::TlsClient, NOW);
    assert_eq!(refusal, Err(CertificateRefusal::ChainRule));
    let refusal = world.anchors().verify(&[], Usage::TlsClient, NOW);
    assert_eq!(refusal, Err(CertificateRefusal::Absent));
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_refused_at_start() {
    let world = World::new();
    let (one, two) = (world.client(), world.client());
    let mixed = seinhuis_identity::tls::TlsCredentials::new(one.chain(), credentials_key(&two));
    let clock = Arc::new(world.clock.clone());
    let refusal = client_config(Profile::Goed, mixed, &world.anchors(), clock, None);
    assert!(matches!(refusal, Err(IdentityError::Tls(_))));
    assert_eq!(credentials(&one).identity().unwrap().oin, partner());
}

fn credentials_key(issued: &Issued) -> rustls_pki_types::PrivateKeyDer<'static> {
    crate::world::parts(issued).1
}
