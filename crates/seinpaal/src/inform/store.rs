//! Tasks of informing on disk: one file a person of a delivery (docs/formats/inform-task.md).
//!
//! Owns: the files `inform/<delivery>-<ordinal>.json` of the partner's state. They name no person and
//! no pseudonym: the partner's own file on the case knows whom the delivery is about, and a mark serves
//! to find the same person again in what rectifies it. Must not know: which steps a task takes, and which
//! of them a delivery begins or ends.

mod form;

use crate::exit::Failure;
use crate::files;
use form::{document, parse};
use seinhuis_domain::inform::InformTask;
use seinhuis_domain::signal::SourceShield;
use seinhuis_types::{DeliveryId, PurposeCode, SignalType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder of tasks.
#[derive(Debug)]
pub(crate) struct Tasks(PathBuf);

/// By what a person is found again in what rectifies the delivery ([`seinhuis_client::Opened::marks`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) epoch: u16,
    pub(super) mark: String,
}

/// A task, and what is told with it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Delivery and ordinal; the file's name without its ending.
    pub(super) name: String,
    pub(super) delivery: String,
    /// Its place among those that the delivery named, and then those that what rectifies it named.
    pub(super) ordinal: u64,
    /// The delivery that brought it, where that is one that rectifies.
    pub(super) by: Option<String>,
    /// None in what was kept before there were marks.
    pub(super) person: Option<Person>,
    pub(super) signal_type: SignalType,
    pub(super) purpose: PurposeCode,
    pub(super) subject_role: String,
    /// The source's role, unless it is shielded.
    pub(super) source: Option<String>,
    /// The source asked that nobody learns that anything was sent.
    pub(super) existence_shielded: bool,
    pub(super) law: Vec<String>,
    /// The delivery that ended it without telling.
    pub(super) ended_by: Option<String>,
    pub(super) task: InformTask,
}

impl Tasks {
    pub(crate) fn of(state: &Path) -> Self {
        Self(state.join("inform"))
    }

    /// Whether there is a task of this name.
    pub(super) fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(files::read(&self.path(name))?.is_some())
    }

    /// The tasks of a delivery and of what rectified it, by ordinal.
    pub(super) fn of_delivery(&self, delivery: &DeliveryId) -> Result<Vec<Kept>, Failure> {
        let of = format!("{delivery}-");
        let names = self.names()?;
        let names = names.iter().filter(|name| name.starts_with(&of));
        let mut found: Vec<Kept> = names
            .map(|name| self.read(name))
            .collect::<Result<_, _>>()?;
        found.sort_by_key(|kept| kept.ordinal);
        Ok(found)
    }

    /// Every task; a file that is none is an error, and names itself.
    pub(super) fn all(&self) -> Result<Vec<Kept>, Failure> {
        self.names()?.iter().map(|name| self.read(name)).collect()
    }

    /// The task of this name, or the only one that begins with it.
    pub(super) fn one(&self, asked: &str) -> Result<Kept, Failure> {
        let names = self.names()?;
        if names.iter().any(|name| name == asked) {
            return self.read(asked);
        }
        let mut found = names.iter().filter(|name| name.starts_with(asked));
        match (found.next(), found.next()) {
            (Some(name), None) => self.read(name),
            (None, _) => Err(Failure::mended(
                format!("there is no task `{asked}`"),
                "`inform list --all` shows them",
            )),
            (Some(_), Some(_)) => Err(Failure::mended(
                format!("several tasks begin with `{asked}`"),
                "give more of it",
            )),
        }
    }

    /// Writes a task in the place of what was there.
    pub(super) fn keep(&self, kept: &Kept) -> Result<(), Failure> {
        let text = document(kept).to_string() + "\n";
        files::write(&self.path(&kept.name), text.as_bytes())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let failed = |error| Failure::file(&self.0, &error);
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".json"));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Kept, Failure> {
        let path = self.path(name);
        let bytes = std::fs::read(&path).map_err(|error| Failure::file(&path, &error))?;
        parse(name, &bytes).map_err(|what| {
            Failure::mended(
                format!("`{}` is no task of informing: {what}", path.display()),
                "put back what was there; the term of a task is not changed by hand",
            )
        })
    }
}

impl Kept {
    /// Hides the source, or that anything was sent; what was hidden stays so. Whether that is news.
    pub(super) fn hide(&mut self, shield: SourceShield) -> bool {
        let before = (self.source.is_some(), self.existence_shielded);
        if shield != SourceShield::None {
            self.source = None;
        }
        self.existence_shielded |= shield == SourceShield::Existence;
        before != (self.source.is_some(), self.existence_shielded)
    }

    /// Whether its person can be compared with those of this epoch.
    pub(super) fn of_epoch(&self, epoch: u16) -> bool {
        self.person.as_ref().is_some_and(|one| one.epoch == epoch)
    }
}

#[cfg(test)]
mod tests;
