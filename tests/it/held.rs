//! What is held, what was sent before, and what its recipient may know of it meanwhile.

use super::flow::next;
use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_client::{
    Acknowledgement, ClientError, Inbox, Item, Opened, Partner, PartnerConfig, Persons,
};
use seinhuis_domain::agreement::StepReason;
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_tests::{Chain, Raw, reason, story};
use seinhuis_types::{Clock, Desk, LeafIndex, Millis, SystemClock};
use std::sync::Arc;

/// Steps of one party have signing times of whole seconds that go forward.
#[derive(Debug)]
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Millis {
        SystemClock.now().plus(2 * Millis::SECOND)
    }
}

pub(super) async fn ahead(chain: &Chain, name: &str) -> Partner {
    let config = PartnerConfig::load(&chain.sandbox.partner_config(name)).unwrap();
    Partner::connect(&config, Arc::new(Ahead)).await.unwrap()
}

pub(super) async fn publish(chain: &Chain) -> LeafIndex {
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
    let reply = SignalServiceClient::new(channel)
        .publish(prepared(chain).await)
        .await
        .unwrap()
        .into_inner();
    let outcome = &reply.outcomes[0];
    let decision = v1::Decision::decode(outcome.decision.as_slice()).unwrap();
    assert!(decision.permitted, "{decision:?}");
    LeafIndex(outcome.proof.as_ref().unwrap().index)
}

pub(super) fn persons() -> Persons {
    Persons::new("a-1", "b-2").unwrap()
}

pub(super) fn intake() -> Desk {
    "intake".parse().unwrap()
}

async fn delivery(inbox: &mut Inbox) -> Box<Opened> {
    match inbox.next().await.unwrap() {
        Item::Delivery(opened) => opened,
        other => panic!("{other:?}"),
    }
}

/// What was sent and not acknowledged, then asked for again while the agreement is suspended: its
/// recipient's cursor may pass it, and it comes all the same when the suspension is over.
#[test]
fn what_was_sent_before_a_suspension_comes_again_after_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        publish(&chain).await;
        let vt = chain.partner("veilig-thuis");
        let sent = delivery(&mut vt.receive(&intake(), Vec::new())).await;
        vt.suspend(&chain.agreement, &persons(), StepReason::Technical)
            .await
            .unwrap();
        let mut inbox = vt.receive(&intake(), Vec::new());
        let silent = tokio::time::timeout(std::time::Duration::from_millis(500), inbox.next());
        assert!(silent.await.is_err(), "nothing leaves while suspended");
        let resuming = ahead(&chain, "veilig-thuis").await;
        resuming
            .resume(&chain.agreement, &persons(), StepReason::Resolved)
            .await
            .unwrap();
        // The same stream, whose place has passed where the delivery was.
        let again = delivery(&mut inbox).await;
        assert_eq!(again.id, sent.id);
        vt.acknowledge(&again, &Acknowledgement::Delivered)
            .await
            .unwrap();
    });
}

#[test]
fn what_had_arrived_is_acknowledged_during_a_suspension_too() {
    run(async {
        let chain = Chain::start().await.unwrap();
        publish(&chain).await;
        let vt = chain.partner("veilig-thuis");
        let sent = delivery(&mut vt.receive(&intake(), Vec::new())).await;
        vt.suspend(&chain.agreement, &persons(), StepReason::Technical)
            .await
            .unwrap();
        let mut inbox = vt.receive(&intake(), Vec::new());
        let silent = tokio::time::timeout(std::time::Duration::from_millis(500), inbox.next());
        assert!(silent.await.is_err(), "nothing leaves while suspended");
        vt.acknowledge(&sent, &Acknowledgement::Delivered)
            .await
            .unwrap();
        let resuming = ahead(&chain, "veilig-thuis").await;
        resuming
            .resume(&chain.agreement, &persons(), StepReason::Resolved)
            .await
            .unwrap();
        // What comes next is another one: the acknowledged one has no place any more.
        publish(&chain).await;
        assert_ne!(delivery(&mut inbox).await.id, sent.id);
    });
}

