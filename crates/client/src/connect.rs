//! The partner: its identity, its pinned roots, and its two connections.
//!
//! Owns: opening files and channels, and what is cached in memory. Each connection is mutual TLS
//! with the organisation that the configuration names, and no other. Must not know: what is said
//! over them.

use crate::catalogues::Catalogues;
use crate::chains::Chains;
use crate::keys::Cached;
use crate::slips::Slips;
use crate::{ActingPerson, ClientError, LogKeys, PartnerConfig, Peer, Progress, Silent, TagKeys};
use hyper_util::rt::TokioIo;
use seinhuis_domain::agreement::Content;
use seinhuis_identity::dial::dial;
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::tls::{TlsCredentials, client_config};
use seinhuis_identity::{IdentityError, TestOins, TrustAnchors};
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_proto::v1::audit_service_client::AuditServiceClient;
use seinhuis_proto::v1::break_glass_service_client::BreakGlassServiceClient;
use seinhuis_proto::v1::consent_service_client::ConsentServiceClient;
use seinhuis_proto::v1::decision_service_client::DecisionServiceClient;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_proto::v1::pseudonym_service_client::PseudonymServiceClient;
use seinhuis_proto::v1::question_service_client::QuestionServiceClient;
use seinhuis_proto::v1::retention_service_client::RetentionServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_pseudonym::SessionKey;
use seinhuis_types::{AgreementHash, Clock, Desk, Oin};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tonic::transport::{Channel, Endpoint, Uri};

/// How long an answer may take; a stream may stay silent longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a silent connection is tried.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// One system of one partner, connected. Cheap to clone; clones share connections and caches.
#[derive(Clone)]
pub struct Partner {
    pub(crate) inner: Arc<Inner>,
    /// Who it acts for; see [`Partner::acting_for`].
    pub(crate) persons: Arc<[ActingPerson]>,
    /// Who is told of long work; see [`Partner::telling`].
    pub(crate) progress: Arc<dyn Progress>,
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) oin: Oin,
    pub(crate) test_oins: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signer: Signer,
    /// The roots under which other partners' signatures are judged.
    pub(crate) trust: SigningTrust,
    pub(crate) log: LogKeys,
    pub(crate) tags: TagKeys,
    /// How many entries about each person this system counted.
    pub(crate) chains: Chains,
    pub(crate) catalogues: Catalogues,
    pub(crate) desks: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) statements: Cache<(Oin, Desk), Cached>,
    /// Session secrets live here and nowhere else; they are wiped when dropped.
    pub(crate) sessions: Cache<(Desk, u16), Arc<SessionKey>>,
    /// Contents never change, so they are kept for good.
    pub(crate) agreements: Cache<AgreementHash, Arc<Content>>,
    /// Held while a checkpoint is compared with the last one seen.
    pub(crate) checkpoint: tokio::sync::Mutex<()>,
    /// The size of the smallest log that has every entry of the conversions done here.
    pub(crate) converted: AtomicU64,
    hub: Channel,
    pseudonymiser: Channel,
}

/// A map behind a lock that is never held across an await.
pub(crate) struct Cache<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Cache<K, V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<K, V>> {
        // Between any two operations the map is whole, so a panic elsewhere does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Partner({})", self.inner.oin)
    }
}

impl Partner {
    /// Opens keys, roots, revocation lists and catalogues, and prepares the connections to hub and
    /// pseudonymiser; these are made when first used, and again after a broken line. To take up new
    /// certificates or revocation lists, connect again.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], naming the file.
    pub async fn connect(
        config: &PartnerConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let test_oins = if config.test_oins {
            TestOins::Allowed
        } else {
            TestOins::Refused
        };
        let signer = Signer::load(&config.signing.key, &config.signing.chain)
            .map_err(ClientError::invalid)?;
        if signer.oin() != config.oin {
            return Err(foreign("signing.chain", signer.oin(), config.oin));
        }
        let trust = TrustAnchors::load(&config.signing_roots, &config.signing_crls, test_oins)
            .map_err(ClientError::invalid)?;
        let channels = Channels::open(config, test_oins, &clock)?;
        let inner = Inner {
            oin: config.oin,
            test_oins: config.test_oins,
            clock,
            signer,
            trust: SigningTrust::new(Arc::new(trust)),
            log: LogKeys::new(&config.log)?,
            tags: TagKeys::load(&config.tag_keys)?,
            chains: Chains::of(&config.state),
            catalogues: Catalogues::load(&config.catalogues)?,
            desks: config.desks.clone(),
            state: config.state.clone(),
            statements: Cache::new(),
            sessions: Cache::new(),
            agreements: Cache::new(),
            checkpoint: tokio::sync::Mutex::new(()),
            converted: AtomicU64::new(0),
            hub: channels.hub,
            pseudonymiser: channels.pseudonymiser,
        };
        Ok(Self {
            inner: Arc::new(inner),
            persons: config.person.whole()?.into_iter().collect(),
            progress: Arc::new(Silent),
        })
    }

