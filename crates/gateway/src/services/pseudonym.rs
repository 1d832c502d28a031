//! `PseudonymService` at the hub: its own parameters and shares, and conversion for own clients.

use super::{Service, fingerprint};
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::pseudonym_service_server::PseudonymService;
use seinhuis_store::Store;
use seinhuis_types::Desk;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> PseudonymService for Service<S> {
    async fn get_parameters(
        &self,
        request: Request<v1::GetParametersRequest>,
    ) -> Result<Response<v1::GetParametersResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self.hub.system(&caller).map(|_| v1::GetParametersResponse {
            blinded_global_share: self.hub.blinded_part().to_vec(),
            epoch: self.hub.epoch().into(),
        });
        self.reply(result)
    }

    async fn get_key_share(
        &self,
        request: Request<v1::GetKeyShareRequest>,
    ) -> Result<Response<v1::GetKeyShareResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let desk: Desk = message.desk.parse().map_err(convert::Malformed::from)?;
        let result = self.hub.key_share(&caller, &desk, message.epoch);
        self.reply(result.map(|share| v1::GetKeyShareResponse {
            share: share.to_vec(),
        }))
    }

    async fn convert(
        &self,
        request: Request<v1::ConvertRequest>,
    ) -> Result<Response<v1::ConvertResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let command = convert::convert_own(message, print)?;
        let work = |hub: Arc<Hub<S>>| async move { hub.convert_own(&caller, command).await };
        self.reply(self.whole(&place, work).await)
    }
}
