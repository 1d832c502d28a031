//! The hub's listener: TLS, HTTP/2, services, health, reflection.
//!
//! Owns: how connections are taken and for how long. Must not know: where settings come from.

use crate::admission::Admission;
use crate::limits::{Connections, PartnerLimits, Places};
use crate::oversize::NameOversize;
use crate::peer::Peer;
use crate::services::Service;
use seinhuis_hub::Hub;
use seinhuis_identity::acceptor::{AcceptLimits, HandshakeRefusal, PeerStream, TlsListener};
use seinhuis_identity::tls::{ServerConfig, TlsSettings};
use seinhuis_identity::{CertificateRefusal, PeerIdentity};
use seinhuis_proto::v1::agreement_service_server::AgreementServiceServer;
use seinhuis_proto::v1::audit_service_server::AuditServiceServer;
use seinhuis_proto::v1::break_glass_service_server::BreakGlassServiceServer;
use seinhuis_proto::v1::consent_service_server::ConsentServiceServer;
use seinhuis_proto::v1::decision_service_server::DecisionServiceServer;
use seinhuis_proto::v1::directory_service_server::DirectoryServiceServer;
use seinhuis_proto::v1::pseudonym_service_server::PseudonymServiceServer;
use seinhuis_proto::v1::question_service_server::QuestionServiceServer;
use seinhuis_proto::v1::register_service_server::RegisterServiceServer;
use seinhuis_proto::v1::retention_service_server::RetentionServiceServer;
use seinhuis_proto::v1::signal_service_server::SignalServiceServer;
use seinhuis_store::Store;
use seinhuis_telemetry::{Counter, Counters};
use seinhuis_types::limits;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::StreamExt;
use tonic::transport::Server;
use tonic::transport::server::Router;
use tower::layer::util::{Identity, Stack};

/// Most calls of one connection at once: what a caller can make the hub hold is this many messages.
const STREAMS: u32 = 128;
/// Most connections of one organisation, and of all together.
const CONNECTIONS: usize = 64;
const ALL_CONNECTIONS: usize = 1_024;
/// Most connections of organisations under the pinned roots that take no part, all together.
const STRANGERS: usize = 16;

/// How long a caller may leave the hub waiting, and how long a connection may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// A call whose message does not come, or that takes longer, is given up; what it began is
    /// finished.
    pub call: Duration,
    /// A silent connection is asked whether it is still there.
    pub keepalive: Duration,
    /// And has this long to answer.
    pub keepalive_answer: Duration,
    /// A connection ends after this long: the caller shows its certificate anew.
    pub age: Duration,
    /// And what is then under way, streams too, has this long to end.
    pub age_grace: Duration,
    /// How often the certificate of an open connection is judged again, beside at each change of
    /// roots and revocation lists.
    pub recheck: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(60),
            keepalive: Duration::from_secs(20),
            keepalive_answer: Duration::from_secs(10),
            age: Duration::from_secs(3_600),
            age_grace: Duration::from_secs(5),
            recheck: Duration::from_secs(60),
        }
    }
}

/// How a listener serves.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// TLS settings; sending new ones reloads certificates, roots and revocation lists, and has every
    /// open connection judged again.
    pub tls: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
    /// Per partner.
    pub limits: PartnerLimits,
    /// Per call and connection.
    pub bounds: Bounds,
    /// Where calls and handshakes are counted.
    pub counters: Counters,
}

