//! `--identities`: who the subjects of a delivery are, into a file of their own and nowhere else.

use crate::exit::Failure;
use seinhuis_client::{Identity, Opened};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file that only its owner can read; one line a subject with a sealed identity.
#[derive(Debug)]
pub(super) struct Identities {
    path: PathBuf,
    file: File,
}

impl Identities {
    /// Opens the file for adding to it, or makes it, mode 0600. Refuses one that others can read.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::file(path, &error);
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            return Err(Failure::mended(
                format!("`{path}` can be read by others (mode {mode:o})"),
                format!("chmod 600 '{path}'"),
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Adds the identities of a delivery, durably.
    pub(super) fn add(&mut self, opened: &Opened) -> Result<(), Failure> {
        for (ordinal, subject) in opened.subjects.iter().enumerate() {
            let Some(identity) = &subject.identity else {
                continue;
            };
            let mut line = Zeroizing::new(document(&opened.id.to_string(), ordinal, identity));
            line.push('\n');
            self.file
                .write_all(line.as_bytes())
                .map_err(|e| Failure::file(&self.path, &e))?;
        }
        self.file
            .sync_data()
            .map_err(|error| Failure::file(&self.path, &error))
    }
}

fn document(delivery: &str, ordinal: usize, identity: &Identity) -> String {
    let who = match identity {
        // Nine digits need no escapes, and a JSON value in between would not be wiped.
        Identity::Number(number) => {
            let digits = std::str::from_utf8(number.digits()).unwrap_or_default();
            Zeroizing::new(format!("{{\"number\":\"{digits}\"}}"))
        }
        Identity::Person(person) => Zeroizing::new(
            json!({
                "family_name": person.family_name(),
                "initials": person.initials(),
                "birth_date": person.birth_date(),
                "postcode": person.postcode(),
                "house_number": person.house_number(),
            })
            .to_string(),
        ),
    };
    let who = who.as_str();
    format!("{{\"delivery_id\":\"{delivery}\",\"ordinal\":{ordinal},\"identity\":{who}}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_pseudonym::CitizenNumber;
    use serde_json::Value;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn identities_go_only_into_a_file_that_others_cannot_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("who");
        drop(Identities::open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Identities::open(&path),
            Err(Failure::Invalid { .. })
        ));
    }

    #[test]
    fn a_line_names_delivery_and_subject() {
        let number = Identity::Number(CitizenNumber::parse("123456782").unwrap());
        let line: Value = serde_json::from_str(&document("ab", 1, &number)).unwrap();
        assert_eq!(line["identity"]["number"], "123456782");
        assert_eq!(
            (&line["delivery_id"], &line["ordinal"]),
            (&json!("ab"), &json!(1))
        );
    }
}
