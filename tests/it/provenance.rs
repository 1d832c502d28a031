//! What arrives is what was signed, by the organisation that says so.

use super::cli::{documents, file};
use super::messages::{header, prepared, prepared_for, publish, route, signals};
use super::run;
use prost::Message;
use seinhuis_client::{Acknowledgement, Incident, Item, To};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, manifest, reason, resign, signer};
use seinhuis_types::{Desk, SignalId};

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

/// One more clause, of another name and the same words as the first.
fn clause_twice(text: &str) -> String {
    let (before, rest) = text.split_once("[[clauses]]").unwrap();
    let (first, after) = rest.split_once("\n# The reporter hears").unwrap();
    let second = first.replace("pol-vt-report", "pol-vt-again");
    format!("{before}[[clauses]]{first}\n[[clauses]]{second}\n#{after}")
}

#[test]
fn a_record_sealed_for_another_route_is_an_incident_at_the_recipient() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let agreement = chain.agree(|text| clause_twice(&text)).await.unwrap();
        let desk: Desk = "intake".parse().unwrap();
        let mut inbox = chain.partner("veilig-thuis").receive(&desk, Vec::new());
        type Change<'a> = Box<dyn Fn(&mut v1::RouteLeaf) + 'a>;
        let cases: [(&str, Change<'_>); 3] = [
            ("nonce", Box::new(|r| r.nonce = vec![5; 16])),
            ("clause", Box::new(|r| r.clause_id = "pol-vt-again".into())),
            (
                "agreement",
                Box::new(|r| r.agreement_hash = chain.agreement.to_string()),
            ),
        ];
        for (what, change) in cases {
            // The source itself cheats: it puts a record that was sealed under one route under
            // another.
            let to = To {
                agreement: agreement.clone(),
                ..chain.to("veilig-thuis", "pol-vt-report")
            };
            let mut message = prepared_for(&chain, to).await;
            route(&mut message, change);
            resign(&mut message.envelopes[0], &key).unwrap();
            assert!(manifest(&message.envelopes[0]).is_ok());
            let decision = publish(&mut client, message).await.unwrap();
            assert!(decision.permitted, "{what}: {:?}", decision.reasons);
            let item = inbox.next().await.unwrap();
            assert!(
                matches!(&item, Item::Incident(reported)
                    if matches!(reported.incident, Incident::NotOpened(_))),
                "{what}: {item:?}"
            );
        }
    });
}

#[test]
fn a_record_sealed_for_one_recipient_does_not_go_to_another() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let om = chain.to("om", "pol-vt-report");
        let mut message = prepared(&chain).await;
        route(&mut message, |r| {
            r.recipient_oin = om.oin.to_string();
            r.recipient_desk = om.desk.to_string();
        });
        resign(&mut message.envelopes[0], &key).unwrap();
        let refused = publish(&mut client, message.clone()).await;
        assert_eq!(refused, Err("STALE_KEY_EPOCH".to_owned()));
        // Nor when the source names the keys of the other, for the clause does not run to it.
        let keys = chain.partner("politie").recipient_keys(om.oin, &om.desk);
        let keys = keys.await.unwrap();
        route(&mut message, |r| {
            r.recipient_seal_kid = keys.seal.kid.to_string();
            r.recipient_pseudonym_kid = keys.pseudonym.kid.to_string();
        });
        message.envelopes[0].record.as_mut().unwrap().kid = keys.seal.kid.to_string();
        resign(&mut message.envelopes[0], &key).unwrap();
        let decision = publish(&mut client, message).await.unwrap();
        assert!(!decision.permitted);
        let codes: Vec<_> = decision.reasons.iter().map(|r| r.code.as_str()).collect();
        assert_eq!(codes, ["DIRECTION_NOT_COVERED"]);
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

