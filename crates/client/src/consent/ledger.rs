//! Which handles stand for one record of consent, and whether it was taken back: a file of lines in the
//! partner's state folder, only ever added to. Who loses it cannot take back what it registered, so a line is
//! on disk before the hub hears of it. Must not know: what the record says.

use crate::{ClientError, To};
use seinhuis_domain::consent::ConsentId;
use seinhuis_types::{AgreementHash, ClauseId, ConsentHandle, hex};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The line that tells that the record was taken back.
const WITHDRAWN: &str = "withdrawn";

/// What this system's own state folder tells of a record of consent. Another system's tells its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentHere {
    /// How many handles were registered on it.
    pub registered: usize,
    /// Whether it was taken back. Nothing is registered on it then, whatever the record says.
    pub withdrawn: bool,
}

impl ConsentHere {
    /// Reads it from the partner's state folder.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a file that cannot be read or is damaged.
    pub fn of(state: &Path, record: &ConsentId) -> Result<Self, ClientError> {
        let written = Ledger::of(state, record).read()?;
        Ok(Self {
            registered: written.handles.len(),
            withdrawn: written.withdrawn,
        })
    }
}

/// What the file of a record says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Every handle, oldest first.
    pub(super) handles: Vec<Kept>,
    /// Whether it was taken back.
    pub(super) withdrawn: bool,
}

/// One handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) handle: ConsentHandle,
    pub(super) to: To,
    /// What blinds the evidence: with it the registrant can show later which evidence it was.
    pub(super) salt: [u8; 32],
}

/// The file of one record.
#[derive(Debug)]
pub(super) struct Ledger(PathBuf);

impl Ledger {
    pub(super) fn of(state: &Path, record: &ConsentId) -> Self {
        Self(state.join("consents").join(record.to_string()))
    }

    /// Waits until no other process or call has this file in hand, and has it until what is given is
    /// dropped.
    pub(super) fn hold(&self) -> Result<File, ClientError> {
        self.held().map_err(|error| self.failed(&error))
    }

    fn held(&self) -> std::io::Result<File> {
        fs::create_dir_all(self.0.parent().unwrap_or(&self.0))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(self.0.with_extension("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Adds a line, and waits until it is on disk. Whoever calls it holds the file.
    pub(super) fn keep(&self, kept: &Kept) -> Result<(), ClientError> {
        let Kept { handle, to, salt } = kept;
        let (oin, desk, agreement, clause) = (&to.oin, &to.desk, &to.agreement, &to.clause);
        let salt = hex(salt);
        let line = format!("{handle} {oin} {desk} {agreement} {clause} {salt}\n");
        self.append(&line).map_err(|error| self.failed(&error))
    }

    /// Tells that the record was taken back, once, and waits until that is on disk. Whoever calls it holds the
    /// file.
    pub(super) fn withdraw(&self) -> Result<(), ClientError> {
        if self.read()?.withdrawn {
            return Ok(());
        }
        let line = format!("{WITHDRAWN}\n");
        self.append(&line).map_err(|error| self.failed(&error))
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        let folder = self.0.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        let mut file = OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .mode(0o600)
            .open(&self.0)?;
        let mut before = Vec::new();
        file.read_to_end(&mut before)?;
        // A line that was cut off is not on disk whole, so the hub never heard of it.
        let whole = before.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |last| last.saturating_add(1));
        if whole < before.len() {
            file.set_len(u64::try_from(whole).unwrap_or_default())?;
        }
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        OpenOptions::new().read(true).open(folder)?.sync_all()
    }

    /// All it says. A last line that was cut off never reached the hub.
    pub(super) fn read(&self) -> Result<Written, ClientError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Written::default()),
            Err(error) => return Err(self.failed(&error)),
        };
        let mut written = Written::default();
        let whole = text.split_inclusive('\n');
        for line in whole.filter_map(|line| line.strip_suffix('\n')) {
            if line == WITHDRAWN {
                written.withdrawn = true;
            } else {
                let kept = read(line).ok_or_else(|| self.damaged())?;
                written.handles.push(kept);
            }
        }
        Ok(written)
    }

    fn failed(&self, error: &std::io::Error) -> ClientError {
        ClientError::Invalid(format!("cannot use `{}`: {error}", self.0.display()))
    }

    fn damaged(&self) -> ClientError {
        ClientError::Invalid(format!(
            "`{}` is damaged: put back a copy, for what it names is taken back by it",
            self.0.display()
        ))
    }
}

