//! Key shares of the hub's own transcryptor, given on the hub's own listener only.

use crate::command::Caller;
use crate::directory::Capability;
use crate::pseudonymise::key_share;
use crate::{Hub, HubError};
use seinhuis_store::Store;
use seinhuis_types::Desk;

impl<S: Store> Hub<S> {
    /// The hub's blinded part of the global secret: public.
    pub fn blinded_part(&self) -> [u8; 32] {
        self.parts.transcryptor.blinded_part()
    }

    /// The key epoch in force.
    pub fn epoch(&self) -> u16 {
        self.parts.epoch
    }

    /// The hub's share of one of the caller's own session keys.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`, `DESK_UNKNOWN`, `STALE_KEY_EPOCH`.
    pub fn key_share(
        &self,
        caller: &Caller,
        desk: &Desk,
        epoch: u32,
    ) -> Result<[u8; 32], HubError> {
        let system = self.capable(caller, Capability::Keys)?;
        Self::serves(system, desk)?;
        key_share(
            &self.parts.transcryptor,
            self.parts.epoch,
            caller.oin,
            desk,
            epoch,
        )
    }
}
