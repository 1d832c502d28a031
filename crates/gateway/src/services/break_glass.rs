//! `BreakGlassService`.

use super::Service;
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::break_glass_service_server::BreakGlassService;
use seinhuis_store::Store;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> BreakGlassService for Service<S> {
    async fn list_break_glass(
        &self,
        request: Request<v1::ListBreakGlassRequest>,
    ) -> Result<Response<v1::ListBreakGlassResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self
            .hub
            .break_glasses(&caller, request.into_inner().open_only);
        self.reply(result.map(|reviews| v1::ListBreakGlassResponse { reviews }))
    }

    async fn review_break_glass(
        &self,
        request: Request<v1::ReviewBreakGlassRequest>,
    ) -> Result<Response<v1::ReviewBreakGlassResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let command = convert::review_break_glass(message, asserted.request)?;
        let work = |hub: Arc<Hub<S>>| async move {
            hub.review_break_glass(&caller, command, &asserted).await
        };
        self.reply(self.whole(&place, work).await)
    }
}
