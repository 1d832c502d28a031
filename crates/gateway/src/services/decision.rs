//! `DecisionService`.

use super::Service;
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::decision_service_server::DecisionService;
use seinhuis_store::Store;
use seinhuis_types::LeafIndex;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> DecisionService for Service<S> {
    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let index = LeafIndex(message.index);
        let work = |hub: Arc<Hub<S>>| async move { hub.explain(&caller, index, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn simulate(
        &self,
        request: Request<v1::SimulateRequest>,
    ) -> Result<Response<v1::SimulateResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let asked = convert::simulate(request.into_inner())?;
        self.reply(self.hub.simulate(&caller, &asked))
    }

    async fn list_routes(
        &self,
        request: Request<v1::ListRoutesRequest>,
    ) -> Result<Response<v1::ListRoutesResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let token = convert::routes_page(request.into_inner())?;
        self.reply(self.hub.routes(&caller, &token))
    }
}
