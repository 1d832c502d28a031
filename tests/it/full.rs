//! A disk that fills up, and has room again: nothing is lost, nothing is started again.
//!
//! Takes root: the hub's data lie on a small file system of their own. Must not know: how the reserve is
//! reckoned.

use super::run;
use crate::call::{Answer, Call, ROUTES, publish};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use seinhuis_client::LogKeys;
use seinhuis_tests::{Chain, Raw};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use tonic::transport::Channel;

/// Of the file system; of it 256 MiB are the reserve.
const SIZE: &str = "size=512m";
const MIB: u64 = 1024 * 1024;

/// A file system in memory, for as long as this lives.
struct Mount(PathBuf);

impl Mount {
    fn at(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let made = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "none"])
            .arg(folder)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "this test mounts a file system, which takes root: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self(folder.to_owned())
    }

    /// Leaves about so many bytes free; removing the file gives the room back.
    fn fill(&self, but: u64) -> PathBuf {
        let disk = statvfs(&self.0).unwrap();
        let filler = self.0.join("filler");
        let file = File::create(&filler).unwrap();
        let bytes = disk.f_bavail * disk.f_frsize - but;
        fallocate(&file, FallocateFlags::empty(), 0, bytes).unwrap();
        filler
    }

    /// Leaves none: the rest is written until there is no room, since the hub takes some as well.
    fn fill_up(&self) -> PathBuf {
        let filler = self.fill(8 * MIB);
        let mut file = File::options().append(true).open(&filler).unwrap();
        let page = [0; 4096];
        let full = loop {
            if let Err(error) = file.write_all(&page) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        filler
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: the hub may still be ending.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn proven(call: &Call, channel: &Channel, keys: &LogKeys) -> u64 {
    match call.make(channel.clone(), keys).await {
        Answer::Proven(proof) => proof.index().0,
        Answer::Lost => panic!("the line broke"),
    }
}

#[test]
fn a_full_disk_refuses_acts_and_goes_on_by_itself_when_there_is_room() {
    run(async {
        let mut mount = None;
        let chain = Chain::start_with(|sandbox| {
            mount = Some(Mount::at(&sandbox.root().join("hub/data")));
            Ok(())
        });
        let mut chain = chain.await.unwrap();
        let mount = mount.unwrap();
        let keys = chain.partner("politie").log_keys().clone();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let before = proven(&publish(&chain, ROUTES[0], true).await, &channel, &keys).await;
        // First the reserve is touched, then there is no byte left.
        for fill in [|mount: &Mount| mount.fill(128 * MIB), Mount::fill_up] {
            let call = publish(&chain, ROUTES[0], false).await;
            let filler = fill(&mount);
            for _ in 0..3 {
                let told = call.attempt(channel.clone(), &keys).await;
                assert_eq!(told.err(), Some(Some("STORAGE_FULL".to_owned())));
            }
            // What is there is read as before.
            chain.partner("veilig-thuis").checkpoint().await.unwrap();
            fs::remove_file(filler).unwrap();
            let index = proven(&call, &channel, &keys).await;
            assert!(index > before, "it was not done before");
            assert_eq!(
                proven(&call, &channel, &keys).await,
                index,
                "it was done once"
            );
        }
        // Published to the end: the log did not stop either.
        proven(&publish(&chain, ROUTES[0], true).await, &channel, &keys).await;
        chain.partner("om").verify_whole_log().await.unwrap();
        assert!(
            chain.hub.as_mut().unwrap().ended().unwrap().is_none(),
            "the hub was not started again"
        );
    });
}
