//! The evidence file, `seinhuis/evidence/v1`: one spelling, read strictly. Must not know whether it
//! shows anything; see [`Jury::verify`](super::Jury::verify).

use super::{Apart, Crime, Exhibit};
use crate::text::{decimal, decode_digest, encode};
use crate::{MAX_NOTE_BYTES, MerkleError, Note};
use seinhuis_types::{Digest, Millis, ParseError};
use std::fmt;

const HEADER: &str = "seinhuis/evidence/v1";
/// A consistency proof has at most 49 hashes.
const MAX_HASHES: usize = 49;
/// Longest evidence file, in bytes: two notes, each of whose lines gets a tab, and the rest.
pub const MAX_EXHIBIT_BYTES: usize = 4 * MAX_NOTE_BYTES;

/// A value above the notes, by its name.
type Field<'t> = (&'t str, &'t str);

impl Exhibit {
    /// Reads an evidence file, strictly: writing it gives the same bytes. That it can be read says
    /// nothing.
    ///
    /// # Errors
    /// [`MerkleError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MerkleError> {
        if bytes.len() > MAX_EXHIBIT_BYTES {
            return Err(malformed("at most 512 KiB"));
        }
        let text = str::from_utf8(bytes).map_err(|_| malformed("UTF-8"))?;
        let mut reading = Reading::read(text)?;
        let exhibit = reading.exhibit()?;
        // Writing it again is the whole grammar: what was left over, doubled or out of order does
        // not come back.
        if exhibit.to_string() == text {
            Ok(exhibit)
        } else {
            Err(malformed(
                "each line once, in its order and its one spelling",
            ))
        }
    }
}

/// What stands in a file, not yet put together.
struct Reading<'t> {
    fields: Vec<Field<'t>>,
    notes: Vec<(&'t str, String)>,
}

impl<'t> Reading<'t> {
    fn read(text: &'t str) -> Result<Self, MerkleError> {
        let mut lines = text.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(malformed("a first line of `seinhuis/evidence/v1`"));
        }
        let (mut fields, mut notes) = (Vec::new(), Vec::<(&str, String)>::new());
        for line in lines {
            match (line.strip_prefix('\t'), line.split_once(' ')) {
                (Some(content), _) => {
                    let (_, note) = notes
                        .last_mut()
                        .ok_or_else(|| malformed("the name of a note before its lines"))?;
                    note.push_str(content);
                    note.push('\n');
                }
                (None, Some(field)) if notes.is_empty() => fields.push(field),
                (None, None) if line.is_empty() => {}
                (None, None) => notes.push((line, String::new())),
                _ => return Err(malformed("values before notes")),
            }
            if fields.len() > MAX_HASHES.saturating_add(4) || notes.len() > 2 {
                return Err(malformed("at most 49 hashes and two notes"));
            }
        }
        Ok(Self { fields, notes })
    }

    fn exhibit(&mut self) -> Result<Exhibit, MerkleError> {
        let crime = Crime::parse(self.field("crime")?)
            .ok_or_else(|| malformed("one of the seven crimes"))?;
        Ok(match crime {
            Crime::Fork => {
                let root = self.find("root");
                let apart = root
                    .map(|root| {
                        let root = decode_digest("evidence root", root)?;
                        let hashes = self.hashes()?;
                        Ok::<_, MerkleError>(Apart { root, hashes })
                    })
                    .transpose()?;
                Exhibit::Fork {
                    earlier: self.note("earlier")?,
                    later: self.note("later")?,
                    apart,
                }
            }
            Crime::Omission if self.find("leaf").is_none() => Exhibit::TwoPromises {
                receipt: self.note("receipt")?,
                other: self.note("other")?,
            },
            Crime::Omission => Exhibit::Omission {
                receipt: self.note("receipt")?,
                checkpoint: self.note("checkpoint")?,
                other: decode_digest("evidence leaf", self.field("leaf")?)?,
                hashes: self.hashes()?,
            },
            Crime::DroppedTail => Exhibit::DroppedTail {
                seen: self.seen()?,
                receipt: self.note("receipt")?,
                checkpoint: self.note("checkpoint")?,
            },
            Crime::Rollback => Exhibit::Rollback {
                seen: self.seen()?,
                held: self.note("held")?,
                served: self.note("served")?,
            },
            Crime::ReplayedCheckpoint => Exhibit::ReplayedCheckpoint {
                seen: self.seen()?,
                held: (self.notes.len() > 1)
                    .then(|| self.note("held"))
                    .transpose()?,
                served: self.note("served")?,
            },
            Crime::SwappedKey => Exhibit::SwappedKey {
                seen: self.seen()?,
                served: self.note("served")?,
            },
            Crime::Unproven => Exhibit::Unproven {
                seen: self.seen()?,
                held: self.note("held")?,
                served: self.note("served")?,
            },
        })
    }

    fn find(&self, name: &str) -> Option<&'t str> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| *value)
    }

    fn field(&self, name: &str) -> Result<&'t str, MerkleError> {
        self.find(name)
            .ok_or_else(|| malformed("every value that its crime takes"))
    }

    fn seen(&self) -> Result<Millis, MerkleError> {
        Ok(Millis(decimal("evidence time", self.field("seen")?)?))
    }

    fn hashes(&self) -> Result<Vec<Digest>, MerkleError> {
        let hashes = self.fields.iter().filter(|(name, _)| *name == "hash");
        hashes
            .map(|(_, value)| Ok(decode_digest("evidence hash", value)?))
            .collect()
    }

    fn note(&self, name: &str) -> Result<Note, MerkleError> {
        let (_, text) = self
            .notes
            .iter()
            .find(|(note, _)| *note == name)
            .ok_or_else(|| malformed("every note that its crime takes"))?;
        Note::parse(text.as_bytes())
    }
}

