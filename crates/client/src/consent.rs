//! Consent that a signal rests on: a fresh handle at the hub for each envelope, taken back all at once.
//!
//! Owns: that no two handles of one record of consent have anything in common that the hub sees, and that
//! none is lost: each is kept before it is registered. Must not know: how the partner keeps its records.

mod ground;
mod ledger;
mod withdraw;

pub use ground::ConsentGround;
pub use ledger::ConsentHere;
pub use withdraw::WithdrawnConsent;

use crate::slips::{self, About, class, hidden_at_source};
use crate::{ClientError, DeskKeys, Incident, Partner, Signal, To, VerifiedProof, status};
use ledger::{Kept, Ledger};
use seinhuis_domain::agreement::ConsentRule;
use seinhuis_domain::catalogue::{Catalogue, Right};
use seinhuis_domain::consent::{Act, ConsentId, ConsentRecord, ConsentState};
use seinhuis_domain::signal::{ConsentCited, SubjectHead, encode_source};
use seinhuis_proto::v1;
use seinhuis_types::{
    CodeValue, ConsentHandle, DeliveryId, Desk, ErrorCode, Hour, Millis, Revision,
};
use std::fs::File;

/// How long a handle stands, in hours: a payload waits a week at most. Where the consent ends before
/// that, an hour before its end is told, never the end.
const HOURS: u32 = 8 * 24;

/// A moment before a consent's end and after now, another one each time: the end itself, the same for
/// every envelope, would tell the hub that they rest on one consent, and may be a birthday.
fn blurred(ends: Hour, now: Hour) -> Hour {
    let half = ends.0.saturating_sub(now.0) / 2;
    let cut = rand::random_range(0..=half);
    Hour(ends.0.saturating_sub(cut))
}

/// One handle of a record of consent, as the hub has it.
#[derive(Debug, Clone)]
pub struct ConsentStatus {
    /// The handle.
    pub handle: ConsentHandle,
    /// For whom and under which clause it was registered.
    pub to: To,
    /// Whether it stands; none when it never reached the hub.
    pub standing: Option<v1::ConsentStanding>,
    /// What was sent on it.
    pub delivery: Option<DeliveryId>,
    /// Whether that was received.
    pub received: bool,
    /// When it was taken back.
    pub withdrawn: Option<Millis>,
    /// When its recipient acknowledged that.
    pub acknowledged: Option<Millis>,
}

impl ConsentStatus {
    /// Whether its recipient was told that it was taken back, and has not acknowledged.
    pub fn is_waited_for(&self) -> bool {
        self.withdrawn.is_some() && self.received && self.acknowledged.is_none()
    }
}

impl Partner {
    /// Registers consent for one envelope to one recipient; `None` where its clause rests on none.
    /// [`Sending::on_consent`](crate::Sending::on_consent) does so by itself.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for consent that does not stand, was taken back on this system whatever the
    /// record says, or is not for this signal; and as every call.
    pub async fn register_consent(
        &self,
        desk: &Desk,
        to: &To,
        signal: &Signal,
        ground: &ConsentGround,
    ) -> Result<Option<ConsentCited>, ClientError> {
        let own = self.recipient_keys(self.inner.oin, desk).await?;
        self.cite(&own, to, signal, ground).await
    }

    /// Registers consent for one envelope, where its clause rests on consent.
    pub(crate) async fn cite(
        &self,
        own: &DeskKeys,
        to: &To,
        signal: &Signal,
        ground: &ConsentGround,
    ) -> Result<Option<ConsentCited>, ClientError> {
        let content = self.agreement_content(&to.agreement).await?;
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let clause = content.clause(&to.clause);
        if clause.is_none_or(|clause| clause.consent != ConsentRule::Needed) {
            return Ok(None);
        }
        let now = self.inner.clock.now();
        ground.is_for(self.inner.oin, to, signal, now)?;
        let hidden = hidden_at_source(signal.source_shield);
        let about = signal.subjects.iter().map(|subject| {
            let head = SubjectHead {
                role: subject.role.clone(),
                age_band: subject.age_band.clone(),
                kind: subject.who.kind(),
                identity_sealed: subject.identity.is_some(),
            };
            Ok(About {
                value: subject.value()?,
                class: class(clause, &catalogue, &head, hidden),
            })
        });
        let about = about.collect::<Result<Vec<_>, ClientError>>()?;
        let epoch = own.pseudonym.epoch;
        let slip = self
            .slips()
            .single(epoch, &about, signal.source_shield, &mut rand::rng())?;
        // Until the hub has answered, so that a withdrawal that reads the handles meanwhile misses none.
        let _held = self.hold_ledgers(&ground.records).await?;
        let request = self.registration(to, signal, ground, &catalogue, now, slip)?;
        let reply = status::repeated("hub", || {
            let mut client = self.consents();
            let request = request.clone();
            async move { client.register_consent(request).await }
        });
        let reply = reply.await?;
        let sent = request.slip.as_ref();
        let (act, id) = (v1::Act::Consent, &request.consent_id);
        let proof = self.of_consent(reply.proof, act, id, sent)?;
        let revision = proof.index().0.saturating_add(1);
        if reply.revision != revision {
            return Err(Incident::Reply("a consent has another revision than its entry").into());
        }
        Ok(Some(ConsentCited {
            handle: ConsentHandle::from_slice(&request.consent_id)?,
            revision: Revision(revision),
        }))
    }

