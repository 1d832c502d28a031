//! The accept loop against peers that do not behave.

use crate::world::{Listening, NOW, World, in_time};
use seinhuis_identity::CertificateRefusal;
use seinhuis_identity::acceptor::{AcceptLimits, HandshakeRefusal};
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::Profile;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn call(world: &World, listening: &mut Listening) -> Result<(), HandshakeRefusal> {
    let caller = world.caller(Profile::Goed, &world.client());
    let calling = dial(caller, "localhost", listening.port);
    let (connected, outcome) = tokio::join!(calling, listening.outcome());
    drop(connected);
    outcome
}

async fn limited(world: &World, limits: AcceptLimits) -> Listening {
    world
        .listen_as(Profile::Goed, &world.service(), limits)
        .await
}

#[tokio::test]
async fn a_silent_peer_is_dropped_in_time_and_the_loop_goes_on() {
    let world = World::new();
    let limits = AcceptLimits {
        handshake: Duration::from_millis(50),
        ..AcceptLimits::default()
    };
    let mut listening = limited(&world, limits).await;
    let silent = TcpStream::connect(("127.0.0.1", listening.port))
        .await
        .unwrap();
    assert_eq!(listening.outcome().await, Err(HandshakeRefusal::TimedOut));
    drop(silent);
    // Under a limit that suits a slow machine the loop still lets the good one in.
    let mut listening = limited(&world, AcceptLimits::default()).await;
    assert_eq!(call(&world, &mut listening).await, Ok(()));
}

#[tokio::test]
async fn silent_peers_do_not_hold_up_others() {
    let world = World::new();
    let mut listening = limited(&world, AcceptLimits::default()).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(
            TcpStream::connect(("127.0.0.1", listening.port))
                .await
                .unwrap(),
        );
    }
    assert_eq!(call(&world, &mut listening).await, Ok(()));
}

#[tokio::test]
async fn no_more_handshakes_run_than_allowed() {
    let world = World::new();
    let handshake = Duration::from_secs(600);
    let limits = AcceptLimits {
        concurrent: 1,
        handshake,
        ..AcceptLimits::default()
    };
    let mut listening = limited(&world, limits).await;
    let silent = TcpStream::connect(("127.0.0.1", listening.port))
        .await
        .unwrap();
    let caller = world.caller(Profile::Goed, &world.client());
    let mut waiting = tokio::spawn(dial(caller, "localhost", listening.port));
    // The silent peer has the only place, so this cannot end however long it is waited for.
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err());
    drop(silent);
    assert_eq!(listening.outcome().await, Err(HandshakeRefusal::Closed));
    assert_eq!(listening.outcome().await, Ok(()));
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_not_tls_is_named_and_the_loop_goes_on() {
    let world = World::new();
    let mut listening = limited(&world, AcceptLimits::default()).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0x16, 3, 3, 0xff, 0xff],
        &[0xff; 64],
    ] {
        let mut tcp = TcpStream::connect(("127.0.0.1", listening.port))
            .await
            .unwrap();
        tcp.write_all(bytes).await.unwrap();
        assert_eq!(
            listening.outcome().await,
            Err(HandshakeRefusal::NotTls),
            "{bytes:?}"
        );
    }
    let tcp = TcpStream::connect(("127.0.0.1", listening.port))
        .await
        .unwrap();
    drop(tcp);
    assert_eq!(listening.outcome().await, Err(HandshakeRefusal::Closed));
    assert_eq!(call(&world, &mut listening).await, Ok(()));
}

#[tokio::test]
async fn a_peer_that_does_not_trust_the_server_shows_as_an_alert() {
    let world = World::new();
    let mut listening = limited(&world, AcceptLimits::default()).await;
    let foreign = World::new();
    let caller = foreign.caller(Profile::Goed, &foreign.client());
    let calling = dial(caller, "localhost", listening.port);
    let (connected, outcome) = tokio::join!(calling, listening.outcome());
    assert!(connected.is_err());
    assert_eq!(outcome, Err(HandshakeRefusal::Alert));
}

#[tokio::test]
async fn new_settings_count_from_the_next_handshake() {
    let world = World::new();
    let mut listening = limited(&world, AcceptLimits::default()).await;
    let issued = world.client();
    let port = listening.port;
    let caller = || dial(world.caller(Profile::Goed, &issued), "localhost", port);
    let (_connected, outcome) = tokio::join!(caller(), listening.outcome());
    assert_eq!(outcome, Ok(()));

    world.pki.revoke(issued.leaf(), NOW).unwrap();
    listening
        .config
        .send_replace(world.server(Profile::Goed, &world.service()));
    let (_connected, outcome) = tokio::join!(caller(), listening.outcome());
    assert_eq!(
        outcome,
        Err(HandshakeRefusal::Certificate(CertificateRefusal::Revoked))
    );
}

#[tokio::test]
async fn dropping_the_listener_closes_the_port() {
    let world = World::new();
    let listening = limited(&world, AcceptLimits::default()).await;
    let port = listening.port;
    let config = listening.config.clone();
    drop(listening);
    // The loop held the only receiver of the settings.
    in_time(config.closed()).await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