    /// The partner's OIN.
    pub fn oin(&self) -> Oin {
        self.inner.oin
    }

    /// The pinned keys of the log.
    pub fn log_keys(&self) -> &LogKeys {
        &self.inner.log
    }

    /// What slips are made with.
    pub(crate) fn slips(&self) -> Slips<'_> {
        Slips {
            tags: &self.inner.tags,
            chains: &self.inner.chains,
            origin: self.inner.log.origin().as_str(),
        }
    }

    /// The entry with this slip is proven: links that follow will say so. What was done stands whether
    /// or not this could be noted: unnoted, the number is told as open, and the next one is not taken
    /// from a file that cannot be written.
    pub(crate) fn proven(&self, slip: Option<&seinhuis_proto::v1::Slip>) {
        if let Some(slip) = slip {
            let _unnoted = self.inner.chains.proven(&slip.nonce, &mut rand::rng());
        }
    }

    pub(crate) fn signals(&self) -> SignalServiceClient<Channel> {
        SignalServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn agreements(&self) -> AgreementServiceClient<Channel> {
        AgreementServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn log(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn decisions(&self) -> DecisionServiceClient<Channel> {
        DecisionServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn consents(&self) -> ConsentServiceClient<Channel> {
        ConsentServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn questions(&self) -> QuestionServiceClient<Channel> {
        QuestionServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn retention(&self) -> RetentionServiceClient<Channel> {
        RetentionServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn break_glass(&self) -> BreakGlassServiceClient<Channel> {
        BreakGlassServiceClient::new(self.inner.hub.clone())
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.inner.hub.clone())
    }

    /// The hub's half of the keys.
    pub(crate) fn first_share(&self) -> PseudonymServiceClient<Channel> {
        PseudonymServiceClient::new(self.inner.hub.clone())
    }

    /// The pseudonymiser's half of the keys.
    pub(crate) fn second_share(&self) -> PseudonymServiceClient<Channel> {
        PseudonymServiceClient::new(self.inner.pseudonymiser.clone())
    }
}

struct Channels {
    hub: Channel,
    pseudonymiser: Channel,
}

impl Channels {
    fn open(
        config: &PartnerConfig,
        test_oins: TestOins,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let anchors = TrustAnchors::load(&config.tls.roots, &config.tls.crls, test_oins)
            .map(Arc::new)
            .map_err(ClientError::invalid)?;
        let open = |peer: &Peer| {
            let credentials = TlsCredentials::load(&config.tls.cert, &config.tls.key)?;
            let own = credentials.identity()?.oin;
            let (profile, clock) = (config.tls.profile, Arc::clone(clock));
            let tls = client_config(profile, credentials, &anchors, clock, Some(peer.oin))?;
            let (host, port) = (peer.host.clone(), peer.port);
            let connector = tower::service_fn(move |_: Uri| {
                let (host, tls) = (host.clone(), Arc::clone(&tls));
                async move { dial(tls, &host, port).await.map(TokioIo::new) }
            });
            // The address of the endpoint is not used: the connector dials.
            let channel = Endpoint::from_static("http://seinhuis")
                .timeout(PATIENCE)
                .http2_keep_alive_interval(KEEP_ALIVE)
                .keep_alive_timeout(PATIENCE)
                .keep_alive_while_idle(true)
                .connect_with_connector_lazy(connector);
            Ok::<_, IdentityError>((own, channel))
        };
        let (own, hub) = open(&config.hub).map_err(ClientError::invalid)?;
        if own != config.oin {
            return Err(foreign("tls.cert", own, config.oin));
        }
        let (_, pseudonymiser) = open(&config.pseudonymiser).map_err(ClientError::invalid)?;
        Ok(Self { hub, pseudonymiser })
    }
}

fn foreign(key: &str, found: Oin, wanted: Oin) -> ClientError {
    ClientError::Invalid(format!(
        "{key}: the certificate is of `{found}`, not of `{wanted}`"
    ))
}
