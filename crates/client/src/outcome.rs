//! What came of one envelope: the decision, and the proof that it was ours and is in the log.
//!
//! Owns: holding a reply against the request it answers. Must not know: how either was sent.

use crate::{ClientError, Incident, LogKeys, RefusalInfo, VerifiedProof};
use prost::Message;
use seinhuis_domain::entry::Slip;
use seinhuis_domain::signal::{Header, Route, decode_header, decode_route};
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, RefusalReason, SignalId};

/// The outcome for one recipient desk.
#[derive(Debug, Clone)]
pub struct OutcomeReport {
    /// Where it was to go.
    pub route: Route,
    /// Whether it goes.
    pub permitted: bool,
    /// Every reason of a no, in the fixed order, with law and remedy.
    pub reasons: Vec<v1::Reason>,
    /// Fields that were offered and do not leave.
    pub withheld: Vec<v1::Withheld>,
    /// The signal's id, as events name it. Known to source and hub only.
    pub signal: SignalId,
    /// The recipient's handle of the delivery, where it goes.
    pub delivery: Option<DeliveryId>,
    /// The whole decision.
    pub decision: v1::Decision,
    /// The proof, to be kept.
    pub proof: VerifiedProof,
}

impl OutcomeReport {
    /// The first reason of a refusal, if this version knows it.
    pub fn reason(&self) -> Option<RefusalReason> {
        self.reasons
            .first()
            .and_then(|reason| RefusalReason::parse(&reason.code))
    }

    /// The report, if it goes.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with every reason.
    pub fn permitted(self) -> Result<Self, ClientError> {
        if self.permitted {
            Ok(self)
        } else {
            Err(ClientError::Refused(RefusalInfo {
                reasons: self.reasons,
            }))
        }
    }
}

/// Holds a whole reply against its request.
pub(crate) fn verify_all(
    keys: &LogKeys,
    request: &v1::PublishRequest,
    reply: v1::PublishResponse,
) -> Result<Vec<OutcomeReport>, Incident> {
    if reply.outcomes.len() != request.envelopes.len() {
        return Err(Incident::Reply(
            "there is not one outcome for each envelope",
        ));
    }
    let pairs = request.envelopes.iter().zip(reply.outcomes);
    pairs
        .map(|(envelope, outcome)| {
            verify(
                keys,
                v1::Act::Publish,
                &request.signal_id,
                envelope,
                outcome,
            )
        })
        .collect()
}

pub(crate) fn verify(
    keys: &LogKeys,
    act: v1::Act,
    signal_id: &[u8],
    envelope: &v1::Envelope,
    outcome: v1::Outcome,
) -> Result<OutcomeReport, Incident> {
    let proof = outcome
        .proof
        .ok_or(Incident::Reply("an outcome has no proof"))?;
    let proof = keys.verify(proof, &outcome.decision)?;
    // One's own request: that it decodes was seen when it was made.
    let own = |_| Incident::Reply("the request itself does not decode");
    let route = decode_route(&envelope.route_leaf).map_err(own)?;
    let header = decode_header(&envelope.header_leaf).map_err(own)?;
    let sent = envelope.decision_slip.as_ref();
    let sent = sent.ok_or(Incident::Reply("the request itself has no slip"))?;
    let slip = Slip::parse(&sent.nonce, &sent.tags)
        .map_err(|_| Incident::Reply("the request itself has no slip"))?;
    proof.carries(act, &slip, route.epoch)?;
    let decision = decide(act, &outcome.decision, &route, &header, &proof)?;
    let part = proof
        .provider()
        .ok_or(Incident::Proof("the provider part is missing"))?;
    if part.decision != outcome.decision
        || part.signal_id != signal_id
        || part.source_leaf != envelope.source_leaf
    {
        return Err(Incident::Proof("the provider part is of another signal"));
    }
    if part.chain != sent.chain {
        return Err(Incident::Proof("the chain is not the one that was sent"));
    }
    let delivery = match (decision.permitted, proof.shared()) {
        (true, Some(shared)) => Some(
            DeliveryId::from_slice(&shared.delivery_id)
                .map_err(|_| Incident::Proof("the shared part names no delivery"))?,
        ),
        (true, None) => return Err(Incident::Proof("the shared part is missing")),
        (false, _) => None,
    };
    Ok(OutcomeReport {
        signal: SignalId::from_slice(signal_id)
            .map_err(|_| Incident::Reply("the request itself has no signal id"))?,
        route,
        permitted: decision.permitted,
        reasons: decision.reasons.clone(),
        withheld: decision.withheld.clone(),
        delivery,
        decision,
        proof,
    })
}

/// Reads a decision and holds it against what was sent and what the leaf says.
pub(crate) fn decide(
    act: v1::Act,
    bytes: &[u8],
    route: &Route,
    header: &Header,
    proof: &VerifiedProof,
) -> Result<v1::Decision, Incident> {
    let decision =
        v1::Decision::decode(bytes).map_err(|_| Incident::Decision("it is no decision"))?;
    let same = [
        (decision.act() == act, "it is of another act"),
        (
            decision.source_oin == route.source.as_str(),
            "it names another source",
        ),
        (
            decision.recipient_oin == route.recipient.as_str(),
            "it names another recipient",
        ),
        (
            decision.recipient_desk == route.desk.as_str(),
            "it names another desk",
        ),
        (
            decision.agreement_hash == route.agreement.as_str(),
            "it names another agreement",
        ),
        (
            decision.clause_id == route.clause.as_str(),
            "it names another clause",
        ),
        (
            decision.signal_type == header.signal_type.as_str(),
            "it names another type",
        ),
        (
            decision.purpose == header.purpose.as_str(),
            "it names another purpose",
        ),
        (
            decision.ruleset_root == proof.leaf().ruleset_root().0,
            "it names another ruleset",
        ),
        (
            decision.permitted == decision.reasons.is_empty(),
            "a no has reasons and a yes has none",
        ),
        (
            proof
                .outcome()
                .is_some_and(|outcome| outcome.permitted == decision.permitted),
            "the log has another outcome",
        ),
    ];
    match same.into_iter().find(|(holds, _)| !holds) {
        Some((_, what)) => Err(Incident::Decision(what)),
        None => Ok(decision),
    }
}
