//! Who is at the other end of a call: from the connection, never from the message.

use crate::ending::Ending;
use crate::limits::ConnectionPlace;
use crate::status::status;
use seinhuis_hub::command::Caller;
use seinhuis_identity::acceptor::PeerStream;
use seinhuis_identity::{CertificateRefusal, PeerIdentity};
use seinhuis_types::ErrorCode;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;
use tonic::{Request, Status};

/// A connection with its verified peer, as tonic wants it.
#[derive(Debug)]
pub struct Peer {
    stream: Ending<PeerStream>,
    identity: PeerIdentity,
    _place: ConnectionPlace,
}

impl Peer {
    /// A connection with its place among its organisation's, until its certificate is good no more,
    /// which is looked at whenever the settings change and every `recheck`. `told` hears why.
    pub(crate) fn new(
        stream: PeerStream,
        place: ConnectionPlace,
        recheck: Duration,
        told: impl FnOnce(CertificateRefusal) + Send + 'static,
    ) -> Self {
        let (identity, spoiled) = (stream.peer(), stream.spoiled(recheck));
        Self {
            stream: Ending::new(stream, async move { told(spoiled.await) }),
            identity,
            _place: place,
        }
    }
}

/// The peer, in the extensions of each request of its connection.
#[derive(Debug, Clone, Copy)]
pub struct PeerInfo(pub(crate) PeerIdentity);

impl Connected for Peer {
    type ConnectInfo = PeerInfo;
    fn connect_info(&self) -> PeerInfo {
        PeerInfo(self.identity)
    }
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The caller of a request.
pub(crate) fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let info = request.extensions().get::<PeerInfo>().ok_or_else(|| {
        status(
            ErrorCode::CertificateRefused,
            "the connection has no verified certificate",
        )
    })?;
    Ok(Caller {
        oin: info.0.oin,
        system: info.0.thumbprint,
    })
}
