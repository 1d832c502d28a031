//! Messages that break a rule of form: each a clear code, nothing done, nothing lost for others.

mod form;

use super::flow::next;
use super::run;
use prost::Message;
use seinhuis_client::{Acknowledgement, Prepared, To};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_tests::{Chain, Raw, reason, story};
use seinhuis_types::Desk;
use tonic::transport::Channel;

pub(super) type Signals = SignalServiceClient<Channel>;

pub(super) async fn signals(chain: &Chain, name: &str) -> Signals {
    let port = chain.sandbox.hub_port();
    SignalServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

/// A good INC_HOME of the police, prepared and not sent.
pub(super) async fn prepared(chain: &Chain) -> v1::PublishRequest {
    prepared_for(chain, chain.to("veilig-thuis", "pol-vt-report")).await
}

/// The same under any clause.
pub(super) async fn prepared_for(chain: &Chain, to: To) -> v1::PublishRequest {
    let desk: Desk = "huiselijk-geweld".parse().unwrap();
    let [adult, _, child] = story::household().unwrap();
    let signal = story::inc_home()
        .subject(adult)
        .subject(child)
        .finish()
        .unwrap();
    let prepared: Prepared = chain
        .partner("politie")
        .signal(&desk, &signal)
        .to(to)
        .prepare()
        .await
        .unwrap();
    prepared.message().clone()
}

/// How the hub answers a publish: `Ok` with the decision, or the code.
pub(super) async fn publish(
    client: &mut Signals,
    message: v1::PublishRequest,
) -> Result<v1::Decision, String> {
    let reply = client
        .publish(message)
        .await
        .map_err(|status| reason(&status))?
        .into_inner();
    Ok(v1::Decision::decode(reply.outcomes[0].decision.as_slice()).unwrap())
}

pub(super) fn header(message: &mut v1::PublishRequest, change: impl FnOnce(&mut v1::HeaderLeaf)) {
    let envelope = &mut message.envelopes[0];
    let mut leaf = v1::HeaderLeaf::decode(envelope.header_leaf.as_slice()).unwrap();
    change(&mut leaf);
    envelope.header_leaf = leaf.encode_to_vec();
}

pub(super) fn route(message: &mut v1::PublishRequest, change: impl FnOnce(&mut v1::RouteLeaf)) {
    let envelope = &mut message.envelopes[0];
    let mut leaf = v1::RouteLeaf::decode(envelope.route_leaf.as_slice()).unwrap();
    change(&mut leaf);
    envelope.route_leaf = leaf.encode_to_vec();
}

#[test]
fn an_idempotency_key_happens_once_and_serves_no_other_bytes() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = signals(&chain, "politie").await;
        let good = prepared(&chain).await;
        let first = client.publish(good.clone()).await.unwrap().into_inner();
        let again = client.publish(good.clone()).await.unwrap().into_inner();
        assert_eq!(first, again, "the same reply, receipt and all");
        let mut other = prepared(&chain).await;
        other.idempotency_key.clone_from(&good.idempotency_key);
        assert_eq!(
            publish(&mut client, other).await,
            Err("IDEMPOTENCY_KEY_REUSED".to_owned())
        );
        let mut same_slip = prepared(&chain).await;
        same_slip.envelopes[0]
            .decision_slip
            .clone_from(&good.envelopes[0].decision_slip);
        assert_eq!(
            publish(&mut client, same_slip).await,
            Err("SLIP_REUSED".to_owned())
        );
    });
}

#[test]
fn an_oversize_message_is_refused_before_it_is_read() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = signals(&chain, "politie").await;
        let mut large = prepared(&chain).await;
        large.envelopes[0].signing_chain = vec![vec![0; 600 * 1024]];
        assert_eq!(
            publish(&mut client, large).await,
            Err("MESSAGE_TOO_LARGE".to_owned())
        );
        let good = prepared(&chain).await;
        assert!(publish(&mut client, good).await.unwrap().permitted);
    });
}

#[test]
fn acknowledging_anothers_delivery_or_out_of_order_is_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut police = signals(&chain, "politie").await;
        publish(&mut police, prepared(&chain).await).await.unwrap();
        let opened = next(&chain, "veilig-thuis", "intake").await;
        let acknowledge = |state: v1::AckState| v1::AcknowledgeRequest {
            idempotency_key: rand::random::<[u8; 16]>().to_vec(),
            delivery_id: opened.id.0.to_vec(),
            state: state.into(),
            slip: Some(v1::Slip {
                nonce: rand::random::<[u8; 16]>().to_vec(),
                tags: vec![3; 192],
                chain: Vec::new(),
            }),
            acting_person: b"somebody".to_vec(),
            acting_role: "vt-worker".into(),
            wait: 0,
        };
        let foreign = police
            .acknowledge(acknowledge(v1::AckState::Delivered))
            .await
            .unwrap_err();
        assert_eq!(reason(&foreign), "DELIVERY_NOT_FOUND");
        let mut own = signals(&chain, "veilig-thuis").await;
        let early = own
            .acknowledge(acknowledge(v1::AckState::Opened))
            .await
            .unwrap_err();
        assert_eq!(reason(&early), "MESSAGE_INVALID");
        let mut nobody = acknowledge(v1::AckState::Opened);
        nobody.acting_person.clear();
        assert_eq!(
            reason(&own.acknowledge(nobody).await.unwrap_err()),
            "MESSAGE_INVALID"
        );
        let vt = chain.partner("veilig-thuis");
        vt.acknowledge(&opened, &Acknowledgement::Delivered)
            .await
            .unwrap();
        let twice = own
            .acknowledge(acknowledge(v1::AckState::Delivered))
            .await
            .unwrap_err();
        assert_eq!(reason(&twice), "MESSAGE_INVALID");
    });
}
