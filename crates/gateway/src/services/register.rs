//! `RegisterService`.

use super::Service;
use crate::convert;
use crate::status::from_hub;
use seinhuis_domain::register::RegisterId;
use seinhuis_proto::v1;
use seinhuis_proto::v1::register_service_server::RegisterService;
use seinhuis_store::Store;
use tonic::{Request, Response, Status};

/// Page sizes: 100 by default, 1,000 at most.
const PAGE: usize = 100;
const PAGE_MOST: usize = 1_000;

fn id(text: &str) -> Result<RegisterId, convert::Malformed> {
    RegisterId::parse(text).map_err(convert::Malformed::from)
}

#[tonic::async_trait]
impl<S: Store> RegisterService for Service<S> {
    async fn list_activities(
        &self,
        request: Request<v1::ListActivitiesRequest>,
    ) -> Result<Response<v1::ListActivitiesResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let grant = convert::grant(&message.grant_id)?;
        let size = match usize::try_from(message.page_size).unwrap_or(usize::MAX) {
            0 => PAGE,
            asked => asked.min(PAGE_MOST),
        };
        let of = self.hub.register_of(&caller, grant);
        // A token goes on in the register it was made for.
        let list = format!("register {}", of.map_err(|error| from_hub(&error))?);
        let place = self
            .hub
            .page_token(&caller.oin, &list, &message.page_token)
            .map_err(|error| from_hub(&error))?;
        let after = page_start(&place)?;
        let result = self.hub.activities(&caller, grant, after, size);
        self.reply(result.map(|(activities, next)| {
            let token = |id: RegisterId| {
                self.hub
                    .make_page_token(&caller.oin, &list, id.as_bytes().as_slice())
            };
            v1::ListActivitiesResponse {
                activities,
                next_page_token: next.map(token).unwrap_or_default(),
            }
        }))
    }

    async fn get_activity(
        &self,
        request: Request<v1::GetActivityRequest>,
    ) -> Result<Response<v1::GetActivityResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let grant = convert::grant(&message.grant_id)?;
        let result = self.hub.activity(&caller, grant, id(&message.id)?);
        self.reply(result.map(|activity| v1::GetActivityResponse {
            activity: Some(activity),
        }))
    }

    async fn get_activity_version(
        &self,
        request: Request<v1::GetActivityVersionRequest>,
    ) -> Result<Response<v1::GetActivityVersionResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let grant = convert::grant(&message.grant_id)?;
        let number = (message.version != 0).then_some(message.version);
        let result = self
            .hub
            .activity_version(&caller, grant, id(&message.id)?, number);
        self.reply(result.map(|version| v1::GetActivityVersionResponse {
            version: Some(version),
        }))
    }

    async fn get_entity(
        &self,
        request: Request<v1::GetEntityRequest>,
    ) -> Result<Response<v1::GetEntityResponse>, Status> {
        let (caller, _place) = self.admit(&request)?;
        let message = request.into_inner();
        let grant = convert::grant(&message.grant_id)?;
        let result = self.hub.register_entity(&caller, grant, id(&message.id)?);
        self.reply(result.map(|entity| v1::GetEntityResponse {
            entity: Some(entity),
        }))
    }
}

fn page_start(bytes: &[u8]) -> Result<Option<RegisterId>, convert::Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes = <[u8; 16]>::try_from(bytes)
        .map_err(|_| convert::Malformed::new("page_token: it was not made by this hub"))?;
    Ok(Some(RegisterId::from_bytes(bytes)))
}
