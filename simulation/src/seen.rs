//! What partners were promised and given: replies, read as a partner reads them. Must not know: what
//! should have been.

use crate::SimulationError;
use crate::fault::During;
use crate::stage::{Kind, SIGNALS};
use prost::Message;
use seinhuis_domain::agreement::StepKind;
use seinhuis_proto::v1;
use seinhuis_types::DeliveryId;

/// One outcome of a signal or a rectification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Promise {
    /// For which party's desk.
    pub(crate) to: usize,
    /// Its entry.
    pub(crate) index: u64,
    /// The delivery, where it was permitted.
    pub(crate) delivery: Option<DeliveryId>,
}

/// A delivery that its recipient has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) to: usize,
    pub(crate) delivery: DeliveryId,
    /// The entry of this release.
    pub(crate) index: u64,
    /// What it tells of, where it is no signal.
    pub(crate) rectifies: Option<DeliveryId>,
}

/// One thing that a partner was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A signal was taken, sealed for the keys of `rotated`.
    Published {
        signal: usize,
        rotated: [bool; 3],
        outcomes: Vec<Promise>,
    },
    /// A delivery came.
    Given(Given),
    /// It was said of a delivery that it will not come.
    Tombstone { to: usize, delivery: DeliveryId },
    /// An acknowledgement was taken.
    Acknowledged { delivery: DeliveryId, index: u64 },
    /// A step on the agreement was taken.
    Step {
        party: usize,
        kind: StepKind,
        index: u64,
    },
    /// A consent was taken back; whether somebody who received something on it was told.
    Withdrawn {
        consent: usize,
        index: u64,
        told: bool,
    },
    /// A rectification was taken.
    Rectified {
        signal: usize,
        kind: Kind,
        /// The first of its entries.
        first: u64,
        told: Vec<Promise>,
        /// Deliveries that had not left, and never will: of the signal, or of an earlier rectification.
        ended: Vec<DeliveryId>,
    },
    /// A desk's new key was taken.
    Rotated { party: usize, index: u64 },
    /// An act ended in an error of this code.
    Refused { code: &'static str, what: String },
}

fn proof(proof: Option<&v1::Proof>) -> Result<&v1::Proof, SimulationError> {
    proof.ok_or_else(|| SimulationError::new("reply", "there is no proof"))
}

fn id(bytes: &[u8]) -> Result<DeliveryId, SimulationError> {
    DeliveryId::from_slice(bytes).during("delivery id")
}

/// The delivery that an entry names.
fn named(proof: &v1::Proof) -> Result<Option<DeliveryId>, SimulationError> {
    let mut parts = proof.parts.iter();
    let shared = parts.find(|part| part.part() == v1::Part::Shared);
    shared
        .map(|part| {
            let part = v1::SharedPart::decode(part.bytes.as_slice()).during("part")?;
            id(&part.delivery_id)
        })
        .transpose()
}

/// One outcome, as its source reads it.
fn promise(to: usize, outcome: &v1::Outcome) -> Result<Promise, SimulationError> {
    let proof = proof(outcome.proof.as_ref())?;
    let decision = v1::Decision::decode(outcome.decision.as_slice()).during("decision")?;
    let delivery = match decision.permitted {
        true => named(proof)?,
        false => None,
    };
    if decision.permitted != delivery.is_some() {
        return Err(SimulationError::new("reply", "a yes without a delivery"));
    }
    Ok(Promise {
        to,
        index: proof.index,
        delivery,
    })
}

/// The reply to a signal.
pub(crate) fn published(
    signal: usize,
    rotated: &[bool; 3],
    reply: &v1::PublishResponse,
) -> Result<Seen, SimulationError> {
    let ways = SIGNALS
        .get(signal)
        .map(|plan| plan.ways)
        .unwrap_or_default();
    let outcomes = ways.iter().zip(&reply.outcomes);
    let outcomes = outcomes.map(|(way, outcome)| promise(way.to, outcome));
    Ok(Seen::Published {
        signal,
        rotated: *rotated,
        outcomes: outcomes.collect::<Result<_, _>>()?,
    })
}

/// The reply to a rectification for the desks of `to`.
pub(crate) fn rectified(
    signal: usize,
    kind: Kind,
    to: &[usize],
    reply: &v1::RectifyResponse,
) -> Result<Seen, SimulationError> {
    let told = to.iter().zip(&reply.outcomes);
    let told = told.map(|(to, outcome)| promise(*to, outcome));
    let told = told.collect::<Result<Vec<_>, _>>()?;
    let mut first = told.iter().map(|promise| promise.index).min();
    let mut ended = Vec::new();
    for one in reply.ended.iter().chain(&reply.unreached) {
        let index = proof(one.proof.as_ref())?.index;
        first = Some(first.map_or(index, |first| first.min(index)));
    }
    for one in &reply.ended {
        let named = named(proof(one.proof.as_ref())?)?;
        ended.push(named.ok_or_else(|| SimulationError::new("reply", "it names no delivery"))?);
    }
    let first = first.ok_or_else(|| SimulationError::new("reply", "there is no entry"))?;
    Ok(Seen::Rectified {
        signal,
        kind,
        first,
        told,
        ended,
    })
}

/// A delivery as its recipient reads it.
pub(crate) fn given(to: usize, delivery: &v1::Delivery) -> Result<Seen, SimulationError> {
    let rectifies = match delivery.rectifies.as_slice() {
        [] => None,
        original => Some(id(original)?),
    };
    Ok(Seen::Given(Given {
        to,
        delivery: id(&delivery.delivery_id)?,
        index: proof(delivery.proof.as_ref())?.index,
        rectifies,
    }))
}

/// A delivery that will not come.
pub(crate) fn tombstone(to: usize, gone: &v1::Tombstone) -> Result<Seen, SimulationError> {
    let delivery = id(&gone.delivery_id)?;
    Ok(Seen::Tombstone { to, delivery })
}
