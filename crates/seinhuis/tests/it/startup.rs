//! Everything that can be wrong before the first call is named, with its fix and its exit code.

use super::{config, run, sandbox, told};
use seinhuis_store::{Batch, Engine};
use seinhuis_store_sled::{SledEngine, SledOptions};
use seinhuis_testkit::sandbox::{Sandbox, SandboxError, Service};
use seinhuis_types::line_at;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A role of the sandbox, and what its data are.
struct Role {
    name: &'static str,
    /// The folder of its engine.
    data: &'static str,
    port: fn(&Sandbox) -> u16,
    start: fn(&Sandbox) -> Result<Service, SandboxError>,
    /// The last byte of its schema row.
    kind: u8,
    /// Of the data it writes.
    version: u8,
}

const ROLES: [Role; 2] = [
    Role {
        name: "hub",
        data: "data/store",
        port: Sandbox::hub_port,
        start: Sandbox::start_hub,
        kind: 1,
        version: 2,
    },
    Role {
        name: "pseudonymiser",
        data: "data",
        port: Sandbox::pseudonymiser_port,
        start: Sandbox::start_pseudonymiser,
        kind: 2,
        version: 1,
    },
];

impl Role {
    fn folder(&self, sandbox: &Sandbox) -> PathBuf {
        sandbox.root().join(self.name)
    }

    fn config(&self, sandbox: &Sandbox) -> PathBuf {
        self.folder(sandbox).join(format!("{}.toml", self.name))
    }

    fn data(&self, sandbox: &Sandbox) -> PathBuf {
        self.folder(sandbox).join(self.data)
    }

    /// Starts it, to its end.
    fn serve(&self, sandbox: &Sandbox) -> Output {
        let config = self.config(sandbox);
        let config = config.to_str().unwrap();
        run(&["serve", "--role", self.name, "--config", config])
    }

    /// It does not start: with this exit code, and with these words on what is wrong and on what
    /// mends it.
    fn is_refused(&self, sandbox: &Sandbox, code: i32, words: &[&str]) {
        ended(&self.serve(sandbox), code, words);
    }
}

fn ended(output: &Output, code: i32, words: &[&str]) {
    let told = told(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
    }
}

/// Ends a service as its operator does.
fn stop(service: &mut Service) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(service.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(service.wait().unwrap().success());
}

fn fsck(sandbox: &Sandbox) -> Output {
    run(&["fsck", "--config", sandbox.hub_config().to_str().unwrap()])
}

fn check(folder: &Path) -> Output {
    run(&["check", folder.to_str().unwrap()])
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// The line of a file on which `needle` stands first, as a fault names it.
fn place(path: &Path, needle: &str) -> String {
    let text = fs::read_to_string(path).unwrap();
    let line = line_at(&text, text.find(needle).unwrap());
    format!("{}:{line}: ", path.file_name().unwrap().to_str().unwrap())
}

#[test]
fn both_services_start_and_end_when_asked() {
    let (_folder, sandbox) = sandbox();
    let mut other = sandbox.start_pseudonymiser().unwrap();
    let mut hub = sandbox.start_hub().unwrap();
    stop(&mut hub);
    stop(&mut other);
    // A second start finds its data.
    drop(sandbox.start_hub().unwrap());
    ended(&fsck(&sandbox), 0, &[]);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        let config = role.config(&sandbox);
        edit(&config, "test_oins = true", "test_oinz = true");
        let line = place(&config, "test_oinz");
        role.is_refused(
            &sandbox,
            78,
            &["test_oinz", &line, "docs/operations/configuration.md"],
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    for role in ROLES {
        let output = run(&["serve", "--role", role.name, "--config", "/nowhere/x.toml"]);
        ended(&output, 78, &["/nowhere/x.toml", "--config"]);
    }
}

#[test]
fn loose_permissions_of_a_key_are_named_with_the_command_that_mends_them() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        let key = role.folder(&sandbox).join("keys/transcryptor.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        role.is_refused(&sandbox, 78, &["transcryptor.key", "chmod 600"]);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        drop((role.start)(&sandbox).unwrap());
    }
}

#[test]
fn keys_in_the_data_folder_are_refused() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        let folder = role.folder(&sandbox);
        let inside = folder.join("data/keys");
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::rename(folder.join("keys"), &inside).unwrap();
        // Also by a link that only looks as if they lay elsewhere.
        std::os::unix::fs::symlink(&inside, folder.join("keys")).unwrap();
        role.is_refused(&sandbox, 78, &["`keys`", "move it out"]);
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        let port = (role.port)(&sandbox);
        let _held = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let fix = "is another process using the port?";
        role.is_refused(&sandbox, 69, &[&port.to_string(), fix]);
    }
}

