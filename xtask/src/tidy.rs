//! `tidy`: rules of the tree that the compiler does not hold.
//!
//! Owns: which checks there are, and how their findings are told. Must not know: any one check.

mod documents;
mod layers;
mod rules;
mod sizes;
mod words;

use crate::{say, tree};

/// What the checks look at: paths from the root, each with its text when it has one.
struct Tree {
    files: Vec<(String, Option<String>)>,
}

impl Tree {
    fn read() -> Result<Self, String> {
        let files = tree::files()?
            .into_iter()
            .map(|path| tree::text(&path).map(|text| (path, text)))
            .collect::<Result<_, _>>()?;
        Ok(Self { files })
    }

    /// The files whose names end so, with their text.
    fn ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files.iter().filter_map(move |(path, text)| {
            path.ends_with(ending)
                .then_some((path.as_str(), text.as_deref()?))
        })
    }

    /// The text of one file.
    fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|(found, _)| found == path)?
            .1
            .as_deref()
    }

    /// Whether there is such a file.
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|(found, _)| found == path)
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), Some((*text).to_owned()));
        Self {
            files: files.iter().map(owned).collect(),
        }
    }
}

/// Runs every check; the error tells how many findings there are, each on a line of its own.
pub(crate) fn run() -> Result<(), String> {
    let tree = Tree::read()?;
    for warning in sizes::large(&tree) {
        say::line(format!("warning: {warning}"));
    }
    let mut found = layers::check(&layers::metadata()?);
    found.extend(layers::lints(&tree));
    found.extend(sizes::too_large(&tree));
    found.extend(words::check(&tree));
    found.extend(documents::errors(&tree));
    found.extend(documents::cases(&tree));
    found.extend(rules::check(&tree));
    for finding in &found {
        say::line(finding);
    }
    match found.len() {
        0 => {
            say::line(format!("tidy: {} files, no findings", tree.files.len()));
            Ok(())
        }
        1 => Err("tidy: 1 finding".to_owned()),
        many => Err(format!("tidy: {many} findings")),
    }
}
