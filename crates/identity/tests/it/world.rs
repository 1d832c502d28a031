//! A throw-away PKI, a clock, and a listener whose outcomes can be awaited.

use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use seinhuis_identity::acceptor::{AcceptLimits, HandshakeRefusal, TlsListener};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::tls::{Profile, TlsCredentials, TlsSettings, client_config};
use seinhuis_identity::{CertificateRefusal, TestOins, TrustAnchors};
use seinhuis_testkit::pki::{Flaw, Issued, LOCAL_HOSTS, Pki, Purpose, SigningAlgorithm};
use seinhuis_types::{Clock, ManualClock, Millis, Oin};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

pub(crate) const NOW: Millis = Millis(1_790_000_000_000);

pub(crate) fn partner() -> Oin {
    Oin::parse("00000099000000010000").unwrap()
}

pub(crate) fn other_partner() -> Oin {
    Oin::parse("00000099000000020000").unwrap()
}

pub(crate) fn operator() -> Oin {
    Oin::parse("00000099000000090000").unwrap()
}

/// What a listener is given.
pub(crate) type Served = Arc<TlsSettings<ServerConfig>>;

pub(crate) struct World {
    dir: tempfile::TempDir,
    pub(crate) pki: Pki,
    pub(crate) clock: ManualClock,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::create(dir.path(), NOW).unwrap();
        Self {
            dir,
            pki,
            clock: ManualClock::at(NOW),
        }
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// The anchors as the files stand now.
    pub(crate) fn anchors(&self) -> Arc<TrustAnchors> {
        self.anchors_for(TestOins::Allowed)
    }

    pub(crate) fn anchors_for(&self, test_oins: TestOins) -> Arc<TrustAnchors> {
        Arc::new(TrustAnchors::load(&[self.pki.root()], &self.pki.crls(), test_oins).unwrap())
    }

    pub(crate) fn trust(&self) -> SigningTrust {
        SigningTrust::new(self.anchors())
    }

    pub(crate) fn client(&self) -> Issued {
        self.pki.issue(&Purpose::Client, partner(), NOW).unwrap()
    }

    pub(crate) fn service(&self) -> Issued {
        self.pki.issue(&local_service(), operator(), NOW).unwrap()
    }

    pub(crate) fn signer(&self, oin: Oin, algorithm: SigningAlgorithm) -> Signer {
        signer(
            &self
                .pki
                .issue(&Purpose::Signing(algorithm), oin, NOW)
                .unwrap(),
        )
    }

    pub(crate) fn caller(&self, profile: Profile, issued: &Issued) -> Arc<ClientConfig> {
        self.caller_at(self.clock.now(), profile, issued)
    }

    pub(crate) fn caller_at(
        &self,
        now: Millis,
        profile: Profile,
        issued: &Issued,
    ) -> Arc<ClientConfig> {
        let anchors = self.anchors();
        let clock = Arc::new(ManualClock::at(now));
        client_config(
            profile,
            credentials(issued),
            &anchors,
            clock,
            Some(operator()),
        )
        .unwrap()
    }

    pub(crate) fn server(&self, profile: Profile, issued: &Issued) -> Served {
        let clock = Arc::new(self.clock.clone());
        TlsSettings::server(profile, credentials(issued), self.anchors(), clock).unwrap()
    }

    pub(crate) async fn listen(&self, profile: Profile) -> Listening {
        self.listen_as(profile, &self.service(), AcceptLimits::default())
            .await
    }

    pub(crate) async fn listen_as(
        &self,
        profile: Profile,
        issued: &Issued,
        limits: AcceptLimits,
    ) -> Listening {
        let (config, receiver) = watch::channel(self.server(profile, issued));
        let (sender, outcomes) = mpsc::unbounded_channel();
        let observer = Arc::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = TlsListener::start(tcp, receiver, limits, observer).unwrap();
        Listening {
            port: listener.local_addr().port(),
            listener,
            config,
            outcomes,
        }
    }
}

pub(crate) struct Listening {
    pub(crate) listener: TlsListener,
    pub(crate) port: u16,
    pub(crate) config: watch::Sender<Served>,
    outcomes: mpsc::UnboundedReceiver<Result<(), HandshakeRefusal>>,
}

impl Listening {
    /// How the next handshake ended.
    pub(crate) async fn outcome(&mut self) -> Result<(), HandshakeRefusal> {
        in_time(self.outcomes.recv()).await.unwrap()
    }
}

/// Fails instead of hanging when what is awaited does not come; far longer than any slow machine.
pub(crate) async fn in_time<F: Future>(awaited: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), awaited)
        .await
        .unwrap()
}

pub(crate) fn local_service() -> Purpose {
    Purpose::Service {
        hosts: LOCAL_HOSTS.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn parts(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    (issued.chain(), issued.key())
}

pub(crate) fn credentials(issued: &Issued) -> TlsCredentials {
    let (chain, key) = parts(issued);
    TlsCredentials::new(chain, key)
}

pub(crate) fn signer(issued: &Issued) -> Signer {
    Signer::from_pem(issued.key_pem().as_bytes(), issued.chain_pem().as_bytes()).unwrap()
}

/// The name by which each flaw must be refused.
pub(crate) fn refusal_of(flaw: Flaw) -> CertificateRefusal {
    match flaw {
        Flaw::NoOin => CertificateRefusal::OinMissing,
        Flaw::TwoOins => CertificateRefusal::OinTwice,
        Flaw::OinInCommonName => CertificateRefusal::OinInCommonName,
        Flaw::ShortOin | Flaw::LongOin => CertificateRefusal::OinLength,
        Flaw::UnknownPrefix => CertificateRefusal::OinPrefix,
        Flaw::WrongSuffix => CertificateRefusal::OinForm,
        Flaw::Expired => CertificateRefusal::Expired,
        Flaw::NotYetValid => CertificateRefusal::NotYetValid,
        Flaw::Revoked => CertificateRefusal::Revoked,
        Flaw::OtherRoot | Flaw::SelfSigned => CertificateRefusal::UnknownIssuer,
        Flaw::ForgedIssuer => CertificateRefusal::BadSignature,
        Flaw::NoRevocationStatus => CertificateRefusal::RevocationUnknown,
        Flaw::WrongUsage | Flaw::NoSignatureUsage => CertificateRefusal::WrongUsage,
        Flaw::Authority => CertificateRefusal::ChainRule,
        Flaw::WeakKey => CertificateRefusal::WeakKey,
    }
}
