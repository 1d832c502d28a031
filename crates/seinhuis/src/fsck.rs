//! `fsck`: is the stored log whole, and does the store agree with it?

use crate::config::{self, HubConfig};
use crate::exit::{Exit, Failure};
use crate::{keys, log, stored};
use seinhuis_audit::WitnessedBy;
use seinhuis_store::{Embedded, Limits};
use seinhuis_types::{SystemClock, hex};
use std::path::Path;

/// Verifies everything and says what it found.
#[expect(clippy::print_stdout, reason = "the operator reads the findings")]
pub(crate) fn run(path: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let data = base.join(&config.data.folder);
    let keys = keys::hub(&base.join(&config.keys), &config.log.origin)?;
    let folder = data.join("store");
    let engine = stored::engine(&folder, &config.data)?;
    let store = Embedded::open(engine, SystemClock, Limits::default(), Box::new(|_| {}))
        .map_err(|error| stored::failed(&folder, &error))?;
    let found = seinhuis_audit::fsck(
        &data.join("log"),
        &config.log.origin,
        keys.log.verifier(),
        Some(&store),
    );
    let mut who = None;
    let found = match &config.log.policy {
        None => found,
        Some(file) => {
            let (policy, _) = log::read_policy(&base.join(file))?;
            match seinhuis_audit::fsck_witnessed(&data.join("log"), &policy) {
                Ok(by) => {
                    who = by;
                    found
                }
                Err(finding) => Err(found.err().into_iter().flatten().chain([finding]).collect()),
            }
        }
    };
    match found {
        Ok(report) => {
            println!("entries      {}, root {}", report.size, hex(&report.root.0));
            println!(
                "checkpoints  {} kept, each consistent with the next",
                report.checkpoints
            );
            println!(
                "files        {} bundles, {} tiles, all verified",
                report.bundles, report.tiles
            );
            println!(
                "sequenced    {} entries not yet published",
                report.sequenced.unwrap_or(0)
            );
            if let Some(size) = report.witnessed {
                println!("witnessed    {size} entries{}", cosigned(who));
            }
            Ok(())
        }
        Err(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            Err(Failure::new(
                Exit::Data,
                format!("{} findings", findings.len()),
            ))
        }
    }
}

/// By whom, as far as a policy tells.
fn cosigned(by: Option<WitnessedBy>) -> String {
    let Some(by) = by else {
        return String::new();
    };
    let names = by.names.join(", ");
    match by.quorum {
        true => format!(", by {names}"),
        false => format!(", by {names}: not the quorum of the policy as it is now"),
    }
}
