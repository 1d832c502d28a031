//! What a start of the hub reads, and what it must find.

use super::flow::next;
use super::held::{ahead, intake, persons, publish};
use super::local::{Local, Settings};
use super::messages::{prepared, signals};
use super::run;
use seinhuis_domain::agreement::StepReason;
use seinhuis_store::records::{Delivery, DeliveryState};
use seinhuis_store::{ChangeSet, Entry, LEAF_BYTES, Snapshot, Store, Write};
use seinhuis_tests::Chain;
use seinhuis_types::DeliveryId;

/// Held by a hub that was killed: the next one knows it, and frees it when the suspension is over.
#[test]
fn what_was_held_before_a_kill_comes_after_the_suspension() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        publish(&chain).await;
        let vt = chain.partner("veilig-thuis");
        let sent = next(&chain, "veilig-thuis", "intake").await;
        vt.suspend(&chain.agreement, &persons(), StepReason::Technical)
            .await
            .unwrap();
        let mut inbox = vt.receive(&intake(), Vec::new());
        let silent = tokio::time::timeout(std::time::Duration::from_millis(500), inbox.next());
        assert!(silent.await.is_err(), "nothing leaves while suspended");
        drop(inbox);
        chain.hub.take().unwrap().kill().unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let resuming = ahead(&chain, "veilig-thuis").await;
        resuming
            .resume(&chain.agreement, &persons(), StepReason::Resolved)
            .await
            .unwrap();
        let again = next(&chain, "veilig-thuis", "intake").await;
        assert_eq!(again.id, sent.id);
    });
}

/// `count` more deliveries like `like`, in `state`.
async fn add(local: &Local, like: &Delivery, state: DeliveryState, from: u16, count: u16) {
    let mut delivery = like.clone();
    delivery.body.state = state.into();
    for n in from..from + count {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let change = ChangeSet::new("like", Entry::new([1; LEAF_BYTES], Vec::new()));
        let change = change.write(Write::delivery(DeliveryId(id), &delivery));
        local.gate.commit(change).await.unwrap();
    }
}

#[test]
fn a_start_reads_no_more_rows_when_there_are_more_deliveries() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let local = Local::replace(&mut chain, Settings::default()).await;
        let mut client = signals(&chain, "politie").await;
        client.publish(prepared(&chain).await).await.unwrap();
        let (_, like) = local
            .gate
            .snapshot()
            .unwrap()
            .deliveries(None, 1)
            .unwrap()
            .remove(0);
        let like = like.value;
        add(&local, &like, DeliveryState::Held, 0, 2).await;
        let mut rows = Vec::new();
        for (from, count) in [(100, 10), (1_000, 1_000)] {
            add(&local, &like, DeliveryState::Releasable, from, count).await;
            let before = local.gate.rows_read();
            local.hub.start().await.unwrap();
            rows.push(local.gate.rows_read() - before);
        }
        assert_eq!(rows[0], rows[1]);
        // It looked at all that is held.
        add(&local, &like, DeliveryState::Held, 2, 1).await;
        let before = local.gate.rows_read();
        local.hub.start().await.unwrap();
        assert!(local.gate.rows_read() - before > rows[1]);
    });
}
