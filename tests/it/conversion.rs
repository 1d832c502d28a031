//! The pseudonymiser trusts nobody: not the hub, not a loose key, not the same nonce twice.

use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_proto::v1::pseudonym_service_client::PseudonymServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_seal::manifest::Label;
use seinhuis_tests::{Chain, Raw, manifest, reason, resign, signer};
use tonic::transport::Channel;

type Pseudonyms = PseudonymServiceClient<Channel>;

/// The pseudonymiser as the hub reaches it: with the hub's own certificate.
pub(super) async fn as_hub(chain: &Chain) -> Pseudonyms {
    let port = chain.sandbox.pseudonymiser_port();
    PseudonymServiceClient::new(Raw::connect(&chain.sandbox, "hub", port).await.unwrap())
}

async fn statement(chain: &Chain, oin: &str, desk: &str, kid: &str) -> v1::KeyStatement {
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
    let request = v1::GetKeyStatementsRequest {
        oin: oin.into(),
        desk: desk.into(),
    };
    let reply = DirectoryServiceClient::new(channel)
        .get_key_statements(request)
        .await
        .unwrap();
    let found = reply.into_inner().statements;
    found
        .into_iter()
        .find(|s| payload(&s.jws).contains(kid))
        .unwrap()
}

fn payload(jws: &str) -> String {
    use base64::Engine as _;
    let part = jws.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The request the hub would make of this envelope.
pub(super) async fn request(chain: &Chain, envelope: &v1::Envelope) -> v1::ConvertRequest {
    let route = v1::RouteLeaf::decode(envelope.route_leaf.as_slice()).unwrap();
    let mut shown = manifest(envelope).unwrap();
    let count = shown.labels().len();
    shown.withhold_for_pseudonymiser();
    let subjects = (0..envelope.subjects.len()).map(|n| {
        shown
            .bytes(&Label::Subject(u8::try_from(n).unwrap()))
            .unwrap()
            .to_vec()
    });
    v1::ConvertRequest {
        route_leaf: envelope.route_leaf.clone(),
        subject_leaves: subjects.collect(),
        salts: shown.clear_salts(),
        others: shown
            .withheld()
            .map(|leaf| v1::LeafHash {
                index: u32::try_from(leaf.index).unwrap(),
                hash: leaf.hash.0.to_vec(),
                label: leaf.label.to_string(),
            })
            .collect(),
        leaf_count: u32::try_from(count).unwrap(),
        manifest_signature: envelope.manifest_signature.clone(),
        signing_chain: envelope.signing_chain.clone(),
        source_key: Some(
            statement(
                chain,
                &route.source_oin,
                &route.source_desk,
                &route.source_pseudonym_kid,
            )
            .await,
        ),
        recipient_key: Some(
            statement(
                chain,
                &route.recipient_oin,
                &route.recipient_desk,
                &route.recipient_pseudonym_kid,
            )
            .await,
        ),
        idempotency_key: Vec::new(),
        slip: None,
    }
}

pub(super) async fn convert(
    client: &mut Pseudonyms,
    request: v1::ConvertRequest,
) -> Result<(), String> {
    client
        .convert(request)
        .await
        .map(|_| ())
        .map_err(|status| reason(&status))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn forged_requests_are_refused_and_the_same_bytes_are_answered_again() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = as_hub(&chain).await;
        let envelope = prepared(&chain).await.envelopes.remove(0);
        let good = request(&chain, &envelope).await;
        let forged = |change: &dyn Fn(&mut v1::ConvertRequest)| {
            let mut forged = good.clone();
            change(&mut forged);
            forged
        };
        for (what, code, bad) in [
            (
                "another ciphertext",
                "MANIFEST_INVALID",
                forged(&|r| r.subject_leaves[0][9] ^= 1),
            ),
            (
                "swapped subjects",
                "MANIFEST_INVALID",
                forged(&|r| r.subject_leaves.swap(0, 1)),
            ),
            (
                "another kind of identifier",
                "MANIFEST_INVALID",
                forged(&|r| r.subject_leaves[0][0] = 3),
            ),
            (
                "an unknown kind",
                "MESSAGE_INVALID",
                forged(&|r| r.subject_leaves[0][0] = 9),
            ),
            (
                "another leaf's hash",
                "MANIFEST_INVALID",
                forged(&|r| r.others[0].hash[0] ^= 1),
            ),
            (
                "another number of leaves",
                "MANIFEST_INVALID",
                forged(&|r| r.leaf_count += 1),
            ),
            (
                "another signature",
                "MANIFEST_INVALID",
                forged(&|r| r.manifest_signature[0] ^= 1),
            ),
            (
                "keys the wrong way round",
                "KEY_STATEMENT_INVALID",
                forged(&|r| std::mem::swap(&mut r.source_key, &mut r.recipient_key)),
            ),
            (
                "no key",
                "MESSAGE_INVALID",
                forged(&|r| r.source_key = None),
            ),
        ] {
            assert_eq!(
                convert(&mut client, bad).await,
                Err(code.to_owned()),
                "{what}"
            );
        }
        assert_eq!(convert(&mut client, good.clone()).await, Ok(()));
        assert_eq!(
            convert(&mut client, good).await,
            Ok(()),
            "the same bytes again"
        );
        // The same nonce for other bytes, properly signed, is a replay.
        let mut other = prepared(&chain).await.envelopes.remove(0);
        let nonce = v1::RouteLeaf::decode(envelope.route_leaf.as_slice())
            .unwrap()
            .nonce;
        let mut route = v1::RouteLeaf::decode(other.route_leaf.as_slice()).unwrap();
        route.nonce = nonce;
        other.route_leaf = route.encode_to_vec();
        resign(&mut other, &signer(&chain.sandbox, "politie").unwrap()).unwrap();
        let replayed = request(&chain, &other).await;
        let code = convert(&mut client, replayed).await;
        assert_eq!(code, Err("CONVERSION_REPLAYED".to_owned()));
    });
}

