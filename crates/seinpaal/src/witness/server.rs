//! The witness's HTTP, over TLS or not: `POST /add-checkpoint` and `GET /<hash>/checkpoint`.
//!
//! Owns: status codes, sizes, times, the number of connections. Must not know: when a checkpoint is
//! cosigned, nor how that is kept.

use super::judge::Refusal;
use super::state::State;
use crate::exit::Failure;
use crate::setup::Setup;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use seinhuis_identity::tls::ServerConfig;
use seinhuis_merkle::{AddCheckpoint, MAX_REQUEST_BYTES};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::TlsAcceptor;

/// How long a request's head may take, also on a connection that is kept; and its body.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may live: one request, its answer, and patience for both.
const LIFE: Duration = Duration::from_secs(15);
/// Most connections; further ones wait with the system.
const CONNECTIONS: usize = 64;
/// How long to wait when the system could not accept.
const PAUSE: Duration = Duration::from_millis(100);

const TEXT: &str = "text/plain; charset=utf-8";
const SIZE: &str = "text/x.tlog.size";

type Answer = Response<Full<Bytes>>;

/// A witness that answers.
#[derive(Debug, Clone)]
pub(super) struct Server(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    broken: Notify,
}

impl Server {
    pub(super) fn new(state: State) -> Self {
        let (state, broken) = (Mutex::new(state), Notify::new());
        Self(Arc::new(Shared { state, broken }))
    }

    /// Answers, over TLS where there are settings for it, until what was cosigned could not be kept;
    /// gives that.
    pub(super) async fn serve(
        &self,
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
    ) -> Failure {
        tokio::select! {
            never = self.accept(listener, tls.map(TlsAcceptor::from)) => match never {},
            () = self.0.broken.notified() => Failure::mended(
                "what was cosigned could not be kept, so nothing more is cosigned",
                "see that the state folder can be written to, then start again",
            ),
        }
    }

    async fn accept(&self, listener: TcpListener, tls: Option<TlsAcceptor>) -> Infallible {
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let slot = Arc::clone(&slots).acquire_owned().await;
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let (server, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => server.connection(stream).await,
                    Some(tls) => {
                        let handshake = Box::pin(tls.accept(stream));
                        if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, handshake).await {
                            server.connection(stream).await;
                        }
                    }
                }
                drop(slot);
            });
        }
    }

    async fn connection(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| self.answer(request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // One question a connection: who keeps one open keeps others out.
            .keep_alive(false)
            .header_read_timeout(PATIENCE)
            .max_buf_size(16 * 1024)
            .serve_connection(TokioIo::new(stream), service);
        // How a connection ended is its caller's business.
        let _ = tokio::time::timeout(LIFE, connection).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let path = request.uri().path().to_owned();
        let shown = path
            .strip_prefix('/')
            .and_then(|path| path.strip_suffix("/checkpoint"));
        Ok(match (request.method(), path.as_str(), shown) {
            (&Method::POST, "/add-checkpoint", _) => self.add(request.into_body()).await,
            (_, "/add-checkpoint", _) => said(StatusCode::METHOD_NOT_ALLOWED, "use POST"),
            (&Method::GET, _, Some(origin)) => self.newest(origin).await,
            _ => said(StatusCode::NOT_FOUND, "there is nothing at this path"),
        })
    }

    async fn add(&self, body: Incoming) -> Answer {
        let read = Limited::new(body, MAX_REQUEST_BYTES).collect();
        let body = match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return said(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large");
            }
            Ok(Err(_)) => return said(StatusCode::BAD_REQUEST, "the request did not come whole"),
            Err(_) => return said(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
        };
        let request = match AddCheckpoint::parse(&body) {
            Ok(request) => request,
            Err(error) => return said(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        // The disk is waited for on a thread of its own, and also when the caller has left.
        let cosigned = self
            .with_state(move |state| {
                let seconds = Setup::now().0 / 1000;
                (state.add(&request, seconds), state.is_broken())
            })
            .await;
        let (cosigned, broken) = cosigned.unwrap_or((Err(Refusal::Storage), true));
        if broken {
            self.0.broken.notify_one();
        }
        match cosigned {
            Ok(line) => text(StatusCode::OK, TEXT, line.to_string()),
            Err(refusal) => refused(&refusal),
        }
    }

    async fn newest(&self, origin: &str) -> Answer {
        let origin = origin.to_owned();
        let note = self.with_state(move |state| state.newest(&origin)).await;
        match note.flatten() {
            Some(note) => text(StatusCode::OK, TEXT, note),
            None => said(
                StatusCode::NOT_FOUND,
                "no checkpoint of this log was cosigned",
            ),
        }
    }

    async fn with_state<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Option<T> {
        let shared = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            work(&mut shared.state.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.ok()
    }
}

fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Malformed(error) => said(StatusCode::BAD_REQUEST, &error.to_string()),
        Refusal::OldAboveSize => said(
            StatusCode::BAD_REQUEST,
            "the old size is above the checkpoint's",
        ),
        Refusal::NotSigned(error) => said(StatusCode::FORBIDDEN, &error.to_string()),
        Refusal::UnknownLog => said(StatusCode::NOT_FOUND, "this log is not known here"),
        Refusal::Moved(size) => text(StatusCode::CONFLICT, SIZE, format!("{}\n", size.get())),
        Refusal::Fork(size) => said(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("fork: another root was cosigned at size {}", size.get()),
        ),
        Refusal::NotProven(error) => said(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
        Refusal::Storage => said(
            StatusCode::INTERNAL_SERVER_ERROR,
            "what would be cosigned cannot be kept",
        ),
    }
}

fn said(status: StatusCode, words: &str) -> Answer {
    text(status, TEXT, format!("{words}\n"))
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    let fresh = hyper::header::HeaderValue::from_static("no-store");
    headers.insert(CACHE_CONTROL, fresh);
    answer
}
