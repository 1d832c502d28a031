//! Proofs and outcomes as a hub makes them, and with one thing changed.

use super::*;
use crate::outcome::verify_all;
use crate::testing::{World, catalogue, decision, log_keys, outcome, prove};
use seinhuis_domain::entry::Parts;
use seinhuis_domain::signal::decode_route;

/// A `Publish` of one envelope and the reply an honest hub gives.
fn answered(permitted: bool) -> (v1::PublishRequest, v1::PublishResponse) {
    answered_with(permitted, |_| ())
}

/// The same, with the source's own part as `edit` leaves it.
fn answered_with(
    permitted: bool,
    edit: impl Fn(&mut v1::ProviderPart),
) -> (v1::PublishRequest, v1::PublishResponse) {
    let world = World::new();
    let signal = World::signal().finish().unwrap();
    let envelope = world.envelope(&signal, &catalogue(|text| text));
    let route = decode_route(&envelope.route_leaf).unwrap();
    let mut decided = decision(v1::Act::Publish, &route, permitted);
    if !permitted {
        decided.reasons = vec![v1::Reason {
            code: "DESK_NOT_COVERED".into(),
            ..Default::default()
        }];
    }
    let decision = decided.encode_to_vec();
    let slip = envelope.decision_slip.as_ref().unwrap();
    let chain = slip.chain.clone();
    let slip = Slip::parse(&slip.nonce, &slip.tags).unwrap();
    let mut provider = v1::ProviderPart {
        decision: decision.clone(),
        source_leaf: envelope.source_leaf.clone(),
        signal_id: vec![1; 16],
        chain,
        ..v1::ProviderPart::default()
    };
    edit(&mut provider);
    let shared = v1::SharedPart {
        delivery_id: vec![3; 16],
        ..v1::SharedPart::default()
    };
    let shared = if permitted {
        shared.encode_to_vec()
    } else {
        Vec::new()
    };
    let parts = Parts {
        shared: &shared,
        provider: &provider.encode_to_vec(),
        outcome: &outcome(v1::Act::Publish, permitted, &decision),
        ..Parts::default()
    };
    let proof = prove(&slip, &parts, &decision);
    let request = v1::PublishRequest {
        signal_id: vec![1; 16],
        envelopes: vec![envelope],
        ..v1::PublishRequest::default()
    };
    let outcomes = vec![v1::Outcome {
        decision,
        proof: Some(proof),
    }];
    (request, v1::PublishResponse { outcomes })
}

#[test]
fn a_yes_and_a_no_both_prove_themselves() {
    let (request, reply) = answered(true);
    let report = verify_all(&log_keys(), &request, reply).unwrap().remove(0);
    assert!(report.permitted && report.delivery.is_some() && report.reason().is_none());
    assert!(report.permitted().is_ok());
    let (request, reply) = answered(false);
    let report = verify_all(&log_keys(), &request, reply).unwrap().remove(0);
    assert!(!report.permitted && report.delivery.is_none());
    let Err(ClientError::Refused(refusal)) = report.permitted() else {
        panic!("no refusal")
    };
    assert_eq!(
        refusal.reason(),
        Some(seinhuis_types::RefusalReason::DeskNotCovered)
    );
}

type Tamper = fn(&mut v1::PublishRequest, &mut v1::PublishResponse);

fn proof(reply: &mut v1::PublishResponse) -> &mut v1::Proof {
    reply.outcomes[0].proof.as_mut().unwrap()
}

