//! New certificates, roots and revocation lists while connections are open, and time that passes.

use crate::world::{Listening, NOW, World, in_time, other_partner, partner};
use seinhuis_identity::acceptor::PeerStream;
use seinhuis_identity::dial::dial;
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::tls::Profile;
use seinhuis_identity::{CertificateRefusal, IdentityError, TestOins, TrustAnchors};
use seinhuis_testkit::pki::{CRL_MS, Issued, LEAF_MS, Pki, Purpose, SigningAlgorithm};
use seinhuis_types::Millis;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any test: what comes earlier came because of a change.
const NEVER: Duration = Duration::from_secs(3_600);
const OFTEN: Duration = Duration::from_millis(20);

/// An open connection of `issued`, at the listener's end.
async fn connected(world: &World, listening: &mut Listening, issued: &Issued) -> PeerStream {
    let caller = world.caller(Profile::Goed, issued);
    let (connected, accepted) = tokio::join!(
        dial(caller, "localhost", listening.port),
        listening.listener.accept()
    );
    connected.unwrap();
    accepted.unwrap()
}

/// Hands the files as they are now to the listener.
fn reload(world: &World, listening: &Listening) {
    let settings = world.server(Profile::Goed, &world.service());
    listening.config.send_replace(settings);
}

#[tokio::test]
async fn an_open_connection_is_spoiled_by_a_revocation_and_another_is_not() {
    let world = World::new();
    let mut listening = world.listen(Profile::Goed).await;
    let (bad, good) = (world.client(), world.client());
    let revoked = connected(&world, &mut listening, &bad).await;
    let other = connected(&world, &mut listening, &good).await;
    let revoked = tokio::spawn(revoked.spoiled(NEVER));
    let other = tokio::spawn(other.spoiled(NEVER));
    reload(&world, &listening);
    world.pki.revoke(bad.leaf(), NOW).unwrap();
    reload(&world, &listening);
    let why = in_time(revoked).await.unwrap();
    assert_eq!(why, CertificateRefusal::Revoked);
    assert!(!other.is_finished());
    // The other is still watched: it is next.
    world.pki.revoke(good.leaf(), NOW).unwrap();
    reload(&world, &listening);
    let why = in_time(other).await.unwrap();
    assert_eq!(why, CertificateRefusal::Revoked);
}

#[tokio::test]
async fn a_change_between_the_handshake_and_the_first_look_is_not_missed() {
    let world = World::new();
    let mut listening = world.listen(Profile::Goed).await;
    let issued = world.client();
    let peer = connected(&world, &mut listening, &issued).await;
    world.pki.revoke(issued.leaf(), NOW).unwrap();
    reload(&world, &listening);
    let why = in_time(peer.spoiled(NEVER)).await;
    assert_eq!(why, CertificateRefusal::Revoked);
}

#[tokio::test]
async fn an_open_connection_is_spoiled_by_time_whether_or_not_anything_can_be_reloaded() {
    for reloads in [true, false] {
        let world = World::new();
        let mut listening = world.listen(Profile::Goed).await;
        let early = NOW.minus(LEAF_MS).plus(Millis::HOUR);
        let short = world.pki.issue(&Purpose::Client, partner(), early).unwrap();
        let ending = connected(&world, &mut listening, &short).await;
        let lasting = connected(&world, &mut listening, &world.client()).await;
        let ending = tokio::spawn(ending.spoiled(OFTEN));
        let lasting = tokio::spawn(lasting.spoiled(OFTEN));
        if !reloads {
            drop(listening);
        }
        world.clock.advance(2 * Millis::HOUR);
        let why = in_time(ending).await.unwrap();
        assert_eq!(why, CertificateRefusal::Expired);
        assert!(!lasting.is_finished());
        world.clock.advance(CRL_MS);
        let why = in_time(lasting).await.unwrap();
        assert_eq!(why, CertificateRefusal::CrlExpired);
    }
}

fn load(root: &Path, crls: &[&Path]) -> Result<TrustAnchors, IdentityError> {
    let crls: Vec<_> = crls.iter().map(|path| path.to_path_buf()).collect();
    TrustAnchors::load(&[root.to_path_buf()], &crls, TestOins::Allowed)
}

#[test]
fn a_file_that_was_not_written_whole_is_refused_by_name() {
    let world = World::new();
    let [root_crl, crl] = world.pki.crls();
    let whole = std::fs::read(&crl).unwrap();
    let half = whole.get(..whole.len() / 2).unwrap();
    let bad = world.path("bad.crl");
    for (bytes, told) in [
        (half, "a revocation list is not PEM"),
        (&b""[..], "there is no revocation list in it"),
        (
            &b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"[..],
            "a revocation list cannot be read",
        ),
    ] {
        std::fs::write(&bad, bytes).unwrap();
        let refused = load(&world.pki.root(), &[&root_crl, &bad]).unwrap_err();
        let IdentityError::TrustFile { path, what } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((path, what), (bad.clone(), told));
    }
    std::fs::write(&bad, b"").unwrap();
    let refused = load(&bad, &[&root_crl, &crl]).unwrap_err();
    assert!(matches!(refused, IdentityError::TrustFile { path, .. } if path == bad));
}

#[test]
fn a_list_past_its_term_is_told_unless_its_issuer_has_a_newer_one() {
    let world = World::new();
    let [root_crl, crl] = world.pki.crls();
    let old = world.path("old.crl");
    let earlier = NOW.minus(CRL_MS).minus(Millis::DAY);
    world.pki.renew_crls(earlier).unwrap();
    std::fs::copy(&crl, &old).unwrap();
    world.pki.renew_crls(NOW).unwrap();
    let root = world.pki.root();
    let overdue = |crls: &[&Path], at| {
        let anchors = load(&root, crls).unwrap();
        anchors
            .overdue(at)
            .map(Path::to_path_buf)
            .collect::<Vec<_>>()
    };
    let found = overdue(&[&root_crl, &old], NOW);
    assert_eq!(found, std::slice::from_ref(&old));
    assert!(overdue(&[&root_crl, &old, &crl], NOW).is_empty());
    assert_eq!(overdue(&[&root_crl, &crl], NOW.plus(CRL_MS)).len(), 2);
}

#[test]
fn signatures_are_judged_by_the_new_set_and_nothing_remembered_counts() {
    let world = World::new();
    let trust = world.trust();
    let clone: SigningTrust = trust.clone();
    let purpose = Purpose::Signing(SigningAlgorithm::Es256);
    let issued = world.pki.issue(&purpose, other_partner(), NOW).unwrap();
    let chain = issued.chain_der();
    trust.verify_chain(&chain, NOW).unwrap();
    world.pki.revoke(issued.leaf(), NOW).unwrap();
    clone.renew(world.anchors());
    let refused = trust.verify_chain(&chain, NOW).unwrap_err();
    assert_eq!(refused, CertificateRefusal::Revoked);
    // Another root in the place of the first.
    let dir = tempfile::tempdir().unwrap();
    let other = Pki::create(dir.path(), NOW).unwrap();
    let anchors = TrustAnchors::load(&[other.root()], &other.crls(), TestOins::Allowed).unwrap();
    clone.renew(Arc::new(anchors));
    let issued = other.issue(&purpose, other_partner(), NOW).unwrap();
    trust.verify_chain(&issued.chain_der(), NOW).unwrap();
}
