//! Messages over their limit: refused by the transport before any service sees them; here the
//! refusal gets its code.

use crate::status::status;
use http::{HeaderMap, HeaderValue, Request, Response};
use seinhuis_types::{ErrorCode, limits};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tower::{Layer, Service};

/// Tells `MESSAGE_TOO_LARGE` where the transport only says *out of range*.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NameOversize;

impl<S> Layer<S> for NameOversize {
    type Service = Named<S>;
    fn layer(&self, inner: S) -> Named<S> {
        Named { inner }
    }
}

/// The layered service.
#[derive(Debug, Clone)]
pub(crate) struct Named<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Named<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map(name) })
    }
}

fn unnamed(headers: &HeaderMap) -> bool {
    let out_of_range = HeaderValue::from_static("11");
    headers.get("grpc-status") == Some(&out_of_range)
        && !headers.contains_key("grpc-status-details-bin")
}

fn name(response: Response<Body>) -> Response<Body> {
    if !unnamed(response.headers()) {
        return response;
    }
    let message = format!(
        "a publish is at most {} bytes, any other message {}",
        limits::PUBLISH_BYTES,
        limits::MESSAGE_BYTES
    );
    status(ErrorCode::MessageTooLarge, message).into_http()
}
