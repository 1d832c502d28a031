//! Opening a connection as the profiles want it.
//!
//! Owns: the time limit and the check that the right HTTP was agreed. Must not know: what is sent over it.

use crate::tls::{ALPN, HTTP1};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long connecting and shaking hands may take together.
pub const DIAL: Duration = Duration::from_secs(5);

/// Connects to `host` (a DNS name or an address) at `port` within [`DIAL`]; the server's
/// certificate must be for `host`.
///
/// In TLS 1.3 a server judges its caller after the caller is done: a refusal shows at the first
/// read.
pub async fn dial(
    config: Arc<ClientConfig>,
    host: &str,
    port: u16,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = connect(config, host, port).await?;
    if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        return Err(other("HTTP/2"));
    }
    Ok(stream)
}

/// The same for HTTP/1.1, which a server that agrees on no protocol is taken to speak.
pub async fn dial_http(
    config: Arc<ClientConfig>,
    host: &str,
    port: u16,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = connect(config, host, port).await?;
    let agreed = stream.get_ref().1.alpn_protocol();
    if agreed.is_some_and(|protocol| protocol != HTTP1) {
        return Err(other("HTTP/1.1"));
    }
    Ok(stream)
}

fn other(protocol: &str) -> io::Error {
    let what = format!("the server does not speak {protocol}");
    io::Error::new(io::ErrorKind::InvalidData, what)
}

async fn connect(
    config: Arc<ClientConfig>,
    host: &str,
    port: u16,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a host"))?;
    let connected = Box::pin(async {
        let tcp = TcpStream::connect((host, port)).await?;
        tcp.set_nodelay(true)?;
        TlsConnector::from(config).connect(name, tcp).await
    });
    tokio::time::timeout(DIAL, connected)
        .await
        .map_err(io::Error::from)?
}
