//! What is wrong with a catalogue, where, and how to mend it.
//!
//! Owns: the fault and the list in which faults gather. Must not know: any rule.

/// One fault in one line of a catalogue file, for the person who edits it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {what}; {fix}")]
pub struct Fault {
    /// The file's name as given to [`super::Catalogue::load`]; `catalogue` when something is absent
    /// from all files.
    pub file: String,
    /// The line, from 1; 0 when something is absent from all files.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the file.
    pub(super) file: usize,
    /// From 1.
    pub(super) line: usize,
}

/// Gathers faults, so that an editor sees all of them at once.
#[derive(Debug)]
pub(super) struct Faults {
    files: Vec<String>,
    list: Vec<Fault>,
}

impl Faults {
    pub(super) fn new(files: Vec<String>) -> Self {
        Self {
            files,
            list: Vec::new(),
        }
    }

    /// The place as an editor writes it, `bases.toml:12`.
    pub(super) fn show(&self, at: Place) -> String {
        format!("{}:{}", self.file(at), at.line)
    }

    pub(super) fn add(&mut self, at: Place, what: impl Into<String>, fix: impl Into<String>) {
        let file = self.file(at).to_owned();
        self.list.push(Fault {
            file,
            line: at.line,
            what: what.into(),
            fix: fix.into(),
        });
    }

    /// A fault that no line has: something that must exist is nowhere.
    pub(super) fn absent(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        let file = "catalogue".to_owned();
        self.list.push(Fault {
            file,
            line: 0,
            what: what.into(),
            fix: fix.into(),
        });
    }

    /// Whether nothing was found yet.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.list.sort();
        self.list.dedup();
        self.list
    }

    fn file(&self, at: Place) -> &str {
        self.files.get(at.file).map_or("catalogue", String::as_str)
    }
}
