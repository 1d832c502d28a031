//! A hub that says of an entry that it is erased, or gives none of its parts: the partner's report has a
//! gap, and whoever checks it sees that.

use super::local::{Local, Settings};
use super::reports::{CARE, ask, number_file, report, shown, verb};
use super::retention::{Stored, officers};
use super::run;
use seinhuis_store::{ChangeSet, Entry, Snapshot, Store, Write};
use seinhuis_tests::Chain;
use seinhuis_types::LeafIndex;
use std::path::Path;

/// Writes over the parts of an entry behind everybody's back, as whoever runs a hub can.
async fn overwrite(local: &Local, leaf: &[u8], index: u64, parts: Vec<u8>) {
    // The entry this takes is the first of the log again: it is about nobody.
    let seen = local.gate.snapshot().unwrap();
    let first = seen.parts(LeafIndex(0)).unwrap().value.unwrap();
    let entry = Entry::new(leaf.try_into().unwrap(), first);
    let change = ChangeSet::new("tampered", entry).write(Write::parts(LeafIndex(index), parts));
    local.gate.commit(change).await.unwrap();
}

fn made(chain: &Chain, number: &str, out: &Path, code: i32) -> (serde_json::Value, String) {
    let mut last = None;
    for who in ["authority", "subject"] {
        let file = out.with_extension(who);
        let path = file.to_str().unwrap();
        let output = verb(chain, CARE, &report(number, who, path));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let document = shown(&output, code);
        assert_eq!(document["whole"], code == 0, "{who}");
        // Whoever checks it, without a hub, comes to the same.
        let check = verb(chain, "rvdk", &["audit", "verify-report", path]);
        assert_eq!(check.status.code(), Some(code), "{who}: {error}");
        last = Some((document, error));
    }
    last.unwrap()
}

#[test]
fn what_a_hub_wipes_or_withholds_is_a_gap_in_the_report() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let folder = tempfile::tempdir().unwrap();
        let out = |name: &str| folder.path().join(name);
        let number = number_file(folder.path());
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.push(ask(&chain).await);
        }
        let care = officers(&chain, CARE, 2);
        let leaf = care.entry(LeafIndex(0)).await.unwrap().leaf.to_bytes();
        made(&chain, &number, &out("whole"), 0);

        let honest = |index: u64| {
            let seen = local.gate.snapshot().unwrap();
            seen.parts(LeafIndex(index)).unwrap().value.unwrap()
        };
        let (kept, before) = (honest(sent[1]), Stored::read(&honest(sent[1])));
        overwrite(&local, &leaf, sent[1], before.wiped(1, true)).await;
        let (document, error) = made(&chain, &number, &out("said"), 30);
        assert!(error.contains("is said to be erased"), "{error}");
        assert!(error.contains("between number 1 and number 3"), "{error}");
        let erased = document["entries"].as_array().unwrap().iter();
        let erased: Vec<_> = erased.filter(|entry| entry["erased"] == true).collect();
        assert_eq!(
            (erased.len(), &erased[0]["erased_by"]),
            (1, &serde_json::Value::Null)
        );

        // As if it had never been the partner's own.
        let withheld = Stored::read(&kept).wiped(1, false);
        overwrite(&local, &leaf, sent[1], withheld).await;
        let (_, error) = made(&chain, &number, &out("withheld"), 30);
        assert!(error.contains("between number 1 and number 3"), "{error}");

        // Put back, it is whole; and what the partner itself erased is no gap.
        overwrite(&local, &leaf, sent[1], kept.clone()).await;
        made(&chain, &number, &out("again"), 0);
        let at = LeafIndex(sent[1]);
        let aged = Stored::read(&kept).aged(local.gate.now());
        overwrite(&local, &leaf, sent[1], aged).await;
        let request = care.erase_parts(at..=at).await.unwrap();
        let last = LeafIndex(local.gate.next_index().0 - 1);
        local.log.wait_published(last).await.unwrap();
        let (document, _) = made(&chain, &number, &out("erased"), 0);
        let erased = document["entries"].as_array().unwrap().iter();
        let erased: Vec<_> = erased.filter(|entry| entry["erased"] == true).collect();
        let by = erased[0]["erased_by"].as_u64().unwrap();
        assert!(
            by > request.proof.index().0,
            "a step, which comes after its request"
        );
    });
}
