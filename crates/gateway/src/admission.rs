//! A call's place among its partner's, taken before its message is read: what waits to be read is
//! held in memory, and counts as much as what is worked on.
//!
//! Owns: that no call goes without a place. Must not know: which service is called.

use crate::limits::{Kind, Place, Places};
use crate::peer::PeerInfo;
use http::{Request, Response};
use seinhuis_telemetry::{Counter, Counters};
use seinhuis_types::ErrorCode;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::{Request as Call, Status};
use tower::{Layer, Service};

/// Takes a place for each call.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    places: Arc<Places>,
    counters: Counters,
}

impl Admission {
    pub(crate) fn new(places: Arc<Places>, counters: Counters) -> Self {
        Self { places, counters }
    }
}

impl<S> Layer<S> for Admission {
    type Service = Admitted<S>;
    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted {
            inner,
            admission: self.clone(),
        }
    }
}

/// The layered service.
#[derive(Debug, Clone)]
pub(crate) struct Admitted<S> {
    inner: S,
    admission: Admission,
}

impl<S> Service<Request<Body>> for Admitted<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Admission { places, counters } = &self.admission;
        // Without a peer there is no place either, and the service refuses.
        if let Some(PeerInfo(peer)) = request.extensions().get().copied() {
            match places.take(peer.oin, Kind::Call) {
                Ok(place) => drop(request.extensions_mut().insert(Arc::new(place))),
                Err(refused) => {
                    counters.count(Counter::Call, ErrorCode::Overloaded.as_str());
                    return Box::pin(async move { Ok(refused.into_http()) });
                }
            }
        }
        Box::pin(self.inner.call(request))
    }
}

/// The place that was taken for this call.
pub(crate) fn place<T>(request: &Call<T>) -> Result<Arc<Place>, Status> {
    let place = request.extensions().get::<Arc<Place>>().cloned();
    place.ok_or_else(|| Status::internal("a call came by without a place"))
}
