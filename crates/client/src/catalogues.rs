//! The partner's own copies of the catalogue, found by the hash an agreement pins.

use crate::ClientError;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_types::{Digest, hex};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Catalogues, each checked.
#[derive(Debug)]
pub(crate) struct Catalogues(Vec<Arc<Catalogue>>);

impl Catalogues {
    pub(crate) fn load(folders: &[PathBuf]) -> Result<Self, ClientError> {
        folders
            .iter()
            .map(|folder| read(folder).map(Arc::new))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The one that is named last; nothing when there is none.
    pub(crate) fn last(&self) -> Option<Arc<Catalogue>> {
        self.0.last().cloned()
    }

    /// The catalogue with this hash.
    pub(crate) fn pinned(&self, hash: &Digest) -> Result<Arc<Catalogue>, ClientError> {
        self.0.iter().find(|catalogue| catalogue.hash() == *hash).cloned().ok_or_else(|| {
            ClientError::Invalid(format!(
                "no folder of `catalogues` has the catalogue {} that the agreement was signed on",
                hex(&hash.0)
            ))
        })
    }
}

fn read(folder: &Path) -> Result<Catalogue, ClientError> {
    let unreadable = |error: std::io::Error| {
        ClientError::Invalid(format!(
            "cannot read catalogue `{}`: {error}",
            folder.display()
        ))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((name, std::fs::read_to_string(&path).map_err(unreadable)?));
        }
    }
    files.sort();
    Catalogue::load(&files).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let folder = folder.display();
        ClientError::Invalid(format!(
            "catalogue `{folder}` has {} faults: {first}",
            faults.len()
        ))
    })
}
