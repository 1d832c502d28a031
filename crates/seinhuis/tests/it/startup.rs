//! Everything that can be wrong before the first call is named, with its fix and its exit code.

use super::{run, sandbox, told};
use seinhuis_store::{Batch, Engine};
use seinhuis_store_sled::{SledEngine, SledOptions};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn serve(config: &Path) -> std::process::Output {
    run(&[
        "serve",
        "--role",
        "hub",
        "--config",
        config.to_str().unwrap(),
    ])
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn both_services_start_and_end_when_asked() {
    let (_folder, sandbox) = sandbox();
    let mut other = sandbox.start_pseudonymiser().unwrap();
    let mut hub = sandbox.start_hub().unwrap();
    for service in [&mut hub, &mut other] {
        let pid = rustix::process::Pid::from_raw(i32::try_from(service.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(service.wait().unwrap().success());
    }
    // A second start finds its data.
    drop(sandbox.start_hub().unwrap());
    let fsck = run(&["fsck", "--config", sandbox.hub_config().to_str().unwrap()]);
    assert_eq!(fsck.status.code(), Some(0), "{}", told(&fsck));
}

#[test]
fn an_unknown_key_is_named() {
    let (_folder, sandbox) = sandbox();
    edit(
        &sandbox.hub_config(),
        "test_oins = true",
        "test_oinz = true",
    );
    let output = serve(&sandbox.hub_config());
    assert_eq!(output.status.code(), Some(78));
    assert!(told(&output).contains("test_oinz"), "{}", told(&output));
}

#[test]
fn a_missing_file_is_named() {
    let output = serve(Path::new("/nowhere/hub.toml"));
    assert_eq!(output.status.code(), Some(78));
    assert!(told(&output).contains("/nowhere/hub.toml"));
}

#[test]
fn loose_permissions_of_a_key_are_named_with_the_command_that_mends_them() {
    let (_folder, sandbox) = sandbox();
    let key = sandbox.root().join("hub/keys/wrapping.keys");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = serve(&sandbox.hub_config());
    assert_eq!(output.status.code(), Some(78));
    assert!(told(&output).contains("chmod 600"), "{}", told(&output));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    drop(sandbox.start_hub().unwrap());
}

#[test]
fn keys_in_the_data_folder_are_refused() {
    let (_folder, sandbox) = sandbox();
    let hub = sandbox.root().join("hub");
    fs::create_dir_all(hub.join("data")).unwrap();
    fs::rename(hub.join("keys"), hub.join("data/keys")).unwrap();
    // Also by a link that only looks as if they lay elsewhere.
    std::os::unix::fs::symlink(hub.join("data/keys"), hub.join("keys")).unwrap();
    let output = serve(&sandbox.hub_config());
    assert_eq!(output.status.code(), Some(78));
    assert!(told(&output).contains("move it out"), "{}", told(&output));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_folder, sandbox) = sandbox();
    let _held = TcpListener::bind(("127.0.0.1", sandbox.hub_port())).unwrap();
    let output = serve(&sandbox.hub_config());
    assert_eq!(output.status.code(), Some(69));
    let told = told(&output);
    assert!(told.contains(&sandbox.hub_port().to_string()), "{told}");
}

#[test]
fn data_of_a_newer_version_are_left_alone() {
    let (_folder, sandbox) = sandbox();
    drop(sandbox.start_hub().unwrap());
    let store = sandbox.root().join("hub/data/store");
    let engine = SledEngine::open(&store, SledOptions::default()).unwrap();
    let schema = [0, 0, 0, 1, 1];
    let rows = engine.scan(&[], &[255], 1_000).unwrap();
    let (key, _) = rows
        .into_iter()
        .find(|(_, value)| **value == schema)
        .unwrap();
    let newer = Batch::from([(key, Some(vec![0, 0, 0, 200, 1]))]);
    engine.apply(&newer).unwrap();
    engine.sync().unwrap();
    drop(engine);
    let output = serve(&sandbox.hub_config());
    assert_eq!(output.status.code(), Some(78), "{}", told(&output));
    assert!(told(&output).contains("200"), "{}", told(&output));
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    assert_eq!(run(&["serve", "--role", "hubb"]).status.code(), Some(64));
    assert_eq!(run(&["serve"]).status.code(), Some(64));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn keys_are_never_overwritten() {
    let (_folder, sandbox) = sandbox();
    let keys = sandbox.root().join("pseudonymiser/keys");
    let before = fs::read(keys.join("transcryptor.key")).unwrap();
    let output = run(&["keys", "--role", "pseudonymiser", keys.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(fs::read(keys.join("transcryptor.key")).unwrap(), before);
}

#[test]
fn check_names_file_line_and_fix_of_every_fault() {
    let (_folder, sandbox) = sandbox();
    let rules = sandbox.root().join("rules");
    assert_eq!(
        run(&["check", rules.to_str().unwrap()]).status.code(),
        Some(0)
    );
    let types = rules.join("catalogue/types.toml");
    edit(&types, "urgency = \"U2\"", "urgency = \"U9\"");
    edit(&rules.join("policy/basis.cedar"), "@law(", "@lawful(");
    let output = run(&["check", rules.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    let told = told(&output);
    for part in ["types.toml:", "U9", "basis.cedar:", "law"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
