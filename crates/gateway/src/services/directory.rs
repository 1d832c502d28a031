//! `DirectoryService`.

use super::{Service, fingerprint};
use crate::convert;
use seinhuis_hub::Hub;
use seinhuis_proto::v1;
use seinhuis_proto::v1::directory_service_server::DirectoryService;
use seinhuis_store::Store;
use seinhuis_types::{Desk, Oin, hex};
use std::sync::Arc;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl<S: Store> DirectoryService for Service<S> {
    async fn list_partners(
        &self,
        request: Request<v1::ListPartnersRequest>,
    ) -> Result<Response<v1::ListPartnersResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self.hub.system(&caller).map(|_| {
            let partners = self.hub.directory().partners().map(|partner| v1::Partner {
                oin: partner.oin.to_string(),
                name: partner.name.clone(),
                role: partner.role.clone(),
                region: partner.region.to_string(),
                desks: partner.desks.iter().map(ToString::to_string).collect(),
            });
            v1::ListPartnersResponse {
                partners: partners.collect(),
            }
        });
        self.reply(result)
    }

    async fn list_systems(
        &self,
        request: Request<v1::ListSystemsRequest>,
    ) -> Result<Response<v1::ListSystemsResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self.hub.system(&caller).map(|_| {
            let systems = self.hub.directory().systems_of(caller.oin);
            let systems = systems.map(|(thumbprint, system)| v1::System {
                thumbprint: hex(&thumbprint.0),
                name: system.name.clone(),
                capabilities: system
                    .capabilities
                    .iter()
                    .map(|c| c.as_str().to_owned())
                    .collect(),
                desks: system.desks.iter().map(ToString::to_string).collect(),
            });
            v1::ListSystemsResponse {
                systems: systems.collect(),
            }
        });
        self.reply(result)
    }

    async fn publish_key_statement(
        &self,
        request: Request<v1::PublishKeyStatementRequest>,
    ) -> Result<Response<v1::PublishKeyStatementResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let message = request.into_inner();
        let print = fingerprint(&message);
        let idempotency = convert::idempotency(message.idempotency_key, print)?;
        let statement = message
            .statement
            .ok_or_else(|| convert::Malformed::new("statement: it is missing"))?;
        let statement = convert::statement(statement.jws, statement.signing_chain)?;
        let work = |hub: Arc<Hub<S>>| async move {
            hub.publish_key(&caller, &idempotency, statement).await
        };
        let result = self.whole(&place, work).await;
        self.reply(result.map(|proof| v1::PublishKeyStatementResponse { proof: Some(proof) }))
    }

    async fn get_key_statements(
        &self,
        request: Request<v1::GetKeyStatementsRequest>,
    ) -> Result<Response<v1::GetKeyStatementsResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let oin: Oin = message.oin.parse().map_err(convert::Malformed::from)?;
        let desk: Desk = message.desk.parse().map_err(convert::Malformed::from)?;
        let result = self.hub.keys(&caller, oin, &desk);
        self.reply(result.map(|statements| v1::GetKeyStatementsResponse { statements }))
    }

    async fn get_ruleset(
        &self,
        request: Request<v1::GetRulesetRequest>,
    ) -> Result<Response<v1::GetRulesetResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let rules = self.hub.rules();
        let result = self.hub.system(&caller).map(|_| v1::GetRulesetResponse {
            catalogue_hash: rules.catalogue.hash().0.to_vec(),
            policy_hash: rules.policy.hash().0.to_vec(),
            ruleset_root: rules.root().0.to_vec(),
        });
        self.reply(result)
    }
}
