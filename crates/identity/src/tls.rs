//! TLS as the two profiles allow it: mutual, 1.3, nothing resumed, nothing early.
//!
//! Owns: suites, groups and the refusal of everything else (NCSC-NL TLS guidelines 2025-05).
//! Must not know: which organisations are partners, and where the files are configured.

mod settings;
mod verifier;

pub use settings::{TlsSettings, spoiled};

use crate::certificate::term;
use crate::trust::read_file;
use crate::{CertificateRefusal, IdentityError, PeerIdentity, TrustAnchors, secret_file};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
pub use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use seinhuis_types::{Clock, Millis, Oin};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The one application protocol: HTTP/2, under gRPC.
pub const ALPN: &[u8] = b"h2";

/// The protocol of what anyone may fetch, and of the log's witnesses.
pub const HTTP1: &[u8] = b"http/1.1";

/// How strict a listener or a caller is, in NCSC-NL's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Good: TLS 1.3, AES-256-GCM or ChaCha20-Poly1305, key exchange only in hybrid with ML-KEM,
    /// X25519MLKEM768 first.
    #[default]
    Goed,
    /// Sufficient: as [`Profile::Goed`], with the classical groups after the hybrid ones, for
    /// partners whose stack has no ML-KEM yet.
    Voldoende,
}

impl Profile {
    /// The name in configuration: `goed` or `voldoende`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Goed => "goed",
            Self::Voldoende => "voldoende",
        }
    }

    /// Reads the name in configuration.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Goed, Self::Voldoende]
            .into_iter()
            .find(|profile| profile.as_str() == text)
    }

    fn provider(self) -> Arc<CryptoProvider> {
        let hybrid: &[&'static dyn SupportedKxGroup] =
            &[kx_group::X25519MLKEM768, kx_group::SECP256R1MLKEM768];
        let classical: &[&'static dyn SupportedKxGroup] =
            &[kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
        let kx_groups = match self {
            Self::Goed => hybrid.to_vec(),
            Self::Voldoende => [hybrid, classical].concat(),
        };
        Arc::new(CryptoProvider {
            cipher_suites: vec![
                cipher_suite::TLS13_AES_256_GCM_SHA384,
                cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            ],
            kx_groups,
            ..default_provider()
        })
    }
}

/// One's own TLS certificate and key.
pub struct TlsCredentials {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Clone for TlsCredentials {
    fn clone(&self) -> Self {
        Self::new(self.chain.clone(), self.key.clone_key())
    }
}

impl std::fmt::Debug for TlsCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsCredentials").finish_non_exhaustive()
    }
}

impl TlsCredentials {
    /// Takes a chain, leaf first, and its key.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        Self { chain, key }
    }

    /// Reads a chain (PEM, leaf first) and a key (PEM, in a file as [`secret_file`] demands).
    pub fn load(chain: &Path, key: &Path) -> Result<Self, IdentityError> {
        let unreadable = |_| IdentityError::PrivateKey("it is not a private key in PEM");
        let key = PrivateKeyDer::from_pem_slice(&secret_file::read(key)?).map_err(unreadable)?;
        let chain = CertificateDer::pem_slice_iter(&read_file(chain)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| IdentityError::Certificate(CertificateRefusal::Malformed))?;
        Ok(Self::new(chain, key))
    }

    /// Who these credentials say one is.
    pub fn identity(&self) -> Result<PeerIdentity, IdentityError> {
        let leaf = self.chain.first().ok_or(CertificateRefusal::Absent)?;
        Ok(PeerIdentity::stated_by(leaf)?)
    }

    /// That every certificate of the chain is within its term at `at` and the leaf says who one is:
    /// what a peer will ask whatever roots it has.
    pub fn check(&self, at: Millis) -> Result<PeerIdentity, IdentityError> {
        for certificate in &self.chain {
            let (from, until) = term(certificate)?;
            if at.seconds() < from {
                return Err(CertificateRefusal::NotYetValid.into());
            }
            if at.seconds() > until {
                return Err(CertificateRefusal::Expired.into());
            }
        }
        self.identity()
    }

    /// The chain, leaf first; to judge one's own certificate before a peer does.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }
}

/// The project's clock in the shape rustls asks for.
struct ClockTime(Arc<dyn Clock>);

impl std::fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClockTime")
    }
}

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(
            self.0.now().0,
        )))
    }
}

/// The settings of a listener: a caller without a chain that `anchors` accept gets no further than
/// the handshake. No tickets, no session store, no early data.
fn server_config(
    profile: Profile,
    credentials: TlsCredentials,
    anchors: &Arc<TrustAnchors>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let provider = profile.provider();
    let verifier = verifier::ClientChain::new(Arc::clone(anchors), &provider);
    let config = ServerConfig::builder_with_details(provider, Arc::new(ClockTime(clock)))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(credentials.chain, credentials.key)?;
    Ok(once(config, ALPN))
}

/// The settings of a listener for anyone: the caller shows no certificate. Only for what says
/// nothing about anyone.
fn public_server_config(
    profile: Profile,
    credentials: TlsCredentials,
    clock: Arc<dyn Clock>,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let time = Arc::new(ClockTime(clock));
    let config = ServerConfig::builder_with_details(profile.provider(), time)
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(credentials.chain, credentials.key)?;
    Ok(once(config, HTTP1))
}

/// One protocol, nothing resumed, nothing early.
fn once(mut config: ServerConfig, protocol: &[u8]) -> Arc<ServerConfig> {
    config.alpn_protocols = vec![protocol.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Arc::new(config)
}

/// The settings of a caller. The server's chain must be accepted by `anchors`, its certificate must
/// be for the name called and, with `server`, be that organisation's. Nothing is resumed or sent
/// early.
pub fn client_config(
    profile: Profile,
    credentials: TlsCredentials,
    anchors: &Arc<TrustAnchors>,
    clock: Arc<dyn Clock>,
    server: Option<Oin>,
) -> Result<Arc<ClientConfig>, IdentityError> {
    let provider = profile.provider();
    let verifier = verifier::ServerChain::new(Arc::clone(anchors), &provider, server);
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(ClockTime(clock)))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(credentials.chain, credentials.key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    Ok(Arc::new(config))
}