/// A properly signed envelope whose route or subjects a dishonest source changed.
async fn dishonest(
    chain: &Chain,
    change: impl FnOnce(&mut v1::RouteLeaf, &mut v1::Envelope),
) -> v1::ConvertRequest {
    let mut envelope = prepared(chain).await.envelopes.remove(0);
    let mut route = v1::RouteLeaf::decode(envelope.route_leaf.as_slice()).unwrap();
    change(&mut route, &mut envelope);
    envelope.route_leaf = route.encode_to_vec();
    resign(&mut envelope, &signer(&chain.sandbox, "politie").unwrap()).unwrap();
    request(chain, &envelope).await
}

#[test]
fn old_hours_other_epochs_identity_elements_and_conversions_outside_the_table_are_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = as_hub(&chain).await;
        let old = dishonest(&chain, |route, _| route.hour -= 26).await;
        assert_eq!(
            convert(&mut client, old).await,
            Err("CONVERSION_REFUSED".to_owned())
        );
        let early = dishonest(&chain, |route, _| route.hour += 3).await;
        assert_eq!(
            convert(&mut client, early).await,
            Err("CONVERSION_REFUSED".to_owned())
        );
        let epoch = dishonest(&chain, |route, _| route.epoch = 2).await;
        assert_eq!(
            convert(&mut client, epoch).await,
            Err("STALE_KEY_EPOCH".to_owned())
        );
        let identity = dishonest(&chain, |_, e| e.subjects[0].ciphertext = vec![0; 64]).await;
        assert_eq!(
            convert(&mut client, identity).await,
            Err("CONVERSION_REFUSED".to_owned())
        );
        // Own pseudonyms to oneself: not in the table.
        let outside = dishonest(&chain, |route, envelope| {
            route.recipient_oin.clone_from(&route.source_oin);
            route.recipient_desk.clone_from(&route.source_desk);
            route
                .recipient_pseudonym_kid
                .clone_from(&route.source_pseudonym_kid);
            let mut header = v1::HeaderLeaf::decode(envelope.header_leaf.as_slice()).unwrap();
            header.subjects[0].kind = v1::IdKind::OwnPseudonym.into();
            envelope.header_leaf = header.encode_to_vec();
        })
        .await;
        assert_eq!(
            convert(&mut client, outside).await,
            Err("CONVERSION_REFUSED".to_owned())
        );
        // Nobody but the hub asks for a first half.
        let envelope = prepared(&chain).await.envelopes.remove(0);
        let good = request(&chain, &envelope).await;
        let port = chain.sandbox.pseudonymiser_port();
        let police = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let code = convert(&mut PseudonymServiceClient::new(police), good).await;
        assert_eq!(code, Err("CAPABILITY_MISSING".to_owned()));
    });
}

#[test]
fn with_the_pseudonymiser_down_nothing_is_half_done() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let mut client = SignalServiceClient::new(channel);
        let index = |reply: &v1::PublishResponse| reply.outcomes[0].proof.as_ref().unwrap().index;
        let first = client
            .publish(prepared(&chain).await)
            .await
            .unwrap()
            .into_inner();
        let good = prepared(&chain).await;
        chain.pseudonymiser = None;
        let refused = client.publish(good.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "PSEUDONYMISER_UNAVAILABLE");
        assert_eq!(refused.code(), tonic::Code::Unavailable);
        // Back again, the very same call goes, and its entry follows the one before.
        chain.pseudonymiser = Some(chain.sandbox.start_pseudonymiser().unwrap());
        let reply = client.publish(good).await.unwrap().into_inner();
        let decision = v1::Decision::decode(reply.outcomes[0].decision.as_slice()).unwrap();
        assert!(decision.permitted);
        assert_eq!(
            index(&reply),
            index(&first) + 1,
            "the failed call left no entry"
        );
    });
}

#[test]
fn shares_are_given_to_their_owner_only() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let port = chain.sandbox.hub_port();
        let police = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let foreign = v1::GetKeyShareRequest {
            desk: "intake".into(),
            epoch: 1,
        };
        let refused = PseudonymServiceClient::new(police.clone())
            .get_key_share(foreign)
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "DESK_UNKNOWN");
        let old = v1::GetKeyShareRequest {
            desk: "huiselijk-geweld".into(),
            epoch: 7,
        };
        let refused = PseudonymServiceClient::new(police).get_key_share(old).await;
        assert_eq!(reason(&refused.unwrap_err()), "STALE_KEY_EPOCH");
    });
}

#[test]
fn own_clients_are_counted_under_one_clause_only() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = as_hub(&chain).await;
        // To oneself, under a clause of one's own choice: a budget of one's own choice.
        let own = dishonest(&chain, |route, _| {
            route.recipient_oin.clone_from(&route.source_oin);
            route.recipient_desk.clone_from(&route.source_desk);
            route
                .recipient_pseudonym_kid
                .clone_from(&route.source_pseudonym_kid);
            route.clause_id = "mine-2".into();
        })
        .await;
        assert_eq!(
            convert(&mut client, own).await,
            Err("CONVERSION_REFUSED".to_owned())
        );
    });
}