/// Why a listener stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port could not be used.
    #[error("the listener failed: {0}")]
    Listen(#[from] std::io::Error),
    /// The server failed.
    #[error("the server failed: {0}")]
    Serve(#[from] tonic::transport::Error),
    /// Reflection could not be built.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// What each call goes through before its service.
pub(crate) type Layers = Stack<Admission, Stack<NameOversize, Identity>>;

/// What both listeners have in common.
pub(crate) fn builder(places: Arc<Places>, counters: Counters, bounds: Bounds) -> Server<Layers> {
    Server::builder()
        .http2_keepalive_interval(Some(bounds.keepalive))
        .http2_keepalive_timeout(Some(bounds.keepalive_answer))
        .max_connection_age(bounds.age)
        .max_connection_age_grace(bounds.age_grace)
        .max_concurrent_streams(Some(STREAMS))
        .timeout(bounds.call)
        .tcp_nodelay(true)
        .layer(NameOversize)
        .layer(Admission::new(places, counters))
}

/// Takes connections until `shutdown`, then lets calls under way end.
pub(crate) async fn run(
    router: Router<Layers>,
    tcp: TcpListener,
    settings: &ServeSettings,
    takes_part: impl Fn(&PeerIdentity) -> bool + Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let counters = settings.counters.clone();
    let observer = move |outcome: Result<(), HandshakeRefusal>| {
        if let Err(refusal) = outcome {
            counters.count(Counter::HandshakeRefused, refusal.as_str());
            tracing::info!(cause = refusal.as_str(), "a handshake was refused");
        }
    };
    let limits = AcceptLimits::default();
    let listener = TlsListener::start(tcp, settings.tls.clone(), limits, Arc::new(observer))?;
    let places = Arc::new(Connections::new(CONNECTIONS, ALL_CONNECTIONS, STRANGERS));
    let (counters, recheck) = (settings.counters.clone(), settings.bounds.recheck);
    // One too many is closed at once; the caller sees a broken connection and tries later.
    let peers = listener.filter_map(move |peer| match peer {
        Ok(stream) => {
            match places.take(Some(stream.peer()).filter(&takes_part).map(|peer| peer.oin)) {
                Some(place) => {
                    let told = tells(&stream, counters.clone());
                    Some(Ok(Peer::new(stream, place, recheck, told)))
                }
                None => {
                    counters.count(Counter::HandshakeRefused, "too many connections");
                    None
                }
            }
        }
        Err(error) => Some(Err(error)),
    });
    router.serve_with_incoming_shutdown(peers, shutdown).await?;
    Ok(())
}

/// Counts and tells that a connection was closed, by organisation and cause.
fn tells(stream: &PeerStream, counters: Counters) -> impl FnOnce(CertificateRefusal) + use<> {
    let oin = stream.peer().oin;
    move |refusal| {
        counters.count(Counter::ConnectionClosed, refusal.as_str());
        tracing::info!(%oin, cause = refusal.as_str(), "an open connection was closed");
    }
}

/// Serves the hub on `tcp` until `shutdown`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve_hub<S: Store>(
    hub: Arc<Hub<S>>,
    tcp: TcpListener,
    settings: ServeSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let places = Arc::new(Places::new(settings.limits));
    let known = Arc::clone(&hub);
    let takes_part = move |peer: &PeerIdentity| {
        known.saw_certificate(peer.thumbprint, peer.not_after);
        known.directory().partner(&peer.oin).is_some()
    };
    let service = Service {
        hub,
        places: Arc::clone(&places),
        counters: settings.counters.clone(),
    };
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_serving::<SignalServiceServer<Service<S>>>()
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(seinhuis_proto::v1::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let most = limits::MESSAGE_BYTES;
    let router = builder(places, settings.counters.clone(), settings.bounds)
        .add_service(health_service)
        .add_service(reflection)
        .add_service(
            SignalServiceServer::new(service.clone())
                .max_decoding_message_size(limits::PUBLISH_BYTES),
        )
        .add_service(AgreementServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(DecisionServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(AuditServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(BreakGlassServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(ConsentServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(QuestionServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(RegisterServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(RetentionServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(DirectoryServiceServer::new(service.clone()).max_decoding_message_size(most))
        .add_service(PseudonymServiceServer::new(service).max_decoding_message_size(most));
    run(router, tcp, &settings, takes_part, shutdown).await
}
