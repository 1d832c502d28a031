//! Requests of `ConsentService`.

use super::envelope::LEAF_BYTES;
use super::request::{idempotency, slip};
use super::{Malformed, at_most, exactly, signed};
use seinhuis_domain::consent::{ActorRole, AgeBand, EvidenceLevel, RegisteredAct};
use seinhuis_domain::signal::decode_source;
use seinhuis_hub::{AcknowledgeWithdrawal, RegisterConsent, WithdrawConsent};
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, ConsentHandle, DeliveryId, Digest, Hour, has_number, limits};

/// Reads the id of a consent.
pub(crate) fn consent_id(bytes: &[u8]) -> Result<ConsentHandle, Malformed> {
    exactly(bytes, "consent_id").map(ConsentHandle)
}

/// Reads a registration.
pub(crate) fn register_consent(
    request: v1::RegisterConsentRequest,
    fingerprint: Digest,
) -> Result<RegisterConsent, Malformed> {
    at_most(request.source_leaf.len(), LEAF_BYTES, "source_leaf bytes")?;
    if request.acts.is_empty() {
        return Err(Malformed::new(
            "acts: one for each person the envelope is about",
        ));
    }
    Ok(RegisterConsent {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        consent: consent_id(&request.consent_id)?,
        agreement: AgreementHash::parse(&request.agreement_hash)?,
        clause: request.clause_id.parse()?,
        acts: acts(&request.acts)?,
        from: Hour(request.from_hour),
        until: Hour(request.until_hour),
        attested: request.no_representative_is_a_suspect,
        source: signed(request.source_leaf, decode_source)?,
        slip: slip(request.slip)?,
    })
}

/// Reads a withdrawal.
pub(crate) fn withdraw_consent(
    request: v1::WithdrawConsentRequest,
    fingerprint: Digest,
) -> Result<WithdrawConsent, Malformed> {
    at_most(request.source_leaf.len(), LEAF_BYTES, "source_leaf bytes")?;
    Ok(WithdrawConsent {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        consent: consent_id(&request.consent_id)?,
        acts: acts(&request.acts)?,
        attested: request.no_representative_is_a_suspect,
        source: signed(request.source_leaf, decode_source)?,
        slip: slip(request.slip)?,
    })
}

/// Reads an acknowledgement of a withdrawal.
pub(crate) fn acknowledge_withdrawal(
    request: v1::AcknowledgeWithdrawalRequest,
    fingerprint: Digest,
) -> Result<AcknowledgeWithdrawal, Malformed> {
    at_most(request.acting_person.len(), 64, "acting_person bytes")?;
    if has_number(&request.acting_person) {
        return Err(Malformed::new(
            "acting_person: a pseudonym without nine digits in a row is expected",
        ));
    }
    Ok(AcknowledgeWithdrawal {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        delivery: DeliveryId(exactly(&request.delivery_id, "delivery_id")?),
        acting_person: request.acting_person,
        acting_role: request.acting_role.parse()?,
        slip: slip(request.slip)?,
    })
}

fn acts(acts: &[v1::ConsentAct]) -> Result<Vec<RegisteredAct>, Malformed> {
    at_most(acts.len(), limits::SUBJECTS, "acts")?;
    acts.iter().map(act).collect()
}

fn act(act: &v1::ConsentAct) -> Result<RegisteredAct, Malformed> {
    let word = |what: &str| Malformed::new(format!("{what}: not one of its words"));
    at_most(act.by.len(), ActorRole::ALL.len(), "by")?;
    let by: Option<Vec<_>> = act.by.iter().map(|role| ActorRole::parse(role)).collect();
    Ok(RegisteredAct {
        age_rule: act.age_rule.parse()?,
        age: AgeBand::parse(&act.age_band).ok_or_else(|| word("age_band"))?,
        capable: act.capable,
        by: by.filter(|by| !by.is_empty()).ok_or_else(|| word("by"))?,
        level: EvidenceLevel::parse(&act.evidence_level).ok_or_else(|| word("evidence_level"))?,
        evidence: Digest(exactly(&act.evidence, "evidence")?),
        notice_version: act.notice_version,
    })
}
