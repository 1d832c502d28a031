//! Taking consent back: every handle that this system registered on a record, and none after them.
//!
//! Owns: that none is missed and that nothing is registered on the record any more. Must not know: what rests
//! on a handle; the hub ends it.

use super::ledger::{Kept, Ledger};
use super::said;
use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use rand::seq::SliceRandom;
use seinhuis_domain::consent::{Act, ConsentRecord, ConsentState};
use seinhuis_domain::signal::{Source, encode_source};
use seinhuis_proto::v1;
use seinhuis_types::{ConsentHandle, Desk, ErrorCode, Oin};

/// What came of taking back one handle.
#[derive(Debug)]
pub struct WithdrawnConsent {
    /// The handle.
    pub handle: ConsentHandle,
    /// Who had received something on it and is told.
    pub told: Option<(Oin, Desk)>,
    /// Of the withdrawal.
    pub proof: VerifiedProof,
}

impl Partner {
    /// Takes back every handle that this system registered on a record, each by itself and in no order that
    /// tells anything, and registers none on it any more, whatever a copy of the record says. Who acted is
    /// the record's last act, if that took consent back; else the registrant ends it. What another system
    /// of the partner registered is in that system's state folder, and taken back there.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], with a code, for a last act of who may not take it back; and as every call.
    /// What was taken back before is passed over, so after an error it is called again.
    pub async fn withdraw_consent(
        &self,
        record: &ConsentRecord,
        source: &Source,
    ) -> Result<Vec<WithdrawnConsent>, ClientError> {
        // What was wrong with giving it keeps nothing in force: only who took it back must be right.
        if let Err(fault) = record.check_withdrawal() {
            return Err(ClientError::Invalid(format!("{}: {fault}", fault.code())));
        }
        let last = record.acts.last();
        let last = last.filter(|act| act.state == ConsentState::Withdrawn);
        let held = self.hold_ledgers(std::slice::from_ref(record)).await?;
        let ledger = Ledger::of(&self.inner.state, &record.id);
        // Before the handles are read, so that what waits for the file registers none after them.
        ledger.withdraw()?;
        let mut kept = ledger.read()?.handles;
        drop(held);
        kept.shuffle(&mut rand::rng());
        let mut done = Vec::new();
        let mut first = None;
        for one in kept {
            match Box::pin(self.withdraw_one(record, source, last, &one)).await {
                Ok(taken) => done.extend(taken),
                // One that fails keeps none of the others in force.
                Err(error) => first = first.or(Some(error)),
            }
        }
        match first {
            Some(error) => Err(error),
            None => Ok(done),
        }
    }

    /// Takes one handle back; nothing where it never came to the hub, or was taken back before.
    async fn withdraw_one(
        &self,
        record: &ConsentRecord,
        source: &Source,
        last: Option<&Act>,
        one: &Kept,
    ) -> Result<Option<WithdrawnConsent>, ClientError> {
        let content = self.agreement_content(&one.to.agreement).await?;
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let act = last.map(|act| said(record, act, &rand::random(), &catalogue));
        let request = v1::WithdrawConsentRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            consent_id: one.handle.0.to_vec(),
            acts: act.transpose()?.into_iter().collect(),
            no_representative_is_a_suspect: record.attested,
            source_leaf: encode_source(source),
            slip: Some(self.slips().nobody(&mut rand::rng())?),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.consents();
            let request = request.clone();
            async move { client.withdraw_consent(request).await }
        });
        let reply = match reply.await {
            // It never came to the hub, or was taken back before.
            Err(error)
                if matches!(
                    error.code(),
                    Some(ErrorCode::ConsentNotFound | ErrorCode::ConsentWithdrawn)
                ) =>
            {
                return Ok(None);
            }
            reply => reply?,
        };
        let told = reply.told.as_ref().map(desk).transpose()?;
        let (act, id) = (v1::Act::WithdrawConsent, &request.consent_id);
        Ok(Some(WithdrawnConsent {
            handle: one.handle,
            told,
            proof: self.of_consent(reply.proof, act, id, request.slip.as_ref())?,
        }))
    }
}

fn desk(told: &v1::DeskRef) -> Result<(Oin, Desk), Incident> {
    let bad = |_| Incident::Reply("a desk is not in its form");
    Ok((
        told.oin.parse().map_err(bad)?,
        told.desk.parse().map_err(bad)?,
    ))
}
