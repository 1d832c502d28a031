//! What the two services must not have: values, numbers, names, case references.
//!
//! Owns: reading every file of both services and looking for what the partners sent. Must not know:
//! how the services store anything.

use super::stage::Stage;
use super::story;
use super::tell::{Step, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// Both services' folders, byte by byte.
pub(super) fn look(stage: &mut Stage, root: &Path) -> Step<()> {
    stage.tell.step(
        "Last, a look into every file of the hub and of the pseudonymiser, logs included, for what the \
         partners sent each other.",
    );
    let secrets = story::secrets()?;
    let control = stage.politie.partner.oin().to_string();
    let mut bytes = 0;
    for service in ["hub", "pseudonymiser"] {
        let mut files = Vec::new();
        walk(&root.join(service), &mut files)?;
        let mut routes = 0;
        for file in files {
            let found = fs::read(&file)?;
            bytes += found.len();
            routes += usize::from(holds(&found, control.as_bytes()));
            for (secret, what) in &secrets {
                let clean = !holds(&found, secret);
                ensure(clean, &format!("{} holds {what}", file.display()))?;
            }
        }
        // A search that finds nothing proves something only if it finds what must be there.
        ensure(
            routes > 0,
            &format!("the search does not find the parties at the {service} either"),
        )?;
    }
    stage.tell.ok(&format!(
        "in {} kB of files none of the {} numbers, names, dates, postcodes, case references and coded values \
         looked for. The parties of the signals are found at both, as they must be.",
        bytes / 1000,
        secrets.len()
    ));
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Step<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
