//! The log's witnesses as the hub reaches them: HTTP/1.1, over TLS but on this machine.
//!
//! Owns: which addresses may be called, the connection, the bound on an answer. Must not know: what
//! is asked, what an answer means, how long it may take.

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use seinhuis_audit::{Reply, Unreachable, WitnessTransport};
use seinhuis_identity::dial::dial_http;
use seinhuis_identity::tls::{ClientConfig, TlsSettings};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Most bytes of an answer's head.
const HEAD: usize = 16 * 1024;

/// Where a witness is called.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Without TLS: on this machine only.
    Here(SocketAddr),
    /// With TLS, by this name and port.
    There(String, u16),
}

/// Checks an address of a witness before anything is called: `https://`, or `http://` with a
/// literal loopback address; nothing after the path.
///
/// # Errors
/// The rule it breaks.
pub fn check_witness_url(url: &str) -> Result<(), &'static str> {
    place(url).map(drop)
}

fn place(url: &str) -> Result<(Uri, Place), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "it is not an address")?;
    let authority = uri.authority().ok_or("it names no host")?;
    if authority.as_str().contains('@') {
        return Err("it may not hold a name or password");
    }
    if uri.query().is_some() || url.contains('#') {
        return Err("nothing may follow its path");
    }
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let place = match (uri.scheme_str(), host.parse::<IpAddr>()) {
        (Some("https"), _) => Place::There(host.to_owned(), authority.port_u16().unwrap_or(443)),
        (Some("http"), Ok(address)) if address.is_loopback() => {
            Place::Here((address, authority.port_u16().unwrap_or(80)).into())
        }
        (Some("http"), _) => {
            return Err(
                "http:// is for an address of this machine, such as 127.0.0.1; else https://",
            );
        }
        _ => return Err("it begins with https://"),
    };
    Ok((uri, place))
}

/// Reaches witnesses. A connection lives for one question.
#[derive(Debug, Clone)]
pub struct RemoteWitnesses {
    tls: watch::Receiver<Arc<TlsSettings<ClientConfig>>>,
}

impl RemoteWitnesses {
    /// By these settings, as they are at each question.
    pub fn new(tls: watch::Receiver<Arc<TlsSettings<ClientConfig>>>) -> Self {
        Self { tls }
    }

    async fn ask(&self, url: &str, body: Option<String>, most: usize) -> Result<Reply, String> {
        let (uri, place) = place(url)?;
        match place {
            Place::Here(address) => {
                let stream = TcpStream::connect(address).await;
                exchange(stream.map_err(|e| e.to_string())?, &uri, body, most).await
            }
            Place::There(host, port) => {
                let config = self.tls.borrow().config();
                let stream = Box::pin(dial_http(config, &host, port)).await;
                exchange(stream.map_err(|e| e.to_string())?, &uri, body, most).await
            }
        }
    }
}

/// One request and its answer over this stream, which is closed after.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    uri: &Uri,
    body: Option<String>,
    most: usize,
) -> Result<Reply, String> {
    let failed = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    // Who is given up takes its connection with it.
    let mut driving = tokio::task::JoinSet::new();
    driving.spawn(async move {
        // How it ended shows in the answer.
        let _ = connection.await;
    });
    let method = if body.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let request = Request::builder()
        .method(method)
        .uri(uri.path())
        .header(
            HOST,
            uri.authority().map_or("", |authority| authority.as_str()),
        )
        .header(CONNECTION, "close")
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::from(body.unwrap_or_default())))
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(failed)?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), most).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            format!("its answer is longer than {most} bytes")
        } else {
            error.to_string()
        }
    })?;
    let body = body.to_bytes().to_vec();
    Ok(Reply { status, body })
}

impl WitnessTransport for RemoteWitnesses {
    fn call<'a>(
        &'a self,
        url: &'a str,
        body: Option<String>,
        most: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, Unreachable>> + Send + 'a>> {
        Box::pin(async move { self.ask(url, body, most).await.map_err(Unreachable) })
    }
}

#[cfg(test)]
mod tests;
