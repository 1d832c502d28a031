//! Revocation wins the race: what is revoked between a decision and its commit is not done.

mod key_end;

use super::local::{Local, Settings};
use super::messages::{prepared, publish, signals};
use super::run;
use super::streams::{delivery, receive, report};
use prost::Message;
use seinhuis_client::{KeyTerm, Partner, Persons};
use seinhuis_domain::agreement::StepReason;
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item;
use seinhuis_store::{ChangeSet, Entry, LEAF_BYTES, Snapshot, Store, Write};
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, SystemClock};
use std::collections::BTreeMap;
use tokio_stream::StreamExt;
use tonic::Streaming;

fn persons() -> Persons {
    Persons::new("administrator-1", "privacy-officer-1").unwrap()
}

/// Opens the stream of Veilig Thuis from its start.
async fn stream(chain: &Chain) -> Streaming<v1::ReceiveResponse> {
    let opened = signals(chain, "veilig-thuis")
        .await
        .receive(receive(Vec::new(), 0))
        .await;
    opened.unwrap().into_inner()
}

/// The revisions a released delivery was decided on, by the names of their rows.
fn revisions(response: &v1::ReceiveResponse) -> BTreeMap<String, u64> {
    let bytes = delivery(response).decision.as_slice();
    let decision = v1::Decision::decode(bytes).unwrap();
    decision
        .revisions
        .into_iter()
        .map(|found| (found.row, found.revision))
        .collect()
}

#[test]
fn a_publish_that_is_decided_before_an_agreement_stops_is_refused() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let local = Local::replace(&mut chain, Settings::default()).await;
        let recipient = chain.partner("veilig-thuis");
        let mut client = signals(&chain, "politie").await;
        for (leaves, told) in [(false, "AGREEMENT_SUSPENDED"), (true, "AGREEMENT_ENDED")] {
            let message = prepared(&chain).await;
            let mut held = local.gate.hold("publish");
            let stopped = async {
                held.reached().await;
                let stopped = if leaves {
                    recipient.leave(&chain.agreement, &persons()).await
                } else {
                    recipient
                        .suspend(&chain.agreement, &persons(), StepReason::Incident)
                        .await
                };
                stopped.unwrap();
                held.go();
            };
            let (decision, ()) = tokio::join!(publish(&mut client, message), stopped);
            let decision = decision.unwrap();
            assert!(!decision.permitted, "it was published after the stop");
            assert_eq!(decision.reasons[0].code, told);
            if !leaves {
                recipient
                    .resume(&chain.agreement, &persons(), StepReason::Resolved)
                    .await
                    .unwrap();
            }
        }
    });
}

#[test]
fn a_release_that_is_decided_before_a_suspension_waits_for_its_end() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let local = Local::replace(&mut chain, Settings::default()).await;
        let source = chain.partner("politie");
        report(&chain).await;
        let mut release = local.gate.hold("release");
        let mut hold = local.gate.hold("hold");
        let mut stream = stream(&chain).await;
        release.reached().await;
        source
            .suspend(&chain.agreement, &persons(), StepReason::Order)
            .await
            .unwrap();
        release.go();
        tokio::select! {
            _ = stream.next() => panic!("it left under suspension"),
            () = hold.reached() => {}
        }
        hold.go();
        let resumed = source
            .resume(&chain.agreement, &persons(), StepReason::OrderLifted)
            .await
            .unwrap();
        let item = stream.next().await.unwrap().unwrap();
        let released = delivery(&item).proof.as_ref().unwrap().index;
        assert!(released > resumed.proof.index().0);
    });
}

#[test]
fn a_release_that_is_decided_before_a_party_leaves_does_not_happen() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let local = Local::replace(&mut chain, Settings::default()).await;
        report(&chain).await;
        let mut release = local.gate.hold("release");
        let mut stream = stream(&chain).await;
        release.reached().await;
        let source = chain.partner("politie");
        source.leave(&chain.agreement, &persons()).await.unwrap();
        release.go();
        let item = stream.next().await.unwrap().unwrap();
        let ended = matches!(item.item, Some(Item::Tombstone(_)));
        assert!(ended, "it left after the end");
    });
}

async fn states_new_keys(partner: &Partner, desk: &str) {
    let term = KeyTerm::days(SystemClock.now(), 90);
    let epoch = partner.key_epoch().await.unwrap();
    let desk = desk.parse().unwrap();
    partner.create_desk_keys(&desk, epoch, term).await.unwrap();
}

/// Puts a row in force again: its content stays, its revision moves.
async fn again(local: &Local, write: Write) {
    let entry = Entry::new([1; LEAF_BYTES], Vec::new());
    let change = ChangeSet::new("again", entry).write(write);
    local.gate.commit(change).await.unwrap();
}

#[test]
fn a_release_stands_on_the_rules_and_keys_in_force_when_it_commits() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let local = Local::replace(&mut chain, Settings::default()).await;
        let (source, recipient) = (chain.partner("politie"), chain.partner("veilig-thuis"));
        let keys = |partner: &Partner, desk| format!("keys/{}/{desk}", partner.oin());
        report(&chain).await;
        // Not acknowledged, it is released anew to each stream.
        let mut before = revisions(&stream(&chain).await.next().await.unwrap().unwrap());
        let rows = [
            "ruleset".to_owned(),
            "directory".to_owned(),
            keys(recipient, "intake"),
            keys(source, "huiselijk-geweld"),
        ];
        for (place, row) in rows.iter().enumerate() {
            let mut release = local.gate.hold("release");
            let mut stream = stream(&chain).await;
            release.reached().await;
            let snapshot = local.gate.snapshot().unwrap();
            match place {
                0 => {
                    let record = snapshot.ruleset().unwrap().value.unwrap();
                    again(&local, Write::ruleset(&record)).await;
                }
                1 => {
                    let record = snapshot.directory().unwrap().value.unwrap();
                    again(&local, Write::directory(&record)).await;
                }
                2 => states_new_keys(recipient, "intake").await,
                _ => states_new_keys(source, "huiselijk-geweld").await,
            }
            release.go();
            let after = revisions(&stream.next().await.unwrap().unwrap());
            let (old, new) = (before.get(row), after.get(row));
            assert!(old.is_some() && new > old, "{row}: {old:?}, {new:?}");
            before = after;
        }
    });
}
