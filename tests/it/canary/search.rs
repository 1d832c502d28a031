//! Looking for bytes: in one pass for all of them, in files of any size.
//!
//! Must not know: what the bytes mean.

use super::values::Canary;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Looks for canaries in every form.
pub(super) struct Search {
    automaton: AhoCorasick,
    /// The canary of each pattern.
    of: Vec<&'static str>,
}

/// How often each canary was found; those that were not found are not there.
pub(super) type Found = BTreeMap<&'static str, usize>;

impl Search {
    pub(super) fn new<'c>(canaries: impl IntoIterator<Item = &'c Canary>) -> Self {
        let mut patterns = Vec::new();
        let mut of = Vec::new();
        for canary in canaries {
            for form in canary.forms() {
                // Shorter ones would be found by chance in a gigabyte of anything.
                assert!(
                    form.len() >= 6,
                    "{} is too short to be looked for",
                    canary.name
                );
                patterns.push(form);
                of.push(canary.name);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .unwrap();
        Self { automaton, of }
    }

    /// In one file.
    pub(super) fn file(&self, path: &Path) -> Found {
        let mut found = Found::new();
        for hit in self
            .automaton
            .stream_find_iter(Pages::new(File::open(path).unwrap()))
        {
            *found
                .entry(self.of[hit.unwrap().pattern().as_usize()])
                .or_default() += 1;
        }
        found
    }

    /// In every file below a folder, and in the names of files: where, and what.
    pub(super) fn folder(&self, folder: &Path) -> Vec<(PathBuf, &'static str)> {
        let mut hits = Vec::new();
        for path in files(folder) {
            let named = path.to_str().unwrap();
            let in_name = self
                .automaton
                .find_iter(named)
                .map(|m| self.of[m.pattern().as_usize()]);
            hits.extend(in_name.map(|name| (path.clone(), name)));
            hits.extend(
                self.file(&path)
                    .into_keys()
                    .map(|name| (path.clone(), name)),
            );
        }
        hits
    }
}

const PAGE: usize = 4_096;

/// A file without its pages of zeros: most of a core file is memory that was never used. One zero
/// stands for each, so that what lies before and after does not become one text.
struct Pages {
    file: File,
    page: Vec<u8>,
    given: usize,
}

impl Pages {
    fn new(file: File) -> Self {
        Self {
            file,
            page: Vec::new(),
            given: 0,
        }
    }
}

impl Read for Pages {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.page.len() {
            self.page.clear();
            self.given = 0;
            (&self.file).take(PAGE as u64).read_to_end(&mut self.page)?;
            if self.page == [0; PAGE] {
                self.page.truncate(1);
            }
        }
        let count = out.len().min(self.page.len() - self.given);
        out[..count].copy_from_slice(&self.page[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