#[test]
fn data_of_a_newer_version_are_left_alone() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        drop((role.start)(&sandbox).unwrap());
        let engine = SledEngine::open(&role.data(&sandbox), SledOptions::default()).unwrap();
        let schema = [0, 0, 0, role.version, role.kind];
        let rows = engine.scan(&[], &[255], 1_000).unwrap();
        let (key, _) = rows
            .into_iter()
            .find(|(_, value)| **value == schema)
            .unwrap();
        let newer = Batch::from([(key, Some(vec![0, 0, 0, 200, role.kind]))]);
        engine.apply(&newer).unwrap();
        engine.sync().unwrap();
        drop(engine);
        let fix = "use the version that wrote them, or newer";
        role.is_refused(&sandbox, 78, &["200", fix]);
        if role.name == "hub" {
            ended(&fsck(&sandbox), 78, &["200", fix]);
        }
    }
}

#[test]
fn data_that_another_process_uses_are_left_alone() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        let _running = (role.start)(&sandbox).unwrap();
        let words = ["in use", "stop the service that uses them first"];
        role.is_refused(&sandbox, 69, &words);
        if role.name == "hub" {
            ended(&fsck(&sandbox), 69, &words);
        }
    }
}

#[test]
fn damaged_data_are_not_served_and_not_called_in_use() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        drop((role.start)(&sandbox).unwrap());
        damage(&role.data(&sandbox).join("conf"), 5);
        let fix = "docs/operations/recovery.md";
        role.is_refused(&sandbox, 65, &["damaged", fix]);
        if role.name == "hub" {
            ended(&fsck(&sandbox), 65, &["damaged", fix]);
        }
    }
}

#[test]
fn a_flipped_bit_in_the_store_is_a_finding() {
    let (_folder, sandbox) = sandbox();
    // Ended in order, so that all its entries are under a checkpoint.
    stop(&mut sandbox.start_hub().unwrap());
    damage(&sandbox.root().join("hub/data/store/db"), 1_000);
    ended(&fsck(&sandbox), 65, &["1 findings"]);
    let fix = "put back the newest copy of the store";
    ROLES[0].is_refused(&sandbox, 65, &["a checkpoint over", fix]);
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
    // An administrator may have made the folder for the service's user.
    let empty = sandbox.root().join("empty");
    fs::create_dir(&empty).unwrap();
    let made = run(&["keys", "--role", "pseudonymiser", empty.to_str().unwrap()]);
    ended(&made, 0, &[]);
}

#[test]
fn check_names_file_line_and_fix_of_every_fault() {
    let (_folder, sandbox) = sandbox();
    let rules = sandbox.root().join("rules");
    for folder in ["agreements", "policy/cases"] {
        files_of(&config().join(folder), &rules.join(folder));
    }
    ended(&check(&rules), 0, &[]);
    let [types, law, case, agreement, other] = [
        "catalogue/types-politie.toml",
        "policy/basis.cedar",
        "policy/cases/agreement-ended.toml",
        "agreements/five-party.toml",
        "agreements/two-party.toml",
    ]
    .map(|path| rules.join(path));
    // What comes from the files, without which nothing else can be judged.
    edit(&types, "urgency = \"U2\"", "urgency = \"U9\"");
    edit(&law, "@law(", "@lawful(");
    let (at, beside) = (place(&types, "\"U9\""), "basis.cedar:");
    ended(
        &check(&rules),
        78,
        &[&at, "U9", "or use one of", beside, "lawful"],
    );
    edit(&types, "urgency = \"U9\"", "urgency = \"U2\"");
    edit(&law, "@lawful(", "@law(");
    // Beyond them, all at once.
    edit(&case, "AGREEMENT_ENDED", "AGREEMENT_SUSPENDED");
    edit(
        &agreement,
        "log_retention_days = ",
        "log_retention_days = 1 # ",
    );
    edit(&other, "mode = \"push\"", "mode = \"pull\"");
    let of = |path, needle| place(path, needle);
    ended(
        &check(&rules),
        78,
        &[
            &of(&case, "expect"),
            "mend the policies, or what the case expects",
            &of(&agreement, "log_retention_days = 1 #"),
            "at least 1461 days",
            &of(&other, "mode = \"pull\""),
            "write `push`",
        ],
    );
}

