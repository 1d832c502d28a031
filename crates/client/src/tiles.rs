//! The hub's tiles and bundles, read over the network.
//!
//! Owns: asking for one by its path. Must not know: what they are read for. Nothing is believed here.

use crate::{ClientError, Partner, status};
use seinhuis_merkle::{FetchError, TilePath, TileReader};
use seinhuis_proto::v1;
use seinhuis_types::ErrorCode;
use tokio::runtime::Handle;

/// Walking a log is plain computation that asks for tiles as it goes: it has a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ClientError::Invalid("the walk over the log was cut short".to_owned()))?
}

/// The hub's tiles; untrusted, as every reader of tiles. To be read on a thread that may block.
#[derive(Debug)]
pub struct HubTiles {
    partner: Partner,
    runtime: Handle,
}

impl HubTiles {
    /// Those of the hub this partner is connected to.
    pub(crate) fn of(partner: &Partner) -> Self {
        Self {
            partner: partner.clone(),
            runtime: Handle::current(),
        }
    }
}

impl TileReader for HubTiles {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        let request = v1::GetTileRequest {
            path: path.to_string(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.partner.log();
            let request = request.clone();
            async move { client.get_tile(request).await }
        });
        match self.runtime.block_on(reply) {
            Ok(tile) => Ok(tile.bytes),
            Err(error) if error.code() == Some(ErrorCode::EntryNotFound) => {
                Err(FetchError::NotFound)
            }
            Err(error) => Err(FetchError::Failed(error.into())),
        }
    }
}
