//! The checkpoints that were kept. Must not know tiles.

use super::{By, Expected, Finding, INVESTIGATE, PUT_BACK, unreadable};
use crate::disk::read_file;
use crate::journal::{Signed, segments, split};
use seinhuis_merkle::NoteVerifier;
use std::path::Path;

/// What the kept checkpoints say.
#[derive(Default)]
pub(super) struct Kept {
    /// Size and root of each, sizes growing.
    pub(super) expected: Vec<Expected>,
    /// The newest, as a note.
    pub(super) newest: Option<String>,
}

/// Reads every kept checkpoint. One that cannot be believed is a finding and left out.
pub(super) fn read(folder: &Path, log: &NoteVerifier, findings: &mut Vec<Finding>) -> Kept {
    let mut kept = Kept::default();
    let segments = match segments(folder) {
        Ok(segments) => segments,
        Err(error) => {
            findings.push(unreadable(&error));
            return kept;
        }
    };
    let last = segments.last().map(|(number, _)| *number);
    for (number, path) in segments {
        let bytes = match read_file(&path) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) => {
                findings.push(unreadable(&error));
                continue;
            }
        };
        match split(&path, &bytes) {
            Ok((notes, torn)) => {
                for note in notes {
                    kept.take(note, &path, log, findings);
                }
                // What a crash left at the very end is cut off by the next start.
                if !torn.is_empty() && Some(number) != last {
                    let what = format!("`{}` ends within a checkpoint", path.display());
                    findings.push(Finding::new(what, PUT_BACK));
                }
            }
            Err(error) => findings.push(Finding::new(error.to_string(), INVESTIGATE)),
        }
    }
    kept
}

impl Kept {
    fn take(&mut self, note: &[u8], path: &Path, log: &NoteVerifier, findings: &mut Vec<Finding>) {
        let nth = self.expected.len();
        let signed = match Signed::open(note, log) {
            Ok(signed) => signed,
            Err(error) => {
                let path = path.display();
                let what = format!("a checkpoint in `{path}`, after {nth} good ones: {error}");
                findings.push(Finding::new(what, PUT_BACK));
                return;
            }
        };
        let (size, root) = (signed.checkpoint.size().get(), *signed.checkpoint.root());
        if self
            .expected
            .last()
            .is_some_and(|before| before.size >= size)
        {
            let path = path.display();
            let what = format!("`{path}` has a checkpoint over {size} entries after a larger one");
            findings.push(Finding::new(what, INVESTIGATE));
            return;
        }
        self.expected.push(Expected {
            size,
            root,
            by: By::Checkpoint,
        });
        self.newest = Some(signed.note.to_string());
    }
}
