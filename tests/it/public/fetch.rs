//! A reader with nothing but the root certificate: TLS and HTTP/1.1 by hand.

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use seinhuis_testkit::sandbox::Sandbox;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(super) struct Reader {
    pub(super) at: SocketAddr,
    config: Arc<ClientConfig>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Self {
            status: status.parse().unwrap(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }
}

impl Reader {
    pub(super) fn new(sandbox: &Sandbox, at: SocketAddr) -> Self {
        let mut roots = RootCertStore::empty();
        let pem = std::fs::read(sandbox.pki().root()).unwrap();
        roots
            .add(CertificateDer::from_pem_slice(&pem).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let config = Arc::new(config);
        Self { at, config }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(self.at).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(name, tcp).await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str) -> Answer {
        let mut stream = self.connect().await;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // A server that has heard enough may answer and close before it has read all.
        let _ = stream.write_all(request.as_bytes()).await;
        Answer::read(&rest(&mut stream).await)
    }

    /// Connections that begin a request and never end its head.
    pub(super) async fn slow_heads(&self, count: usize) -> Vec<TlsStream<TcpStream>> {
        let mut open = Vec::new();
        for _ in 0..count {
            let mut stream = self.connect().await;
            stream
                .write_all(b"GET /log/2026h2/checkpoint HTTP/1.1\r\n")
                .await
                .unwrap();
            open.push(stream);
        }
        open
    }

    /// The certificate that is shown.
    pub(super) async fn certificate(&self) -> Vec<u8> {
        let stream = self.connect().await;
        let shown = stream.get_ref().1.peer_certificates().unwrap();
        shown[0].to_vec()
    }

    /// What comes back without TLS.
    pub(super) fn plain(&self, request: &str) -> Vec<u8> {
        let mut stream = std::net::TcpStream::connect(self.at).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    }
}

/// All that still comes; a stream that is cut off has ended too.
pub(super) async fn rest(stream: &mut TlsStream<TcpStream>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}
