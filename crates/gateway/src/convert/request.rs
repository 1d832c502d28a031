//! The other requests: idempotency, slips, acknowledgements, steps, conversions.

use super::envelope::bounded_chain;
use super::{Malformed, at_most, exactly, optional, signed};
use seinhuis_domain::agreement::StepKind;
use seinhuis_domain::signal::{IdKind, decode_route};
use seinhuis_hub::command::{
    AckKind, Acknowledge, AgreementStep, Convert, ConvertOwn, HiddenLeaf, Idempotency, SlipBytes,
    StatementBytes,
};
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, DeliveryId, Digest, has_number, limits};

/// Most bytes of a compact JWS: a key statement of 1,216 bytes of key, and room.
const JWS: usize = 4 * 1024;
/// Most bytes of a slip's sealed chain.
const SLIP_CHAIN: usize = 1_024;
/// Most leaves of a manifest: route, header, source and key, subjects, sealed fields.
const LEAVES: usize = 4 + limits::SUBJECTS + limits::FIELDS;

pub(crate) fn idempotency(key: Vec<u8>, fingerprint: Digest) -> Result<Idempotency, Malformed> {
    if limits::IDEMPOTENCY_KEY.contains(&key.len()) {
        Ok(Idempotency { key, fingerprint })
    } else {
        Err(Malformed::new(
            "idempotency_key: 16 to 64 bytes are expected",
        ))
    }
}

pub(crate) fn slip(slip: Option<v1::Slip>) -> Result<SlipBytes, Malformed> {
    let slip = slip.ok_or_else(|| Malformed::new("slip: it is missing"))?;
    at_most(slip.chain.len(), SLIP_CHAIN, "slip chain bytes")?;
    Ok(SlipBytes {
        nonce: exactly(&slip.nonce, "slip nonce")?,
        tags: exactly(&slip.tags, "slip tags")?,
        chain: slip.chain,
    })
}

pub(crate) fn acknowledge(
    request: v1::AcknowledgeRequest,
    fingerprint: Digest,
) -> Result<Acknowledge, Malformed> {
    let kind = match request.state() {
        v1::AckState::Delivered => AckKind::Delivered,
        v1::AckState::Opened => AckKind::Opened,
        v1::AckState::Unspecified => return Err(Malformed::new("state: one must be named")),
    };
    at_most(request.acting_person.len(), 64, "acting_person bytes")?;
    if has_number(&request.acting_person) {
        return Err(Malformed::new(
            "acting_person: a pseudonym without nine digits in a row is expected",
        ));
    }
    Ok(Acknowledge {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        delivery: DeliveryId(exactly(&request.delivery_id, "delivery_id")?),
        kind,
        slip: slip(request.slip)?,
        acting_person: request.acting_person,
        acting_role: optional(&request.acting_role)?,
    })
}

pub(crate) fn statement(jws: String, chain: Vec<Vec<u8>>) -> Result<StatementBytes, Malformed> {
    at_most(jws.len(), JWS, "jws bytes")?;
    bounded_chain(&chain)?;
    Ok(StatementBytes { jws, chain })
}

pub(crate) fn agreement_step(
    kind: StepKind,
    key: Vec<u8>,
    agreement: &str,
    step: Option<v1::SignedStep>,
    fingerprint: Digest,
) -> Result<AgreementStep, Malformed> {
    let step = step.ok_or_else(|| Malformed::new("step: it is missing"))?;
    Ok(AgreementStep {
        idempotency: idempotency(key, fingerprint)?,
        agreement: AgreementHash::parse(agreement)?,
        kind,
        statement: statement(step.jws, step.signing_chain)?,
    })
}

pub(crate) fn convert(request: v1::ConvertRequest) -> Result<Convert, Malformed> {
    at_most(
        request.subject_leaves.len(),
        limits::SUBJECTS,
        "subject_leaves",
    )?;
    at_most(request.others.len(), LEAVES, "others")?;
    bounded_chain(&request.signing_chain)?;
    let subjects = request
        .subject_leaves
        .iter()
        .map(|leaf| {
            let (&kind, ciphertext) = leaf
                .split_first()
                .ok_or_else(|| Malformed::new("subject leaf: it is empty"))?;
            let kind = IdKind::from_byte(kind)
                .ok_or_else(|| Malformed::new("subject leaf: its kind byte is unknown"))?;
            Ok((kind, exactly(ciphertext, "ciphertext")?))
        })
        .collect::<Result<Vec<_>, Malformed>>()?;
    if request.salts.len() != 16 * (1 + subjects.len()) {
        return Err(Malformed::new(
            "salts: 16 bytes for the route and each subject are expected",
        ));
    }
    let key = |statement: Option<v1::KeyStatement>, what: &str| {
        let found = statement.ok_or_else(|| Malformed::new(format!("{what}: it is missing")))?;
        self::statement(found.jws, found.signing_chain)
    };
    Ok(Convert {
        route: signed(request.route_leaf, decode_route)?,
        subjects,
        salts: request.salts,
        others: request
            .others
            .into_iter()
            .map(hidden)
            .collect::<Result<_, _>>()?,
        leaf_count: usize::try_from(request.leaf_count)
            .ok()
            .filter(|count| *count <= LEAVES)
            .ok_or_else(|| Malformed::new("leaf_count: too many leaves"))?,
        signature: request.manifest_signature,
        chain: request.signing_chain,
        source_key: key(request.source_key, "source_key")?,
        recipient_key: key(request.recipient_key, "recipient_key")?,
    })
}

fn hidden(leaf: v1::LeafHash) -> Result<HiddenLeaf, Malformed> {
    at_most(leaf.label.len(), 64, "label bytes")?;
    Ok(HiddenLeaf {
        index: usize::try_from(leaf.index).map_err(|_| Malformed::new("index: too large"))?,
        hash: Digest(exactly(&leaf.hash, "leaf hash")?),
        label: leaf.label,
    })
}

pub(crate) fn convert_own(
    mut request: v1::ConvertRequest,
    fingerprint: Digest,
) -> Result<ConvertOwn, Malformed> {
    let idempotency = idempotency(std::mem::take(&mut request.idempotency_key), fingerprint)?;
    let slip = slip(request.slip.take())?;
    let convert = convert(request)?;
    let desk = convert.route.value.desk.clone();
    Ok(ConvertOwn {
        idempotency,
        slip,
        convert,
        desk,
    })
}
