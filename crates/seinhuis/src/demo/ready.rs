//! What the hub of the demo has beyond that of a sandbox, before it starts: desks of privacy officers,
//! and questions that need not wait a quarter of an hour.
//!
//! Owns: these changes of its files. Must not know: the story.

use seinhuis_testkit::sandbox::Sandbox;
use std::fs::{OpenOptions, read_to_string, write};
use std::io::{self, Write};

/// The desk where an organisation's privacy officer reads.
pub(super) const OFFICER_DESK: &str = "fg";
/// The partners that have one in the story, by the desk they have already.
const WITH_OFFICER: [&str; 2] = ["huiselijk-geweld", "toezicht"];

/// Changes the files of the hub.
pub(super) fn furnish(sandbox: &Sandbox) -> io::Result<()> {
    let path = sandbox.root().join("hub/partners.toml");
    let mut partners = read_to_string(&path)?;
    for desk in WITH_OFFICER {
        let (before, after) = (
            format!("desks = [\"{desk}\"]\n"),
            format!("desks = [\"{desk}\", \"{OFFICER_DESK}\"]\n"),
        );
        partners = partners.replace(&before, &after);
    }
    write(&path, partners)?;
    let mut hub = OpenOptions::new().append(true).open(sandbox.hub_config())?;
    // A tick is a whole minute here too; in service no person is given less than 15.
    hub.write_all(b"\n[limits]\nquestion_minutes = 0\n")
}
