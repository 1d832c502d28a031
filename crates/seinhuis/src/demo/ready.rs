//! What the hub of the demo has beyond that of a sandbox, before it starts: desks of privacy officers,
//! and questions that need not wait a quarter of an hour.
//!
//! Owns: these changes of its files. Must not know: the story.

use crate::sandbox::question_minutes;
use seinhuis_testkit::sandbox::Sandbox;
use std::fs::{read_to_string, write};
use std::io;

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
    // A tick is a whole minute here too.
    question_minutes(sandbox, 0)
}
