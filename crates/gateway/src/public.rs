//! The published log for anyone, over HTTPS at the paths of C2SP tlog-tiles.
//!
//! Owns: paths, status codes and headers; how many connections there are and how long one may take.
//! Must not know: what a tile says, where it lies, which certificate is shown.
//!
//! What is served here says nothing about anyone, so nobody is asked who they are. A path leads
//! somewhere only if [`TilePath`] takes it: no file is looked for by a caller's text.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use seinhuis_audit::{AuditError, Log};
use seinhuis_identity::tls::{ServerConfig, TlsSettings};
use seinhuis_merkle::TilePath;
use seinhuis_store::Store;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How long a handshake may take, and a request's head, also on a connection that is kept.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may live, whatever is read over it.
const LIFE: Duration = Duration::from_secs(60);
/// Most connections; further ones wait with the system.
const CONNECTIONS: usize = 256;
/// Most bytes and most lines of a request's head.
const HEAD: usize = 8 * 1024;
const HEADERS: usize = 32;
/// How long to wait when the system could not accept.
const PAUSE: Duration = Duration::from_millis(100);

const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";
/// A tile or bundle of a width never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// A checkpoint is asked for anew each time.
const ANEW: &str = "no-cache";
/// What is not there may be there a moment later.
const NEVER: &str = "no-store";

type Answer = Response<Full<Bytes>>;

/// Serves the log on `tcp` until `shutdown`. Each handshake takes the settings that `tls` holds when
/// it begins.
pub async fn serve_log<S: Store>(
    log: Arc<Log<S>>,
    tcp: TcpListener,
    tls: watch::Receiver<Arc<TlsSettings<ServerConfig>>>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut shutdown = pin!(shutdown);
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = JoinSet::new();
    loop {
        // The slot comes first: who has to wait, waits with the system.
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            (slot, tcp.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => return,
            next = next => next,
        };
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (log, config) = (Arc::clone(&log), tls.borrow().config());
        open.spawn(async move {
            // How a connection ended is its caller's business.
            let _ = tokio::time::timeout(LIFE, connection(log, stream, config)).await;
            drop(slot);
        });
    }
}

async fn connection<S: Store>(log: Arc<Log<S>>, stream: TcpStream, config: Arc<ServerConfig>) {
    let handshake = Box::pin(TlsAcceptor::from(config).accept(stream));
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, handshake).await else {
        return;
    };
    let service = service_fn(|request| answer(&log, request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let _ = served.await;
}

async fn answer<S: Store>(
    log: &Arc<Log<S>>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let bare = match *request.method() {
        Method::GET => false,
        Method::HEAD => true,
        _ => {
            let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            refused.headers_mut().insert(ALLOW, allowed);
            return Ok(refused);
        }
    };
    let mut found = find(log, request.uri().path()).await;
    if bare {
        *found.body_mut() = Full::default();
    }
    Ok(found)
}

/// What is at a path, `<prefix>/checkpoint` or `<prefix>/tile/…`: the prefix is the path in the log's
/// name.
async fn find<S: Store>(log: &Arc<Log<S>>, path: &str) -> Answer {
    let absent = || said(StatusCode::NOT_FOUND, "there is nothing at this path\n");
    let origin = log.verifier().name().as_str();
    let prefix = origin.split_once('/').map(|(_, path)| path);
    let path = path.strip_prefix('/');
    let rest = match prefix {
        None => path,
        Some(prefix) => path
            .and_then(|path| path.strip_prefix(prefix))
            .and_then(|path| path.strip_prefix('/')),
    };
    let found = match rest {
        None => return absent(),
        Some("checkpoint") => log
            .public_checkpoint()
            .map(|note| (note.into_bytes(), TEXT, ANEW)),
        Some(rest) => {
            let Ok(path) = TilePath::parse(rest) else {
                return absent();
            };
            let log = Arc::clone(log);
            let read = tokio::task::spawn_blocking(move || log.tile(&path)).await;
            read.unwrap_or(Err(AuditError::Panicked))
                .map(|bytes| (bytes, OCTETS, FOREVER))
        }
    };
    match found {
        Ok((bytes, kind, keep)) => made(StatusCode::OK, bytes, kind, keep),
        Err(AuditError::NoCheckpoint | AuditError::NotFound(_)) => absent(),
        Err(error) => {
            tracing::error!(%error, "the log could not be read for the public listener");
            said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the log cannot be read\n",
            )
        }
    }
}

fn said(status: StatusCode, words: &'static str) -> Answer {
    made(status, words.as_bytes().to_vec(), TEXT, NEVER)
}

fn made(status: StatusCode, body: Vec<u8>, kind: &'static str, keep: &'static str) -> Answer {
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    answer
}