/// What is wrong inside shows only where it is opened, and a stranger's is not: the source reads the same of both.
#[test]
fn where_a_person_may_not_be_known_a_broken_delivery_does_not_show_who_is() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let told = "recipient_may_not_know = false";
        let agreed = chain.agree(|text| text.replace(told, "recipient_may_not_know = true"));
        let agreement = agreed.await.unwrap();
        let (police, vt) = (chain.partner("politie"), chain.partner("veilig-thuis"));
        let desk: Desk = "intake".parse().unwrap();
        let mut cursor = Vec::new();
        let mut stands = Vec::new();
        for (known, broken) in [(true, false), (false, false), (true, true), (false, true)] {
            let to = To {
                agreement: agreement.clone(),
                ..chain.to("veilig-thuis", "pol-vt-report")
            };
            let mut message = prepared_for(&chain, to).await;
            if broken {
                route(&mut message, |r| r.nonce = vec![5 + u8::from(known); 16]);
                resign(&mut message.envelopes[0], &key).unwrap();
            }
            let signal = SignalId::from_slice(&message.signal_id).unwrap();
            assert!(publish(&mut client, message).await.unwrap().permitted);
            let mut inbox = vt.receive(&desk, cursor).knowing(move |_| known);
            match inbox.next().await.unwrap() {
                Item::Delivery(opened) if known && !broken => {
                    vt.acknowledge(&opened, &Acknowledgement::Delivered)
                        .await
                        .unwrap();
                }
                Item::NotOurs(unread) if !known => {
                    vt.drop_unread(&unread).await.unwrap();
                }
                Item::Incident(reported) if known && broken => {
                    assert!(matches!(reported.incident, Incident::NotOpened(_)));
                    vt.drop_unread(&reported.unread.unwrap()).await.unwrap();
                }
                other => panic!("{known} {broken}: {other:?}"),
            }
            cursor = inbox.cursor().to_vec();
            let sent = police.sent(signal).await.unwrap().remove(0);
            stands.push((sent.state, sent.received, sent.acknowledged.is_some()));
        }
        let arrived = (v1::DeliveryState::Delivered, true, true);
        assert_eq!(stands, [arrived; 4]);
    });
}

/// The sealed number is another's than the pseudonym. Where a person may not be known, its source reads of it what
/// it reads of a stranger.
#[test]
fn where_a_person_may_not_be_known_a_number_of_another_does_not_show_who_is() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let told = "recipient_may_not_know = false";
        let agreed = chain.agree(|text| text.replace(told, "recipient_may_not_know = true"));
        let to = To {
            agreement: agreed.await.unwrap(),
            ..chain.to("veilig-thuis", "pol-vt-report")
        };
        let mut message = prepared_for(&chain, to).await;
        message.envelopes[0].subjects.swap(0, 1);
        resign(&mut message.envelopes[0], &key).unwrap();
        let signal = SignalId::from_slice(&message.signal_id).unwrap();
        assert!(publish(&mut client, message).await.unwrap().permitted);
        // Read and not acknowledged: whom it names is a client.
        let vt = chain.partner("veilig-thuis");
        let mut inbox = vt
            .receive(&"intake".parse().unwrap(), Vec::new())
            .knowing(|_| true);
        let Item::Delivery(opened) = inbox.next().await.unwrap() else {
            panic!("a delivery is expected")
        };
        let client = seinhuis_types::hex(&opened.subjects[0].pseudonym.to_bytes());
        drop(inbox);
        let folder = tempfile::tempdir().unwrap();
        let clients = file(folder.path(), "clients", &client);
        let numbers = folder.path().join("numbers");
        let files = [
            "--clients",
            &clients,
            "--identities",
            numbers.to_str().unwrap(),
        ];
        let typed = [&["signal", "receive", "intake", "--once"][..], &files].concat();
        let items = documents(&chain, "veilig-thuis", &typed, 5);
        let told: Vec<_> = items.iter().map(|item| &item["item"]).collect();
        assert_eq!(told, ["incident", "acknowledged"], "{items:?}");
        assert!(std::fs::read_to_string(&numbers).is_ok_and(|text| text.is_empty()));
        let police = chain.partner("politie");
        let sent = police.sent(signal).await.unwrap().remove(0);
        let stand = (sent.state, sent.received, sent.acknowledged.is_some());
        assert_eq!(stand, (v1::DeliveryState::Delivered, true, true));
    });
}
