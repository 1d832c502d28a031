//! A published log in its folder, as a verifier reads it.

use super::build::signer;
use crate::told;
use seinhuis_merkle::{Checkpoint, FetchError, Note, TilePath, TileReader};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self(root.join("log"))
    }

    pub(super) fn checkpoint(&self) -> Result<Checkpoint, String> {
        let note = fs::read(self.0.join("checkpoint")).map_err(told("checkpoint"))?;
        let note = Note::parse(&note).map_err(told("checkpoint"))?;
        Checkpoint::open(&note, signer()?.verifier()).map_err(told("checkpoint"))
    }
}

impl TileReader for Folder {
    fn fetch(&self, path: TilePath) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        self.fetch_into(path, &mut bytes)?;
        Ok(bytes)
    }

    fn fetch_into(&self, path: TilePath, bytes: &mut Vec<u8>) -> Result<(), FetchError> {
        bytes.clear();
        let file = File::open(self.0.join(path.to_string()));
        let read = file.and_then(|mut file| file.read_to_end(bytes));
        read.map(drop).map_err(|error| match error.kind() {
            ErrorKind::NotFound => FetchError::NotFound,
            _ => FetchError::Failed(error.into()),
        })
    }
}

/// Bytes of all files in a folder.
pub(crate) fn bytes_in(folder: &Path) -> Result<u64, String> {
    let what = folder.display().to_string();
    let mut bytes = 0;
    for file in fs::read_dir(folder).map_err(told(&what))? {
        let path = file.map_err(told(&what))?.path();
        bytes += if path.is_dir() {
            bytes_in(&path)?
        } else {
            path.metadata().map_err(told(&what))?.len()
        };
    }
    Ok(bytes)
}
