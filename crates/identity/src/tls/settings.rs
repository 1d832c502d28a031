//! TLS settings that can be changed while connections are open.
//!
//! Owns: judging an open connection again. Must not know: where files lie, how a connection is
//! closed.

use super::{HTTP1, Profile, TlsCredentials, client_config, public_server_config, server_config};
use crate::{CertificateRefusal, IdentityError, PeerIdentity, TrustAnchors, Usage};
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::CertificateDer;
use seinhuis_types::{Clock, Oin};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The settings of one end and what it judges the other end by: one value, so that a handshake and a
/// later look at the same connection never stand on different sets of files.
pub struct TlsSettings<C> {
    config: Arc<C>,
    anchors: Arc<TrustAnchors>,
    clock: Arc<dyn Clock>,
    /// What the other end's certificate is for.
    usage: Usage,
}

impl<C> std::fmt::Debug for TlsSettings<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsSettings")
            .field("anchors", &self.anchors)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

impl TlsSettings<ServerConfig> {
    /// Those of a listener: a caller without a chain that `anchors` accept gets no further than the
    /// handshake. No tickets, no session store, no early data.
    pub fn server(
        profile: Profile,
        credentials: TlsCredentials,
        anchors: Arc<TrustAnchors>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, IdentityError> {
        Ok(Arc::new(Self {
            config: server_config(profile, credentials, &anchors, Arc::clone(&clock))?,
            anchors,
            clock,
            usage: Usage::TlsClient,
        }))
    }

    /// Those of a listener for anyone, over HTTP/1.1: callers show no certificate. For what says
    /// nothing about anyone.
    pub fn public(
        profile: Profile,
        credentials: TlsCredentials,
        anchors: Arc<TrustAnchors>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, IdentityError> {
        Ok(Arc::new(Self {
            config: public_server_config(profile, credentials, Arc::clone(&clock))?,
            anchors,
            clock,
            usage: Usage::TlsClient,
        }))
    }
}

impl TlsSettings<ClientConfig> {
    /// Those of a caller; see [`client_config`].
    pub fn client(
        profile: Profile,
        credentials: TlsCredentials,
        anchors: Arc<TrustAnchors>,
        clock: Arc<dyn Clock>,
        server: Option<Oin>,
    ) -> Result<Arc<Self>, IdentityError> {
        Ok(Arc::new(Self {
            config: client_config(profile, credentials, &anchors, Arc::clone(&clock), server)?,
            anchors,
            clock,
            usage: Usage::TlsServer,
        }))
    }

    /// Those of a caller of any organisation that `anchors` accept, over HTTP/1.1; see
    /// [`client_config`].
    pub fn http(
        profile: Profile,
        credentials: TlsCredentials,
        anchors: Arc<TrustAnchors>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, IdentityError> {
        let config = client_config(profile, credentials, &anchors, Arc::clone(&clock), None)?;
        let mut config = Arc::unwrap_or_clone(config);
        config.alpn_protocols = vec![HTTP1.to_vec()];
        Ok(Arc::new(Self {
            config: Arc::new(config),
            anchors,
            clock,
            usage: Usage::TlsServer,
        }))
    }
}

impl<C> TlsSettings<C> {
    /// What a handshake takes.
    pub fn config(&self) -> Arc<C> {
        Arc::clone(&self.config)
    }

    /// Judges a chain that was presented earlier (leaf first) as a handshake would now.
    pub fn judge(&self, chain: &[CertificateDer<'_>]) -> Result<PeerIdentity, CertificateRefusal> {
        self.anchors.verify(chain, self.usage, self.clock.now())
    }
}

/// Resolves when the chain of an open connection is good no more. It is judged again whenever
/// `settings` change, and after `every` without a change, because certificates and revocation lists
/// also end by themselves.
///
/// `settings` must have seen what the handshake took and nothing later: a change between is then
/// noticed at once.
pub async fn spoiled<C>(
    chain: Vec<CertificateDer<'static>>,
    mut settings: watch::Receiver<Arc<TlsSettings<C>>>,
    every: Duration,
) -> CertificateRefusal {
    loop {
        if let Ok(Err(_)) = tokio::time::timeout(every, settings.changed()).await {
            // Nobody will change them any more; time goes on.
            tokio::time::sleep(every).await;
        }
        let now = Arc::clone(&settings.borrow_and_update());
        if let Err(refusal) = now.judge(&chain) {
            return refusal;
        }
    }
}
