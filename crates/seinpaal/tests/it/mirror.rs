//! The mirror: whole, resumable, and where it was when the hub does wrong.

use super::config::log_signer;
use super::hub::{Hub, Log, foreign_signer, swapped_signer};
use super::{code, shown, told};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

fn mirrored(hub: &Hub) -> Value {
    let output = hub.run(&["audit", "mirror", &hub.mirror(), "--once"]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    serde_json::from_str(&shown(&output)).unwrap()
}

/// The size at which the copy verifies offline, from its bytes alone.
fn holds(hub: &Hub) -> u64 {
    let output = hub.run(&["audit", "verify", "--folder", &hub.mirror()]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let document: Value = serde_json::from_str(&shown(&output)).unwrap();
    document["checkpoint"]["size"].as_u64().unwrap()
}

/// Every file of the copy but the lock.
fn files(hub: &Hub) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from(hub.mirror())]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("mirror.lock") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_copy_follows_the_log_and_verifies_without_it() {
    let hub = Hub::of(&Log::honest(0));
    for size in [0, 3, 300, 300, 700] {
        hub.show(&Log::honest(size));
        let document = mirrored(&hub);
        assert_eq!(document["checkpoint"]["size"], size);
        assert_eq!(holds(&hub), size);
    }
    // Bundles 1 and 2 are new or wider; the first is full already.
    hub.show(&Log::honest(1_000));
    assert_eq!(mirrored(&hub)["bundles_fetched"], 2);
}

#[test]
fn a_kill_at_any_tile_leaves_the_copy_where_it_was_and_the_next_run_goes_on() {
    let large = Log::honest(700);
    let hub = Hub::of(&Log::honest(300));
    mirrored(&hub);
    let mut fetched = Vec::new();
    for after in 0.. {
        hub.show(&large);
        hub.lie(|says| says.stalls_after = Some(after));
        let mut child = hub.start(&["audit", "mirror", &hub.mirror()]);
        // It either ends, or asks for a tile that does not come.
        let ended = loop {
            if hub.has_stalled() {
                break false;
            }
            if child.try_wait().unwrap().is_some() {
                break true;
            }
            std::thread::yield_now();
        };
        if ended {
            assert!(child.wait().unwrap().success());
            assert!(after > 4, "{after}");
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(holds(&hub), 300, "killed at tile {after}");
        fetched.push(hub.tiles());
    }
    assert_eq!(holds(&hub), 700);
    hub.lie(|says| says.stalls_after = None);
    assert_eq!(mirrored(&hub)["grown_by"], 0);
}

#[test]
fn a_damaged_byte_is_found_and_its_file_named() {
    let hub = Hub::of(&Log::honest(600));
    mirrored(&hub);
    for path in files(&hub) {
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let name = path.strip_prefix(hub.mirror()).unwrap();
        let name = name.display().to_string();
        let output = hub.run(&["audit", "mirror", &hub.mirror()]);
        assert_eq!(code(&output), 3, "{name}: {}", told(&output));
        assert!(told(&output).contains(&name), "{name}: {}", told(&output));
        let output = hub.run(&["audit", "verify", "--folder", &hub.mirror()]);
        assert_eq!(code(&output), 5, "{name}");
        std::fs::write(&path, good).unwrap();
    }
    assert_eq!(holds(&hub), 600);
    // As the remedy says: the file and the checkpoint go, and only that file comes again.
    let lost = PathBuf::from(hub.mirror()).join("tile/entries/001");
    std::fs::remove_file(lost).unwrap();
    std::fs::remove_file(PathBuf::from(hub.mirror()).join("checkpoint")).unwrap();
    let document = mirrored(&hub);
    assert_eq!(
        (&document["bundles_fetched"], &document["bundles_kept"]),
        (&1.into(), &2.into())
    );
    assert_eq!(holds(&hub), 600);
}

/// A hub whose 300 entries are mirrored, and that then does wrong.
fn wronged(lie: impl FnOnce(&Hub), number: i32, crime: &str, weight: &str) {
    let hub = Hub::of(&Log::honest(300));
    mirrored(&hub);
    let before: Vec<_> = files(&hub)
        .into_iter()
        .map(|path| (std::fs::read(&path).unwrap(), path))
        .collect();
    lie(&hub);
    let output = hub.run(&["audit", "mirror", &hub.mirror()]);
    assert_eq!(code(&output), number, "{crime}: {}", told(&output));
    assert!(told(&output).contains(crime), "{}", told(&output));
    let (_, document) = hub.evidence();
    assert_eq!(
        (&document["crime"], &document["weight"]),
        (&crime.into(), &weight.into())
    );
    for (bytes, path) in &before {
        assert_eq!(std::fs::read(path).unwrap(), *bytes, "{}", path.display());
    }
    assert_eq!(files(&hub).len(), before.len());
    assert_eq!(holds(&hub), 300);
}

#[test]
fn whatever_the_hub_does_the_copy_stays_at_the_last_good_state() {
    wronged(|hub| hub.show(&Log::other(300, 9)), 20, "fork", "proof");
    wronged(|hub| hub.show(&Log::other(400, 256)), 20, "fork", "proof");
    wronged(
        |hub| hub.show(&Log::honest(200)),
        21,
        "rollback",
        "testimony",
    );
    let replayed = "replayed-checkpoint";
    let old = |hub: &Hub| hub.lie(|says| says.checkpoint = Log::honest(9).signed(&log_signer()));
    wronged(old, 24, replayed, "testimony");
    let foreign = |hub: &Hub| {
        hub.lie(|says| says.checkpoint = Log::honest(400).signed(&foreign_signer()));
    };
    wronged(foreign, 24, replayed, "testimony");
    let swapped = |hub: &Hub| {
        hub.lie(|says| says.checkpoint = Log::honest(400).signed(&swapped_signer()));
    };
    wronged(swapped, 25, "swapped-key", "testimony");
    let mute = |hub: &Hub| {
        hub.show(&Log::honest(400));
        hub.lie(|says| says.mute = true);
    };
    wronged(mute, 26, "unproven", "testimony");
}

#[test]
fn a_copy_proves_a_fork_that_the_hub_has_rolled_back_behind() {
    // The hub shows nothing of the larger tree any more; the copy does.
    wronged(|hub| hub.show(&Log::other(200, 9)), 20, "fork", "proof");
}

#[test]
fn tiles_that_are_not_what_was_signed_are_an_incident() {
    let hub = Hub::of(&Log::honest(300));
    mirrored(&hub);
    hub.lie(|says| {
        says.checkpoint = Log::honest(400).signed(&log_signer());
        says.log = Log::other(400, 390);
    });
    let output = hub.run(&["audit", "mirror", &hub.mirror()]);
    // Proofs and tiles are of another tree than the checkpoint: it is shown for no tree at all.
    assert_eq!(code(&output), 26, "{}", told(&output));
    assert_eq!(holds(&hub), 300);
}

#[test]
fn a_folder_of_another_log_is_left_alone() {
    let hub = Hub::of(&Log::honest(3));
    let folder = PathBuf::from(hub.mirror());
    std::fs::create_dir(&folder).unwrap();
    let note = Log::honest(3).signed(&foreign_signer());
    std::fs::write(folder.join("checkpoint"), &note).unwrap();
    let output = hub.run(&["audit", "mirror", &hub.mirror()]);
    assert_eq!(code(&output), 3, "{}", told(&output));
    assert!(told(&output).contains("another log"), "{}", told(&output));
    assert_eq!(
        std::fs::read_to_string(folder.join("checkpoint")).unwrap(),
        note
    );
}

#[test]
fn a_mirror_that_stays_follows_the_log_alone_in_its_folder_until_it_is_interrupted() {
    let hub = Hub::of(&Log::honest(3));
    let mut child = hub.start(&["audit", "mirror", &hub.mirror(), "--every", "1"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["checkpoint"]["size"], 3);
    let output = hub.run(&["audit", "mirror", &hub.mirror()]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("in use"), "{}", told(&output));
    hub.show(&Log::honest(300));
    while next()["checkpoint"]["size"] != 300 {}
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(holds(&hub), 300);
}

#[test]
fn a_mirror_that_stays_ends_at_a_crime() {
    let hub = Hub::of(&Log::honest(3));
    let mut child = hub.start(&["audit", "mirror", &hub.mirror(), "--every", "1"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    hub.show(&Log::other(300, 1));
    assert_eq!(child.wait().unwrap().code(), Some(20));
    assert_eq!(holds(&hub), 3);
    assert_eq!(hub.evidence().1["crime"], "fork");
}
