//! One of the caller's own registrations: whether it stands, and who was told that it does not.
//! Must not know: which others there are; the hub has no list of them by consent or by person.

use super::{not_found, read_act};
use crate::command::Caller;
use crate::directory::Capability;
use crate::{Hub, HubError};
use seinhuis_domain::catalogue::Right;
use seinhuis_domain::consent::judge;
use seinhuis_proto::v1;
use seinhuis_store::records::ConsentRecord;
use seinhuis_store::{Snapshot, Store};
use seinhuis_types::{ConsentHandle, DeliveryId, Hour};

impl<S: Store> Hub<S> {
    /// One registration.
    ///
    /// # Errors
    /// `CONSENT_NOT_FOUND`, `CAPABILITY_MISSING`.
    pub fn consent(
        &self,
        caller: &Caller,
        handle: ConsentHandle,
    ) -> Result<v1::GetConsentResponse, HubError> {
        self.capable(caller, Capability::Signal)?;
        let snapshot = self.parts.store.snapshot()?;
        let found = snapshot.consent(caller.oin, handle)?;
        let record = found.value.ok_or_else(not_found)?;
        let mut reply = v1::GetConsentResponse {
            revision: found.revision.0,
            standing: self.standing(&record)?.into(),
            agreement_hash: record.agreement_hash,
            clause_id: record.clause,
            from_hour: record.from_hour,
            until_hour: record.until_hour,
            withdrawn_ms: record.withdrawn_ms,
            ..v1::GetConsentResponse::default()
        };
        if let Some(citation) = snapshot.citation(caller.oin, handle)?.value {
            let damaged = |_| HubError::Internal("a citation names no delivery");
            let id = DeliveryId::from_slice(&citation.delivery_id).map_err(damaged)?;
            if let Some(delivery) = snapshot.delivery(id)?.value {
                reply.received = delivery.first_release.get().is_some();
                reply.recipient = Some(v1::DeskRef {
                    oin: delivery.body.recipient_oin,
                    desk: delivery.body.desk,
                });
            }
            reply.delivery_id = citation.delivery_id;
            reply.acknowledged_ms = citation.acknowledged_ms;
        }
        Ok(reply)
    }

    pub(super) fn standing(&self, record: &ConsentRecord) -> Result<v1::ConsentStanding, HubError> {
        let now = self.now();
        let term = Hour(record.from_hour).start()..Hour(record.until_hour).start();
        if record.withdrawn_ms != 0 {
            return Ok(v1::ConsentStanding::Withdrawn);
        }
        let acts = record.acts.iter().map(read_act);
        let acts = acts.collect::<Result<Vec<_>, _>>()?;
        let catalogue = &self.parts.rules.catalogue;
        if judge(&acts, Right::Consent, record.attested, catalogue).is_err() {
            return Ok(v1::ConsentStanding::AgeRule);
        }
        Ok(if term.contains(&now) {
            v1::ConsentStanding::Stands
        } else {
            v1::ConsentStanding::OutsideTerm
        })
    }
}
