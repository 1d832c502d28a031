//! What is told: pages of facts, and rows; as text and as JSON.
//!
//! Owns: layout. Must not know: what is told.

use crate::catalogue::Label;
use serde_json::{Map, Value, json};

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Dutch.
    Nl,
    /// English.
    En,
}

impl Lang {
    /// The label in this language.
    pub fn of(self, label: &Label) -> &str {
        match self {
            Self::Nl => &label.nl,
            Self::En => &label.en,
        }
    }

    /// One of two words.
    pub const fn word(self, nl: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Nl => nl,
            Self::En => en,
        }
    }
}

/// One thing that is told, with one value a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name for machines; the same in every language.
    pub key: &'static str,
    /// Its name for people.
    pub word: &'static str,
    /// What it is.
    pub values: Vec<String>,
}

/// One thing of the catalogue, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What kind of thing, for machines: `type`, `basis`, `purpose` and so on.
    pub kind: &'static str,
    /// Its code.
    pub code: String,
    /// What it is, in a sentence.
    pub label: String,
    /// What there is to tell.
    pub facts: Vec<Fact>,
}

impl Page {
    pub(super) fn new(kind: &'static str, code: &str, label: &str) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            label: label.to_owned(),
            facts: Vec::new(),
        }
    }

    /// Adds a fact; one without values is not told.
    pub(super) fn fact(
        &mut self,
        key: &'static str,
        word: &'static str,
        values: impl IntoIterator<Item = String>,
    ) {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.facts.push(Fact { key, word, values });
        }
    }

    /// For people: a title, then facts under their names.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.code, self.label);
        for fact in &self.facts {
            text.push_str(&format!("\n{}\n", fact.word));
            for value in &fact.values {
                text.push_str(&format!("  {value}\n"));
            }
        }
        text
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let facts: Map<String, Value> = self
            .facts
            .iter()
            .map(|fact| (fact.key.to_owned(), json!(fact.values)))
            .collect();
        json!({ "kind": self.kind, "code": self.code, "label": self.label, "facts": facts })
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its code.
    pub code: String,
    /// What it is.
    pub label: String,
    /// What else is worth a glance; may be empty.
    pub note: String,
}

/// For people: codes, then what they are, then notes between brackets.
pub fn rows_text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.code.chars().count()).max();
    let width = width.unwrap_or_default();
    rows.iter()
        .map(|row| {
            let note = match row.note.as_str() {
                "" => String::new(),
                note => format!(" ({note})"),
            };
            format!("{:width$}  {}{note}\n", row.code, row.label)
        })
        .collect()
}

/// For machines.
pub fn rows_json(rows: &[Row]) -> Value {
    rows.iter()
        .map(|row| json!({ "code": row.code, "label": row.label, "note": row.note }))
        .collect()
}
