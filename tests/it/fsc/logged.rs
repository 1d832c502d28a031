//! The cases of transaction logs: one record and one id on both sides, which the two sides read and
//! nobody else does, and the sender's own before anything leaves it.

use crate::cli::{document, documents, told, verb};
use crate::flow::{next, send_one};
use crate::rectify::send;
use crate::{persons, run};
use seinhuis_client::{Acknowledgement, ClientError, Entry};
use seinhuis_tests::{Chain, repository};
use seinhuis_types::{ErrorCode, LeafIndex};
use std::fs;

/// The entry as an officer of the partner reads it.
async fn read(chain: &Chain, name: &str, index: LeafIndex) -> Result<Entry, ClientError> {
    let person = [persons::officer("fg-1")];
    let officer = chain.partner(name).acting_for(&person).unwrap();
    officer.entry(index).await
}

/// Manager-TransactionLogRecord-1: each side reads its record of a delivery, nobody else does. The
/// recipient's is its own from when it has the delivery.
#[test]
fn transaction_log_record_1() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = LeafIndex(send_one(&chain).await);
        next(&chain, "veilig-thuis", "intake").await;
        for name in ["politie", "veilig-thuis"] {
            let entry = read(&chain, name, index).await.unwrap();
            let shared = entry.shared().unwrap();
            assert_eq!(shared.agreement_hash, chain.agreement.as_str(), "{name}");
            // What is of the sender alone stays with it.
            assert_eq!(entry.provider().is_some(), name == "politie", "{name}");
        }
        for name in ["om", "rvdk", "reclassering"] {
            match read(&chain, name, index).await {
                Ok(entry) => assert!(!entry.is_own(), "{name}"),
                Err(error) => assert_eq!(error.code(), Some(ErrorCode::EntryNotFound), "{name}"),
            }
        }
    });
}

/// Inway-TransactionLog-2 and Outway-TransactionLog-2: the id that the sender has of an exchange goes along
/// with what is delivered; its release is one record, the same bytes on both sides.
#[test]
fn inway_and_outway_transaction_log_2() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut before = Vec::new();
        for _ in 0..2 {
            let (_, sent) = send(&chain).await;
            let opened = next(&chain, "veilig-thuis", "intake").await;
            assert_eq!(sent.delivery, Some(opened.id));
            assert!(!before.contains(&opened.id), "each exchange has its own");
            before.push(opened.id);
            for name in ["politie", "veilig-thuis"] {
                let entry = read(&chain, name, opened.proof.index()).await.unwrap();
                assert_eq!(
                    entry.leaf.to_bytes(),
                    opened.proof.leaf().to_bytes(),
                    "{name}"
                );
            }
            let human = Acknowledgement::opened("worker-9", "vt-worker").unwrap();
            let vt = chain.partner("veilig-thuis");
            for what in [&Acknowledgement::Delivered, &human] {
                vt.acknowledge(&opened, what).await.unwrap();
            }
        }
    });
}

/// Outway-TransactionLog-1 and -5: the sender's program keeps what it is about to send before it sends it;
/// where it cannot, it says so and sends nothing.
#[test]
fn outway_transaction_log_1_and_5() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let config = chain.sandbox.partner_config("politie");
        let state = config.parent().unwrap().join("state");
        let outbox = state.join("outbox");
        let example = repository().join("config/examples/inc-home.toml");
        let (example, hash) = (example.to_str().unwrap(), chain.agreement.as_str());
        let send = ["signal", "send", example, "--agreement", hash];
        let receive = ["signal", "receive", "intake", "--once", "--wait", "1"];
        // -5: what stands where the folder should be cannot be written into, whoever runs this.
        fs::create_dir_all(&state).unwrap();
        fs::write(&outbox, b"not a folder").unwrap();
        let failed = verb(&chain, "politie", &send);
        let told = told(&failed, 3);
        assert!(told.contains("outbox"), "{told}");
        assert!(documents(&chain, "veilig-thuis", &receive, 0).is_empty());
        // -1
        fs::remove_file(&outbox).unwrap();
        let sent = document(&chain, "politie", &send);
        let index = &sent["outcomes"][0]["entry"]["index"];
        assert!(!documents(&chain, "veilig-thuis", &receive, 0).is_empty());
        // The outcome is known: its receipt is kept in the place of what was to be sent.
        assert_eq!(fs::read_dir(&outbox).unwrap().count(), 0);
        let entry = read(&chain, "politie", LeafIndex(index.as_u64().unwrap())).await;
        assert!(entry.unwrap().provider().is_some());
    });
}
