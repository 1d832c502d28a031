//! What arrives is what was signed, by the organisation that says so.

use super::messages::{header, prepared, publish, route, signals};
use super::run;
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, manifest, reason, resign, signer};
use seinhuis_types::Desk;

#[test]
fn what_was_altered_after_signing_is_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = signals(&chain, "politie").await;
        let good = prepared(&chain).await;
        type Change = Box<dyn Fn(&mut v1::PublishRequest)>;
        let cases: Vec<(&str, Change)> = vec![
            (
                "the header",
                Box::new(|m| header(m, |h| h.address_shield = true)),
            ),
            (
                "the route's clause",
                Box::new(|m| route(m, |r| r.clause_id = "vt-pol-feedback".into())),
            ),
            (
                "a swapped ciphertext",
                Box::new(|m| m.envelopes[0].subjects.swap(0, 1)),
            ),
            (
                "the source leaf",
                Box::new(|m| {
                    let leaf = &mut m.envelopes[0].source_leaf;
                    let mut source = v1::SourceLeaf::decode(leaf.as_slice()).unwrap();
                    source.acting_person = b"somebody-else".to_vec();
                    *leaf = source.encode_to_vec();
                }),
            ),
            (
                "a sealed value",
                Box::new(|m| m.envelopes[0].record.as_mut().unwrap().fields[2].bytes[5] ^= 1),
            ),
            (
                "the sealed key",
                Box::new(|m| m.envelopes[0].record.as_mut().unwrap().sealed_key[9] ^= 1),
            ),
            ("a salt", Box::new(|m| m.envelopes[0].salts[3] ^= 1)),
            (
                "the signature",
                Box::new(|m| m.envelopes[0].manifest_signature[3] ^= 1),
            ),
        ];
        for (what, change) in cases {
            let mut message = good.clone();
            change(&mut message);
            let answer = publish(&mut client, message).await;
            assert_eq!(answer, Err("MANIFEST_INVALID".to_owned()), "{what}");
        }
        let mut foreign = good.clone();
        let other = signer(&chain.sandbox, "om").unwrap();
        foreign.envelopes[0].signing_chain = other.chain().to_vec();
        resign(&mut foreign.envelopes[0], &other).unwrap();
        assert_eq!(
            publish(&mut client, foreign).await,
            Err("MANIFEST_INVALID".to_owned())
        );
        assert!(publish(&mut client, good).await.unwrap().permitted);
    });
}

#[test]
fn a_record_sealed_for_another_route_is_an_incident_at_the_recipient() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        // The source itself cheats: it puts a record that was sealed under one route under another.
        let mut message = prepared(&chain).await;
        route(&mut message, |r| r.nonce = vec![5; 16]);
        resign(&mut message.envelopes[0], &key).unwrap();
        assert!(manifest(&message.envelopes[0]).is_ok());
        assert!(publish(&mut client, message).await.unwrap().permitted);
        let desk: Desk = "intake".parse().unwrap();
        let mut inbox = chain.partner("veilig-thuis").receive(&desk, Vec::new());
        let item = inbox.next().await.unwrap();
        assert!(
            matches!(item, seinhuis_client::Item::Incident(_)),
            "{item:?}"
        );
    });
}

#[test]
fn an_envelope_is_sent_by_the_organisation_that_signed_it_and_by_no_other() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let good = prepared(&chain).await;
        // OM found it on the way, whole and rightly signed by the police, and hands it in as it is.
        let mut thief = signals(&chain, "om").await;
        let refused = thief.publish(good.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "MANIFEST_INVALID");
        assert!(
            refused.message().contains("another source"),
            "{}",
            refused.message()
        );
        let mut owner = signals(&chain, "politie").await;
        assert!(publish(&mut owner, good).await.unwrap().permitted);
    });
}
