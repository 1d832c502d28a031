//! After the story: command lines to try on what it left behind.
//!
//! Owns: the lines, and the one file they need. Must not know: how `seinpaal` does what it does.

use super::story;
use super::tell::line;
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_types::{AgreementHash, LeafIndex};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What the story left behind.
pub(super) struct Left {
    /// The agreement of the five.
    pub(super) agreement: AgreementHash,
    /// The entry of the refusal that Reclassering got.
    pub(super) refusal: LeafIndex,
}

/// Tells what to try while both services stay up.
pub(super) fn invite(sandbox: &Sandbox, rules: &Path, left: &Left) -> io::Result<()> {
    let number = number_file(&sandbox.root().join("partners/veilig-thuis"))?;
    let Left { agreement, refusal } = left;
    let example = rules.join("examples/inc-home.toml");
    let example = example.display();
    line("");
    line("To try, in another terminal:");
    for (what, partner, verb) in [
        (
            "Why Reclassering was refused, with law and remedy (in Dutch without --lang):",
            "reclassering",
            format!("decision explain {refusal} --lang en"),
        ),
        (
            "Each break-glass of Reclassering, and what both sides found of it:",
            "reclassering",
            "break-glass list --lang en".to_owned(),
        ),
        (
            "Which agreements there are, as Politie sees them:",
            "politie",
            "agreement list".to_owned(),
        ),
        (
            "Send a signal of one's own to Veilig Thuis, and receive it there:",
            "politie",
            format!("signal send {example} --agreement '{agreement}'"),
        ),
        (
            "",
            "veilig-thuis",
            "signal receive intake --once --acknowledge".to_owned(),
        ),
        (
            "Verify the whole log as Veilig Thuis, and look in it for the child of the story:",
            "veilig-thuis",
            "audit verify --whole".to_owned(),
        ),
        (
            "",
            "veilig-thuis",
            format!("audit scan --number-file {}", number.display()),
        ),
    ] {
        if !what.is_empty() {
            line("");
            line(what);
        }
        let config = sandbox.partner_config(partner);
        let config = config.display();
        line(&format!(
            "  cargo run --release -q -p seinpaal -- --config {config} {verb}"
        ));
    }
    line("");
    line("The services stay up; Ctrl-C here ends them.");
    Ok(())
}

/// A number is never typed on a command line, where every process can read it.
fn number_file(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join("child.number");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{}", story::CHILD.digits())?;
    Ok(path)
}
