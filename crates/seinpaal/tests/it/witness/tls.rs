//! The witness over TLS: at any address, for anyone who trusts its certificate.

use super::running::{Answer, command, ended, hash_of, key, listening, request};
use crate::config::{Config, OWN, log_signer, partner};
use crate::{code, told};
use seinhuis_identity::tls::{Profile, TlsCredentials, TlsSettings};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_merkle::{Checkpoint, CosignatureVerifier, Note};
use seinhuis_testkit::pki::{LOCAL_HOSTS, Pki};
use seinhuis_types::{Clock, SystemClock};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

struct Witness {
    config: Config,
    vkey: CosignatureVerifier,
    child: Child,
    port: u16,
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with_certificate(config: &Config, key: &str, address: &str) -> Command {
    let files = pki(config).files("witness");
    let mut command = command(config, key, address);
    command.arg("--tls-chain").arg(files.tls_chain);
    command.arg("--tls-key").arg(files.tls_key);
    command
}

fn pki(config: &Config) -> Pki {
    Pki::open(&config.folder.path().join("pki")).unwrap()
}

fn configured() -> Config {
    let config = partner(1);
    let own = OWN.parse().unwrap();
    pki(&config)
        .service("witness", own, LOCAL_HOSTS, SystemClock.now())
        .unwrap();
    config
}

impl Witness {
    fn start(address: &str) -> Self {
        let config = configured();
        let (key, vkey) = key(config.folder.path());
        let (child, at) = listening(with_certificate(&config, &key, address));
        Self {
            config,
            vkey: CosignatureVerifier::parse(&vkey).unwrap(),
            child,
            port: at.port(),
        }
    }

    fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Asks as the hub does: TLS 1.3, the certificate judged by the pinned roots.
    fn exchange(&self, request: &str) -> Answer {
        let pki = pki(&self.config);
        let own = pki.files("own");
        let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed).unwrap();
        let credentials = TlsCredentials::load(&own.tls_chain, &own.tls_key).unwrap();
        let clock = Arc::new(SystemClock);
        let tls = TlsSettings::http(Profile::Goed, credentials, Arc::new(anchors), clock);
        let connector = TlsConnector::from(tls.unwrap().config());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let asked = async {
            let tcp = tokio::net::TcpStream::connect(self.address())
                .await
                .unwrap();
            let name = "localhost".try_into().unwrap();
            let mut stream = connector.connect(name, tcp).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // Some end a connection without saying so; what came counts.
            let _ = stream.read_to_end(&mut answer).await;
            answer
        };
        // Four times what the witness grants: it never answers if it has not by then.
        let never = Duration::from_secs(20);
        let answer = runtime.block_on(async { tokio::time::timeout(never, asked).await });
        Answer::read(answer.unwrap().as_slice())
    }
}

#[test]
fn a_witness_with_a_certificate_cosigns_at_any_address() {
    for address in ["0.0.0.0:0", "127.0.0.1:0"] {
        let witness = Witness::start(address);
        let asked = request(0, 9);
        let body = asked.to_string();
        let answer = witness.exchange(&format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: \
             {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let note = format!("{}{}", asked.checkpoint(), answer.body);
        let note = Note::parse(note.as_bytes()).unwrap();
        witness.vkey.verify(&note).unwrap();

        let hash = hash_of(log_signer().verifier().name());
        let shown = witness.exchange(&format!(
            "GET /{hash}/checkpoint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(shown.status, 200);
        let note = Note::parse(shown.body.as_bytes()).unwrap();
        let checkpoint = Checkpoint::open(&note, log_signer().verifier()).unwrap();
        assert_eq!(checkpoint.size().get(), 9);
        witness.vkey.verify(&note).unwrap();
    }
}

#[test]
fn who_speaks_no_tls_gets_nothing_and_holds_up_nobody() {
    let witness = Witness::start("127.0.0.1:0");
    let mut silent: Vec<TcpStream> = (0..64)
        .map(|_| TcpStream::connect(witness.address()).unwrap())
        .collect();
    let never = Some(Duration::from_secs(20));
    silent[0].set_read_timeout(never).unwrap();
    silent[0]
        .write_all(b"GET / HTTP/1.1\r\nHost: w\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = silent[0].read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let shown = witness.exchange("GET / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n");
    assert_eq!(shown.status, 404);
}

#[test]
fn a_certificate_that_cannot_be_shown_refuses_the_start() {
    let config = configured();
    let (key, _) = key(config.folder.path());
    let files = pki(&config).files("witness");
    let other = pki(&config).files("own");
    let with = |chain: &std::path::Path, secret: &std::path::Path| {
        let mut command = command(&config, &key, "127.0.0.1:0");
        command.arg("--tls-chain").arg(chain);
        command.arg("--tls-key").arg(secret);
        let output = ended(command);
        assert_eq!(code(&output), 3, "{}", told(&output));
        assert!(told(&output).contains("--tls-chain"), "{}", told(&output));
    };
    with(&files.tls_chain, &other.tls_key);
    with(&files.tls_key, &files.tls_key);
    with(std::path::Path::new("/nowhere.pem"), &files.tls_key);
}
