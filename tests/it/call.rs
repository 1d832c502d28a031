//! Calls of the partners whose bytes stay the same when they are made again: publishes of each clause
//! of the chain, and both acknowledgements.
//!
//! Must not know: when they are made, and what becomes of the hub meanwhile.

use prost::Message;
use seinhuis_client::{
    Identifier, LogKeys, Prepared, Signal, SignalBuilder, Subject, VerifiedProof,
};
use seinhuis_domain::entry::Slip;
use seinhuis_domain::signal::Regime;
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_pseudonym::ChainNumber;
use seinhuis_testkit::sandbox::CHAIN;
use seinhuis_tests::{Chain, story};
use seinhuis_types::{Clock, Desk, SystemClock};
use tonic::transport::Channel;
use tonic_types::StatusExt;

/// Source, recipient, clause.
pub(super) type Route = (&'static str, &'static str, &'static str);

/// Who sends what to whom.
pub(super) const ROUTES: [Route; 6] = [
    ("politie", "veilig-thuis", "pol-vt-report"),
    ("veilig-thuis", "politie", "vt-pol-feedback"),
    ("veilig-thuis", "rvdk", "vt-rvdk-request"),
    ("rvdk", "veilig-thuis", "rvdk-vt-start"),
    ("om", "reclassering", "om-rec-conditions"),
    ("reclassering", "om", "rec-om-supervision"),
];

/// One call, to be made with the same bytes as often as it takes.
pub(super) struct Call {
    pub(super) by: &'static str,
    pub(super) what: What,
}

/// What is asked.
pub(super) enum What {
    Publish {
        to: &'static str,
        message: v1::PublishRequest,
    },
    Acknowledge(v1::AcknowledgeRequest),
}

/// What came of a call.
pub(super) enum Answer {
    /// A reply whose receipt was verified.
    Proven(Box<VerifiedProof>),
    /// The line broke.
    Lost,
}

impl Call {
    /// The slip by which its entry is known.
    pub(super) fn nonce(&self) -> [u8; 16] {
        let slip = match &self.what {
            What::Publish { message, .. } => message.envelopes[0].decision_slip.as_ref(),
            What::Acknowledge(message) => message.slip.as_ref(),
        };
        slip.unwrap().nonce.as_slice().try_into().unwrap()
    }

    /// Makes it once, at a hub that takes it or is not there.
    pub(super) async fn make(&self, channel: Channel, keys: &LogKeys) -> Answer {
        match self.attempt(channel, keys).await {
            Ok(proof) => Answer::Proven(proof),
            Err(None) => Answer::Lost,
            Err(Some(code)) => panic!("the hub said {code}"),
        }
    }

    /// Makes it once: the verified proof, or the code with which the hub refused; none if the line
    /// broke.
    pub(super) async fn attempt(
        &self,
        channel: Channel,
        keys: &LogKeys,
    ) -> Result<Box<VerifiedProof>, Option<String>> {
        let mut client = SignalServiceClient::new(channel);
        let replied = match &self.what {
            What::Publish { message, .. } => client.publish(message.clone()).await.map(|reply| {
                let outcome = reply.into_inner().outcomes.remove(0);
                let decision = v1::Decision::decode(outcome.decision.as_slice()).unwrap();
                assert!(decision.permitted, "{:?}", decision.reasons);
                (outcome.proof, outcome.decision)
            }),
            What::Acknowledge(message) => client
                .acknowledge(message.clone())
                .await
                .map(|reply| (reply.into_inner().proof, Vec::new())),
        };
        match replied {
            Ok((proof, decision)) => {
                let proof = keys.verify(proof.unwrap(), &decision).unwrap();
                assert_eq!(
                    *proof.leaf().slip().nonce(),
                    self.nonce(),
                    "another's entry"
                );
                Ok(Box::new(proof))
            }
            // A no of the hub itself has details; a broken line has none.
            Err(status) => Err(status.get_details_error_info().map(|told| told.reason)),
        }
    }
}

/// An acknowledgement with a slip about nobody.
pub(super) fn acknowledge(by: &'static str, delivery: Vec<u8>, state: v1::AckState) -> Call {
    let slip = Slip::random(&mut rand::rng());
    let (acting_person, acting_role) = match state {
        v1::AckState::Opened => (b"worker-9".to_vec(), "intake-desk".to_owned()),
        _ => (Vec::new(), String::new()),
    };
    let message = v1::AcknowledgeRequest {
        idempotency_key: rand::random::<[u8; 32]>().to_vec(),
        delivery_id: delivery,
        state: state.into(),
        slip: Some(v1::Slip {
            nonce: slip.nonce().to_vec(),
            tags: slip.tag_bytes().to_vec(),
            ..v1::Slip::default()
        }),
        acting_person,
        acting_role,
        wait: v1::Wait::Committed.into(),
    };
    Call {
        by,
        what: What::Acknowledge(message),
    }
}

/// Prepares a signal of a route, about one person.
pub(super) async fn publish(chain: &Chain, (by, to, clause): Route, until_published: bool) -> Call {
    let desk: Desk = CHAIN
        .iter()
        .find(|spec| spec.name == by)
        .unwrap()
        .desk
        .parse()
        .unwrap();
    let signal = signal(clause);
    let mut sending = chain
        .partner(by)
        .signal(&desk, &signal)
        .to(chain.to(to, clause));
    if until_published {
        sending = sending.until_published();
    }
    let prepared: Prepared = sending.prepare().await.unwrap();
    Call {
        by,
        what: What::Publish {
            to,
            message: prepared.message().clone(),
        },
    }
}

fn signal(clause: &str) -> Signal {
    let about = |role: &str| Subject::number(story::ADULT, role, "18-plus").unwrap();
    let builder = match clause {
        "pol-vt-report" => story::inc_home().subject(about("victim")),
        "vt-pol-feedback" => begun("VT_TAKEN", "P-FEEDBACK", Regime::Avg, "reporter")
            .field("registered", "2026-09-14")
            .subject(about("victim")),
        "vt-rvdk-request" => begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
            .field("urgent", "yes")
            .field("parents_informed", "yes")
            .field("severity", "S3")
            .subject(about("parent")),
        "rvdk-vt-start" => begun("RVDK_START", "P-PROTECT", Regime::Avg, "protection-task")
            .field("investigation_kind", "protection")
            .field("start", "2026-09-14")
            .subject(about("parent")),
        "om-rec-conditions" => begun("COND_SET", "P-SUPERVISE", Regime::Wjsg, "supervision-task")
            .field("conditions", "contact-ban")
            .field("start", "2026-09-14")
            .subject(about("suspect")),
        _ => {
            let who = Identifier::Skn(ChainNumber::parse("4213").unwrap());
            begun("SUP_START", "P-SUPERVISE", Regime::Avg, "supervision-task")
                .field("start", "2026-09-14")
                .field("supervision_kind", "suspended-sentence")
                .subject(Subject::new(who, "suspect", "18-plus").unwrap())
        }
    };
    builder.finish().unwrap()
}

/// A signal with its circumstances and who acted.
pub(super) fn begun(signal_type: &str, purpose: &str, regime: Regime, why: &str) -> SignalBuilder {
    Signal::build(signal_type, purpose)
        .happened(SystemClock.now().hour(), "kennemerland")
        .because(why, "not-yet")
        .under(regime, None)
        .by("worker-9", "team-lead")
        .decided("lead-2", why)
        .activity("https://register.example/load")
}
