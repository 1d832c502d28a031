//! The yardstick of a call: a bare tonic server on the same acceptor and TLS settings that answers
//! an acknowledgement with as many bytes as it brought.
//!
//! Owns: the server, in a process of its own, and its measurement. Must not know: the hub.

use crate::load::Load;
use crate::{IN_FLIGHT, connections, told};
use seinhuis_identity::acceptor::{AcceptLimits, HandshakeRefusal, PeerStream, TlsListener};
use seinhuis_identity::tls::{Profile, TlsCredentials, TlsSettings};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_proto::v1::signal_service_server::{SignalService, SignalServiceServer};
use seinhuis_tests::Chain;
use seinhuis_types::SystemClock;
use std::io;
use std::net::TcpListener as Port;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

/// Calls measured, after a fifth of them unmeasured.
const CALLS: usize = 150_000;

struct Echo;

#[tonic::async_trait]
impl SignalService for Echo {
    async fn publish(
        &self,
        _: Request<v1::PublishRequest>,
    ) -> Result<Response<v1::PublishResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    type ReceiveStream = ReceiverStream<Result<v1::ReceiveResponse, Status>>;

    async fn receive(
        &self,
        _: Request<v1::ReceiveRequest>,
    ) -> Result<Response<Self::ReceiveStream>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    async fn acknowledge(
        &self,
        request: Request<v1::AcknowledgeRequest>,
    ) -> Result<Response<v1::AcknowledgeResponse>, Status> {
        let request = request.into_inner();
        let mut leaf = request.slip.map(|slip| slip.tags).unwrap_or_default();
        leaf.extend(request.idempotency_key);
        leaf.extend(request.delivery_id);
        let proof = v1::Proof {
            leaf,
            ..v1::Proof::default()
        };
        Ok(Response::new(v1::AcknowledgeResponse {
            proof: Some(proof),
        }))
    }

    async fn rectify(
        &self,
        _: Request<v1::RectifyRequest>,
    ) -> Result<Response<v1::RectifyResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    async fn get_signal(
        &self,
        _: Request<v1::GetSignalRequest>,
    ) -> Result<Response<v1::GetSignalResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }
}

/// A connection as tonic wants it.
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

/// Serves on `port` with the hub's certificate in the sandbox `root`, until killed.
pub(crate) async fn serve(root: &str, port: &str) -> Result<(), String> {
    let port: u16 = port.parse().map_err(told("port"))?;
    let pki = Path::new(root).join("pki");
    let crls = ["root.crl", "intermediate.crl"].map(|file| pki.join(file));
    let anchors = TrustAnchors::load(&[pki.join("root.pem")], &crls, TestOins::Allowed)
        .map_err(told("roots"))?;
    let own = pki.join("hub");
    let credentials = TlsCredentials::load(&own.join("tls.pem"), &own.join("tls.key"))
        .map_err(told("credentials"))?;
    let clock = Arc::new(SystemClock);
    let tls = TlsSettings::server(Profile::Goed, credentials, Arc::new(anchors), clock)
        .map_err(told("tls"))?;
    let tcp = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(told("listen"))?;
    let (_keep, tls) = watch::channel(tls);
    let observer = |_: Result<(), HandshakeRefusal>| ();
    let listener = TlsListener::start(tcp, tls, AcceptLimits::default(), Arc::new(observer))
        .map_err(told("listen"))?;
    // As the hub's listener has it.
    Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .max_concurrent_streams(Some(1024))
        .tcp_nodelay(true)
        .add_service(SignalServiceServer::new(Echo))
        .serve_with_incoming(listener.map(|peer| peer.map(Peer)))
        .await
        .map_err(told("serve"))
}

/// The server's process; killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn call(channel: Channel, request: v1::AcknowledgeRequest) -> Result<(), String> {
    let reply = SignalServiceClient::new(channel).acknowledge(request).await;
    reply.map(drop).map_err(told("echo"))
}

/// Calls a second of the echo.
pub(crate) async fn measure(
    chain: &Chain,
    request: &v1::AcknowledgeRequest,
) -> Result<f64, String> {
    crate::report::progress("echo");
    let port = Port::bind(("127.0.0.1", 0))
        .and_then(|port| port.local_addr())
        .map_err(told("port"))?
        .port();
    let binary = std::env::current_exe().map_err(told("binary"))?;
    let child = Command::new(binary)
        .arg("echo-server")
        .arg(chain.sandbox.root())
        .arg(port.to_string())
        .stdin(Stdio::null())
        .spawn()
        .map_err(told("echo server"))?;
    let _process = Process(child);
    let mut tries = 0;
    // Waits for the process to get further: there is no event for an open port.
    while tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_err()
    {
        tries += 1;
        if tries > 200 {
            return Err("the echo server did not start".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let load = Load::new(connections(chain, "veilig-thuis", port).await?, IN_FLIGHT);
    load.closed(vec![request.clone(); CALLS / 5], call).await?;
    Ok(load
        .closed(vec![request.clone(); CALLS], call)
        .await?
        .rate())
}
