//! What a delivery carries, from envelope to stored row: withheld leaves become hashes.
//!
//! Owns: the payload record and the parts of an entry that both sides read. Must not know: streams,
//! keys. Reading a payload back is for `disclose` alone.

use crate::HubError;
use crate::command::Envelope;
use crate::decide::Decided;
use crate::reply::sha256;
use prost::Message;
use seinhuis_domain::signal::Route;
use seinhuis_policy::{Permit, Verdict};
use seinhuis_proto::v1;
use seinhuis_seal::manifest::{Label, Manifest};
use seinhuis_store::records::{HiddenLeaf, PayloadRecord, StoredSlip, Subject};
use seinhuis_types::{DeliveryId, FieldPath};

/// Whether a sealed field leaves: coded fields as granted, identities unless the clause withholds
/// them; `case` goes with its envelope.
fn leaves(path: &FieldPath, decided: &Decided) -> bool {
    let identity = path.identity_ordinal().is_some() && !decided.withheld.contains(path);
    path.as_str() == "case" || identity || decided.granted.contains(path)
}

/// What is kept for the recipient of a permitted envelope.
pub(crate) fn record(
    envelope: &Envelope,
    mut manifest: Manifest<'_>,
    decided: &Decided,
    converted: &[[u8; 64]],
) -> Result<PayloadRecord, HubError> {
    manifest.withhold_for_recipient(|path| leaves(path, decided));
    let source_leaf_hash = manifest
        .hash(&Label::Source)
        .ok_or(HubError::Internal("a manifest without a source leaf"))?;
    let place = |n: usize| u32::try_from(n).map_err(|_| HubError::Internal("leaf place"));
    let hidden = manifest
        .withheld()
        .map(|leaf| {
            Ok(HiddenLeaf {
                index: place(leaf.index)?,
                hash: leaf.hash.0.to_vec(),
                label: leaf.label.to_string(),
            })
        })
        .collect::<Result<_, HubError>>()?;
    let fields = envelope
        .fields
        .iter()
        .filter(|field| leaves(&field.path, decided));
    let record = v1::SealedRecord {
        suite: envelope.suite.into(),
        kid: envelope.seal_kid.to_string(),
        sealed_key: envelope.sealed_key.clone(),
        fields: fields
            .map(|field| v1::SealedField {
                path: field.path.to_string(),
                bytes: field.bytes.clone(),
            })
            .collect(),
    };
    let subjects = envelope.subjects.iter().zip(converted);
    Ok(PayloadRecord {
        route_leaf: envelope.route.bytes.clone(),
        header_leaf: envelope.header.bytes.clone(),
        source_leaf_hash: source_leaf_hash.0.to_vec(),
        subjects: subjects
            .map(|((kind, original), converted)| Subject {
                kind: kind.byte().into(),
                original: original.to_vec(),
                converted: converted.to_vec(),
            })
            .collect(),
        record: record.encode_to_vec(),
        salts: manifest.salts(),
        manifest_signature: envelope.signature.clone(),
        signing_chain: envelope.chain.clone(),
        release_slip: Some(StoredSlip {
            nonce: envelope.release_slip.nonce.to_vec(),
            tags: envelope.release_slip.tags.to_vec(),
            chain: envelope.release_slip.chain.clone(),
        }),
        hidden,
        leaf_count: place(manifest.labels().len())?,
    })
}

/// What both sides of a permitted act may read.
pub(crate) fn shared_part(
    act: v1::Act,
    route: &Route,
    decided: &Decided,
    id: DeliveryId,
) -> v1::SharedPart {
    let mut part = v1::SharedPart {
        act: act.into(),
        source_oin: route.source.to_string(),
        recipient_oin: route.recipient.to_string(),
        recipient_desk: route.desk.to_string(),
        agreement_hash: route.agreement.to_string(),
        clause_id: route.clause.to_string(),
        granted: decided.granted.iter().map(ToString::to_string).collect(),
        withheld: decided.withheld.iter().map(ToString::to_string).collect(),
        delivery_id: id.0.to_vec(),
        visibility: decided.visibility.clone(),
        ..v1::SharedPart::default()
    };
    if let Verdict::Permit(permit) = &decided.verdict {
        ground(&mut part, permit);
    }
    part
}

fn ground(part: &mut v1::SharedPart, permit: &Permit) {
    let texts = |set: &std::collections::BTreeSet<_>| set.iter().map(ToString::to_string).collect();
    part.purpose = permit.purpose().to_string();
    part.basis_provide = texts(permit.basis_provide());
    part.basis_receive = texts(permit.basis_receive());
    part.basis_special = texts(permit.basis_special());
    part.signal_type = permit.signal_type().to_string();
}

/// What the outcome commitment of a decision is over.
pub(crate) fn outcome_part(act: v1::Act, decided: &Decided) -> Vec<u8> {
    v1::OutcomePart {
        act: act.into(),
        permitted: decided.permit().is_some(),
        decision_digest: sha256(&decided.bytes).0.to_vec(),
    }
    .encode_to_vec()
}
