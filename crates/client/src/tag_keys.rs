//! The partner's tag keys, by epoch, and the slips made with them.
//!
//! Owns: reading the key files. Must not know: what an entry says. The keys leave this type only
//! inside tags.

use crate::{ClientError, TagKeyFile};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_core::CryptoRng;
use seinhuis_domain::entry::TagKey;
#[cfg(test)]
use seinhuis_domain::entry::{Slip, SubjectValue};
use seinhuis_identity::secret_file;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// Tag keys by epoch.
pub struct TagKeys(BTreeMap<u16, TagKey>);

impl fmt::Debug for TagKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl TagKeys {
    /// Takes keys that were read elsewhere.
    pub fn new(keys: impl IntoIterator<Item = (u16, TagKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Reads the key files: mode 0600, 64 hex digits or base64 of 32 bytes.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], naming the file and never what is in it.
    pub fn load(files: &[TagKeyFile]) -> Result<Self, ClientError> {
        let mut keys = BTreeMap::new();
        for TagKeyFile { epoch, file } in files {
            let text = secret_file::read(file).map_err(ClientError::invalid)?;
            let key = read(&text).ok_or_else(|| {
                let file = file.display();
                ClientError::Invalid(format!("`{file}` is not 32 bytes as hex or base64"))
            })?;
            if keys.insert(*epoch, key).is_some() {
                return Err(ClientError::Invalid(format!(
                    "tag_keys: epoch {epoch} stands twice"
                )));
            }
        }
        Ok(Self(keys))
    }

    /// Makes a new key of 32 random bytes in a new file, as 64 hex digits, mode 0600.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when the file exists or cannot be written.
    pub fn create(file: &TagKeyFile, rng: &mut impl CryptoRng) -> Result<(), ClientError> {
        let key = TagKey::random(rng);
        let text = Zeroizing::new(seinhuis_types::hex(key.as_bytes()));
        secret_file::write_new(&file.file, text.as_bytes()).map_err(ClientError::invalid)
    }

    /// Every key with its epoch.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &TagKey)> {
        self.0.iter().map(|(epoch, key)| (*epoch, key))
    }

    /// The key of `epoch`.
    pub(crate) fn key(&self, epoch: u16) -> Result<&TagKey, ClientError> {
        self.0.get(&epoch).ok_or_else(|| {
            ClientError::Invalid(format!(
                "tag_keys: there is none of key epoch {epoch}; make one"
            ))
        })
    }

    /// A slip without a chain, as a scan is tested with.
    #[cfg(test)]
    pub(crate) fn slip(
        &self,
        epoch: u16,
        subjects: &[SubjectValue],
        rng: &mut impl CryptoRng,
    ) -> Result<Slip, ClientError> {
        Ok(Slip::make(self.key(epoch)?, subjects, rng)?)
    }
}

fn read(text: &[u8]) -> Option<TagKey> {
    let text = text.trim_ascii();
    let bytes = match text.as_chunks::<2>() {
        (pairs, []) if text.len() == 64 => pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
            .collect::<Option<Vec<u8>>>()?,
        _ => STANDARD.decode(text).ok()?,
    };
    TagKey::from_slice(&Zeroizing::new(bytes)).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_hex_or_base64_of_thirty_two_bytes() {
        let hex = seinhuis_types::hex(&[0xab; 32]);
        for text in [hex.clone(), format!("{hex}\n"), STANDARD.encode([0xab; 32])] {
            assert_eq!(
                read(text.as_bytes()).unwrap().as_bytes(),
                &[0xab; 32],
                "{text}"
            );
        }
        for bad in [
            String::new(),
            "ab".into(),
            "zz".repeat(32),
            STANDARD.encode([1; 31]),
        ] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_made_key_loads_and_a_missing_epoch_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = TagKeyFile {
            epoch: 7,
            file: dir.path().join("tag"),
        };
        let rng = &mut rand::rng();
        TagKeys::create(&file, rng).unwrap();
        assert!(TagKeys::create(&file, rng).is_err());
        let keys = TagKeys::load(std::slice::from_ref(&file)).unwrap();
        assert!(keys.slip(7, &[], rng).is_ok());
        assert!(
            keys.slip(8, &[], rng)
                .unwrap_err()
                .to_string()
                .contains('8')
        );
        assert!(TagKeys::load(&[file.clone(), file]).is_err());
    }
}
