//! The service of a hub, on a runtime of its own.

use super::{Says, consistency, inclusion};
use crate::config::{Config, HUB};
use seinhuis_identity::acceptor::{AcceptLimits, PeerStream, TlsListener};
use seinhuis_identity::tls::{Profile, TlsCredentials, TlsSettings};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_merkle::TilePath;
use seinhuis_proto::v1;
use seinhuis_proto::v1::audit_service_server::{AuditService, AuditServiceServer};
use seinhuis_testkit::pki::{LOCAL_HOSTS, Pki};
use seinhuis_types::{Clock, Digest, SystemClock};
use std::collections::HashMap;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_stream::StreamExt;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// A service that is up.
pub(super) struct Serving {
    runtime: Option<Runtime>,
    _settings: watch::Sender<Arc<TlsSettings<seinhuis_identity::tls::ServerConfig>>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(super) fn listen() -> (TcpListener, u16) {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    (tcp, port)
}

/// Serves with a certificate of the hub, from the partner's own throw-away PKI.
pub(super) fn start(
    tcp: TcpListener,
    config: &Config,
    says: Arc<Mutex<Says>>,
    stalled: mpsc::Sender<()>,
) -> Serving {
    let pki = Pki::open(&config.folder.path().join("pki")).unwrap();
    let files = pki
        .service("hub", HUB.parse().unwrap(), LOCAL_HOSTS, SystemClock.now())
        .unwrap();
    let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed).unwrap();
    let credentials = TlsCredentials::load(&files.tls_chain, &files.tls_key).unwrap();
    let clock = Arc::new(SystemClock);
    let settings = TlsSettings::server(Profile::Goed, credentials, Arc::new(anchors), clock);
    let (settings, taken) = watch::channel(settings.unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    tcp.set_nonblocking(true).unwrap();
    runtime.spawn(async move {
        let tcp = tokio::net::TcpListener::from_std(tcp).unwrap();
        let observer = Arc::new(|_| ());
        let peers = TlsListener::start(tcp, taken, AcceptLimits::default(), observer).unwrap();
        let peers = peers.map(|peer| peer.map(Peer));
        let service = AuditServiceServer::new(Service { says, stalled });
        let router = Server::builder().add_service(service);
        router.serve_with_incoming(peers).await.unwrap();
    });
    Serving {
        runtime: Some(runtime),
        _settings: settings,
    }
}

struct Service {
    says: Arc<Mutex<Says>>,
    stalled: mpsc::Sender<()>,
}

fn there_is_none() -> Status {
    let details = ErrorDetails::with_error_info("ENTRY_NOT_FOUND", "seinhuis.v1", HashMap::new());
    Status::with_error_details(Code::NotFound, "there is none", details)
}

fn sent(hashes: Vec<Digest>) -> Vec<Vec<u8>> {
    hashes.into_iter().map(|hash| hash.0.to_vec()).collect()
}

#[tonic::async_trait]
impl AuditService for Service {
    async fn get_checkpoint(
        &self,
        _: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let checkpoint = self.says.lock().unwrap().checkpoint.clone();
        Ok(Response::new(v1::GetCheckpointResponse {
            checkpoint,
            witnessed: String::new(),
        }))
    }

    async fn get_tile(
        &self,
        request: Request<v1::GetTileRequest>,
    ) -> Result<Response<v1::GetTileResponse>, Status> {
        let path = TilePath::parse(&request.into_inner().path).unwrap();
        let (bytes, stalls) = {
            let mut says = self.says.lock().unwrap();
            says.tiles += 1;
            let stalls = says.stalls_after.is_some_and(|after| says.tiles > after);
            let bytes = says.log.tile(path).filter(|_| !says.mute);
            (bytes, stalls)
        };
        if stalls {
            let _ = self.stalled.send(());
            std::future::pending::<()>().await;
        }
        let bytes = bytes.ok_or_else(there_is_none)?;
        Ok(Response::new(v1::GetTileResponse { bytes }))
    }

    async fn get_entry(
        &self,
        _: Request<v1::GetEntryRequest>,
    ) -> Result<Response<v1::GetEntryResponse>, Status> {
        Err(there_is_none())
    }

    async fn list_entries(
        &self,
        _: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        Err(there_is_none())
    }

    async fn open_entries(
        &self,
        _: Request<v1::OpenEntriesRequest>,
    ) -> Result<Response<v1::OpenEntriesResponse>, Status> {
        Err(there_is_none())
    }

    async fn grant_access(
        &self,
        _: Request<v1::GrantAccessRequest>,
    ) -> Result<Response<v1::GrantAccessResponse>, Status> {
        Err(there_is_none())
    }

    async fn revoke_grant(
        &self,
        _: Request<v1::RevokeGrantRequest>,
    ) -> Result<Response<v1::RevokeGrantResponse>, Status> {
        Err(there_is_none())
    }

    async fn list_grants(
        &self,
        _: Request<v1::ListGrantsRequest>,
    ) -> Result<Response<v1::ListGrantsResponse>, Status> {
        Err(there_is_none())
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let asked = request.into_inner();
        let says = self.says.lock().unwrap();
        let proof = inclusion(&says, asked.index, asked.tree_size).filter(|_| !says.mute);
        Ok(Response::new(v1::GetInclusionProofResponse {
            tree_size: asked.tree_size,
            hashes: sent(proof.ok_or_else(there_is_none)?),
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let asked = request.into_inner();
        let says = self.says.lock().unwrap();
        let proof = consistency(&says, asked.from_size, asked.to_size).filter(|_| !says.mute);
        Ok(Response::new(v1::GetConsistencyProofResponse {
            to_size: asked.to_size,
            hashes: sent(proof.ok_or_else(there_is_none)?),
        }))
    }
}

/// A connection, as tonic wants it.
struct Peer(PeerStream);

impl Connected for Peer {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
