//! The files of a sandbox.

use super::{HUB_OIN, ORIGIN, PSEUDONYMISER_OIN, PartnerSpec, Sandbox, SandboxError, thumbprint};
use crate::random;
use rand_core::Rng;
use seinhuis_types::hex;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) fn make_folder(path: &Path) -> Result<(), SandboxError> {
    fs::create_dir_all(path).map_err(|e| SandboxError::File(path.to_owned(), e))
}

fn write(path: &Path, text: &str) -> Result<(), SandboxError> {
    fs::write(path, text).map_err(|e| SandboxError::File(path.to_owned(), e))
}

fn write_secret(path: &Path, text: &str) -> Result<(), SandboxError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| SandboxError::File(path.to_owned(), e))
}

/// Copies the plain files of a folder.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<(), SandboxError> {
    make_folder(to)?;
    let failed = |e| SandboxError::File(from.to_owned(), e);
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name)).map_err(|e| SandboxError::File(path.clone(), e))?;
        }
    }
    Ok(())
}

/// Roots and CRLs, as every party of a sandbox pins them.
const TRUST: &str = r#"roots = ["../pki/root.pem"]
crls = ["../pki/root.crl", "../pki/intermediate.crl"]"#;

pub(super) fn write_services(sandbox: &Sandbox) -> Result<(), SandboxError> {
    let (hub, pseudonymiser) = (sandbox.hub_port(), sandbox.pseudonymiser_port());
    let tls =
        |name: &str| format!("chain = \"../pki/{name}/tls.pem\"\nkey = \"../pki/{name}/tls.key\"");
    let text = format!(
        r#"listen = "127.0.0.1:{hub}"
test_oins = true
keys = "keys"
partners = "partners.toml"

[tls]
{}

[trust]
{TRUST}

[data]
folder = "data"

[rules]
catalogue = "../rules/catalogue"
policy = "../rules/policy"

[log]
origin = "{ORIGIN}"

[pseudonymiser]
host = "localhost"
port = {pseudonymiser}
oin = "{PSEUDONYMISER_OIN}"
"#,
        tls("hub")
    );
    write(&sandbox.root.join("hub/hub.toml"), &text)?;
    let text = format!(
        r#"listen = "127.0.0.1:{pseudonymiser}"
test_oins = true
hub_oin = "{HUB_OIN}"
keys = "keys"

[tls]
{}

[trust]
{TRUST}

[data]
folder = "data"
"#,
        tls("pseudonymiser")
    );
    write(
        &sandbox.root.join("pseudonymiser/pseudonymiser.toml"),
        &text,
    )?;
    write(&sandbox.root.join("hub/partners.toml"), &partners(sandbox)?)
}

/// The directory of partners, each with one system that may do everything.
fn partners(sandbox: &Sandbox) -> Result<String, SandboxError> {
    let mut text = String::new();
    for partner in &sandbox.partners {
        let thumbprint = thumbprint(&sandbox.pki.files(partner.name).tls_chain)?;
        let PartnerSpec {
            label,
            oin,
            role,
            region,
            desk,
            ..
        } = partner;
        let _ = write!(
            text,
            r#"[[partner]]
oin = "{oin}"
name = "{label}"
role = "{role}"
region = "{region}"
desks = ["{desk}"]

[[partner.system]]
thumbprint = "{thumbprint}"
name = "all"
capabilities = ["signal", "audit", "agreement", "keys"]

"#
        );
    }
    Ok(text)
}

/// A partner's folder: configuration, tag key, room for the keys of its desk.
pub(super) fn write_partner(sandbox: &Sandbox, partner: &PartnerSpec) -> Result<(), SandboxError> {
    let folder = sandbox.root.join("partners").join(partner.name);
    make_folder(&folder)?;
    let mut tag = [0; 32];
    random::os().fill_bytes(&mut tag);
    write_secret(&folder.join("tag.key"), &format!("{}\n", hex(&tag)))?;
    let PartnerSpec { name, oin, .. } = partner;
    let (hub_port, pseudonymiser_port) = (sandbox.hub_port(), sandbox.pseudonymiser_port());
    let Sandbox {
        log_vkey,
        receipt_vkey,
        ..
    } = sandbox;
    let text = format!(
        r#"oin = "{oin}"
test_oins = true
desks = "desks"
state = "state"
catalogues = ["../../rules/catalogue"]
policies = ["../../rules/policy"]
signing_roots = ["../../pki/root.pem"]
signing_crls = ["../../pki/root.crl", "../../pki/intermediate.crl"]
tag_keys = [{{ epoch = 1, file = "tag.key" }}]

[person]
person = "officer-1"
function = "fg"
reason = "lawfulness"
reference = "review-1"

[hub]
host = "localhost"
port = {hub_port}
oin = "{HUB_OIN}"

[pseudonymiser]
host = "localhost"
port = {pseudonymiser_port}
oin = "{PSEUDONYMISER_OIN}"

[tls]
cert = "../../pki/{name}/tls.pem"
key = "../../pki/{name}/tls.key"
roots = ["../../pki/root.pem"]
crls = ["../../pki/root.crl", "../../pki/intermediate.crl"]

[signing]
chain = "../../pki/{name}/signing.pem"
key = "../../pki/{name}/signing.key"

[log]
origin = "{ORIGIN}"
vkey = "{log_vkey}"
receipt_vkey = "{receipt_vkey}"
"#
    );
    write(&folder.join("partner.toml"), &text)
}
