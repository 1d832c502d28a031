//! Configurations: one that reads, and what is told of those that do not.

use super::{code, run, told};
use seinhuis_merkle::{KeyName, NoteSigner, Receipt};
use seinhuis_testkit::pki::Pki;
use seinhuis_types::{Clock, SystemClock, hex};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "hub.example/log/2026h2";
pub(crate) const OWN: &str = "00000099000000010000";
pub(crate) const HUB: &str = "00000099000000900000";
const PSEUDONYMISER: &str = "00000099000000910000";
pub(crate) const TAG_KEY: [u8; 32] = [3; 32];

/// The log's key.
pub(crate) fn log_signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]).unwrap()
}

/// The key of its receipts.
pub(crate) fn receipt_signer() -> NoteSigner {
    let name = Receipt::key_name(&KeyName::parse(ORIGIN).unwrap()).unwrap();
    NoteSigner::from_seed(name, &[2; 32]).unwrap()
}

/// A partner's folder.
pub(crate) struct Config {
    pub(crate) folder: TempDir,
    path: String,
}

impl Config {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Good for verbs that connect to nothing: keys and certificates are not there.
pub(crate) fn offline() -> Config {
    with_hub(1)
}

/// A whole partner, whose hub and pseudonymiser are said to listen at `port`.
pub(crate) fn partner(port: u16) -> Config {
    let config = with_hub(port);
    let now = SystemClock.now();
    let pki = Pki::create(&config.folder.path().join("pki"), now).unwrap();
    pki.partner("own", OWN.parse().unwrap(), now).unwrap();
    config
}

fn with_hub(port: u16) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let tag = folder.path().join("tag.key");
    std::fs::write(&tag, hex(&TAG_KEY)).unwrap();
    std::fs::set_permissions(&tag, std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = folder.path().join("partner.toml");
    std::fs::write(&path, text(port)).unwrap();
    let path = path.display().to_string();
    Config { folder, path }
}

fn text(port: u16) -> String {
    let catalogue = super::repository().join("config/catalogue");
    let catalogue = std::fs::canonicalize(catalogue).unwrap();
    let (log, receipts) = (log_signer(), receipt_signer());
    format!(
        r#"oin = "{OWN}"
test_oins = true
desks = "desks"
state = "state"
catalogues = ["{}"]
signing_roots = ["pki/root.pem"]
signing_crls = ["pki/root.crl", "pki/intermediate.crl"]
tag_keys = [{{ epoch = 1, file = "tag.key" }}]

[hub]
host = "127.0.0.1"
port = {port}
oin = "{HUB}"

[pseudonymiser]
host = "127.0.0.1"
port = {port}
oin = "{PSEUDONYMISER}"

[tls]
cert = "pki/own/tls.pem"
key = "pki/own/tls.key"
roots = ["pki/root.pem"]
crls = ["pki/root.crl", "pki/intermediate.crl"]

[signing]
chain = "pki/own/signing.pem"
key = "pki/own/signing.key"

[log]
origin = "{ORIGIN}"
vkey = "{}"
receipt_vkey = "{}"
"#,
        catalogue.display(),
        log.verifier(),
        receipts.verifier()
    )
}

/// The configuration with one text in the place of another, and what is told of it.
fn changed(from: &str, to: &str) -> String {
    let config = offline();
    let good = std::fs::read_to_string(config.path()).unwrap();
    assert!(good.contains(from), "{from}");
    std::fs::write(config.path(), good.replace(from, to)).unwrap();
    let output = run(&["--config", config.path(), "directory", "partners"]);
    assert_eq!(code(&output), 3, "{}", told(&output));
    let told = told(&output);
    assert!(told.contains("partner.toml"), "the file is named: {told}");
    told
}

#[test]
fn a_bad_configuration_is_told_by_file_and_key() {
    assert!(changed("port = 1\n", "port = \"x\"\n").contains("`port`"));
    assert!(changed("[hub]\n", "[hub]\ntimeout = 3\n").contains("`timeout`"));
    assert!(changed("test_oins = true", "test_oins = false").contains("oin:"));
    assert!(changed("state = \"state\"\n", "").contains("state"));
    assert!(changed("[log]", "[log").contains("line"));
}

#[test]
fn a_configuration_that_is_not_there_is_told_with_how_to_name_one() {
    let output = run(&["directory", "partners"]);
    assert_eq!(code(&output), 3);
    let told = told(&output);
    assert!(
        told.contains("partner.toml") && told.contains("--config"),
        "{told}"
    );
}

#[test]
fn a_file_the_configuration_names_is_told_when_it_is_missing() {
    let config = offline();
    let output = run(&["--config", config.path(), "directory", "partners"]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("signing."), "{}", told(&output));
}

#[test]
fn the_environment_names_a_configuration_and_the_flag_goes_before_it() {
    let config = offline();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_seinpaal"))
            .args(arguments)
            .env("SEINPAAL_CONFIG", config.path())
            .current_dir(Path::new("/"))
            .output()
            .unwrap();
        told(&output)
    };
    assert!(run(&["directory", "partners"]).contains("signing."));
    assert!(run(&["directory", "partners", "--config", "/nowhere.toml"]).contains("/nowhere.toml"));
}
