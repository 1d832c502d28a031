//! A hub's store as a file, and a hub on what was read back from it.

use super::crash::{data, fsck};
use super::faults::erasure::stop;
use super::flow::{next, send_one};
use super::retention::officers;
use super::run;
use seinhuis_client::Acknowledgement;
use seinhuis_tests::{Chain, binary};
use seinhuis_types::LeafIndex;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs `seinhuis export` or `import`; what it said, or exit code and why.
fn transfer(chain: &Chain, verb: &str, file: &Path) -> Result<String, (i32, String)> {
    let output = Command::new(binary().unwrap())
        .args([verb, "--config"])
        .arg(chain.sandbox.hub_config())
        .arg(file)
        .output()
        .unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(told(&output.stdout))
    } else {
        Err((output.status.code().unwrap(), told(&output.stderr)))
    }
}

#[test]
fn a_hub_goes_on_from_what_was_exported() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let index = send_one(&chain).await;
        let opened = next(&chain, "veilig-thuis", "intake").await;
        let folder = tempfile::tempdir().unwrap();
        let (file, again) = (folder.path().join("a"), folder.path().join("b"));
        let running = transfer(&chain, "export", &file).unwrap_err();
        assert_eq!(running.0, 69, "{running:?}");
        assert!(!file.exists());
        stop(&mut chain);
        let told = transfer(&chain, "export", &file).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            transfer(&chain, "export", &file).is_err(),
            "never over a file"
        );
        assert_eq!(
            transfer(&chain, "import", &file).unwrap_err().0,
            78,
            "not empty"
        );

        // Refused files leave no store.
        let store = data(&chain).join("store");
        fs::rename(&store, folder.path().join("before")).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let place = lines.len() / 2;
        let cut = lines[..place].join("\n");
        let mut doctored: Vec<&str> = lines.clone();
        doctored.swap(place, place + 1);
        for (text, line) in [(cut, place), (doctored.join("\n") + "\n", place + 2)] {
            fs::write(&again, text).unwrap();
            let (code, why) = transfer(&chain, "import", &again).unwrap_err();
            assert_eq!(code, 65, "{why}");
            assert!(why.contains(&format!("line {line}:")), "{why}");
            assert!(!store.exists());
        }
        fs::remove_file(&again).unwrap();

        let read = transfer(&chain, "import", &file).unwrap();
        assert_eq!(read.replace("imported", "exported"), told);
        transfer(&chain, "export", &again).unwrap();
        assert_eq!(fs::read(&again).unwrap(), fs::read(&file).unwrap());
        assert_eq!(fsck(&chain), Vec::<String>::new());

        // What was under way goes on.
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let vt = chain.partner("veilig-thuis");
        vt.acknowledge(&opened, &Acknowledgement::Delivered)
            .await
            .unwrap();
        let police = officers(&chain, "politie", 1);
        let entry = police.entry(LeafIndex(index)).await.unwrap();
        assert!(entry.provider().is_some() && entry.proven);
        stop(&mut chain);
        assert_eq!(fsck(&chain), Vec::<String>::new());
    });
}
