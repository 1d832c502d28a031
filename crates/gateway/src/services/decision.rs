//! `DecisionService`.

use super::Service;
use seinhuis_proto::v1;
use seinhuis_proto::v1::decision_service_server::DecisionService;
use seinhuis_store::Store;
use seinhuis_types::LeafIndex;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> DecisionService for Service<S> {
    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let index = LeafIndex(request.into_inner().index);
        self.reply(self.hub.explain(&caller, index).await)
    }
}
