//! Signals whose answer did not come: the bytes are kept, so that sending them again can never send
//! them twice.

use crate::exit::{Exit, Failure};
use crate::files;
use seinhuis_client::Prepared;
use seinhuis_types::hex;
use std::path::{Path, PathBuf};

/// One prepared signal on disk, until its outcomes are known.
#[derive(Debug)]
pub(crate) struct Pending(PathBuf);

impl Pending {
    /// Keeps the bytes before they are sent.
    pub(crate) fn keep(state: &Path, prepared: &Prepared) -> Result<Self, Failure> {
        let name = hex(&prepared.message().signal_id);
        let path = state.join("outbox").join(format!("{name}.publish"));
        files::write(&path, &prepared.to_bytes())?;
        Ok(Self(path))
    }

    /// Takes up bytes kept before.
    pub(crate) fn open(path: &Path) -> Result<(Self, Prepared), Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
        Ok((Self(path.to_owned()), Prepared::from_bytes(&bytes)?))
    }

    /// The outcomes are known: it is over.
    pub(crate) fn done(self) -> Result<(), Failure> {
        std::fs::remove_file(&self.0).map_err(|error| Failure::file(&self.0, &error))
    }

    /// Sending failed: whether the bytes are still of use is in how it failed. Gives the file when
    /// they are.
    pub(crate) fn failed(self, failure: &Failure) -> Result<Option<PathBuf>, Failure> {
        match failure.exit() {
            Exit::Unreachable | Exit::Untrusted => Ok(Some(self.0)),
            _ => self.done().map(|()| None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_client::{ClientError, Incident};

    #[test]
    fn bytes_are_kept_as_long_as_sending_them_again_can_help() {
        let dir = tempfile::tempdir().unwrap();
        let left_after = |failure: Failure| {
            let prepared = Prepared::from_bytes(&[]).unwrap();
            let pending = Pending::keep(dir.path(), &prepared).unwrap();
            pending
                .failed(&failure)
                .unwrap()
                .is_some_and(|path| path.exists())
        };
        let gone = ClientError::Unreachable {
            peer: "hub",
            detail: String::new(),
        };
        assert!(left_after(gone.into()));
        assert!(left_after(Incident::OtherRecipient.into()));
        assert!(!left_after(ClientError::Invalid(String::new()).into()));
        assert_eq!(
            std::fs::read_dir(dir.path().join("outbox"))
                .unwrap()
                .count(),
            0
        );
    }
}
