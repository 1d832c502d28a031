//! The source tree: where it is, and which files belong to it.
//!
//! Must not know: what is wanted of the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every file of the tree, as a path from its root with `/`: what git keeps, and what it would keep
/// if it were added.
pub(crate) fn files() -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .map_err(|e| format!("git: {e}; install git"))?;
    if !output.status.success() {
        return Err(format!(
            "git ls-files: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    let listed = String::from_utf8(output.stdout).map_err(|_| "a file name is not UTF-8")?;
    let mut found: Vec<String> = listed
        .split('\0')
        .filter(|path| !path.is_empty() && root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// A file's text; `None` when it is not UTF-8.
pub(crate) fn text(path: &str) -> Result<Option<String>, String> {
    let bytes = fs::read(root().join(path)).map_err(|e| format!("{path}: {e}"))?;
    Ok(String::from_utf8(bytes).ok())
}

/// A file's text, which must be UTF-8.
pub(crate) fn read(path: &str) -> Result<String, String> {
    text(path)?.ok_or_else(|| format!("{path}: not UTF-8"))
}

/// The files directly in `folder` with this extension: name without it, and text; by name.
pub(crate) fn folder(folder: &str, extension: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}"))? {
        let path = entry.map_err(|e| format!("{folder}: {e}"))?.path();
        if path.extension().is_some_and(|found| found == extension) {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            found.push((name, text));
        }
    }
    found.sort();
    Ok(found)
}
