//! The accept loop: each handshake in a task of its own, within five seconds, a bounded number at a
//! time.
//!
//! Owns: from a TCP connection to a stream with a [`PeerIdentity`], or a named reason why not.
//! Nothing a peer does ends the loop. Must not know: what is said over a stream, how long it may
//! live, or which metric counts a refusal.

mod refusal;
mod stream;

pub use refusal::HandshakeRefusal;
pub use stream::PeerStream;

use crate::PeerIdentity;
use crate::tls::{ALPN, TlsSettings};
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_stream::Stream;

/// How long to wait after the system itself could not accept, for example out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of an accept loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptLimits {
    /// How long a handshake may take.
    pub handshake: Duration,
    /// Most handshakes at a time; further connections wait with the system.
    pub concurrent: usize,
    /// Most finished handshakes that wait to be taken.
    pub waiting: usize,
}

impl Default for AcceptLimits {
    /// Five seconds, 256 at a time, 64 waiting.
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            concurrent: 256,
            waiting: 64,
        }
    }
}

/// Is told how each handshake ended. Gets no address and no name: an outcome is a count.
pub trait HandshakeObserver: Send + Sync + 'static {
    /// A handshake has ended.
    fn ended(&self, outcome: Result<(), HandshakeRefusal>);
}

impl<F: Fn(Result<(), HandshakeRefusal>) + Send + Sync + 'static> HandshakeObserver for F {
    fn ended(&self, outcome: Result<(), HandshakeRefusal>) {
        self(outcome);
    }
}

/// A listener that yields verified peers. Dropping it closes the port and ends its handshakes.
#[derive(Debug)]
pub struct TlsListener {
    ready: mpsc::Receiver<PeerStream>,
    address: SocketAddr,
}

impl TlsListener {
    /// Starts accepting on `tcp`. Each handshake takes the settings that `settings` holds when it
    /// begins, so that sending new ones reloads certificates, roots and revocation lists.
    pub fn start(
        tcp: TcpListener,
        settings: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
        limits: AcceptLimits,
        observer: Arc<dyn HandshakeObserver>,
    ) -> io::Result<Self> {
        let address = tcp.local_addr()?;
        let (out, ready) = mpsc::channel(limits.waiting.max(1));
        let shared = Shared {
            settings,
            out,
            observer,
            limit: limits.handshake,
        };
        tokio::spawn(accept_all(tcp, shared, limits.concurrent));
        Ok(Self { ready, address })
    }

    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next verified peer; nothing only after the loop has ended.
    pub async fn accept(&mut self) -> Option<PeerStream> {
        self.ready.recv().await
    }
}

impl Stream for TlsListener {
    type Item = io::Result<PeerStream>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ready.poll_recv(cx).map(|peer| peer.map(Ok))
    }
}

/// What every handshake needs.
#[derive(Clone)]
struct Shared {
    settings: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
    out: mpsc::Sender<PeerStream>,
    observer: Arc<dyn HandshakeObserver>,
    limit: Duration,
}

async fn accept_all(tcp: TcpListener, shared: Shared, concurrent: usize) {
    let slots = Arc::new(Semaphore::new(concurrent.max(1)));
    let mut handshakes = JoinSet::new();
    loop {
        // The slot comes first: who has to wait, waits with the system.
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            (slot, tcp.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            next = next => next,
            () = shared.out.closed() => return,
        };
        while let Some(ended) = handshakes.try_join_next() {
            if ended.is_err() {
                shared.observer.ended(Err(HandshakeRefusal::Failed));
            }
        }
        match accepted {
            Ok((stream, address)) => {
                handshakes.spawn(handshake(stream, address, shared.clone(), slot));
            }
            Err(error) if is_the_peers(&error) => {}
            Err(_) => {
                shared.observer.ended(Err(HandshakeRefusal::NotAccepted));
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether accepting failed because of that one connection.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

async fn handshake(
    tcp: TcpStream,
    address: SocketAddr,
    shared: Shared,
    slot: Option<OwnedSemaphorePermit>,
) {
    let attempt = Box::pin(shake_hands(tcp, address, shared.settings));
    let outcome = match tokio::time::timeout(shared.limit, attempt).await {
        Ok(outcome) => outcome,
        Err(_) => Err(HandshakeRefusal::TimedOut),
    };
    match outcome {
        Ok(peer) => {
            shared.observer.ended(Ok(()));
            // Fails only when nobody takes peers any more; then the connection ends here.
            let _ = shared.out.send(peer).await;
        }
        Err(refusal) => shared.observer.ended(Err(refusal)),
    }
    drop(slot);
}

async fn shake_hands(
    tcp: TcpStream,
    address: SocketAddr,
    mut settings: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
) -> Result<PeerStream, HandshakeRefusal> {
    let config = settings.borrow_and_update().config();
    tcp.set_nodelay(true)
        .map_err(|_| HandshakeRefusal::Closed)?;
    let accepted = TlsAcceptor::from(config).accept(tcp).await;
    let stream = accepted.map_err(|error| HandshakeRefusal::from(&error))?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(ALPN) {
        return Err(HandshakeRefusal::NoProtocol);
    }
    let leaf = session.peer_certificates().and_then(<[_]>::first);
    let leaf = leaf.ok_or(HandshakeRefusal::NoCertificate)?;
    let peer = PeerIdentity::stated_by(leaf).map_err(HandshakeRefusal::Certificate)?;
    Ok(PeerStream::new(stream, peer, address, settings))
}
