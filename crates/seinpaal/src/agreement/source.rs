//! Files an agreement comes from: the authored TOML or the JSON content; and catalogue folders.

use crate::exit::Failure;
use seinhuis_domain::agreement::{ContentError, Placeholders, from_toml};
use seinhuis_domain::catalogue::Catalogue;
use std::path::Path;

/// The text of a file and which of the two forms it has.
#[derive(Debug)]
pub(crate) struct Source {
    shown: String,
    text: String,
    toml: bool,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = format!("`{}`", path.display());
        let toml = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => true,
            Some("json") => false,
            _ => {
                let message = format!("{shown} is neither `.toml` nor `.json`");
                return Err(Failure::invalid(message));
            }
        };
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
        Ok(Self { shown, text, toml })
    }

    /// The content (JSON); of the authored form its canonical bytes, of JSON the bytes as they are.
    pub(crate) fn content(&self, placeholders: &Placeholders) -> Result<Vec<u8>, ContentError> {
        if self.toml {
            from_toml(&self.text, placeholders)
        } else {
            Ok(self.text.clone().into_bytes())
        }
    }

    /// A fault of the file, named.
    pub(crate) fn fault(&self, error: &ContentError) -> Failure {
        Failure::invalid(format!("{}: {error}", self.shown))
    }

    pub(crate) fn name(&self) -> &str {
        &self.shown
    }
}

/// The catalogue in `folder`.
pub(crate) fn catalogue(folder: &Path) -> Result<Catalogue, Failure> {
    let failed = |error| Failure::file(folder, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text =
                std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
            files.push((name, text));
        }
    }
    files.sort();
    Catalogue::load(&files).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        Failure::invalid(format!(
            "catalogue `{}`:{}",
            folder.display(),
            lines.concat()
        ))
    })
}
