//! `export` and `import`: everything in the hub's store as one neutral file, and back.
//!
//! Owns: the file, and what is told of it. Must not know: its lines.

use crate::config::{self, HubConfig};
use crate::exit::{Exit, Failure};
use crate::stored;
use seinhuis_store::{TransferError, Transferred};
use seinhuis_types::hex;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes the store to a new file, mode 0600.
pub(crate) fn export(path: &Path, file: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let folder = base.join(&config.data.folder).join("store");
    if !folder.is_dir() {
        let what = format!("{}: there is no store to export", folder.display());
        return Err(Failure::config(what));
    }
    let engine = stored::engine(&folder, &config.data)?;
    let out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|e| failed(file, &e.into()))?;
    let mut out = BufWriter::new(out);
    let done = seinhuis_store::export(&engine, &mut out)
        .and_then(|done| out.get_ref().sync_all().map(|()| done).map_err(Into::into));
    match done {
        Ok(done) => {
            told("exported", &done);
            Ok(())
        }
        Err(error) => {
            // Half an export helps nobody, and an import refuses it.
            let _ = std::fs::remove_file(file);
            Err(failed(file, &error))
        }
    }
}

/// Fills an empty store from a file.
pub(crate) fn import(path: &Path, file: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let opened = File::open(file).map_err(|e| failed(file, &e.into()))?;
    let mut text = BufReader::new(opened);
    // Judged before there is a folder: a file that is refused leaves nothing.
    seinhuis_store::verify(&mut text).map_err(|e| failed(file, &e))?;
    std::io::Seek::rewind(&mut text).map_err(|e| failed(file, &e.into()))?;
    let folder = base.join(&config.data.folder).join("store");
    let used = std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some());
    if used {
        return Err(failed(&folder, &TransferError::NotEmpty));
    }
    let engine = stored::engine(&folder, &config.data)?;
    let done = seinhuis_store::import(&engine, &mut text).map_err(|e| failed(file, &e))?;
    told("imported", &done);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the operator compares the digests")]
fn told(what: &str, done: &Transferred) {
    println!("{what}  {} rows, sha-256 {}", done.rows, hex(&done.digest));
}

fn failed(path: &Path, error: &TransferError) -> Failure {
    let exit = match error {
        TransferError::NotEmpty => Exit::Config,
        TransferError::Engine(_) | TransferError::File(_) => Exit::Unavailable,
        _ => Exit::Data,
    };
    Failure::new(exit, format!("{}: {error}", path.display()))
}
