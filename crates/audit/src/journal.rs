//! Every checkpoint that was ever signed, in order: signed notes one after another, in files of at
//! most 4,096. Must not know trees.

use crate::AuditError;
use crate::disk::read_file;
use crate::folder::{Folder, storage, unknown};
use crate::seam::Step;
use seinhuis_merkle::{Checkpoint, Note, NoteVerifier};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const FOLDER: &str = "checkpoints";
/// Notes in one file: about 1 MiB.
pub(crate) const SEGMENT_NOTES: usize = 4_096;
/// Lines of a note with one signature. The log's own notes have just that.
const NOTE_LINES: usize = 5;
/// Longer than any note with one signature of a log whose name has at most 255 bytes.
const MAX_TORN_BYTES: usize = 1_024;
const DASH: &[u8] = "— ".as_bytes();

/// A checkpoint with the note that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) note: Note,
    pub(crate) checkpoint: Checkpoint,
}

impl Signed {
    /// Reads a note and checks that `log` signed it.
    pub(crate) fn open(
        bytes: &[u8],
        log: &NoteVerifier,
    ) -> Result<Self, seinhuis_merkle::MerkleError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::open(&note, log)?;
        Ok(Self { note, checkpoint })
    }
}

/// The file that the next checkpoint is appended to.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    segment: u64,
    notes: usize,
    /// The open segment and its length; `None` before the first checkpoint.
    file: Option<(File, u64)>,
    newest: Option<Signed>,
}

impl Journal {
    /// Opens the journal in `root`. Changes nothing yet; see [`Journal::settle`].
    pub(crate) fn open(root: &Path, log: &NoteVerifier) -> Result<Self, AuditError> {
        let segments = segments(root)?;
        let mut journal = Self {
            folder: root.join(FOLDER),
            segment: 0,
            notes: 0,
            file: None,
            newest: None,
        };
        let Some((segment, path)) = segments.last() else {
            return Ok(journal);
        };
        let bytes = read_file(path)?.unwrap_or_default();
        let (notes, torn) = split(path, &bytes)?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|e| unknown(path, e))?;
        let whole = u64::try_from(bytes.len().saturating_sub(torn.len())).unwrap_or(u64::MAX);
        journal.segment = *segment;
        journal.notes = notes.len();
        journal.newest = match notes.last() {
            Some(note) => Some(read(note, path, log)?),
            None => newest_before(&segments, log)?,
        };
        journal.file = Some((file, whole));
        Ok(journal)
    }

    /// Cuts off what a crash left of an append, and makes durable what it left whole. Called when
    /// the store has confirmed that the newest whole checkpoint is the newest there was: what is
    /// torn was then never durable and nobody has seen it.
    pub(crate) fn settle(&self) -> Result<(), AuditError> {
        let Some((file, whole)) = &self.file else {
            return Ok(());
        };
        let path = self.path(self.segment);
        let length = file.metadata().map_err(|e| unknown(&path, e))?.len();
        if length != *whole {
            let bytes = length.saturating_sub(*whole);
            tracing::warn!(bytes, "a checkpoint that was not kept whole is cut off");
            file.set_len(*whole).map_err(|e| unknown(&path, e))?;
        }
        file.sync_all().map_err(|e| unknown(&path, e))
    }

    /// The newest checkpoint.
    pub(crate) fn newest(&self) -> Option<&Signed> {
        self.newest.as_ref()
    }

    /// Keeps a checkpoint, durably. It must be larger than the newest one, and the file must be as
    /// this process left it: else another process is at work, which is [`AuditError::Fenced`].
    pub(crate) fn append(&mut self, folder: &mut Folder, signed: Signed) -> Result<(), AuditError> {
        let size = signed.checkpoint.size();
        if self
            .newest
            .as_ref()
            .is_some_and(|newest| newest.checkpoint.size() >= size)
        {
            return Err(AuditError::Forked { size: size.get() });
        }
        self.check_alone()?;
        if self.file.is_none() {
            self.start(folder, 0)?;
        } else if self.notes >= SEGMENT_NOTES {
            self.start(folder, self.segment.saturating_add(1))?;
        }
        let path = self.path(self.segment);
        let Some((file, length)) = &mut self.file else {
            return Err(AuditError::Fenced);
        };
        let bytes = signed.note.to_string().into_bytes();
        // Also a full disk leaves an unknown part of the note behind; start-up cuts it off.
        file.write_all(&bytes).map_err(|e| unknown(&path, e))?;
        folder.at(Step::Appended, &path)?;
        file.sync_data().map_err(|e| unknown(&path, e))?;
        *length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.notes = self.notes.saturating_add(1);
        self.newest = Some(signed);
        folder.at(Step::Kept, &path)
    }

    /// That nobody else has written since.
    fn check_alone(&self) -> Result<(), AuditError> {
        let Some((file, length)) = &self.file else {
            return Ok(());
        };
        let path = self.path(self.segment);
        let held = file.metadata().map_err(|e| unknown(&path, e))?;
        let named = fs::metadata(&path).map_err(|e| unknown(&path, e))?;
        let same = (held.dev(), held.ino()) == (named.dev(), named.ino());
        let next = self.path(self.segment.saturating_add(1));
        if same && held.len() == *length && !next.exists() {
            Ok(())
        } else {
            Err(AuditError::Fenced)
        }
    }

    fn start(&mut self, folder: &mut Folder, segment: u64) -> Result<(), AuditError> {
        let path = self.path(segment);
        folder.enter(&path)?;
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => AuditError::Fenced,
            _ => storage(&path, source),
        })?;
        self.segment = segment;
        self.notes = 0;
        self.file = Some((file, 0));
        folder.sync()
    }

    fn path(&self, segment: u64) -> PathBuf {
        self.folder.join(format!("{segment:06}"))
    }
}

