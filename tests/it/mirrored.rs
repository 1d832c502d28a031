//! A partner's copy of the log beside a real hub: it follows it, and when the hub is put back from a
//! backup the copy shows what was lost.

use super::run;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_tests::{Chain, seinpaal};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// How often the log is looked at before it must have grown: each look is a process of its own.
const LOOKS: usize = 500;

fn verb(chain: &Chain, arguments: &[&str]) -> Output {
    Command::new(seinpaal().unwrap())
        .arg("--config")
        .arg(chain.sandbox.partner_config("politie"))
        .arg("--json")
        .args(arguments)
        .env_remove("SEINPAAL_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The document of a verb that ended with `code`.
fn document(chain: &Chain, arguments: &[&str], code: i32) -> Value {
    let output = verb(chain, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// Makes two entries, and waits until the published log holds both. Older ones may have waited to
/// be published, so its size says nothing of them by itself: their places do.
fn grow(chain: &Chain) -> u64 {
    let made = document(
        chain,
        &["keys", "create", "huiselijk-geweld", "--days", "30"],
        0,
    );
    let entries = made["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let places = entries.iter().map(|entry| entry["index"].as_u64().unwrap());
    let last = places.max().unwrap();
    for _ in 0..LOOKS {
        let seen = document(chain, &["audit", "checkpoint"], 0);
        let size = seen["size"].as_u64().unwrap();
        if size > last {
            return size;
        }
    }
    panic!("the log did not grow");
}

fn stop(chain: &mut Chain) {
    let mut hub = chain.hub.take().unwrap();
    let id = i32::try_from(hub.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    assert!(hub.wait().unwrap().success());
}

fn data(sandbox: &Sandbox) -> PathBuf {
    sandbox.root().join("hub/data")
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(done.unwrap().success());
}

#[test]
fn a_hub_put_back_from_a_backup_is_a_rollback_and_then_a_proven_fork() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("log").display().to_string();
        let backup = folder.path().join("backup");
        let mirrored = document(&chain, &["audit", "mirror", &mirror], 0);
        let size = mirrored["checkpoint"]["size"].as_u64().unwrap();
        assert!(size > 0);

        grow(&chain);
        stop(&mut chain);
        copy(&data(&chain.sandbox), &backup);
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let larger = grow(&chain);
        let mirrored = document(&chain, &["audit", "mirror", &mirror], 0);
        assert_eq!(mirrored["checkpoint"]["size"], larger);
        let offline = ["audit", "verify", "--folder", &mirror];
        assert_eq!(document(&chain, &offline, 0)["recomputed"], true);

        stop(&mut chain);
        fs::remove_dir_all(data(&chain.sandbox)).unwrap();
        copy(&backup, &data(&chain.sandbox));
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        document(&chain, &["audit", "mirror", &mirror], 21);
        document(&chain, &["audit", "verify"], 21);

        // It goes on as if nothing had been: with other entries where the lost ones were.
        let create = ["keys", "create", "huiselijk-geweld", "--days", "30"];
        let made = document(&chain, &create, 0);
        assert!(made["entries"][0]["index"].as_u64().unwrap() < larger);
        document(&chain, &create, 0);
        let mut code = 21;
        for _ in 0..LOOKS {
            let output = verb(&chain, &["audit", "mirror", &mirror]);
            code = output.status.code().unwrap();
            if code == 20 {
                break;
            }
        }
        assert_eq!(code, 20, "another history, proven");

        let config = chain.sandbox.partner_config("politie");
        let evidence = config.parent().unwrap().join("state/evidence");
        let fork = fs::read_dir(evidence).unwrap();
        let fork = fork
            .map(|file| file.unwrap().path())
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with("fork-")
            })
            .unwrap();
        // Another partner judges it with its own pinned keys.
        let output = Command::new(seinpaal().unwrap())
            .arg("--config")
            .arg(chain.sandbox.partner_config("om"))
            .args(["--json", "audit", "evidence"])
            .arg(fork)
            .output()
            .unwrap();
        assert!(output.status.success());
        let judged: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(judged["weight"], "proof");
        // So do two receipts of one place, and each of the new ones beside the copy.
        let still = document(&chain, &offline, 22);
        assert_eq!(still["checkpoint"]["size"], larger);
        assert_eq!(still["crimes"].as_array().unwrap().len(), 4, "{still}");
        let alone = document(&chain, &[&offline[..], &["--no-receipts"]].concat(), 0);
        assert_eq!(alone["checkpoint"]["size"], larger);
    });
}