impl fmt::Display for Exhibit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\ncrime {}", self.crime().as_str())?;
        let note = |f: &mut fmt::Formatter<'_>, name: &str, note: &Note| {
            writeln!(f, "{name}")?;
            let text = note.to_string();
            text.lines().try_for_each(|line| writeln!(f, "\t{line}"))
        };
        let hashes = |f: &mut fmt::Formatter<'_>, hashes: &[Digest]| {
            hashes
                .iter()
                .try_for_each(|hash| writeln!(f, "hash {}", encode(&hash.0)))
        };
        match self {
            Self::Fork {
                earlier,
                later,
                apart,
            } => {
                if let Some(apart) = apart {
                    writeln!(f, "root {}", encode(&apart.root.0))?;
                    hashes(f, &apart.hashes)?;
                }
                writeln!(f)?;
                note(f, "earlier", earlier)?;
                note(f, "later", later)
            }
            Self::Omission {
                receipt,
                checkpoint,
                other,
                hashes: path,
            } => {
                writeln!(f, "leaf {}", encode(&other.0))?;
                hashes(f, path)?;
                writeln!(f)?;
                note(f, "receipt", receipt)?;
                note(f, "checkpoint", checkpoint)
            }
            Self::TwoPromises { receipt, other } => {
                writeln!(f)?;
                note(f, "receipt", receipt)?;
                note(f, "other", other)
            }
            Self::DroppedTail {
                seen,
                receipt,
                checkpoint,
            } => {
                writeln!(f, "seen {}\n", seen.0)?;
                note(f, "receipt", receipt)?;
                note(f, "checkpoint", checkpoint)
            }
            Self::Rollback { seen, held, served } | Self::Unproven { seen, held, served } => {
                writeln!(f, "seen {}\n", seen.0)?;
                note(f, "held", held)?;
                note(f, "served", served)
            }
            Self::ReplayedCheckpoint { seen, held, served } => {
                writeln!(f, "seen {}\n", seen.0)?;
                if let Some(held) = held {
                    note(f, "held", held)?;
                }
                note(f, "served", served)
            }
            Self::SwappedKey { seen, served } => {
                writeln!(f, "seen {}\n", seen.0)?;
                note(f, "served", served)
            }
        }
    }
}

fn malformed(rule: &'static str) -> MerkleError {
    ParseError::new("evidence", rule).into()
}
