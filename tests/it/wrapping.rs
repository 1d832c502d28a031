//! Epoch keys: destroyed only when nothing under them has to be kept, and then no part under them is
//! read again, here or in a backup.

use super::crash::data;
use super::faults::erasure::{open, start, stop};
use super::flow::send_one;
use super::retention::{Stored, age, officers};
use super::run;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use seinhuis_domain::entry::{Leaf, Part};
use seinhuis_store::{Snapshot, Store};
use seinhuis_tests::{Chain, binary};
use seinhuis_types::LeafIndex;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs `seinhuis wrapping …`; what it said, or why it refused.
fn wrapping(chain: &Chain, verb: &str, epoch: Option<&str>) -> Result<String, String> {
    let output = Command::new(binary().unwrap())
        .args(["wrapping", verb, "--config"])
        .arg(chain.sandbox.hub_config())
        .args(epoch)
        .output()
        .unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(told(&output.stdout))
    } else {
        assert_eq!(output.status.code(), Some(78), "{}", told(&output.stderr));
        Err(told(&output.stderr))
    }
}

/// Every file under a folder, by its bytes.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(fs::read(&path).unwrap());
        }
    }
    found
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    let within = |file: &Vec<u8>| file.windows(needle.len()).any(|bytes| bytes == needle);
    files(folder).iter().any(within)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The 32 bytes of an epoch's key.
fn key(chain: &Chain, epoch: u32) -> [u8; 32] {
    let path = chain.sandbox.root().join("hub/keys");
    let text = fs::read_to_string(path.join(format!("wrapping-{epoch}.key"))).unwrap();
    let digits: Vec<u8> = text
        .trim()
        .chars()
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect();
    bytes.try_into().unwrap()
}

/// How many copies in a value a wrapping key opens, as the format tells it.
fn opens(value: &[u8], leaf: &Leaf, key: &[u8; 32]) -> usize {
    let aead = |key: &[u8]| LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let stored = Stored::read(value);
    let opened = stored.copies().filter(|(part, side, wrapped, sealed)| {
        let kind = match part {
            1 => Part::Shared,
            2 => Part::Provider,
            3 => Part::Recipient,
            _ => Part::Outcome,
        };
        let commitment = leaf.commitments().part(kind).0;
        let label = b"seinhuis/v1/part\0".as_slice();
        let aad = [label, &part.to_be_bytes(), &side.to_be_bytes(), &commitment].concat();
        let nonce = Nonce::try_assume_unique_for_key(&wrapped[..12]).unwrap();
        let mut wrapped = wrapped[12..].to_vec();
        let Ok(data_key) = aead(key).open_in_place(nonce, Aad::from(&aad), &mut wrapped) else {
            return false;
        };
        let mut sealed = sealed.clone();
        let zero = Nonce::assume_unique_for_key([0; 12]);
        aead(data_key)
            .open_in_place(zero, Aad::from(&aad), &mut sealed)
            .is_ok()
    });
    opened.count()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, in its order")]
fn what_stood_under_a_destroyed_key_opens_nowhere() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let index = send_one(&chain).await;
        let police = officers(&chain, "politie", 1);
        let entry = police.entry(LeafIndex(index)).await.unwrap();
        assert!(entry.provider().is_some());
        // Staff and reference stand in a part of one's own: a canary for the bytes on disk.
        let (hold, _) = police
            .place_hold(LeafIndex(index)..=LeafIndex(index))
            .await
            .unwrap();
        assert!(!holds(&data(&chain), b"review-7"), "a part in clear");

        // While it seals it stays; under the next one it opens.
        stop(&mut chain);
        assert!(
            wrapping(&chain, "destroy", Some("1"))
                .unwrap_err()
                .contains("epoch 1 seals")
        );
        wrapping(&chain, "rotate", None).unwrap();
        let refused = wrapping(&chain, "destroy", Some("1")).unwrap_err();
        assert!(refused.contains("holds its parts"), "{refused}");
        start(&mut chain);
        officers(&chain, "politie", 1)
            .lift_hold(hold)
            .await
            .unwrap();
        stop(&mut chain);
        let refused = wrapping(&chain, "destroy", Some("1")).unwrap_err();
        assert!(refused.contains("must be kept until 20"), "{refused}");
        let store = open(&chain);
        let under = |store: &seinhuis_store::Embedded, epoch: u32| {
            let seen = store.snapshot().unwrap();
            let of = |index: &u64| {
                let value = seen.parts(LeafIndex(*index)).unwrap().value;
                value.is_some_and(|value| Stored::read(&value).under(epoch))
            };
            (0..store.next_index().0).filter(of).collect::<Vec<_>>()
        };
        let old = under(&store, 1);
        assert!(old.contains(&index) && !under(&store, 2).is_empty());
        age(&store, &entry.leaf.to_bytes(), old[0], *old.last().unwrap()).await;
        drop(store);
        assert!(
            wrapping(&chain, "list", None)
                .unwrap()
                .contains("epoch 1  opens")
        );

        let (first, second) = (key(&chain, 1), key(&chain, 2));
        let backup = tempfile::tempdir().unwrap();
        copy(&data(&chain), backup.path());
        wrapping(&chain, "destroy", Some("1")).unwrap();
        assert!(
            wrapping(&chain, "destroy", Some("1"))
                .unwrap_err()
                .contains("destroyed before")
        );
        let hub = chain.sandbox.root().join("hub");
        let text: String = first.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!holds(&hub, text.as_bytes()) && !holds(&hub, &first));
        let told = fs::read_to_string(hub.join("keys/wrapping-1.destroyed")).unwrap();
        assert!(
            told.starts_with("epoch 1 of the wrapping key, destroyed 20"),
            "{told}"
        );

        // The hub serves without it, and says of each part that it is erased.
        start(&mut chain);
        let police = officers(&chain, "politie", 1);
        let read = police.entry(LeafIndex(index)).await.unwrap();
        assert!(!read.is_own() && read.proven);
        assert_eq!(read.leaf.to_bytes(), entry.leaf.to_bytes());
        assert_eq!(read.erased, [Part::Shared, Part::Provider, Part::Outcome]);
        let fresh = send_one(&chain).await;
        assert!(
            police
                .entry(LeafIndex(fresh))
                .await
                .unwrap()
                .provider()
                .is_some()
        );
        stop(&mut chain);

        // The live data and the backup of before have the sealed bytes, and no key opens them. That the
        // one that is gone would have shows that this looks in the right place.
        fs::rename(data(&chain), hub.join("live")).unwrap();
        for folder in [hub.join("live"), backup.path().to_owned()] {
            copy(&folder, &data(&chain));
            let store = open(&chain);
            let value = store
                .snapshot()
                .unwrap()
                .parts(LeafIndex(index))
                .unwrap()
                .value
                .unwrap();
            assert_eq!(
                opens(&value, &entry.leaf, &first),
                5,
                "{}",
                folder.display()
            );
            assert_eq!(opens(&value, &entry.leaf, &second), 0);
            drop(store);
            fs::remove_dir_all(data(&chain)).unwrap();
        }
        assert!(!holds(&hub, b"review-7"));
    });
}
