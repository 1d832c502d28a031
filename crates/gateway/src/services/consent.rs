//! `ConsentService`.

use super::{Service, fingerprint};
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::consent_service_server::ConsentService;
use seinhuis_store::Store;
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> ConsentService for Service<S> {
    async fn register_consent(
        &self,
        request: Request<v1::RegisterConsentRequest>,
    ) -> Result<Response<v1::RegisterConsentResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let command = convert::register_consent(message, print)?;
        let work = |hub: Arc<Hub<S>>| async move { hub.register_consent(&caller, command).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn withdraw_consent(
        &self,
        request: Request<v1::WithdrawConsentRequest>,
    ) -> Result<Response<v1::WithdrawConsentResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let command = convert::withdraw_consent(message, print)?;
        let work = |hub: Arc<Hub<S>>| async move { hub.withdraw_consent(&caller, command).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn acknowledge_withdrawal(
        &self,
        request: Request<v1::AcknowledgeWithdrawalRequest>,
    ) -> Result<Response<v1::AcknowledgeWithdrawalResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let command = convert::acknowledge_withdrawal(message, print)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.acknowledge_withdrawal(&caller, command).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn get_consent(
        &self,
        request: Request<v1::GetConsentRequest>,
    ) -> Result<Response<v1::GetConsentResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let consent = convert::consent_id(&request.into_inner().consent_id)?;
        self.reply(self.hub.consent(&caller, consent))
    }
}
