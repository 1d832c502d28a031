//! What each profile lets in, seen from callers with other settings.

use crate::world::{World, parts};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::ServerSessionMemoryCache;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, HandshakeKind, NamedGroup, RootCertStore, ServerConfig, SupportedProtocolVersion,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use seinhuis_identity::acceptor::HandshakeRefusal;
use seinhuis_identity::tls::Profile;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A caller that is not ours: rustls's own verifier, and the settings a test gives it.
struct Stranger {
    provider: CryptoProvider,
    version: &'static SupportedProtocolVersion,
    alpn: Vec<Vec<u8>>,
    with_certificate: bool,
}

impl Default for Stranger {
    fn default() -> Self {
        Self {
            provider: default_provider(),
            version: &TLS13,
            alpn: vec![b"h2".to_vec()],
            with_certificate: true,
        }
    }
}

impl Stranger {
    fn with_groups(groups: &[&'static dyn SupportedKxGroup]) -> Self {
        let provider = CryptoProvider {
            kx_groups: groups.to_vec(),
            ..default_provider()
        };
        Self {
            provider,
            ..Self::default()
        }
    }

    fn config(self, world: &World) -> ClientConfig {
        #[derive(Debug)]
        struct At(rustls_pki_types::UnixTime);
        impl rustls::time_provider::TimeProvider for At {
            fn current_time(&self) -> Option<rustls_pki_types::UnixTime> {
                Some(self.0)
            }
        }
        let at = std::time::Duration::from_millis(crate::world::NOW.0);
        let at = At(rustls_pki_types::UnixTime::since_unix_epoch(at));
        let mut roots = RootCertStore::empty();
        let root = std::fs::read(world.pki.root()).unwrap();
        roots
            .add(CertificateDer::from_pem_slice(&root).unwrap())
            .unwrap();
        let (chain, key) = parts(&world.client());
        let config = ClientConfig::builder_with_details(Arc::new(self.provider), Arc::new(at))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = if self.with_certificate {
            config.with_client_auth_cert(chain, key).unwrap()
        } else {
            config.with_no_client_auth()
        };
        config.alpn_protocols = self.alpn;
        config.resumption = Resumption::in_memory_sessions(8);
        config
    }
}

/// How a listener of `profile` ends the handshake of `stranger`, and the group if it passed.
async fn outcome(
    profile: Profile,
    stranger: Stranger,
) -> Result<Option<NamedGroup>, HandshakeRefusal> {
    let world = World::new();
    let mut listening = world.listen(profile).await;
    let config = Arc::new(stranger.config(&world));
    let tcp = TcpStream::connect(("127.0.0.1", listening.port))
        .await
        .unwrap();
    let calling =
        Box::pin(TlsConnector::from(config).connect("localhost".try_into().unwrap(), tcp));
    let (connected, ended) = tokio::join!(calling, listening.outcome());
    ended?;
    let _connected = connected.unwrap();
    Ok(listening.listener.accept().await.unwrap().group())
}

#[tokio::test]
async fn tls_1_2_is_refused_under_both_profiles() {
    for profile in [Profile::Goed, Profile::Voldoende] {
        let stranger = Stranger {
            version: &TLS12,
            ..Stranger::default()
        };
        assert_eq!(
            outcome(profile, stranger).await,
            Err(HandshakeRefusal::Version)
        );
    }
}

#[tokio::test]
async fn the_first_hybrid_group_is_chosen_whatever_the_caller_prefers() {
    let stranger = Stranger::with_groups(&[kx_group::SECP256R1MLKEM768, kx_group::X25519MLKEM768]);
    let hybrid = outcome(Profile::Goed, stranger).await;
    assert!(
        matches!(
            hybrid,
            Ok(Some(
                NamedGroup::X25519MLKEM768 | NamedGroup::secp256r1MLKEM768
            ))
        ),
        "{hybrid:?}"
    );
    let stranger = Stranger::with_groups(&[kx_group::SECP256R1MLKEM768]);
    let hybrid = outcome(Profile::Goed, stranger).await;
    assert_eq!(hybrid, Ok(Some(NamedGroup::secp256r1MLKEM768)));
}

#[tokio::test]
async fn classical_groups_are_refused_under_goed_and_pass_under_voldoende() {
    for group in [kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1] {
        let refused = outcome(Profile::Goed, Stranger::with_groups(&[group])).await;
        assert_eq!(refused, Err(HandshakeRefusal::NoGroup));
        let passed = outcome(Profile::Voldoende, Stranger::with_groups(&[group])).await;
        assert_eq!(passed, Ok(Some(group.name())));
    }
}

#[tokio::test]
async fn aes_128_is_refused() {
    let suites = vec![cipher_suite::TLS13_AES_128_GCM_SHA256];
    let provider = CryptoProvider {
        cipher_suites: suites,
        ..default_provider()
    };
    let stranger = Stranger {
        provider,
        ..Stranger::default()
    };
    assert_eq!(
        outcome(Profile::Goed, stranger).await,
        Err(HandshakeRefusal::NoSuite)
    );
}

#[tokio::test]
async fn a_caller_without_certificate_is_refused() {
    let stranger = Stranger {
        with_certificate: false,
        ..Stranger::default()
    };
    assert_eq!(
        outcome(Profile::Goed, stranger).await,
        Err(HandshakeRefusal::NoCertificate)
    );
}

#[tokio::test]
async fn a_caller_that_does_not_speak_http_2_is_refused() {
    for alpn in [vec![], vec![b"http/1.1".to_vec()]] {
        let stranger = Stranger {
            alpn,
            ..Stranger::default()
        };
        assert_eq!(
            outcome(Profile::Goed, stranger).await,
            Err(HandshakeRefusal::NoProtocol)
        );
    }
}

#[tokio::test]
async fn nothing_can_be_resumed_or_sent_early() {
    let world = World::new();
    let settings = world.server(Profile::Goed, &world.service()).config();
    assert_eq!(settings.send_tls13_tickets, 0);
    assert_eq!(settings.max_early_data_size, 0);
    assert!(!settings.session_storage.can_cache());
    assert!(
        !world
            .caller(Profile::Goed, &world.client())
            .enable_early_data
    );

    // A caller that would keep a ticket gets none.
    let mut listening = world.listen(Profile::Goed).await;
    let config = Arc::new(Stranger::default().config(&world));
    let tcp = TcpStream::connect(("127.0.0.1", listening.port))
        .await
        .unwrap();
    let calling =
        Box::pin(TlsConnector::from(config).connect("localhost".try_into().unwrap(), tcp));
    let (connected, accepted) = tokio::join!(calling, listening.listener.accept());
    let (mut connected, mut accepted) = (connected.unwrap(), accepted.unwrap());
    accepted.write_all(b"x").await.unwrap();
    accepted.flush().await.unwrap();
    connected.read_u8().await.unwrap();
    assert_eq!(connected.get_ref().1.tls13_tickets_received(), 0);
}

/// How one handshake of `config` at `port` went.
async fn handshake(config: &Arc<ClientConfig>, port: u16) -> Option<HandshakeKind> {
    let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let connector = TlsConnector::from(Arc::clone(config));
    let calling = Box::pin(connector.connect("localhost".try_into().unwrap(), tcp));
    let mut connected = calling.await.unwrap();
    // Tickets come after the handshake.
    connected.read_u8().await.unwrap();
    connected.get_ref().1.handshake_kind()
}

#[tokio::test]
async fn a_caller_that_offers_to_resume_goes_through_the_whole_handshake() {
    let world = World::new();
    let caller = Arc::new(Stranger::default().config(&world));
    // Another server of the same name gives tickets, and takes them.
    let ours = world.server(Profile::Goed, &world.service()).config();
    let mut lax = ServerConfig::clone(&ours);
    lax.session_storage = ServerSessionMemoryCache::new(8);
    lax.send_tls13_tickets = 2;
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = tcp.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(lax));
    let serving = tokio::spawn(async move {
        for _ in 0..2 {
            let (stream, _) = tcp.accept().await.unwrap();
            let mut stream = Box::pin(acceptor.accept(stream)).await.unwrap();
            stream.write_all(b"x").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    assert_eq!(handshake(&caller, port).await, Some(HandshakeKind::Full));
    assert_eq!(handshake(&caller, port).await, Some(HandshakeKind::Resumed));
    serving.await.unwrap();
    // With a ticket in hand, and then again.
    let mut listening = world.listen(Profile::Goed).await;
    for _ in 0..2 {
        let port = listening.port;
        let answering = async {
            let mut peer = listening.listener.accept().await.unwrap();
            peer.write_all(b"x").await.unwrap();
            peer.flush().await.unwrap();
            peer
        };
        let (kind, _peer) = tokio::join!(handshake(&caller, port), answering);
        assert_eq!(kind, Some(HandshakeKind::Full));
    }
}

#[test]
fn profiles_are_read_by_their_names_and_goed_is_the_default() {
    for profile in [Profile::Goed, Profile::Voldoende] {
        assert_eq!(Profile::parse(profile.as_str()), Some(profile));
    }
    assert_eq!(Profile::parse("onvoldoende"), None);
    assert_eq!(Profile::default(), Profile::Goed);
}
