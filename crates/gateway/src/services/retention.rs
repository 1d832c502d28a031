//! `RetentionService`.

use super::{Service, fingerprint};
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::retention_service_server::RetentionService;
use seinhuis_store::Store;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> RetentionService for Service<S> {
    async fn place_hold(
        &self,
        request: Request<v1::PlaceHoldRequest>,
    ) -> Result<Response<v1::PlaceHoldResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let print = fingerprint(&message);
        let asserted = convert::asserted(&mut message)?;
        let command = convert::place_hold(message, print)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.place_hold(&caller, command, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn lift_hold(
        &self,
        request: Request<v1::LiftHoldRequest>,
    ) -> Result<Response<v1::LiftHoldResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let print = fingerprint(&message);
        let asserted = convert::asserted(&mut message)?;
        let command = convert::lift_hold(message, print)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.lift_hold(&caller, command, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn list_holds(
        &self,
        request: Request<v1::ListHoldsRequest>,
    ) -> Result<Response<v1::ListHoldsResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        self.reply(self.hub.holds(&caller))
    }

    async fn erase_parts(
        &self,
        request: Request<v1::ErasePartsRequest>,
    ) -> Result<Response<v1::ErasePartsResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let print = fingerprint(&message);
        let asserted = convert::asserted(&mut message)?;
        let command = convert::erase_parts(message, print)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.erase_parts(&caller, command, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }
}
