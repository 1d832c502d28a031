//! The folder of one desk's keys: what it may be asked to open, and with what.
//!
//! Owns: `<desks>/<desk>/<kid>.seal` (32 private bytes, mode 0600) and `<kid>.toml` (what was stated
//! of the key; not secret). Session secrets are never in it. Must not know: the hub.

use crate::ClientError;
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_identity::secret_file;
use seinhuis_seal::record::SealKeyPair;
use seinhuis_types::{Desk, KeyId, hex};
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A folder of keys.
#[derive(Debug)]
pub(crate) struct DeskFolder(PathBuf);

/// What was stated of a key of one's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    #[serde(rename = "use")]
    key_use: String,
    epoch: u16,
    key: String,
}

impl DeskFolder {
    pub(crate) fn of(desks: &Path, desk: &Desk) -> Self {
        Self(desks.join(desk.as_str()))
    }

    fn path(&self, kid: &KeyId, extension: &str) -> PathBuf {
        self.0.join(format!("{kid}.{extension}"))
    }

    /// Keeps a new sealing key, before anyone can seal to it.
    pub(crate) fn keep_seal(&self, kid: &KeyId, pair: &SealKeyPair) -> Result<(), ClientError> {
        std::fs::create_dir_all(&self.0).map_err(|error| self.failed(&error))?;
        secret_file::write_new(&self.path(kid, "seal"), pair.to_bytes().as_slice())
            .map_err(ClientError::invalid)
    }

    /// Keeps what is stated of a key.
    pub(crate) fn keep(&self, statement: &KeyStatement) -> Result<(), ClientError> {
        let text = format!(
            "use = \"{}\"\nepoch = {}\nkey = \"{}\"\n",
            statement.key_use.as_str(),
            statement.epoch,
            hex(&statement.key)
        );
        std::fs::create_dir_all(&self.0)
            .and_then(|()| std::fs::File::create_new(self.path(&statement.kid, "toml")))
            .and_then(|mut file| {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
            })
            .map_err(|error| self.failed(&error))
    }

    /// The private sealing key with this id, if it is one of this desk's.
    pub(crate) fn seal(&self, kid: &KeyId) -> Result<Option<SealKeyPair>, ClientError> {
        let path = self.path(kid, "seal");
        if !path.try_exists().map_err(|error| self.failed(&error))? {
            return Ok(None);
        }
        let bytes = secret_file::read(&path).map_err(ClientError::invalid)?;
        Ok(Some(SealKeyPair::from_bytes(&bytes)?))
    }

    /// Whether `public` is the session key for pseudonyms that was stated under this id for this
    /// epoch. `None` when this desk has no such key.
    pub(crate) fn stated_session(
        &self,
        kid: &KeyId,
        epoch: u16,
        public: &[u8; 32],
    ) -> Result<Option<bool>, ClientError> {
        let path = self.path(kid, "toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        let stated: Stated = toml::from_str(&text).map_err(|error| {
            ClientError::Invalid(format!("`{}`: {}", path.display(), error.message()))
        })?;
        if stated.key_use != KeyUse::Pseudonym.as_str() {
            return Ok(None);
        }
        Ok(Some(stated.epoch == epoch && stated.key == hex(public)))
    }

    fn failed(&self, error: &std::io::Error) -> ClientError {
        ClientError::Invalid(format!(
            "cannot use desk folder `{}`: {error}",
            self.0.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_types::Millis;

    #[test]
    fn kept_keys_come_back_by_their_id_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DeskFolder::of(dir.path(), &"intake".parse().unwrap());
        let (kid, other): (KeyId, KeyId) = ("seal-e1".parse().unwrap(), "seal-e2".parse().unwrap());
        let pair = SealKeyPair::generate(&mut rand::rng()).unwrap();
        folder.keep_seal(&kid, &pair).unwrap();
        assert!(
            folder.keep_seal(&kid, &pair).is_err(),
            "a key is never overwritten"
        );
        assert!(folder.seal(&kid).unwrap().unwrap().public() == pair.public());
        assert!(folder.seal(&other).unwrap().is_none());

        let mut statement = KeyStatement {
            oin: "00000099000000010000".parse().unwrap(),
            desk: "intake".parse().unwrap(),
            key_use: KeyUse::Pseudonym,
            kid: kid.clone(),
            suite: 1,
            key: vec![7; 32],
            epoch: 1,
            not_before: Millis(0),
            not_after: Millis(1),
        };
        folder.keep(&statement).unwrap();
        assert_eq!(
            folder.stated_session(&kid, 1, &[7; 32]).unwrap(),
            Some(true)
        );
        assert_eq!(
            folder.stated_session(&kid, 2, &[7; 32]).unwrap(),
            Some(false)
        );
        assert_eq!(
            folder.stated_session(&kid, 1, &[8; 32]).unwrap(),
            Some(false)
        );
        assert_eq!(folder.stated_session(&other, 1, &[7; 32]).unwrap(), None);
        statement.key_use = KeyUse::Seal;
        statement.kid = other.clone();
        folder.keep(&statement).unwrap();
        assert_eq!(folder.stated_session(&other, 1, &[7; 32]).unwrap(), None);
    }
}