#[test]
fn check_reads_a_whole_configuration() {
    let (_folder, sandbox) = sandbox();
    for role in ROLES {
        ended(&check(&role.folder(&sandbox)), 0, &[]);
    }
    let [hub, other] = ROLES;
    let partners = hub.folder(&sandbox).join("partners.toml");
    let config = hub.config(&sandbox);
    edit(&partners, "role = \"politie\"", "role = \"brandweer\"");
    let at = place(&partners, "\"brandweer\"");
    let words: [&str; 2] = [&at, "write one of its partner roles"];
    ended(&check(&hub.folder(&sandbox)), 78, &words);
    hub.is_refused(&sandbox, 78, &words);
    for (config, from, to) in [
        (config.clone(), "origin = \"", "origin = \"+"),
        (config, "oin = \"00", "oin = \""),
        (other.config(&sandbox), "hub_oin = \"00", "hub_oin = \""),
    ] {
        edit(&config, from, to);
        let at = place(&config, to);
        let words: [&str; 2] = [&at, "docs/operations/configuration.md"];
        ended(&check(config.parent().unwrap()), 78, &words);
        edit(&config, to, from);
    }
}

/// The files of a folder, in another.
fn files_of(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Flips a bit.
fn damage(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// A policy that the hub could start with, of a witness that nobody runs.
fn good_policy(sandbox: &Sandbox) -> String {
    let key = "witness.example/w+fa3bb37c+BC1xFkK3JrBEAWJ8qfusMvXIUw+xkDzE2wIlhxeSGkiB";
    let log = sandbox.log_vkey();
    format!("# Who watches.\nlog {log}\nwitness w {key} https://witness.example\nquorum w\n")
}

#[test]
fn a_policy_that_is_not_this_logs_or_can_never_be_met_refuses_the_start() {
    let (_folder, sandbox) = sandbox();
    let (_other_folder, other) = super::sandbox();
    let hub = &ROLES[0];
    let config = hub.config(&sandbox);
    let file = hub.folder(&sandbox).join("witness.policy");
    let origin = "origin = \"localhost/log/2026h2\"\n";
    edit(
        &config,
        origin,
        &format!("{origin}policy = \"witness.policy\"\n"),
    );
    hub.is_refused(&sandbox, 78, &["witness.policy", "is it there"]);

    let good = good_policy(&sandbox);
    let own = format!("it should be `log {}`", sandbox.log_vkey());
    let refused = [
        (
            good.replace(sandbox.log_vkey(), other.log_vkey()),
            "witness.policy:2: this line is of another log",
            own.as_str(),
        ),
        (
            good.replace("log localhost", "# log localhost"),
            "it names no log",
            own.as_str(),
        ),
        (
            good.replace("quorum w\n", ""),
            "one quorum line",
            "docs/formats/witness.md",
        ),
        (
            good.replace(" https://witness.example\n", "\n"),
            "can never make the quorum",
            "add the addresses",
        ),
        (
            good.replace("https://witness.example", "http://witness.example"),
            "`http://witness.example` of witness `w`",
            "else https://",
        ),
        (
            good.replace("https://", "ftp://"),
            "of witness `w`",
            "https://",
        ),
    ];
    for (text, what, fix) in refused {
        assert_ne!(text, good);
        fs::write(&file, &text).unwrap();
        hub.is_refused(&sandbox, 78, &[what, fix]);
    }
    assert!(!hub.folder(&sandbox).join("data/log").exists());
    // What is not the key's is found without it.
    fs::write(&file, good.replace("https://", "http://")).unwrap();
    ended(&check(&hub.folder(&sandbox)), 78, &["else https://"]);
    fs::write(&file, &good).unwrap();
    let checked = check(&hub.folder(&sandbox));
    assert!(String::from_utf8_lossy(&checked.stdout).contains("witnesses  1"));
    drop(sandbox.start_hub().unwrap());
}