#[test]
fn a_recipient_reads_nothing_of_what_did_not_reach_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = publish(&chain).await;
        let vt = chain.partner("veilig-thuis");
        let refused = |answer: Result<v1::ExplainResponse, ClientError>| match answer {
            Err(ClientError::Rejected { code, .. }) => code.as_str(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(vt.explain(index).await), "ENTRY_NOT_FOUND");
        assert!(vt.entry(index).await.unwrap().shared().is_none());
        // Nor that there is anything to erase, and from when on.
        let officers = crate::retention::officers(&chain, "veilig-thuis", 2);
        let erase = || async {
            match officers.erase_parts(index..=index).await {
                Err(ClientError::Rejected { code, .. }) => code.as_str(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(erase().await, "ENTRY_NOT_FOUND");
        let source = chain.partner("politie");
        assert!(source.explain(index).await.unwrap().decision.is_some());
        next(&chain, "veilig-thuis", "intake").await;
        let told = vt.explain(index).await.unwrap().decision.unwrap();
        assert!(told.permitted && told.reasons.is_empty());
        assert!(vt.entry(index).await.unwrap().shared().is_some());
        assert_eq!(erase().await, "PART_BEFORE_TERM");
        // Strangers to it learn nothing, before or after.
        let om = chain.partner("om");
        assert_eq!(refused(om.explain(index).await), "ENTRY_NOT_FOUND");
    });
}

#[test]
fn explaining_and_reading_are_entries_of_their_own() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = publish(&chain).await;
        let police = chain.partner("politie");
        let first = police.explain(index).await.unwrap().proof.unwrap().index;
        let second = police.explain(index).await.unwrap().proof.unwrap().index;
        assert!(index.0 < first && first < second);
        let own = police.entry(LeafIndex(first)).await.unwrap();
        let reading = own.recipient().unwrap();
        assert_eq!(reading.read_index, index.0);
    });
}

/// Under a clause whose recipient may not know the person, that somebody opened it would tell the
/// source that its subject is known there.
#[test]
fn under_may_not_know_only_delivery_is_told() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let told = "recipient_may_not_know = false";
        let hash = chain.agree(|text| text.replace(told, "recipient_may_not_know = true"));
        let hash = hash.await.unwrap();
        let mut to = chain.to("veilig-thuis", "pol-vt-report");
        to.agreement = hash;
        let [adult, ..] = story::household().unwrap();
        let signal = story::inc_home().subject(adult).finish().unwrap();
        let desk: Desk = "huiselijk-geweld".parse().unwrap();
        police.signal(&desk, &signal).to(to).send().await.unwrap();

        let vt = chain.partner("veilig-thuis");
        let mut inbox = vt.receive(&intake(), Vec::new()).knowing(|_| true);
        let opened = delivery(&mut inbox).await;
        vt.acknowledge(&opened, &Acknowledgement::Delivered)
            .await
            .unwrap();
        // The SDK does not offer it; a client of one's own would have to be refused.
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "veilig-thuis", port).await;
        let refused = SignalServiceClient::new(channel.unwrap())
            .acknowledge(v1::AcknowledgeRequest {
                idempotency_key: vec![7; 16],
                delivery_id: opened.id.0.to_vec(),
                state: v1::AckState::Opened.into(),
                slip: Some(v1::Slip {
                    nonce: rand::random::<[u8; 16]>().to_vec(),
                    tags: vec![3; 192],
                    chain: Vec::new(),
                }),
                acting_person: b"worker-9".to_vec(),
                acting_role: "vt-worker".into(),
                wait: 0,
            })
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "MESSAGE_INVALID");
        assert!(
            refused.message().contains("only DELIVERED"),
            "{}",
            refused.message()
        );
    });
}