fn read(line: &str) -> Option<Kept> {
    let mut parts = line.split(' ');
    let handle = ConsentHandle::parse(parts.next()?).ok()?;
    let to = To {
        oin: parts.next()?.parse().ok()?,
        desk: parts.next()?.parse().ok()?,
        agreement: AgreementHash::parse(parts.next()?).ok()?,
        clause: ClauseId::parse(parts.next()?).ok()?,
    };
    let salt = parts.next()?;
    let digit = |at: usize| u8::from_str_radix(salt.get(at..at.checked_add(2)?)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..salt.len()).step_by(2).map(digit).collect();
    Some(Kept {
        handle,
        to,
        salt: bytes?.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(n: u8) -> Kept {
        Kept {
            handle: ConsentHandle([n; 16]),
            to: To {
                oin: "00000099000000010000".parse().unwrap(),
                desk: "intake".parse().unwrap(),
                agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
                clause: ClauseId::parse("plan").unwrap(),
            },
            salt: [n; 32],
        }
    }

    fn handles(ledger: &Ledger) -> Vec<Kept> {
        ledger.read().unwrap().handles
    }

    #[test]
    fn handles_come_back_and_a_line_that_was_cut_off_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(dir.path(), &ConsentId([7; 16]));
        assert_eq!(handles(&ledger), []);
        ledger.keep(&kept(1)).unwrap();
        ledger.keep(&kept(2)).unwrap();
        assert_eq!(handles(&ledger), [kept(1), kept(2)]);
        let mut file = OpenOptions::new().append(true).open(&ledger.0).unwrap();
        file.write_all(b"0303").unwrap();
        assert_eq!(handles(&ledger), [kept(1), kept(2)]);
        ledger.keep(&kept(3)).unwrap();
        assert_eq!(handles(&ledger), [kept(1), kept(2), kept(3)]);
        file.write_all(b"0303\n").unwrap();
        assert!(ledger.read().is_err(), "damage is told");
        // Another record has a file of its own.
        let other = Ledger::of(dir.path(), &ConsentId([8; 16]));
        assert_eq!(handles(&other), []);
    }

    /// A file without the line is one of before there was such a line, or of consent that was not taken back.
    #[test]
    fn a_record_that_was_taken_back_is_so_once_and_for_good() {
        let dir = tempfile::tempdir().unwrap();
        let (id, unused) = (ConsentId([7; 16]), ConsentId([8; 16]));
        let here = |id: &ConsentId| {
            let here = ConsentHere::of(dir.path(), id).unwrap();
            (here.registered, here.withdrawn)
        };
        let ledger = Ledger::of(dir.path(), &id);
        ledger.keep(&kept(1)).unwrap();
        assert_eq!((here(&id), here(&unused)), ((1, false), (0, false)));
        let before = fs::read(&ledger.0).unwrap();
        ledger.withdraw().unwrap();
        ledger.withdraw().unwrap();
        let after = fs::read(&ledger.0).unwrap();
        assert_eq!(after, [&before[..], b"withdrawn\n"].concat());
        assert_eq!(here(&id), (1, true));
        // A line that was cut off is none: it is written again.
        fs::write(&ledger.0, [&before[..], b"withdra"].concat()).unwrap();
        assert_eq!(here(&id), (1, false));
        ledger.withdraw().unwrap();
        assert_eq!(fs::read(&ledger.0).unwrap(), after);
        // Also what was never registered here is not from then on.
        Ledger::of(dir.path(), &unused).withdraw().unwrap();
        assert_eq!(here(&unused), (0, true));
    }
}
