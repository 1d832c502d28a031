//! Files with secrets: read only when nobody else can reach them, written so that nobody else can.
//!
//! Must not know: what the secret is for.

use crate::IdentityError;
use rustix::fs::{Mode, OFlags};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// Largest secret that is read, in bytes.
pub const SECRET_BYTES: u64 = 64 * 1024;

fn failed(path: &Path) -> impl Fn(std::io::Error) -> IdentityError + '_ {
    move |source| IdentityError::File {
        path: path.to_owned(),
        source,
    }
}

/// Reads a secret: a regular file of mode 0600 or 0400 that belongs to the user who runs this
/// process, root or not. The error says which command mends it.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    // Without NONBLOCK a named pipe would hold up the start. What is judged is the opened file, so
    // that it cannot be changed for another between judging and reading.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(opened.map_err(|error| failed(path)(error.into()))?);
    let found = file.metadata().map_err(failed(path))?;
    if !found.is_file() {
        return Err(IdentityError::SecretNotRegular {
            path: path.to_owned(),
        });
    }
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return Err(IdentityError::SecretOwner {
            path: path.to_owned(),
            owner: found.uid(),
            user,
        });
    }
    let mode = found.mode() & 0o7777;
    if mode != 0o600 && mode != 0o400 {
        return Err(IdentityError::SecretMode {
            path: path.to_owned(),
            mode,
        });
    }
    if found.len() > SECRET_BYTES {
        return Err(IdentityError::SecretTooLarge {
            path: path.to_owned(),
        });
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let room = usize::try_from(SECRET_BYTES).unwrap_or(usize::MAX);
    let mut secret = Zeroizing::new(Vec::with_capacity(room));
    file.take(SECRET_BYTES)
        .read_to_end(&mut secret)
        .map_err(failed(path))?;
    Ok(secret)
}

/// Writes a new secret with mode 0600 and makes it durable. Refuses when `path` exists, so that no
/// key is ever lost to another.
pub fn write_new(path: &Path, secret: &[u8]) -> Result<(), IdentityError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed(path))?;
    let written = file
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(secret))
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            match path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
            {
                Some(parent) => File::open(parent)?.sync_all(),
                None => File::open(".")?.sync_all(),
            }
        });
    written.map_err(|error| {
        // Half a secret is worse than none; that it may fail too changes nothing.
        let _ = std::fs::remove_file(path);
        failed(path)(error)
    })
}

/// Destroys a secret: overwritten in place, made durable, unlinked, and that made durable too. What a
/// disk kept elsewhere of it by itself, and copies, are another matter. May be run again.
pub fn destroy(path: &Path) -> Result<(), IdentityError> {
    let destroyed = || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len().min(SECRET_BYTES)).unwrap_or(0);
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        drop(file);
        std::fs::remove_file(path)?;
        match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) => File::open(parent)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    };
    destroyed().map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_new_secret_reads_back_and_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_new(&path, b"secret").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(read(&path).unwrap().as_slice(), b"secret");
        set_mode(&path, 0o400);
        assert_eq!(read(&path).unwrap().as_slice(), b"secret");
    }

    /// Another name of the same bytes shows what became of them.
    #[test]
    fn a_destroyed_secret_is_overwritten_before_its_name_goes() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("key"), dir.path().join("other"));
        write_new(&path, b"secret").unwrap();
        std::fs::hard_link(&path, &other).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(std::fs::read(&other).unwrap(), [0; 6]);
        assert!(destroy(&path).is_err(), "there is nothing to destroy");
    }

    #[test]
    fn an_existing_secret_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_new(&path, b"first").unwrap();
        assert!(matches!(
            write_new(&path, b"second"),
            Err(IdentityError::File { .. })
        ));
        assert_eq!(read(&path).unwrap().as_slice(), b"first");
    }

    #[test]
    fn a_secret_that_others_can_reach_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_new(&path, b"secret").unwrap();
        for mode in [0o640, 0o604, 0o644, 0o660, 0o700, 0o4600] {
            set_mode(&path, mode);
            let error = read(&path).unwrap_err();
            assert!(
                matches!(error, IdentityError::SecretMode { .. }),
                "{mode:o}"
            );
            let remedy = format!("`chmod 600 {}`", path.display());
            assert!(error.to_string().ends_with(&remedy), "{error}");
        }
    }

    #[test]
    fn somebody_elses_secret_is_refused_with_the_remedy() {
        // A file that belongs to another user without becoming one: as root any file can be given
        // away; as another user the files of root are there.
        let dir = tempfile::tempdir().unwrap();
        let mine = dir.path().join("key");
        write_new(&mine, b"secret").unwrap();
        let path = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&mine, Some(12_345), None).unwrap();
            mine
        } else {
            "/etc/passwd".into()
        };
        let error = read(&path).unwrap_err();
        assert!(
            matches!(error, IdentityError::SecretOwner { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("`chown "), "{error}");
    }

    #[test]
    fn folders_pipes_and_large_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let refused = |path: &Path| read(path).unwrap_err();
        assert!(matches!(
            refused(dir.path()),
            IdentityError::SecretNotRegular { .. }
        ));

        let pipe = dir.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        assert!(matches!(
            refused(&pipe),
            IdentityError::SecretNotRegular { .. }
        ));

        let large = dir.path().join("large");
        let bytes = vec![0; usize::try_from(SECRET_BYTES).unwrap() + 1];
        write_new(&large, &bytes).unwrap();
        assert!(matches!(
            refused(&large),
            IdentityError::SecretTooLarge { .. }
        ));
    }
}
