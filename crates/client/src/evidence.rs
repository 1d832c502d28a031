//! Evidence of what a log did wrong, kept where the partner keeps its state.
//!
//! Owns: that evidence is on the disk before anything is said about it, and is never written over.
//! Must not know: how a crime is found, how it is told.

use crate::ClientError;
use crate::proof::sha256;
use seinhuis_merkle::{Exhibit, MerkleError, Weight};
use seinhuis_types::hex;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Folder of evidence in the state folder.
const FOLDER: &str = "evidence";

/// A crime that was found, and the evidence of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// What shows it; it was verified.
    pub exhibit: Exhibit,
    /// How far it goes.
    pub weight: Weight,
    /// Where it is kept; nothing when it could not be written.
    pub file: Option<PathBuf>,
}

/// Keeps evidence in the folder `evidence` of a state folder: mode 0600, synced, and never in the
/// place of another file. The name says the crime and begins the hash of the contents, so the same
/// evidence twice is one file.
///
/// # Errors
/// [`ClientError::Invalid`], naming the folder.
pub fn keep_evidence(state: &Path, exhibit: &Exhibit) -> Result<PathBuf, ClientError> {
    let folder = state.join(FOLDER);
    let text = exhibit.to_string();
    let digest = hex(&sha256(text.as_bytes()).0);
    let short: String = digest.chars().take(16).collect();
    let path = folder.join(format!("{}-{short}.evidence", exhibit.crime().as_str()));
    put(&folder, &path, text.as_bytes()).map_err(|error| {
        ClientError::Invalid(format!(
            "cannot keep evidence in `{}`: {error}",
            folder.display()
        ))
    })?;
    Ok(path)
}

/// Reads an evidence file.
///
/// # Errors
/// [`ClientError::Invalid`], naming the file.
pub fn read_evidence(path: &Path) -> Result<Exhibit, ClientError> {
    let named = |what: String| ClientError::Invalid(format!("`{}`: {what}", path.display()));
    let file = File::open(path).map_err(|error| named(error.to_string()))?;
    let most = u64::try_from(seinhuis_merkle::MAX_EXHIBIT_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    io::Read::read_to_end(
        &mut io::Read::take(file, most.saturating_add(1)),
        &mut bytes,
    )
    .map_err(|error| named(error.to_string()))?;
    Exhibit::parse(&bytes).map_err(|error: MerkleError| named(error.to_string()))
}

fn put(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let new = folder.join(format!(".{}.new", std::process::id()));
    // What a process that died left behind is no evidence.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))?;
    // A link is never made over a file that is there; a rename would be.
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::read(path)? != bytes {
                return Err(io::Error::new(
                    ErrorKind::AlreadyExists,
                    "another file has the name of this evidence",
                ));
            }
        }
        linked => linked?,
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, log_keys};
    use seinhuis_merkle::Note;
    use seinhuis_types::Millis;
    use std::os::unix::fs::PermissionsExt;

    fn exhibit(seen: u64) -> Exhibit {
        let note = |log: Log| Note::parse(log.seen().note.as_bytes()).unwrap();
        let exhibit = Exhibit::Rollback {
            seen: Millis(seen),
            held: note(Log::with(9)),
            served: note(Log::with(3)),
        };
        log_keys().jury(&[]).verify(&exhibit).unwrap();
        exhibit
    }

    #[test]
    fn evidence_is_kept_once_for_its_owner_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let one = keep_evidence(dir.path(), &exhibit(1)).unwrap();
        assert_eq!(keep_evidence(dir.path(), &exhibit(1)).unwrap(), one);
        let two = keep_evidence(dir.path(), &exhibit(2)).unwrap();
        assert_ne!(one, two);
        assert_eq!(read_evidence(&one).unwrap(), exhibit(1));
        let mode = fs::metadata(&one).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path().join(FOLDER)).unwrap().count(), 2);
    }

    #[test]
    fn evidence_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = keep_evidence(dir.path(), &exhibit(1)).unwrap();
        fs::write(&path, "another").unwrap();
        let error = keep_evidence(dir.path(), &exhibit(1)).unwrap_err();
        assert!(error.to_string().contains("another file"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"another");
        assert!(read_evidence(&path).is_err());
    }
}