    /// Holds the files of these records for this call alone, in one order for all. No two are the same
    /// record ([`ConsentGround::of`]): a call would wait for itself.
    async fn hold_ledgers(&self, records: &[ConsentRecord]) -> Result<Vec<File>, ClientError> {
        let mut ids: Vec<ConsentId> = records.iter().map(|record| record.id).collect();
        ids.sort_unstable_by_key(|id| id.0);
        let ledgers = ids.iter().map(|id| Ledger::of(&self.inner.state, id));
        let ledgers: Vec<Ledger> = ledgers.collect();
        let held = tokio::task::spawn_blocking(move || ledgers.iter().map(Ledger::hold).collect());
        held.await
            .map_err(|_| invalid("the files of consent could not be held"))?
    }

    /// A registration under a fresh handle, which is kept before anything is sent. Whoever calls it holds the
    /// files of the records.
    fn registration(
        &self,
        to: &To,
        signal: &Signal,
        ground: &ConsentGround,
        catalogue: &Catalogue,
        now: Millis,
        slip: v1::Slip,
    ) -> Result<v1::RegisterConsentRequest, ClientError> {
        // The record that was given may be an older copy, or have no act that took it back.
        for record in &ground.records {
            if Ledger::of(&self.inner.state, &record.id).read()?.withdrawn {
                return Err(invalid(&format!(
                    "the consent `{}` was taken back on this system, whatever its record says; nothing was \
                     sent. Consent that is given again is a new record, with an `id` of its own",
                    record.id
                )));
            }
        }
        let handle = ConsentHandle(rand::random());
        let mut until = Hour(now.hour().0.saturating_add(HOURS));
        let mut acts = Vec::with_capacity(ground.records.len());
        for record in &ground.records {
            let mut acts_of = record.acts.iter();
            let given = acts_of.rfind(|act| act.state == ConsentState::Given);
            let given = given.ok_or_else(|| invalid("a record without consent"))?;
            until = until.min(blurred(record.ends().hour(), now.hour()));
            let salt: [u8; 32] = rand::random();
            acts.push(said(record, given, &salt, catalogue)?);
            let kept = Kept {
                handle,
                to: to.clone(),
                salt,
            };
            Ledger::of(&self.inner.state, &record.id).keep(&kept)?;
        }
        if until <= now.hour() {
            return Err(invalid("the consent ends within the hour; ask it anew"));
        }
        Ok(v1::RegisterConsentRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            consent_id: handle.0.to_vec(),
            agreement_hash: to.agreement.to_string(),
            clause_id: to.clause.to_string(),
            acts,
            from_hour: now.hour().0,
            until_hour: until.0,
            no_representative_is_a_suspect: ground.records.iter().all(|record| record.attested),
            source_leaf: encode_source(&signal.source),
            slip: Some(slip),
        })
    }

    /// Every handle of a record, as the hub has it: what stands, who received something on it, and who has
    /// not acknowledged that it was taken back.
    ///
    /// # Errors
    /// As every call.
    pub async fn consent_status(
        &self,
        record: &ConsentRecord,
    ) -> Result<Vec<ConsentStatus>, ClientError> {
        let kept = Ledger::of(&self.inner.state, &record.id).read()?.handles;
        let mut all = Vec::with_capacity(kept.len());
        for Kept { handle, to, .. } in kept {
            let reply = status::repeated("hub", || {
                let mut client = self.consents();
                let request = v1::GetConsentRequest {
                    consent_id: handle.0.to_vec(),
                };
                async move { client.get_consent(request).await }
            });
            let (found, standing) = match reply.await {
                Ok(found) => {
                    let standing = found.standing();
                    (found, Some(standing))
                }
                Err(error) if error.code() == Some(ErrorCode::ConsentNotFound) => {
                    (v1::GetConsentResponse::default(), None)
                }
                Err(error) => return Err(error),
            };
            let moment = |ms: u64| (ms > 0).then_some(Millis(ms));
            all.push(ConsentStatus {
                handle,
                to,
                standing,
                delivery: DeliveryId::from_slice(&found.delivery_id).ok(),
                received: found.received,
                withdrawn: moment(found.withdrawn_ms),
                acknowledged: moment(found.acknowledged_ms),
            });
        }
        Ok(all)
    }

    /// Tells that the withdrawal of the consent for a delivery was seen, and by whom: the partner's own
    /// pseudonym, and a code of the list `acting-role`.
    ///
    /// # Errors
    /// `DELIVERY_NOT_FOUND`; and as every call.
    pub async fn acknowledge_withdrawal(
        &self,
        delivery: DeliveryId,
        person: &[u8],
        role: &CodeValue,
    ) -> Result<VerifiedProof, ClientError> {
        let request = v1::AcknowledgeWithdrawalRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            delivery_id: delivery.0.to_vec(),
            acting_person: person.to_vec(),
            acting_role: role.to_string(),
            slip: Some(self.slips().nobody(&mut rand::rng())?),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.consents();
            let request = request.clone();
            async move { client.acknowledge_withdrawal(request).await }
        });
        let proof = reply.await?.proof;
        let proof = proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        carries(
            &proof,
            v1::Act::AcknowledgeWithdrawal,
            request.slip.as_ref(),
        )?;
        let shared = proof.shared();
        if shared.is_none_or(|shared| shared.delivery_id != request.delivery_id) {
            return Err(Incident::Proof("the entry is about another delivery").into());
        }
        self.proven(request.slip.as_ref());
        Ok(proof)
    }

    /// The proof of an act on one handle.
    fn of_consent(
        &self,
        proof: Option<v1::Proof>,
        act: v1::Act,
        handle: &[u8],
        slip: Option<&v1::Slip>,
    ) -> Result<VerifiedProof, ClientError> {
        let proof = proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        carries(&proof, act, slip)?;
        let named = proof.shared().is_some_and(|part| part.consent_id == handle);
        let recorded = proof.provider().and_then(|part| part.consent);
        if !named || recorded.is_none_or(|recorded| recorded.consent_id != handle) {
            return Err(Incident::Proof("the entry is about another consent").into());
        }
        self.proven(slip);
        Ok(proof)
    }
}

