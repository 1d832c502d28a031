//! The services at the hub, one file each.
//!
//! Owns: what every call does before and after its use case: the caller, a place, the fingerprint,
//! the count. Must not know: what the use cases decide.

mod agreement;
mod audit;
mod break_glass;
mod consent;
mod decision;
mod directory;
mod pseudonym;
mod question;
mod register;
mod retention;
mod signal;

use crate::admission::place;
use crate::limits::{Place, Places};
use crate::peer::caller;
use crate::status::from_hub;
use prost::Message;
use ring::digest::{SHA256, digest};
use seinhuis_hub::command::Caller;
use seinhuis_hub::{Hub, HubError};
use seinhuis_proto::v1;
use seinhuis_store::Store;
use seinhuis_telemetry::{Counter, Counters};
use seinhuis_types::{Coded, Digest, ErrorCode};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// What each service holds.
pub(crate) struct Service<S: Store> {
    pub(crate) hub: Arc<Hub<S>>,
    pub(crate) places: Arc<Places>,
    pub(crate) counters: Counters,
}

impl<S: Store> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self {
            hub: Arc::clone(&self.hub),
            places: Arc::clone(&self.places),
            counters: self.counters.clone(),
        }
    }
}

impl<S: Store> Service<S> {
    /// The caller of a request and its place among its partner's calls.
    fn admit<T>(&self, request: &Request<T>) -> Result<(Caller, Arc<Place>), Status> {
        let caller = caller(request).inspect_err(|_| self.count(ErrorCode::CertificateRefused))?;
        Ok((caller, place(request)?))
    }

    fn count(&self, code: ErrorCode) {
        self.counters.count(Counter::Call, code.as_str());
    }

    /// The reply, counted.
    fn reply<T>(&self, result: Result<T, HubError>) -> Result<Response<T>, Status> {
        match result {
            Ok(reply) => {
                self.counters.count(Counter::Call, "OK");
                Ok(Response::new(reply))
            }
            Err(error) => {
                self.count(error.code());
                Err(from_hub(&error))
            }
        }
    }

    /// Runs a use case to its end, also when its caller goes away: what is committed is then also
    /// told to those who wait for it. It keeps the place to that end: who goes away cannot have more
    /// under way than who stays. The caller keeps it too, for what it waits for afterwards.
    async fn whole<T, F>(
        &self,
        place: &Arc<Place>,
        work: impl FnOnce(Arc<Hub<S>>) -> F,
    ) -> Result<T, HubError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, HubError>> + Send + 'static,
    {
        let (work, place) = (work(Arc::clone(&self.hub)), Arc::clone(place));
        let task = tokio::spawn(async move {
            let _place = place;
            work.await
        });
        task.await
            .unwrap_or(Err(HubError::Internal("a call ended without a result")))
    }

    /// Waits for publication, if asked to.
    async fn wait(&self, wait: v1::Wait, proof: Option<&mut v1::Proof>) -> Result<(), HubError> {
        match (wait, proof) {
            (v1::Wait::Published, Some(proof)) => self.hub.with_publication(proof).await,
            _ => Ok(()),
        }
    }
}

/// SHA-256 over a request as it is: what an idempotency key is bound to.
fn fingerprint(message: &impl Message) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, &message.encode_to_vec()).as_ref());
    Digest(out)
}
