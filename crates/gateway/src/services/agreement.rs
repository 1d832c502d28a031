//! `AgreementService`.

use super::{Service, fingerprint};
use crate::convert;
use crate::status::from_hub;
use prost::Message;
use seinhuis_domain::agreement::StepKind;
use seinhuis_hub::{Hub, Propose, StepReply};
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_server::AgreementService;
use seinhuis_store::Store;
use seinhuis_types::{AgreementHash, Digest};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Page sizes: 100 by default, 1,000 at most.
const PAGE: usize = 100;
const PAGE_MOST: usize = 1_000;
/// The list a page token is bound to.
const LIST: &str = "agreements";

impl<S: Store> Service<S> {
    async fn step<M>(
        &self,
        kind: StepKind,
        request: Request<M>,
        take: impl FnOnce(M) -> (Vec<u8>, String, Option<v1::SignedStep>),
    ) -> Result<StepReply, Status>
    where
        M: Message,
    {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print: Digest = fingerprint(&message);
        let (key, hash, step) = take(message);
        let command = convert::agreement_step(kind, key, &hash, step, print)?;
        let work = |hub: Arc<Hub<S>>| async move { hub.agreement_step(&caller, command).await };
        let reply = self.whole(&place, work).await;
        self.reply(reply).map(Response::into_inner)
    }
}

macro_rules! step {
    ($self:ident, $kind:ident, $request:ident, $response:ident) => {{
        let reply = $self
            .step(StepKind::$kind, $request, |m| {
                (m.idempotency_key, m.agreement_hash, m.step)
            })
            .await?;
        Ok(Response::new(v1::$response {
            state: reply.state,
            proof: Some(reply.proof),
        }))
    }};
}

#[tonic::async_trait]
impl<S: Store> AgreementService for Service<S> {
    async fn propose(
        &self,
        request: Request<v1::ProposeRequest>,
    ) -> Result<Response<v1::ProposeResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let command = Propose {
            idempotency: convert::idempotency(message.idempotency_key, print)?,
            content: message.content,
        };
        let work = |hub: Arc<Hub<S>>| async move { hub.propose(&caller, command).await };
        let result = self.whole(&place, work).await;
        self.reply(result.map(|reply| v1::ProposeResponse {
            agreement_hash: reply.hash,
            proof: Some(reply.proof),
        }))
    }

    async fn accept(
        &self,
        request: Request<v1::AcceptRequest>,
    ) -> Result<Response<v1::AcceptResponse>, Status> {
        step!(self, Accept, request, AcceptResponse)
    }

    async fn reject(
        &self,
        request: Request<v1::RejectRequest>,
    ) -> Result<Response<v1::RejectResponse>, Status> {
        step!(self, Reject, request, RejectResponse)
    }

    async fn suspend(
        &self,
        request: Request<v1::SuspendRequest>,
    ) -> Result<Response<v1::SuspendResponse>, Status> {
        step!(self, Suspend, request, SuspendResponse)
    }

    async fn resume(
        &self,
        request: Request<v1::ResumeRequest>,
    ) -> Result<Response<v1::ResumeResponse>, Status> {
        step!(self, Resume, request, ResumeResponse)
    }

    async fn leave(
        &self,
        request: Request<v1::LeaveRequest>,
    ) -> Result<Response<v1::LeaveResponse>, Status> {
        step!(self, Leave, request, LeaveResponse)
    }

    async fn get(
        &self,
        request: Request<v1::GetRequest>,
    ) -> Result<Response<v1::GetResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let hash =
            AgreementHash::parse(&message.agreement_hash).map_err(convert::Malformed::from)?;
        let grant = convert::grant(&message.grant_id)?;
        let result = self.hub.agreement(&caller, &hash, grant);
        self.reply(result.map(|agreement| v1::GetResponse {
            agreement: Some(agreement),
        }))
    }

    async fn compare(
        &self,
        request: Request<v1::CompareRequest>,
    ) -> Result<Response<v1::CompareResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let hash = |text: &str| AgreementHash::parse(text).map_err(convert::Malformed::from);
        let before = match message.before_hash.as_str() {
            "" => None,
            text => Some(hash(text)?),
        };
        let after = hash(&message.after_hash)?;
        self.reply(self.hub.compare(&caller, before.as_ref(), &after))
    }

    async fn list_warnings(
        &self,
        request: Request<v1::ListWarningsRequest>,
    ) -> Result<Response<v1::ListWarningsResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self.hub.warnings(&caller);
        self.reply(result.map(|warnings| v1::ListWarningsResponse { warnings }))
    }

    async fn list(
        &self,
        request: Request<v1::ListRequest>,
    ) -> Result<Response<v1::ListResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let size = match usize::try_from(message.page_size).unwrap_or(usize::MAX) {
            0 => PAGE,
            asked => asked.min(PAGE_MOST),
        };
        let place = self
            .hub
            .page_token(&caller.oin, LIST, &message.page_token)
            .map_err(|error| from_hub(&error))?;
        let after = page_start(&place)?;
        let result = self.hub.agreements(&caller, after, size);
        self.reply(result.map(|(agreements, next)| {
            v1::ListResponse {
                agreements,
                next_page_token: next
                    .map(|hash| {
                        self.hub
                            .make_page_token(&caller.oin, LIST, hash.as_str().as_bytes())
                    })
                    .unwrap_or_default(),
            }
        }))
    }
}

fn page_start(bytes: &[u8]) -> Result<Option<AgreementHash>, convert::Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| convert::Malformed::new("page_token: it was not made by this hub"))?;
    Ok(Some(AgreementHash::parse(text)?))
}
