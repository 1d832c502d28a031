//! The only code that reads payloads. It takes a [`Permit`]: without a decision there is nothing to
//! call.
//!
//! Owns: the delivery message. Must not know: who asked, how the release is committed.

use crate::HubError;
use crate::decide::Decided;
use prost::Message;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::signal::{Header, Route, decode_header, decode_route};
use seinhuis_policy::Permit;
use seinhuis_proto::v1;
use seinhuis_store::records::PayloadRecord;
use seinhuis_store::{Snapshot, Versioned};
use seinhuis_types::{DeliveryId, Revision};

/// A payload under lock: route and header may be read to decide, the rest only with a permit.
pub(crate) struct Held {
    /// Where it goes.
    pub(crate) route: Route,
    /// What it is.
    pub(crate) header: Header,
    /// The revision of the row.
    pub(crate) revision: Revision,
    payload: PayloadRecord,
}

/// The payload of a delivery, if it still has one.
pub(crate) fn hold(snapshot: &impl Snapshot, id: DeliveryId) -> Result<Option<Held>, HubError> {
    let Versioned { revision, value } = snapshot.payload(id)?;
    let Some(payload) = value else {
        return Ok(None);
    };
    let damaged = |_| HubError::Internal("a stored leaf does not decode");
    Ok(Some(Held {
        route: decode_route(&payload.route_leaf).map_err(damaged)?,
        header: decode_header(&payload.header_leaf).map_err(damaged)?,
        revision,
        payload,
    }))
}

/// The route of what is lodged: where it goes may be read without a permit, as of any payload.
pub(crate) fn route_of(payload: &PayloadRecord) -> Result<Route, HubError> {
    decode_route(&payload.route_leaf)
        .map_err(|_| HubError::Internal("a stored leaf does not decode"))
}

/// The header of what is lodged.
pub(crate) fn header_of(payload: &PayloadRecord) -> Result<Header, HubError> {
    decode_header(&payload.header_leaf)
        .map_err(|_| HubError::Internal("a stored leaf does not decode"))
}

impl Held {
    /// The source's slip for the first release: nonce, tags, chain.
    pub(crate) fn release_slip(&self) -> Option<(&[u8], &[u8], &[u8])> {
        let slip = self.payload.release_slip.as_ref()?;
        Some((
            slip.nonce.as_slice(),
            slip.tags.as_slice(),
            slip.chain.as_slice(),
        ))
    }

    /// The delivery, as the permit lets it leave. `withheld` tells why fields are missing; the
    /// decision tells what the clause asks of the recipient.
    pub(crate) fn disclose(
        self,
        permit: &Permit,
        id: DeliveryId,
        withheld: Vec<v1::Withheld>,
        decided: &Decided,
        catalogue: &Catalogue,
    ) -> Result<v1::Delivery, HubError> {
        let fits = permit.from() == &self.route.source
            && permit.to() == &self.route.recipient
            && permit.desk() == &self.route.desk
            && permit.clause() == &self.route.clause
            && permit.agreement() == &self.route.agreement;
        if !fits {
            return Err(HubError::Internal("the permit is for another delivery"));
        }
        let record = v1::SealedRecord::decode(self.payload.record.as_slice())
            .map_err(|_| HubError::Internal("a stored record does not decode"))?;
        // A clause cannot be narrowed after signing, a type can: what it no longer has would have to
        // be hidden again, so the mismatch is an error and not a disclosure.
        let uncovered = record
            .fields
            .iter()
            .map(|field| field.path.as_str())
            .any(|path| {
                path != "case"
                    && !path.starts_with("identity/")
                    && !permit
                        .granted()
                        .iter()
                        .any(|granted| granted.as_str() == path)
            });
        if uncovered {
            return Err(HubError::Internal("a stored field is not granted"));
        }
        let payload = self.payload;
        Ok(v1::Delivery {
            delivery_id: id.0.to_vec(),
            route_leaf: payload.route_leaf,
            header_leaf: payload.header_leaf,
            hidden: payload
                .hidden
                .into_iter()
                .map(|leaf| v1::LeafHash {
                    index: leaf.index,
                    hash: leaf.hash,
                    label: leaf.label,
                })
                .collect(),
            subjects: payload
                .subjects
                .into_iter()
                .map(|subject| v1::ConvertedSubject {
                    kind: i32::try_from(subject.kind).unwrap_or_default(),
                    original: subject.original,
                    converted: subject.converted,
                    proofs: Vec::new(),
                })
                .collect(),
            record: Some(record),
            salts: payload.salts,
            manifest_signature: payload.manifest_signature,
            signing_chain: payload.signing_chain,
            handling: Some(handling(permit, decided, catalogue)),
            withheld,
            proof: None,
            decision: Vec::new(),
            // The delivery's own, put there by its release.
            rectifies: Vec::new(),
            answer_by_ms: 0,
            answers: Vec::new(),
        })
    }
}

/// What the recipient must know: the secrecy of the basis it was provided on, with its reminder
/// (Wpg 7(2), Bpg 4:8); of several bases each. The onward rule and obligations are the clause's.
fn handling(permit: &Permit, decided: &Decided, catalogue: &Catalogue) -> v1::Handling {
    let bases: Vec<_> = permit
        .basis_provide()
        .iter()
        .filter_map(|code| catalogue.basis(code))
        .collect();
    let secrecy: Vec<_> = bases
        .iter()
        .filter_map(|basis| basis.secrecy.as_ref())
        .collect();
    let join = |texts: Vec<String>, by: &str| texts.join(by);
    v1::Handling {
        secrecy_law: join(secrecy.iter().map(|s| s.law.to_string()).collect(), "; "),
        reminder_nl: join(
            secrecy.iter().map(|s| s.reminder.nl.to_string()).collect(),
            " ",
        ),
        reminder_en: join(
            secrecy.iter().map(|s| s.reminder.en.to_string()).collect(),
            " ",
        ),
        onward_rule: decided.onward.clone(),
        obligations: decided.obligations.clone(),
        // The delivery's own, put there by its release.
        acknowledge_by_ms: 0,
    }
}
