//! Catalogue and policy from their folders.
//!
//! Owns: which files are read. Must not know: what they say.

use crate::exit::Failure;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_policy::Engine;
use std::fmt::Display;
use std::path::Path;

/// The files of a folder with one extension, by name, with their text.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, Failure> {
    let at = folder.display();
    let unreadable = |e: std::io::Error| Failure::config(format!("{at}: {e}"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path)
                .map_err(|e| Failure::config(format!("{}: {e}", path.display())))?;
            found.push((name, text));
        }
    }
    found.sort();
    Ok(found)
}

/// The catalogue in `folder`.
pub(crate) fn catalogue(folder: &Path) -> Result<Catalogue, Failure> {
    Catalogue::load(&files(folder, "toml")?).map_err(|faults| all(&faults))
}

/// The policy set in `folder`.
pub(crate) fn policy(folder: &Path) -> Result<Engine, Failure> {
    let at = folder.join("schema.cedarschema");
    let schema = std::fs::read_to_string(&at)
        .map_err(|e| Failure::config(format!("{}: {e}", at.display())))?;
    let files = files(folder, "cedar")?;
    let texts: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    Engine::load(&schema, &texts).map_err(|faults| all(&faults))
}

fn all<F: Display>(faults: &[F]) -> Failure {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::config(lines.join("\n"))
}
