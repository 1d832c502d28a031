//! `AuditService`.

use super::Service;
use crate::convert::{self, Malformed};
use crate::limits::Place;
use seinhuis_hub::{Hub, HubError};
use seinhuis_merkle::{TilePath, TreeSize};
use seinhuis_proto::v1;
use seinhuis_proto::v1::audit_service_server::AuditService;
use seinhuis_store::Store;
use seinhuis_types::{Digest, LeafIndex};
use std::sync::Arc;
use tonic::{Request, Response, Status};

impl<S: Store> Service<S> {
    /// Any registered system may read what says nothing about anyone.
    fn reader<T>(&self, request: &Request<T>) -> Result<Arc<Place>, Status> {
        let (caller, place) = self.admit(request)?;
        self.hub
            .system(&caller)
            .map_err(|error| crate::status::from_hub(&error))?;
        Ok(place)
    }
}

fn size(value: u64) -> Result<Option<TreeSize>, Malformed> {
    if value == 0 {
        return Ok(None);
    }
    TreeSize::new(value)
        .map(Some)
        .map_err(|error| Malformed::new(error.to_string()))
}

fn hashes(found: Vec<Digest>) -> Vec<Vec<u8>> {
    found.into_iter().map(|hash| hash.0.to_vec()).collect()
}

#[tonic::async_trait]
impl<S: Store> AuditService for Service<S> {
    async fn get_checkpoint(
        &self,
        request: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let _place = self.reader(&request)?;
        let log = self.hub.log();
        let result = log.checkpoint().map_err(|e| HubError::from_log(&e));
        self.reply(result.map(|checkpoint| v1::GetCheckpointResponse {
            checkpoint,
            witnessed: log.witnessed().unwrap_or_default(),
        }))
    }

    async fn get_tile(
        &self,
        request: Request<v1::GetTileRequest>,
    ) -> Result<Response<v1::GetTileResponse>, Status> {
        let _place = self.reader(&request)?;
        let path = TilePath::parse(&request.into_inner().path)
            .map_err(|error| Malformed::new(error.to_string()))?;
        let result = self
            .hub
            .log()
            .tile(&path)
            .map_err(|e| HubError::from_log(&e));
        self.reply(result.map(|bytes| v1::GetTileResponse { bytes }))
    }

    async fn get_entry(
        &self,
        request: Request<v1::GetEntryRequest>,
    ) -> Result<Response<v1::GetEntryResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let index = LeafIndex(message.index);
        let work = |hub: Arc<Hub<S>>| async move { hub.entry(&caller, index, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let asked = convert::list_entries(message)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.list_entries(&caller, asked, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn open_entries(
        &self,
        request: Request<v1::OpenEntriesRequest>,
    ) -> Result<Response<v1::OpenEntriesResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let asked = convert::open_entries(&message)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.open_entries(&caller, asked, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn grant_access(
        &self,
        request: Request<v1::GrantAccessRequest>,
    ) -> Result<Response<v1::GrantAccessResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let command = convert::grant_access(message, asserted.request)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.grant_access(&caller, command, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn revoke_grant(
        &self,
        request: Request<v1::RevokeGrantRequest>,
    ) -> Result<Response<v1::RevokeGrantResponse>, Status> {
        let (caller, place) = self.admit(&request)?;
        let mut message = request.into_inner();
        let asserted = convert::asserted(&mut message)?;
        let command = convert::revoke_grant(message, asserted.request)?;
        let work =
            |hub: Arc<Hub<S>>| async move { hub.revoke_grant(&caller, command, &asserted).await };
        self.reply(self.whole(&place, work).await)
    }

    async fn list_grants(
        &self,
        request: Request<v1::ListGrantsRequest>,
    ) -> Result<Response<v1::ListGrantsResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let result = self.hub.grants(&caller);
        self.reply(result.map(|grants| v1::ListGrantsResponse { grants }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let _place = self.reader(&request)?;
        let message = request.into_inner();
        let size = size(message.tree_size)?;
        let result = self.hub.log().inclusion(LeafIndex(message.index), size);
        self.reply(
            result
                .map_err(|e| HubError::from_log(&e))
                .map(|(size, found)| v1::GetInclusionProofResponse {
                    tree_size: size.get(),
                    hashes: hashes(found),
                }),
        )
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let _place = self.reader(&request)?;
        let message = request.into_inner();
        let from =
            TreeSize::new(message.from_size).map_err(|error| Malformed::new(error.to_string()))?;
        let result = self.hub.log().consistency(from, size(message.to_size)?);
        self.reply(
            result
                .map_err(|e| HubError::from_log(&e))
                .map(|(size, found)| v1::GetConsistencyProofResponse {
                    to_size: size.get(),
                    hashes: hashes(found),
                }),
        )
    }
}
