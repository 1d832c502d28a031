//! `PublishRequest` to [`Publish`].

use super::request::{idempotency, slip};
use super::{Malformed, at_most, exactly, signed};
use seinhuis_domain::signal::{IdKind, decode_header, decode_route, decode_source};
use seinhuis_hub::command::{Envelope, Publish, SealedField};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, ErrorCode, FieldPath, SignalId, limits};
use std::collections::BTreeSet;

/// enc 1120 and ct 48 of X-Wing.
const SEALED_KEY: usize = 1168;
/// A sealed coded field.
const FIELD: usize = 80;
/// A sealed identity.
const IDENTITY: usize = 528;
/// Most certificates in a chain, and bytes of all of them.
const CHAIN: usize = 6;
const CHAIN_BYTES: usize = 6 * 1024;
/// Most bytes of each clear leaf: they hold codes and ids only.
pub(super) const LEAF_BYTES: usize = 4 * 1024;

/// Reads a publish. `bytes` is the request as it came, for the fingerprint.
pub(crate) fn publish(
    request: v1::PublishRequest,
    fingerprint: Digest,
) -> Result<Publish, Malformed> {
    at_most(request.envelopes.len(), limits::ENVELOPES, "envelopes")?;
    if request.envelopes.is_empty() {
        return Err(Malformed::new("envelopes: at least one is needed"));
    }
    Ok(Publish {
        envelopes: envelopes(request.envelopes)?,
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        signal: SignalId(exactly(&request.signal_id, "signal_id")?),
    })
}

/// Reads envelopes, each to another desk.
pub(super) fn envelopes(sent: Vec<v1::Envelope>) -> Result<Vec<Envelope>, Malformed> {
    let envelopes = sent
        .into_iter()
        .enumerate()
        .map(|(n, e)| envelope(e).map_err(|error| error.within(&format!("envelope {n}"))))
        .collect::<Result<Vec<_>, _>>()?;
    let desks: BTreeSet<_> = envelopes
        .iter()
        .map(|e| (&e.route.value.recipient, &e.route.value.desk))
        .collect();
    if desks.len() != envelopes.len() {
        return Err(Malformed::new("envelopes: each goes to another desk"));
    }
    Ok(envelopes)
}

pub(super) fn envelope(e: v1::Envelope) -> Result<Envelope, Malformed> {
    at_most(e.subjects.len(), limits::SUBJECTS, "subjects")?;
    bounded_chain(&e.signing_chain)?;
    for (leaf, what) in [
        (&e.route_leaf, "route_leaf bytes"),
        (&e.header_leaf, "header_leaf bytes"),
        (&e.source_leaf, "source_leaf bytes"),
    ] {
        at_most(leaf.len(), LEAF_BYTES, what)?;
    }
    let route = signed(e.route_leaf, decode_route)?;
    let header = signed(e.header_leaf, decode_header)?;
    let source = signed(e.source_leaf, decode_source)?;
    let record = e
        .record
        .ok_or_else(|| Malformed::new("record: it is missing"))?;
    if record.suite != 1 {
        return Err(Malformed::new("record suite: 1 is the only one"));
    }
    let seal_kid = record.kid.parse()?;
    if seal_kid != route.value.seal_kid {
        return Err(Malformed {
            code: ErrorCode::StaleKeyEpoch,
            message: "record kid: it is not the key the route names".into(),
        });
    }
    if record.sealed_key.len() != SEALED_KEY {
        return Err(Malformed::new(format!(
            "sealed_key: {SEALED_KEY} bytes are expected"
        )));
    }
    let heads = &header.value.subjects;
    if heads.len() != e.subjects.len() {
        return Err(Malformed::new(
            "subjects: header and ciphertexts differ in number",
        ));
    }
    let subjects = heads
        .iter()
        .zip(&e.subjects)
        .map(|(head, subject)| Ok((head.kind, exactly(&subject.ciphertext, "ciphertext")?)))
        .collect::<Result<Vec<(IdKind, [u8; 64])>, Malformed>>()?;
    let fields = fields(record.fields)?;
    named_in_header(&header.value, &fields)?;
    let leaves = 4 + subjects.len() + fields.len();
    if e.salts.len() != leaves * 16 {
        return Err(Malformed::new("salts: 16 bytes per leaf are expected"));
    }
    Ok(Envelope {
        route,
        header,
        source,
        subjects,
        suite: 1,
        seal_kid,
        sealed_key: record.sealed_key,
        fields,
        salts: e.salts,
        signature: e.manifest_signature,
        chain: e.signing_chain,
        decision_slip: slip(e.decision_slip)?,
        release_slip: slip(e.release_slip)?,
    })
}

/// Sorted, once each, each of the one size its path has.
fn fields(sealed: Vec<v1::SealedField>) -> Result<Vec<SealedField>, Malformed> {
    // All of them together: coded fields, `case` and identities.
    at_most(sealed.len(), limits::FIELDS, "sealed fields")?;
    let mut fields: Vec<SealedField> = Vec::with_capacity(sealed.len());
    for field in sealed {
        let path: FieldPath = field.path.parse()?;
        if fields.last().is_some_and(|last| last.path >= path) {
            return Err(Malformed::new("sealed fields: sorted by path, each once"));
        }
        let size = if path.identity_ordinal().is_some() {
            IDENTITY
        } else {
            FIELD
        };
        if field.bytes.len() != size {
            return Err(Malformed::new(format!(
                "sealed field `{path}`: {size} bytes are expected"
            )));
        }
        fields.push(SealedField {
            path,
            bytes: field.bytes,
        });
    }
    Ok(fields)
}

/// What is sealed is what the header names: no more, no less.
fn named_in_header(
    header: &seinhuis_domain::signal::Header,
    fields: &[SealedField],
) -> Result<(), Malformed> {
    let identities = header
        .subjects
        .iter()
        .enumerate()
        .filter(|(_, subject)| subject.identity_sealed)
        .map(|(ordinal, _)| FieldPath::identity(ordinal));
    let named: BTreeSet<FieldPath> = header.fields.iter().cloned().chain(identities).collect();
    let sealed: BTreeSet<FieldPath> = fields
        .iter()
        .map(|field| field.path.clone())
        .filter(|path| path.as_str() != "case")
        .collect();
    if header
        .fields
        .iter()
        .any(|f| f.as_str() == "case" || f.as_str().contains('/'))
    {
        return Err(Malformed::new(
            "fields: `case` and `identity` are not named in the header",
        ));
    }
    if named == sealed {
        Ok(())
    } else {
        Err(Malformed::new(
            "sealed fields: they are not those the header names",
        ))
    }
}

/// A chain of a few certificates of ordinary size.
pub(super) fn bounded_chain(chain: &[Vec<u8>]) -> Result<(), Malformed> {
    at_most(chain.len(), CHAIN, "signing_chain")?;
    at_most(
        chain.iter().map(Vec::len).sum(),
        CHAIN_BYTES,
        "signing_chain bytes",
    )
}