fn invalid(what: &str) -> ClientError {
    ClientError::Invalid(what.to_owned())
}

fn carries(
    proof: &VerifiedProof,
    act: v1::Act,
    slip: Option<&v1::Slip>,
) -> Result<(), ClientError> {
    let slip = slip.ok_or(Incident::Proof("no slip was sent"))?;
    if *proof.leaf().slip() != slips::read(slip)? {
        return Err(Incident::Proof("the leaf does not carry the slip that was sent").into());
    }
    Ok(proof.is_of(act)?)
}

/// An act as the hub gets it: no person, and evidence that is another value each time.
fn said(
    record: &ConsentRecord,
    act: &Act,
    salt: &[u8; 32],
    catalogue: &Catalogue,
) -> Result<v1::ConsentAct, ClientError> {
    let rule = catalogue.age_rule(record.law.as_str(), Right::Consent);
    let rule = rule.ok_or_else(|| invalid("the catalogue has no age rule of this law"))?;
    let domain = b"seinhuis/v1/consent-evidence\0";
    let blinded = [domain, salt.as_slice(), &act.evidence.sha256.0].concat();
    Ok(v1::ConsentAct {
        age_rule: rule.code.to_string(),
        age_band: act.age.as_str().to_owned(),
        capable: act.capable,
        by: (act.by.iter())
            .map(|actor| actor.role.as_str().to_owned())
            .collect(),
        evidence_level: act.evidence.level.as_str().to_owned(),
        evidence: crate::proof::sha256(&blinded).0.to_vec(),
        notice_version: record.notice.version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_consent_is_told_as_another_hour_each_time() {
        let (ends, now) = (Hour(500_040), Hour(500_000));
        let told: std::collections::BTreeSet<u32> =
            (0..1_000).map(|_| blurred(ends, now).0).collect();
        assert!(told.len() > 10, "{told:?}");
        assert!(told.iter().all(|hour| (500_020..=500_040).contains(hour)));
        for left in 0..3 {
            let one = blurred(Hour(now.0 + left), now);
            assert!(one >= now && one.0 <= now.0 + left && (left == 0 || one > now));
        }
    }
}
