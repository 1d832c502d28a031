//! Key statements: whose word counts, and what it is held against.

use super::conversion::{as_hub, convert, request};
use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_proto::v1;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::pki::Pki;
use seinhuis_tests::{Chain, Raw, reason, resign, signer};
use seinhuis_types::{Clock, Millis, SystemClock};

/// The base point of ristretto255 (RFC 9496 §4): whole, valid, and nobody's session key.
const BASE_POINT: [u8; 32] = [
    0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f,
    0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76,
];

#[test]
fn pseudonyms_under_another_key_than_the_recipient_states_are_not_delivered() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let port = chain.sandbox.hub_port();
        let now = SystemClock.now();
        // A whole and rightly signed statement, of a key that is not the desk's session key.
        let signer_of_vt = signer(&chain.sandbox, "veilig-thuis").unwrap();
        let stated = KeyStatement {
            oin: chain.oin("veilig-thuis"),
            desk: "intake".parse().unwrap(),
            key_use: KeyUse::Pseudonym,
            kid: "mistaken".parse().unwrap(),
            suite: 1,
            key: BASE_POINT.to_vec(),
            epoch: 1,
            not_before: now,
            not_after: now.plus(Millis::DAY),
        };
        let statement = v1::KeyStatement {
            jws: stated.sign(&signer_of_vt).unwrap(),
            signing_chain: signer_of_vt.chain().to_vec(),
        };
        let channel = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        let publish = v1::PublishKeyStatementRequest {
            idempotency_key: vec![2; 16],
            statement: Some(statement),
        };
        DirectoryServiceClient::new(channel)
            .publish_key_statement(publish)
            .await
            .unwrap();
        let mut message = prepared(&chain).await;
        let envelope = &mut message.envelopes[0];
        let mut route = v1::RouteLeaf::decode(envelope.route_leaf.as_slice()).unwrap();
        route.recipient_pseudonym_kid = "mistaken".into();
        envelope.route_leaf = route.encode_to_vec();
        resign(envelope, &signer(&chain.sandbox, "politie").unwrap()).unwrap();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let refused = SignalServiceClient::new(channel)
            .publish(message)
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "STALE_KEY_EPOCH");
        assert!(
            refused.message().contains("the recipient states"),
            "{}",
            refused.message()
        );
    });
}

#[test]
fn a_key_statement_under_a_foreign_root_is_taken_by_nobody() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let now = SystemClock.now();
        let folder = tempfile::tempdir().unwrap();
        let foreign = Pki::create(&folder.path().join("pki"), now).unwrap();
        let oin = chain.oin("veilig-thuis");
        let files = foreign.partner("veilig-thuis", oin, now).unwrap();
        let forger =
            seinhuis_identity::signing::Signer::load(&files.signing_key, &files.signing_chain)
                .unwrap();
        let forged = KeyStatement {
            oin,
            desk: "intake".parse().unwrap(),
            key_use: KeyUse::Pseudonym,
            kid: "forged".parse().unwrap(),
            suite: 1,
            key: vec![7; 32],
            epoch: 1,
            not_before: now,
            not_after: now.plus(Millis::DAY),
        };
        let forged = v1::KeyStatement {
            jws: forged.sign(&forger).unwrap(),
            signing_chain: forger.chain().to_vec(),
        };
        let port = chain.sandbox.hub_port();
        let vt = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        let publish = v1::PublishKeyStatementRequest {
            idempotency_key: vec![1; 16],
            statement: Some(forged.clone()),
        };
        let refused = DirectoryServiceClient::new(vt)
            .publish_key_statement(publish)
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "KEY_STATEMENT_INVALID");
        let envelope = prepared(&chain).await.envelopes.remove(0);
        let mut request = request(&chain, &envelope).await;
        request.recipient_key = Some(forged);
        let code = convert(&mut as_hub(&chain).await, request).await;
        assert_eq!(code, Err("KEY_STATEMENT_INVALID".to_owned()));
    });
}
