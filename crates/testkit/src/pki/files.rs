//! The PKI's folder: who may read what, and the list of what was revoked.
//!
//! Must not know: certificates.

use super::PkiError;
use seinhuis_types::{Millis, hex};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The mode of a file that others may read.
pub(super) const PUBLIC: u32 = 0o644;
/// The mode of a file with a key.
pub(super) const SECRET: u32 = 0o600;

/// One line of the list of revoked certificates: issuer, serial number in hex, milliseconds.
pub(super) struct RevokedEntry {
    /// `root` or `intermediate`.
    pub(super) issuer: String,
    /// The serial number, big-endian.
    pub(super) serial: Vec<u8>,
    /// When it was revoked.
    pub(super) at: Millis,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> PkiError + '_ {
    move |source| PkiError::File {
        path: path.to_owned(),
        source,
    }
}

/// Makes `dir`, readable by its owner alone, unless it is there.
pub(super) fn make_folder(dir: &Path) -> Result<(), PkiError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(failed(dir))
}

/// Makes the folder of the organisation `name` under `dir`.
pub(super) fn organisation_folder(dir: &Path, name: &str) -> Result<PathBuf, PkiError> {
    let fits = !name.is_empty()
        && name.len() <= 32
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        return Err(PkiError::Name {
            name: name.to_owned(),
        });
    }
    let folder = dir.join(name);
    make_folder(&folder)?;
    Ok(folder)
}

/// Writes `path`, which must not exist.
pub(super) fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PkiError> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(failed(path))
}

/// Puts `bytes` in the place of whatever `path` holds, whole or not at all.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PkiError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(failed(&beside)(error));
        }
        _ => create(&beside, bytes, mode)?,
    }
    std::fs::rename(&beside, path).map_err(failed(path))
}

/// Reads a text file of the PKI.
pub(super) fn read(path: &Path) -> Result<String, PkiError> {
    std::fs::read_to_string(path).map_err(failed(path))
}

/// Adds a line to the list of revoked certificates.
pub(super) fn add_revoked(
    dir: &Path,
    issuer: &str,
    serial: &[u8],
    at: Millis,
) -> Result<(), PkiError> {
    let path = dir.join("revoked");
    let append = || -> std::io::Result<()> {
        let mut file: File = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(SECRET)
            .open(&path)?;
        writeln!(file, "{issuer} {} {}", hex(serial), at.0)?;
        file.sync_all()
    };
    append().map_err(failed(&path))
}

/// Everything that was revoked, in order; nothing when there is no list yet.
pub(super) fn revoked(dir: &Path) -> Result<Vec<RevokedEntry>, PkiError> {
    let path = dir.join("revoked");
    if !path.exists() {
        return Ok(Vec::new());
    }
    read(&path)?
        .lines()
        .map(|line| entry(line).ok_or_else(|| PkiError::Format { path: path.clone() }))
        .collect()
}

fn entry(line: &str) -> Option<RevokedEntry> {
    let mut words = line.split(' ');
    let (issuer, serial, at) = (words.next()?, words.next()?, words.next()?);
    let serial: Option<Vec<u8>> = serial
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(RevokedEntry {
        issuer: issuer.to_owned(),
        serial: serial?,
        at: Millis(at.parse().ok()?),
    })
}