#[test]
fn whatever_is_changed_in_a_reply_is_an_incident() {
    let cases: &[(&str, &str, Tamper)] = &[
        ("no outcome", "reply", |_, r| r.outcomes.clear()),
        ("no proof", "reply", |_, r| r.outcomes[0].proof = None),
        ("another decision", "proof", |_, r| {
            r.outcomes[0].decision.push(0)
        }),
        ("another leaf", "proof", |_, r| proof(r).leaf[20] ^= 1),
        ("another index", "proof", |_, r| proof(r).index = 8),
        ("no receipt", "proof", |_, r| proof(r).receipt.clear()),
        ("an altered part", "proof", |_, r| {
            proof(r).parts[0].bytes.push(0)
        }),
        ("an altered opening", "proof", |_, r| {
            proof(r).parts[0].opening[0] ^= 1
        }),
        ("a doubled part", "proof", |_, r| {
            let p = proof(r).parts[0].clone();
            proof(r).parts.push(p);
        }),
        ("no shared part", "proof", |_, r| {
            drop(proof(r).parts.remove(0))
        }),
        ("no provider part", "proof", |_, r| {
            drop(proof(r).parts.remove(1))
        }),
        ("no outcome part", "proof", |_, r| {
            drop(proof(r).parts.remove(2))
        }),
        ("a tlog-proof of nothing", "proof", |_, r| {
            proof(r).tlog_proof = "c2sp.org".into()
        }),
        ("another slip", "proof", |q, _| {
            q.envelopes[0].decision_slip.as_mut().unwrap().nonce[0] ^= 1
        }),
        ("another signal", "proof", |q, _| q.signal_id[0] ^= 1),
        ("another source leaf", "proof", |q, _| {
            q.envelopes[0].source_leaf.push(0)
        }),
        ("a chain that was dropped", "proof", |q, _| {
            q.envelopes[0].decision_slip.as_mut().unwrap().chain.push(0)
        }),
    ];
    for (what, expected, tamper) in cases {
        let (mut request, mut reply) = answered(true);
        tamper(&mut request, &mut reply);
        let incident = verify_all(&log_keys(), &request, reply).unwrap_err();
        assert_eq!(incident.as_str(), *expected, "{what}: {incident}");
    }
}

#[test]
fn each_claim_is_checked_by_itself() {
    let (request, mut reply) = answered(true);
    reply.outcomes[0].decision.push(0);
    let incident = verify_all(&log_keys(), &request, reply).unwrap_err();
    assert_eq!(
        incident,
        Incident::Proof("the receipt is for another decision")
    );
    // The parts of another entry, proven in all else.
    let (request, reply) = answered_with(true, |provider| provider.decision.push(0));
    let incident = verify_all(&log_keys(), &request, reply).unwrap_err();
    assert_eq!(
        incident,
        Incident::Proof("the provider part is of another signal")
    );
    // A leaf under another tag key than the one that made its slip is never found again.
    let (mut request, reply) = answered(true);
    let mut route = decode_route(&request.envelopes[0].route_leaf).unwrap();
    route.epoch = 2;
    request.envelopes[0].route_leaf = seinhuis_domain::signal::encode_route(&route);
    let incident = verify_all(&log_keys(), &request, reply).unwrap_err();
    assert_eq!(
        incident,
        Incident::Proof("the leaf does not carry the slip that was sent")
    );
}

#[test]
fn a_decision_about_another_route_is_an_incident() {
    let (mut request, reply) = answered(true);
    let mut route = decode_route(&request.envelopes[0].route_leaf).unwrap();
    route.desk = "frontdesk".parse().unwrap();
    request.envelopes[0].route_leaf = seinhuis_domain::signal::encode_route(&route);
    let incident = verify_all(&log_keys(), &request, reply).unwrap_err();
    assert_eq!(incident, Incident::Decision("it names another desk"));
}

#[test]
fn keys_that_are_not_named_as_their_log_are_refused() {
    let good = |origin: &str| {
        let keys = log_keys();
        LogKeys::new(&LogConfig {
            origin: origin.to_owned(),
            vkey: keys.log.to_string(),
            receipt_vkey: keys.receipts.to_string(),
        })
    };
    assert!(good("hub.example/log/2026h2").is_ok());
    assert!(good("hub.example/log/2027h1").is_err());
}
