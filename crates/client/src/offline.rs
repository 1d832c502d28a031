//! A whole log, recomputed from its leaves under a pinned key: from a folder, or from anywhere that
//! can give tiles.
//!
//! Owns: walking, and believing nothing before the root is the checkpoint's. Needs no hub. Must not
//! know: the network.

use crate::{ClientError, Incident, LogKeys, ScanHit, SeenCheckpoint, SubjectScan};
use seinhuis_merkle::{
    AuthenticatedTiles, FetchError, MerkleError, TILE_WIDTH, TileKind, TilePath, TileReader, Tree,
    recompute,
};
use seinhuis_types::LeafIndex;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A log in a folder: `checkpoint` and `tile/…`, as a mirror or an export has it.
#[derive(Debug, Clone)]
pub struct LogFolder(PathBuf);

impl LogFolder {
    /// The log in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Its checkpoint, if the pinned key signed it.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when it cannot be read, [`ClientError::Untrusted`] when it is not
    /// signed.
    pub fn checkpoint(&self, keys: &LogKeys) -> Result<SeenCheckpoint, ClientError> {
        let path = self.0.join("checkpoint");
        let note = std::fs::read_to_string(&path).map_err(|error| {
            ClientError::Invalid(format!("cannot read `{}`: {error}", path.display()))
        })?;
        Ok(SeenCheckpoint::open(keys, &note)?)
    }
}

impl TileReader for LogFolder {
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

/// Recomputes the log below `seen` from its leaves: every tile and the root.
///
/// # Errors
/// [`ClientError::Untrusted`] with the note, when the log is not what it signed;
/// [`ClientError::Unreachable`] when a tile could not be fetched.
pub fn verify_log(reader: &impl TileReader, seen: &SeenCheckpoint) -> Result<(), ClientError> {
    walk(reader, seen, None).map(|_| ())
}

/// The same, and every place that carries the person looked for.
///
/// # Errors
/// Those of [`verify_log`]; without a proven log there are no hits.
pub fn scan_log(
    reader: &impl TileReader,
    seen: &SeenCheckpoint,
    scan: &SubjectScan,
) -> Result<Vec<ScanHit>, ClientError> {
    walk(reader, seen, Some(scan))
}

fn walk(
    reader: &impl TileReader,
    seen: &SeenCheckpoint,
    scan: Option<&SubjectScan>,
) -> Result<Vec<ScanHit>, ClientError> {
    let mut hits = Vec::new();
    let mut broken = None;
    let size = seen.checkpoint.size();
    let tree = recompute(Tree::new(), reader, size, |index, bytes| {
        match scan.map(|scan| scan.leaf(index, bytes)).transpose() {
            Ok(found) => hits.extend(found.unwrap_or_default()),
            Err(error) => broken = broken.take().or(Some(format!("entry {index}: {error}"))),
        }
    });
    let tree = tree.map_err(|error| failed(seen, &which(reader, seen, error)))?;
    if tree.root() != *seen.checkpoint.root() {
        return Err(failed(seen, &MerkleError::RootMismatch(size.get())));
    }
    match broken {
        Some(finding) => Err(ClientError::Invalid(finding)),
        None => Ok(hits),
    }
}

/// A bundle and the hashes of its entries that do not agree: which of the two is not the log's. A tile
/// that leads to the signed root is.
fn which(reader: &impl TileReader, seen: &SeenCheckpoint, error: MerkleError) -> MerkleError {
    let MerkleError::TileMismatch(path) = error else {
        return error;
    };
    if path.kind() != TileKind::Hashes(0) {
        return error;
    }
    let first = LeafIndex(path.index().saturating_mul(TILE_WIDTH.into()));
    let (size, root) = (seen.checkpoint.size(), seen.checkpoint.root());
    let hashes_hold = AuthenticatedTiles::open(reader, size, root)
        .and_then(|mut tiles| tiles.leaf(first))
        .is_ok();
    match TilePath::new(TileKind::Entries, path.index(), path.width()) {
        Ok(bundle) if hashes_hold => MerkleError::TileMismatch(bundle),
        _ => error,
    }
}

fn failed(seen: &SeenCheckpoint, error: &MerkleError) -> ClientError {
    match error {
        MerkleError::Fetch { source, .. } => ClientError::Unreachable {
            peer: "log",
            detail: source.to_string(),
        },
        _ => Incident::log("", &seen.note, error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TagKeys;
    use crate::testing::{Log, log_keys};
    use seinhuis_domain::entry::{LeafHead, Parts, SubjectValue, TagKey};
    use seinhuis_types::{Digest, Hour};

    #[test]
    fn a_folder_verifies_and_one_altered_byte_anywhere_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let files = Log::with(300).write(dir.path());
        let folder = LogFolder::new(dir.path());
        let seen = folder.checkpoint(&log_keys()).unwrap();
        verify_log(&folder, &seen).unwrap();
        for file in files {
            let good = std::fs::read(&file).unwrap();
            let mut bad = good.clone();
            *bad.last_mut().unwrap() ^= 1;
            std::fs::write(&file, bad).unwrap();
            let error = verify_log(&folder, &seen).unwrap_err();
            let ClientError::Untrusted(Incident::Log(evidence)) = error else {
                panic!("{error}")
            };
            let name = file.strip_prefix(dir.path()).unwrap().display();
            assert!(
                evidence.finding.contains(&name.to_string()),
                "{name}: {}",
                evidence.finding
            );
            std::fs::write(&file, good).unwrap();
        }
    }

    #[test]
    fn hits_count_only_under_a_root_that_holds() {
        let dir = tempfile::tempdir().unwrap();
        let tags = TagKeys::new([(1, TagKey::from_slice(&[3; 32]).unwrap())]);
        let person = [SubjectValue::number("123456782").unwrap()];
        let rng = &mut rand::rng();
        let head = LeafHead::new(Hour(490_000), 1, Digest([0; 32])).unwrap();
        let mut leaves = Vec::new();
        for about in [&[][..], &person[..]] {
            let slip = tags.slip(1, about, rng).unwrap();
            leaves.push(
                head.seal(&slip, &Parts::default(), rng)
                    .0
                    .to_bytes()
                    .to_vec(),
            );
        }
        Log::of_leaves(leaves).write(dir.path());
        let folder = LogFolder::new(dir.path());
        let seen = folder.checkpoint(&log_keys()).unwrap();
        let scan = SubjectScan::new(&tags, &person);
        let hits = scan_log(&folder, &seen, &scan).unwrap();
        assert_eq!(hits.iter().map(|hit| hit.index.0).collect::<Vec<_>>(), [1]);
        let other = Log::with(2).seen();
        assert!(scan_log(&folder, &other, &scan).is_err());
    }
}
