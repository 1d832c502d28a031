//! TLS before a witness, as a partner puts there, with a certificate of this or another PKI.

use seinhuis_identity::tls::{Profile, TlsCredentials, TlsSettings};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_testkit::pki::{LOCAL_HOSTS, Pki};
use seinhuis_types::{Clock, SystemClock};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Answers with TLS at an address and passes everything on, until it is dropped.
pub(super) struct Proxy {
    task: JoinHandle<()>,
    counts: Arc<[AtomicUsize; 2]>,
}

impl Proxy {
    /// With a server certificate of this PKI for this machine.
    pub(super) async fn start_at(pki: &Pki, to: SocketAddr, at: SocketAddr) -> Self {
        let now = SystemClock.now();
        let oin = "00000099000000010000".parse().unwrap();
        pki.service("witness", oin, LOCAL_HOSTS, now).unwrap();
        let files = pki.files("witness");
        let credentials = TlsCredentials::load(&files.tls_chain, &files.tls_key).unwrap();
        let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed).unwrap();
        let clock = Arc::new(SystemClock);
        let settings = TlsSettings::public(Profile::Goed, credentials, Arc::new(anchors), clock);
        let config = settings.unwrap().config();
        let listener = TcpListener::bind(at).await.unwrap();
        let counts = Arc::new([const { AtomicUsize::new(0) }; 2]);
        let seen = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, seen) = (TlsAcceptor::from(Arc::clone(&config)), Arc::clone(&seen));
                tokio::spawn(async move {
                    // Whoever does not trust it breaks off here.
                    let Ok(mut outer) = acceptor.accept(stream).await else {
                        seen[1].fetch_add(1, Ordering::SeqCst);
                        return;
                    };
                    seen[0].fetch_add(1, Ordering::SeqCst);
                    let mut inner = TcpStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
                });
            }
        });
        Self { task, counts }
    }

    /// How many callers took its certificate.
    pub(super) fn taken(&self) -> usize {
        self.counts[0].load(Ordering::SeqCst)
    }

    /// How many did not.
    pub(super) fn refused(&self) -> usize {
        self.counts[1].load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