/// Every file of the journal in `root`, in order; they must be numbered from 0 without a gap.
pub(crate) fn segments(root: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let folder = root.join(FOLDER);
    let read = |source| AuditError::Read {
        path: folder.clone(),
        source,
    };
    let mut numbers = Vec::new();
    let listing = match fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(read)?,
    };
    for entry in listing {
        let name = entry.map_err(read)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    let mut found = Vec::new();
    for (due, number) in (0..).zip(numbers) {
        let path = folder.join(format!("{due:06}"));
        if number != due {
            let rule = "this file of signed checkpoints is missing";
            return Err(AuditError::Journal { path, rule });
        }
        found.push((number, path));
    }
    Ok(found)
}

/// The notes in a file of the journal, and what a crash left of one more.
pub(crate) fn split<'b>(
    path: &Path,
    bytes: &'b [u8],
) -> Result<(Vec<&'b [u8]>, &'b [u8]), AuditError> {
    let mut notes = Vec::new();
    let mut rest = bytes;
    while let Some((note, after)) = end_of_note(rest).and_then(|end| rest.split_at_checked(end)) {
        notes.push(note);
        rest = after;
    }
    // A torn append has not all lines of a note, and perhaps zeros where bytes did not arrive.
    let lines = rest.iter().filter(|byte| **byte == b'\n').count();
    if lines >= NOTE_LINES || rest.len() > MAX_TORN_BYTES {
        let rule = "it is not a sequence of signed checkpoints";
        return Err(AuditError::Journal {
            path: path.to_owned(),
            rule,
        });
    }
    Ok((notes, rest))
}

/// Where the first note ends: after the signature lines that follow its first blank line.
fn end_of_note(bytes: &[u8]) -> Option<usize> {
    let blank = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let text = blank.saturating_add(2);
    let mut end = text;
    while let Some(line) = bytes.get(end..).filter(|line| line.starts_with(DASH)) {
        let length = line.iter().position(|byte| *byte == b'\n')?;
        end = end.saturating_add(length).saturating_add(1);
    }
    (end > text).then_some(end)
}

fn newest_before(
    segments: &[(u64, PathBuf)],
    log: &NoteVerifier,
) -> Result<Option<Signed>, AuditError> {
    // A crash can leave one empty file at the end, no more.
    let Some((_, path)) = segments.iter().rev().nth(1) else {
        return Ok(None);
    };
    let bytes = read_file(path)?.unwrap_or_default();
    let (notes, torn) = split(path, &bytes)?;
    match notes.last() {
        Some(note) if torn.is_empty() => read(note, path, log).map(Some),
        _ => {
            let rule = "it does not end with a signed checkpoint";
            Err(AuditError::Journal {
                path: path.clone(),
                rule,
            })
        }
    }
}

fn read(note: &[u8], path: &Path, log: &NoteVerifier) -> Result<Signed, AuditError> {
    Signed::open(note, log).map_err(|source| AuditError::ForeignCheckpoint {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
