//! Streams: cursors, readers that vanish, readers that never read.

use super::limits::{assert_bounded, resident};
use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_client::{Acknowledgement, Item};
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item as Raw_;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_tests::{Chain, Raw, reason};
use seinhuis_types::Desk;
use tokio_stream::StreamExt;
use tonic::transport::Channel;

pub(super) fn receive(cursor: Vec<u8>, max: u32) -> v1::ReceiveRequest {
    v1::ReceiveRequest {
        desk: "intake".into(),
        cursor,
        max_unacknowledged: max,
    }
}

pub(super) async fn report(chain: &Chain) {
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
    let reply = SignalServiceClient::new(channel)
        .publish(prepared(chain).await)
        .await
        .unwrap()
        .into_inner();
    let decision = v1::Decision::decode(reply.outcomes[0].decision.as_slice()).unwrap();
    assert!(decision.permitted);
}

pub(super) fn delivery(response: &v1::ReceiveResponse) -> &v1::Delivery {
    match response.item.as_ref().unwrap() {
        Raw_::Delivery(delivery) => delivery,
        other => panic!("{other:?}"),
    }
}

/// Waits until the partner has a place for a stream again: the hub tells nobody when it frees one.
pub(super) async fn place_again(channel: &Channel) {
    let mut tries = 0;
    loop {
        let again = SignalServiceClient::new(channel.clone())
            .receive(receive(Vec::new(), 0))
            .await;
        tries += 1;
        match again {
            Ok(_) => return,
            Err(_) if tries < 100 => tokio::task::yield_now().await,
            Err(status) => panic!("{status:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[test]
fn forged_foreign_and_future_cursors_are_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        report(&chain).await;
        let port = chain.sandbox.hub_port();
        let vt = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        let mut client = SignalServiceClient::new(vt);
        let mut stream = client
            .receive(receive(Vec::new(), 0))
            .await
            .unwrap()
            .into_inner();
        let first = stream.next().await.unwrap().unwrap();
        let mut forged = first.cursor.clone();
        *forged.last_mut().unwrap() ^= 1;
        for cursor in [forged, vec![0; 33], vec![1], first.cursor[1..].to_vec()] {
            let refused = client.receive(receive(cursor, 0)).await.unwrap_err();
            assert_eq!(reason(&refused), "CURSOR_INVALID");
        }
        // Another partner's desk of the same name does not take it either.
        let rvdk = Raw::connect(&chain.sandbox, "rvdk", port).await.unwrap();
        let foreign = SignalServiceClient::new(rvdk)
            .receive(receive(first.cursor.clone(), 0))
            .await;
        assert_eq!(reason(&foreign.unwrap_err()), "CURSOR_INVALID");
        assert!(client.receive(receive(first.cursor, 0)).await.is_ok());
        let too_many = client.receive(receive(Vec::new(), 17)).await.unwrap_err();
        assert_eq!(reason(&too_many), "MESSAGE_INVALID");
        let mut foreign_desk = receive(Vec::new(), 0);
        foreign_desk.desk = "huiselijk-geweld".into();
        let refused = client.receive(foreign_desk).await.unwrap_err();
        assert_eq!(reason(&refused), "DESK_UNKNOWN");
    });
}

#[test]
fn what_was_not_acknowledged_comes_again_by_a_new_decision() {
    run(async {
        let chain = Chain::start().await.unwrap();
        report(&chain).await;
        let port = chain.sandbox.hub_port();
        let vt = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        let mut client = SignalServiceClient::new(vt);
        let mut seen = Vec::new();
        for _ in 0..2 {
            // The stream is dropped half-open, without an acknowledgement.
            let mut stream = client
                .receive(receive(Vec::new(), 0))
                .await
                .unwrap()
                .into_inner();
            let item = stream.next().await.unwrap().unwrap();
            let delivery = delivery(&item);
            seen.push((
                delivery.delivery_id.clone(),
                delivery.proof.clone().unwrap().index,
            ));
        }
        assert_eq!(seen[0].0, seen[1].0, "the same delivery");
        assert!(seen[0].1 < seen[1].1, "each release has its own entry");
        // The source finds the first release named in its own part of the second.
        let entry = chain
            .partner("politie")
            .entry(seinhuis_types::LeafIndex(seen[1].1))
            .await
            .unwrap();
        assert_eq!(
            entry.provider().unwrap().first_index_plus_one,
            seen[0].1 + 1
        );
    });
}

#[test]
fn no_more_leave_than_may_wait_and_an_acknowledgement_makes_room() {
    run(async {
        let chain = Chain::start().await.unwrap();
        for _ in 0..3 {
            report(&chain).await;
        }
        let desk: Desk = "intake".parse().unwrap();
        let vt = chain.partner("veilig-thuis");
        let mut inbox = vt.receive(&desk, Vec::new()).at_most(1);
        for _ in 0..3 {
            let Item::Delivery(opened) = inbox.next().await.unwrap() else {
                panic!("a delivery")
            };
            let waiting = tokio::time::timeout(std::time::Duration::from_millis(300), inbox.next());
            assert!(
                waiting.await.is_err(),
                "a second one left before the first was acknowledged"
            );
            inbox = vt.receive(&desk, inbox.cursor().to_vec()).at_most(1);
            vt.acknowledge(&opened, &Acknowledgement::Delivered)
                .await
                .unwrap();
        }
    });
}

#[test]
fn each_of_many_readers_of_one_desk_is_served_and_none_is_ended() {
    run(async {
        let chain = Chain::start().await.unwrap();
        for _ in 0..2 {
            report(&chain).await;
        }
        let port = chain.sandbox.hub_port();
        let vt = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        // All release the same two deliveries at once, so most of them find that another was first.
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..24 {
            let mut client = SignalServiceClient::new(vt.clone());
            readers.spawn(async move {
                let opened = client.receive(receive(Vec::new(), 0)).await;
                let mut stream = opened.unwrap().into_inner();
                let mut read = Vec::new();
                for _ in 0..2 {
                    let item = stream.next().await.unwrap().unwrap();
                    read.push(delivery(&item).delivery_id.clone());
                }
                read
            });
        }
        let read = readers.join_all().await;
        assert_eq!(read.len(), 24);
        assert_ne!(read[0][0], read[0][1]);
        assert!(read.iter().all(|each| *each == read[0]), "{read:?}");
    });
}

#[test]
fn a_reader_that_never_reads_costs_others_nothing() {
    run(async {
        let chain = Chain::start().await.unwrap();
        for _ in 0..4 {
            report(&chain).await;
        }
        let port = chain.sandbox.hub_port();
        let vt = Raw::connect(&chain.sandbox, "veilig-thuis", port)
            .await
            .unwrap();
        let before = resident(&chain);
        let mut held = Vec::new();
        // Streams are opened and never read, up to the partner's limit; one more is told so.
        let refused = loop {
            let opened = SignalServiceClient::new(vt.clone())
                .receive(receive(Vec::new(), 0))
                .await;
            match opened {
                Ok(stream) => held.push(stream.into_inner()),
                Err(status) => break status,
            }
            assert!(held.len() <= 64, "there is a limit");
        };
        assert_eq!(reason(&refused), "OVERLOADED");
        // Others go on, and so do calls of the same partner.
        report(&chain).await;
        chain.partner("veilig-thuis").checkpoint().await.unwrap();
        // When the readers are gone their places are free again.
        drop(held);
        place_again(&vt).await;
        assert_bounded(&chain, before);
    });
}
