//! Session keys for pseudonyms: a share from each transcryptor, combined here and nowhere else.
//!
//! Owns: fetching and combining. Decision: the secret is kept in memory only; both shares can be
//! fetched again, and a file would be one more place to lose it from. Must not know: what is
//! decrypted with it.

use crate::{ClientError, Incident, Partner, status};
use seinhuis_proto::v1;
use seinhuis_proto::v1::pseudonym_service_client::PseudonymServiceClient;
use seinhuis_pseudonym::SessionKey;
use seinhuis_types::{Desk, ErrorCode};
use std::sync::Arc;
use tonic::transport::Channel;
use zeroize::Zeroizing;

/// What one transcryptor gives: its blinded part and its share.
type Share = (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>);

impl Partner {
    /// The key epoch in force at the hub, to make keys for.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`], [`ClientError::Rejected`].
    pub async fn key_epoch(&self) -> Result<u16, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.first_share();
            async move { client.get_parameters(v1::GetParametersRequest {}).await }
        });
        u16::try_from(reply.await?.epoch)
            .map_err(|_| Incident::Reply("the key epoch is out of range").into())
    }

    /// The session key of one of the partner's own desks.
    pub(crate) async fn session(
        &self,
        desk: &Desk,
        epoch: u16,
    ) -> Result<Arc<SessionKey>, ClientError> {
        let place = (desk.clone(), epoch);
        if let Some(known) = self.inner.sessions.lock().get(&place) {
            return Ok(Arc::clone(known));
        }
        let (hub, pseudonymiser) = tokio::try_join!(
            share("hub", self.first_share(), desk, epoch),
            share("pseudonymiser", self.second_share(), desk, epoch),
        )?;
        let parts = Zeroizing::new([*hub.0, *pseudonymiser.0]);
        let shares = Zeroizing::new([*hub.1, *pseudonymiser.1]);
        let key = SessionKey::combine(parts.as_slice(), shares.as_slice())
            .map_err(|_| Incident::Reply("a key share is no scalar"))?;
        let key = Arc::new(key);
        self.inner.sessions.lock().insert(place, Arc::clone(&key));
        Ok(key)
    }
}

async fn share(
    peer: &'static str,
    client: PseudonymServiceClient<Channel>,
    desk: &Desk,
    epoch: u16,
) -> Result<Share, ClientError> {
    let parameters = status::repeated(peer, || {
        let mut client = client.clone();
        async move { client.get_parameters(v1::GetParametersRequest {}).await }
    });
    let parameters = parameters.await?;
    if parameters.epoch != u32::from(epoch) {
        return Err(ClientError::Rejected {
            code: ErrorCode::StaleKeyEpoch,
            message: format!(
                "key epoch {} is in force at the {peer}, not {epoch}",
                parameters.epoch
            ),
            retry_after: None,
        });
    }
    let share = status::repeated(peer, || {
        let mut client = client.clone();
        let request = v1::GetKeyShareRequest {
            desk: desk.to_string(),
            epoch: epoch.into(),
        };
        async move { client.get_key_share(request).await }
    });
    let share = Zeroizing::new(share.await?.share);
    Ok((scalar(&parameters.blinded_global_share)?, scalar(&share)?))
}

fn scalar(bytes: &[u8]) -> Result<Zeroizing<[u8; 32]>, Incident> {
    bytes
        .try_into()
        .map(Zeroizing::new)
        .map_err(|_| Incident::Reply("a key share is not 32 bytes"))
}
