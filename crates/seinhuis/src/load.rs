//! Catalogue, policy and its cases from their folders.
//!
//! Owns: which files are read. Must not know: what they say.

use crate::exit::Failure;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_policy::{Case, Engine};
use seinhuis_types::line_at;
use std::fmt::Display;
use std::path::Path;

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let fix = "is it there, and may this user read it?";
    Failure::config(format!("{}: {error}; {fix}", path.display()))
}

/// The files of a folder with one extension, by name, with their text.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, Failure> {
    let failed = |e: std::io::Error| unreadable(folder, &e);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            found.push((name, text(&path)?));
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
    let schema = text(&folder.join("schema.cedarschema"))?;
    let files = files(folder, "cedar")?;
    let texts: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    Engine::load(&schema, &texts).map_err(|faults| all(&faults))
}

/// Runs the cases of the policy set in `folder`, if it has any; gives their number.
pub(crate) fn cases(folder: &Path, engine: &Engine) -> Result<usize, Failure> {
    let cases = folder.join("cases");
    if !cases.exists() {
        return Ok(0);
    }
    let base = text(&folder.join("base.toml"))?;
    let files = files(&cases, "toml")?;
    let mut faults = Vec::new();
    for (name, text) in &files {
        match Case::parse(name.trim_end_matches(".toml"), &base, text) {
            Err(fault) => faults.push(format!("cases/{fault}")),
            Ok(case) => faults.extend(engine.run_case(&case).err().map(|failure| {
                let at = text.find("expect").unwrap_or_default();
                let fix = "mend the policies, or what the case expects";
                format!("cases/{name}:{}: {failure}; {fix}", line_at(text, at))
            })),
        }
    }
    if faults.is_empty() {
        Ok(files.len())
    } else {
        Err(all(&faults))
    }
}

fn all<F: Display>(faults: &[F]) -> Failure {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::config(lines.join("\n"))
}
