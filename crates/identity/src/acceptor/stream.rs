//! A connection whose peer is known.
//!
//! Owns: bytes in and out, and the chain that was presented, so that it can be judged again.
//! Must not know: the RPC framework; the gateway wraps it.

use crate::tls::{TlsSettings, spoiled};
use crate::{CertificateRefusal, PeerIdentity};
use rustls::{CipherSuite, NamedGroup, ServerConfig};
use rustls_pki_types::CertificateDer;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;

/// A TLS connection with a verified peer.
#[derive(Debug)]
pub struct PeerStream {
    inner: Box<TlsStream<TcpStream>>,
    peer: PeerIdentity,
    address: SocketAddr,
    /// Has seen what the handshake took.
    settings: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
}

impl PeerStream {
    pub(super) fn new(
        inner: TlsStream<TcpStream>,
        peer: PeerIdentity,
        address: SocketAddr,
        settings: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
    ) -> Self {
        Self {
            inner: Box::new(inner),
            peer,
            address,
            settings,
        }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> PeerIdentity {
        self.peer
    }

    /// Where the other end is. Not for logs of acts: an address may lead to a person.
    pub fn remote_addr(&self) -> SocketAddr {
        self.address
    }

    /// The chain that was presented, leaf first.
    pub fn peer_chain(&self) -> Vec<CertificateDer<'static>> {
        let presented = self.inner.get_ref().1.peer_certificates();
        presented.unwrap_or_default().to_vec()
    }

    /// Resolves when the peer's certificate is good no more; see [`spoiled`].
    pub fn spoiled(
        &self,
        every: Duration,
    ) -> impl Future<Output = CertificateRefusal> + Send + use<> {
        spoiled(self.peer_chain(), self.settings.clone(), every)
    }

    /// The key exchange group that was agreed.
    pub fn group(&self) -> Option<NamedGroup> {
        self.inner
            .get_ref()
            .1
            .negotiated_key_exchange_group()
            .map(|group| group.name())
    }

    /// The cipher suite that was agreed.
    pub fn suite(&self) -> Option<CipherSuite> {
        self.inner
            .get_ref()
            .1
            .negotiated_cipher_suite()
            .map(|suite| suite.suite())
    }

    /// The TLS stream itself.
    pub fn into_inner(self) -> TlsStream<TcpStream> {
        *self.inner
    }
}

impl AsyncRead for PeerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for PeerStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
