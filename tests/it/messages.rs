//! Messages that break a rule of form: each a clear code, nothing done, nothing lost for others.

use super::flow::next;
use super::run;
use prost::Message;
use seinhuis_client::{Acknowledgement, Prepared};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_tests::{Chain, Raw, reason, resign, signer, story};
use seinhuis_types::{Clock, Desk, SystemClock};
use tonic::transport::Channel;

pub(super) type Signals = SignalServiceClient<Channel>;

pub(super) async fn signals(chain: &Chain, name: &str) -> Signals {
    let port = chain.sandbox.hub_port();
    SignalServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

/// A good INC_HOME of the police, prepared and not sent.
pub(super) async fn prepared(chain: &Chain) -> v1::PublishRequest {
    let desk: Desk = "huiselijk-geweld".parse().unwrap();
    let [adult, _, child] = story::household().unwrap();
    let signal = story::inc_home()
        .subject(adult)
        .subject(child)
        .finish()
        .unwrap();
    let to = chain.to("veilig-thuis", "pol-vt-report");
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
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_broken_rule_of_form_has_its_code_and_nothing_is_done() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let good = prepared(&chain).await;
        let hours = SystemClock.now().hour().0;
        type Change = Box<dyn Fn(&mut v1::PublishRequest)>;
        let cases: Vec<(&str, &str, Change)> = vec![
            (
                "an unknown type",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.r#type = "INC_HAUS".into())),
            ),
            (
                "another version",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.type_version = 9)),
            ),
            (
                "an unknown purpose",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.purpose = "P-NOSE".into())),
            ),
            (
                "an unknown necessity",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.necessity = "curiosity".into())),
            ),
            (
                "an unknown region",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.region = "atlantis".into())),
            ),
            (
                "an unknown subject role",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].role = "neighbour".into())),
            ),
            (
                "an unknown age band",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].age_band = "39".into())),
            ),
            (
                "a role like a number",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].role = "123456782".into())),
            ),
            (
                "no regime",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.regime = 0)),
            ),
            (
                "police data without article",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.wpg_article = 0)),
            ),
            (
                "consent where none is taken",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.consent_ref = "x".into())),
            ),
            (
                "an event in six years' past",
                "EVENT_TIME_OUT_OF_RANGE",
                Box::new(move |m| header(m, |h| h.event_hour = hours - 24 * 366 * 6)),
            ),
            (
                "an event tomorrow",
                "EVENT_TIME_OUT_OF_RANGE",
                Box::new(move |m| header(m, |h| h.event_hour = hours + 24)),
            ),
            (
                "a foreign recipient",
                "PARTNER_UNKNOWN",
                Box::new(|m| route(m, |r| r.recipient_oin = "00000099000000770000".into())),
            ),
            (
                "a foreign desk",
                "DESK_UNKNOWN",
                Box::new(|m| route(m, |r| r.recipient_desk = "kitchen".into())),
            ),
            (
                "another's name as source",
                "MANIFEST_INVALID",
                Box::new(|m| route(m, |r| r.source_oin = "00000099000000020000".into())),
            ),
            (
                "another epoch",
                "STALE_KEY_EPOCH",
                Box::new(|m| route(m, |r| r.epoch = 2)),
            ),
            (
                "an epoch past sixteen bits",
                "MESSAGE_INVALID",
                Box::new(|m| route(m, |r| r.epoch = 70_000)),
            ),
            (
                "another session key",
                "STALE_KEY_EPOCH",
                Box::new(|m| route(m, |r| r.recipient_pseudonym_kid = "old-key".into())),
            ),
            (
                "a short signal id",
                "MESSAGE_INVALID",
                Box::new(|m| m.signal_id.truncate(15)),
            ),
            (
                "a short idempotency key",
                "MESSAGE_INVALID",
                Box::new(|m| m.idempotency_key = vec![1; 15]),
            ),
            (
                "no envelope",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes.clear()),
            ),
            (
                "two to one desk",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes.push(m.envelopes[0].clone())),
            ),
            (
                "thirty-three envelopes",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes = vec![v1::Envelope::default(); 33]),
            ),
            (
                "thirteen subjects",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    m.envelopes[0].subjects = vec![
                        v1::SubjectRef {
                            ciphertext: vec![1; 64]
                        };
                        13
                    ]
                }),
            ),
            (
                "a missing salt",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].salts.truncate(16)),
            ),
            (
                "a short slip",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    m.envelopes[0]
                        .decision_slip
                        .as_mut()
                        .unwrap()
                        .tags
                        .truncate(100)
                }),
            ),
            (
                "no slip",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].release_slip = None),
            ),
            (
                "one slip for two entries",
                "SLIP_REUSED",
                Box::new(|m| m.envelopes[0].release_slip = m.envelopes[0].decision_slip.clone()),
            ),
            (
                "a field of another size",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    m.envelopes[0].record.as_mut().unwrap().fields[1]
                        .bytes
                        .push(0)
                }),
            ),
            (
                "another sealing suite",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].record.as_mut().unwrap().suite = 2),
            ),
            (
                "readable text in an unknown field",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].header_leaf.extend(b"\xba\x3e\x08J Jansen")),
            ),
            (
                "a number as activity",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    let leaf = &mut m.envelopes[0].source_leaf;
                    let mut source = v1::SourceLeaf::decode(leaf.as_slice()).unwrap();
                    source.processing_activity_id = "urn:123456782".into();
                    *leaf = source.encode_to_vec();
                }),
            ),
            (
                "leaves that are no messages",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].header_leaf = vec![255; 40]),
            ),
        ];
        for (what, code, change) in cases {
            let mut message = good.clone();
            change(&mut message);
            if let Some(envelope) = message.envelopes.first_mut() {
                // Signed again where that is possible, so that the form itself is what is judged.
                let _ = resign(envelope, &key);
            }
            assert_eq!(
                publish(&mut client, message).await,
                Err(code.to_owned()),
                "{what}"
            );
        }
        // None of it stuck: the good one, with the same key, id and slips, still goes.
        assert!(publish(&mut client, good).await.unwrap().permitted);
    });
}

#[test]
fn a_field_outside_the_type_is_invalid_and_one_outside_the_clause_is_withheld_by_name() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let mut outside = prepared(&chain).await;
        header(&mut outside, |h| {
            h.fields.push("registered".into());
            h.fields.sort();
        });
        let record = outside.envelopes[0].record.as_mut().unwrap();
        record.fields.push(v1::SealedField {
            path: "registered".into(),
            bytes: vec![7; 80],
        });
        record.fields.sort_by(|a, b| a.path.cmp(&b.path));
        outside.envelopes[0].salts.extend([9; 16]);
        resign(&mut outside.envelopes[0], &key).unwrap();
        assert_eq!(
            publish(&mut client, outside).await,
            Err("MESSAGE_INVALID".to_owned())
        );
    });
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
